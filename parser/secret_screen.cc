#include "parser/secret_screen.h"

#include <algorithm>
#include <array>

#include "model/ascii.h"
#include "parser/lower_common.h"

namespace acrbiter::parser {

namespace {

constexpr std::size_t kMaxKeyBytes = 64;
/// A word cut to this says nothing.
constexpr std::size_t kTellingBytes = 6;
/// Deeper the text is no export, and nothing of it is shown.
constexpr std::size_t kMaxOpen = 4'000;

/// Keys without `_`, in lower case, sorted: what is under them is no secret, wherever they stand but in a secret.
constexpr std::array kHarmless = {
    std::string_view("$schema"),
    std::string_view("@odata.type"),
    std::string_view("action"),
    std::string_view("actions"),
    std::string_view("appid"),
    std::string_view("assignablescopes"),
    std::string_view("assignmenttype"),
    std::string_view("changetype"),
    std::string_view("condition"),
    std::string_view("conditionversion"),
    std::string_view("createdon"),
    std::string_view("creationdate"),
    std::string_view("dataactions"),
    std::string_view("denyassignmenteffect"),
    std::string_view("denyassignmentname"),
    std::string_view("displayname"),
    std::string_view("enddatetime"),
    std::string_view("groupid"),
    std::string_view("id"),
    std::string_view("kind"),
    std::string_view("level"),
    std::string_view("location"),
    std::string_view("loginmode"),
    std::string_view("loginserver"),
    std::string_view("membertype"),
    std::string_view("mode"),
    std::string_view("name"),
    std::string_view("notactions"),
    std::string_view("notdataactions"),
    std::string_view("objectid"),
    std::string_view("objecttype"),
    std::string_view("operator"),
    std::string_view("originroleassignmentid"),
    std::string_view("principalid"),
    std::string_view("principalname"),
    std::string_view("principaltype"),
    std::string_view("resourcegroup"),
    std::string_view("resourceid"),
    std::string_view("roleassignmentid"),
    std::string_view("roleassignmentmode"),
    std::string_view("roleassignmentname"),
    std::string_view("roledefinitionid"),
    std::string_view("roledefinitionname"),
    std::string_view("rolename"),
    std::string_view("roletype"),
    std::string_view("scope"),
    std::string_view("scopemapid"),
    std::string_view("signinname"),
    std::string_view("startdatetime"),
    std::string_view("status"),
    std::string_view("subscriptionid"),
    std::string_view("tenantid"),
    std::string_view("type"),
    std::string_view("updatedon"),
    std::string_view("userprincipalname"),
};
static_assert(std::is_sorted(kHarmless.begin(), kHarmless.end()));

/// Keys that may be shown where others may not.
constexpr std::array kKnown = {
    std::string_view("certificates"), std::string_view("count"),      std::string_view("creationtime"),
    std::string_view("credentials"),  std::string_view("data"),       std::string_view("expiry"),
    std::string_view("members"),      std::string_view("nextlink"),   std::string_view("password"),
    std::string_view("passwords"),    std::string_view("properties"), std::string_view("resources"),
    std::string_view("username"),     std::string_view("value"),
};

/// Of a key: everything below it may be secret.
constexpr std::array kSecretWords = {
    std::string_view("password"),    std::string_view("passphrase"),
    std::string_view("passwd"),      std::string_view("pwd"),
    std::string_view("secret"),      std::string_view("key"),
    std::string_view("token"),       std::string_view("credential"),
    std::string_view("certificate"), std::string_view("connectionstring"),
    std::string_view("kubeconfig"),  std::string_view("ciphertext"),
    std::string_view("signature"),   std::string_view("protecteddata"),
    std::string_view("sensitive"),
};

std::string key_of(std::string_view text) {
  std::string key;
  for (const char c : text) {
    if (c != '_') key += model::ascii_lower(c);
  }
  return key;
}

bool is_harmless(std::string_view text) {
  return std::binary_search(kHarmless.begin(), kHarmless.end(), std::string_view(key_of(text)));
}

bool is_known_key(std::string_view text) {
  return std::find(kKnown.begin(), kKnown.end(), std::string_view(key_of(text))) != kKnown.end() || is_harmless(text);
}

bool speaks_of_secrets(std::string_view text) {
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return contains_ignoring_case(text, word); });
}

bool is_letter(char c) noexcept { return model::ascii_lower(c) >= 'a' && model::ascii_lower(c) <= 'z'; }
bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_bracket(char c) noexcept {
  return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',' || c == '"';
}

/// Of a string: stands for itself.
bool is_plain(char c) noexcept { return static_cast<unsigned char>(c) >= 0x20U && c != '"' && c != '\\'; }

/// Like the keys that services and people choose, which passwords are not.
bool looks_like_a_key(std::string_view text) {
  return text.size() <= kMaxKeyBytes / 2 && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || c == '_' || c == '-' || c == '.' || c == '$' || c == '@';
         });
}

/// `[word(…)]`
bool is_expression(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(")]")) return false;
  const std::size_t bracket = text.find('(');
  return bracket > 1 && std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(bracket), is_letter);
}

/// More than the one value that the key announces: cut PowerShell objects, connection strings, JSON in text.
bool holds_more(std::string_view text) {
  return text.find("@{") != std::string_view::npos || text.find("\\\"") != std::string_view::npos ||
         text.find("sig=") != std::string_view::npos || text.find(';') != std::string_view::npos ||
         text.find("://") != std::string_view::npos;
}

std::string stars(std::size_t bytes) { return std::string(bytes, '*'); }

/// Text that is no JSON any more: brackets, and known keys in quotes.
std::string show_damaged(std::string_view text) {
  std::string result;
  for (const char c : text) result += is_blank(c) || is_bracket(c) ? c : '*';
  for (std::size_t quote = text.find('"'); quote != std::string_view::npos; quote = text.find('"', quote + 1)) {
    const std::size_t end = text.find('"', quote + 1);
    if (end == std::string_view::npos) break;
    const std::size_t behind = text.find_first_not_of(" \t", end + 1);
    const std::string_view word = text.substr(quote + 1, end - quote - 1);
    if (behind == std::string_view::npos || text[behind] != ':' || !is_known_key(word)) continue;
    result.replace(quote + 1, word.size(), word);
  }
  return result;
}

/// How much of the beginning of `text` was meant to be a name of JSON, or of what is taken for one: `tru`, `None`.
std::size_t meant_as_name(std::string_view text) {
  const std::size_t size = std::min<std::size_t>(
      static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_letter) - text.begin()), 10);
  const std::string word = model::ascii_lower(text.substr(0, size));
  const bool ends = size == text.size() || is_blank(text[size]) || is_bracket(text[size]);
  for (const std::string_view name : {"true", "false", "null", "none", "undefined", "infinity", "nan"}) {
    if (ends && size >= 2 && name.starts_with(word)) return size;
  }
  return 0;
}

}  // namespace

std::string SecretScreen::shown(std::string_view text) const {
  SecretScreen ahead = *this;
  std::string out;
  ahead.run(text, &out);
  return out;
}

SecretScreen::Trust SecretScreen::trust_of(std::string_view key) const {
  const bool harmless = is_harmless(key);
  return {.secret = around().secret || (!harmless && speaks_of_secrets(key)), .harmless = harmless};
}

bool SecretScreen::begins_value() {
  if (expect_ != Expect::Value && expect_ != Expect::ValueOrEnd) return false;
  expect_ = Expect::CommaOrEnd;
  return true;
}

void SecretScreen::open(bool is_object) {
  const bool is_member = !open_.empty() && open_.back().is_object;
  const Trust trust = is_member ? member_ : around();
  // An object under a harmless key is none of those that the key is known for.
  open_.push_back(
      {.is_object = is_object, .trust = {.secret = trust.secret, .harmless = trust.harmless && !is_object}});
  expect_ = is_object ? Expect::KeyOrEnd : Expect::ValueOrEnd;
}

bool SecretScreen::close(bool is_object) {
  if (open_.empty() || open_.back().is_object != is_object) return false;
  if (expect_ != Expect::CommaOrEnd && expect_ != (is_object ? Expect::KeyOrEnd : Expect::ValueOrEnd)) return false;
  open_.pop_back();
  expect_ = open_.empty() ? Expect::Document : Expect::CommaOrEnd;
  return true;
}

bool SecretScreen::take_mark(char c) {
  switch (c) {
    case '{':
    case '[':
      if (expect_ == Expect::Document) {
        document_seen_ = true;
      } else if (!begins_value()) {
        return false;
      }
      open(c == '{');
      return open_.size() < kMaxOpen;
    case '}':
    case ']':
      return close(c == '}');
    case ':':
      if (expect_ != Expect::Colon) return false;
      expect_ = Expect::Value;
      return true;
    case ',':
      if (expect_ != Expect::CommaOrEnd) return false;
      expect_ = open_.back().is_object ? Expect::Key : Expect::Value;
      return true;
    default:
      return false;
  }
}

void SecretScreen::end_string() {
  in_string_ = false;
  if (is_key_) {
    member_ = trust_of(content_);
    expect_ = Expect::Colon;
  }
  content_.clear();
}

/// `content` is what was read of the string that is open, up to its end or to the end of what is shown.
std::string SecretScreen::show_string(std::string_view content, std::string_view behind) const {
  if (is_key_) {
    const std::size_t next = behind.find_first_not_of(" \t");
    const bool is_followed = next != std::string_view::npos && behind[next] == ':';
    const bool shows = is_known_key(content) || (is_followed && !around().secret && looks_like_a_key(content));
    return shows ? std::string(content) : stars(content.size());
  }
  const Trust trust = !open_.empty() && open_.back().is_object ? member_ : around();
  if (content == "password" || content == "password1" || content == "password2") return std::string(content);
  if (!trust.secret && is_expression(content)) {
    return trust.harmless && !speaks_of_secrets(content) ? std::string(content) : without_literals(content);
  }
  if (!trust.secret && trust.harmless && !holds_more(content)) return std::string(content);
  if (content.starts_with("@{")) return "@{" + stars(content.size() - 2);
  return stars(content.size());
}

bool SecretScreen::shows_word(std::string_view word) const {
  if (word == "true" || word == "false" || word == "null") return true;
  const Trust trust = !open_.empty() && open_.back().is_object ? member_ : around();
  return !trust.secret && (trust.harmless || word.size() < kTellingBytes);
}

void SecretScreen::run(std::string_view text, std::string* out) {
  const auto put = [&](std::string_view piece) {
    if (out != nullptr) *out += piece;
  };
  std::size_t begin = 0;  // of the string or word that is being read
  bool whole = !in_string_ && word_.empty();
  const auto end_word = [&](std::size_t end) {
    const bool is_name = word_ == "true" || word_ == "false" || word_ == "null";
    const bool is_number = std::all_of(word_.begin(), word_.end(), [](char c) {
      return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
    });
    const bool good = is_name || (is_number && !is_letter(word_.front()));
    if (good && out != nullptr) {
      put(whole && shows_word(word_) ? std::string(text.substr(begin, end - begin)) : stars(end - begin));
    }
    word_.clear();
    whole = true;
    return good;
  };
  const auto damaged_from = [&](std::size_t i) {
    expect_ = Expect::Nothing;
    in_string_ = false;
    content_.clear();
    word_.clear();
    if (out == nullptr) return;
    const std::size_t name = meant_as_name(text.substr(i));
    put(text.substr(i, name));
    put(show_damaged(text.substr(i + name)));
  };

  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (expect_ == Expect::Nothing) return damaged_from(i);
    if (in_string_) {
      // What a value holds matters where it is shown alone.
      if (out == nullptr && !is_key_ && !escaped_ && is_plain(c)) {
        while (i + 1 < text.size() && is_plain(text[i + 1])) ++i;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20U) {
        put(stars(i - begin));
        return damaged_from(i);
      }
      if (escaped_ || c != '"') {
        if (escaped_ && std::string_view("\"\\/bfnrtu").find(c) == std::string_view::npos) {
          put(stars(i - begin));
          return damaged_from(i);
        }
        escaped_ = !escaped_ && c == '\\';
        if (content_.size() <= kMaxKeyBytes) content_ += c;
        continue;
      }
      if (out != nullptr) {
        const std::string_view content = text.substr(begin, i - begin);
        put(whole ? show_string(content, text.substr(i + 1)) : stars(content.size()));
        put("\"");
      }
      whole = true;
      end_string();
      continue;
    }
    const bool ends_word = is_blank(c) || is_bracket(c);
    if (!word_.empty()) {
      if (!ends_word) {
        if (word_.size() <= kMaxKeyBytes) word_ += c;
        continue;
      }
      if (!end_word(i)) return damaged_from(begin);
    }
    if (is_blank(c)) {
      put(std::string_view(&c, 1));
    } else if (c == '"') {
      is_key_ = expect_ == Expect::Key || expect_ == Expect::KeyOrEnd;
      if (!is_key_ && !begins_value()) {
        if (expect_ != Expect::Document || document_seen_) return damaged_from(i);
        put("*");
        continue;
      }
      in_string_ = true;
      begin = i + 1;
      put("\"");
    } else if (ends_word) {
      if (!take_mark(c)) {
        if (expect_ != Expect::Document || document_seen_) return damaged_from(i);
        put("*");
        continue;
      }
      put(std::string_view(&c, 1));
    } else if (expect_ == Expect::Document) {
      // Byte order marks, separators of records, and a note before the first document.
      const bool is_mark = static_cast<unsigned char>(c) >= 0x80U || c == '\x1E';
      if (document_seen_ && !is_mark) return damaged_from(i);
      put("*");
    } else if (begins_value()) {
      word_ = c;
      begin = i;
    } else {
      return damaged_from(i);
    }
  }
  if (out == nullptr) return;
  if (in_string_) {
    const std::string_view content = text.substr(begin);
    put(whole ? show_string(content, {}) : stars(content.size()));
  } else if (!word_.empty() && !end_word(text.size())) {
    damaged_from(begin);
  }
}

std::string shown_pointer(std::string_view pointer) {
  std::string result;
  bool around = false;  // below a key that speaks of secrets
  bool named = false;   // below one that says that they are here
  while (!pointer.empty()) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string_view key = pointer.substr(1, end - 1);
    const bool is_index =
        key.size() < kTellingBytes && std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
    const bool is_damaged = std::any_of(key.begin(), key.end(), is_bracket);
    const bool shows = !is_damaged && (!around || is_index || is_known_key(key) || (!named && looks_like_a_key(key)));
    result += shows ? pointer.substr(0, end) : std::string_view("/*");
    around = around || (speaks_of_secrets(key) && !is_harmless(key));
    named = named || contains_ignoring_case(key, "password") || contains_ignoring_case(key, "secret");
    pointer.remove_prefix(end);
  }
  return result;
}

std::string without_literals(std::string_view expression) {
  std::string result(expression);
  for (std::size_t quote = expression.find('\''); quote != std::string_view::npos;) {
    const std::size_t end = std::min(expression.find('\'', quote + 1), expression.size());
    const std::size_t size = end - quote - 1;
    if (size >= kTellingBytes) result.replace(quote + 1, size, stars(size));
    quote = expression.find('\'', end + (end < expression.size() ? 1 : 0));
  }
  return result;
}

}  // namespace acrbiter::parser

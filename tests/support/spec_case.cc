#include "tests/support/spec_case.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace acrbiter::spec {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

void allow_only(const Json& object, std::initializer_list<std::string_view> members, const std::string& what) {
  if (!object.is_object()) fail(what + " is not an object: " + object.dump());
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(members, key) == members.end()) fail(what + " has the unknown member `" + key + "`");
  }
}

Json read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) fail("cannot be opened");
  std::ostringstream text;
  text << in.rdbuf();
  std::vector<std::set<std::string>> keys;
  const auto refuse_duplicates = [&keys](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      fail("the member `" + parsed.get<std::string>() + "` stands twice");
    }
    return true;
  };
  return Json::parse(text.str(), refuse_duplicates);
}

// ---- variables ---------------------------------------------------------------------------------------------

using Row = std::vector<std::pair<std::string, Json>>;

/// Replaces `<name>` in every string; a string that is nothing but `<name>` becomes the value itself.
void put_variables(Json& value, const Row& row) {
  if (value.is_string()) {
    for (const auto& [name, replacement] : row) {
      const std::string mark = "<" + name + ">";
      std::string text = value.get<std::string>();
      if (text == mark) {
        value = replacement;
        if (!value.is_string()) return;
        continue;
      }
      const std::string word = replacement.is_string() ? replacement.get<std::string>() : replacement.dump();
      for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + word.size())) {
        text.replace(at, mark.size(), word);
      }
      value = text;
    }
  } else if (value.is_object()) {
    Json renamed = Json::object();
    for (auto& [key, member] : value.items()) {
      Json name = key;
      put_variables(name, row);
      put_variables(member, row);
      renamed[name.get<std::string>()] = std::move(member);
    }
    value = std::move(renamed);
  } else if (value.is_array()) {
    for (Json& member : value) put_variables(member, row);
  }
}

/// `each` as rows: an array is rows already (objects of variables), an object of lists is their cross product.
std::vector<Row> rows_of(const Json& each) {
  std::vector<Row> rows;
  if (each.is_array()) {
    for (const Json& given : each) {
      Row row;
      for (const auto& [name, value] : given.items()) row.emplace_back(name, value);
      rows.push_back(std::move(row));
    }
  } else if (each.is_object()) {
    rows.emplace_back();
    for (const auto& [name, values] : each.items()) {
      std::vector<Row> longer;
      for (const Row& row : rows) {
        for (const Json& value : values) {
          longer.push_back(row);
          longer.back().emplace_back(name, value);
        }
      }
      rows = std::move(longer);
    }
  }
  if (rows.empty()) fail("`each` makes no case");
  return rows;
}

// ---- expectations ------------------------------------------------------------------------------------------

std::vector<std::string> words(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return {};
  if (!found->is_array()) fail(std::string("`") + member + "` is not a list");
  return found->get<std::vector<std::string>>();
}

Expectation expectation(const Json& given) {
  allow_only(given,
             {"verdict", "error", "reasons", "trace", "absent", "unknowns", "flags", "noFlags", "hints", "noHints"},
             "`expect`");
  Expectation result;
  result.verdict = given.value("verdict", "");
  result.error = given.value("error", "");
  result.reasons = words(given, "reasons");
  result.trace = words(given, "trace");
  result.absent = words(given, "absent");
  result.unknowns = words(given, "unknowns");
  result.flags = words(given, "flags");
  result.no_flags = words(given, "noFlags");
  result.hints = words(given, "hints");
  result.no_hints = words(given, "noHints");
  if (!result.error.empty()) {
    if (!result.verdict.empty()) fail("a case expects a verdict or an error");
    return result;
  }
  // Right for the wrong reason is wrong: every case names its reason.
  if (result.verdict == "undetermined") {
    if (result.unknowns.empty()) fail("an undetermined answer is expected without its `unknowns`");
  } else if (result.verdict == "allow" || result.verdict == "deny") {
    if (result.reasons.empty()) fail("a verdict is expected without its `reasons`");
  } else {
    fail("there is no verdict `" + result.verdict + "`");
  }
  return result;
}

/// Names in a question's `principal` become ids; `{{name}}` does everywhere.
Json question_of(Json question, const Tenant& tenant) {
  const auto name_to_id = [&tenant](Json& holder) {
    const auto found = holder.find("principal");
    if (found == holder.end() || !found->is_string()) return;
    const auto id = tenant.ids.find(found->get<std::string>());
    if (id != tenant.ids.end()) *found = id->second;
  };
  name_to_id(question);
  if (const auto source = question.find("source"); source != question.end() && source->is_object()) name_to_id(*source);
  put_ids(question, tenant.ids);
  return question;
}

// ---- loading -----------------------------------------------------------------------------------------------

class RawLoader {
 public:
  RawLoader(std::filesystem::path folder, std::filesystem::path shared, const std::vector<std::string>& members)
      : folder_(std::move(folder)), shared_(std::move(shared)), members_(members) {}

  std::vector<RawCase> run() {
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
      if (entry.path().extension() == ".json") paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    if (error || paths.empty()) return {broken(folder_.string(), "the folder", "holds no spec cases")};
    try {
      roles_ = load_roles(shared_.string());
      worlds_ = read_json(shared_ / "worlds.json");
      if (roles_.empty() || worlds_.empty()) fail("roles.json or worlds.json is empty");
    } catch (const std::exception& problem) {
      return {broken(folder_.string(), "roles.json and worlds.json", problem.what())};
    }
    for (const auto& path : paths) {
      const std::string file = path.filename().string();
      if (file == "roles.json" || file == "worlds.json") continue;
      const std::size_t before = cases_.size();
      try {
        read_file(file, read_json(path));
        if (cases_.size() == before) cases_.push_back(broken(file, "the file", "holds no cases"));
      } catch (const std::exception& problem) {
        cases_.push_back(broken(file, "the file", problem.what()));
      }
    }
    if (cases_.empty()) return {broken(folder_.string(), "the folder", "holds no spec cases")};
    refuse_same_names();
    return std::move(cases_);
  }

 private:
  static RawCase broken(std::string file, std::string name, std::string why) {
    RawCase result;
    result.file = std::move(file);
    result.name = std::move(name);
    result.broken = std::move(why);
    return result;
  }

  void read_file(const std::string& file, const Json& document) {
    allow_only(document, {"about", "sets", "texts", "cases"}, "a spec file");
    Row texts;
    if (document.contains("texts")) {
      for (const auto& [name, text] : document.at("texts").items()) texts.emplace_back(name, text);
    }
    sets_ = document.contains("sets") ? document.at("sets") : Json::object();
    for (const Json& given : document.at("cases")) {
      const std::string name = given.is_object() ? given.value("name", "a case without a name") : "not an object";
      try {
        Json one = given;
        put_variables(one, texts);
        read_case(file, one);
      } catch (const std::exception& problem) {
        cases_.push_back(broken(file, name, problem.what()));
      }
    }
  }

  void read_case(const std::string& file, const Json& given) {
    if (!given.is_object()) fail("a case is not an object: " + given.dump());
    for (const auto& [key, value] : given.items()) {
      static const std::set<std::string> of_all = {"name", "source", "assumption", "note", "each", "data"};
      if (!of_all.contains(key) && std::ranges::find(members_, key) == members_.end()) {
        fail("a case has the unknown member `" + key + "`");
      }
    }
    if (!given.contains("source") && !given.contains("assumption")) fail("says neither `source` nor `assumption`");
    if (!given.contains("each")) {
      add(file, given);
      return;
    }
    for (const Row& row : rows_of(given.at("each"))) {
      Json one = given;
      one.erase("each");
      put_variables(one, row);
      if (one.at("name") == given.at("name")) fail("the cases of `each` all have the same name");
      add(file, one);
    }
  }

  Json world_of(const Json& data) {
    if (data.is_string()) {
      const auto found = worlds_.find(data.get<std::string>());
      if (found == worlds_.end()) fail("no world is called " + data.dump());
      return world_of(*found);
    }
    if (!data.is_object()) fail("`data` is neither a world's name nor a world");
    Json own = data;
    Json result = Json::object();
    if (const auto base = own.find("base"); base != own.end()) {
      result = world_of(*base);
      own.erase("base");
    }
    return join_worlds(std::move(result), own);
  }

  void add(const std::string& file, const Json& given) {
    RawCase one;
    one.file = file;
    one.name = given.at("name").get<std::string>();
    one.source = given.contains("source") ? given.at("source").get<std::string>()
                                          : "assumption " + given.at("assumption").get<std::string>();
    const Json world = world_of(given.at("data"));
    one.world = world.dump();
    auto& tenant = tenants_[one.world];
    if (!tenant) tenant = std::make_shared<const Tenant>(spell_out(world, roles_));
    one.tenant = tenant;
    one.given = given;
    one.sets = sets_;
    cases_.push_back(std::move(one));
  }

  void refuse_same_names() {
    std::map<std::pair<std::string, std::string>, std::size_t> seen;
    std::vector<RawCase> same;
    for (const RawCase& one : cases_) {
      if (++seen[{one.file, one.name}] == 2) same.push_back(broken(one.file, one.name, "two cases have this name"));
    }
    std::ranges::move(same, std::back_inserter(cases_));
  }

  std::filesystem::path folder_, shared_;
  const std::vector<std::string>& members_;
  RoleIds roles_;
  Json worlds_, sets_;
  std::map<std::string, std::shared_ptr<const Tenant>> tenants_;
  std::vector<RawCase> cases_;
};

/// A raw case as questions with their expectations.
class QuestionCase {
 public:
  QuestionCase(const RawCase& raw, const RoleIds& roles) : raw_(raw), roles_(roles) {}

  Case run() {
    Case one;
    one.file = raw_.file;
    one.name = raw_.name;
    one.source = raw_.source;
    one.world = raw_.world;
    one.tenant = raw_.tenant;
    one.broken = raw_.broken;
    if (!one.broken.empty()) return one;
    try {
      one.disputed = raw_.given.value("disputed", false);
      if (raw_.given.contains("grantors")) {
        add_table(one, raw_.given);
      } else {
        one.asks.push_back(
            {"", question_of(raw_.given.at("question"), *one.tenant), expectation(raw_.given.at("expect"))});
      }
    } catch (const std::exception& problem) {
      one.broken = problem.what();
    }
    return one;
  }

 private:
  /// "@NAME" stands for a set of the file; a set may name others.
  std::set<std::string> names(const Json& list) const {
    std::set<std::string> result;
    for (const Json& item : list) {
      const std::string word = item.get<std::string>();
      if (word.starts_with('@')) {
        if (!raw_.sets.contains(word.substr(1))) fail("no set is called `" + word + "`");
        result.merge(names(raw_.sets.at(word.substr(1))));
      } else {
        if (!roles_.contains(word)) fail("no role is called `" + word + "`");
        result.insert(word);
      }
    }
    return result;
  }

  /// One question for each built-in role and registry: those that grant are listed, all others must not.
  void add_table(Case& one, const Json& given) {
    const Json& table = given.at("grantors");
    allow_only(table, {"legacy", "abac", "both", "reason", "legacyReason", "abacReason"}, "`grantors`");
    std::set<std::string> grant[2];
    grant[0] = names(table.contains("both") ? table.at("both") : table.at("legacy"));
    grant[1] = names(table.contains("both") ? table.at("both") : table.at("abac"));
    static constexpr std::string_view kRegistries[] = {"legacyreg", "abacreg"};
    for (std::size_t mode = 0; mode < 2; ++mode) {
      for (const auto& [role, guid] : roles_) {
        Json question = given.at("question");
        question["registry"] = std::string(kRegistries[mode]);
        question["principal"] = role;
        Expectation expect;
        if (grant[mode].contains(role)) {
          expect.verdict = "allow";
          expect.reasons = {table.value("reason", "grants")};
        } else {
          expect.verdict = "deny";
          // A role that suffices in the other mode is ignored by this one; any other role lacks the right.
          const char* why = mode == 0 ? "legacyReason" : "abacReason";
          if (table.contains(why)) {
            expect.reasons = {table.at(why).get<std::string>()};
          } else if (grant[1 - mode].contains(role)) {
            expect.reasons = {"ignored-by-mode"};
          } else {
            expect.any_reason = {"not-in-role", "excluded-by-not-actions", "ignored-by-mode"};
          }
        }
        one.asks.push_back({role + " on " + std::string(kRegistries[mode]),
                            question_of(std::move(question), *one.tenant), std::move(expect)});
      }
    }
  }

  const RawCase& raw_;
  const RoleIds& roles_;
};

}  // namespace

std::vector<RawCase> load_raw_cases(const std::string& folder, const std::string& shared,
                                    const std::vector<std::string>& members) {
  return RawLoader(folder, shared, members).run();
}

RoleIds load_roles(const std::string& shared) {
  return read_json(std::filesystem::path(shared) / "roles.json").get<RoleIds>();
}

std::vector<Case> load_cases(const std::string& folder) {
  std::vector<Case> cases;
  RoleIds roles;
  for (const RawCase& raw : load_raw_cases(folder, folder, {"disputed", "question", "expect", "grantors"})) {
    if (roles.empty() && raw.broken.empty()) roles = load_roles(folder);
    cases.push_back(QuestionCase(raw, roles).run());
  }
  return cases;
}

std::string test_name(const std::string& file, const std::string& name, std::size_t number) {
  std::string word;
  bool upper = true;
  for (const char c : file.substr(0, file.find('.')) + " " + name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
      upper = true;
      continue;
    }
    word += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    upper = false;
  }
  return word.substr(0, 120) + "_" + std::to_string(number);
}

}  // namespace acrbiter::spec

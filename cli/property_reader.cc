#include "cli/property_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/ask.h"
#include "cli/excerpt.h"
#include "cli/report/names.h"
#include "cli/report/text.h"
#include "cli/suggest.h"
#include "model/ascii.h"

namespace acrbiter::cli {
namespace {

using evaluator::Asker;
using evaluator::Operation;
using evaluator::Property;
using evaluator::Who;
using evaluator::WhoTerm;
using model::Diagnostic;
using model::PrincipalIndex;
using model::PrincipalKind;
using model::RepositorySet;
using model::SourceSpan;

constexpr std::array kKinds = {Property::Kind::Never, Property::Kind::Always, Property::Kind::Only,
                               Property::Kind::Same, Property::Kind::Subset};
constexpr std::string_view kExcept = "except";
constexpr std::string_view kAny = "any";
constexpr std::string_view kEveryone = "everyone";

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

/// A word with its quotes taken off, and where it stands in the line.
struct Word {
  std::string text;
  SourceSpan span;
  std::size_t quoted_from = std::string::npos;  ///< byte of `text` from which on it was quoted; npos: nowhere

  [[nodiscard]] bool plain(std::string_view word) const { return quoted_from == std::string::npos && text == word; }
};

struct WhoSyntax {
  std::vector<Word> include, except;
};

/// A property taken apart, names not yet looked up.
struct Syntax {
  std::string name;
  SourceSpan span;  ///< of the property itself
  Property::Kind kind{};
  WhoSyntax first, second;
  std::vector<Word> operations;
  Word target;
};

struct Problem {
  SourceSpan span;
  std::string message;
  std::string help;
};

template <class T>
using Read = model::Expected<T, Problem>;

std::string article(std::string_view noun) {
  return fmt::format("{} {}", noun.starts_with('a') || noun.starts_with('i') ? "an" : "a", noun);
}

/// Grammar alone.
class LineReader {
 public:
  explicit LineReader(std::string_view line) : line_(line), end_(end_of_content(line)) {}

  /// Nothing for an empty line.
  Read<std::optional<Syntax>> read() {
    skip();
    if (at_end()) return std::optional<Syntax>();
    Syntax syntax;
    if (line_[next_] == '"') {
      const auto name = word();
      if (!name) return fail(name.error());
      skip();
      if (!name->text.ends_with(':') && (at_end() || line_[next_] != ':')) {
        return fail({here(), "after the name of a property stands `:`", "write \"NAME\": never …"});
      }
      syntax.name = name->text;
      if (syntax.name.ends_with(':')) {
        syntax.name.pop_back();
      } else {
        ++next_;
      }
      skip();
    }
    const std::size_t begin = next_;
    const auto kind = word();
    if (!kind) return fail(kind.error());
    const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                    [&](Property::Kind k) { return kind->plain(evaluator::to_string(k)); });
    if (found == kKinds.end()) {
      std::vector<std::string_view> words;
      for (const Property::Kind k : kKinds) words.push_back(evaluator::to_string(k));
      if (kind->text.empty())
        return fail({here(), "a property is missing", "one of never, always, only, same, subset"});
      return fail({kind->span, fmt::format("no property is called `{}`", kind->text),
                   did_you_mean(kind->text, words, "a line begins with never, always, only, same or subset")});
    }
    syntax.kind = *found;
    auto first = who();
    if (!first) return fail(first.error());
    syntax.first = *std::move(first);
    if (syntax.kind == Property::Kind::Same || syntax.kind == Property::Kind::Subset) {
      auto second = who();
      if (!second) return fail(second.error());
      syntax.second = *std::move(second);
    }
    auto operations = list("an operation", "for example pull, push, delete, or any");
    if (!operations) return fail(operations.error());
    syntax.operations = *std::move(operations);
    skip();
    if (at_end()) {
      return fail({here(), "where? REGISTRY/PATTERN is missing", "for example contoso/prod/**, or */** for all"});
    }
    syntax.target = {.text = std::string(line_.substr(next_, end_ - next_)), .span = {next_, end_}};
    syntax.span = {begin, end_};
    return std::optional<Syntax>(std::move(syntax));
  }

 private:
  static Read<std::optional<Syntax>> fail(Problem problem) {
    return Read<std::optional<Syntax>>::failure(std::move(problem));
  }

  /// Where a comment or trailing blanks begin.
  static std::size_t end_of_content(std::string_view line) {
    bool quoted = false;
    std::size_t end = line.size();
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') quoted = !quoted;
      if (line[i] == '#' && !quoted && (i == 0 || blank(line[i - 1]))) {
        end = i;
        break;
      }
    }
    while (end > 0 && blank(line[end - 1])) --end;
    return end;
  }

  void skip() {
    while (next_ < end_ && blank(line_[next_])) ++next_;
  }
  [[nodiscard]] bool at_end() const { return next_ >= end_; }
  [[nodiscard]] SourceSpan here() const { return {next_, std::min(next_ + 1, line_.size())}; }

  /// Up to a blank or comma that is not quoted. Empty at the end.
  Read<Word> word() {
    skip();
    Word result;
    const std::size_t begin = next_;
    while (!at_end() && !blank(line_[next_]) && line_[next_] != ',') {
      if (line_[next_] != '"') {
        result.text += line_[next_++];
        continue;
      }
      const std::size_t close = line_.find('"', next_ + 1);
      if (close == std::string_view::npos || close >= end_) {
        return Read<Word>::failure({{next_, next_ + 1}, "a quote is not closed", "names with blanks stand in \"…\""});
      }
      result.quoted_from = std::min(result.quoted_from, result.text.size());
      result.text += line_.substr(next_ + 1, close - next_ - 1);
      next_ = close + 1;
    }
    result.span = {begin, next_};
    return result;
  }

  /// WORD {, WORD}
  Read<std::vector<Word>> list(std::string_view what, std::string_view help) {
    std::vector<Word> words;
    while (true) {
      auto item = word();
      if (!item) return Read<std::vector<Word>>::failure(item.error());
      if (item->text.empty()) {
        return Read<std::vector<Word>>::failure({here(), fmt::format("{} is missing", what), std::string(help)});
      }
      words.push_back(*std::move(item));
      skip();
      if (at_end() || line_[next_] != ',') return words;
      ++next_;
    }
  }

  Read<WhoSyntax> who() {
    constexpr std::string_view kForm = "who: a principal, group:NAME or everyone; several with commas";
    auto include = list("a principal", kForm);
    if (!include) return Read<WhoSyntax>::failure(include.error());
    WhoSyntax result{.include = *std::move(include), .except = {}};
    const std::size_t before = next_;
    const auto next = word();
    if (!next || !next->plain(kExcept)) {
      next_ = before;
      return result;
    }
    auto except = list("after `except`, a principal", kForm);
    if (!except) return Read<WhoSyntax>::failure(except.error());
    result.except = *std::move(except);
    return result;
  }

  std::string_view line_;
  std::size_t end_;
  std::size_t next_ = 0;
};

/// Looks names up. Goes on after a problem, so that all are said.
class Resolver {
 public:
  explicit Resolver(const Analysis& analysis) : analysis_(analysis) {}

  std::vector<Problem> problems;

  Property resolve(const Syntax& syntax) {
    Property property{.kind = syntax.kind, .first = {}, .second = {}, .operations = {}, .places = {}};
    const bool all_names = places(syntax.target, property);
    operations(syntax.operations, all_names, syntax.target, property);
    property.first = who(syntax.first, property);
    property.second = who(syntax.second, property);
    return property;
  }

  /// Looks one word of WHO up and adds what it means.
  void term(const Word& word, const Property& property, std::vector<WhoTerm>& out) {
    if (word.plain(kEveryone)) {
      out.emplace_back(evaluator::Everyone{});
    } else if (const auto group_name = behind(word, "group:")) {
      if (const auto found = group(*group_name, word.span)) out.emplace_back(evaluator::MembersOf{*found});
    } else if (word.text.starts_with("token:")) {
      child(analysis_.snapshot().tokens, "token:", word, property, out,
            [](std::size_t index) { return Asker{evaluator::TokenAsker{index}}; });
    } else if (word.text.starts_with("task:")) {
      child(analysis_.snapshot().tasks, "task:", word, property, out,
            [](std::size_t index) { return Asker{evaluator::TaskAsker{index}}; });
    } else {
      principal(word, out);
    }
  }

 private:
  void problem(SourceSpan span, std::string message, std::string help = {}) {
    problems.push_back({span, std::move(message), std::move(help)});
  }
  void problem(SourceSpan span, const AnswerError& error, std::string_view otherwise) {
    const auto& near = error.suggestions;
    problem(span, error.message,
            near.empty() ? std::string(otherwise)
                         : fmt::format("{} {}?", error.code.starts_with("ambiguous") ? "which of" : "did you mean",
                                       report::listed(near, "or")));
  }

  // ---- where ----------------------------------------------------------------------------------------------

  /// True if the target is every name of its registries.
  bool places(const Word& target, Property& property) {
    const std::string_view text = target.text;
    std::vector<std::size_t> registries;
    std::string_view rest;
    if (text == "*" || text.starts_with("*/")) {
      for (std::size_t r = 0; r < analysis_.snapshot().registries.size(); ++r) registries.push_back(r);
      rest = text.substr(std::min<std::size_t>(2, text.size()));
      if (registries.empty()) problem(target.span, "the data has no registries");
    } else {
      const TargetParts parts = split_target(text, analysis_.data);
      const std::string_view name = parts.registry.empty() ? text.substr(0, text.find('/')) : parts.registry;
      rest = parts.registry.empty() ? text.substr(std::min(name.size() + 1, text.size())) : parts.rest;
      const auto found = analysis_.find_registry(name);
      if (found) {
        registries.push_back(*found);
      } else {
        problem({target.span.begin, target.span.begin + name.size()}, found.error(),
                "the pattern stands behind its registry: REGISTRY/PATTERN, or */PATTERN for all registries");
      }
    }
    const std::size_t offset = target.span.begin + (text.size() - rest.size());
    const RepositorySet names = pattern(rest, {offset, target.span.end});
    for (const std::size_t registry : registries) property.places.push_back({.registry = registry, .names = names});
    return names.is_all();
  }

  RepositorySet pattern(std::string_view text, SourceSpan span) {
    if (text.empty()) return RepositorySet::all();
    // Brackets around the whole keep `contoso/(** except x)` in one piece for the eye.
    if (text.starts_with('(') && text.ends_with(')') && text != "(none)") {
      text = text.substr(1, text.size() - 2);
      ++span.begin;
      --span.end;
    }
    const auto names = RepositorySet::parse(text);
    if (!names) {
      const Diagnostic& error = names.error().front();
      SourceSpan at = span;
      if (error.span) at = {span.begin + error.span->begin, std::max(span.begin + error.span->end, span.begin + 1)};
      problem(at, error.message, error.help);
      return RepositorySet::all();
    }
    if (names->empty()) {
      problem(span, fmt::format("no repository can be called `{}`, so this would hold of anything", text),
              "names consist of a-z, 0-9 and ._-/");
    }
    return *names;
  }

  // ---- what -----------------------------------------------------------------------------------------------

  void operations(const std::vector<Word>& words, bool all_names, const Word& target, Property& property) {
    const auto add = [&](const Operation* operation) {
      auto& list = property.operations;
      if (std::find(list.begin(), list.end(), operation) == list.end()) list.push_back(operation);
    };
    for (const Word& word : words) {
      if (word.plain(kAny)) {
        for (const Operation* operation : evaluator::data_operations()) {
          if (all_names || operation->takes_repository) add(operation);
        }
        continue;
      }
      const auto operation = read_operation(word.text);
      if (!operation) {
        problem(word.span, operation.error(), "`acrbiter catalog operations` lists them; any stands for all on data");
      } else if (!(*operation)->takes_repository && !all_names) {
        problem(word.span,
                fmt::format("`{}` is about the registry as a whole, not about `{}`", (*operation)->id, target.text),
                "write the registry alone, in a property of its own");
      } else {
        add(*operation);
      }
    }
  }

  // ---- who ------------------------------------------------------------------------------------------------

  Who who(const WhoSyntax& syntax, const Property& property) {
    Who result;
    for (const Word& word : syntax.include) term(word, property, result.include);
    for (const Word& word : syntax.except) term(word, property, result.except);
    return result;
  }

  /// The part of `word` behind `prefix`, if it begins so outside quotes.
  static std::optional<std::string> behind(const Word& word, std::string_view prefix) {
    if (!word.text.starts_with(prefix) || word.quoted_from < prefix.size()) return std::nullopt;
    return word.text.substr(prefix.size());
  }

  /// Does a token or task mean something at a registry of another name? Tasks do with a credential for it.
  static bool reaches(const std::vector<model::Token>&, const model::Token&, const model::Registry&) { return false; }
  static bool reaches(const std::vector<model::Task>& all, const model::Task& task, const model::Registry& registry) {
    return model::has_credential_for(all, task, registry);
  }

  /// NAME of the property's registries, else one that reaches them; or REGISTRY/NAME.
  template <class Child, class Make>
  void child(const std::vector<Child>& all, std::string_view prefix, const Word& word, const Property& property,
             std::vector<WhoTerm>& out, Make make) {
    if (property.places.empty()) return;  // said already
    const std::string_view typed = std::string_view(word.text).substr(prefix.size());
    const std::size_t slash = typed.find('/');
    const bool with_registry = slash != std::string_view::npos;
    const std::string_view home = with_registry ? typed.substr(0, slash) : std::string_view();
    const std::string_view name = with_registry ? typed.substr(slash + 1) : typed;
    const auto at_a_place = [&](auto means) {
      return std::any_of(property.places.begin(), property.places.end(),
                         [&](const evaluator::Place& place) { return means(analysis_.registry(place.registry)); });
    };
    std::vector<std::string> names;
    std::vector<std::size_t> own, reaching;
    bool exists = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Child& each = all[i];
      const bool here = each.registry.empty() || at_a_place([&](const model::Registry& registry) {
                          return model::equal_ignoring_case(registry.name, each.registry);
                        });
      const bool from_elsewhere =
          !here && at_a_place([&](const model::Registry& registry) { return reaches(all, each, registry); });
      if (here) names.push_back(each.name);
      if (from_elsewhere) names.push_back(fmt::format("{}/{}", each.registry, each.name));
      if (!model::equal_ignoring_case(each.name, name)) continue;
      if (with_registry && !model::equal_ignoring_case(each.registry, home)) continue;
      exists = true;
      if (here) own.push_back(i);
      if (from_elsewhere) reaching.push_back(i);
    }
    const bool meant_elsewhere = own.empty() || with_registry;
    for (const std::size_t i : own) out.emplace_back(make(i));
    if (meant_elsewhere) {
      for (const std::size_t i : reaching) out.emplace_back(make(i));
    }
    if (!own.empty() || !reaching.empty()) return;
    const std::string_view kind = prefix.substr(0, prefix.size() - 1);
    problem(word.span,
            exists ? fmt::format("{} `{}` belongs to another registry and has no access here", kind, typed)
                   : fmt::format("no {} called `{}` in the registry's data", kind, typed),
            did_you_mean(typed, {names.begin(), names.end()}, "`acrbiter snapshot show` lists what was read"));
  }

  void principal(const Word& word, std::vector<WhoTerm>& out) {
    std::optional<PrincipalKind> wanted;
    std::string name = word.text;
    if (const auto user = behind(word, "user:")) {
      wanted = PrincipalKind::User;
      name = *user;
    } else if (const auto application = behind(word, "sp:")) {
      wanted = PrincipalKind::ServicePrincipal;
      name = *application;
    }
    if (analysis_.snapshot().registries.empty()) return;  // said already
    const auto found = analysis_.find_principal(name, 0);
    if (!found) {
      constexpr std::array kWords = {kEveryone};
      const bool meant_everyone = found.error().suggestions.empty() && !nearest(word.text, kWords).empty();
      return problem(word.span, found.error(),
                     meant_everyone ? "did you mean `everyone`?" : "`acrbiter snapshot show` lists what was read");
    }
    const std::string_view kind = analysis_.names.kind(*found);
    if (analysis_.names.stands_for_members(*found)) {
      return problem(word.span, fmt::format("`{}` is a group", name),
                     fmt::format("write group:{} for everybody in it", quoted(name)));
    }
    const auto* entra = std::get_if<evaluator::EntraAsker>(&*found);
    if (wanted && (entra == nullptr || entra->known)) {
      const PrincipalKind actual =
          entra == nullptr ? PrincipalKind::Device : analysis_.snapshot()[entra->principal].kind;
      if (actual != *wanted && actual != PrincipalKind::Unknown) {
        const bool user = *wanted == PrincipalKind::User;
        return problem(word.span,
                       fmt::format("`{}` is {}, not {}", name, article(kind), user ? "a user" : "a service principal"),
                       fmt::format("write {}", quoted(name)));
      }
    }
    out.emplace_back(*found);
  }

  static std::string quoted(const std::string& name) {
    const bool plain = name.find_first_of(" \t,#\"") == std::string::npos;
    return plain ? name : fmt::format("\"{}\"", name);
  }

  std::optional<PrincipalIndex> group(const std::string& typed, SourceSpan span) {
    const model::Snapshot& snapshot = analysis_.snapshot();
    const std::string name = model::ascii_lower(analysis_.data.without_alias(typed));
    std::vector<PrincipalIndex> found;
    std::vector<std::string_view> names;
    for (std::size_t p = 0; p < snapshot.principals.size(); ++p) {
      const model::Principal& candidate = snapshot.principals[p];
      const bool is_group = candidate.kind == PrincipalKind::Group || candidate.kind == PrincipalKind::ForeignGroup ||
                            snapshot.members_known[p] != model::MembersKnown::NotGiven;
      if (!is_group) continue;
      names.push_back(candidate.display_name);
      const bool called = candidate.id == name || model::equal_ignoring_case(candidate.display_name, name) ||
                          std::any_of(candidate.aliases.begin(), candidate.aliases.end(),
                                      [&](const std::string& a) { return model::equal_ignoring_case(a, name); });
      if (called) found.push_back(PrincipalIndex{static_cast<std::uint32_t>(p)});
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
      problem(span, fmt::format("no group called `{}` in the data", typed),
              did_you_mean(typed, names, "`acrbiter snapshot show` lists what was read"));
      return std::nullopt;
    }
    std::vector<std::string> ids;
    for (const PrincipalIndex p : found) ids.push_back(snapshot[p].id);
    problem(span, fmt::format("`{}` is the name of several groups: give the object id", typed),
            fmt::format("which of {}?", report::listed(ids, "or")));
    return std::nullopt;
  }

  const Analysis& analysis_;
};

}  // namespace

model::Result<std::vector<WrittenProperty>> read_properties(std::string_view text, const std::string& file,
                                                            const Analysis& analysis) {
  std::vector<WrittenProperty> properties;
  std::vector<Diagnostic> problems;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::size_t begin = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  for (std::size_t number = 1; begin < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const auto say = [&](const Problem& problem) {
      Diagnostic diagnostic;
      diagnostic.message = problem.message;
      diagnostic.file = file;
      diagnostic.span = problem.span;
      diagnostic.help = problem.help;
      locate(diagnostic, line, problem.span.begin);
      diagnostic.line = number;
      problems.push_back(std::move(diagnostic));
    };
    const auto syntax = LineReader(line).read();
    if (!syntax) {
      say(syntax.error());
    } else if (*syntax) {
      Resolver resolver(analysis);
      Property property = resolver.resolve(**syntax);
      std::sort(resolver.problems.begin(), resolver.problems.end(),
                [](const Problem& a, const Problem& b) { return a.span.begin < b.span.begin; });
      for (const Problem& problem : resolver.problems) say(problem);
      const SourceSpan span = (*syntax)->span;
      properties.push_back({.name = (*syntax)->name,
                            .text = std::string(line.substr(span.begin, span.end - span.begin)),
                            .line = number,
                            .property = std::move(property)});
    }
    begin = end + 1;
  }
  if (!problems.empty()) return model::Result<std::vector<WrittenProperty>>::failure(std::move(problems));
  return properties;
}

model::Expected<std::vector<WhoTerm>, WhoProblem> read_who(const std::string& text, std::size_t registry,
                                                           const Analysis& analysis) {
  using Outcome = model::Expected<std::vector<WhoTerm>, WhoProblem>;
  Resolver resolver(analysis);
  Property property;
  property.places.push_back({.registry = registry, .names = {}});
  std::vector<WhoTerm> terms;
  resolver.term({.text = text, .span = {0, text.size()}}, property, terms);
  if (resolver.problems.empty()) return terms;
  const Problem& problem = resolver.problems.front();
  return Outcome::failure({problem.message, problem.help});
}

}  // namespace acrbiter::cli

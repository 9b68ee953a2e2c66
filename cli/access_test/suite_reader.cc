#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "cli/access_test/suite.h"
#include "cli/data.h"
#include "cli/excerpt.h"
#include "cli/question_reader.h"
#include "cli/report/text.h"
#include "cli/suggest.h"
#include "cli/yaml_reader.h"
#include "evaluator/decision.h"
#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::cli::access_test {
namespace {

namespace fs = std::filesystem;

using Kind = YamlNode::Kind;
using Keys = std::vector<std::string_view>;

constexpr std::array<std::string_view, 4> kProperties = {"never", "always", "only", "same"};
constexpr std::string_view kSubset = "subset";

/// One word or mark of a readable line.
struct Token {
  std::string text;
  std::size_t begin = 0, end = 0;  ///< bytes of the line
  bool quoted = false;

  [[nodiscard]] bool is(std::string_view word) const { return !quoted && text == word; }
};

bool blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string near_or(std::string_view typed, const Keys& candidates, std::string_view otherwise) {
  return did_you_mean(typed, candidates, otherwise);
}

std::string joined(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Reader {
 public:
  Reader(std::string text, const std::string& file) {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    suite_.text = std::move(text);
    suite_.file = file;
  }

  model::Result<Suite> read() {
    auto root = read_yaml(suite_.text, suite_.file);
    if (!root) return model::Result<Suite>::failure(root.error());
    if (root->is(Kind::Null)) {
      report(0, "nothing is tested here", "a test file has `data` and `tests`");
    } else if (!root->is(Kind::Map)) {
      report(*root, fmt::format("a test file is a map with `data` and `tests`, not {}", describe(root->kind)));
    } else {
      sections(*root);
    }
    if (!problems_.empty()) return model::Result<Suite>::failure(std::move(problems_));
    return std::move(suite_);
  }

 private:
  // ---- places and problems --------------------------------------------------------------------------------

  [[nodiscard]] Place place(std::size_t offset) const {
    model::Diagnostic at;
    locate(at, suite_.text, offset);
    return {.offset = offset, .line = at.line, .column = at.column};
  }
  [[nodiscard]] Place place(const YamlNode& node) const { return place(node.offset); }
  /// Of byte `inside` of a scalar.
  [[nodiscard]] Place place(const YamlNode& node, std::size_t inside) const {
    return place(offset_in(suite_.text, node, inside));
  }
  [[nodiscard]] Word word(const YamlNode& node) const { return {node.text, place(node)}; }

  void report(const Place& where, std::string message, std::string help = {}) {
    problems_.push_back(problem_at(suite_, where, std::move(message), std::move(help)));
  }
  void report(std::size_t offset, std::string message, std::string help = {}) {
    report(place(offset), std::move(message), std::move(help));
  }
  void report(const YamlNode& node, std::string message, std::string help = {}) {
    report(place(node), std::move(message), std::move(help));
  }

  // ---- shapes ---------------------------------------------------------------------------------------------

  bool is_map(const YamlNode& node, std::string_view name) {
    if (node.is(Kind::Map)) return true;
    report(node, fmt::format("`{}` must be a map, not {}", name, describe(node.kind)));
    return false;
  }
  bool is_list(const YamlNode& node, std::string_view name) {
    if (node.is(Kind::List)) return true;
    report(node, fmt::format("`{}` must be a list, not {}", name, describe(node.kind)));
    return false;
  }
  bool is_text(const YamlNode& node, std::string_view name) {
    if (node.is(Kind::Scalar) && !node.text.empty()) return true;
    report(node, fmt::format("`{}` must be a text, not {}", name,
                             node.is(Kind::Scalar) ? std::string_view("an empty one") : describe(node.kind)));
    return false;
  }
  bool boolean(const YamlNode& node, std::string_view name) {
    if (node.is(Kind::Scalar) && node.text == "true") return true;
    if (!node.is(Kind::Scalar) || node.text != "false") report(node, fmt::format("`{}` is true or false", name));
    return false;
  }

  void unknown_key(const YamlNode& key, const Keys& known, std::string_view where) {
    report(key, fmt::format("unknown key `{}` in {}", key.text, where),
           near_or(key.text, known, fmt::format("known keys: {}", fmt::join(known, ", "))));
  }

  /// A text or a list of texts.
  std::vector<Word> texts(const YamlNode& node, std::string_view name) {
    std::vector<Word> result;
    if (node.is(Kind::Scalar) && !node.text.empty()) {
      result.push_back(word(node));
    } else if (node.is(Kind::List)) {
      for (const YamlNode& item : node.items) {
        if (is_text(item, name)) result.push_back(word(item));
      }
    } else {
      report(node, fmt::format("`{}` must be a text or a list of texts, not {}", name, describe(node.kind)));
    }
    return result;
  }
  /// The same, and not empty.
  std::vector<Word> some_texts(const YamlNode& node, std::string_view name) {
    const std::size_t before = problems_.size();
    auto result = texts(node, name);
    if (result.empty() && problems_.size() == before) {
      report(node, fmt::format("`{}` is empty, so nothing is tested", name), "name at least one, or leave it out");
    }
    return result;
  }

  /// Words between blanks and commas, of a text or of each text of a list.
  std::vector<Word> words(const YamlNode& node, std::string_view name) {
    std::vector<Word> result;
    const auto split = [&](const YamlNode& scalar) {
      std::size_t begin = 0;
      while (begin < scalar.text.size()) {
        if (blank(scalar.text[begin]) || scalar.text[begin] == ',') {
          ++begin;
          continue;
        }
        std::size_t end = begin;
        while (end < scalar.text.size() && !blank(scalar.text[end]) && scalar.text[end] != ',') ++end;
        result.push_back({scalar.text.substr(begin, end - begin), place(scalar, begin)});
        begin = end;
      }
    };
    if (node.is(Kind::Scalar)) {
      split(node);
    } else if (node.is(Kind::List)) {
      for (const YamlNode& item : node.items) {
        if (is_text(item, name)) split(item);
      }
    } else {
      report(node, fmt::format("`{}` must be a text or a list of texts, not {}", name, describe(node.kind)));
    }
    return result;
  }

  // ---- the file -------------------------------------------------------------------------------------------

  void sections(const YamlNode& root) {
    static const Keys kKnown = {"title",      "data",         "demo",     "plan",        "deployment",
                                "at",         "network",      "assume",   "credential",  "aliases",
                                "principals", "repositories", "registry", "unknown-ids", "tests"};
    const YamlNode* tests = nullptr;
    for (const auto& [key, value] : root.members) {
      const std::string& name = key.text;
      if (name == "title") {
        if (is_text(value, name)) suite_.title = value.text;
      } else if (name == "data") {
        paths(value, name, suite_.data);
      } else if (name == "plan") {
        paths(value, name, suite_.plan);
      } else if (name == "demo") {
        suite_.demo = boolean(value, name);
      } else if (name == "deployment") {
        deployment(value);
      } else if (name == "at") {
        if (is_text(value, name)) field("", "at", value, value.text);
      } else if (name == "network" || name == "credential") {
        (name == "network" ? suite_.network : suite_.credential) = place(key);
        facts(value, name);
      } else if (name == "assume") {
        assume(value);
      } else if (name == "aliases") {
        aliases(value);
      } else if (name == "principals") {
        groups(value, name, suite_.principals);
      } else if (name == "repositories") {
        groups(value, name, suite_.repositories);
      } else if (name == "registry") {
        if (is_text(value, name)) suite_.registry = word(value);
      } else if (name == "unknown-ids") {
        for (const Word& id : texts(value, name)) suite_.unknown_ids.insert(model::ascii_lower(id.text));
      } else if (name == "tests") {
        tests = &value;
      } else {
        unknown_key(key, kKnown, "a test file");
      }
    }
    if (suite_.demo && (!suite_.data.empty() || !suite_.plan.empty())) {
      report(root, "`demo` has all its data: it goes with neither `data` nor `plan`");
    }
    suite_.circumstances.at = question_.at;
    suite_.circumstances.network = question_.network;
    suite_.circumstances.credential = question_.credential;
    if (tests == nullptr) {
      report(root, "`tests` is missing: a test file that tests nothing fails");
    } else if (tests->is(Kind::Null) || (tests->is(Kind::List) && tests->items.empty())) {
      report(*tests, "`tests` is empty: a test file that tests nothing fails", "write at least one expectation");
    } else if (is_list(*tests, "tests")) {
      for (const YamlNode& test : tests->items) read_case(test);
    }
  }

  void paths(const YamlNode& node, std::string_view name, std::vector<std::string>& out) {
    const fs::path folder = fs::path(suite_.file).parent_path();
    for (const Word& path : some_texts(node, name)) out.push_back((folder / path.text).lexically_normal().string());
  }

  void deployment(const YamlNode& node) {
    if (!is_map(node, "deployment")) return;
    Keys known(kDeploymentKeys.begin(), kDeploymentKeys.end());
    known.emplace_back("parameters");
    for (const auto& [key, value] : node.members) {
      const std::string& name = key.text;
      if (name == "parameters") {
        paths(value, name, suite_.plan);
      } else if (std::find(known.begin(), known.end(), name) == known.end()) {
        unknown_key(key, known, "`deployment`");
      } else if (is_text(value, name)) {
        static_cast<void>(set_deployment(suite_.deployment, name, value.text));
        suite_.options.emplace_back("--deployment", fmt::format("{}={}", name, value.text));
      }
    }
  }

  /// Puts a field of the contract into the question that all cases share.
  void field(std::string_view group, const std::string& name, const YamlNode& value, const std::string& text) {
    const auto error = set_field(question_, group, name, text);
    if (error) return report(value, error->message);
    suite_.options.emplace_back(group.empty() ? "--" + name : fmt::format("--{}", group),
                                group.empty() ? text : fmt::format("{}={}", name, text));
  }

  void facts(const YamlNode& node, const std::string& group) {
    if (!is_map(node, group)) return;
    for (const auto& [key, value] : node.members) {
      const auto known = field_names(group);
      if (std::find(known.begin(), known.end(), key.text) == known.end()) {
        unknown_key(key, known, fmt::format("`{}`", group));
      } else if (is_text(value, key.text)) {
        field(group, key.text, value, value.text);
      }
    }
  }

  void assume(const YamlNode& node) {
    if (!is_map(node, "assume")) return;
    for (const auto& [key, value] : node.members) {
      if (!is_text(value, key.text)) continue;
      if (suite_.circumstances.readings.pin(key.text, value.text)) {
        suite_.options.emplace_back("--assume", fmt::format("{}={}", key.text, value.text));
        continue;
      }
      const evaluator::Assumption* known = evaluator::find_assumption(key.text);
      if (known == nullptr) {
        Keys names;
        for (const evaluator::Assumption& entry : evaluator::assumption_register()) names.push_back(entry.name);
        report(key, fmt::format("no assumption called `{}`", key.text),
               near_or(key.text, names, "`acrbiter catalog assumptions` lists them"));
      } else {
        report(value, fmt::format("`{}` is no reading of the assumption `{}`", value.text, key.text),
               fmt::format("readings: {}, unknown", fmt::join(known->readings, ", ")));
      }
    }
  }

  void aliases(const YamlNode& node) {
    if (!is_map(node, "aliases")) return;
    for (const auto& [key, value] : node.members) {
      if (is_text(value, key.text)) suite_.aliases[key.text] = value.text;
    }
  }

  void groups(const YamlNode& node, const std::string& name, std::map<std::string, std::vector<Word>>& out) {
    if (!is_map(node, name)) return;
    for (const auto& [key, value] : node.members) {
      auto members = some_texts(value, key.text);
      for (const Word& member : members) {
        if (member.text.starts_with('$')) {
          report(member.place, fmt::format("a group holds no other group: `{}`", member.text), "list its members");
        }
      }
      out[key.text] = std::move(members);
    }
  }

  // ---- cases ----------------------------------------------------------------------------------------------

  void read_case(const YamlNode& node) {
    if (node.is(Kind::Scalar)) return line(node);
    if (!node.is(Kind::Map)) {
      return report(node, fmt::format("a test is a line or a map, not {}", describe(node.kind)));
    }
    const YamlNode* kind = nullptr;
    for (const auto& [key, value] : node.members) {
      const std::string& name = key.text;
      const bool property =
          name == kSubset || std::find(kProperties.begin(), kProperties.end(), name) != kProperties.end();
      const bool other = name == "table" || name == "exactly" || name == "changes" || name == "only-these-changes";
      if (!property && !other) continue;
      if (kind != nullptr) {
        return report(key, fmt::format("one test is one thing: `{}` or `{}`", kind->text, name), "make it two tests");
      }
      kind = &key;
    }
    const auto value_of = [&](std::string_view name) -> const YamlNode* {
      for (const auto& [key, value] : node.members) {
        if (key.text == name) return &value;
      }
      return nullptr;
    };
    Case test;
    test.place = place(node);
    if (const YamlNode* name = value_of("name"); name != nullptr && is_text(*name, "name")) test.name = name->text;
    const std::size_t before = problems_.size();
    if (kind == nullptr) {
      points(node, test);
    } else if (kind->text == "table") {
      known_keys(node, {"name", "table"}, "a table");
      table(*value_of("table"), test);
    } else if (kind->text == "exactly") {
      known_keys(node, {"name", "exactly"}, "a test with `exactly`");
      exactly(*value_of("exactly"), test);
    } else if (kind->text == "changes") {
      known_keys(node, {"name", "changes", "who", "operations", "on", "except"}, "a test of changes");
      changes(node, *value_of("changes"), value_of("except"), test);
    } else if (kind->text == "only-these-changes") {
      known_keys(node, {"name", "only-these-changes"}, "a test with `only-these-changes`");
      only_changes(*value_of("only-these-changes"), test);
    } else {
      known_keys(node, {"name", kind->text}, fmt::format("a test with `{}`", kind->text));
      property(*kind, *value_of(kind->text), test);
    }
    if (problems_.size() == before) suite_.cases.push_back(std::move(test));
  }

  void known_keys(const YamlNode& map, const Keys& known, std::string_view where) {
    for (const YamlMember& member : map.members) {
      if (std::find(known.begin(), known.end(), member.key.text) == known.end()) {
        unknown_key(member.key, known, where);
      }
    }
  }

  // ---- readable lines -------------------------------------------------------------------------------------

  std::optional<std::vector<Token>> tokens(const YamlNode& node) {
    const std::string& text = node.text;
    std::vector<Token> result;
    std::size_t next = 0;
    while (next < text.size()) {
      if (blank(text[next])) {
        ++next;
        continue;
      }
      Token token;
      token.begin = next;
      if (text[next] == ',') {
        token.text = text[next++];
      } else {
        while (next < text.size() && !blank(text[next]) && text[next] != ',') {
          if (text[next] != '"') {
            token.text += text[next++];
            continue;
          }
          const std::size_t close = text.find('"', next + 1);
          if (close == std::string::npos) {
            report(place(node, next), "a quote is not closed", "names with blanks stand in \"…\"");
            return std::nullopt;
          }
          token.quoted = true;
          token.text += text.substr(next + 1, close - next - 1);
          next = close + 1;
        }
      }
      token.end = next;
      result.push_back(std::move(token));
    }
    return result;
  }

  /// WORD {, WORD} from `next` on.
  std::vector<Word> list(const std::vector<Token>& all, std::size_t& next, const YamlNode& node) {
    std::vector<Word> result;
    while (next < all.size() && !all[next].is(",")) {
      result.push_back({all[next].text, place(node, all[next].begin)});
      ++next;
      if (next == all.size() || !all[next].is(",")) break;
      ++next;
    }
    return result;
  }

  void line(const YamlNode& node) {
    constexpr std::string_view kForm = "write: WHO can|cannot|may or may not OPERATIONS [REGISTRY/]REPOSITORY";
    const auto all = tokens(node);
    if (!all) return;
    std::size_t next = 0;
    const std::size_t before = problems_.size();
    PointCase test;
    test.who = list(*all, next, node);
    const auto is = [&](std::size_t at, std::string_view word) { return at < all->size() && (*all)[at].is(word); };
    Expectation expected = Expectation::Allow;
    if (test.who.empty()) return report(place(node, 0), "who is missing", std::string(kForm));
    if (is(next, "cannot")) {
      expected = Expectation::Deny;
      ++next;
    } else if (is(next, "can")) {
      ++next;
    } else if (is(next, "may") && is(next + 1, "or") && is(next + 2, "may") && is(next + 3, "not")) {
      expected = Expectation::Undetermined;
      next += 4;
    } else if (next == all->size()) {
      return report(place(node, node.text.size()), "`can`, `cannot` or `may or may not` is missing",
                    std::string(kForm));
    } else {
      const Token& found = (*all)[next];
      return report(place(node, found.begin), fmt::format("`can` is expected, not `{}`", found.text),
                    near_or(found.text, {"can", "cannot", "may or may not"}, std::string(kForm)));
    }
    const auto operations = list(*all, next, node);
    if (operations.empty()) {
      return report(place(node, next < all->size() ? (*all)[next].begin : node.text.size()), "operations are missing",
                    std::string(kForm));
    }
    expect(operations, expected, test.operations);
    std::size_t end = all->size();
    if (end >= next + 2 && is(end - 2, "because")) {
      test.reason = reason({(*all)[end - 1].text, place(node, (*all)[end - 1].begin)});
      end -= 2;
    }
    if (next < end) {
      const std::size_t begin = (*all)[next].begin;
      const std::size_t stop = (*all)[end - 1].end;
      std::string text = node.text.substr(begin, stop - begin);
      if (next + 1 == end && (*all)[next].quoted) text = (*all)[next].text;
      test.on.push_back({std::move(text), place(node, begin)});
    }
    if (problems_.size() != before) return;
    suite_.cases.push_back({.name = node.text, .place = place(node), .what = std::move(test)});
  }

  /// A reason of the catalogue, or nothing, having said so.
  std::optional<Word> reason(Word code) {
    Keys codes;
    for (const evaluator::ReasonInfo& info : evaluator::reason_table()) codes.push_back(info.code);
    if (std::find(codes.begin(), codes.end(), code.text) != codes.end()) return code;
    report(code.place, fmt::format("no reason called `{}`", code.text),
           near_or(code.text, codes, "`acrbiter catalog reasons` lists them"));
    return std::nullopt;
  }

  void expect(const std::vector<Word>& operations, Expectation expected, std::vector<ExpectedOperation>& out) {
    for (const Word& operation : operations) {
      const auto known = std::find_if(out.begin(), out.end(), [&](const ExpectedOperation& other) {
        return other.operation.text == operation.text;
      });
      if (known == out.end()) {
        out.push_back({operation, expected});
      } else if (known->expected == expected) {
        report(operation.place, fmt::format("`{}` stands here twice", operation.text));
      } else {
        report(operation.place,
               fmt::format("impossible: `{}` is expected to be {} and {}", operation.text, past(known->expected),
                           past(expected)),
               fmt::format("the other stands in line {}", known->operation.place.line));
      }
    }
  }
  static std::string_view past(Expectation expectation) {
    return expectation == Expectation::Allow ? "allowed" : expectation == Expectation::Deny ? "denied" : "undetermined";
  }

  // ---- maps -----------------------------------------------------------------------------------------------

  void points(const YamlNode& node, Case& test) {
    static const Keys kKnown = {
        "name",  "who",    "can",  "cannot", "undetermined", "on",      "reason",  "table",
        "never", "always", "only", "same",   "subset",       "exactly", "changes", "only-these-changes"};
    known_keys(node, kKnown, "a test");
    PointCase point;
    bool has_who = false;
    for (const auto& [key, value] : node.members) {
      if (key.text == "who") {
        point.who = some_texts(value, key.text);
        has_who = true;
      } else if (key.text == "can") {
        expect(words(value, key.text), Expectation::Allow, point.operations);
      } else if (key.text == "cannot") {
        expect(words(value, key.text), Expectation::Deny, point.operations);
      } else if (key.text == "undetermined") {
        expect(words(value, key.text), Expectation::Undetermined, point.operations);
      } else if (key.text == "on") {
        point.on = some_texts(value, key.text);
      } else if (key.text == "reason") {
        if (is_text(value, key.text)) point.reason = reason(word(value));
      }
    }
    if (!has_who) report(node, "`who` is missing", "a test says who can do what on which repository");
    if (point.operations.empty()) {
      report(node, "nothing is expected here: neither `can` nor `cannot` nor `undetermined` names an operation");
    }
    if (test.name.empty()) test.name = words_of(point);
    test.what = std::move(point);
  }

  static std::string words_of(const PointCase& point) {
    std::vector<std::string> parts;
    for (const auto& [expected, verb] : {std::pair{Expectation::Allow, "can"}, std::pair{Expectation::Deny, "cannot"},
                                         std::pair{Expectation::Undetermined, "may or may not"}}) {
      std::vector<Word> operations;
      for (const ExpectedOperation& each : point.operations) {
        if (each.expected == expected) operations.push_back(each.operation);
      }
      if (!operations.empty()) parts.push_back(fmt::format("{} {}", verb, joined(operations)));
    }
    return fmt::format("{} {} {}", joined(point.who), fmt::join(parts, ", "), joined(point.on));
  }

  void table(const YamlNode& node, Case& test) {
    if (!is_map(node, "table")) return;
    known_keys(node, {"on", "operations", "rows", "others"}, "`table`");
    TableCase result;
    const YamlNode* rows = nullptr;
    for (const auto& [key, value] : node.members) {
      if (key.text == "on") {
        result.on = some_texts(value, key.text);
      } else if (key.text == "operations") {
        result.operations = words(value, key.text);
      } else if (key.text == "rows") {
        rows = &value;
      } else if (key.text == "others") {
        if (!value.is(Kind::Scalar) || value.text != "none") {
          report(value, "`others` can only be none", "leave it out if others may have access");
        }
        result.others_none = true;
      }
    }
    if (result.operations.empty()) report(node, "`operations` are missing: they say what the table is about");
    result.by_repository = result.on.size() > 1 && result.operations.size() == 1;
    if (rows == nullptr) {
      report(node, "`rows` are missing: a map from who to what is allowed");
    } else if (is_map(*rows, "rows")) {
      if (rows->members.empty() && !result.others_none) report(*rows, "a table without rows tests nothing");
      for (const auto& [key, value] : rows->members) row(key, value, result);
    }
    if (test.name.empty()) {
      test.name =
          fmt::format("table of {}{}{}", joined(result.operations), result.on.empty() ? "" : " on ", joined(result.on));
    }
    test.what = std::move(result);
  }

  void row(const YamlNode& key, const YamlNode& value, TableCase& table) {
    const std::vector<Word>& columns = table.by_repository ? table.on : table.operations;
    TableCase::Row row{.who = word(key), .cells = {}};
    for (const Word& column : columns) {
      row.cells.push_back({.column = {column.text, place(key)}, .expected = Expectation::Deny});
    }
    const auto set = [&](const Word& column, Expectation expected) {
      const auto cell = std::find_if(row.cells.begin(), row.cells.end(),
                                     [&](const TableCase::Cell& c) { return c.column.text == column.text; });
      if (cell == row.cells.end()) {
        Keys names;
        for (const Word& each : columns) names.push_back(each.text);
        report(column.place, fmt::format("`{}` is no column of this table", column.text),
               near_or(column.text, names, fmt::format("columns: {}", fmt::join(names, ", "))));
        return;
      }
      *cell = {.column = column, .expected = expected};
    };
    if (value.is(Kind::Map)) {
      for (const auto& [column, cell] : value.members) {
        const std::string text = cell.is(Kind::Scalar) ? cell.text : std::string();
        if (text == "allow" || text == "deny" || text == "?" || text == "undetermined") {
          set(word(column), text == "allow"  ? Expectation::Allow
                            : text == "deny" ? Expectation::Deny
                                             : Expectation::Undetermined);
        } else {
          report(cell, fmt::format("a cell is allow, deny or ?, not `{}`", text),
                 near_or(text, {"allow", "deny", "undetermined"}, ""));
        }
      }
    } else if (value.is(Kind::Scalar) && value.text == "none") {
      // Every cell stays denied.
    } else if (!value.is(Kind::Null)) {
      for (Word column : words(value, key.text)) {
        const bool open = column.text.size() > 1 && column.text.ends_with('?');
        if (open) column.text.pop_back();
        set(column, open ? Expectation::Undetermined : Expectation::Allow);
      }
    }
    table.rows.push_back(std::move(row));
  }

  void property(const YamlNode& key, const YamlNode& value, Case& test) {
    if (!is_text(value, key.text)) return;
    PropertyCase property;
    property.written = {value.text, place(value, 0)};
    std::string text = value.text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    const std::string rest = spelled_out(text, value);
    property.spelled_out = rest != text;
    property.text = key.text + " " + rest;
    property.shift = key.text.size() + 1;
    if (test.name.empty()) test.name = key.text + " " + text;
    test.what = std::move(property);
  }

  /// `$GROUP` as its members with commas between them; a name in quotes is none.
  std::string spelled_out(const std::string& text, const YamlNode& node) {
    std::string result;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size();) {
      if (text[i] == '"') quoted = !quoted;
      const bool begins =
          !quoted && text[i] == '$' &&
          (i == 0 || blank(text[i - 1]) || text[i - 1] == ',' || text[i - 1] == '/' || text[i - 1] == '(');
      if (!begins) {
        result += text[i++];
        continue;
      }
      std::size_t end = i + 1;
      while (end < text.size() && !blank(text[end]) && text[end] != ',' && text[end] != ')') ++end;
      const std::string name = text.substr(i + 1, end - i - 1);
      const bool is_who = suite_.principals.contains(name);
      const auto& groups = is_who ? suite_.principals : suite_.repositories;
      const auto found = groups.find(name);
      if (found == groups.end()) {
        Keys names;
        for (const auto& each : suite_.principals) names.push_back(each.first);
        for (const auto& each : suite_.repositories) names.push_back(each.first);
        report(place(node, i), fmt::format("no group called `${}`", name),
               near_or(name, names, "groups stand under `principals` and `repositories`"));
        result += text.substr(i, end - i);
      } else if (is_who) {
        std::vector<std::string> members;
        for (const Word& member : found->second) members.push_back(quoted_if_needed(member.text));
        result += fmt::format("{}", fmt::join(members, ","));
      } else {
        const bool inside = i > 0 && text[i - 1] != '/';
        result += fmt::format("{}{}{}", inside ? "" : "(", joined(found->second), inside ? "" : ")");
      }
      i = end;
    }
    return result;
  }
  static std::string quoted_if_needed(const std::string& name) {
    if (name.find_first_of(" \t,#") == std::string::npos) return name;
    const std::size_t colon = name.starts_with("group:")  ? 6
                              : name.starts_with("user:") ? 5
                              : name.starts_with("sp:")   ? 3
                                                          : 0;
    return fmt::format("{}\"{}\"", name.substr(0, colon), name.substr(colon));
  }

  void exactly(const YamlNode& node, Case& test) {
    if (!is_map(node, "exactly")) return;
    known_keys(node, {"who", "registry", "can", "closed"}, "`exactly`");
    ExactCase exact;
    const YamlNode* can = nullptr;
    for (const auto& [key, value] : node.members) {
      if (key.text == "who") {
        exact.who = some_texts(value, key.text);
      } else if (key.text == "registry") {
        if (is_text(value, key.text)) exact.registry = word(value);
      } else if (key.text == "closed") {
        exact.closed = words(value, key.text);
      } else if (key.text == "can") {
        can = &value;
      }
    }
    if (exact.who.empty()) report(node, "`who` is missing");
    if (can != nullptr && is_map(*can, "can")) {
      for (const auto& [key, value] : can->members) {
        std::vector<Word> patterns;
        if (!(value.is(Kind::Scalar) && value.text == "none")) patterns = texts(value, key.text);
        for (const Word& operation : words(key, "can")) exact.can.push_back({operation, patterns});
      }
    }
    std::vector<std::string_view> seen;
    for (const ExactCase::Names& names : exact.can) {
      if (std::find(seen.begin(), seen.end(), names.operation.text) != seen.end()) {
        report(names.operation.place, fmt::format("`{}` stands here twice", names.operation.text));
      }
      seen.push_back(names.operation.text);
    }
    if (exact.can.empty() && exact.closed.empty()) report(node, "neither `can` nor `closed` names an operation");
    if (test.name.empty()) {
      std::vector<std::string> parts;
      for (const ExactCase::Names& names : exact.can) {
        parts.push_back(fmt::format("{} {}", names.operation.text,
                                    names.patterns.empty() ? std::string("nothing") : joined(names.patterns)));
      }
      test.name = fmt::format("{} can exactly {}", joined(exact.who),
                              parts.empty() ? std::string("nothing") : report::listed(parts));
    }
    test.what = std::move(exact);
  }

  // ---- changes --------------------------------------------------------------------------------------------

  ChangeFilter filter(const YamlNode& node) {
    ChangeFilter result{.place = place(node), .who = {}, .operations = {}, .on = {}};
    for (const auto& [key, value] : node.members) {
      if (key.text == "who") result.who = some_texts(value, key.text);
      if (key.text == "operations") result.operations = words(value, key.text);
      if (key.text == "on") result.on = some_texts(value, key.text);
    }
    return result;
  }

  void changes(const YamlNode& node, const YamlNode& kind, const YamlNode* except, Case& test) {
    if (!is_text(kind, "changes")) return;
    ChangesCase result;
    if (kind.text != "no-new-access" && kind.text != "no-lost-access") {
      return report(kind, fmt::format("`{}` is no test of changes", kind.text),
                    near_or(kind.text, {"no-new-access", "no-lost-access"}, "no-new-access or no-lost-access"));
    }
    result.new_access = kind.text == "no-new-access";
    result.what = filter(node);
    if (except != nullptr) {
      const auto add = [&](const YamlNode& item) {
        if (!is_map(item, "except")) return;
        known_keys(item, {"who", "operations", "on"}, "`except`");
        if (item.members.empty()) report(item, "an exception of everything leaves nothing to test");
        result.except.push_back(filter(item));
      };
      if (except->is(Kind::List)) {
        for (const YamlNode& item : except->items) add(item);
      } else {
        add(*except);
      }
    }
    if (test.name.empty()) {
      test.name = kind.text;
      if (!result.what.who.empty()) test.name += " of " + joined(result.what.who);
      if (!result.what.operations.empty()) test.name += " by " + joined(result.what.operations);
      if (!result.what.on.empty()) test.name += " on " + joined(result.what.on);
    }
    test.what = std::move(result);
  }

  void only_changes(const YamlNode& node, Case& test) {
    if (!is_list(node, "only-these-changes")) return;
    OnlyChangesCase result;
    for (const YamlNode& item : node.items) {
      if (!item.is(Kind::Map) || item.members.size() != 1) {
        report(item, "each change is `gained: {…}` or `lost: {…}`");
        continue;
      }
      const auto& [key, value] = item.members.front();
      if (key.text != "gained" && key.text != "lost") {
        unknown_key(key, {"gained", "lost"}, "`only-these-changes`");
      } else if (is_map(value, key.text)) {
        known_keys(value, {"who", "operations", "on"}, fmt::format("`{}`", key.text));
        ChangeFilter what = filter(value);
        what.place = place(key);
        if (what.who.empty()) report(value, "`who` is missing: a change is named by who has it");
        if (what.operations.empty()) report(value, "`operations` are missing");
        result.changes.push_back({.gained = key.text == "gained", .what = std::move(what)});
      }
    }
    if (test.name.empty()) {
      test.name = result.changes.empty() ? "no change of access"
                                         : fmt::format("only {}", report::counted(result.changes.size(), "change"));
    }
    test.what = std::move(result);
  }

  Suite suite_;
  evaluator::Question question_;
  std::vector<model::Diagnostic> problems_;
};

model::Result<Suite> refuse(const std::string& file, std::string message) {
  model::Diagnostic problem;
  problem.message = std::move(message);
  problem.file = file;
  return model::Result<Suite>::failure({std::move(problem)});
}

}  // namespace

std::string_view to_string(Expectation expectation) noexcept {
  switch (expectation) {
    case Expectation::Allow:
      return "allow";
    case Expectation::Deny:
      return "deny";
    case Expectation::Undetermined:
      return "undetermined";
  }
  return "";
}

std::string_view kind_of(const Case& test) noexcept {
  return std::visit(model::Overloaded{
                        [](const PointCase&) { return std::string_view("expectation"); },
                        [](const TableCase&) { return std::string_view("table"); },
                        [](const PropertyCase&) { return std::string_view("property"); },
                        [](const ExactCase&) { return std::string_view("exactly"); },
                        [](const ChangesCase&) { return std::string_view("changes"); },
                        [](const OnlyChangesCase&) { return std::string_view("only-these-changes"); },
                    },
                    test.what);
}

model::Diagnostic problem_at(const Suite& suite, const Place& place, std::string message, std::string help) {
  model::Diagnostic problem;
  problem.message = report::escape(message);
  problem.file = suite.file;
  problem.help = std::move(help);
  locate(problem, suite.text, place.offset);
  return problem;
}

model::Result<Suite> parse_suite(std::string text, const std::string& file) {
  return Reader(std::move(text), file).read();
}

model::Result<Suite> read_suite(const std::string& file) {
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) return refuse(file, "no such file");
  if (fs::file_size(file, failure) > kMaxYamlBytes) return refuse(file, "longer than 1 MiB");
  std::ifstream in(file, std::ios::binary);
  if (!in) return refuse(file, "cannot be read");
  return parse_suite(std::string(std::istreambuf_iterator<char>(in), {}), file);
}

}  // namespace acrbiter::cli::access_test

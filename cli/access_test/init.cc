#include "cli/access_test/init.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "cli/access_test/resolve.h"
#include "cli/json_writer.h"
#include "cli/property_reader.h"
#include "cli/report/findings.h"
#include "cli/report/name_set.h"
#include "cli/report/names.h"
#include "cli/report/text.h"
#include "evaluator/operations.h"

namespace acrbiter::cli::access_test {
namespace {

using evaluator::Access;
using evaluator::Asker;
using evaluator::Operation;

constexpr std::size_t kWidth = 110;
constexpr std::size_t kNamedInTest = 3;

/// A list between brackets, broken at `kWidth` columns.
std::string flow_list(const std::vector<std::string>& items, std::size_t indent) {
  std::string result = "[";
  std::size_t column = indent + 1;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string item = items[i] + (i + 1 < items.size() ? "," : "]");
    if (i > 0) {
      if (column + item.size() + 1 > kWidth) {
        result += "\n" + std::string(indent + 1, ' ');
        column = indent + 1;
      } else {
        result += ' ';
        ++column;
      }
    }
    result += item;
    column += item.size();
  }
  return items.empty() ? "[]" : result;
}

/// Writes the tests of one registry.
class RegistryWriter {
 public:
  RegistryWriter(const Analysis& analysis, std::size_t registry) : analysis_(analysis), registry_(registry) {
    const model::Registry& place = analysis.registry(registry);
    const auto by_name = analysis.find_registry(place.name);
    name_ = by_name && *by_name == registry ? place.name : place.id;
  }

  FirstSuite write() {
    const model::Registry& place = analysis_.registry(registry_);
    const std::string_view mode = report::mode_word(place.mode);
    suite_.yaml += fmt::format("\n  # {}: {}\n", report::escape(place.name),
                               mode.empty() ? std::string("permission mode not in the data")
                                            : fmt::format("{} permission mode", mode == "abac" ? "ABAC" : mode));
    const auto operations = evaluator::data_operations();
    const evaluator::AccessTable table = analysis_.sets.who_can(registry_, operations);
    std::vector<Asker> with_access;
    bool others = false;
    for (const auto& [askers, accesses] : merged(table)) {
      std::vector<const Access*> of_class;
      for (const std::uint32_t access : accesses) of_class.push_back(&table.accesses[access]);
      const bool none =
          std::all_of(of_class.begin(), of_class.end(), [](const Access* access) { return access->possible.empty(); });
      if (none) {
        others = true;
        continue;
      }
      with_access.insert(with_access.end(), askers.begin(), askers.end());
      exactly(askers, operations, of_class);
    }
    if (others) nobody_else(with_access);
    return std::move(suite_);
  }

 private:
  struct Alike {
    std::vector<Asker> askers;
    std::vector<std::uint32_t> accesses;
  };

  /// Classes whose accesses are equal as sets, in the order of their first askers.
  [[nodiscard]] std::vector<Alike> merged(const evaluator::AccessTable& table) const {
    std::vector<std::uint32_t> first_equal;
    for (std::uint32_t i = 0; i < table.accesses.size(); ++i) {
      std::uint32_t same = 0;
      while (!(table.accesses[same] == table.accesses[i])) ++same;
      first_equal.push_back(same);
    }
    std::vector<Alike> result;
    std::map<std::vector<std::uint32_t>, std::size_t> known;
    for (const evaluator::AccessTable::Class& each : table.classes) {
      std::vector<std::uint32_t> key;
      for (const std::uint32_t access : each.accesses) key.push_back(first_equal[access]);
      const auto [found, added] = known.emplace(key, result.size());
      if (added) result.push_back({.askers = {}, .accesses = each.accesses});
      for (const evaluator::AskerIndex index : each.askers) {
        result[found->second].askers.push_back(analysis_.asker(index));
      }
    }
    return result;
  }

  /// By what a test file means this asker: a name where it is one, else an id.
  /// Nothing if every name of it means another too, as that of one of two tasks of one name, and for those whom the
  /// data does not name.
  [[nodiscard]] std::optional<std::string> word_for(const Asker& asker) const {
    if (is_unnamed(asker)) return std::nullopt;
    const std::string name = analysis_.names.name(asker);
    if (analysis_.names.stands_for_members(asker)) {
      const auto* of_group = std::get_if<evaluator::EntraAsker>(&asker);
      for (const std::string& candidate : {name, std::string(of_group->id.text())}) {
        const auto terms = read_who("group:" + candidate, registry_, analysis_);
        const auto* group = terms && terms->size() == 1 ? std::get_if<evaluator::MembersOf>(&terms->front()) : nullptr;
        if (group != nullptr && group->group == of_group->principal) return "unlisted:" + candidate;
      }
    }
    const std::string spelling = analysis_.names.spelling(asker);
    const auto* entra = std::get_if<evaluator::EntraAsker>(&asker);
    const std::string id = entra != nullptr ? std::string(entra->id.text()) : std::string();
    for (const std::string& candidate : {name, spelling, id}) {
      if (candidate.empty() || candidate.starts_with('$') || candidate.starts_with("unlisted:")) continue;
      const auto terms = read_who(candidate, registry_, analysis_);
      const auto* found = terms && terms->size() == 1 ? std::get_if<Asker>(&terms->front()) : nullptr;
      if (found != nullptr && key_of(*found) == key_of(asker)) return candidate;
    }
    return std::nullopt;
  }

  static bool is_unnamed(const Asker& asker) {
    const auto* entra = std::get_if<evaluator::EntraAsker>(&asker);
    return entra != nullptr && !entra->known;
  }

  [[nodiscard]] std::string title(const std::vector<std::string>& who) const {
    std::vector<std::string> shown(who.begin(),
                                   who.begin() + static_cast<std::ptrdiff_t>(std::min(who.size(), kNamedInTest)));
    if (who.size() > kNamedInTest) shown.push_back(fmt::format("{} more", who.size() - kNamedInTest));
    return fmt::format("{}: {}", analysis_.registry(registry_).name, report::listed(shown));
  }

  static std::vector<std::string> texts_of(const model::RepositorySet& names) {
    const auto patterns = names.patterns();
    std::vector<std::string> texts;
    if (patterns.except.empty()) {
      for (const std::string& each : patterns.include) texts.push_back(yaml_text(each));
    } else {
      texts.push_back(yaml_text(patterns.text()));
    }
    return texts;
  }

  void exactly(const std::vector<Asker>& askers, const std::vector<const Operation*>& operations,
               const std::vector<const Access*>& accesses) {
    std::vector<std::string> who, plain;
    for (const Asker& asker : askers) {
      auto word = word_for(asker);
      if (!word) {
        suite_.yaml += fmt::format(
            "  # {} is left out: {}\n", analysis_.names.words(asker),
            is_unnamed(asker) ? "role assignments may be missing from the data" : "another has the same name");
        continue;
      }
      who.push_back(yaml_text(*word));
      plain.push_back(*std::move(word));
    }
    if (who.empty()) return;
    std::vector<std::pair<model::RepositorySet, std::vector<std::string>>> can;
    std::vector<std::string> closed;
    std::vector<std::pair<const Access*, std::vector<std::string>>> undetermined;
    for (std::size_t o = 0; o < operations.size(); ++o) {
      const Access& access = *accesses[o];
      const std::string id(operations[o]->id);
      if (!(access.certain == access.possible)) {
        const auto same = std::find_if(undetermined.begin(), undetermined.end(), [&](const auto& each) {
          return *each.first == access && each.first->causes == access.causes;
        });
        (same == undetermined.end() ? undetermined.emplace_back(&access, std::vector<std::string>()) : *same)
            .second.push_back(id);
      } else if (access.certain.empty()) {
        closed.push_back(id);
      } else {
        const auto same =
            std::find_if(can.begin(), can.end(), [&](const auto& each) { return each.first == access.certain; });
        (same == can.end() ? can.emplace_back(access.certain, std::vector<std::string>()) : *same).second.push_back(id);
      }
    }
    std::string open;
    for (const auto& [access, ids] : undetermined) open += comment(ids, *access);
    if (can.empty() && closed.empty()) {
      suite_.yaml += fmt::format("  # {}: nothing is certain\n{}", report::escape(title(plain)), open);
      return;
    }
    ++suite_.tests;
    suite_.yaml += fmt::format("  - name: {}\n", yaml_text(title(plain)));
    suite_.yaml += open;
    suite_.yaml +=
        fmt::format("    exactly:\n      registry: {}\n      who: {}\n", yaml_text(name_), flow_list(who, 11));
    if (!can.empty()) suite_.yaml += "      can:\n";
    for (const auto& [names, ids] : can) {
      // A key stands on one line, so many operations are several.
      for (std::size_t i = 0; i < ids.size();) {
        std::string key = ids[i++];
        while (i < ids.size() && key.size() + ids[i].size() < kWidth / 2) key += ", " + ids[i++];
        suite_.yaml += fmt::format("        {}: {}\n", key, flow_list(texts_of(names), 10));
      }
    }
    if (!closed.empty()) suite_.yaml += fmt::format("      closed: {}\n", flow_list(closed, 14));
  }

  /// Why an operation is not expected to be anything.
  static std::string comment(const std::vector<std::string>& operations, const Access& access) {
    constexpr std::size_t kMargin = 6;
    std::string lines =
        report::wrap(fmt::format("undetermined: {}; certain on {}, possible on {}", fmt::join(operations, ", "),
                                 report::words(access.certain), report::words(access.possible)),
                     "", 2, kWidth - kMargin);
    for (const evaluator::Cause& cause : access.causes) {
      lines += report::wrap(report::in_words(cause), "  - ", 4, kWidth - kMargin);
    }
    std::string result;
    for (std::size_t begin = 0; begin < lines.size();) {
      const std::size_t end = lines.find('\n', begin);
      result += "    # " + lines.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
    return result;
  }

  /// That whoever is not named above can do nothing.
  void nobody_else(const std::vector<Asker>& with_access) {
    const auto unnamed =
        std::find_if(with_access.begin(), with_access.end(), [&](const Asker& asker) { return !word_for(asker); });
    if (unnamed != with_access.end()) {
      suite_.yaml += fmt::format("  # That nobody else has access is not tested: {}.\n",
                                 is_unnamed(*unnamed) ? "role assignments may be missing from the data"
                                                      : "another has the name of " + analysis_.names.words(*unnamed));
      return;
    }
    std::vector<std::string> except;
    for (const Asker& asker : with_access) {
      std::string word = *word_for(asker);
      std::string prefix;
      constexpr std::string_view kUnlisted = "unlisted:";
      if (word.starts_with(kUnlisted)) {
        word.erase(0, kUnlisted.size());
        prefix = "group:";
      }
      if (word.find_first_of("\"\r\n") != std::string::npos) {  // which quotes cannot hold
        const auto* entra = std::get_if<evaluator::EntraAsker>(&asker);
        if (entra != nullptr) word = entra->id.text();
      }
      const bool plain = word.find_first_of(" \t,#$") == std::string::npos;
      except.push_back(prefix + (plain ? word : fmt::format("\"{}\"", word)));
    }
    ++suite_.tests;
    suite_.yaml += fmt::format(
        "  - name: {}\n    never: {}\n", yaml_text(fmt::format("{}: nobody else", analysis_.registry(registry_).name)),
        yaml_text(fmt::format("everyone{}{} any {}", except.empty() ? "" : " except ", fmt::join(except, ","), name_)));
  }

  const Analysis& analysis_;
  std::size_t registry_;
  std::string name_;  ///< by which the file names it
  FirstSuite suite_;
};

}  // namespace

std::string yaml_text(std::string_view text) {
  const auto safe = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@._/-").find(c) != std::string_view::npos;
  };
  const bool letter =
      !text.empty() && ((text.front() >= 'a' && text.front() <= 'z') || (text.front() >= 'A' && text.front() <= 'Z'));
  constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "none"};
  const bool word = std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
  if (letter && !word && std::all_of(text.begin(), text.end(), safe)) return std::string(text);
  return json_string(text);
}

FirstSuite first_suite(const InitSubject& subject) {
  FirstSuite suite;
  suite.yaml =
      "# Access as it is, written by `acrbiter test init`: every test passes against the same data. Keep what is "
      "meant,\n"
      "# and write what should be in place of what is not.\n";
  suite.yaml += subject.head + "tests:\n";
  for (const std::size_t registry : subject.registries) {
    FirstSuite part = RegistryWriter(subject.analysis, registry).write();
    suite.yaml += part.yaml;
    suite.tests += part.tests;
  }
  return suite;
}

}  // namespace acrbiter::cli::access_test

#include "cli/report/diff_report.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <ostream>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/missing.h"
#include "cli/report/findings.h"
#include "cli/report/json.h"
#include "cli/report/markdown.h"
#include "cli/report/name_set.h"
#include "cli/report/names.h"
#include "cli/report/tree.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::AccessChange;
using evaluator::AccessDiff;
using evaluator::Asker;
using evaluator::Cause;
using evaluator::DiffAsker;
using evaluator::DiffRegistry;
using evaluator::Operation;
using model::RepositorySet;

// ---- the same for people and for DiffMarkdown -------------------------------------------------------------------

struct DiffKind {
  std::string_view title;  ///< of a section
  std::string_view member;
  RepositorySet AccessChange::*set;
  bool certain;
  bool loss;
};
constexpr std::array kDiffKinds = {
    DiffKind{"Lost", "lost", &AccessChange::lost, true, true},
    DiffKind{"Gained", "gained", &AccessChange::gained, true, false},
    DiffKind{"Possibly lost", "possiblyLost", &AccessChange::possibly_lost, false, true},
    DiffKind{"Possibly gained", "possiblyGained", &AccessChange::possibly_gained, false, false},
};

/// Operations with one set of names.
struct DiffRow {
  std::vector<const Operation*> operations;
  RepositorySet names;
  std::size_t causes = 0;  ///< place in AccessDiff::cause_lists
  friend bool operator==(const DiffRow&, const DiffRow&) = default;
};
/// Askers for whom all rows are equal.
struct DiffPart {
  std::vector<std::size_t> askers;
  std::vector<DiffRow> rows;
};
struct DiffSection {
  const DiffKind* kind = nullptr;
  std::size_t registry = 0;
  std::vector<DiffPart> parts;
};

std::vector<DiffRow> rows_of(const evaluator::ChangeGroup& group, const DiffKind& kind) {
  std::vector<DiffRow> rows;
  for (const evaluator::OperationChange& change : group.changes) {
    const RepositorySet& names = change.change.*kind.set;
    if (names.empty()) continue;
    const std::size_t causes = kind.certain ? 0 : change.causes;
    const auto same = std::find_if(rows.begin(), rows.end(), [&](const DiffRow& row) {
      return row.names == names && row.causes == causes &&
             row.operations.front()->takes_repository == change.operations.front()->takes_repository;
    });
    if (same == rows.end()) {
      rows.push_back({.operations = change.operations, .names = names, .causes = causes});
    } else {
      same->operations.insert(same->operations.end(), change.operations.begin(), change.operations.end());
    }
  }
  for (DiffRow& row : rows) std::sort(row.operations.begin(), row.operations.end());
  return rows;
}

std::size_t hash_of(const std::vector<DiffRow>& rows) {
  std::size_t hash = 0;
  for (const DiffRow& row : rows) hash = (hash * 31 + row.names.hash()) * 31 + row.operations.size();
  return hash;
}

std::vector<DiffSection> sections_of(const AccessDiff& diff) {
  std::vector<DiffSection> sections;
  auto begin = diff.groups.begin();
  for (std::size_t r = 0; r < diff.registries.size(); ++r) {
    const auto end = std::find_if(begin, diff.groups.end(), [&](const auto& group) { return group.registry != r; });
    for (const DiffKind& kind : kDiffKinds) {
      DiffSection section{.kind = &kind, .registry = r, .parts = {}};
      std::unordered_map<std::size_t, std::vector<std::size_t>> known;
      for (auto group = begin; group != end; ++group) {
        std::vector<DiffRow> rows = rows_of(*group, kind);
        if (rows.empty()) continue;
        std::vector<std::size_t>& bucket = known[hash_of(rows)];
        const auto same =
            std::find_if(bucket.begin(), bucket.end(), [&](std::size_t p) { return section.parts[p].rows == rows; });
        if (same == bucket.end()) {
          bucket.push_back(section.parts.size());
          section.parts.push_back({.askers = group->askers, .rows = std::move(rows)});
        } else {
          std::vector<std::size_t>& askers = section.parts[*same].askers;
          askers.insert(askers.end(), group->askers.begin(), group->askers.end());
        }
      }
      for (DiffPart& part : section.parts) std::sort(part.askers.begin(), part.askers.end());
      if (!section.parts.empty()) sections.push_back(std::move(section));
    }
    begin = end;
  }
  return sections;
}

/// More parts of one section are for machines; a person is told how many they are.
constexpr std::size_t kMostParts = 40;
std::span<const DiffPart> shown(const DiffSection& section) {
  return std::span(section.parts).first(std::min(section.parts.size(), kMostParts));
}

/// Askers counted: a group stands for members that nobody counted.
struct Heads {
  std::size_t identities = 0, groups = 0;
  bool anybody = false;
};

/// What the answers for the example names lean on.
struct Basis {
  std::set<std::string> assumptions;
  std::set<std::string> flags;
};

class DiffFacts {
 public:
  explicit DiffFacts(const DiffSubject& subject)
      : s(subject), sections(sections_of(subject.diff)), missing_(find_missing()) {}

  const DiffSubject& s;
  const std::vector<DiffSection> sections;

  [[nodiscard]] const model::Registry& registry(std::size_t r) const {
    const DiffRegistry& pair = s.diff.registries[r];
    return pair.before ? s.before.registry(*pair.before) : s.after.registry(*pair.after);
  }
  [[nodiscard]] const Analysis& namer(const DiffAsker& asker) const { return asker.named_before ? s.before : s.after; }
  [[nodiscard]] const Asker& named(const DiffAsker& asker) const {
    return asker.named_before ? *asker.before : *asker.after;
  }
  [[nodiscard]] bool group(const DiffAsker& asker) const { return namer(asker).names.stands_for_members(named(asker)); }
  /// As people read it.
  [[nodiscard]] std::string who(std::size_t a) const {
    const DiffAsker& asker = s.diff.askers[a];
    const std::string words = namer(asker).names.words(named(asker));
    return group(asker) ? "unlisted members of " + words : words;
  }

  [[nodiscard]] Heads count(const std::set<std::size_t>& askers) const {
    Heads heads;
    for (const std::size_t a : askers) {
      const DiffAsker& asker = s.diff.askers[a];
      if (std::holds_alternative<evaluator::AnonymousAsker>(named(asker))) {
        heads.anybody = true;
      } else if (group(asker)) {
        ++heads.groups;
      } else {
        ++heads.identities;
      }
    }
    return heads;
  }
  [[nodiscard]] static std::string words(const Heads& heads) {
    std::vector<std::string> parts;
    if (heads.identities != 0) parts.push_back(counted(heads.identities, "identity", "identities"));
    if (heads.groups != 0) parts.push_back("the unlisted members of " + counted(heads.groups, "group"));
    if (heads.anybody) parts.emplace_back("whoever comes without signing in");
    return parts.empty() ? std::string("nobody") : listed(parts);
  }

  /// "pull, push or 3 more operations": not everybody in question has each of them.
  [[nodiscard]] static std::string words(const std::vector<const Operation*>& operations) {
    constexpr std::size_t kMost = 3;
    std::vector<std::string> items;
    for (const Operation* operation : operations) items.emplace_back(operation->id);
    if (items.size() > kMost) {
      const std::size_t more = items.size() - 2;
      items.resize(2);
      items.push_back(counted(more, "more operation"));
    }
    return listed(items, "or");
  }

  struct Summary {
    std::set<std::size_t> askers;
    std::vector<const Operation*> operations;
    bool whole = true;  ///< on every name, or the registry as a whole
  };
  [[nodiscard]] Summary summary(const DiffKind& kind) const {
    Summary result;
    for (const DiffSection& section : sections) {
      if (section.kind != &kind) continue;
      for (const DiffPart& part : section.parts) {
        result.askers.insert(part.askers.begin(), part.askers.end());
        for (const DiffRow& row : part.rows) {
          result.operations.insert(result.operations.end(), row.operations.begin(), row.operations.end());
          result.whole = result.whole && row.names.is_all();
        }
      }
    }
    auto& operations = result.operations;
    std::sort(operations.begin(), operations.end());
    operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
    return result;
  }

  static std::string_view mode(const model::Registry& registry) {
    const std::string_view word = mode_word(registry.mode);
    return word == "abac" ? "ABAC mode" : word == "legacy" ? "legacy mode" : "unknown mode";
  }

  using Mark = std::function<std::string(const std::string&)>;

  /// The first sentence, without "Yes" or "No": what was asked has no such answer. `name` writes a registry's name.
  [[nodiscard]] std::string sentence(const Mark& name) const {
    std::string subject = "The change";
    if (!s.switches.empty()) {
      constexpr std::size_t kMost = 4;
      std::vector<std::string> parts;
      for (const auto to : {model::PermissionMode::Abac, model::PermissionMode::Legacy}) {
        std::vector<std::string> names;
        for (const ModeSwitch& one : s.switches) {
          if (one.to == to) names.push_back(name(s.before.registry(one.registry).name));
        }
        if (names.empty()) continue;
        if (names.size() > kMost) names = {counted(names.size(), "registry", "registries")};
        parts.push_back(
            fmt::format("{} to {} mode", listed(names), to == model::PermissionMode::Abac ? "ABAC" : "legacy"));
      }
      subject = "Switching " + listed(parts);
    }
    const std::array sums = {summary(kDiffKinds[0]), summary(kDiffKinds[1]), summary(kDiffKinds[2]),
                             summary(kDiffKinds[3])};
    const auto clause = [&](const Summary& sum, std::string_view verb, std::string_view preposition) {
      if (sum.askers.empty()) return fmt::format("{} nothing {} anybody", verb, preposition);
      return fmt::format("{} {} {} {}", verb, words(sum.operations), preposition, words(count(sum.askers)));
    };
    const bool certain = !sums[0].askers.empty() || !sums[1].askers.empty();
    const bool possible = !sums[2].askers.empty() || !sums[3].askers.empty();
    const bool open = s.diff.open.places != 0;
    const std::set<std::size_t> otherwise = open_otherwise();
    const std::string may_have =
        fmt::format("what is undetermined before and after may have changed for {}", words(count(otherwise)));
    if (!certain && !possible && !otherwise.empty()) {
      return fmt::format("{} takes nothing from anybody and gives nothing to anybody for certain, but {}.", subject,
                         may_have);
    }
    if (!certain && !possible) {
      return fmt::format("{} takes nothing from anybody and gives nothing to anybody{}, for every repository name.",
                         subject, open ? " that can be told" : "");
    }
    const bool whole = std::all_of(sums.begin(), sums.end(), [](const Summary& sum) { return sum.whole; });
    const std::string_view everywhere = whole ? ", for every repository name" : "";
    constexpr std::string_view kHangs = "depending on what is missing or contested";
    std::string result = subject + " ";
    if (certain) {
      const std::string takes = clause(sums[0], "takes", "from");
      const bool long_list = takes.find(" and ") != std::string::npos;
      result += fmt::format("{}{} and {}{}", takes, long_list ? "," : "", clause(sums[1], "gives", "to"), everywhere);
      if (possible) {
        std::set<std::size_t> others = sums[2].askers;
        others.insert(sums[3].askers.begin(), sums[3].askers.end());
        result += fmt::format("; more may change for {}, {}", words(count(others)), kHangs);
      }
    } else {
      std::vector<std::string> parts;
      if (!sums[2].askers.empty()) parts.push_back(clause(sums[2], "take", "from"));
      if (!sums[3].askers.empty()) parts.push_back(clause(sums[3], "give", "to"));
      result += fmt::format("changes nothing for certain, but may {}{}, {}", listed(parts), everywhere, kHangs);
    }
    if (!otherwise.empty()) result += "; " + may_have;
    return result + (whole ? "." : ". Every repository name was compared.");
  }

  /// For whom what is open on both sides may have changed.
  [[nodiscard]] std::set<std::size_t> open_otherwise() const {
    std::set<std::size_t> askers;
    for (const evaluator::OpenOtherwise& each : s.diff.open_otherwise) {
      askers.insert(each.askers.begin(), each.askers.end());
    }
    return askers;
  }
  /// Which of the operations, in order.
  [[nodiscard]] std::vector<std::string> operations_open_otherwise() const {
    std::vector<std::string> ids;
    for (const Operation* operation : s.diff.operations) {
      const bool in = std::any_of(s.diff.open_otherwise.begin(), s.diff.open_otherwise.end(), [&](const auto& each) {
        return std::find(each.operations.begin(), each.operations.end(), operation) != each.operations.end();
      });
      if (in) ids.emplace_back(operation->id);
    }
    return ids;
  }
  static constexpr std::string_view kRestsOn = "what it rests on differs between the two states";

  /// The first few, and how many more.
  static std::vector<std::string> shortened(std::vector<std::string> items) {
    constexpr std::size_t kMost = 10;
    if (items.size() <= kMost) return items;
    const std::size_t more = items.size() - kMost;
    items.resize(kMost);
    items.push_back(fmt::format("{} more", more));
    return items;
  }

  struct Line {
    std::string label, text;
  };
  /// What was compared.
  [[nodiscard]] std::vector<Line> compared(const Mark& name) const {
    std::vector<Line> lines;
    const auto sources = [&](const std::vector<std::string>& paths) {
      std::vector<std::string> items;
      for (const std::string& path : paths) items.push_back(name(path));
      return items.empty() ? std::string("the bundled sample tenant") : listed(items);
    };
    if (s.switches.empty()) {
      lines.push_back({"before", sources(s.before_paths)});
      lines.push_back({"after", sources(s.after_paths)});
    } else {
      // Registries of one mode together.
      const auto modes = [&](const Analysis& side) {
        std::vector<std::string> parts;
        for (const std::string_view word : {"legacy mode", "ABAC mode", "unknown mode"}) {
          std::vector<std::string> names;
          for (const ModeSwitch& to : s.switches) {
            const model::Registry& one = side.registry(to.registry);
            if (mode(one) == word) names.push_back(name(one.name));
          }
          if (!names.empty()) parts.push_back(fmt::format("{} in {}", listed(shortened(std::move(names))), word));
        }
        return listed(parts);
      };
      lines.push_back({"before", fmt::format("{}, as in {}", modes(s.before), sources(s.before_paths))});
      lines.push_back({"after", modes(s.after) + ", nothing else changed"});
    }
    std::vector<std::string> registries;
    for (std::size_t r = 0; r < s.diff.registries.size(); ++r) {
      const DiffRegistry& pair = s.diff.registries[r];
      std::string words = name(registry(r).name);
      if (!pair.before) {
        words += " (after only)";
      } else if (!pair.after) {
        words += " (before only)";
      } else if (s.switches.empty()) {
        const std::string_view was = mode(s.before.registry(*pair.before));
        const std::string_view is = mode(s.after.registry(*pair.after));
        words += was == is ? fmt::format(" ({})", is) : fmt::format(" ({}, then {})", was, is);
      }
      registries.push_back(std::move(words));
    }
    if (s.switches.empty()) {
      registries = shortened(std::move(registries));
      lines.push_back({"where", registries.empty() ? std::string("no registry") : listed(registries)});
    }
    lines.push_back({"names", "every repository name that could exist"});
    std::set<std::size_t> everybody;
    for (std::size_t a = 0; a < s.diff.askers.size(); ++a) everybody.insert(a);
    lines.push_back({"who", words(count(everybody))});
    std::vector<std::string> operations;
    for (const Operation* operation : s.diff.operations) operations.emplace_back(operation->id);
    lines.push_back({"what", listed(operations)});
    return lines;
  }

  [[nodiscard]] const std::vector<Cause>& causes(const DiffRow& row) const { return s.diff.cause_lists[row.causes]; }
  [[nodiscard]] std::vector<Cause> causes() const {
    std::vector<Cause> result;
    std::set<std::size_t> added;
    for (const DiffSection& section : sections) {
      for (const DiffPart& part : section.parts) {
        for (const DiffRow& row : part.rows) {
          if (added.insert(row.causes).second) evaluator::add_causes(causes(row), result);
        }
      }
    }
    return result;
  }

  /// "and 12 more lists, for 80 identities: …", or nothing if all are shown.
  [[nodiscard]] static std::string left_out(const DiffSection& section) {
    if (section.parts.size() <= kMostParts) return {};
    std::set<std::size_t> askers;
    for (std::size_t p = kMostParts; p < section.parts.size(); ++p)
      askers.insert(section.parts[p].askers.begin(), section.parts[p].askers.end());
    return fmt::format("and {}, for {}: -o json has them all, --registry and --operation narrow the comparison",
                       counted(section.parts.size() - kMostParts, "more list"),
                       counted(askers.size(), "identity", "identities"));
  }

  /// From explaining one example of every change on both sides.
  [[nodiscard]] Basis basis() const {
    constexpr std::size_t kMostExplained = 500;
    Basis result;
    std::size_t explained = 0;
    const auto explain = [&](const Analysis& side, const std::optional<Asker>& asker,
                             const std::optional<std::size_t>& where, const Operation& operation,
                             const std::string& repository) {
      if (!asker || !where || explained == kMostExplained) return;
      ++explained;
      const auto question = side.sets.question(*asker, *where, operation, repository);
      for (const std::string_view flag : side.engine.explain(question).flags) {
        (evaluator::find_assumption(flag) != nullptr ? result.assumptions : result.flags).emplace(flag);
      }
    };
    for (const DiffSection& section : sections) {
      const DiffRegistry& where = s.diff.registries[section.registry];
      for (const DiffPart& part : section.parts) {
        const DiffAsker& asker = s.diff.askers[part.askers.front()];
        for (const DiffRow& row : part.rows) {
          const std::string example = row.names.shortest().value_or("");
          for (const Operation* operation : row.operations) {
            explain(s.before, asker.before, where.before, *operation, example);
            explain(s.after, asker.after, where.after, *operation, example);
          }
        }
      }
    }
    for (const evaluator::Assumption& entry : evaluator::assumption_register()) {
      if (readings().pinned(entry.id)) result.assumptions.emplace(entry.name);
    }
    return result;
  }
  [[nodiscard]] const evaluator::Readings& readings() const { return s.before.sets.circumstances().readings; }

  struct Missing {
    std::string_view side;  ///< "before", "after", or "" for both
    MissingDatum datum;
  };
  /// What both sides lack, then what one of them does; of registries that are not compared nothing.
  [[nodiscard]] const std::vector<Missing>& missing() const { return missing_; }
  [[nodiscard]] std::vector<Missing> find_missing() const {
    const auto concerns = [&](const MissingDatum& datum) {
      const auto called = [&](const model::Registry& registry) { return registry.name == datum.subject; };
      const auto& all = s.before.snapshot().registries;
      const auto& others = s.after.snapshot().registries;
      if (std::none_of(all.begin(), all.end(), called) && std::none_of(others.begin(), others.end(), called))
        return true;
      for (std::size_t r = 0; r < s.diff.registries.size(); ++r) {
        if (called(registry(r))) return true;
      }
      return false;
    };
    const auto same = [](const MissingDatum& a, const MissingDatum& b) {
      return a.what == b.what && a.subject == b.subject;
    };
    std::vector<Missing> result;
    const auto after = missing_data(s.after.snapshot());
    const auto before = missing_data(s.before.snapshot());
    const auto in = [&](const std::vector<MissingDatum>& list, const MissingDatum& datum) {
      return std::any_of(list.begin(), list.end(), [&](const MissingDatum& other) { return same(datum, other); });
    };
    for (const MissingDatum& datum : before) {
      if (concerns(datum)) result.push_back({in(after, datum) ? "" : "before", datum});
    }
    for (const MissingDatum& datum : after) {
      if (concerns(datum) && !in(before, datum)) result.push_back({"after", datum});
    }
    return result;
  }

  /// What one side of two lacks and the other has, where that alone would look like a change.
  struct Lack {
    std::string_view side;  ///< "before" or "after"
    std::string_view what;  ///< as in MissingDatum, or "registry"
    std::vector<std::string> subjects;
    friend bool operator==(const Lack&, const Lack&) = default;
  };
  /// Next to what these askers lose at a registry, or gain.
  [[nodiscard]] std::vector<Lack> lacks(bool loss, std::size_t r, const std::vector<std::size_t>& askers) const {
    if (!s.switches.empty()) return {};  // one export
    const std::string_view emptier = loss ? "after" : "before";
    const auto any = [&](auto is_kind) {
      return std::any_of(askers.begin(), askers.end(), [&](std::size_t a) { return is_kind(named(s.diff.askers[a])); });
    };
    const bool tokens = any([](const Asker& a) { return std::holds_alternative<evaluator::TokenAsker>(a); });
    const bool tasks = any([](const Asker& a) { return std::holds_alternative<evaluator::TaskAsker>(a); });
    const bool directory =
        tasks || any([](const Asker& a) { return std::holds_alternative<evaluator::EntraAsker>(a); });
    const auto tells = [&](const Missing& m) {
      const std::string& what = m.datum.what;
      const bool here = m.datum.subject == registry(r).name;
      const bool takes = m.side == emptier;  // what is not listed cannot grant
      if (what == "tokens" || what == "scope-maps") return tokens && here && takes;
      if (what == "tasks") return tasks && here && takes;
      if (what == "deny-assignments") return directory && here && !takes;
      if (what == "role-assignments" || what == "group-members" || what == "role-definition") return directory && takes;
      return what == "unfinished-list" || (what == "conditions" && directory) || (what == "registry-mode" && here);
    };
    std::vector<Lack> result;
    const DiffRegistry& pair = s.diff.registries[r];
    if (!(loss ? pair.after : pair.before)) result.push_back({emptier, "registry", {registry(r).name}});
    for (const Missing& m : missing_) {
      if (m.side.empty() || !tells(m)) continue;
      const auto same = std::find_if(result.begin(), result.end(), [&](const Lack& lack) {
        return lack.side == m.side && lack.what == m.datum.what;
      });
      Lack& lack = same == result.end() ? result.emplace_back(Lack{m.side, m.datum.what, {}}) : *same;
      if (!m.datum.subject.empty()) lack.subjects.push_back(m.datum.subject);
    }
    return result;
  }
  /// What all parts of a section that are shown have in common; nothing if they differ.
  [[nodiscard]] std::optional<std::vector<Lack>> common_lacks(const DiffSection& section) const {
    std::optional<std::vector<Lack>> result;
    for (const DiffPart& part : shown(section)) {
      auto own = lacks(section.kind->loss, section.registry, part.askers);
      if (result && !(*result == own)) return std::nullopt;
      result = std::move(own);
    }
    return result;
  }
  /// "the data after lacks tokens of contoso: a missing export looks like a loss".
  [[nodiscard]] static std::string words(const Lack& lack, const DiffKind& kind, const Mark& name) {
    constexpr std::size_t kMost = 4;
    std::vector<std::string> subjects;
    for (const std::string& subject : lack.subjects) {
      if (subjects.size() == kMost) {
        subjects.push_back(fmt::format("{} more", lack.subjects.size() - kMost));
        break;
      }
      subjects.push_back(name(subject));
    }
    const std::string of =
        subjects.empty() ? std::string() : (lack.what == "registry" ? " " : " of ") + listed(subjects);
    return fmt::format("the data {} lacks {}{}: a missing export looks like a {}", lack.side, lack.what, of,
                       kind.loss ? "loss" : "gain");
  }

  /// How many identities only one of the two exports names.
  [[nodiscard]] std::size_t named_once() const {
    return static_cast<std::size_t>(std::count_if(s.diff.askers.begin(), s.diff.askers.end(), [](const DiffAsker& a) {
      return !a.named_before || !a.named_after;
    }));
  }

  /// Sentences that limit what was said, without names from the input.
  [[nodiscard]] std::vector<std::string> limits(const Basis& basis) const {
    std::vector<std::string> result;
    const auto& circumstances = s.before.sets.circumstances();
    if (!circumstances.network || !circumstances.credential) {
      result.push_back(fmt::format("{} {} left out: the change is one of rights",
                                   !circumstances.network && !circumstances.credential
                                       ? "network rules and the freshness of sign-ins"
                                   : circumstances.network ? "the freshness of sign-ins"
                                                           : "network rules",
                                   circumstances.network ? "is" : "are"));
    }
    if (!circumstances.at) result.emplace_back("time-bound roles (PIM) are taken as of the export; --at names a time");
    if (const std::size_t once = named_once(); once != 0) {
      result.push_back(fmt::format(
          "{} only one of the two exports names: on the other side {} asked as {} that nothing there mentions",
          counted(once, "identity", "identities"), once == 1 ? "it is" : "they are", once == 1 ? "an id" : "ids"));
    }
    if (basis.flags.contains("no-deny-assignments-in-data")) {
      result.emplace_back("no list of deny assignments is in the data: assumed there are none");
    }
    if (basis.flags.contains("no-role-assignments-in-data")) result.emplace_back("the data has no role assignments");
    if (basis.flags.contains("condition-malformed")) {
      result.emplace_back("a condition that does not parse is taken to grant nothing");
    }
    if (basis.flags.contains("quarantine-on")) result.emplace_back("images in quarantine are left out");
    result.emplace_back(
        "credentials and tokens issued before a change live on for a while; what is said here is the settled state");
    return result;
  }

  [[nodiscard]] std::string assumption_words(const std::string& name) const {
    const evaluator::Assumption& entry = *evaluator::find_assumption(name);
    return fmt::format("{} = {} ({}): {}", entry.name, readings()[entry.id],
                       readings().pinned(entry.id) ? "pinned" : "default", entry.question);
  }

  [[nodiscard]] std::string title(const DiffSection& section, const Mark& name) const {
    if (s.diff.registries.size() == 1) return std::string(section.kind->title);
    return fmt::format("{} at {}", section.kind->title, name(registry(section.registry).name));
  }

  static std::vector<std::string> ids(const DiffRow& row) {
    std::vector<std::string> result;
    for (const Operation* operation : row.operations) result.emplace_back(operation->id);
    return result;
  }
  /// The operations of a row, shorter where it is nearly all that were compared.
  [[nodiscard]] std::string operations(const DiffRow& row) const {
    constexpr std::size_t kMany = 10;
    constexpr std::size_t kFew = 4;
    std::vector<std::string> others;
    std::size_t all = 0;
    for (const Operation* operation : s.diff.operations) {
      if (operation->takes_repository != row.operations.front()->takes_repository) continue;
      ++all;
      const bool in = std::find(row.operations.begin(), row.operations.end(), operation) != row.operations.end();
      if (!in) others.emplace_back(operation->id);
    }
    const std::vector<std::string> own = ids(row);
    if (own.size() < kMany || others.size() > kFew) return fmt::format("{}", fmt::join(own, ", "));
    const std::string_view kind =
        row.operations.front()->takes_repository ? "operations on repositories" : "operations on the registry";
    if (others.empty()) return fmt::format("all {} {}", all, kind);
    return fmt::format("{} of {} {}, all but {}", own.size(), all, kind, listed(others));
  }
  static bool same_causes(const DiffPart& part) {
    return std::all_of(part.rows.begin(), part.rows.end(),
                       [&](const DiffRow& row) { return row.causes == part.rows.front().causes; });
  }

  /// "every name", "`backend/**`, for example `backend/a`"; `name` writes patterns and names.
  [[nodiscard]] std::string extent(const DiffRow& row, const Mark& name) const {
    if (!row.operations.front()->takes_repository) return "of the registry as a whole";
    if (row.names.is_all()) return "every name";
    const std::string pattern = notations.of(row.names).text();
    const std::string example = row.names.shortest().value_or("");
    return pattern == example ? name(pattern) : fmt::format("{}, for example {}", name(pattern), name(example));
  }

  /// Looks for the notations of everything that `print` will ask for.
  void prepare_notations() const {
    std::vector<RepositorySet> sets;
    for (const DiffSection& section : sections) {
      for (const DiffPart& part : shown(section)) {
        for (const DiffRow& row : part.rows) sets.push_back(row.names);
      }
    }
    notations.prepare(sets, s.jobs);
    long_form =
        std::any_of(sets.begin(), sets.end(), [&](const RepositorySet& set) { return notations.of(set).expression; });
  }
  mutable Notations notations;
  mutable bool long_form = false;  ///< some set has no short form

 private:
  std::vector<Missing> missing_;
};

// ---- people -------------------------------------------------------------------------------------------------

class DiffText {
 public:
  DiffText(const DiffFacts& facts, const Look& look) : f_(facts), look_(look) {}

  std::string print() {
    f_.prepare_notations();
    text_ = wrap(f_.sentence(quote), "", 2, look_.width);
    heading("Compared");
    std::vector<std::vector<std::string>> rows;
    for (const DiffFacts::Line& line : f_.compared(quote)) rows.push_back({"  " + line.label, line.text});
    text_ += table({}, rows, look_);
    for (const DiffSection& s : f_.sections) section(s);
    open();
    if (const auto causes = f_.causes(); !causes.empty()) text_ += open_points(causes, look_);
    basis();
    missing();
    return std::move(text_);
  }

 private:
  void heading(std::string_view words, Style style = Style::Strong) {
    text_ += "\n" + look_.paint(style, words) + "\n";
  }
  void item(std::string_view words) { text_ += wrap(words, "  - ", 4, look_.width); }

  void section(const DiffSection& s) {
    const Style style = !s.kind->certain ? Style::Open : s.kind->loss ? Style::Bad : Style::Good;
    heading(f_.title(s, quote), style);
    const auto common = f_.common_lacks(s);
    if (common) note(*common, s, 2);
    for (const DiffPart& part : shown(s)) {
      text_ += wrap(fmt::format("{}", fmt::join(people(part.askers), ", ")), "  ", 2, look_.width);
      const bool same = DiffFacts::same_causes(part);
      for (const DiffRow& row : part.rows) {
        text_ += wrap(fmt::format("{}: {}", f_.operations(row), f_.extent(row, plain)), "    - ", 6, look_.width);
        if (!same) hangs_on(f_.causes(row));
      }
      if (same) hangs_on(f_.causes(part.rows.front()));
      if (!common) note(f_.lacks(s.kind->loss, s.registry, part.askers), s, 6);
    }
    if (const std::string more = DiffFacts::left_out(s); !more.empty()) text_ += wrap(more, "  ", 2, look_.width);
  }

  void note(const std::vector<DiffFacts::Lack>& lacks, const DiffSection& s, std::size_t indent) {
    for (const DiffFacts::Lack& lack : lacks)
      text_ +=
          wrap("note: " + DiffFacts::words(lack, *s.kind, quote), std::string(indent, ' '), indent + 2, look_.width);
  }

  void hangs_on(const std::vector<Cause>& causes) {
    for (const Cause& cause : causes) text_ += wrap("hangs on: " + in_words(cause), "      ", 8, look_.width);
  }

  [[nodiscard]] std::vector<std::string> people(const std::vector<std::size_t>& askers) const {
    constexpr std::size_t kMost = 40;
    std::vector<std::string> result;
    for (const std::size_t a : askers) {
      if (result.size() == kMost) {
        result.push_back(fmt::format("and {} more (-o json names all)", askers.size() - kMost));
        break;
      }
      result.push_back(f_.who(a));
    }
    return result;
  }

  void open() {
    const evaluator::OpenOnBothSides& o = f_.s.diff.open;
    if (o.places == 0) return;
    heading("Undetermined before and after");
    text_ += wrap(fmt::format("{}", fmt::join(people(o.askers), ", ")), "  ", 2, look_.width);
    text_ += wrap(fmt::format("{} in all: no change can be told, and none be excluded",
                              counted(o.places, "operation", "operations")),
                  "    - ", 6, look_.width);
    if (const std::set<std::size_t> otherwise = f_.open_otherwise(); !otherwise.empty()) {
      const std::vector<std::string> ids = f_.operations_open_otherwise();
      text_ += wrap(fmt::format("may have changed, as {}: {}{}", DiffFacts::kRestsOn,
                                fmt::join(people({otherwise.begin(), otherwise.end()}), ", "),
                                ids.size() > 10 ? std::string() : fmt::format(" ({})", fmt::join(ids, ", "))),
                    "    - ", 6, look_.width);
    }
    hangs_on(o.causes);
  }

  void basis() {
    const Basis basis = f_.basis();
    heading("What this rests on");
    for (const std::string& name : basis.assumptions) item(f_.assumption_words(name));
    for (const std::string& limit : f_.limits(basis)) item(limit);
    if (f_.long_form) item(kNoShortForm);
  }

  void missing() {
    const auto missing = f_.missing();
    if (missing.empty()) return;
    heading("Missing from the data");
    for (const DiffFacts::Missing& m : missing) {
      const std::string subject = m.datum.subject.empty() ? std::string() : " of " + quote(m.datum.subject);
      const std::string side = m.side.empty() ? std::string() : fmt::format("{}: ", m.side);
      item(fmt::format("{}{}{}: {}", side, m.datum.what, subject, m.datum.matters));
      text_ += "      " + escape(m.datum.command) + "\n";  // to be copied, so in one piece
    }
  }

  static std::string plain(const std::string& pattern) { return pattern; }

  const DiffFacts& f_;
  const Look& look_;
  std::string text_;
};

// ---- DiffMarkdown -----------------------------------------------------------------------------------------------

class DiffMarkdown {
 public:
  explicit DiffMarkdown(const DiffFacts& facts) : f_(facts) {}

  std::string print() {
    f_.prepare_notations();
    text_ = fmt::format("### Access to container registries\n\n**{}**\n", f_.sentence(span));
    for (const DiffSection& s : f_.sections) section(s);
    open();
    basis();
    return std::move(text_);
  }

 private:
  static std::string span(const std::string& text) { return code_span(text); }

  void begin(const std::string& summary, bool shown) {
    text_ += fmt::format("\n<details{}><summary>{}</summary>\n\n", shown ? " open" : "", summary);
  }
  void end() { text_ += "\n</details>\n"; }

  void section(const DiffSection& s) {
    std::set<std::size_t> all;
    for (const DiffPart& part : s.parts) all.insert(part.askers.begin(), part.askers.end());
    begin(fmt::format("{}: {}", f_.title(s, [](const std::string& n) { return html_text(n); }),
                      DiffFacts::words(f_.count(all))),
          s.kind->certain);
    const auto common = f_.common_lacks(s);
    if (common) note(*common, s, "- ");
    for (const DiffPart& part : shown(s)) {
      std::vector<std::string> people;
      for (const std::size_t a : part.askers) people.push_back(span(f_.who(a)));
      const bool same = DiffFacts::same_causes(part);
      text_ += fmt::format("- {}\n", fmt::join(people, ", "));
      for (const DiffRow& row : part.rows) {
        std::vector<std::string> ids = DiffFacts::ids(row);
        for (std::string& id : ids) id = span(id);
        text_ += fmt::format("  - {}: {}\n", fmt::join(ids, ", "), f_.extent(row, span));
        if (!same) hangs_on(f_.causes(row));
      }
      if (same) hangs_on(f_.causes(part.rows.front()));
      if (!common) note(f_.lacks(s.kind->loss, s.registry, part.askers), s, "  - ");
    }
    if (const std::string more = DiffFacts::left_out(s); !more.empty()) text_ += fmt::format("- {}\n", more);
    end();
  }

  void note(const std::vector<DiffFacts::Lack>& lacks, const DiffSection& s, std::string_view mark) {
    for (const DiffFacts::Lack& lack : lacks)
      text_ += fmt::format("{}note: {}\n", mark, DiffFacts::words(lack, *s.kind, span));
  }

  void hangs_on(const std::vector<Cause>& causes) {
    for (const Cause& cause : causes) text_ += fmt::format("  - hangs on {}\n", span(in_words(cause)));
  }

  void open() {
    const evaluator::OpenOnBothSides& o = f_.s.diff.open;
    if (o.places == 0) return;
    begin(fmt::format("Undetermined before and after: {}",
                      DiffFacts::words(f_.count({o.askers.begin(), o.askers.end()}))),
          false);
    if (const std::set<std::size_t> otherwise = f_.open_otherwise(); !otherwise.empty()) {
      text_ += fmt::format("- may have changed for {}, as {}: {}\n", DiffFacts::words(f_.count(otherwise)),
                           DiffFacts::kRestsOn, fmt::join(f_.operations_open_otherwise(), ", "));
    }
    for (const Cause& cause : o.causes) text_ += fmt::format("- {}\n", span(in_words(cause)));
    end();
  }

  void basis() {
    begin("What was compared, and what it rests on", false);
    for (const DiffFacts::Line& line : f_.compared(span)) text_ += fmt::format("- {}: {}\n", line.label, line.text);
    const Basis basis = f_.basis();
    for (const std::string& name : basis.assumptions) text_ += fmt::format("- {}\n", span(f_.assumption_words(name)));
    for (const std::string& limit : f_.limits(basis)) text_ += fmt::format("- {}\n", limit);
    if (f_.long_form) text_ += fmt::format("- {}\n", kNoShortForm);
    for (const DiffFacts::Missing& m : f_.missing()) {
      const std::string side = m.side.empty() ? std::string() : fmt::format(" ({})", m.side);
      const std::string subject = m.datum.subject.empty() ? std::string() : " of " + span(m.datum.subject);
      text_ += fmt::format("- missing{}: {}{}; {}: {}\n", side, m.datum.what, subject, m.datum.matters,
                           span(m.datum.command));
    }
    end();
  }

  const DiffFacts& f_;
  std::string text_;
};

// ---- JSON ---------------------------------------------------------------------------------------------------

class DiffJson {
 public:
  DiffJson(const DiffFacts& facts, std::ostream& out) : f_(facts), out_(out) {}

  void print() {
    json_.begin_object().member("sentence", f_.sentence(quote));
    json_.member("certain", f_.s.diff.certain());
    json_.member("possible", f_.s.diff.possible());
    json_.key("compared").begin_object();
    json_.strings("before", f_.s.before_paths).strings("after", f_.s.after_paths);
    json_.key("registries").begin_array();
    for (const DiffRegistry& pair : f_.s.diff.registries) {
      json_.begin_object().key("before");
      registry(pair.before, f_.s.before);
      json_.key("after");
      registry(pair.after, f_.s.after);
      json_.end_object();
    }
    json_.end_array().member("principals", std::uint64_t{f_.s.diff.askers.size()}).key("operations").begin_array();
    for (const Operation* operation : f_.s.diff.operations) json_.value(operation->id);
    json_.end_array().end_object();
    json_.key("changes").begin_array();
    changes();
    json_.end_array();
    open();
    basis();
    json_.end_object();
    out_ << json_.take_piece() << '\n';
  }

 private:
  void registry(const std::optional<std::size_t>& index, const Analysis& side) {
    if (!index) {
      json_.null();
      return;
    }
    const model::Registry& registry = side.registry(*index);
    json_.begin_object().member("name", registry.name).member("id", registry.id).key("mode");
    const std::string_view mode = mode_word(registry.mode);
    if (mode.empty()) {
      json_.null();
    } else {
      json_.value(mode);
    }
    json_.end_object();
  }

  void principal(std::size_t a) {
    const DiffAsker& asker = f_.s.diff.askers[a];
    json_.begin_object();
    f_.namer(asker).names.write(json_, f_.named(asker));
    json_.member("namedBefore", asker.named_before).member("namedAfter", asker.named_after).end_object();
  }

  /// Registry by registry, so that no more notations are kept than those of one.
  void changes() {
    const auto& groups = f_.s.diff.groups;
    for (auto begin = groups.begin(); begin != groups.end();) {
      const auto end =
          std::find_if(begin, groups.end(), [&](const auto& group) { return group.registry != begin->registry; });
      std::vector<RepositorySet> sets;
      for (auto group = begin; group != end; ++group) {
        for (const evaluator::OperationChange& change : group->changes) {
          if (!change.operations.front()->takes_repository) continue;
          for (const DiffKind& kind : kDiffKinds) {
            if (const RepositorySet& names = change.change.*kind.set; !names.empty()) sets.push_back(names);
          }
        }
      }
      Notations notations;
      notations.prepare(sets, f_.s.jobs);
      for (; begin != end; ++begin) {
        change(*begin, notations);
        out_ << json_.take_piece();
      }
    }
  }

  void change(const evaluator::ChangeGroup& group, Notations& notations) {
    const model::Registry& where = f_.registry(group.registry);
    json_.begin_object().member("registry", where.name).member("registryId", where.id);
    json_.key("principals").begin_array();
    for (const std::size_t a : group.askers) principal(a);
    json_.end_array().key("changes").begin_array();
    for (const evaluator::OperationChange& change : group.changes) {
      json_.begin_object().key("operations").begin_array();
      for (const Operation* operation : change.operations) json_.value(operation->id);
      json_.end_array();
      for (const DiffKind& kind : kDiffKinds) {
        const RepositorySet& names = change.change.*kind.set;
        if (names.empty()) continue;
        json_.key(kind.member).begin_object();
        if (change.operations.front()->takes_repository) {
          write_set(json_, names, notations.of(names));
        } else {
          json_.member("wholeRegistry", true);
        }
        json_.end_object();
      }
      json_.key("unknowns");
      write_causes(json_, f_.s.diff.cause_lists[change.causes]);
      json_.end_object();
    }
    json_.end_array();
    lacking(group);
    json_.end_object();
  }

  /// Left out where neither side lacks anything that the other has.
  void lacking(const evaluator::ChangeGroup& group) {
    std::vector<DiffFacts::Lack> all;
    for (const bool loss : {true, false}) {
      const bool has = std::any_of(group.changes.begin(), group.changes.end(), [&](const auto& change) {
        return std::any_of(kDiffKinds.begin(), kDiffKinds.end(), [&](const DiffKind& kind) {
          return kind.loss == loss && !(change.change.*kind.set).empty();
        });
      });
      if (!has) continue;
      for (DiffFacts::Lack& lack : f_.lacks(loss, group.registry, group.askers)) {
        const bool known = std::any_of(all.begin(), all.end(), [&](const DiffFacts::Lack& other) {
          return other.side == lack.side && other.what == lack.what;
        });
        if (!known) all.push_back(std::move(lack));
      }
    }
    if (all.empty()) return;
    json_.key("lacking").begin_array();
    for (const DiffFacts::Lack& lack : all) {
      json_.begin_object().member("side", lack.side).member("what", lack.what).strings("subjects", lack.subjects);
      json_.end_object();
    }
    json_.end_array();
  }

  void open() {
    const evaluator::OpenOnBothSides& o = f_.s.diff.open;
    json_.key("undeterminedOnBothSides").begin_object().member("count", std::uint64_t{o.places});
    json_.key("principals").begin_array();
    for (const std::size_t a : o.askers) principal(a);
    json_.end_array().key("unknowns");
    write_causes(json_, o.causes);
    json_.key("mayHaveChanged").begin_array();
    for (const evaluator::OpenOtherwise& each : f_.s.diff.open_otherwise) {
      const model::Registry& where = f_.registry(each.registry);
      json_.begin_object().member("registry", where.name).member("registryId", where.id);
      json_.key("principals").begin_array();
      for (const std::size_t a : each.askers) principal(a);
      json_.end_array().key("operations").begin_array();
      for (const Operation* operation : each.operations) json_.value(operation->id);
      json_.end_array().member("mayGain", each.may_gain).member("mayLose", each.may_lose).key("unknowns");
      write_causes(json_, f_.s.diff.cause_lists[each.causes]);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void basis() {
    const Basis basis = f_.basis();
    json_.key("assumptions").begin_array();
    for (const std::string& name : basis.assumptions) {
      const evaluator::Assumption& entry = *evaluator::find_assumption(name);
      json_.begin_object().member("name", name).member("reading", f_.readings()[entry.id]);
      json_.member("pinned", f_.readings().pinned(entry.id)).member("question", entry.question).end_object();
    }
    json_.end_array().strings("flags", {basis.flags.begin(), basis.flags.end()});
    json_.key("missing").begin_array();
    for (const DiffFacts::Missing& m : f_.missing()) {
      json_.begin_object().member("side", m.side.empty() ? std::string_view("both") : m.side);
      json_.member("what", m.datum.what).member("subject", m.datum.subject).member("matters", m.datum.matters);
      json_.member("needs", m.datum.command).end_object();
    }
    json_.end_array();
  }

  const DiffFacts& f_;
  std::ostream& out_;
  JsonWriter json_{JsonWriter::Layout::Indented};
};

}  // namespace

std::string diff_text(const DiffSubject& subject, const Look& look) {
  return DiffText(DiffFacts(subject), look).print();
}
void diff_json(const DiffSubject& subject, std::ostream& out) { DiffJson(DiffFacts(subject), out).print(); }
std::string diff_markdown(const DiffSubject& subject) { return DiffMarkdown(DiffFacts(subject)).print(); }

}  // namespace acrbiter::cli::report

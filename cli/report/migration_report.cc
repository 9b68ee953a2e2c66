#include "cli/report/migration_report.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "cli/json_writer.h"
#include "cli/migrate/parts.h"
#include "model/shell_word.h"

namespace acrbiter::cli::report {

namespace migration = evaluator::migration;

using migration::Change;
using migration::People;
using migration::Plan;
using migration::PlannedAssignment;
using migration::Verification;
using migration::Who;

namespace {

constexpr std::size_t kFew = 4;    ///< names in one line
constexpr std::size_t kMany = 12;  ///< lines of a list that a person reads to the end

/// Items of a sentence, the first few and how many more.
std::string few(std::vector<std::string> items, std::size_t most) {
  if (items.size() > most + 1) {
    const std::size_t more = items.size() - most;
    items.resize(most);
    items.push_back(fmt::format("{} more", more));
  }
  return listed(items);
}

/// At most `most` lines by `line(i)`, and how many more there are.
std::string lines(std::size_t count, std::size_t most, const std::function<std::string(std::size_t)>& line) {
  std::string text;
  for (std::size_t i = 0; i < std::min(count, most); ++i) text += line(i);
  if (count > most) text += fmt::format("  … and {} more; all are in `-o json`.\n", count - most);
  return text;
}

/// The same as a table.
std::string rows(const std::vector<std::string>& header, std::size_t count, std::size_t most, const Look& look,
                 const std::function<std::vector<std::string>(std::size_t)>& row) {
  std::vector<std::vector<std::string>> all;
  for (std::size_t i = 0; i < std::min(count, most); ++i) all.push_back(row(i));
  std::string text = table(header, all, look);
  if (count > most) text += fmt::format("… and {} more; all are in `-o json`.\n", count - most);
  return text;
}

std::string registries_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const migration::PlannedRegistry& registry : plan.registries) names.push_back(quote(registry.name));
  return few(std::move(names), kFew);
}

/// Without the words that all these roles begin with.
std::string short_role(const Plan& plan, const std::string& guid) {
  std::string_view name = migrate::name_of_role(plan, guid);
  constexpr std::string_view kPrefix = "Container Registry ";
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  return escape(name);
}

/// A scope as people know it: "the root", "subscription 03be443e…", "resource group rg-a", "registry contoso".
std::string short_scope(const std::string& scope) {
  using Kind = migrate::Place::Kind;
  constexpr std::size_t kEnough = 8;  // of a GUID to tell it by
  const migrate::Place place = migrate::place_of(scope);
  switch (place.kind) {
    case Kind::Tenant:
      return "the root";
    case Kind::ManagementGroup:
      return "management group " + quote(place.management_group);
    case Kind::Subscription:
      return fmt::format("subscription {}…", quote(place.subscription.substr(0, kEnough)));
    case Kind::ResourceGroup:
      return "resource group " + quote(place.resource_group);
    case Kind::Registry:
      return "registry " + quote(place.registry);
    case Kind::Other:
      break;
  }
  return quote(scope);
}

/// The end of a long id, which tells it from others.
std::string short_id(const std::string& id) { return quote(id.starts_with('/') ? migrate::last_segment(id) : id); }

std::string words_of(const std::vector<std::string>& ids) { return escape(fmt::format("{}", fmt::join(ids, ", "))); }

std::string where(const Change& change) {
  if (change.example.empty()) return quote(change.registry);
  if (change.names == "**") return fmt::format("{}, every repository", quote(change.registry));
  return fmt::format("{}/{}", quote(change.registry), escape(change.names));
}

/// "possibly gained"
std::string kind_in_words(Change::Kind kind) {
  std::string words(word(kind));
  std::replace(words.begin(), words.end(), '-', ' ');
  return words;
}

/// The changes of each kind, what is certain first. A plan has the worst of a kind first, and so have these.
using Kinds = std::array<std::vector<const Change*>, 4>;
Kinds by_kind(const std::vector<Change>& changes) {
  static constexpr std::array kOrder = {Change::Kind::Lost, Change::Kind::Gained, Change::Kind::PossiblyLost,
                                        Change::Kind::PossiblyGained};
  Kinds kinds;
  for (const Change& change : changes) {
    const auto place = std::find(kOrder.begin(), kOrder.end(), change.kind) - kOrder.begin();
    kinds[static_cast<std::size_t>(place)].push_back(&change);
  }
  return kinds;
}

/// How many of each kind to show of `most` in all: what is certain fills them, but no kind is hidden by the others.
std::array<std::size_t, 4> shares(const Kinds& kinds, std::size_t most) {
  std::array<std::size_t, 4> shown{};
  const auto take_turns = [&](std::size_t first, std::size_t last) {
    for (bool any = true; any;) {
      any = false;
      for (std::size_t k = first; k < last && most > 0; ++k) {
        if (shown[k] == kinds[k].size()) continue;
        ++shown[k];
        --most;
        any = true;
      }
    }
  };
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    shown[k] = std::min<std::size_t>(kinds[k].size(), 1);
    most -= shown[k];
  }
  take_turns(0, 2);  // lost and gained
  take_turns(2, 4);  // possibly
  return shown;
}

std::string changes_list(const std::vector<Change>& changes, const Look& look) {
  const Kinds kinds = by_kind(changes);
  const std::array<std::size_t, 4> shown = shares(kinds, kMany);
  std::string text;
  std::vector<std::string> hidden;
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    for (std::size_t i = 0; i < shown[k]; ++i) {
      const Change& change = *kinds[k][i];
      const bool loses = change.kind == Change::Kind::Lost || change.kind == Change::Kind::PossiblyLost;
      text += wrap(fmt::format("{} by {}", look.paint(loses ? Style::Bad : Style::Open, kind_in_words(change.kind)),
                               names_of(change.who, kFew)),
                   "  - ", 4, look.width) +
              wrap(fmt::format("{} on {}. {}", words_of(change.operations), where(change), escape(change.because)),
                   "    ", 4, look.width);
    }
    const std::size_t rest = kinds[k].size() - shown[k];
    if (rest == 0) continue;
    hidden.push_back(
        fmt::format("{}{} {}", rest, hidden.empty() ? " more" : "", kind_in_words(kinds[k].front()->kind)));
  }
  if (!hidden.empty()) {
    text += wrap(fmt::format("… and {}; all are in `-o json`.", listed(hidden)), "  ", 4, look.width);
  }
  return text;
}

std::string notes(const std::vector<migration::Note>& list, const Look& look) {
  return lines(list.size(), kMany, [&](std::size_t i) {
    const migration::Note& note = list[i];
    std::string text = wrap(fmt::format("{}{} ({})", note.subject.empty() ? "" : short_id(note.subject) + ": ",
                                        escape(note.text), escape(note.source)),
                            "  - ", 4, look.width);
    if (!note.command.empty()) text += fmt::format("      {}\n", escape(note.command));
    return text;
  });
}

/// How many identities a kind of change is about: what no assignment can prevent, or the rest.
std::size_t people_of(const std::vector<Change>& changes, Change::Kind kind, bool inevitable) {
  static const std::set<std::string_view> kInevitable = {"soft-delete", "content-trust", "quarantine", "quick-build"};
  migration::Distinct who;
  for (const Change& change : changes) {
    if (change.kind == kind && kInevitable.contains(change.reason) == inevitable) who.add(change.who);
  }
  return who.size();
}

/// Those who lose something, each once: workloads first, then by name.
class Losers {
 public:
  /// `changes` must outlive this.
  explicit Losers(const std::vector<Change>& changes) {
    std::map<std::string, std::vector<std::size_t*>> by_name;  // what their places will be written to
    std::map<std::string, const Who*> first;
    for (const Change& change : changes) {
      if (change.kind != Change::Kind::Lost) continue;
      std::vector<std::size_t>& places = place_of_[change.who];
      for (const People::Place one : change.who.places()) {
        if (std::exchange(places[one], kNamed) == kNamed) continue;
        const Who& who = (*change.who.directory())[one];
        const std::string name = fmt::format("{}{}{}", who.workloads.empty() ? 'b' : 'a', who.name, who.id);
        by_name[name].push_back(&places[one]);
        first.emplace(name, &who);
      }
    }
    for (const auto& [name, places] : by_name) {
      for (std::size_t* place : places) *place = all_->size();
      all_->push_back(*first.at(name));
    }
  }
  /// Each once, in order.
  [[nodiscard]] const std::shared_ptr<People::Directory>& all() const { return all_; }
  /// By place in the directory of `people`: the place in all().
  [[nodiscard]] const std::vector<std::size_t>& places_of(const People& people) { return place_of_[people]; }

 private:
  static constexpr std::size_t kNamed = 1;  // while names are gathered
  std::shared_ptr<People::Directory> all_ = std::make_shared<People::Directory>();
  migration::ByPerson<std::size_t> place_of_;
};

/// Who would lose which operations, those with the same losers together, in the order of the catalogue.
std::string switch_alone(const Plan& plan, const Look& look) {
  Losers everybody(plan.switch_alone);
  std::map<std::string, std::vector<bool>> losers;  // by operation
  std::vector<std::size_t> places;
  for (const Change& change : plan.switch_alone) {
    if (change.kind != Change::Kind::Lost) continue;
    places.clear();
    const std::vector<std::size_t>& place_of = everybody.places_of(change.who);
    for (const People::Place one : change.who.places()) places.push_back(place_of[one]);
    for (const std::string& operation : change.operations) {
      std::vector<bool>& lose = losers[operation];
      lose.resize(everybody.all()->size());
      for (const std::size_t place : places) lose[place] = true;
    }
  }
  struct Row {
    std::vector<const evaluator::Operation*> operations;
    const std::vector<bool>* lose;
    People who;
  };
  std::vector<Row> all;
  for (const evaluator::Operation& operation : evaluator::operations()) {
    const auto found = losers.find(std::string(operation.id));
    if (found == losers.end()) continue;
    const auto same = std::find_if(all.begin(), all.end(), [&](const Row& row) { return *row.lose == found->second; });
    if (same != all.end()) {
      same->operations.push_back(&operation);
      continue;
    }
    Row& row = all.emplace_back(Row{.operations = {&operation}, .lose = &found->second, .who = {}});
    std::vector<People::Place> who;
    for (People::Place place = 0; place < found->second.size(); ++place) {
      if (found->second[place]) who.push_back(place);
    }
    row.who = People(everybody.all(), std::move(who));
  }
  if (all.empty()) return "  Nothing.\n";
  return lines(all.size(), kMany, [&](std::size_t i) {
    // The commands that people would see fail: two are enough to know what is meant.
    std::vector<std::string> ids, commands;
    for (const evaluator::Operation* operation : all[i].operations) {
      ids.emplace_back(operation->id);
      std::string command = fmt::format("`{}`", operation->client);
      if (std::find(commands.begin(), commands.end(), command) == commands.end())
        commands.push_back(std::move(command));
    }
    const std::size_t more = commands.size() > 2 ? commands.size() - 2 : 0;
    commands.resize(commands.size() - more);
    if (more > 0) commands.emplace_back("…");
    return wrap(fmt::format("{} ({}) for {}", look.paint(Style::Bad, few(std::move(ids), kFew)),
                            fmt::join(commands, ", "), names_of(all[i].who, 2 * kFew)),
                "  - ", 4, look.width);
  });
}

std::string assignments(const Plan& plan, const Look& look) {
  if (plan.assignments.empty()) return "";
  // The roles of one holder at one scope stand in one row.
  std::vector<std::vector<std::string>> all;
  for (const PlannedAssignment& a : plan.assignments) {
    std::string to = name_of(a.principal), at = short_scope(a.scope), role = short_role(plan, a.role);
    if (!all.empty() && all.back()[0] == to && all.back()[1] == at)
      all.back()[2] += ", " + role;
    else
      all.push_back({std::move(to), std::move(at), std::move(role)});
  }
  std::string text = heading(counted(plan.assignments.size(), "new role assignment"), look) +
                     rows({"to", "at", "role (Container Registry …)"}, all.size(), 3 * kMany, look,
                          [&](std::size_t i) { return all[i]; });
  for (const migration::PlannedRole& role : plan.roles) {
    if (!role.custom()) continue;
    text +=
        wrap(fmt::format("The role {} is to be created first, with {}.", quote(role.name), words_of(role.data_actions)),
             "  - ", 4, look.width);
  }
  std::map<std::string, People> noted;
  for (const PlannedAssignment& a : plan.assignments) {
    People& who = noted[a.note];
    if (!a.note.empty() && std::find(who.begin(), who.end(), a.principal) == who.end()) who.push_back(a.principal);
  }
  for (const auto& [note, who] : noted) {
    if (!who.empty()) text += wrap(fmt::format("{}: {}", names_of(who, kFew), escape(note)), "  - ", 4, look.width);
  }
  return text;
}

std::string today(const Plan& plan, const Look& look) {
  // Those that give data without saying so come first: they are what people overlook.
  std::vector<const migration::Carrier*> all;
  for (const migration::Carrier& carrier : plan.carriers) all.push_back(&carrier);
  const auto named =
      std::stable_partition(all.begin(), all.end(), [](const migration::Carrier* c) { return !c->on_purpose; });
  return heading(fmt::format("{} over data today, {} of them through wildcards",
                             counted(all.size(), "assignment gives rights", "assignments give rights"),
                             named - all.begin()),
                 look) +
         rows({"who", "role", "at", "rights"}, all.size(), kMany, look, [&](std::size_t i) -> std::vector<std::string> {
           const migration::Carrier& carrier = *all[i];
           std::string rights = carrier.rights.size() > 5 ? "everything" : words_of(carrier.rights);
           if (!carrier.left_out.empty()) rights += "; not carried over: " + escape(carrier.left_out);
           return {name_of(carrier.principal), escape(carrier.role), short_scope(carrier.scope), std::move(rights)};
         });
}

std::string old_assignments(const std::vector<migration::OldAssignment>& list, std::string_view title,
                            const Look& look) {
  if (list.empty()) return "";
  return heading(title, look) + rows({}, list.size(), kMany, look, [&](std::size_t i) -> std::vector<std::string> {
           const migration::OldAssignment& old = list[i];
           return {name_of(old.principal), escape(old.role), short_scope(old.scope), escape(old.note)};
         });
}

std::string tasks(const Plan& plan, const Look& look) {
  if (plan.tasks.empty()) return "";
  return heading("Tasks", look) +
         rows({}, plan.tasks.size(), kMany, look, [&](std::size_t i) -> std::vector<std::string> {
           const migration::TaskNeed& task = plan.tasks[i];
           return {fmt::format("{}/{}", quote(task.registry), quote(task.name)), escape(task.need)};
         });
}

/// How much was compared, and by what.
std::string compared(const Verification& proof) {
  return fmt::format(
      "Compared, on every possible name: {} of identity, registry and operation by sets, {} by the "
      "interpreter{}.",
      counted(proof.by_sets, "triple"), proof.by_interpreter, proof.everybody ? "" : " (those with any access)");
}

}  // namespace

std::string spelling_of(const Who& who) {
  if (who.kind == "entra") return who.id;
  return who.kind == "token" || who.kind == "task" ? who.kind + ":" + who.name : who.kind;
}

std::string name_of(const Who& who) {
  if (who.kind == "admin" || who.kind == "anonymous") return escape(who.name);
  std::string name = quote(who.name.empty() ? who.id : who.name);
  if (who.kind == "token" || who.kind == "task") name = fmt::format("{} {}", who.kind, name);
  if (who.type == "Group") name = "group " + name;
  if (who.workloads.empty()) return name;
  std::vector<std::string> workloads;
  for (const std::string& workload : who.workloads) workloads.push_back(escape(workload));
  return fmt::format("{} ({})", name, few(std::move(workloads), 2));
}

std::string names_of(const People& who, std::size_t most) {
  std::vector<std::string> names;
  const bool too_many = who.size() > most + 1;
  for (const Who& one : who) {
    if (too_many && names.size() == most) break;
    names.push_back(name_of(one));
  }
  if (too_many) names.push_back(fmt::format("{} more", who.size() - most));
  return listed(names);
}

std::string plan_sentence(const Plan& plan, const Verification* proof) {
  const std::size_t lost = people_of(plan.changes, Change::Kind::Lost, false);
  const std::size_t inevitable = people_of(plan.changes, Change::Kind::Lost, true);
  const std::size_t gained = people_of(plan.changes, Change::Kind::Gained, false);
  migration::Distinct open;
  for (const Change& change : plan.changes) {
    if (change.kind != Change::Kind::PossiblyLost && change.kind != Change::Kind::PossiblyGained) continue;
    open.add(change.who);
  }
  std::vector<std::string> rest;
  const auto some = [](std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", counted(count, "identity", "identities"), count == 1 ? one : many);
  };
  if (lost > 0) rest.push_back(some(lost, "loses access", "lose access"));
  if (inevitable > 0)
    rest.push_back(some(inevitable, "loses what no assignment can keep", "lose what no assignment can keep"));
  if (gained > 0) rest.push_back(some(gained, "gains something", "gain something"));
  if (!open.empty()) rest.push_back("something is open for " + counted(open.size(), "identity", "identities"));
  const std::string what = plan.assignments.empty() ? std::string("without new role assignments")
                                                    : "with " + counted(plan.assignments.size(), "new role assignment");
  const std::string keeps = rest.empty() ? "nobody's access to data changes"
                                         : fmt::format("{}; all other access stays as it is", listed(rest));
  return fmt::format("{} can move to the ABAC mode {}: {}{}.", registries_of(plan), what, keeps,
                     proof == nullptr ? "" : ", proven for every repository name that could exist");
}

std::string plan_text(const Plan& plan, const Verification* proof, const Look& look) {
  std::string text = wrap(plan_sentence(plan, proof), "", 0, look.width);
  if (proof == nullptr) text += wrap("Not verified: `acrbiter migrate verify` does that.", "", 0, look.width);
  text += heading("The switch alone would end", look) + switch_alone(plan, look);
  text += assignments(plan, look);
  if (!plan.changes.empty()) text += heading("What still changes", look) + changes_list(plan.changes, look);
  if (!plan.elsewhere.empty()) {
    text += heading("What the new assignments change on other registries", look) + changes_list(plan.elsewhere, look) +
            wrap("With --narrow they are made at the registries of the plan instead.", "  ", 2, look.width);
  }
  text += tasks(plan, look);
  if (!plan.residue.empty()) text += heading("What no assignment can keep", look) + notes(plan.residue, look);
  if (!plan.open.empty()) text += heading("For you to decide or to look up", look) + notes(plan.open, look);
  text += heading("Not touched", look) + notes(plan.untouched, look);
  text += today(plan, look);
  text += old_assignments(plan.remove, counted(plan.remove.size(), "old assignment") + " can go once everything works",
                          look);
  text += old_assignments(plan.keep, counted(plan.keep.size(), "old assignment") + " to keep for now", look);
  if (proof != nullptr) text += heading("Proof", look) + wrap(compared(*proof), "", 0, look.width);
  return text;
}

std::string verification_text(const Plan& plan, const Verification& proof, const Look& look) {
  if (proof.holds()) {
    return wrap(
               fmt::format("The plan for {} holds: after it every identity may do what it may do today, plus and minus "
                           "what the plan lists, for every repository name that could exist.",
                           registries_of(plan)),
               "", 0, look.width) +
           wrap(compared(proof), "", 0, look.width);
  }
  const migration::Mismatch& first = *proof.first;
  const std::string which = plan.registries.empty() ? std::string() : " for " + registries_of(plan);
  std::string text = wrap(fmt::format("The plan{} does not hold. {}", which, escape(first.text)), "", 0, look.width);
  if (first.operation.empty()) return text;
  const std::string target = first.repository.empty() ? first.registry : first.registry + "/" + first.repository;
  const std::string who = spelling_of(first.who);
  return text + wrap(fmt::format("Found by the {}. The state before: acrbiter explain {} {} --as {}",
                                 first.found_by == "sets" ? "set engine" : "interpreter", first.operation,
                                 escape(model::shell_word(target)), escape(model::shell_word(who))),
                     "", 0, look.width);
}

std::string verification_json(const Plan& plan, const Verification& proof) {
  JsonWriter json;
  json.begin_object().member("holds", proof.holds());
  std::vector<std::string> names;
  for (const migration::PlannedRegistry& registry : plan.registries) names.push_back(registry.name);
  json.strings("registries", names);
  json.member("comparedBySets", std::uint64_t{proof.by_sets});
  json.member("comparedByInterpreter", std::uint64_t{proof.by_interpreter});
  json.member("everybody", proof.everybody);
  if (proof.first) {
    const migration::Mismatch& first = *proof.first;
    static constexpr std::array<std::string_view, 5> kKinds = {"registry", "incomplete", "before-switch", "change",
                                                               "removal"};
    json.key("first").begin_object();
    json.member("kind", kKinds[static_cast<std::size_t>(first.kind)]).member("text", std::string_view(first.text));
    if (!first.operation.empty()) {
      json.key("question").begin_object();
      json.member("principal", std::string_view(spelling_of(first.who)))
          .member("operation", std::string_view(first.operation));
      json.member("registry", std::string_view(first.registry));
      if (!first.repository.empty()) json.member("repository", std::string_view(first.repository));
      json.end_object();
      json.member("before", to_string(first.before)).member("after", to_string(first.after));
      json.member("claimed", std::string_view(first.claimed)).member("foundBy", std::string_view(first.found_by));
    }
    json.end_object();
  }
  json.end_object();
  return std::move(json).take();
}

}  // namespace acrbiter::cli::report

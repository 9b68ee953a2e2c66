#include "cli/report/audit_report.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "cli/migrate/parts.h"
#include "cli/missing.h"
#include "cli/report/migration_report.h"
#include "cli/report/text.h"
#include "cli/report/timeline_report.h"
#include "evaluator/operations.h"
#include "model/ascii.h"
#include "model/shell_word.h"

namespace acrbiter::cli::report {
namespace {

namespace migration = evaluator::migration;

using evaluator::Operation;
using migration::Change;
using migration::Note;
using migration::Plan;
using migration::PlannedAssignment;
using migration::Who;

using WhoKey = std::pair<std::string, std::string>;
WhoKey key_of(const Who& who) { return {who.kind, model::ascii_lower(who.id)}; }

bool loses(const Change& change) {
  return change.kind == Change::Kind::Lost || change.kind == Change::Kind::PossiblyLost;
}
bool certain(const Change& change) { return change.kind == Change::Kind::Lost || change.kind == Change::Kind::Gained; }

/// "are" or "is".
std::string_view number(std::size_t count, std::string_view one, std::string_view many) {
  return count == 1 ? one : many;
}

/// Ids of operations in the order of the catalogue, each once.
std::vector<std::string> in_order(const std::set<std::string>& ids) {
  std::vector<std::string> result;
  for (const Operation& operation : evaluator::operations()) {
    if (ids.contains(std::string(operation.id))) result.emplace_back(operation.id);
  }
  for (const std::string& id : ids) {
    if (evaluator::find_operation(id) == nullptr) result.push_back(id);
  }
  return result;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

/// What a reason of changes means inside a sentence.
struct Meaning {
  std::string_view what, why;
  friend bool operator==(const Meaning&, const Meaning&) = default;
};
Meaning lost_in_words(std::string_view reason) {
  static constexpr std::array<std::pair<std::string_view, Meaning>, 10> kWords{{
      {"soft-delete", {"soft-deleted artifacts", "inevitable: no data action exists for them"}},
      {"content-trust", {"content trust", "inevitable: the ABAC mode does not support it"}},
      {"quarantine", {"quarantined artifacts", "quarantine is not known to be in use, so no role for it is assigned"}},
      {"quick-build",
       {"pushing by quick builds as they are run today", "inevitable: the ABAC mode asks for the caller"}},
      {"quick-build-right",
       {"pushing by quick builds without a right to push", "those who build need Repository Writer as well"}},
      {"task-without-identity",
       {"the default access of tasks", "inevitable: a task needs an identity in the ABAC mode"}},
      {"left-out", {"what the plan leaves out on purpose", "the section on who has what today says why"}},
      {"deny-assignment", {"what a deny assignment takes", "it covers the data actions of the ABAC mode"}},
      {"untag", {"removing tags", "the ABAC mode asks for another right"}},
      {"not-expressible", {"what no assignment of the plan gives", "a choice of the plan"}},
  }};
  for (const auto& [code, words] : kWords) {
    if (code == reason) return words;
  }
  return {"what the ABAC mode does not give", "its rules differ"};
}
Meaning gained_in_words(std::string_view reason) {
  if (reason == "role-holds-more") return {"what new roles hold beyond the old ones", "no narrower role was chosen"};
  if (reason == "dormant-grant") return {"what assignments give that are there already", "they begin to count"};
  if (reason == "deny-assignment") return {"what a deny assignment no longer takes", "it covers legacy rights alone"};
  return {"what the ABAC mode gives", "its rules differ"};
}

std::string_view meaning(migration::Strategy strategy) {
  switch (strategy) {
    case migration::Strategy::Preserve:
      return "whoever has access today keeps it, as far as roles of the ABAC mode can express it";
    case migration::Strategy::Official:
      return "the table of Microsoft's guide, to the letter";
    case migration::Strategy::Least:
      return "whoever has access through a role that names registry data keeps it; access through wildcards ends";
  }
  return {};
}

class Audit {
 public:
  explicit Audit(const AuditSubject& subject)
      : s_(subject), plan_(subject.review.plan), words_(timeline_words(subject.timeline)) {
    know_everybody();
  }

  Document document() {
    std::vector<std::string> names;
    for (const auto& registry : plan_.registries) names.push_back(registry.name);
    document_.title = "Migration to the ABAC mode: " + listed(names);
    document_.lead = Prose("Audit report, made by acrbiter ").plain(s_.version).plain(" from exports, offline.");
    summary();
    harm();
    assignments();
    changes();
    residue();
    open();
    tasks();
    untouched();
    old_assignments();
    timeline();
    assumptions();
    not_in_the_data();
    inputs();
    proof();
    check_again();
    signature();
    today();
    identities();
    operations();
    return std::move(document_);
  }

 private:
  // ---- parts ------------------------------------------------------------------------------------------------

  void section(std::string title) { document_.sections.push_back({std::move(title), {}}); }
  void put(Block block) { document_.sections.back().blocks.push_back(std::move(block)); }
  void say(Prose text) { put(Paragraph{std::move(text)}); }

  void know_everybody() {
    const auto know = [&](const Who& who) { everybody_.emplace(key_of(who), &who); };
    for (const auto* list : {&plan_.switch_alone, &plan_.changes, &plan_.elsewhere}) {
      for (const Change& change : *list) {
        for (const Who& who : change.who) know(who);
      }
    }
    for (const PlannedAssignment& assignment : plan_.assignments) know(assignment.principal);
    for (const migration::Carrier& carrier : plan_.carriers) know(carrier.principal);
    for (const auto* list : {&plan_.remove, &plan_.keep}) {
      for (const auto& old : *list) know(old.principal);
    }
    for (const auto& [key, who] : everybody_) ++called_[escape(shown(*who))];
  }

  static const std::string& shown(const Who& who) { return who.name.empty() ? who.id : who.name; }

  /// `group` and so on, the name, and the id where several are called the same.
  Prose& tell(const Who& who, Prose& text) const {
    if (who.kind == "token" || who.kind == "task")
      text.plain(who.kind + " ");
    else if (who.type == "Group")
      text.plain("group ");
    text.name(shown(who));
    const auto found = called_.find(escape(shown(who)));
    if (found != called_.end() && found->second > 1) text.plain(" ").code(who.id);
    return text;
  }
  [[nodiscard]] Prose with_id(const Who& who) const {
    Prose text;
    if (who.kind == "token" || who.kind == "task")
      text.plain(who.kind + " ");
    else if (who.type == "Group")
      text.plain("group ");
    text.name(shown(who));
    if (shown(who) != who.id) text.line_break().code(who.id);
    return text;
  }
  [[nodiscard]] Prose all_of(const migration::People& list) const {
    Prose text;
    bool first = true;
    for (const Who& who : list) {
      if (!std::exchange(first, false)) text.plain(", ");
      tell(who, text);
    }
    return text;
  }

  [[nodiscard]] static Prose where(const std::string& registry, const std::string& names, bool whole) {
    Prose text;
    text.name(registry);
    if (whole) return text.line_break().plain("the registry as a whole");
    if (names == "**") return text.line_break().plain("every repository");
    return text.line_break().code(names);
  }

  static std::string kind_in_words(Change::Kind kind) {
    std::string text(word(kind));
    std::replace(text.begin(), text.end(), '-', ' ');
    return text;
  }

  /// Identities that a kind of change is about.
  template <class Which>
  static std::size_t people(const std::vector<Change>& list, const Which& which) {
    std::set<WhoKey> who;
    for (const Change& change : list) {
      if (!which(change)) continue;
      for (const Who& one : change.who) who.insert(key_of(one));
    }
    return who.size();
  }

  /// "soft-deleted artifacts for 11 identities (…); content trust for 2 identities (…)", in the order of the changes.
  static std::string by_reason(const std::vector<Change>& list, Change::Kind kind, Meaning (*words)(std::string_view)) {
    std::vector<std::pair<Meaning, std::set<WhoKey>>> reasons;  // equal words become one
    for (const Change& change : list) {
      if (change.kind != kind) continue;
      const Meaning text = words(change.reason);
      auto known = std::find_if(reasons.begin(), reasons.end(), [&](const auto& r) { return r.first == text; });
      if (known == reasons.end()) known = reasons.insert(known, {text, {}});
      for (const Who& who : change.who) known->second.insert(key_of(who));
    }
    std::vector<std::string> parts;
    for (const auto& [text, who] : reasons) {
      parts.push_back(
          fmt::format("{} for {} ({})", text.what, counted(who.size(), "identity", "identities"), text.why));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  // ---- summary ----------------------------------------------------------------------------------------------

  void summary() {
    section("Summary");
    List five{.numbered = true, .items = {}};
    five.items.push_back(what_moves());
    five.items.push_back(what_is_kept());
    const std::string lost = by_reason(plan_.changes, Change::Kind::Lost, lost_in_words);
    five.items.push_back(
        Prose().strong("Lost:").plain(" ").plain(lost.empty() ? "nobody loses anything." : fmt::format("{}.", lost)));
    five.items.push_back(what_is_gained());
    five.items.push_back(what_is_open());
    put(std::move(five));

    Table table{.caption = "What this report is about", .header = {"Item", "Value"}, .rows = {}, .widths = {20, 80}};
    for (const auto& registry : plan_.registries) {
      Prose text;
      text.name(registry.name);
      if (!registry.login_server.empty()) text.plain(", ").code(registry.login_server);
      if (!registry.id.empty()) text.line_break().code(registry.id);
      table.rows.push_back({"Registry", std::move(text)});
    }
    table.rows.push_back({"Strategy", Prose(fmt::format("{}: {}", word(plan_.strategy), meaning(plan_.strategy)))});
    table.rows.push_back({"Custom roles", plan_.custom_roles ? "allowed where no built-in role fits" : "not allowed"});
    table.rows.push_back({"State of the data",
                          s_.at.empty() ? Prose("as exported; the exports do not say when that was, see the signature")
                                        : Prose("as exported, looked at as of ").code(s_.at)});
    Prose file;
    file.code(s_.plan_path).line_break().plain("SHA-256 ").code(s_.plan_digest);
    table.rows.push_back({"Plan", std::move(file)});
    if (!s_.review.as_made) {
      table.rows.push_back(
          {"Edited", Prose()
                         .strong("The plan is not what the planner makes of this data:")
                         .plain(" it was edited, made by another version or from other data. It was proven as it is. "
                                "Names and lists in this report come from the data; reasons and remarks about the "
                                "plan's own items are the words of whoever edited it.")});
    }
    put(std::move(table));
  }

  Prose what_moves() const {
    Prose text;
    text.strong("What moves:").plain(" ");
    for (std::size_t i = 0; i < plan_.registries.size(); ++i) {
      if (i != 0) text.plain(i + 1 == plan_.registries.size() ? " and " : ", ");
      text.name(plan_.registries[i].name);
    }
    const auto custom = std::count_if(plan_.roles.begin(), plan_.roles.end(), [](const auto& r) { return r.custom(); });
    std::string how = plan_.assignments.empty() ? std::string("without new role assignments")
                                                : "with " + counted(plan_.assignments.size(), "new role assignment");
    if (custom > 0) how += fmt::format(" and {}", counted(static_cast<std::size_t>(custom), "custom role"));
    return text.plain(fmt::format(" {} from the legacy permission mode to the ABAC mode {}.",
                                  number(plan_.registries.size(), "moves", "move"), how));
  }

  Prose what_is_kept() const {
    std::set<WhoKey> workloads;
    for (const Change& change : plan_.switch_alone) {
      if (!loses(change)) continue;
      for (const Who& who : change.who) {
        if (!who.workloads.empty()) workloads.insert(key_of(who));
      }
    }
    const std::size_t all = people(plan_.switch_alone, loses);
    std::string alone =
        all == 0 ? std::string("the switch alone would end nobody's access")
                 : fmt::format("the switch alone would end access of {}{}", counted(all, "identity", "identities"),
                               workloads.empty() ? std::string()
                                                 : fmt::format(", {} of which pull{} for known workloads",
                                                               workloads.size(), workloads.size() == 1 ? "s" : ""));
    const std::string_view except = plan_.changes.empty() ? "" : ", except for what sentences 3 to 5 name";
    return Prose()
        .strong("What is kept:")
        .plain(" ")
        .plain(fmt::format("{}; with the plan every access stays what it is today, proven for every identity, "
                           "operation and repository name that could exist{}.",
                           alone, except));
  }

  Prose what_is_gained() const {
    std::string text = by_reason(plan_.changes, Change::Kind::Gained, gained_in_words);
    const std::size_t elsewhere =
        people(plan_.elsewhere, [](const Change& change) { return change.kind == Change::Kind::Gained; });
    if (elsewhere > 0) {
      text += fmt::format("{}access to registries that are not in this plan for {}", text.empty() ? "" : "; ",
                          counted(elsewhere, "identity", "identities"));
    }
    return Prose().strong("Gained:").plain(" ").plain(text.empty() ? "nobody gains anything." : text + ".");
  }

  Prose what_is_open() const {
    std::vector<std::string> parts;
    const auto uncertain = [](const Change& change) { return !certain(change); };
    if (const std::size_t count = people(plan_.changes, uncertain); count > 0)
      parts.push_back(
          fmt::format("the data does not settle everything about {}", counted(count, "identity", "identities")));
    if (!plan_.open.empty())
      parts.push_back(fmt::format("{} left to people", counted(plan_.open.size(), "point is", "points are")));
    if (words_.refused > 0) {
      parts.push_back(fmt::format("{} can be refused with 401 after the switch, {}, although the roles are in place",
                                  counted(words_.refused, "client"), words_.how_long));
    }
    return Prose().strong("Open:").plain(" ").plain(
        parts.empty() ? std::string("nothing is left to people, and no client is known that would be refused with 401.")
                      : listed(parts) + ".");
  }

  // ---- harm -------------------------------------------------------------------------------------------------

  /// What one identity loses or gains on one registry.
  struct Harm {
    const Who* who = nullptr;
    std::string registry;
    struct Part {
      bool certain = true;
      std::string names;  ///< a pattern
      auto operator<=>(const Part& other) const {
        return std::tuple(!certain, names != "**", names) <=>
               std::tuple(!other.certain, other.names != "**", other.names);
      }
    };
    std::map<Part, std::set<std::string>> operations;  ///< ids

    [[nodiscard]] bool pulls() const {
      return std::any_of(operations.begin(), operations.end(), [](const auto& o) { return o.second.contains("pull"); });
    }
    [[nodiscard]] std::set<std::string> all() const {
      std::set<std::string> ids;
      for (const auto& [part, some] : operations) ids.insert(some.begin(), some.end());
      return ids;
    }
  };

  [[nodiscard]] std::vector<Harm> harm_rows(bool losses) const {
    std::map<std::pair<WhoKey, std::string>, Harm> rows;
    for (const Change& change : plan_.switch_alone) {
      if (loses(change) != losses) continue;
      for (const Who& who : change.who) {
        Harm& row = rows[{key_of(who), change.registry}];
        row.who = &who;
        row.registry = change.registry;
        row.operations[{certain(change), change.names}].insert(change.operations.begin(), change.operations.end());
      }
    }
    std::vector<Harm> result;
    for (auto& [key, row] : rows) result.push_back(std::move(row));
    std::stable_sort(result.begin(), result.end(), [](const Harm& a, const Harm& b) {
      const auto rank = [](const Harm& h) {
        return std::tuple(h.who->workloads.empty(), !h.pulls(), h.who->type != "ServicePrincipal",
                          model::ascii_lower(shown(*h.who)), h.registry);
      };
      return rank(a) < rank(b);
    });
    return result;
  }

  /// What becomes of a row of harm with the plan.
  [[nodiscard]] Prose with_plan(const Harm& row) const {
    const std::set<std::string> all = row.all();
    std::set<std::string> lost, open;
    for (const Change& change : plan_.changes) {
      if (!loses(change) || !model::equal_ignoring_case(change.registry, row.registry)) continue;
      if (std::none_of(change.who.begin(), change.who.end(),
                       [&](const Who& who) { return key_of(who) == key_of(*row.who); }))
        continue;
      for (const std::string& id : change.operations) {
        if (all.contains(id)) (certain(change) ? lost : open).insert(id);
      }
    }
    if (lost.empty() && open.empty()) return "kept";
    Prose text;
    const auto say = [&](std::string_view word, const std::set<std::string>& which) {
      if (which.empty()) return;
      if (!text.empty()) text.line_break();
      text.strong(std::string(word)).plain(which == all ? std::string(": all of it") : ": " + joined(in_order(which)));
    };
    say("lost", lost);
    say("open", open);
    const bool rest = std::any_of(all.begin(), all.end(),
                                  [&](const std::string& id) { return !lost.contains(id) && !open.contains(id); });
    return rest ? text.line_break().plain("the rest is kept") : text;
  }

  [[nodiscard]] Table harm_table(std::string caption, const std::vector<Harm>& rows, bool losses) const {
    Table table{.caption = std::move(caption),
                .header = {"Identity", "Workloads", "Registry", losses ? "What ends" : "What begins"},
                .rows = {},
                .widths = {24, 16, 12, 48}};
    if (losses) {
      table.header.insert(table.header.end(), {"First command to fail", "With the plan"});
      table.widths = {19, 12, 10, 28, 12, 19};
    }
    for (const Harm& row : rows) {
      Prose workloads;
      for (std::size_t i = 0; i < row.who->workloads.size(); ++i) {
        if (i != 0) workloads.line_break();
        workloads.name(row.who->workloads[i]);
      }
      if (workloads.empty()) workloads.plain("none known");
      Prose what;
      for (const auto& [part, ids] : row.operations) {
        if (!what.empty()) what.line_break();
        if (!part.certain) what.plain("possibly: ");
        if (part.names != "**") what.code(part.names).plain(": ");
        what.plain(joined(in_order(ids)));
      }
      std::vector<Prose> cells = {with_id(*row.who), std::move(workloads), Prose().name(row.registry), std::move(what)};
      if (losses) {
        Prose command;
        const Operation* first = evaluator::find_operation(in_order(row.all()).front());
        if (first != nullptr && !first->client.empty()) command.code(std::string(first->client));
        cells.push_back(std::move(command));
        cells.push_back(with_plan(row));
      }
      table.rows.push_back(std::move(cells));
    }
    return table;
  }

  void harm() {
    section("What the switch alone would end");
    const std::vector<Harm> rows = harm_rows(true);
    if (rows.empty()) {
      say("Nothing: nobody loses access to data by the switch.");
    } else {
      say("If the registries were switched and nothing assigned. Identities that workloads pull with come first. Where "
          "no names are given it is about every repository; what each operation stands for is in the last section.");
      put(harm_table("Harm of the switch alone", rows, true));
    }
    if (const std::vector<Harm> gains = harm_rows(false); !gains.empty()) {
      say("The switch also lets assignments count that have no effect today.");
      put(harm_table("What the switch alone would add", gains, false));
    }
  }

  // ---- what is assigned and what changes --------------------------------------------------------------------

  [[nodiscard]] std::string role_name(const std::string& guid) const {
    return std::string(migrate::name_of_role(plan_, guid));
  }

  /// What an assignment of today is called: its role where that is known, and the end of its id.
  void tell_old(const std::string& id, Prose& text) const {
    const auto carrier = std::find_if(plan_.carriers.begin(), plan_.carriers.end(),
                                      [&](const auto& c) { return model::equal_ignoring_case(c.id, id); });
    if (carrier != plan_.carriers.end()) text.name(carrier->role).plain(" ");
    text.code(std::string(migrate::last_segment(id)));
  }

  void assignments() {
    section("New role assignments");
    if (plan_.assignments.empty()) {
      say("None.");
      return;
    }
    say("Their names are made from scope, principal and role, so they are the same in every run. What each replaces is "
        "in full in the section on who has what today.");
    Table table{.caption = counted(plan_.assignments.size(), "new role assignment"),
                .header = {"To", "Role", "Scope", "Name of the assignment", "Replaces"},
                .rows = {},
                .widths = {20, 20, 20, 18, 22}};
    for (const PlannedAssignment& assignment : plan_.assignments) {
      Prose role;
      role.name(role_name(assignment.role)).line_break().code(assignment.role);
      Prose old;
      for (const std::string& id : assignment.replaces) {
        if (!old.empty()) old.line_break();
        tell_old(id, old);
      }
      if (!assignment.note.empty()) {
        if (!old.empty()) old.line_break();
        old.plain(assignment.note);
      }
      if (old.empty()) old.plain("nothing");
      table.rows.push_back({with_id(assignment.principal), std::move(role), Prose().code(assignment.scope),
                            Prose().code(assignment.name), std::move(old)});
    }
    put(std::move(table));
    Table roles{.caption = "Custom roles to be created first",
                .header = {"Role", "Data actions", "Assignable at"},
                .rows = {},
                .widths = {30, 45, 25}};
    for (const migration::PlannedRole& role : plan_.roles) {
      if (!role.custom()) continue;
      Prose name;
      name.name(role.name).line_break().code(role.guid);
      roles.rows.push_back({std::move(name), lines_of(role.data_actions), lines_of(role.assignable_scopes)});
    }
    if (!roles.rows.empty()) put(std::move(roles));
  }

  static Prose lines_of(const std::vector<std::string>& list) {
    Prose text;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (i != 0) text.line_break();
      text.code(list[i]);
    }
    return text;
  }

  [[nodiscard]] Table changes_table(std::string caption, const std::vector<Change>& list) const {
    Table table{.caption = std::move(caption),
                .header = {"Change", "Operations", "Where", "Who", "Because"},
                .rows = {},
                .widths = {9, 24, 17, 28, 22}};
    for (const Change& change : list) {
      table.rows.push_back({kind_in_words(change.kind), joined(change.operations),
                            where(change.registry, change.names, change.example.empty()), all_of(change.who),
                            change.because});
    }
    return table;
  }

  void changes() {
    section("What still changes with the plan");
    if (plan_.changes.empty()) {
      say("Nothing: everybody's access to the data is afterwards what it is today.");
    } else {
      say("Proven to be complete: every access that is not listed here stays what it is today. Possibly lost or gained "
          "is what the data leaves open.");
      put(changes_table("Changes on the registries of the plan", plan_.changes));
    }
    if (!plan_.elsewhere.empty()) {
      say("Assignments above a registry also count on others below the same scope that are in the ABAC mode already.");
      put(changes_table("Changes on other registries", plan_.elsewhere));
    }
  }

  // ---- notes ------------------------------------------------------------------------------------------------

  [[nodiscard]] static Table notes_table(std::string caption, const std::vector<Note>& list) {
    Table table{.caption = std::move(caption),
                .header = {"About", "What", "Command that helps", "Source"},
                .rows = {},
                .widths = {20, 42, 22, 16}};
    for (const Note& note : list) {
      Prose about;
      if (note.subject.empty())
        about.plain(note.code);
      else
        about.name(std::string(migrate::last_segment(note.subject)));
      Prose command;
      if (!note.command.empty()) command.code(note.command);
      table.rows.push_back({std::move(about), note.text, std::move(command), note.source});
    }
    return table;
  }

  void residue() {
    section("Residue: what no assignment of the plan preserves");
    if (plan_.residue.empty())
      say("None.");
    else
      put(notes_table("Residue", plan_.residue));
  }

  void open() {
    section("For people to decide or to look up");
    if (plan_.open.empty())
      say("Nothing.");
    else
      put(notes_table("Open points", plan_.open));
  }

  void tasks() {
    section("Tasks");
    if (!s_.snapshot.tasks_given) say("The data has no list of tasks: whether there are any is not known.");
    if (plan_.tasks.empty()) {
      if (s_.snapshot.tasks_given) say("The registries have none.");
      return;
    }
    Table table{.caption = "What each task needs",
                .header = {"Task", "Registry", "Identity", "Needs"},
                .rows = {},
                .widths = {20, 20, 25, 35}};
    for (const migration::TaskNeed& task : plan_.tasks) {
      Prose identity;
      if (task.identity.empty())
        identity.plain("none");
      else
        identity.code(task.identity).plain(task.set_already ? ", in use already" : ", not in use yet");
      table.rows.push_back({Prose().name(task.name), Prose().name(task.registry), std::move(identity), task.need});
    }
    put(std::move(table));
  }

  void untouched() {
    section("Not touched by the switch");
    say("These ways in do not depend on the permission mode: the plan neither closes nor opens them.");
    Table table{.caption = "Ways in that stay as they are",
                .header = {"Registry", "What", "Source"},
                .rows = {},
                .widths = {22, 58, 20}};
    for (const Note& note : plan_.untouched) {
      Prose text;
      if (note.code.ends_with("-on")) text.strong("Warning:").plain(" ");
      table.rows.push_back({Prose().name(note.subject), text.plain(note.text), note.source});
    }
    put(std::move(table));
  }

  void old_assignments() {
    section("Old role assignments");
    if (plan_.remove.empty() && plan_.keep.empty()) say("None gives nothing but legacy rights over data.");
    const auto list = [&](std::string caption, const std::vector<migration::OldAssignment>& old) {
      Table table{.caption = std::move(caption),
                  .header = {"Of", "Role", "Id", "Remark"},
                  .rows = {},
                  .widths = {20, 16, 38, 26}};
      for (const migration::OldAssignment& one : old) {
        Prose remark = one.note;
        if (!one.condition.empty()) {
          if (!remark.empty()) remark.line_break();
          remark.plain("Condition ").code(one.condition);
        }
        table.rows.push_back({with_id(one.principal), Prose().name(one.role), Prose().code(one.id), std::move(remark)});
      }
      put(std::move(table));
    };
    if (!plan_.remove.empty()) {
      say("Proven: once the registries are switched, removing these changes nobody's access.");
      list("To be removed once everything works", plan_.remove);
    }
    if (!plan_.keep.empty()) list("To be kept for now", plan_.keep);
  }

  // ---- timeline ---------------------------------------------------------------------------------------------

  void timeline() {
    section("Timeline: who is refused with 401, and for how long");
    say(Prose().plain(words_.sentence));
    if (!words_.order.empty()) say(Prose("Switch in this order: ").plain(words_.order));
    put(Picture{inline_svg()});
    Table phases{.caption = "Phases; T+0 is when the switch takes effect",
                 .header = {"Phase", "When", "What"},
                 .rows = {},
                 .widths = {12, 22, 66}};
    for (const auto& phase : words_.phases) phases.rows.push_back({phase.name, phase.when, phase.what});
    put(std::move(phases));
    for (const auto& registry : words_.registries) {
      Prose text;
      text.name(registry.name).plain(": " + registry.exposed);
      if (!registry.start.empty()) text.plain("; " + registry.start);
      say(text.plain("."));
      if (registry.clients.empty()) continue;
      Table table{.caption = fmt::format("Clients of {}, refused with 401 after T+0", quote(registry.name)),
                  .header = {"Clients", "Names", "If nobody acts", "Refreshed at once", "What shortens it"},
                  .rows = {},
                  .widths = {15, 29, 14, 14, 28}};
      for (const auto& clients : registry.clients) {
        Prose names;
        for (std::size_t i = 0; i < clients.names.size(); ++i) {
          if (i != 0) names.plain(", ");
          names.name(clients.names[i]);
        }
        table.rows.push_back({clients.kind, std::move(names), clients.nobody_acts, clients.refreshed, clients.action});
      }
      put(std::move(table));
    }
    List remarks;
    for (const std::string& line : words_.shared) remarks.items.emplace_back(line);
    for (const std::string& line : words_.figures) remarks.items.emplace_back(line);
    put(std::move(remarks));
  }

  /// Inside HTML an SVG needs no namespace.
  [[nodiscard]] std::string inline_svg() const {
    std::string svg = timeline_svg(s_.timeline);
    constexpr std::string_view kNamespace = " xmlns=\"http://www.w3.org/2000/svg\"";
    if (const std::size_t place = svg.find(kNamespace); place != std::string::npos) svg.erase(place, kNamespace.size());
    return svg;
  }

  // ---- what it rests on -------------------------------------------------------------------------------------

  void assumptions() {
    section("Assumptions made");
    say("Where Azure's documents are silent or contradict each other, one reading is taken. These are pinned, or "
        "answers about the plan's changes rest on them.");
    std::map<evaluator::AssumptionId, std::vector<std::string>> matters;
    for (const migration::RestsOn& one : s_.review.rests_on) matters[one.assumption] = one.operations;
    for (const evaluator::Assumption& entry : evaluator::assumption_register()) {
      if (s_.readings.pinned(entry.id)) matters.try_emplace(entry.id);
    }
    Table table{.caption = "Contested facts and the readings taken",
                .header = {"Fact", "Question", "Reading", "Concerns", "Source"},
                .rows = {},
                .widths = {18, 30, 14, 22, 16}};
    for (const auto& [id, operations] : matters) {
      const evaluator::Assumption& entry = evaluator::assumption(id);
      Prose reading;
      reading.code(std::string(s_.readings[id])).line_break().plain(s_.readings.pinned(id) ? "pinned" : "default");
      table.rows.push_back({Prose().code(std::string(entry.name)), entry.question, std::move(reading),
                            operations.empty() ? std::string("pinned for every answer") : joined(operations),
                            entry.source});
    }
    if (table.rows.empty())
      say("None is pinned, and no change of the plan rests on one.");
    else
      put(std::move(table));
    List standing;
    standing.items = {
        "Network rules and the age of credentials take no part in the proof: it is about rights. The timeline is about "
        "credentials.",
        "What role assignments reach is taken from the exports as they are; a change made after the export is not "
        "seen.",
        "Durations in the timeline are ranges from the sources named there, and none takes part in the proof."};
    if (!model::shows_all_denies(s_.snapshot))
      standing.items.emplace_back("There are no deny assignments where the data has no list of them.");
    put(std::move(standing));
  }

  void not_in_the_data() {
    section("What was not in the data");
    const std::vector<MissingDatum> missing = missing_data(s_.snapshot);
    if (missing.empty()) {
      say("Nothing that an answer about these registries is known to need.");
    } else {
      Table table{.caption = "Missing, and the command that exports it",
                  .header = {"What", "Of", "What an answer does without it", "Command"},
                  .rows = {},
                  .widths = {15, 18, 30, 37}};
      for (const MissingDatum& datum : missing) {
        Prose of;
        if (!datum.subject.empty()) of.name(datum.subject);
        table.rows.push_back({datum.what, std::move(of), datum.matters, Prose().code(datum.command)});
      }
      put(std::move(table));
    }
    if (s_.snapshot.warnings.empty()) return;
    Table table{.caption = "Warnings while the data was read",
                .header = {"File", "Warning", "What helps"},
                .rows = {},
                .widths = {30, 40, 30}};
    for (const model::Warning& warning : s_.snapshot.warnings) {
      Prose place;
      place.code(warning.where.file.empty() ? warning.code : warning.where.file);
      if (!warning.where.pointer.empty()) place.line_break().code(warning.where.pointer);
      table.rows.push_back({std::move(place), warning.where.message, warning.where.help});
    }
    put(std::move(table));
  }

  void inputs() {
    section("Digests of the inputs");
    if (!s_.then) {
      say("The plan carries no certificate: it does not say from which files it was made.");
    } else if (s_.then->plan != s_.now.plan) {
      say(Prose().strong("The plan was edited after it was made.").plain(" It was proven again as it is now."));
    } else {
      say("The plan is as it was made.");
    }
    Table table{.caption = "Files that this report was made from",
                .header = {"File", "Holds", "SHA-256", "Since the plan was made"},
                .rows = {},
                .widths = {26, 20, 41, 13}};
    Prose plan;
    plan.code(s_.plan_path);
    table.rows.push_back({std::move(plan), "the plan, with its certificate", Prose().code(s_.plan_digest), ""});
    std::set<std::string> same_digests, named;
    if (s_.then) {
      for (const auto& input : s_.then->inputs) same_digests.insert(input.digest);
    }
    for (const auto& input : s_.now.inputs) {
      named.insert(input.digest);
      const bool data = std::any_of(s_.snapshot.files.begin(), s_.snapshot.files.end(),
                                    [&](const model::SourceFile& f) { return f.path == input.path; });
      std::string since = !s_.then || !data                     ? "not recorded then"
                          : same_digests.contains(input.digest) ? "the same"
                                                                : "changed or new";
      Prose digest;
      if (input.digest.empty())
        digest.plain("could not be read again");
      else
        digest.code(input.digest);
      table.rows.push_back({Prose().code(input.path), holds(input.path), std::move(digest), std::move(since)});
    }
    if (s_.then) {
      for (const auto& input : s_.then->inputs) {
        if (named.contains(input.digest)) continue;
        table.rows.push_back({Prose().code(input.path), "what the plan was made from", Prose().code(input.digest),
                              "no longer read, or changed"});
      }
    }
    if (s_.now.inputs.empty()) {
      Prose what = "the sample tenant";
      table.rows.push_back({std::move(what), "part of acrbiter", "", ""});
    }
    put(std::move(table));
  }

  [[nodiscard]] std::string holds(const std::string& path) const {
    const auto file = std::find_if(s_.snapshot.files.begin(), s_.snapshot.files.end(),
                                   [&](const model::SourceFile& f) { return f.path == path; });
    if (file == s_.snapshot.files.end()) return "settings: pinned assumptions and short names";
    if (!file->read) return "not read: " + file->kind;
    std::vector<std::string> counts;
    for (const auto& [what, count] : file->counts) counts.push_back(fmt::format("{} {}", count, what));
    return file->kind + (counts.empty() ? "" : ": " + joined(counts)) + (file->incomplete ? "; a page is missing" : "");
  }

  void proof() {
    section("Proof");
    say("The plan's assignments were applied to the data, and what everybody may do before and after was compared with "
        "what “What still changes with the plan” lists, in two ways that do not share their reasoning. It was also "
        "checked that creating the "
        "assignments changes nothing before the switch, and removing the old ones nothing after it.");
    Table table{.caption = "What was compared; each on every repository name that could exist",
                .header = {"Way", "Combinations of identity, registry and operation"},
                .rows = {},
                .widths = {60, 40}};
    table.rows.push_back({"as sets of names", std::to_string(s_.proof.by_sets)});
    table.rows.push_back({s_.proof.everybody ? "by the interpreter, for each class of names that anything tells apart"
                                             : "by the interpreter, for those who have, get or lose any access there",
                          std::to_string(s_.proof.by_interpreter)});
    put(std::move(table));
    say("Result: the plan holds.");
  }

  void check_again() {
    section("How to check this again");
    say("With the files above in the same places, and without a network. First, the files are those of this report:");
    put(Commands{{s_.digest_command}});
    say("The plan holds for them. This has to say so and to end with exit code 0; a plan or a file that was changed is "
        "named, and the first difference is shown as a question:");
    put(Commands{{s_.verify_command}});
    say("This report, byte for byte:");
    put(Commands{{s_.report_command}});
    if (plan_.switch_alone.empty() || plan_.switch_alone.front().who.empty()) return;
    const Change& change = plan_.switch_alone.front();
    const std::string target = change.example.empty() ? change.registry : change.registry + "/" + change.example;
    const std::string as = spelling_of(change.who.front());
    say("Any single answer about today, with all its reasons, such as:");
    put(Commands{{fmt::format("acrbiter explain {} {} --as {}{}", change.operations.front(),
                              migrate::shell_text(target), migrate::shell_text(as), s_.question_options)}});
  }

  void signature() {
    section("Signature");
    say("I have read this report and checked what is written under “How to check this again”.");
    put(Fields{{"The data was exported on", "Remarks", "Name", "Role", "Place and date", "Signature"}});
  }

  // ---- appendices -------------------------------------------------------------------------------------------

  void today() {
    section("Appendix: who has what today");
    if (plan_.carriers.empty()) {
      say("No role assignment gives rights over data.");
      return;
    }
    const auto silent =
        std::count_if(plan_.carriers.begin(), plan_.carriers.end(), [](const auto& c) { return !c.on_purpose; });
    say(fmt::format("{} over data today, {} of them through wildcards such as */read.",
                    counted(plan_.carriers.size(), "role assignment gives rights", "role assignments give rights"),
                    silent));
    Table table{.caption = "Role assignments that give rights over data",
                .header = {"Who", "Role", "Assignment", "Rights", "Remark"},
                .rows = {},
                .widths = {18, 16, 32, 16, 18}};
    for (const migration::Carrier& carrier : plan_.carriers) {
      std::vector<std::string> remarks;
      if (!carrier.on_purpose) remarks.emplace_back("through wildcards");
      if (carrier.end) remarks.push_back("ends at " + *carrier.end);
      if (!carrier.left_out.empty()) remarks.push_back("not carried over: " + carrier.left_out);
      table.rows.push_back({with_id(carrier.principal), Prose().name(carrier.role), Prose().code(carrier.id),
                            joined(carrier.rights), fmt::format("{}", fmt::join(remarks, "; "))});
    }
    put(std::move(table));
  }

  void identities() {
    section("Appendix: identities named in this report");
    std::vector<const Who*> all;
    for (const auto& [key, who] : everybody_) all.push_back(who);
    std::stable_sort(all.begin(), all.end(), [](const Who* a, const Who* b) {
      return model::ascii_lower(shown(*a)) < model::ascii_lower(shown(*b));
    });
    Table table{.caption = counted(all.size(), "identity", "identities"),
                .header = {"Name", "Kind", "Id", "Workloads"},
                .rows = {},
                .widths = {28, 16, 32, 24}};
    for (const Who* who : all) {
      const std::string kind = who->kind != "entra" ? who->kind : who->type.empty() ? "not described" : who->type;
      Prose workloads;
      for (std::size_t i = 0; i < who->workloads.size(); ++i) {
        if (i != 0) workloads.plain(", ");
        workloads.name(who->workloads[i]);
      }
      table.rows.push_back({Prose().name(shown(*who)), kind, Prose().code(who->id), std::move(workloads)});
    }
    if (table.rows.empty())
      say("None.");
    else
      put(std::move(table));
  }

  void operations() {
    section("Appendix: operations");
    Table table{.caption = "What the operations stand for",
                .header = {"Operation", "Client command", "Source"},
                .rows = {},
                .widths = {25, 45, 30}};
    for (const Operation* operation : s_.operations) {
      Prose client;
      if (!operation->client.empty()) client.code(std::string(operation->client));
      table.rows.push_back({std::string(operation->id), std::move(client), operation->source});
    }
    put(std::move(table));
  }

  const AuditSubject& s_;
  const Plan& plan_;
  const TimelineWords words_;
  std::map<WhoKey, const Who*> everybody_;
  std::map<std::string, std::size_t> called_;  ///< how many are called so
  Document document_;
};

}  // namespace

Document audit_document(const AuditSubject& subject) { return Audit(subject).document(); }
std::string audit_markdown(const AuditSubject& subject) { return markdown(audit_document(subject)); }
std::string audit_html(const AuditSubject& subject) { return html(audit_document(subject)); }

}  // namespace acrbiter::cli::report

#include "evaluator/hints.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "evaluator/condition_request.h"
#include "evaluator/decider.h"
#include "evaluator/index.h"
#include "evaluator/supposition.h"
#include "model/ascii.h"
#include "model/box.h"
#include "model/condition_print.h"
#include "model/repository_set.h"

namespace acrbiter::evaluator {

using model::at;
using model::PermissionMode;
using model::PrincipalIndex;

namespace {

constexpr std::size_t kComparedNames = 5'000;  ///< names looked at for one suggestion
constexpr std::size_t kMostNear = 3;           ///< names suggested for one typed
constexpr std::size_t kTelling = 3;            ///< letters of a beginning that say which name is meant
constexpr std::size_t kTriedNames = 24;        ///< names decided for one hint
constexpr std::size_t kSeenGrants = 20'000;    ///< role assignments looked at for groups to join
constexpr std::size_t kTriedGroups = 24;       ///< groups decided for
constexpr std::size_t kGivenGroups = 3;
constexpr std::size_t kTriedConditions = 2;
constexpr std::size_t kTriedAssumptions = 2;

/// Edits (insert, delete, replace, swap neighbours) between two texts, letter case ignored.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  };
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0U : 1U)});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

template <class Visit>
void visit_leaves(const Node& node, Visit visit) {
  if (node.combine == Combine::Leaf) visit(node);
  for (const Node& child : node.children) visit_leaves(child, visit);
}

/// Repository names that a condition's literals suggest: the literal itself, and below it where it ends in a slash.
void names_in(const model::Expr& expr, std::string_view asked, std::set<std::string>& names) {
  const auto each = [&](const std::vector<model::Expr>& operands) {
    for (const model::Expr& operand : operands) names_in(operand, asked, names);
  };
  std::visit(model::Overloaded{
                 [](const model::ActionMatches&) {},
                 [](const model::SubOperationMatches&) {},
                 [](const model::Exists&) {},
                 [&](const model::Comparison& c) {
                   const auto add = [&](const model::Literal& literal) {
                     if (literal.type != model::ValueType::String || literal.text.size() > 256) return;
                     const std::string_view base = asked.substr(asked.rfind('/') + 1);
                     if (literal.text.ends_with('/'))
                       names.insert(literal.text + std::string(base));
                     else
                       names.insert(literal.text);
                   };
                   for (const model::Operand* operand : {&c.left, &c.right}) {
                     if (const auto* literal = std::get_if<model::Literal>(operand)) add(*literal);
                     if (const auto* set = std::get_if<model::LiteralSet>(operand)) {
                       for (const model::Literal& member : set->members) add(member);
                     }
                   }
                 },
                 [&](const model::Not& n) { names_in(*n.operand, asked, names); },
                 [&](const model::All& a) { each(a.operands); },
                 [&](const model::Any& a) { each(a.operands); },
                 [&](const model::MixedChain& m) { each(m.operands); },
             },
             expr.node);
}

/// The catalogue role with the fewest rights that serves one of the alternatives.
const model::RoleDefinition* smallest_role(const Engine::Index& index, const Needs& needs) {
  const model::RoleDefinition* best = nullptr;
  std::size_t best_size = 0;
  for (std::size_t r = 0; r < index.snapshot.roles.size(); ++r) {
    const model::RoleDefinition& role = index.snapshot.roles[r];
    if (!role.from_catalogue || role.permissions.size() != 1 ||
        role.permissions.front().condition != model::kNoCondition)
      continue;
    const RightMask& granted = index.roles[r].granted;
    const bool serves = std::any_of(needs.begin(), needs.end(), [&](const AllOf& rights) {
      return std::all_of(rights.begin(), rights.end(), [&](const Right& right) {
        const auto bit = index.bit_of(right);
        return bit && granted.test(*bit);
      });
    });
    if (!serves) continue;
    const std::size_t size =
        granted.count() * 100 + role.permissions.front().actions.size() + role.permissions.front().data_actions.size();
    if (best == nullptr || size < best_size) {
      best = &role;
      best_size = size;
    }
  }
  return best;
}

std::string_view word(PermissionMode mode) { return mode == PermissionMode::Abac ? "abac" : "legacy"; }

template <class Node>
model::Expr expr(Node node) {
  return {std::move(node), {}};
}

model::ConditionEntry entry(model::Expr root, std::string version) {
  model::ConditionEntry result;
  result.version = std::move(version);
  result.parsed = model::Condition{{}, std::move(root)};
  return result;
}

/// True of exactly the repository `name`.
model::Expr is_called(const std::string& name) {
  model::Comparison test;
  test.left = model::Attribute{model::AttributeSource::Request, std::string(kRepositoryNameAttribute), {}};
  test.op = {.relation = model::OperatorRelation::Equals, .ignore_case = true};
  model::Literal literal;
  literal.text = name;
  test.right = std::move(literal);
  return expr(model::Box<model::Comparison>(std::move(test)));
}

/// The parts of `expr` that compare the repository name with one text and hold if it matches.
void name_tests(model::Expr& expr, std::vector<model::Expr*>& found) {
  const auto each = [&](std::vector<model::Expr>& operands) {
    for (model::Expr& operand : operands) name_tests(operand, found);
  };
  std::visit(model::Overloaded{
                 [](model::ActionMatches&) {},
                 [](model::SubOperationMatches&) {},
                 [](model::Exists&) {},
                 [&](model::Box<model::Comparison>& boxed) {
                   const model::Comparison& c = *boxed;
                   const auto* attribute = std::get_if<model::Attribute>(&c.left);
                   const auto* literal = std::get_if<model::Literal>(&c.right);
                   if (attribute != nullptr && attribute->source == model::AttributeSource::Request &&
                       same_attribute(attribute->text, kRepositoryNameAttribute) && literal != nullptr &&
                       literal->type == model::ValueType::String && c.quantifier == model::Quantifier::None &&
                       c.op.family == model::OperatorFamily::String && !c.op.negated)
                     found.push_back(&expr);
                 },
                 [&](model::Not& n) { name_tests(*n.operand, found); },
                 [&](model::All& a) { each(a.operands); },
                 [&](model::Any& a) { each(a.operands); },
                 [&](model::MixedChain& m) { each(m.operands); },
             },
             expr.node);
}

/// Is `changed` true of all that `given` is true of, for this request and for every other right?
bool takes_nothing_away(const model::ConditionEntry& given, const model::ConditionEntry& changed,
                        const ConditionRequest& request) {
  const auto rights = catalogue_rights();
  return std::all_of(rights.begin(), rights.end(), [&](const Right& right) {
    ConditionRequest other = request;
    other.right = right;
    return evaluate_truth(*changed.parsed, *RequestEnvironment(other, changed)) >=
           evaluate_truth(*given.parsed, *RequestEnvironment(other, given));
  });
}

/// What may have been meant where a name is compared with `text`: letter case, a slash or the registry's host too much,
/// a slash or a star too little.
std::vector<std::pair<model::Operator, std::string>> meant(model::Operator op, const std::string& text,
                                                           std::string_view login_server) {
  std::vector<std::pair<model::Operator, std::string>> result;
  if (!op.ignore_case && model::has_capital(text)) result.emplace_back(op, model::ascii_lower(text));
  if (text.starts_with('/')) result.emplace_back(op, text.substr(1));
  if (!login_server.empty() && model::starts_with_ignoring_case(text, std::string(login_server) + "/"))
    result.emplace_back(op, text.substr(login_server.size() + 1));
  const std::string folder = text.ends_with('/') ? text : text + "/";
  if (op.relation == model::OperatorRelation::Equals) {
    op.relation = model::OperatorRelation::StartsWith;
    result.emplace_back(op, folder);
  } else if (op.relation == model::OperatorRelation::Like && text.find_first_of("*?\\") == std::string::npos) {
    result.emplace_back(op, folder + "*");
  }
  return result;
}

/// The condition that keeps an assignment of `role` to the repository `name`: for each of the role's actions that
/// carry a name, as the portal writes it. Nothing if the role has patterns, or no such action.
std::optional<model::ConditionEntry> condition_for(const model::RoleDefinition& role, const std::string& name) {
  std::vector<model::Expr> guards;
  for (const std::string& action : role.permissions.front().data_actions) {
    if (action.find('*') != std::string::npos) return std::nullopt;
    if (!carries_repository_name(action)) continue;
    guards.push_back(expr(model::Not{model::Box<model::Expr>(expr(model::ActionMatches{action}))}));
  }
  if (guards.empty()) return std::nullopt;
  model::Expr guard = guards.size() == 1 ? std::move(guards.front()) : expr(model::All{std::move(guards)});
  model::ConditionEntry result = entry(expr(model::Any{{std::move(guard), is_called(name)}}), "2.0");
  // On one line: no word of it contains a blank.
  for (const char c : model::print_condition(*result.parsed)) {
    const bool blank = c == ' ' || c == '\n';
    if (blank && (result.text.empty() || result.text.back() == ' ' || result.text.back() == '(')) continue;
    if (c == ')' && result.text.back() == ' ') result.text.pop_back();
    result.text += blank ? ' ' : c;
  }
  return result;
}

/// Looks for what would change one answer. Whatever is offered was asked of the engine.
class Finder {
 public:
  Finder(const Engine& engine, const Engine::Index& index, const ResolvedQuestion& question, const Decision& decision)
      : engine_(engine),
        index_(index),
        snapshot_(index.snapshot),
        question_(question),
        operation_(*question.operation),
        decision_(decision),
        registry_(snapshot_.registries[question.registry]),
        asker_(std::get_if<EntraAsker>(&question.asker)) {
    for (const PermissionMode mode : {PermissionMode::Legacy, PermissionMode::Abac}) {
      if (!registry_.mode || *registry_.mode == mode) modes_.push_back(mode);
    }
  }

  std::vector<Hint> find() {
    nearest_name();
    if (asker_ != nullptr) condition_changes();
    eligible_roles();
    if (!registry_.mode) modes();
    readings();
    if (asker_ != nullptr) memberships();
    if (asker_ != nullptr) roles();
    if (registry_.mode) modes();
    if (asker_ != nullptr && operation_.plane == Plane::Data) other_ways();
    return std::move(hints_);
  }

 private:
  void add(Hint::Kind kind, std::string_view subject, std::string_view detail = {}) {
    hints_.push_back({.kind = kind, .subject = std::string(subject), .detail = std::string(detail), .assignment = {}});
  }
  [[nodiscard]] bool allowed(const ResolvedQuestion& question) const {
    return engine_.decide(question) == Verdict::Allow;
  }
  /// Something that may be supposed of the registry and the asker; nothing yet.
  [[nodiscard]] Supposition supposing() const {
    Supposition result;
    result.registry = question_.registry;
    if (asker_ != nullptr && asker_->known) result.asker = asker_->principal;
    return result;
  }
  [[nodiscard]] Verdict verdict_if(const Supposition& supposition) const {
    return verdict_of(Decider(index_, question_, nullptr, &supposition).decide(nullptr));
  }
  /// Names a repository that a condition could name.
  [[nodiscard]] bool about_one_repository() const {
    return operation_.takes_repository && model::is_legal_repository_name(question_.text->repository);
  }

  /// The nearest repository that the same question would be answered yes for.
  void nearest_name() {
    const std::string& asked_name = question_.text->repository;
    std::set<std::string> candidates;
    visit_leaves(decision_.root, [&](const Node& leaf) {
      if (leaf.finding.reason != Reason::ConditionFalse) return;
      for (const ConditionOutcome& outcome : leaf.finding.conditions) {
        if (const auto& parsed = snapshot_[outcome.condition].parsed) names_in(parsed->root, asked_name, candidates);
      }
    });
    if (!candidates.empty() && registry_.repositories)
      candidates.insert(registry_.repositories->begin(), registry_.repositories->end());
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (const std::string& name : candidates) {
      if (ranked.size() < kComparedNames && name.size() <= 512)
        ranked.emplace_back(edit_distance(name, asked_name), name);
    }
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < std::min(kTriedNames, ranked.size()); ++i) {
      Question asked = *question_.text;
      asked.repository = ranked[i].second;
      ResolvedQuestion other = question_;
      other.text = refer_to(asked);
      if (allowed(other)) return add(Hint::Kind::NearestName, ranked[i].second);
    }
  }

  /// Conditions of the asker's own assignments that fail on the name alone.
  void condition_changes() {
    if (!about_one_repository()) return;
    std::set<std::size_t> tried;
    visit_leaves(decision_.root, [&](const Node& leaf) {
      const Finding& finding = leaf.finding;
      if (finding.reason != Reason::ConditionFalse || !finding.assignment) return;
      if (tried.size() == kTriedConditions || !tried.insert(*finding.assignment).second) return;
      const model::RoleAssignment& assignment = snapshot_.role_assignments[*finding.assignment];
      if (!covers_registry(assignment.scope)) return;
      if (assignment.condition == model::kNoCondition || assignment.condition == model::kConditionNotShown) return;
      const model::ConditionEntry& given = snapshot_[assignment.condition];
      if (!given.parsed) return;
      change_value(*finding.assignment, given, finding.conditions);
      const model::Expr alternative = is_called(question_.text->repository);
      const model::ConditionEntry wider = entry(expr(model::Any{{given.parsed->root, alternative}}), given.version);
      if (!allowed_with(assignment.role, wider)) return;
      add(Hint::Kind::ConditionAlternative, assignment_id(snapshot_, assignment), model::print_expression(alternative));
      hints_.back().assignment = *finding.assignment;
    });
  }

  [[nodiscard]] bool covers_registry(model::ScopeIndex scope) const {
    const auto& chain = index_.registries[question_.registry].chain;
    return std::any_of(chain.begin(), chain.end(),
                       [&](const ChainScope& above) { return above.scope == scope && above.covers == Truth::True; });
  }

  /// One comparison that may have been meant otherwise.
  void change_value(std::size_t assignment, const model::ConditionEntry& given,
                    std::span<const ConditionOutcome> outcomes) {
    const auto own = std::find_if(outcomes.begin(), outcomes.end(), [](const ConditionOutcome& outcome) {
      return !outcome.of_role && outcome.request != nullptr;
    });
    if (own == outcomes.end()) return;
    model::ConditionEntry changed = entry(given.parsed->root, given.version);
    std::vector<model::Expr*> tests;
    name_tests(changed.parsed->root, tests);
    const std::string_view server = registry_.login_server ? std::string_view(*registry_.login_server) : "";
    for (std::size_t i = 0; i < std::min(kTriedNames, tests.size()); ++i) {
      const model::Expr before = *tests[i];
      model::Comparison& test = *std::get<model::Box<model::Comparison>>(tests[i]->node);
      const std::string text = std::get<model::Literal>(test.right).text;
      for (const auto& [op, other] : meant(test.op, text, server)) {
        test.op = op;
        std::get<model::Literal>(test.right).text = other;
        if (!allowed_with(snapshot_.role_assignments[assignment].role, changed) ||
            !takes_nothing_away(given, changed, *own->request))
          continue;
        add(Hint::Kind::ConditionValue, model::print_expression(before), model::print_expression(*tests[i]));
        hints_.back().assignment = assignment;
        return;
      }
      *tests[i] = before;
    }
  }

  /// The same answer if the asker also had `role`, on the registry, under `condition`.
  [[nodiscard]] bool allowed_with(model::RoleIndex role, const model::ConditionEntry& condition) const {
    Supposition supposition = supposing();
    supposition.grant = {.role = role, .condition = &condition};
    return verdict_if(supposition) == Verdict::Allow;
  }

  /// May the condition of what somebody is eligible for, which an activation would carry too, hold here?
  [[nodiscard]] bool may_hold(const model::ScheduleInstance& instance) const {
    if (instance.condition == model::kNoCondition || instance.condition == model::kConditionNotShown) return true;
    const model::ConditionEntry& condition = snapshot_[instance.condition];
    if (registry_.mode != PermissionMode::Abac) return true;
    if (!condition.parsed) return false;
    // A role that does not suffice without its condition either may be a part of what does.
    Supposition activated = supposing();
    activated.grant = {.role = instance.role};
    if (verdict_if(activated) == Verdict::Deny) return true;
    activated.grant->condition = &condition;
    return verdict_if(activated) != Verdict::Deny;
  }
  [[nodiscard]] bool has_ended(const model::ScheduleInstance& instance) const {
    return question_.text->at && instance.end && *instance.end <= *question_.text->at;
  }

  void eligible_roles() {
    std::set<std::size_t> seen;
    visit_leaves(decision_.root, [&](const Node& leaf) {
      if (leaf.finding.reason != Reason::EligibleOnly || !seen.insert(*leaf.finding.schedule_instance).second) return;
      const model::ScheduleInstance& instance = snapshot_.schedule_instances[*leaf.finding.schedule_instance];
      if (has_ended(instance) || !may_hold(instance)) return;
      add(Hint::Kind::EligibleRole, snapshot_[instance.role].name, snapshot_[instance.scope].display);
    });
  }

  /// What the answer would be under each reading of the contested facts that keep it open.
  void readings() {
    std::size_t tried = 0;
    for (const Cause& cause : decision_.unknowns) {
      const Assumption* contested = cause.kind == Cause::Kind::ContestedFact ? find_assumption(cause.code) : nullptr;
      if (contested == nullptr) continue;
      if (tried++ == kTriedAssumptions) return;
      for (const std::string_view reading : contested->readings) {
        ResolvedQuestion pinned = question_;
        if (!pinned.readings.pin(contested->name, reading)) continue;
        const Verdict verdict = engine_.decide(pinned);
        if (verdict == Verdict::Undetermined) continue;
        add(Hint::Kind::Reading, std::string(contested->name) + "=" + std::string(reading), to_string(verdict));
      }
    }
  }

  /// Groups that hold what is missing, those that bring the fewest rights with them first.
  void memberships() {
    // Where it is open whether the asker is a member, only such groups help.
    const bool open = std::any_of(decision_.unknowns.begin(), decision_.unknowns.end(),
                                  [](const Cause& cause) { return cause.code == datum::kGroupMembers; });
    std::size_t given = 0;
    for (const PrincipalIndex group : groups_to_join(open)) {
      Supposition member = supposing();
      member.member_of = group;
      if (verdict_if(member) != Verdict::Allow) continue;
      add(Hint::Kind::Membership, name_of(group), snapshot_[group].id);
      if (++given == kGivenGroups) break;
    }
    if (!open || given == 0) return;
    Supposition no_member = supposing();
    no_member.no_further_groups = true;
    if (verdict_if(no_member) == Verdict::Deny) add(Hint::Kind::NoFurtherMembership, to_string(Verdict::Deny));
  }

  [[nodiscard]] std::vector<PrincipalIndex> groups_to_join(bool open) const {
    std::set<PrincipalIndex> own;
    if (asker_->known) {
      const auto groups = engine_.groups_of(asker_->principal);
      own.insert(groups.begin(), groups.end());
    }
    std::set<PrincipalIndex> holders;
    std::size_t seen = 0;
    for (const auto& [right, bit] : needed_rights()) {
      for (const ChainScope& scope : index_.registries[question_.registry].chain) {
        index_.visit_grants_at(scope.scope, bit, [&](std::uint32_t place) {
          const Grant& grant = index_.grants[place];
          const model::Principal& holder = snapshot_[grant.principal];
          if (holder.kind == model::PrincipalKind::Group && !holder.orphaned && !holder.distribution_list &&
              !own.contains(grant.principal) && (!open || index_.groups.open(grant.principal)))
            holders.insert(grant.principal);
          return ++seen < kSeenGrants;
        });
      }
    }
    std::vector<std::tuple<std::size_t, std::size_t, std::string, PrincipalIndex>> ranked;
    for (const PrincipalIndex group : holders) {
      RightMask rights;
      std::size_t assignments = 0;
      for (const PrincipalIndex each : engine_.groups_of(group)) {
        for (const std::uint32_t grant : index_.grants_of(each)) {
          rights |= index_.roles[at(index_.grants[grant].role)].granted;
          ++assignments;
        }
      }
      ranked.emplace_back(rights.count(), assignments, name_of(group), group);
    }
    std::sort(ranked.begin(), ranked.end());
    std::vector<PrincipalIndex> result;
    for (std::size_t i = 0; i < std::min(kTriedGroups, ranked.size()); ++i)
      result.push_back(std::get<PrincipalIndex>(ranked[i]));
    return result;
  }

  [[nodiscard]] std::string name_of(PrincipalIndex group) const {
    const model::Principal& principal = snapshot_[group];
    return principal.display_name.empty() ? principal.id : principal.display_name;
  }

  /// Every right of every alternative, in the modes that the registry may be in, with its bit.
  [[nodiscard]] std::vector<std::pair<Right, std::optional<std::size_t>>> needed_rights() const {
    std::vector<std::pair<Right, std::optional<std::size_t>>> result;
    for (const PermissionMode mode : modes_) {
      for (const AllOf& alternative : needs(mode)) {
        for (const Right& right : alternative) result.emplace_back(right, Engine::Index::bit_of(right));
      }
    }
    return result;
  }
  [[nodiscard]] const Needs& needs(PermissionMode mode) const {
    return mode == PermissionMode::Abac ? operation_.abac : operation_.legacy;
  }

  /// The smallest role that is all that is missing, and the condition that keeps it to the repository.
  void roles() {
    for (const PermissionMode mode : modes_) {
      const model::RoleDefinition* role = smallest_role(index_, needs(mode));
      if (role == nullptr) continue;
      Supposition granted = supposing();
      granted.mode = mode;
      if (verdict_if(granted) == Verdict::Allow) continue;
      granted.grant = {.role = model::RoleIndex{static_cast<std::uint32_t>(role - snapshot_.roles.data())}};
      if (verdict_if(granted) != Verdict::Allow) continue;
      add(Hint::Kind::WouldGrant, role->name, word(mode));
      if (mode == PermissionMode::Legacy || !about_one_repository()) continue;
      const auto condition = condition_for(*role, question_.text->repository);
      if (!condition) continue;
      granted.grant->condition = &*condition;
      if (verdict_if(granted) == Verdict::Allow) add(Hint::Kind::RoleCondition, role->name, condition->text);
    }
  }

  /// The answer in the mode that the registry is not in, if it is yes; in both if nothing says which it is in.
  void modes() {
    for (const PermissionMode mode : {PermissionMode::Legacy, PermissionMode::Abac}) {
      if (registry_.mode == mode || (!registry_.mode && decision_.verdict != Verdict::Undetermined)) continue;
      Supposition in_mode = supposing();
      in_mode.mode = mode;
      const Verdict verdict = verdict_if(in_mode);
      if (verdict == Verdict::Allow || (!registry_.mode && verdict == Verdict::Deny))
        add(Hint::Kind::Mode, word(mode), to_string(verdict));
    }
  }

  void other_ways() {
    Question without_credential = *question_.text;
    without_credential.credential.reset();
    ResolvedQuestion anonymous = question_;
    anonymous.asker = AnonymousAsker{};
    anonymous.text = refer_to(without_credential);
    if (allowed(anonymous)) add(Hint::Kind::AlsoAnonymous, registry_.name);

    // Control-plane rights through which data can be had all the same. Source: acr-authorization B.4 "escalations"
    Question rights_alone = without_credential;
    rights_alone.network.reset();
    const auto may = [&](std::string_view id) {
      ResolvedQuestion other = question_;
      other.operation = find_operation(id);
      other.text = refer_to(rights_alone);
      return allowed(other);
    };
    if (registry_.admin_user_enabled.value_or(false) && may("list-credentials"))
      add(Hint::Kind::IndirectAccess, "admin-password");
    if (may("write-token") && may("generate-credentials")) add(Hint::Kind::IndirectAccess, "token");
    if (registry_.mode == PermissionMode::Legacy && may("write-task") && may("run-task"))
      add(Hint::Kind::IndirectAccess, "task");
    if (may("write-role-assignment")) add(Hint::Kind::IndirectAccess, "role-assignment");
    if (registry_.admin_user_enabled == false && may("update-registry") && may("list-credentials"))
      add(Hint::Kind::IndirectAccess, "admin-user");
    const bool can_be_anonymous = registry_.anonymous_pull_enabled == false &&
                                  !(registry_.sku && model::equal_ignoring_case(*registry_.sku, "Basic"));
    if (can_be_anonymous && operation_.id == "pull" && may("enable-anonymous-pull"))
      add(Hint::Kind::IndirectAccess, "anonymous-pull");
    const bool other_mode_allows = registry_.mode && std::any_of(hints_.begin(), hints_.end(), [](const Hint& hint) {
                                     return hint.kind == Hint::Kind::Mode && hint.detail == to_string(Verdict::Allow);
                                   });
    if (other_mode_allows && may("set-permission-mode")) add(Hint::Kind::IndirectAccess, "permission-mode");
  }

  const Engine& engine_;
  const Engine::Index& index_;
  const model::Snapshot& snapshot_;
  const ResolvedQuestion& question_;
  const Operation& operation_;
  const Decision& decision_;
  const model::Registry& registry_;
  const EntraAsker* asker_;
  std::vector<PermissionMode> modes_;  ///< that the registry may be in
  std::vector<Hint> hints_;
};

}  // namespace

std::vector<std::string> nearest(std::string_view typed, const std::vector<std::string>& names) {
  using Ranked = std::vector<std::pair<std::size_t, std::string>>;
  const auto put_in_order = [](Ranked& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  Ranked ranked, begun;
  bool found_beginning = false;  // a near name begins with it as well: `pull` for `pul`, so not pull-signed
  const std::size_t limit = std::max<std::size_t>(2, typed.size() / 3);
  for (std::size_t i = 0; i < std::min(names.size(), kComparedNames); ++i) {
    const std::size_t longer = std::max(typed.size(), names[i].size());
    if (longer > 512) continue;
    if (longer - std::min(typed.size(), names[i].size()) <= limit) {
      const std::size_t distance = edit_distance(typed, names[i]);
      if (distance > limit) continue;
      ranked.emplace_back(distance, names[i]);
      found_beginning = found_beginning || model::starts_with_ignoring_case(names[i], typed);
    } else if (typed.size() >= kTelling && model::starts_with_ignoring_case(names[i], typed)) {
      begun.emplace_back(limit + 1, names[i]);
    }
  }
  put_in_order(ranked);
  put_in_order(begun);
  // A beginning that many names share does not say which of them is meant.
  if (!found_beginning && begun.size() <= kMostNear) ranked.insert(ranked.end(), begun.begin(), begun.end());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min(kMostNear, ranked.size()); ++i) result.push_back(ranked[i].second);
  return result;
}

std::vector<Hint> find_hints(const Engine& engine, const Engine::Index& index, const ResolvedQuestion& question,
                             const Decision& decision) {
  if (decision.verdict == Verdict::Allow || question.operation == nullptr) return {};
  return Finder(engine, index, question, decision).find();
}

}  // namespace acrbiter::evaluator

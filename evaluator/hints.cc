#include "evaluator/hints.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>

#include "evaluator/index.h"
#include "evaluator/wildcard.h"
#include "model/box.h"

namespace acrbiter::evaluator {

using model::PermissionMode;

namespace {

constexpr std::size_t kComparedNames = 5'000;  ///< names looked at for one suggestion
constexpr std::size_t kTriedNames = 24;        ///< names decided for one hint

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

}  // namespace

std::vector<std::string> nearest(std::string_view typed, const std::vector<std::string>& names) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  const std::size_t limit = std::max<std::size_t>(2, typed.size() / 3);
  for (std::size_t i = 0; i < std::min(names.size(), kComparedNames); ++i) {
    const std::size_t longer = std::max(typed.size(), names[i].size());
    if (longer > 512 || longer - std::min(typed.size(), names[i].size()) > limit) continue;
    const std::size_t distance = edit_distance(typed, names[i]);
    if (distance <= limit) ranked.emplace_back(distance, names[i]);
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.erase(std::unique(ranked.begin(), ranked.end()), ranked.end());
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, ranked.size()); ++i) result.push_back(ranked[i].second);
  return result;
}

std::vector<Hint> find_hints(const Engine& engine, const Engine::Index& index, const ResolvedQuestion& question,
                             const Decision& decision) {
  std::vector<Hint> hints;
  if (decision.verdict == Verdict::Allow || question.operation == nullptr) return hints;
  const model::Snapshot& snapshot = index.snapshot;
  const model::Registry& registry = snapshot.registries[question.registry];
  const Operation& operation = *question.operation;
  const auto* asker = std::get_if<EntraAsker>(&question.asker);
  const auto allowed = [&](const ResolvedQuestion& q) { return engine.decide(q) == Verdict::Allow; };

  // The nearest repository that the same question would be answered yes for.
  std::set<std::string> candidates;
  visit_leaves(decision.root, [&](const Node& leaf) {
    if (leaf.finding.reason != Reason::ConditionFalse) return;
    for (const ConditionOutcome& outcome : leaf.finding.conditions) {
      if (const auto& parsed = snapshot[outcome.condition].parsed)
        names_in(parsed->root, question.text->repository, candidates);
    }
  });
  if (!candidates.empty() && registry.repositories)
    candidates.insert(registry.repositories->begin(), registry.repositories->end());
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : candidates) {
    if (ranked.size() < kComparedNames && name.size() <= 512)
      ranked.emplace_back(edit_distance(name, question.text->repository), name);
  }
  std::sort(ranked.begin(), ranked.end());
  for (std::size_t i = 0; i < std::min(kTriedNames, ranked.size()); ++i) {
    Question asked = *question.text;
    asked.repository = ranked[i].second;
    ResolvedQuestion other = question;
    other.text = refer_to(asked);
    if (!allowed(other)) continue;
    hints.push_back({Hint::Kind::NearestName, ranked[i].second, {}});
    break;
  }

  visit_leaves(decision.root, [&](const Node& leaf) {
    if (leaf.finding.reason != Reason::EligibleOnly) return;
    const model::ScheduleInstance& instance = snapshot.schedule_instances[*leaf.finding.schedule_instance];
    hints.push_back({Hint::Kind::EligibleRole, snapshot[instance.role].name, snapshot[instance.scope].display});
  });
  if (asker == nullptr) return hints;

  for (const PermissionMode mode : {PermissionMode::Legacy, PermissionMode::Abac}) {
    if (registry.mode && *registry.mode != mode) continue;
    const Needs& needs = mode == PermissionMode::Abac ? operation.abac : operation.legacy;
    if (const model::RoleDefinition* role = smallest_role(index, needs)) {
      hints.push_back({Hint::Kind::WouldGrant, role->name, mode == PermissionMode::Abac ? "abac" : "legacy"});
    }
  }
  if (operation.plane != Plane::Data) return hints;

  Question without_credential = *question.text;
  without_credential.credential.reset();
  ResolvedQuestion anonymous = question;
  anonymous.asker = AnonymousAsker{};
  anonymous.text = refer_to(without_credential);
  if (allowed(anonymous)) hints.push_back({Hint::Kind::AlsoAnonymous, registry.name, {}});

  // Control-plane rights through which data can be had all the same. Source: acr-authorization B.4 "escalations"
  Question rights_alone = without_credential;
  rights_alone.network.reset();
  const auto may = [&](std::string_view id) {
    ResolvedQuestion other = question;
    other.operation = find_operation(id);
    other.text = refer_to(rights_alone);
    return allowed(other);
  };
  if (registry.admin_user_enabled.value_or(false) && may("list-credentials"))
    hints.push_back({Hint::Kind::IndirectAccess, "admin-password", {}});
  if (may("write-token") && may("generate-credentials")) hints.push_back({Hint::Kind::IndirectAccess, "token", {}});
  if (registry.mode == PermissionMode::Legacy && may("write-task") && may("run-task"))
    hints.push_back({Hint::Kind::IndirectAccess, "task", {}});
  if (may("write-role-assignment")) hints.push_back({Hint::Kind::IndirectAccess, "role-assignment", {}});
  return hints;
}

}  // namespace acrbiter::evaluator

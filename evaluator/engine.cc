#include "evaluator/engine.h"

#include <algorithm>
#include <set>
#include <utility>

#include "evaluator/decider.h"
#include "evaluator/hints.h"
#include "evaluator/index.h"
#include "evaluator/ip_address.h"
#include "model/ascii.h"
#include "model/guid.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;

using model::PrincipalIndex;

namespace {

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

/// The suffixes of login servers in the clouds. Source: acr-authorization E.5
constexpr std::string_view kSuffixes[] = {".azurecr.io", ".azurecr.cn", ".azurecr.us"};

void add_unknowns(const Node& node, std::vector<Cause>& out) {
  if (node.value != model::Truth::Unknown) return;
  add_causes(node.causes, out);
  for (const Node& child : node.children) add_unknowns(child, out);
}

/// Reasons that raise a flag by themselves.
constexpr std::pair<Reason, std::string_view> kFlags[] = {
    {Reason::DenyListMissing, "no-deny-assignments-in-data"},
    {Reason::QuarantineNotAsked, "quarantine-on"},
    {Reason::WrongKindOfId, "wrong-kind-of-id"},
    {Reason::DenyAuditOnly, "audit-deny"},
    {Reason::ConditionMalformed, "condition-malformed"},
};

/// What the answer leans on: contested facts, and lists that were not given.
void add_flags(const Trace& trace, std::vector<std::string_view>& flags) {
  for (const auto& [reason, flag] : kFlags) {
    if (trace.reasons[static_cast<std::size_t>(reason)]) flags.push_back(flag);
  }
  if (trace.restricted_network) flags.emplace_back("restricted-network");
  if (trace.assumptions.none()) return;
  for (std::size_t id = 0; id < trace.assumptions.size(); ++id) {
    if (trace.assumptions[id]) flags.push_back(assumption(static_cast<AssumptionId>(id)).name);
  }
}

}  // namespace

Engine::Engine(const model::Snapshot& snapshot, Readings defaults)
    : index_(std::make_unique<Index>(snapshot, defaults)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

const model::Snapshot& Engine::snapshot() const noexcept { return index_->snapshot; }

std::vector<PrincipalIndex> Engine::groups_of(PrincipalIndex principal) const {
  Reach reach;
  index_->groups.reach(principal, reach);
  return {reach.all.begin(), reach.all.end()};
}

Verdict Engine::decide(const ResolvedQuestion& question) const {
  return verdict_of(Decider(*index_, question, nullptr).decide(nullptr));
}

namespace {

/// The leaf for one row of a leaf.
Node& leaf_of_row(const Node& leaf, const Grant& grant, Memory& memory) {
  Node& one = memory.make<Node>(leaf);
  Finding& finding = one.finding;
  finding.rows = {};
  finding.count = std::min(finding.count, 1U);
  (grant.from_instance ? finding.schedule_instance : finding.assignment) = grant.source;
  if (!finding.path.empty()) {
    const auto& set = finding.path.set->all;
    finding.path.holder = static_cast<std::size_t>(std::find(set.begin(), set.end(), grant.principal) - set.begin());
  }
  return one;
}

void unfold(Node& node, const std::vector<Grant>& grants, Memory& memory) {
  Children unfolded;
  while (!node.children.empty()) {
    Node& child = node.children.pop_front();
    unfold(child, grants, memory);
    if (child.finding.rows.empty()) unfolded.push_back(child);
    for (const std::uint32_t row : child.finding.rows) unfolded.push_back(leaf_of_row(child, grants[row], memory));
  }
  node.children = unfolded;
}

}  // namespace

void Engine::unfold(Decision& decision) const { evaluator::unfold(decision.root, index_->grants, decision.memory); }

Decision Engine::explain(const ResolvedQuestion& question) const {
  Decision decision;
  Trace trace{.memory = decision.memory};
  decision.verdict = verdict_of(Decider(*index_, question, &trace).decide(&decision.root));
  if (decision.verdict == Verdict::Undetermined) add_unknowns(decision.root, decision.unknowns);
  std::vector<std::string_view>& flags = decision.flags;
  flags.reserve(8);
  add_flags(trace, flags);
  const auto* entra = std::get_if<EntraAsker>(&question.asker);
  if (entra != nullptr) {
    if (!entra->known)
      flags.emplace_back("principal-not-in-data");
    else if (const model::Principal& asker = index_->snapshot[entra->principal]; asker.orphaned || asker.unresolved)
      flags.emplace_back("orphaned-principal");
    if (entra->typed_as == "application-object-id") flags.emplace_back("application-object-id");
  }
  if (!index_->snapshot.role_assignments_given) flags.emplace_back("no-role-assignments-in-data");
  std::sort(flags.begin(), flags.end());
  flags.erase(std::unique(flags.begin(), flags.end()), flags.end());
  return decision;
}

std::vector<Hint> Engine::hints(const ResolvedQuestion& question, const Decision& decision) const {
  return find_hints(*this, *index_, question, decision);
}

// ---- names --------------------------------------------------------------------------------------------------

namespace {

/// Nothing: the name was understood.
using Refusal = std::optional<QuestionError>;

QuestionError refuse(std::string_view code, std::string_view subject, std::string_view member,
                     std::vector<std::string> suggestions = {}) {
  return {std::string(code), std::string(subject), std::string(member), std::move(suggestions)};
}

/// A child by its name, or by REGISTRY/NAME. By the name alone: of the registry; where this one has none of that name,
/// one whose registry is open; of another one.
template <class Child>
std::optional<std::size_t> find_child(const std::vector<Child>& children, std::string_view name,
                                      const model::Registry& registry, const Engine::Index& index) {
  if (const std::size_t slash = name.find('/'); slash != std::string_view::npos) {
    const auto found = std::find_if(children.begin(), children.end(), [&](const Child& child) {
      return equal_ignoring_case(child.registry, name.substr(0, slash)) &&
             equal_ignoring_case(child.name, name.substr(slash + 1));
    });
    if (found == children.end()) return std::nullopt;
    return static_cast<std::size_t>(found - children.begin());
  }
  std::optional<std::size_t> open, elsewhere;
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (!equal_ignoring_case(children[i].name, name)) continue;
    const model::Truth here = index.belongs(children[i].registry, registry);
    if (here == model::Truth::True) return i;
    (here == model::Truth::Unknown ? open : elsewhere) = i;
  }
  return open ? open : elsewhere;
}

template <class Child>
std::vector<std::string> names_of(const std::vector<Child>& children, std::string_view prefix) {
  std::vector<std::string> names;
  for (const Child& child : children) names.push_back(std::string(prefix) + child.name);
  return names;
}

Asker called(const Engine::Index::Name& name, const model::Snapshot& snapshot) {
  constexpr std::string_view kTypedAs[] = {"object-id", "user-principal-name", "app-id", "application-object-id",
                                           "alias",     "display-name"};
  return EntraAsker{.principal = name.principal,
                    .known = true,
                    .id = ObjectId(snapshot[name.principal]),
                    .typed_as = kTypedAs[static_cast<std::size_t>(name.kind)]};
}

/// Whom several names of one spelling mean: the best kind of name wins, and within it there has to be only one.
Refusal choose_principal(std::span<const Engine::Index::Name> names, const model::Snapshot& snapshot,
                         std::string_view typed, std::string_view member, Asker& asker) {
  using Name = Engine::Index::Name;
  using NameKind = Engine::Index::NameKind;
  // An id that only an assignment names, and that is somebody's application id, was pasted into the wrong place: it is
  // that somebody who is meant. Source: azure-rbac-semantics 6
  const bool also_app = std::any_of(names.begin(), names.end(), [](const Name& name) {
    return name.kind == NameKind::AppId || name.kind == NameKind::ApplicationObjectId;
  });
  const auto phantom = [&](const Name& name) {
    return also_app && name.kind == NameKind::ObjectId && !snapshot[name.principal].described;
  };
  NameKind best = NameKind::DisplayName;
  for (const Name& name : names) {
    if (!phantom(name)) best = std::min(best, name.kind);
  }
  std::set<PrincipalIndex> found;
  for (const Name& name : names) {
    if (name.kind == best && !phantom(name)) found.insert(name.principal);
  }
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const PrincipalIndex p : found) ids.push_back(snapshot[p].id);
    return refuse("ambiguous-principal", typed, member, std::move(ids));
  }
  asker = called({best, *found.begin()}, snapshot);
  return {};
}

/// As whom the workloads of one name pull from a registry.
struct Pullers {
  bool workload = false;               ///< there is such a workload
  std::vector<std::string_view> here;  ///< object ids, of those that are configured for the registry or do not say
  std::vector<std::string> elsewhere;  ///< … of those configured for others alone
};

Pullers pullers(const model::Snapshot& snapshot, std::string_view typed, const model::Registry& registry) {
  Pullers result;
  const auto is_registry = [&](std::string_view server) {
    return registry.login_server ? equal_ignoring_case(server, *registry.login_server)
                                 : equal_ignoring_case(server.substr(0, server.find('.')), registry.name);
  };
  for (const model::Workload& workload : snapshot.workloads) {
    if (!equal_ignoring_case(workload.name, typed) && !equal_ignoring_case(workload.resource_id, typed)) continue;
    result.workload = true;
    if (workload.principal_id.empty()) continue;
    const bool here =
        workload.servers.empty() || std::any_of(workload.servers.begin(), workload.servers.end(), is_registry);
    if (here)
      result.here.push_back(workload.principal_id);
    else
      result.elsewhere.push_back(workload.principal_id);
  }
  return result;
}

/// Of the names of a workload those that it pulls as from the registry. Source: input-formats 5
Refusal only_of_registry(std::vector<Engine::Index::Name>& names, const Engine::Index& index, std::string_view typed,
                         const model::Registry& registry, std::string_view member) {
  using Name = Engine::Index::Name;
  const auto is_alias = [](const Name& name) { return name.kind >= Engine::Index::NameKind::Alias; };
  if (!std::all_of(names.begin(), names.end(), is_alias)) return {};
  const Pullers pulls = pullers(index.snapshot, typed, registry);
  if (!pulls.workload) return {};
  std::erase_if(names, [&](const Name& name) {
    return std::find(pulls.here.begin(), pulls.here.end(), index.snapshot[name.principal].id) == pulls.here.end();
  });
  if (names.empty()) return refuse("workload-elsewhere", typed, member, pulls.elsewhere);
  return {};
}

/// Whom `typed` means; `member` is where it stands in the question.
Refusal look_up_principal(const Engine::Index& index, std::string_view typed, const model::Registry& registry,
                          std::string_view member, Asker& asker) {
  const model::Snapshot& snapshot = index.snapshot;
  const auto names = index.principal_names.find(typed);
  constexpr std::string_view kToken = "token:";
  constexpr std::string_view kTask = "task:";
  if (typed == "admin") {
    asker = AdminAsker{};
  } else if (typed == "anonymous") {
    asker = AnonymousAsker{};
  } else if (typed.starts_with(kToken)) {
    const auto token = find_child(snapshot.tokens, typed.substr(kToken.size()), registry, index);
    if (!token) return refuse("unknown-token", typed, member, nearest(typed, names_of(snapshot.tokens, kToken)));
    asker = TokenAsker{*token};
  } else if (typed.starts_with(kTask)) {
    const auto task = find_child(snapshot.tasks, typed.substr(kTask.size()), registry, index);
    if (!task) return refuse("unknown-task", typed, member, nearest(typed, names_of(snapshot.tasks, kTask)));
    asker = TaskAsker{*task};
  } else if (names.size() == 1 && (names.front().kind < Engine::Index::NameKind::Alias || snapshot.workloads.empty())) {
    asker = called(names.front(), snapshot);
  } else if (!names.empty()) {
    std::vector<Engine::Index::Name> those(names.begin(), names.end());
    if (auto error = only_of_registry(those, index, typed, registry, member)) return error;
    return choose_principal(those, snapshot, typed, member, asker);
  } else if (const Pullers pulls = pullers(snapshot, typed, registry); pulls.workload) {
    return refuse("workload-elsewhere", typed, member, pulls.elsewhere);
  } else if (model::is_guid(typed)) {
    asker = EntraAsker{.principal = {}, .known = false, .id = ObjectId::stranger(typed), .typed_as = "object-id"};
  } else {
    std::vector<std::string> suggestions;
    for (const model::Principal& p : snapshot.principals) {
      for (const std::string* name : {&p.user_principal_name, &p.display_name}) {
        if (!name->empty()) suggestions.push_back(*name);
      }
      suggestions.insert(suggestions.end(), p.aliases.begin(), p.aliases.end());
    }
    return refuse("unknown-principal", typed, member, nearest(typed, suggestions));
  }
  return {};
}

/// Which registry `typed` means.
Refusal look_up_registry(const Engine::Index& index, std::string_view typed, std::string_view member,
                         std::size_t& registry) {
  const auto& registries = index.snapshot.registries;
  if (typed.empty()) return refuse("missing-member", {}, member);
  const std::string_view name = typed.front() == '/' ? without_trailing_slashes(typed) : typed;
  auto found = index.registry_names.find(name);
  if (found.empty()) {
    // A login server that the export does not show: the name with a cloud's suffix.
    for (const std::string_view suffix : kSuffixes) {
      if (!ends_with_ignoring_case(name, suffix)) continue;
      found = index.registry_names.find(name.substr(0, name.size() - suffix.size()));
      if (!found.empty() && registries[found.front()].login_server) found = {};
      break;
    }
  }
  if (found.empty()) return refuse("unknown-registry", typed, member, nearest(typed, names_of(registries, "")));
  if (found.size() > 1) {
    std::set<std::string> ids;
    for (const std::size_t r : found) ids.insert(registries[r].id);
    if (ids.size() > 1) return refuse("ambiguous-registry", typed, member, {ids.begin(), ids.end()});
  }
  registry = found.front();
  return {};
}

/// Members whose values are words of a closed list. Source: contract 2
std::optional<QuestionError> check_words(const Question& question) {
  if (!question.endpoint && !question.network && !question.source_registry_auth && !question.credential) return {};
  const auto check = [](std::string_view member, const std::optional<std::string>& value,
                        std::initializer_list<std::string_view> words) -> std::optional<QuestionError> {
    if (!value || value->empty() || std::find(words.begin(), words.end(), *value) != words.end()) return std::nullopt;
    return QuestionError{"bad-value", *value, std::string(member),
                         std::vector<std::string>(words.begin(), words.end())};
  };
  if (auto e = check("endpoint", question.endpoint, {"registry", "connected-registry"})) return e;
  if (question.network) {
    if (auto e = check("network.path", question.network->path,
                       {"public", "private-endpoint", "service-endpoint", "management"}))
      return e;
  }
  if (question.network && question.network->ip && !is_ip_address(*question.network->ip)) {
    return QuestionError{"bad-value", *question.network->ip, "network.ip", {}};
  }
  if (question.network && question.network->subnet &&
      !model::starts_with_ignoring_case(*question.network->subnet, "/subscriptions/")) {
    return QuestionError{"bad-value", *question.network->subnet, "network.subnet", {}};
  }
  if (question.network && question.network->trusted_service) {
    const std::string& typed = *question.network->trusted_service;
    if (auto meant = meant_services(typed); !meant.empty())
      return QuestionError{"bad-value", typed, "network.trustedService", std::move(meant)};
  }
  if (auto e = check("run.sourceRegistryAuth", question.source_registry_auth, {"[caller]", "none"})) return e;
  if (question.credential && question.credential->age_minutes && !(*question.credential->age_minutes >= 0)) {
    return QuestionError{"bad-value", std::to_string(*question.credential->age_minutes), "credential.ageMinutes", {}};
  }
  if (const auto& credential = question.credential) {
    if (auto e =
            check("credential.kind", credential->kind, {"entra", "service-principal", "exposed-token", "password"}))
      return e;
    if (auto e = check("credential.audience", credential->audience, {"arm", "acr"})) return e;
    if (auto e = check("credential.stored", credential->stored, {"none", "invalid", "other"})) return e;
    if (auto e =
            check("credential.issuedUnderMode", credential->issued_under_mode,
                  {"legacy", "abac", "rbac", "rbac-abac", "LegacyRegistryPermissions", "AbacRepositoryPermissions"})) {
      return e;
    }
  }
  return std::nullopt;
}

/// A resource provider, then segments: a pattern is no action that anybody could carry out.
bool is_one_action(std::string_view text) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '/' || c == '$';
  };
  return std::all_of(text.begin(), text.end(), legal) && text.find('/') != std::string_view::npos &&
         text.front() != '/' && text.back() != '/' && text.find("//") == std::string_view::npos;
}

Refusal look_up(const Engine::Index& index, ResolvedQuestion& resolved) {
  const Question& question = *resolved.text;
  const auto& registries = index.snapshot.registries;
  if (auto error = check_words(question)) return error;
  for (const auto& [name, reading] : question.assume) {
    if (resolved.readings.pin(name, reading)) continue;
    if (const Assumption* entry = find_assumption(name)) {
      return refuse("unknown-reading", reading, "assume", {entry->readings.begin(), entry->readings.end()});
    }
    std::vector<std::string> names;
    for (const Assumption& a : assumption_register()) names.emplace_back(a.name);
    return refuse("unknown-assumption", name, "assume", nearest(name, names));
  }

  if (auto error = look_up_registry(index, question.registry, "registry", resolved.registry)) return error;
  resolved.registry_typed_upper_case = is_host_in_capitals(question.registry);

  if (!question.operation.empty()) {
    resolved.operation = find_operation(question.operation);
    if (resolved.operation == nullptr) {
      std::vector<std::string> ids;
      for (const Operation& o : operations()) ids.emplace_back(o.id);
      return refuse("unknown-operation", question.operation, "operation", nearest(question.operation, ids));
    }
    if (resolved.operation->takes_repository && question.repository.empty())
      return refuse("missing-member", {}, "repository");
  } else if (!question.action.empty()) {
    if (!is_one_action(question.action)) return refuse("bad-value", question.action, "action");
    resolved.action_kind = is_registry_data_action(question.action) ? ActionKind::DataAction : ActionKind::Action;
  } else {
    return refuse("missing-member", {}, "operation");
  }

  if (question.principal.empty()) return refuse("missing-member", {}, "principal");
  if (auto error =
          look_up_principal(index, question.principal, registries[resolved.registry], "principal", resolved.asker))
    return error;

  if (!question.source) return {};
  std::size_t source = 0;
  if (auto error = look_up_registry(index, question.source->registry, "source.registry", source)) return error;
  resolved.source_registry = source;
  if (!question.source->principal) return {};
  return look_up_principal(index, *question.source->principal, registries[source], "source.principal",
                           resolved.source_asker.emplace());
}

}  // namespace

Engine::Resolved Engine::look_up(std::shared_ptr<const Question> text) const {
  Resolved result(std::in_place);
  result->readings = index_->defaults;
  result->text = std::move(text);
  if (auto error = evaluator::look_up(*index_, *result)) result = Resolved::failure(std::move(*error));
  return result;
}

Engine::Resolved Engine::resolve(Question question) const {
  return look_up(std::make_shared<const Question>(std::move(question)));
}

Engine::Resolved Engine::resolve_in_place(const Question& question) const { return look_up(refer_to(question)); }

}  // namespace acrbiter::evaluator

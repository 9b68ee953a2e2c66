#include "evaluator/engine.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "evaluator/decider.h"
#include "evaluator/hints.h"
#include "evaluator/index.h"
#include "evaluator/ip_address.h"
#include "model/ascii.h"

namespace acrbiter::evaluator {

using model::ascii_lower;
using model::equal_ignoring_case;

using model::PrincipalIndex;

namespace {

bool looks_like_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

/// The suffixes of login servers in the clouds. Source: acr-authorization E.5
constexpr std::string_view kSuffixes[] = {".azurecr.io", ".azurecr.cn", ".azurecr.us"};

void add_unknowns(const Node& node, std::vector<Cause>& out) {
  if (node.value == model::Truth::Unknown) {
    for (const Cause& cause : node.causes) {
      if (std::find(out.begin(), out.end(), cause) == out.end()) out.push_back(cause);
    }
    for (const Node& child : node.children) add_unknowns(child, out);
  }
}

/// What the answer leans on: contested facts of everything that took part, and lists that were not given.
void add_flags(const Node& node, std::set<std::string>& flags) {
  const bool took_part = node.combine != Combine::Leaf || node.finding.reason != Reason::OtherPrincipal;
  if (took_part) {
    for (const AssumptionId id : node.finding.assumptions) flags.emplace(assumption(id).name);
  }
  if (node.finding.reason == Reason::DenyListMissing) flags.emplace("no-deny-assignments-in-data");
  if (node.finding.reason == Reason::NetworkNotAsked &&
      (node.finding.detail == "selected-networks" || node.finding.detail == "private-endpoint")) {
    flags.emplace("restricted-network");
  }
  if (node.finding.reason == Reason::QuarantineNotAsked) flags.emplace("quarantine-on");
  if (node.finding.reason == Reason::WrongKindOfId) flags.emplace("wrong-kind-of-id");
  if (node.finding.reason == Reason::DenyAuditOnly) flags.emplace("audit-deny");
  if (node.finding.reason == Reason::ConditionMalformed) flags.emplace("condition-malformed");
  for (const Node& child : node.children) add_flags(child, flags);
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
  return reach.all;
}

Verdict Engine::decide(const ResolvedQuestion& question) const {
  return verdict_of(Decider(*index_, question).decide(nullptr));
}

Decision Engine::explain(const ResolvedQuestion& question) const {
  Decision decision;
  decision.verdict = verdict_of(Decider(*index_, question).decide(&decision.root));
  if (decision.verdict == Verdict::Undetermined) add_unknowns(decision.root, decision.unknowns);
  std::set<std::string> flags;
  add_flags(decision.root, flags);
  const auto* entra = std::get_if<EntraAsker>(&question.asker);
  if (entra != nullptr) {
    if (!entra->known)
      flags.emplace("principal-not-in-data");
    else if (index_->snapshot[entra->principal].orphaned)
      flags.emplace("orphaned-principal");
    if (entra->typed_as == "application-object-id") flags.emplace("application-object-id");
  }
  if (!index_->snapshot.role_assignments_given) flags.emplace("no-role-assignments-in-data");
  decision.flags.assign(flags.begin(), flags.end());
  return decision;
}

std::vector<Hint> Engine::hints(const ResolvedQuestion& question, const Decision& decision) const {
  return find_hints(*this, *index_, question, decision);
}

// ---- names --------------------------------------------------------------------------------------------------

namespace {

using Resolved = model::Expected<Asker, QuestionError>;

Resolved refuse(std::string code, std::string_view subject, std::string member,
                std::vector<std::string> suggestions = {}) {
  return Resolved::failure({std::move(code), std::string(subject), std::move(member), std::move(suggestions)});
}

bool same_registry(std::string_view child, const model::Registry& registry) {
  return child.empty() || equal_ignoring_case(child, registry.name);
}

/// A child of the registry by name; a child of another registry where this one has none of that name.
template <class Child>
std::optional<std::size_t> find_child(const std::vector<Child>& children, std::string_view name,
                                      const model::Registry& registry) {
  std::optional<std::size_t> elsewhere;
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (!equal_ignoring_case(children[i].name, name)) continue;
    if (same_registry(children[i].registry, registry)) return i;
    elsewhere = i;
  }
  return elsewhere;
}

template <class Child>
std::vector<std::string> names_of(const std::vector<Child>& children, std::string_view prefix) {
  std::vector<std::string> names;
  for (const Child& child : children) names.push_back(std::string(prefix) + child.name);
  return names;
}

Resolved resolve_principal(const Engine::Index& index, std::string_view typed, const model::Registry& registry,
                           std::string member) {
  const model::Snapshot& snapshot = index.snapshot;
  constexpr std::string_view kToken = "token:";
  constexpr std::string_view kTask = "task:";
  if (typed == "admin") return Asker{AdminAsker{}};
  if (typed == "anonymous") return Asker{AnonymousAsker{}};
  if (typed.starts_with(kToken)) {
    const auto token = find_child(snapshot.tokens, typed.substr(kToken.size()), registry);
    if (!token)
      return refuse("unknown-token", typed, std::move(member), nearest(typed, names_of(snapshot.tokens, kToken)));
    return Asker{TokenAsker{*token}};
  }
  if (typed.starts_with(kTask)) {
    const auto task = find_child(snapshot.tasks, typed.substr(kTask.size()), registry);
    if (!task) return refuse("unknown-task", typed, std::move(member), nearest(typed, names_of(snapshot.tasks, kTask)));
    return Asker{TaskAsker{*task}};
  }

  const std::string key = ascii_lower(typed);
  const auto [begin, end] = index.principal_names.equal_range(key);
  if (begin == end) {
    if (looks_like_guid(key))
      return Asker{EntraAsker{.principal = {}, .known = false, .id = key, .typed_as = "object-id"}};
    std::vector<std::string> names;
    for (const model::Principal& p : snapshot.principals) {
      for (const std::string* name : {&p.user_principal_name, &p.display_name}) {
        if (!name->empty()) names.push_back(*name);
      }
      names.insert(names.end(), p.aliases.begin(), p.aliases.end());
    }
    return refuse("unknown-principal", typed, std::move(member), nearest(typed, names));
  }
  // The best kind of name wins; within it the principal has to be the only one.
  using NameKind = Engine::Index::NameKind;
  // An id that only an assignment names, and that is somebody's application id, was pasted into the wrong place: it is
  // that somebody who is meant. Source: azure-rbac-semantics 6
  const bool also_app = std::any_of(begin, end, [](const auto& e) {
    return e.second.kind == NameKind::AppId || e.second.kind == NameKind::ApplicationObjectId;
  });
  const auto phantom = [&](const Engine::Index::Name& name) {
    return also_app && name.kind == NameKind::ObjectId && !snapshot[name.principal].described;
  };
  NameKind best = NameKind::DisplayName;
  for (auto it = begin; it != end; ++it) {
    if (!phantom(it->second)) best = std::min(best, it->second.kind);
  }
  std::set<PrincipalIndex> found;
  for (auto it = begin; it != end; ++it) {
    if (it->second.kind == best && !phantom(it->second)) found.insert(it->second.principal);
  }
  if (found.size() > 1) {
    std::vector<std::string> ids;
    for (const PrincipalIndex p : found) ids.push_back(snapshot[p].id);
    return refuse("ambiguous-principal", typed, std::move(member), std::move(ids));
  }
  constexpr std::string_view kTypedAs[] = {"object-id", "user-principal-name", "app-id", "application-object-id",
                                           "alias",     "display-name"};
  const PrincipalIndex principal = *found.begin();
  return Asker{EntraAsker{.principal = principal,
                          .known = true,
                          .id = snapshot[principal].id,
                          .typed_as = kTypedAs[static_cast<std::size_t>(best)]}};
}

model::Expected<std::size_t, QuestionError> resolve_registry(const Engine::Index& index, std::string_view typed,
                                                             std::string member) {
  using R = model::Expected<std::size_t, QuestionError>;
  if (typed.empty()) return R::failure({"missing-member", {}, std::move(member), {}});
  const std::string key = typed.front() == '/' ? model::scope_key(typed) : ascii_lower(typed);
  auto found = index.registry_names.find(key);
  if (found == index.registry_names.end()) {
    // A login server that the export does not show: the name with a cloud's suffix.
    for (const std::string_view suffix : kSuffixes) {
      if (!key.ends_with(suffix)) continue;
      found = index.registry_names.find(key.substr(0, key.size() - suffix.size()));
      if (found != index.registry_names.end() && index.snapshot.registries[found->second].login_server)
        found = index.registry_names.end();
      break;
    }
  }
  if (found == index.registry_names.end()) {
    return R::failure({"unknown-registry", std::string(typed), std::move(member),
                       nearest(typed, names_of(index.snapshot.registries, ""))});
  }
  const auto [begin, end] = index.registry_names.equal_range(found->first);
  std::set<std::string> ids;
  for (auto it = begin; it != end; ++it) ids.insert(index.snapshot.registries[it->second].id);
  if (ids.size() > 1) {
    return R::failure({"ambiguous-registry", std::string(typed), std::move(member), {ids.begin(), ids.end()}});
  }
  return found->second;
}

}  // namespace

namespace {

/// Members whose values are words of a closed list. Source: contract 2
std::optional<QuestionError> check_words(const Question& question) {
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

}  // namespace

model::Expected<ResolvedQuestion, QuestionError> Engine::resolve(Question asked) const {
  using R = model::Expected<ResolvedQuestion, QuestionError>;
  if (auto error = check_words(asked)) return R::failure(std::move(*error));
  ResolvedQuestion resolved;
  resolved.text = std::move(asked);
  const Question& question = resolved.text;
  resolved.readings = index_->defaults;
  for (const auto& [name, reading] : question.assume) {
    if (!resolved.readings.pin(name, reading)) {
      const Assumption* entry = find_assumption(name);
      std::vector<std::string> suggestions;
      if (entry != nullptr) {
        suggestions.assign(entry->readings.begin(), entry->readings.end());
      } else {
        std::vector<std::string> names;
        for (const Assumption& a : assumption_register()) names.emplace_back(a.name);
        suggestions = nearest(name, names);
      }
      return R::failure({entry == nullptr ? "unknown-assumption" : "unknown-reading", entry == nullptr ? name : reading,
                         "assume", std::move(suggestions)});
    }
  }

  const auto registry = resolve_registry(*index_, question.registry, "registry");
  if (!registry) return R::failure(registry.error());
  resolved.registry = *registry;
  resolved.registry_typed_upper_case = question.registry.find('.') != std::string::npos &&
                                       question.registry.front() != '/' &&
                                       ascii_lower(question.registry) != question.registry;

  if (!question.operation.empty()) {
    resolved.operation = find_operation(question.operation);
    if (resolved.operation == nullptr) {
      std::vector<std::string> ids;
      for (const Operation& o : operations()) ids.emplace_back(o.id);
      return R::failure({"unknown-operation", question.operation, "operation", nearest(question.operation, ids)});
    }
    if (resolved.operation->takes_repository && question.repository.empty()) {
      return R::failure({"missing-member", {}, "repository", {}});
    }
  } else if (!question.action.empty()) {
    resolved.action_kind = is_registry_data_action(question.action) ? ActionKind::DataAction : ActionKind::Action;
  } else {
    return R::failure({"missing-member", {}, "operation", {}});
  }

  if (question.principal.empty()) return R::failure({"missing-member", {}, "principal", {}});
  const auto asker =
      resolve_principal(*index_, question.principal, index_->snapshot.registries[*registry], "principal");
  if (!asker) return R::failure(asker.error());
  resolved.asker = *asker;

  if (question.source) {
    const auto source = resolve_registry(*index_, question.source->registry, "source.registry");
    if (!source) return R::failure(source.error());
    resolved.source_registry = *source;
    if (question.source->principal) {
      const auto by = resolve_principal(*index_, *question.source->principal, index_->snapshot.registries[*source],
                                        "source.principal");
      if (!by) return R::failure(by.error());
      resolved.source_asker = *by;
    }
  }
  return resolved;
}

}  // namespace acrbiter::evaluator

// What stands before any right: the wording of the question, the network, the credential.
// Source: acr-authorization C.7, E, F
#include <algorithm>
#include <array>
#include <charconv>

#include "evaluator/decider.h"
#include "evaluator/hints.h"
#include "evaluator/ip_address.h"
#include "model/ascii.h"
#include "model/repository_set.h"
#include "model/shell_word.h"

namespace acrbiter::evaluator {

using model::ascii_lower;
using model::equal_ignoring_case;
using model::has_capital;

namespace {

std::optional<PermissionMode> mode_word(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, PermissionMode>, 6> kWords{{
      {"legacy", PermissionMode::Legacy},
      {"rbac", PermissionMode::Legacy},
      {"LegacyRegistryPermissions", PermissionMode::Legacy},
      {"abac", PermissionMode::Abac},
      {"rbac-abac", PermissionMode::Abac},
      {"AbacRepositoryPermissions", PermissionMode::Abac},
  }};
  for (const auto& [name, mode] : kWords) {
    if (equal_ignoring_case(name, word)) return mode;
  }
  return std::nullopt;
}

/// NAME.REGION.geo.azurecr.io of NAME.azurecr.io. Source: acr-authorization E.5
bool is_regional_endpoint(std::string_view host, std::string_view server) {
  const std::size_t dot = server.find('.');
  if (dot == std::string_view::npos || !host.starts_with(server.substr(0, dot + 1))) return false;
  const std::string tail = ".geo" + std::string(server.substr(dot));
  if (!host.ends_with(tail) || host.size() <= dot + 1 + tail.size()) return false;
  const std::string_view region = host.substr(dot + 1, host.size() - dot - 1 - tail.size());
  return region.find('.') == std::string_view::npos;
}

struct TrustedService {
  std::string_view name;
  std::string_view letters;  ///< of the name, lower case
  bool needs_identity;       ///< it comes through only with a managed identity
};

/// Source: acr-authorization F "trusted services"; App Service is not one of them
constexpr std::array<TrustedService, 5> kTrustedServices{{{"Container Instances", "containerinstances", true},
                                                          {"Machine Learning", "machinelearning", true},
                                                          {"Defender for Cloud", "defenderforcloud", false},
                                                          {"ACR Import", "acrimport", false},
                                                          {"Import", "import", false}}};

/// A typed name's letters, lower case, without the maker's name.
std::string letters_of_service(std::string_view typed) {
  std::string name;
  for (const char c : ascii_lower(typed)) {
    if (c >= 'a' && c <= 'z') name.push_back(c);
  }
  for (const std::string_view maker : {"azure", "microsoft"}) {
    if (name.starts_with(maker)) name.erase(0, maker.size());
  }
  return name;
}

const TrustedService* trusted_service(std::string_view typed) {
  const std::string letters = letters_of_service(typed);
  const auto found = std::find_if(kTrustedServices.begin(), kTrustedServices.end(),
                                  [&](const TrustedService& s) { return s.letters == letters; });
  return found == kTrustedServices.end() ? nullptr : &*found;
}

/// True for the one word, False for the other; the service may add words that nobody knows yet.
Truth is_word(const std::optional<std::string>& text, std::string_view yes, std::string_view no) {
  if (!text) return Truth::Unknown;
  return equal_ignoring_case(*text, yes) ? Truth::True : equal_ignoring_case(*text, no) ? Truth::False : Truth::Unknown;
}

/// Do the network rules let everybody in? Only Premium registries have any. Source: acr-authorization F
Truth open_by_default(const model::Registry& registry) {
  if (registry.network_rule_set) return is_word(registry.network_rule_set->default_action, "Allow", "Deny");
  const bool small_sku =
      registry.sku && (equal_ignoring_case(*registry.sku, "Basic") || equal_ignoring_case(*registry.sku, "Standard"));
  return small_sku ? Truth::True : Truth::Unknown;
}

}  // namespace

Truth policy_on(const model::Registry& registry, std::string_view policy) {
  const auto found = registry.policies.find(std::string(policy));
  if (found == registry.policies.end()) return Truth::Unknown;
  return is_word(found->second, "enabled", "disabled");
}

std::vector<std::string> meant_services(std::string_view typed) {
  std::vector<std::string> letters;
  for (const TrustedService& service : kTrustedServices) letters.emplace_back(service.letters);
  std::vector<std::string> names;
  if (trusted_service(typed) != nullptr) return names;
  for (const std::string& near : nearest(letters_of_service(typed), letters))
    names.emplace_back(trusted_service(near)->name);
  return names;
}

Truth lets_services_past(const model::Registry& registry) {
  return is_word(registry.network_rule_bypass_options, "AzureServices", "None");
}

Truth Decider::question_checks(Node* parent) const {
  Truth value = Truth::True;
  const auto refuse = [&](Reason reason, std::string_view detail) {
    value = Truth::False;
    if (Node* n = leaf(parent, reason, Truth::False)) n->finding.detail = detail;
  };
  const bool client_names_host = on_data_plane() || special() == Special::AzLogin;
  const bool names_repository = !question_.text->repository.empty() &&
                                (question_.operation == nullptr || may_name_repository(*question_.operation));
  if (names_repository && repository_known_ && !model::is_legal_repository_name(question_.text->repository)) {
    refuse(Reason::RepositoryNameInvalid, question_.text->repository);
  }
  if (!client_names_host) return value;
  if (question_.registry_typed_upper_case) refuse(Reason::LoginServerUpperCase, question_.text->registry);
  if (const auto& typed = question_.text->login_server) {
    if (has_capital(*typed)) {
      refuse(Reason::LoginServerUpperCase, *typed);
    } else if (!registry().login_server) {
      if (Node* n = leaf(parent, Reason::LoginServerUnknown, Truth::Unknown)) {
        n->finding.detail = *typed;
        doubt(*n, missing(datum::kRegistrySetting, "loginServer", registry_command(registry())));
      }
      value = both(value, Truth::Unknown);
    } else {
      // A regional endpoint is the registry too, but pushes go through the login server only.
      const std::string server = ascii_lower(*registry().login_server);
      if (*typed == server || (is_regional_endpoint(*typed, server) && !pushes())) {
        if (Node* n = leaf(parent, Reason::LoginServerMatches, Truth::True)) n->finding.detail = *typed;
      } else {
        refuse(Reason::LoginServerMismatch, *registry().login_server);
      }
    }
  }
  return value;
}

/// Is a registry open to less than everybody? `known` is Unknown where the data does not say.
bool Decider::restricted(const model::Registry& registry, Truth& known) const {
  const Truth open = both(is_word(registry.public_network_access, "Enabled", "Disabled"), open_by_default(registry));
  known = open == Truth::Unknown ? Truth::Unknown : Truth::True;
  return open == Truth::False;
}

/// What the network gate would require. Detail: "open", "selected-networks", "private-endpoint" or "unknown".
void Decider::state_network(Node* parent) const {
  if (parent == nullptr || !on_data_plane()) return;
  Truth known = Truth::True;
  const bool closed = restricted(registry(), known);
  const bool private_only =
      registry().public_network_access && equal_ignoring_case(*registry().public_network_access, "Disabled");
  trace_->restricted_network |= private_only || closed;
  Node* n = leaf(parent, Reason::NetworkNotAsked, Truth::True);
  n->finding.detail = private_only           ? "private-endpoint"
                      : closed               ? "selected-networks"
                      : known == Truth::True ? "open"
                                             : "unknown";
}

/// What the authentication gate would require of an Entra token. Detail: "any-audience", "registry-audience" or
/// "unknown".
void Decider::state_credential(Node* parent) const {
  if (parent == nullptr || !on_data_plane() || !std::holds_alternative<EntraAsker>(question_.asker)) return;
  const Truth arm = policy_on(registry(), "azureADAuthenticationAsArmPolicy");
  Node* n = leaf(parent, Reason::CredentialNotAsked, Truth::True);
  n->finding.detail = arm == Truth::Unknown ? "unknown" : arm == Truth::False ? "registry-audience" : "any-audience";
}

Truth Decider::network(Node* parent) const {
  if (!question_.text->network) {
    state_network(parent);
    return Truth::True;
  }
  const NetworkFacts& facts = *question_.text->network;
  const auto say = [&](Reason reason, Truth value, std::string_view detail = {}) {
    Node* n = leaf(parent, reason, value);
    if (n != nullptr) n->finding.detail = detail;
    return n;
  };
  if (is("quick-build") || is("quick-build-push")) return quick_build_network(facts, parent);
  // Management operations go through Azure Resource Manager, which the registry's network rules do not guard.
  if (!on_data_plane()) {
    say(Reason::NetworkManagementPath, Truth::True);
    return Truth::True;
  }
  if (facts.agent_pool) {
    say(Reason::NetworkAgentPool, Truth::True);
    return Truth::True;
  }
  if (facts.path == "private-endpoint") {
    std::optional<std::string_view> status = facts.private_endpoint_status;
    if (!status && registry().private_endpoint_connections) {
      const auto& connections = *registry().private_endpoint_connections;
      const auto approved = [](const model::PrivateEndpointConnection& c) {
        return equal_ignoring_case(c.status, "Approved");
      };
      if (connections.empty() || std::none_of(connections.begin(), connections.end(), approved))
        status = "none approved";
      else if (std::all_of(connections.begin(), connections.end(), approved))
        status = "Approved";
    }
    if (!status) {
      if (Node* n = say(Reason::NetworkUndecided, Truth::Unknown, "private endpoint")) {
        doubt(*n, missing(datum::kQuestionMember, "privateEndpointStatus",
                          acr_command(registry(), "private-endpoint-connection list --registry-name")));
      }
      return Truth::Unknown;
    }
    const bool approved = equal_ignoring_case(*status, "Approved");
    say(approved ? Reason::NetworkPrivateEndpointApproved : Reason::NetworkPrivateEndpointNotApproved,
        truth_of(approved), *status);
    return truth_of(approved);
  }
  return public_path(facts, parent);
}

/// A quick build runs on Azure's task machines, wherever it is started from, unless an agent pool carries it. Whether a
/// registry with selected networks admits them is open unless the question gives their address, as of a task.
/// Source: acr-authorization F
Truth Decider::quick_build_network(const NetworkFacts& facts, Node* parent) const {
  const auto say = [&](Reason reason, Truth value, std::string_view detail = {}) {
    if (Node* n = leaf(parent, reason, value)) n->finding.detail = detail;
    return value;
  };
  if (facts.agent_pool) return say(Reason::NetworkAgentPool, Truth::True);
  Truth known = Truth::True;
  const bool closed = restricted(registry(), known);
  if (!closed && known == Truth::True) return say(Reason::NetworkOpen, Truth::True);
  NetworkFacts machine;
  machine.path = "public";
  machine.task = true;
  if (facts.task) machine.ip = facts.ip;  // without that word it is the address from where the build is started
  Reason reason{};
  std::vector<Cause> open;
  const Truth admits = admitted(machine, reason, open);
  if (admits == Truth::True) return say(Reason::NetworkIpAllowed, admits, *machine.ip);
  if (reason == Reason::NetworkPublicDisabled) return say(reason, admits);
  if (Node* n = leaf(parent, Reason::NetworkUndecided, Truth::Unknown)) {
    open.push_back(missing(datum::kQuestionMember, "network.agentPool",
                           "build in an agent pool, or say from which address the build calls: task and ip"));
    n->causes = trace_->memory.keep(std::move(open));
    n->finding.detail = n->causes.back().subject;
  }
  return Truth::Unknown;
}

/// The public endpoint, service endpoints included. Source: acr-authorization F
Truth Decider::public_path(const NetworkFacts& facts, Node* parent) const {
  const model::Registry& r = registry();
  const auto say = [&](Reason reason, Truth value, std::string_view detail = {}) {
    if (Node* n = leaf(parent, reason, value)) n->finding.detail = detail;
    return value;
  };
  const auto undecided = [&](std::string_view code, std::string subject, std::string command) {
    if (Node* n = leaf(parent, Reason::NetworkUndecided, Truth::Unknown)) {
      n->finding.detail = trace_->memory.keep(subject);
      doubt(*n, missing(code, std::move(subject), std::move(command)));
    }
    return Truth::Unknown;
  };

  Truth known = Truth::True;
  const bool closed = restricted(r, known);
  if (!closed && known == Truth::True) return say(Reason::NetworkOpen, Truth::True);
  const bool by_task = task_calls(facts);
  if (facts.path.empty() && !facts.ip && !facts.trusted_service && !by_task) {
    return undecided(datum::kQuestionMember, "network.path", "say where the call comes from: path and ip");
  }
  std::vector<Cause> open;
  const Truth past = bypass(facts, open);
  if (past == Truth::True) {
    return by_task ? say(Reason::NetworkTaskAllowed, past)
                   : say(Reason::NetworkTrustedService, past, *facts.trusted_service);
  }
  Reason reason{};
  const Truth admits = admitted(facts, reason, open);
  if (admits == Truth::True && facts.path == "service-endpoint")
    return say(Reason::NetworkServiceEndpointAllowed, admits, *facts.subnet);
  if (admits == Truth::True) return say(Reason::NetworkIpAllowed, admits, *facts.ip);
  if (either(past, admits) == Truth::False) {
    return say(by_task && !facts.ip ? Reason::NetworkTaskRefused : reason, Truth::False,
               facts.ip ? std::string_view(*facts.ip) : std::string_view());
  }
  if (Node* n = leaf(parent, Reason::NetworkUndecided, Truth::Unknown)) {
    n->causes = trace_->memory.keep(std::move(open));
    n->finding.detail = n->causes.front().subject;
    if (std::any_of(n->causes.begin(), n->causes.end(),
                    [](const Cause& cause) { return cause.kind == Cause::Kind::ContestedFact; })) {
      rest_on(n->finding, AssumptionId::TaskUserIdentityBypass);
    }
  }
  return Truth::Unknown;
}

/// Does the call come from a task? A task that asks calls as one, and so does who pulls or pushes in one.
bool Decider::task_calls(const NetworkFacts& facts) const {
  return facts.task || std::holds_alternative<TaskAsker>(question_.asker) || is("task-pull") || is("task-push");
}

/// Has the task that calls the system-assigned identity? Else it has a user-assigned one. Unknown where neither the
/// question nor the task that asks tells which it uses.
Truth Decider::calls_with_system_identity(const NetworkFacts& facts) const {
  const auto is_system = [](std::string_view written) {
    return truth_of(equal_ignoring_case(written, "system") || equal_ignoring_case(written, "[system]"));
  };
  if (facts.task_identity) return is_system(*facts.task_identity);
  if (!std::holds_alternative<TaskAsker>(question_.asker)) return Truth::Unknown;
  const model::Task& task = this->task();
  std::string_view written;
  if (record_.own) {
    if (task.source_registry_identity) written = *task.source_registry_identity;
  } else if (const auto* credential = model::credential_for(task, registry())) {
    written = credential->identity;
  }
  if (names_identity(written)) return is_system(written);
  // By no word of its own it signs in as what it has, if that is one kind.
  const bool system = !task.identity.principal_id.empty();
  const bool user = !task.identity.user_assigned.empty();
  return system == user ? Truth::Unknown : truth_of(system);
}

/// Do the network rules let a task past? With a user-assigned identity that is contested. Source: acr-authorization F,
/// J30
Truth Decider::task_bypass(const NetworkFacts& facts, std::vector<Cause>& open) const {
  const model::Registry& r = registry();
  const Truth as_system = r.bypass_allowed_for_tasks ? truth_of(*r.bypass_allowed_for_tasks) : Truth::Unknown;
  const std::string_view how = reading(AssumptionId::TaskUserIdentityBypass);
  const Truth as_user = how == "yes" ? Truth::True : how == "no" ? Truth::False : Truth::Unknown;
  const Truth system = calls_with_system_identity(facts);
  if (system == Truth::Unknown && as_system != as_user) {
    open.push_back(
        missing(datum::kQuestionMember, "network.taskIdentity",
                "say as which identity the task runs: system, or the client id of a user-assigned identity"));
  }
  if (system != Truth::False && as_system == Truth::Unknown)
    open.push_back(missing(datum::kRegistrySetting, "networkRuleBypassAllowedForTasks", registry_command(r)));
  if (system != Truth::True && as_user == Truth::Unknown)
    open.push_back(contested(AssumptionId::TaskUserIdentityBypass));
  if (system == Truth::Unknown) return as_system == as_user ? as_system : Truth::Unknown;
  return system == Truth::True ? as_system : as_user;
}

/// Is the caller let past address rules and closed public access, as trusted services and tasks can be? Not on service
/// endpoints. What is missing to say so is added to `open`. Source: acr-authorization F, J30
Truth Decider::bypass(const NetworkFacts& facts, std::vector<Cause>& open) const {
  if (facts.path == "service-endpoint") return Truth::False;
  const model::Registry& r = registry();
  Truth value = Truth::False;
  const TrustedService* service = facts.trusted_service ? trusted_service(*facts.trusted_service) : nullptr;
  if (service != nullptr) {
    Truth identity = Truth::True;
    if (service->needs_identity)
      identity = facts.identity ? truth_of(equal_ignoring_case(*facts.identity, "managed")) : Truth::Unknown;
    const Truth on = lets_services_past(r);
    value = both(identity, on);
    if (value == Truth::Unknown && identity == Truth::Unknown)
      open.push_back(
          missing(datum::kQuestionMember, "network.identity", "say whether the service uses a managed identity"));
    if (value == Truth::Unknown && on == Truth::Unknown)
      open.push_back(missing(datum::kRegistrySetting, "networkRuleBypassOptions", registry_command(r)));
  }
  return task_calls(facts) ? either(value, task_bypass(facts, open)) : value;
}

/// Does the public endpoint by its own rules admit the caller? `reason` names the rule that refuses; what is missing is
/// added to `open`. Source: acr-authorization F
Truth Decider::admitted(const NetworkFacts& facts, Reason& reason, std::vector<Cause>& open) const {
  const model::Registry& r = registry();
  const Truth on = is_word(r.public_network_access, "Enabled", "Disabled");
  if (on == Truth::False) {
    reason = Reason::NetworkPublicDisabled;
    return Truth::False;
  }
  const bool service_endpoint = facts.path == "service-endpoint";
  const Truth by_default = open_by_default(r);
  Truth listed = Truth::Unknown;
  std::optional<Cause> unlisted;
  const auto lets_in = [](const auto& rule) {
    return rule.action.empty() || equal_ignoring_case(rule.action, "Allow");
  };
  if (!r.network_rule_set) {
    listed = Truth::False;
  } else if (service_endpoint) {
    const auto& rules = r.network_rule_set->virtual_network_rules;
    if (!rules) {
      unlisted = missing(datum::kRegistrySetting, "networkRuleSet.virtualNetworkRules",
                         acr_command(r, "network-rule list --name"));
    } else if (facts.subnet || std::none_of(rules->begin(), rules->end(), lets_in)) {
      listed = truth_of(std::any_of(rules->begin(), rules->end(), [&](const model::VirtualNetworkRule& rule) {
        return facts.subnet && lets_in(rule) && model::scope_key(rule.subnet_id) == model::scope_key(*facts.subnet);
      }));
    } else {
      unlisted = missing(datum::kQuestionMember, "network.subnet", "say from which subnet, by its resource id");
    }
  } else {
    const auto& rules = r.network_rule_set->ip_rules;
    // A task that is not let past is refused, unless the question names an address for it.
    if (facts.ip || task_calls(facts) || std::none_of(rules.begin(), rules.end(), lets_in)) {
      listed = truth_of(std::any_of(rules.begin(), rules.end(), [&](const model::IpRule& rule) {
        return facts.ip && lets_in(rule) && in_block(*facts.ip, rule.value);
      }));
    }
    unlisted = missing(datum::kQuestionMember, "network.ip", "say which address the call comes from");
  }
  const Truth rules = either(by_default, listed);
  if (rules == Truth::False)
    reason = service_endpoint ? Reason::NetworkServiceEndpointRefused : Reason::NetworkIpRefused;
  const Truth value = both(on, rules);
  if (value != Truth::Unknown) return value;
  if (on == Truth::Unknown)
    open.push_back(missing(datum::kRegistrySetting, "publicNetworkAccess", registry_command(r)));
  if (rules == Truth::Unknown && by_default == Truth::Unknown)
    open.push_back(missing(datum::kRegistrySetting, "networkRuleSet", registry_command(r)));
  if (rules == Truth::Unknown && by_default == Truth::False && unlisted) open.push_back(std::move(*unlisted));
  return value;
}

/// Source: acr-authorization E.2, E.4, H.3, D.1 to D.3
Truth Decider::credential(PermissionMode mode, Node* parent) const {
  if (!question_.text->credential) {
    state_credential(parent);
    return Truth::True;
  }
  const CredentialFacts& facts = *question_.text->credential;
  Truth value = Truth::True;
  const auto say = [&](Reason reason, Truth part, std::string_view detail = {}) {
    Node* n = leaf(parent, reason, part);
    if (n != nullptr) n->finding.detail = detail;
    value = both(value, part);
    return n;
  };
  const bool entra_kind = facts.kind == "entra" || facts.kind == "service-principal" || facts.kind == "exposed-token";
  const bool entra_asker = std::holds_alternative<EntraAsker>(question_.asker);
  const bool anonymous = std::holds_alternative<AnonymousAsker>(question_.asker);

  if (anonymous) {
    if (!facts.kind.empty()) {
      say(Reason::CredentialWrongKind, Truth::False, facts.kind);
      return value;
    }
    if (facts.stored && *facts.stored == "invalid") say(Reason::CredentialStoredSent, Truth::False, *facts.stored);
    if (facts.stored && *facts.stored == "other") {
      if (Node* n = say(Reason::CredentialUndecided, Truth::Unknown, *facts.stored)) {
        doubt(*n, missing(datum::kQuestionMember, "principal",
                          "ask for the identity whose credentials Docker keeps, or docker logout"));
      }
    }
    if (value == Truth::True) say(Reason::CredentialAccepted, Truth::True);
    return value;
  }
  if (!facts.kind.empty() && (entra_asker ? facts.kind == "password" : entra_kind) &&
      !std::holds_alternative<TaskAsker>(question_.asker)) {
    say(Reason::CredentialWrongKind, Truth::False, facts.kind);
    return value;
  }

  // Audience and lifetime are those of a sign-in to the registry, which management operations do without.
  const bool signs_in = on_data_plane() || special() == Special::AzLogin;
  if (facts.audience && *facts.audience == "arm" && entra_asker && signs_in) {
    const Truth on = policy_on(registry(), "azureADAuthenticationAsArmPolicy");
    if (on == Truth::Unknown) {
      if (Node* n = say(Reason::CredentialUndecided, Truth::Unknown, "azureADAuthenticationAsArmPolicy")) {
        doubt(*n, missing(datum::kRegistrySetting, "azureADAuthenticationAsArmPolicy", registry_command(registry())));
      }
    } else if (on == Truth::False) {
      say(Reason::CredentialAudienceRefused, Truth::False, *facts.audience);
    }
  }
  // Of two audiences one is refused, and the question does not say which it is.
  if (!facts.audience && facts.kind == "entra" && entra_asker && signs_in &&
      policy_on(registry(), "azureADAuthenticationAsArmPolicy") == Truth::False) {
    if (Node* n = say(Reason::CredentialUndecided, Truth::Unknown, "credential.audience"))
      doubt(*n,
            missing(datum::kQuestionMember, "credential.audience", "say for which audience the token is: arm or acr"));
  }
  if (facts.age_minutes && entra_asker && on_data_plane() && facts.kind != "service-principal") {
    const std::string_view lifetime = reading(AssumptionId::LoginLifetime);
    double minutes = 0;
    std::from_chars(lifetime.data(), lifetime.data() + lifetime.size(), minutes);
    if (lifetime == "unknown") {
      if (Node* n = say(Reason::CredentialUndecided, Truth::Unknown, "ageMinutes"))
        doubt(*n, contested(AssumptionId::LoginLifetime));
    } else if (*facts.age_minutes >= minutes) {
      if (Node* n = say(Reason::CredentialAgeExceeded, Truth::False, lifetime))
        rest_on(n->finding, AssumptionId::LoginLifetime);
    }
  }
  bool on_way_back = false;  // no document speaks of the way from the ABAC mode to the legacy mode
  if (facts.issued_under_mode && entra_asker && on_data_plane()) {
    const auto issued = mode_word(*facts.issued_under_mode);
    if (issued && *issued != mode) {
      on_way_back = mode == PermissionMode::Legacy;
      const std::string_view how = on_way_back ? reading(AssumptionId::AbacCredentialLater) : "refused";
      if (how != "accepted") {
        const bool open = how == "unknown";
        Node* n = say(open ? Reason::CredentialUndecided : Reason::CredentialOtherMode,
                      open ? Truth::Unknown : Truth::False, *facts.issued_under_mode);
        if (n != nullptr && on_way_back) rest_on(n->finding, AssumptionId::AbacCredentialLater);
        if (n != nullptr && open) doubt(*n, contested(AssumptionId::AbacCredentialLater));
      }
    }
  }
  if (facts.secret_expired.value_or(false)) say(Reason::CredentialSecretExpired, Truth::False);

  if (facts.username) {
    if (facts.kind == "exposed-token" && *facts.username != "00000000-0000-0000-0000-000000000000") {
      say(Reason::CredentialUserNameWrong, Truth::False, "00000000-0000-0000-0000-000000000000");
    }
    if (std::holds_alternative<AdminAsker>(question_.asker) && !equal_ignoring_case(*facts.username, registry().name)) {
      say(Reason::CredentialUserNameWrong, Truth::False, registry().name);
    }
    if (std::holds_alternative<TokenAsker>(question_.asker)) {
      const std::string& name = token().name;
      if (!equal_ignoring_case(*facts.username, name)) say(Reason::CredentialUserNameWrong, Truth::False, name);
    }
    if (facts.kind == "service-principal" && asker_known_) {
      const std::string& app_id = snapshot_[asker_.all.front()].app_id;
      if (!app_id.empty() && !equal_ignoring_case(*facts.username, app_id))
        say(Reason::CredentialUserNameWrong, Truth::False, app_id);
    }
  }
  if (facts.password_name && std::holds_alternative<AdminAsker>(question_.asker) &&
      *facts.password_name != "password" && *facts.password_name != "password2") {
    say(Reason::CredentialPasswordUnknown, Truth::False, *facts.password_name);
  }
  if (std::holds_alternative<TokenAsker>(question_.asker))
    value = both(value, password_of_token(token(), facts, parent));
  if (value == Truth::True) {
    Node* n = say(Reason::CredentialAccepted, Truth::True);
    if (n != nullptr && on_way_back) rest_on(n->finding, AssumptionId::AbacCredentialLater);
  }
  return value;
}

/// Token passwords last for ever unless they have an expiry. Source: acr-authorization D.2
Truth Decider::password_of_token(const model::Token& token, const CredentialFacts& facts, Node* parent) const {
  const auto say = [&](Reason reason, Truth part, std::string_view detail) {
    Node* n = leaf(parent, reason, part);
    if (n != nullptr) n->finding.detail = detail;
    return n;
  };
  if (!facts.password_name && facts.kind != "password") return Truth::True;
  if (!token.passwords) {
    if (Node* n = say(Reason::CredentialUndecided, Truth::Unknown, "passwords"))
      doubt(*n, missing(datum::kToken, token.name, acr_command(registry(), "token show --registry", token.name)));
    return Truth::Unknown;
  }
  const auto& at = question_.text->at;
  const auto valid = [&](const model::TokenPassword& p) {
    if (p.expiry_unreadable) return Truth::Unknown;
    return !p.expiry ? Truth::True : !at ? Truth::Unknown : truth_of(*at < *p.expiry);
  };
  // Without a name the caller shows any of them, so they settle it only if they agree.
  const model::TokenPassword* shown = nullptr;
  Truth value = Truth::False;
  for (const model::TokenPassword& p : *token.passwords) {
    if (facts.password_name && p.name != *facts.password_name) continue;
    value = shown == nullptr || valid(p) == value ? valid(p) : Truth::Unknown;
    if (shown == nullptr || valid(*shown) != Truth::Unknown) shown = &p;
  }
  if (shown == nullptr) {
    say(Reason::CredentialPasswordUnknown, Truth::False,
        facts.password_name ? std::string_view(*facts.password_name) : std::string_view());
  } else if (value == Truth::False) {
    if (Node* n = say(Reason::CredentialPasswordExpired, value, {}))
      n->finding.detail = trace_->memory.keep(to_string(*shown->expiry));
  } else if (value == Truth::Unknown) {
    const std::string_view open = valid(*shown) == Truth::Unknown ? std::string_view(shown->name) : "passwordName";
    Node* n = say(Reason::CredentialUndecided, value, open);
    if (n == nullptr) return value;
    if (valid(*shown) != Truth::Unknown) {
      doubt(*n, missing(datum::kQuestionMember, "credential.passwordName",
                        "say which password is used: not all of the token's have expired"));
    } else if (shown->expiry_unreadable) {
      doubt(*n, missing(datum::kToken, token.name, acr_command(registry(), "token show --registry", token.name)));
    } else {
      doubt(*n, missing(datum::kQuestionMember, "at",
                        "say which time is asked about: the password expires at " + to_string(*shown->expiry)));
    }
  }
  return value;
}

}  // namespace acrbiter::evaluator

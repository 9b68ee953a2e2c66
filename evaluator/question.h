// A question as the contract words it, and the same question with its names resolved.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "evaluator/assumptions.h"
#include "evaluator/operations.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// Where the call comes from. Absent members are unknown. Words as in contract.md section 2.
struct NetworkFacts {
  std::string path;  ///< public, private-endpoint, service-endpoint, management; "" = not said
  std::optional<std::string> private_endpoint_status;  ///< Approved, Pending, Rejected, Disconnected
  std::optional<std::string> ip;
  std::optional<std::string> trusted_service;
  std::optional<std::string> identity;  ///< managed, none
  bool task = false;
  std::optional<std::string> task_identity;  ///< system, user
  bool agent_pool = false;
};

/// What the caller shows. Absent members are unknown.
struct CredentialFacts {
  std::string kind;                     ///< entra, service-principal, exposed-token, password; "" = not said
  std::optional<std::string> audience;  ///< arm, acr
  std::optional<double> age_minutes;
  std::optional<std::string> issued_under_mode;
  std::optional<bool> secret_expired;
  std::optional<std::string> username, password_name;
  std::optional<std::string> stored;  ///< none, invalid, other
};

struct ImportSource {
  std::string registry;
  std::optional<std::string> principal;
};

/// A question with names as typed.
struct Question {
  std::string id;
  std::string principal;
  std::string registry;
  std::string operation;  ///< empty if `action` is given
  std::string action;
  std::string repository;
  std::string reference;
  std::optional<model::Timestamp> at;
  std::optional<NetworkFacts> network;
  std::optional<CredentialFacts> credential;
  std::optional<std::string> endpoint;  ///< registry, connected-registry
  std::optional<ImportSource> source;
  std::optional<std::string> source_registry_auth;  ///< "[caller]", "none"
  std::optional<bool> literal;
  std::optional<std::string> login_server;
  std::vector<std::pair<std::string, std::string>> assume;
};

/// Why a question cannot be understood.
struct QuestionError {
  std::string
      code;  ///< unknown-principal, ambiguous-principal, unknown-registry, ambiguous-registry, unknown-operation,
             ///< unknown-assumption, unknown-reading, missing-member, bad-value, unknown-token, unknown-task
  std::string subject;                   ///< the text that was not understood
  std::string member;                    ///< which member of the question it stands in, e.g. "registry"
  std::vector<std::string> suggestions;  ///< near names that exist, best first
};

struct EntraAsker {
  model::PrincipalIndex principal{};  ///< valid if `known`
  bool known = true;                  ///< false: an object id that nothing in the data names
  std::string id;                     ///< object id, lower case
  /// "object-id", "user-principal-name", "app-id", "application-object-id", "alias" or "display-name"; a literal.
  std::string_view typed_as;
};
struct AdminAsker {};
struct AnonymousAsker {};
struct TokenAsker {
  std::size_t token = 0;  ///< index into Snapshot::tokens
};
struct TaskAsker {
  std::size_t task = 0;  ///< index into Snapshot::tasks
};
using Asker = std::variant<EntraAsker, AdminAsker, AnonymousAsker, TokenAsker, TaskAsker>;

struct ResolvedQuestion {
  Asker asker;
  std::size_t registry = 0;              ///< index into Snapshot::registries
  const Operation* operation = nullptr;  ///< nullptr: `action` alone is asked for
  ActionKind action_kind{};              ///< of `text.action`, if `operation` is null
  std::optional<std::size_t> source_registry;
  std::optional<Asker> source_asker;
  bool registry_typed_upper_case = false;  ///< the registry was typed as a login server with capitals
  Readings readings;
  Question text;  ///< everything else, as typed

  /// The raw action that is asked for, a view into `text`.
  [[nodiscard]] Right action() const { return {action_kind, text.action, Right::kNoBit}; }
};

}  // namespace acrbiter::evaluator

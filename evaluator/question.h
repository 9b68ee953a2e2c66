// A question as the contract words it, and the same question with its names resolved.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "evaluator/assumptions.h"
#include "evaluator/operations.h"
#include "model/ascii.h"
#include "model/snapshot.h"

namespace acrbiter::evaluator {

/// Where the call comes from. Absent members are unknown. Words as in contract.md section 2.
struct NetworkFacts {
  std::string path;  ///< public, private-endpoint, service-endpoint, management; "" = not said
  std::optional<std::string> private_endpoint_status;  ///< Approved, Pending, Rejected, Disconnected
  std::optional<std::string> ip;
  std::optional<std::string> subnet;  ///< its resource id, with path service-endpoint
  std::optional<std::string> trusted_service;
  std::optional<std::string> identity;  ///< managed, none
  bool task = false;
  std::optional<std::string> task_identity;  ///< system or [system]; anything else is a user-assigned identity
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
  std::string code;     ///< unknown-principal, ambiguous-principal, unknown-registry, ambiguous-registry,
                        ///< unknown-operation, workload-elsewhere, unknown-assumption, unknown-reading, missing-member,
                        ///< bad-value, unknown-token, unknown-task
  std::string subject;  ///< the text that was not understood
  std::string member;   ///< which member of the question it stands in, e.g. "registry"
  std::vector<std::string> suggestions;  ///< near names that exist, best first
};

/// An object id, lower case: of the data, to which it refers, or a GUID of its own.
class ObjectId {
 public:
  ObjectId() = default;
  /// Of a principal, which has to outlive it.
  explicit ObjectId(const model::Principal& principal) : of_data_(principal.id) {}
  explicit ObjectId(model::Principal&&) = delete;
  /// A copy of a GUID in its form with dashes.
  static ObjectId stranger(std::string_view guid) {
    assert(guid.size() == kGuid);
    ObjectId result;
    std::transform(guid.begin(), guid.end(), result.own_.begin(), [](char c) { return model::ascii_lower(c); });
    result.owns_ = true;
    return result;
  }
  [[nodiscard]] std::string_view text() const { return owns_ ? std::string_view(own_.data(), own_.size()) : of_data_; }
  operator std::string_view() const { return text(); }  // NOLINT(google-explicit-constructor)
  friend bool operator==(const ObjectId& a, const ObjectId& b) { return a.text() == b.text(); }

 private:
  std::string_view of_data_;
  static constexpr std::size_t kGuid = 36;
  std::array<char, kGuid> own_{};
  bool owns_ = false;
};

/// A login server that a Docker client would refuse: it knows small letters only. Source: acr-authorization C.7
[[nodiscard]] inline bool is_host_in_capitals(std::string_view registry) {
  return registry.find('.') != std::string_view::npos && !registry.starts_with('/') && model::has_capital(registry);
}

/// Stands for every identity that the data does not name, where lists that would name it are missing.
inline constexpr std::string_view kUnnamedIdentity = "ffffffff-ffff-ffff-ffff-ffffffffffff";

struct EntraAsker {
  model::PrincipalIndex principal{};  ///< valid if `known`
  bool known = true;                  ///< false: an object id that nothing in the data names
  ObjectId id;
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

/// Cheap to make and to copy: names are numbers, texts are views into the question and the data.
struct ResolvedQuestion {
  Asker asker;
  std::size_t registry = 0;              ///< index into Snapshot::registries
  const Operation* operation = nullptr;  ///< nullptr: `action` alone is asked for
  ActionKind action_kind{};              ///< of `text->action`, if `operation` is null
  std::optional<std::size_t> source_registry;
  std::optional<Asker> source_asker;
  bool registry_typed_upper_case = false;  ///< the registry was typed as a login server with capitals
  Readings readings;
  std::shared_ptr<const Question> text;  ///< everything else, as typed; owned or not, see Engine::resolve

  /// The raw action that is asked for, a view into `text`.
  [[nodiscard]] Right action() const { return {action_kind, text->action, Right::kNoBit}; }
};

/// For ResolvedQuestion::text: `question` is not copied and has to outlive what refers to it.
[[nodiscard]] inline std::shared_ptr<const Question> refer_to(const Question& question) {
  return {std::shared_ptr<const Question>(), &question};
};

}  // namespace acrbiter::evaluator

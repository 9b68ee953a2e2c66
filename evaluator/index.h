// What an Engine compiles from a snapshot once, so that a decision touches one chain of scopes and one principal's
// groups.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/groups.h"
#include "evaluator/name_condition.h"
#include "evaluator/operations.h"

namespace acrbiter::evaluator {

inline constexpr std::size_t kMaxRights = 128;
using RightMask = std::bitset<kMaxRights>;

/// What a permission entry says about one right.
struct EntryMatch {
  bool listed = false;              ///< a pattern of (data)actions matches
  bool listed_literally = false;    ///< … one without a wildcard
  bool excluded = false;            ///< a pattern of not(data)actions matches
  bool excluded_literally = false;  ///< … one without a wildcard
  std::string_view pattern;         ///< the pattern that matches, literal ones first; only from match_entry
  std::string_view excluded_by;
  [[nodiscard]] bool granted() const { return listed && !excluded; }
  /// As if wildcards did not expand.
  [[nodiscard]] bool granted_literally() const { return listed_literally && !excluded_literally; }
};
/// Source: role-definitions; azure-rbac-semantics 1 `contains`
[[nodiscard]] EntryMatch match_entry(const model::Permission& permission, const Right& right);

/// One entry of a role's permissions against the operation catalogue.
struct CompiledEntry {
  RightMask listed, listed_literally, excluded, excluded_literally;
  [[nodiscard]] EntryMatch match(std::size_t bit) const {
    return {listed.test(bit), listed_literally.test(bit), excluded.test(bit), excluded_literally.test(bit), {}, {}};
  }
};
struct CompiledRole {
  std::vector<CompiledEntry> entries;
  RightMask granted;  ///< by any entry, wildcards expanded or not
};

/// Something that may grant: a role assignment, or an active PIM instance that no assignment in the data stands for.
struct Grant {
  model::PrincipalIndex principal{};
  model::RoleIndex role{};
  model::ScopeIndex scope{};
  model::ConditionIndex condition = model::kNoCondition;
  std::uint32_t source = 0;  ///< index into role_assignments, or into schedule_instances
  bool from_instance = false;
  bool scheduled = false;  ///< Index::schedules has its windows
};

/// A scope above (or at) a registry, and whether it is certain that it is.
struct ChainScope {
  model::ScopeIndex scope{};
  model::Truth covers = model::Truth::True;
};

struct RegistryContext {
  std::vector<ChainScope> chain;              ///< nearest first
  std::vector<model::ScopeIndex> below;       ///< `<registry>/repositories/…`, which is no scope
  std::vector<std::size_t> deny_assignments;  ///< whose scope is in the chain
  std::vector<std::size_t> locks;             ///< whose scope is, or may be, the registry or above
};

struct Engine::Index {
  Index(const model::Snapshot& snapshot_, Readings defaults_);

  const model::Snapshot& snapshot;
  Readings defaults;
  GroupGraph groups;
  std::vector<CompiledRole> roles;
  std::vector<RegistryContext> registries;

  std::vector<Grant> grants;  ///< by scope, then principal, then input order
  /// Grants at one scope.
  [[nodiscard]] std::span<const Grant> grants_at(model::ScopeIndex scope) const;
  /// Grants of one principal at one scope.
  [[nodiscard]] std::span<const Grant> grants_at(model::ScopeIndex scope, model::PrincipalIndex principal) const;
  /// All grants of one principal, as places in `grants`.
  [[nodiscard]] std::span<const std::uint32_t> grants_of(model::PrincipalIndex principal) const;
  /// Grants at one scope whose holder may be a group with members that the data does not show.
  [[nodiscard]] std::span<const std::uint32_t> open_grants_at(model::ScopeIndex scope) const;
  std::unordered_multimap<std::uint32_t, std::size_t> schedules;  ///< assignment → its active instances
  std::unordered_multimap<std::uint32_t, std::size_t> eligible;   ///< principal → eligible instances

  std::vector<bool> speaks_of_registry;  ///< per condition: it names the registry provider
  /// Does the right carry the repository name, and is its condition decided by that name alone? Null: ask the
  /// interpreter.
  [[nodiscard]] const NameCondition* by_name(model::ConditionIndex condition, const Right& right) const {
    if (right.bit == Right::kNoBit || name_right_[right.bit] == Right::kNoBit) return nullptr;
    const std::uint32_t place = by_name_[model::at(condition) * name_rights_ + name_right_[right.bit]];
    return place == kInterpret ? nullptr : &name_conditions_[place];
  }

  bool assignments_incomplete = false;
  bool denies_incomplete = false;

  // Names, all in lower case.
  enum class NameKind : std::uint8_t { ObjectId, UserPrincipalName, AppId, ApplicationObjectId, Alias, DisplayName };
  struct Name {
    NameKind kind{};
    model::PrincipalIndex principal{};
  };
  std::unordered_multimap<std::string, Name> principal_names;
  std::unordered_multimap<std::string, std::size_t> registry_names;  ///< name, login server and id

  /// The catalogue's bit of a right, or nothing.
  [[nodiscard]] std::optional<std::size_t> bit_of(const Right& right) const;

 private:
  void compile_roles();
  void compile_conditions();
  void collect_grants();
  void place_registries();
  void index_names();

  std::vector<std::pair<std::uint32_t, std::uint32_t>> scope_ranges_;  ///< per scope: [begin, end) in grants
  std::vector<std::uint64_t> slot_keys_;                               ///< open addressing: scope and principal
  std::vector<std::pair<std::uint32_t, std::uint32_t>> slot_ranges_;
  std::vector<std::uint32_t> by_principal_, principal_begin_;
  std::vector<std::uint32_t> open_grants_, open_begin_;
  std::array<std::uint8_t, kMaxRights> name_right_{};  ///< bit → place among the rights that carry a repository name
  std::size_t name_rights_ = 0;
  static constexpr std::uint32_t kInterpret = 0xFFFFFFFF;
  std::vector<NameCondition> name_conditions_;
  std::vector<std::uint32_t> by_name_;  ///< condition by condition, one place for each of those rights
};

}  // namespace acrbiter::evaluator

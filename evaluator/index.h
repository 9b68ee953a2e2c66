// What an Engine compiles from a snapshot once, so that a decision touches one chain of scopes and one principal's
// groups.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "evaluator/engine.h"
#include "evaluator/groups.h"
#include "evaluator/name_condition.h"
#include "evaluator/name_table.h"
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
  [[nodiscard]] bool granted() const { return listed && !excluded; }
  /// As if wildcards did not expand.
  [[nodiscard]] bool granted_literally() const { return listed_literally && !excluded_literally; }
};
/// The same with the patterns that match, literal ones first; views into the entry.
struct PatternMatch : EntryMatch {
  std::string_view pattern;
  std::string_view excluded_by;
};
/// Source: role-definitions; azure-rbac-semantics 1 `contains`
[[nodiscard]] PatternMatch match_entry(const model::Permission& permission, const Right& right);

/// One entry of a role's permissions against the operation catalogue: what it says about each right.
struct CompiledEntry {
  std::vector<PatternMatch> matches;
  [[nodiscard]] const PatternMatch& match(std::size_t bit) const { return matches[bit]; }
};
struct CompiledRole {
  std::vector<CompiledEntry> entries;
  RightMask granted;    ///< by any entry, wildcards expanded or not
  RightMask mentioned;  ///< by any pattern, also of notActions
  bool defined = false;
  bool custom = false;
  bool plain = false;             ///< defined, not custom, one entry, which has no condition
  bool takes_conditions = false;  ///< the documents say that its assignments may carry one
  /// False only if no grant of the role can be anything but False for that right.
  [[nodiscard]] bool may_grant(std::size_t bit) const { return !defined || granted[bit]; }
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
  bool unlisted = false;   ///< an instance that the list of role assignments at its scope does not show
};

/// A scope above (or at) a registry, and whether it is certain that it is.
struct ChainScope {
  model::ScopeIndex scope{};
  model::Truth covers = model::Truth::True;
  /// A management group whose place the data does not show: an assumption decides. Not one of which the data says both.
  bool unplaced = false;
  bool named_unknown = false;  ///< a value that only a deployment will know decides, and no assumption
  bool tenant_open = false;    ///< which of several tenants it is of decides, and no assumption
  /// Does it cover the registry by a reading of unplaced-management-group?
  [[nodiscard]] model::Truth covers_by(std::string_view reading) const {
    if (covers != model::Truth::Unknown || !unplaced) return covers;
    if (reading == "not-counted") return model::Truth::False;
    return reading == "covers" && !tenant_open ? model::Truth::True : model::Truth::Unknown;
  }
};

/// A lock at (or above) a registry, and whether it is certain that it is.
struct ChainLock {
  std::size_t lock = 0;  ///< index into Snapshot::locks
  model::Truth covers = model::Truth::True;
};

struct RegistryContext {
  std::vector<ChainScope> chain;              ///< nearest first
  std::vector<model::ScopeIndex> below;       ///< `<registry>/repositories/…`, which is no scope
  std::vector<std::size_t> deny_assignments;  ///< whose scope is in the chain or `below`
  std::vector<ChainLock> locks;               ///< whose scope is, or may be, the registry or above
  bool quarantine_on = false;                 ///< its policy
  bool quarantine_open = false;               ///< the policy has a status that nobody knows
  bool placed = true;                         ///< false: known by name only, it may lie below any scope
  bool assignments_shown = true;              ///< false: the list of its subscription was not read
  bool denies_shown = true;                   ///< false: no list of deny assignments that covers it was read
  std::size_t grants_on_chain = 0;
  std::uint64_t scope_filter = 0;  ///< filter_bit() of each scope of the chain and below
};

/// One of 64 bits for something numbered. What has a bit that no member of a set has is not in the set.
template <class Number>
[[nodiscard]] constexpr std::uint64_t filter_bit(Number number) {
  return std::uint64_t{1} << (model::at(number) % 64);
}

/// Which of many rows contain which right: a bit for each, right by right.
class RightTable {
 public:
  RightTable() = default;
  RightTable(std::size_t rows, std::size_t rights) : words_(rows / kBits + 1), bits_(words_ * rights) {}
  void set(std::size_t row, const RightMask& rights);
  /// Visits the rows in [begin, end) that contain the right, in order, until `visit(row)` returns false. Without a
  /// right: all rows.
  template <class Visit>
  void visit(std::optional<std::size_t> right, std::size_t begin, std::size_t end, Visit visit) const {
    if (begin >= end) return;
    const std::uint64_t* words = right ? bits_.data() + words_ * *right : nullptr;
    std::uint64_t above = ~std::uint64_t{0} << (begin % kBits);
    for (std::size_t word = begin / kBits; word <= (end - 1) / kBits; ++word) {
      for (std::uint64_t rest = words == nullptr ? above : words[word] & above; rest != 0; rest &= rest - 1) {
        const std::size_t row = word * kBits + static_cast<std::size_t>(std::countr_zero(rest));
        if (row >= end || !visit(row)) return;
      }
      above = ~std::uint64_t{0};
    }
  }

 private:
  static constexpr std::size_t kBits = 64;
  std::size_t words_ = 0;  ///< for each right
  std::vector<std::uint64_t> bits_;
};

/// On what a condition rests by its wording, whatever is asked.
struct ConditionMarks {
  bool odd_attribute = false;  ///< attribute-spelling
  bool beyond_ascii = false;   ///< non-ascii-ignore-case
};

struct Engine::Index {
  Index(const model::Snapshot& snapshot_, Readings defaults_);

  const model::Snapshot& snapshot;
  Readings defaults;
  GroupGraph groups;
  std::vector<CompiledRole> roles;
  std::vector<ConditionMarks> condition_marks;
  RightMask data_plane;  ///< the rights that are about the registry's data
  std::vector<RegistryContext> registries;

  std::vector<Grant> grants;  ///< by scope, then principal, then input order
  /// Grants at one scope.
  [[nodiscard]] std::span<const Grant> grants_at(model::ScopeIndex scope) const;
  /// Grants of one principal at one scope.
  [[nodiscard]] std::span<const Grant> grants_at(model::ScopeIndex scope, model::PrincipalIndex principal) const {
    const std::uint64_t key = slot_key(scope, principal);
    for (std::size_t at = slot_hash(key);; ++at) {
      const Slot& slot = slots_[at & slot_mask_];
      if (slot.key == key) return {grants.data() + slot.begin, grants.data() + slot.end};
      if (slot.key == kFreeSlot) return {};
    }
  }
  /// False only if it has none.
  [[nodiscard]] bool may_have_grants_at(model::ScopeIndex scope, model::PrincipalIndex principal) const {
    return (scopes_of_[model::at(principal)] & filter_bit(scope)) != 0;
  }
  /// All grants of one principal, as places in `grants`.
  [[nodiscard]] std::span<const std::uint32_t> grants_of(model::PrincipalIndex principal) const {
    return {by_principal_.data() + principal_begin_[model::at(principal)],
            by_principal_.data() + principal_begin_[model::at(principal) + 1]};
  }
  /// Visits the grants at one scope whose roles contain the right, in order and as places in `grants`, until
  /// `visit(place)` returns false. The others cost next to nothing. Without the bit of a right: all grants.
  template <class Visit>
  void visit_grants_at(model::ScopeIndex scope, std::optional<std::size_t> bit, Visit visit) const {
    const auto [begin, end] = scope_ranges_[model::at(scope)];
    with_right_.visit(bit, begin, end, [&](std::size_t row) { return visit(static_cast<std::uint32_t>(row)); });
  }
  /// The same of one principal's grants.
  template <class Visit>
  void visit_grants_of(model::PrincipalIndex principal, std::optional<std::size_t> bit, Visit visit) const {
    by_principal_with_right_.visit(bit, principal_begin_[model::at(principal)],
                                   principal_begin_[model::at(principal) + 1],
                                   [&](std::size_t row) { return visit(by_principal_[row]); });
  }
  /// Does the data show all members of all holders of grants?
  [[nodiscard]] bool holders_closed() const { return open_grants_.empty(); }
  /// Grants at one scope whose holder may be a group with members that the data does not show.
  [[nodiscard]] std::span<const std::uint32_t> open_grants_at(model::ScopeIndex scope) const;
  /// Is what a grant stands for in force at a time, or by the export if none is asked about? Unknown for an instance
  /// that the list of role assignments, the truth for now, does not show, and for one whose status nobody knows.
  /// Source: azure-rbac-semantics 9
  [[nodiscard]] model::Truth in_force(const Grant& grant, const std::optional<model::Timestamp>& at) const {
    return grant.scheduled ? scheduled_in_force(grant, at) : model::Truth::True;
  }
  /// The instance because of which in_force() is Unknown, which it is. Null: one on a page that is missing.
  [[nodiscard]] const model::ScheduleInstance* open_instance(const Grant& grant,
                                                             const std::optional<model::Timestamp>& at) const;
  struct Schedule {
    std::size_t instance = 0;
    bool certain = true;  ///< false: the instance does not tell its assignment, which may be this one
  };
  std::unordered_multimap<std::uint32_t, Schedule> schedules;    ///< assignment → its active instances
  std::unordered_multimap<std::uint32_t, std::size_t> eligible;  ///< principal → eligible instances

  /// Does the right carry the repository name, and is its condition decided by that name alone? Null: ask the
  /// interpreter.
  [[nodiscard]] const NameCondition* by_name(model::ConditionIndex condition, const Right& right) const {
    if (right.bit == Right::kNoBit || name_right_[right.bit] == Right::kNoBit) return nullptr;
    const std::uint32_t place = by_name_[model::at(condition) * name_rights_ + name_right_[right.bit]];
    return place == kInterpret ? nullptr : &name_conditions_[place];
  }

  bool assignments_incomplete = false;
  bool denies_incomplete = false;
  bool locks_incomplete = false;
  bool connected_incomplete = false;  ///< of connected registries
  bool instances_incomplete = false;  ///< of active PIM instances

  enum class NameKind : std::uint8_t { ObjectId, UserPrincipalName, AppId, ApplicationObjectId, Alias, DisplayName };
  struct Name {
    NameKind kind{};
    model::PrincipalIndex principal{};
  };
  NameTable<Name> principal_names;
  NameTable<std::size_t> registry_names;  ///< name, login server and id

  /// Per token and per task: the records that may be the same one, itself included. Those of its name and registry, and
  /// those of its name whose registry is open. Empty where it stands alone and its registry is known.
  std::vector<std::vector<std::uint32_t>> token_records, task_records;
  /// Does a child belong to a registry? Unknown where its export does not show the registry and the data has several.
  [[nodiscard]] model::Truth belongs(std::string_view child_registry, const model::Registry& registry) const {
    if (!child_registry.empty()) return model::truth_of(model::equal_ignoring_case(child_registry, registry.name));
    return snapshot.registries.size() > 1 ? model::Truth::Unknown : model::Truth::True;
  }

  /// The registry of a name or login server that no other has; nothing where that needs another look.
  [[nodiscard]] std::optional<std::size_t> only_registry(std::string_view typed) const {
    const auto found = registry_names.find(typed);
    const bool plain = !typed.empty() && typed.front() != '/' && !is_host_in_capitals(typed);
    return found.size() == 1 && plain ? std::optional(found.front()) : std::nullopt;
  }

  /// The catalogue's bit of a right, or nothing.
  [[nodiscard]] static std::optional<std::size_t> bit_of(const Right& right) {
    return right.bit != Right::kNoBit ? std::optional<std::size_t>(right.bit) : find_bit(right);
  }

 private:
  static std::optional<std::size_t> find_bit(const Right& right);
  [[nodiscard]] model::Truth scheduled_in_force(const Grant& grant, const std::optional<model::Timestamp>& at) const;
  void compile_roles();
  void mark_conditions();
  void compile_conditions();
  void collect_grants();
  void place_registries();
  void index_names();
  void find_records();

  std::vector<std::pair<std::uint32_t, std::uint32_t>> scope_ranges_;  ///< per scope: [begin, end) in grants
  static constexpr std::uint64_t kFreeSlot = ~std::uint64_t{0};
  /// The grants of a principal at a scope.
  struct Slot {
    std::uint64_t key = kFreeSlot;
    std::uint32_t begin = 0, end = 0;  ///< in `grants`
  };
  static std::uint64_t slot_key(model::ScopeIndex scope, model::PrincipalIndex principal) {
    return (std::uint64_t{static_cast<std::uint32_t>(scope)} << 32U) | static_cast<std::uint32_t>(principal);
  }
  static std::size_t slot_hash(std::uint64_t key) {
    key *= 0x9E3779B97F4A7C15ULL;
    return static_cast<std::size_t>(key ^ (key >> 32U));
  }
  std::vector<Slot> slots_;  ///< open addressing: scope and principal
  std::size_t slot_mask_ = 0;
  std::vector<std::uint64_t> scopes_of_;  ///< per principal: filter_bit() of each scope at which it has grants
  std::vector<std::uint32_t> by_principal_, principal_begin_;
  RightTable with_right_;               ///< of `grants`
  RightTable by_principal_with_right_;  ///< of by_principal_
  std::vector<std::uint32_t> open_grants_, open_begin_;
  std::array<std::uint8_t, kMaxRights> name_right_{};  ///< bit → place among the rights that carry a repository name
  std::size_t name_rights_ = 0;
  static constexpr std::uint32_t kInterpret = 0xFFFFFFFF;
  std::vector<NameCondition> name_conditions_;
  std::vector<std::uint32_t> by_name_;  ///< condition by condition, one place for each of those rights
};

}  // namespace acrbiter::evaluator

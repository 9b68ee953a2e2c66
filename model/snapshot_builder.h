// Builds a Snapshot: interns principals, scopes, roles and conditions, and joins what several files say.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/snapshot.h"

namespace acrbiter::model {

/// Forgets what is known of a setting of a registry, by its name in `properties`; `policies` is none. False: no
/// setting that decides access is called so.
bool forget(Registry& registry, std::string_view name);

/// Members of a group, or groups of a principal, as one file lists them.
struct MembershipList {
  PrincipalIndex owner{};
  bool of_members = false;  ///< false: the groups that `owner` is in
  bool transitive = false;  ///< holds those over nested groups too
  bool complete = true;     ///< false: some are not shown
  FileIndex file{};
  std::vector<PrincipalIndex> listed;
};

/// What the directory shows of a principal that access depends on.
struct InDirectory {
  std::optional<bool> deleted;  ///< by a date of deletion, or by standing in a list without one
  bool may_be_deleted = false;  ///< by infrastructure code that does not tell whom it deletes
  /// Of a group; one for mail that is neither for security nor of Microsoft 365 ("Unified") is a distribution list.
  std::optional<bool> security_enabled, mail_enabled, unified;
  std::optional<std::map<std::string, AttributeValue>> security_attributes;
};

class SnapshotBuilder {
 public:
  SnapshotBuilder();
  ~SnapshotBuilder();
  SnapshotBuilder(SnapshotBuilder&&) noexcept;
  SnapshotBuilder& operator=(SnapshotBuilder&&) noexcept;

  /// Finds or adds. Ids and scopes are compared without letter case; a scope loses its trailing slash.
  PrincipalIndex principal(std::string_view object_id);
  ScopeIndex scope(std::string_view text);
  /// `role_definition_id` may be a GUID or any id that ends in one ("…/roleDefinitions/GUID", "GUID|scope").
  RoleIndex role(std::string_view role_definition_id);
  /// `kNoCondition` for an empty text. Blanks alone are a (malformed) condition.
  ConditionIndex condition(std::string_view text, std::string_view version);
  /// 1-based index into Snapshot::tenants.
  std::uint32_t tenant(std::string_view id);
  /// A subscription, by its id, is of a tenant.
  void note_tenant(std::string_view subscription, std::uint32_t tenant);
  /// 1-based index for RoleAssignment::listed_for; `key` is a subscription's scope key.
  std::uint32_t listed_subscription(std::string_view key);

  /// Replaces an undefined or catalogue role of the same GUID. Later definitions of a defined role are ignored and
  /// `false` is returned (the caller warns); if one of them grants something else, the role counts as not defined. The
  /// order of entries and actions says nothing. One whose conditions are lost, or whose entries are merged, never
  /// replaces a whole one, and is replaced by it. A role without a GUID is added each time: no assignment can name it.
  bool define_role(RoleDefinition role);
  /// What one export of the directory says of a principal. Where exports contradict each other, `build` leaves open
  /// whether it is deleted, who has anything of a group, and what its security attributes are.
  void note_in_directory(PrincipalIndex principal, InDirectory told);
  void add_membership(PrincipalIndex member, PrincipalIndex group);
  void set_members_known(PrincipalIndex group, MembersKnown known);
  /// What is listed is added by add_membership all the same. Where complete lists contradict each other, `build` takes
  /// out the memberships that differ, and the group's members count as known in part. Lists of one file are one list;
  /// what comes after a list of members that is not complete, of its kind and with nobody in both, may be the rest of
  /// it.
  void add_list(MembershipList list);

  /// Leaves open what the exports so far contradict each other in: lists of members, deny assignments and locks of one
  /// id. Once, before infrastructure code changes them.
  void settle_exports();

  /// A management group, or a subscription, is below another group; an empty parent says that it is below none. Keys
  /// are scope keys. Where exports contradict each other, `build` leaves the place open.
  void add_below(std::string child, std::string parent);
  /// All that one export shows directly below a management group.
  void add_children(std::string_view group, std::set<std::string> children);

  /// Everything that needs no interning is filled in directly.
  [[nodiscard]] Snapshot& draft() noexcept;

  /// Fills Snapshot::assigned_subscriptions from the exported rows that are there. `build` does; who takes rows out or
  /// adds some that no export shows asks for it first.
  void note_assigned_subscriptions();

  /// Fills Snapshot::denied_subscriptions from the deny assignments and registries that are there. `build` does.
  void note_denied_subscriptions();

  /// Drops exact duplicates of role assignments (same principal, role, scope and condition; a warning names those whose
  /// names differ: one assignment that two files show is no fault). A row that cannot show its condition gives way to
  /// one of the same principal, role and scope that can. Joins registries read twice: what one file leaves open another
  /// may say. Where the data is of several tenants, the root and the management groups are a scope for each.
  [[nodiscard]] Snapshot build() &&;

 private:
  /// Rows of one id that say different things may each be there or not.
  void settle_assignments();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace acrbiter::model

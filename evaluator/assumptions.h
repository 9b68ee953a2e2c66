// The assumption register: every fact that Azure's documents leave open or contradict, in one table.
//
// Nothing contested is decided anywhere else: code asks `readings[AssumptionId::X]`, the table says what the words
// mean, the user may pin a reading (`--assume ID=READING`, acrbiter.yaml, or a question's own `assume`).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace acrbiter::evaluator {

/// The entries that a decision asks for. The order is that of the table.
enum class AssumptionId : std::uint8_t {
  LegacyHonouredRoles,             // J1
  OwnerQuarantineAndTrust,         // J2
  ReferrerDelete,                  // J3
  UntagRight,                      // J4
  AcrPullSeesAttributes,           // J5
  RepositoryScope,                 // J6
  TokenCatalog,                    // J7
  SystemScopeMaps,                 // J8
  AcrPushMapping,                  // J9
  AzLoginRight,                    // J10
  ImageSignerInAbac,               // J11
  ArmPrivateLink,                  // J12
  ConditionOnOtherRole,            // J13, C.5
  WhoAssignsRoles,                 // J14
  TasksContributorData,            // J15
  TrustedServicesReach,            // J16
  LoginLifetime,                   // J17
  ExposedTokenKind,                // J18
  RepositoryRightsForEntra,        // J19
  SoftDeleteInAbac,                // J20
  MetadataDelete,                  // J21
  MissingMode,                     // J22
  LegacySupportList,               // J23
  ContinuousPatching,              // J24
  ConfigurationReaderRights,       // J25
  ConditionOnLegacyRegistry,       // J26
  PushNeedsMetadata,               // J27
  ConnectedRegistrySyncRoles,      // J28
  LoginServerFromName,             // J29
  TaskUserIdentityBypass,          // J30
  ResourceAttributeForRepository,  // J31
  RepositoryRolesPreview,          // J32
  TokenPushRights,                 // J33
  QuickRunAuthentication,          // J34
  AdminInAbac,                     // J35
  ManagementRoles,                 // J36
  AdminDelete,                     // J37
  AnonymousCatalog,                // J37
  AnonymousListTags,               // D.3
  DenyOnDataPlane,                 // J38
  PropagationDelays,               // J39
  WriterRoleGuid,                  // J40
  // condition-language, section 13
  AmbiguousGrouping,
  MissingValueBelowNot,
  QuoteInString,
  EmptyList,
  ListWithoutQuantifier,
  AttributeSpelling,
  ActionStarCrossesSlash,
  SeveralActionPatterns,
  DateWithoutZone,
  UnknownOperator,
  ConditionVersion,
  NonAsciiIgnoreCase,
  // azure-rbac-semantics, section 16
  NotActionsAcrossEntries,
  RoleAndAssignmentCondition,
  IndeterminateCondition,
  UnknownRole,
  UnplacedManagementGroup,
  MiddleStar,
  ActionStringBlanks,
  DuplicateAssignments,
  AuditDeny,
  UnknownDenyEffect,
  // open points of acr-authorization that have no number there ([?] marks)
  LegacyPushWithoutPull,  // B.2
  ScopeMapRootCovered,    // D.2: does `sample/*` cover `sample`
  SignedPullInAbac,       // B.3 row 22
  ReadOnlyLockOnActions,  // F
  AllReadRoles,           // C.6
  ImporterStreaming,      // B.3 row 26
  AbacCredentialLater,    // H.3
  // input-formats, section 10
  MissingRoleAssignments,
  Count
};

struct Assumption {
  AssumptionId id{};
  std::string_view name;      ///< the word that users type
  std::string_view question;  ///< one sentence
  std::span<const std::string_view> readings;
  std::string_view default_reading;  ///< one of `readings`, or "unknown"
  std::string_view source;           ///< e.g. "acr-authorization J12: CUST against RBAC"
};

/// Can it be left open? The answer to some is how acrbiter reads the documents throughout.
[[nodiscard]] bool may_be_unknown(const Assumption& entry);

[[nodiscard]] std::span<const Assumption> assumption_register();
[[nodiscard]] const Assumption& assumption(AssumptionId id);
[[nodiscard]] const Assumption* find_assumption(std::string_view name);

/// The reading in force for every entry.
class Readings {
 public:
  /// Every entry at its default.
  Readings();
  /// Pins an entry. False if the name or the reading is unknown ("unknown" is a reading of every entry that may be
  /// open).
  [[nodiscard]] bool pin(std::string_view name, std::string_view reading);
  [[nodiscard]] std::string_view operator[](AssumptionId id) const;
  [[nodiscard]] bool is(AssumptionId id, std::string_view reading) const { return (*this)[id] == reading; }
  /// True if the reading was pinned by the user.
  [[nodiscard]] bool pinned(AssumptionId id) const;
  friend bool operator==(const Readings&, const Readings&) = default;

 private:
  /// A place in Assumption::readings, or one that means unknown; the highest bit is set where the user pinned it.
  std::array<std::uint8_t, static_cast<std::size_t>(AssumptionId::Count)> reading_{};
};

}  // namespace acrbiter::evaluator

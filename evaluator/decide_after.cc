// What stands behind authorization: locks, quarantine, export policy. Source: acr-authorization F
#include <algorithm>

#include "evaluator/decider.h"
#include "model/ascii.h"
#include "model/shell_word.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;

Truth Decider::after_authorization(PermissionMode mode, Node* parent) {
  Node* all = inner(parent, Combine::All, Reason::AfterAuthorization);
  Truth value = Truth::True;
  if (on_data_plane()) {
    if (!snapshot_.artifact_attributes.empty()) value = both(value, artifact_locks(all));
    const RegistryContext& context = ix_.registries[registry_index_];
    if (context.quarantine_on || context.quarantine_open || !snapshot_.artifact_attributes.empty())
      value = both(value, quarantine(mode, all));
  } else {
    value = both(value, resource_locks(all));
    if (is("quick-build-push")) value = both(value, artifact_locks(all));
  }
  if (special() == Special::ExportFrom || is("write-export-pipeline"))
    value = both(value, export_policy(registry(), all));
  if (special() == Special::ExportFrom) value = both(value, unsigned_image(all));
  if (special() == Special::Import) value = both(value, import_network(all));
  return close(all, value);
}

bool Decider::about_this_repository(const model::ArtifactAttributes& attributes) const {
  return attributes.repository == question_.text->repository &&
         (attributes.registry.empty() || equal_ignoring_case(attributes.registry, registry().name));
}

/// The manifests that the tag in the question names: one, none where the data does not tell, or several where it
/// contradicts itself.
std::vector<std::string_view> Decider::digests_of_tag() const {
  std::vector<std::string_view> digests;
  if (question_.text->reference.empty()) return digests;
  for (const model::ArtifactAttributes& a : snapshot_.artifact_attributes) {
    if (about_this_repository(a) && a.reference == question_.text->reference && !a.digest.empty())
      digests.push_back(a.digest);
  }
  return digests;
}

/// `changeableAttributes` of the repository, of the tag or manifest that is named.
Truth Decider::artifact_locks(Node* parent) const {
  const Operation* operation = question_.operation;
  if (operation == nullptr || question_.text->repository.empty()) return Truth::True;
  const std::string_view id = operation->id;
  const bool reads = id == "pull" || id == "task-pull" || id == "cache-pull" || id == "show-manifest" ||
                     id == "pull-signed" || id == "export-from" || id == "pull-quarantined" || id == "read-quarantined";
  const bool writes = id == "push" || id == "tag" || id == "task-push" || id == "push-referrer" || id == "sign" ||
                      id == "enable-streaming" || id == "quick-build-push";
  const bool deletes =
      id == "delete" || id == "untag" || id == "delete-referrer" || id == "purge" || id == "disable-streaming";
  const bool deletes_repository = id == "delete-repository";
  if (!reads && !writes && !deletes && !deletes_repository) return Truth::True;

  Truth value = Truth::True;
  const auto digests = digests_of_tag();
  const bool moved =
      std::any_of(digests.begin(), digests.end(), [&](std::string_view d) { return d != digests.front(); });
  for (std::size_t i = 0; i < snapshot_.artifact_attributes.size(); ++i) {
    const model::ArtifactAttributes& a = snapshot_.artifact_attributes[i];
    if (!about_this_repository(a)) continue;
    const bool of_repository = a.reference.empty();
    // Pulling or deleting by tag means the manifest that the tag names; other operations on a tag leave it alone.
    const bool of_manifest = reads || id == "delete" || id == "delete-referrer";
    const bool named = a.reference == question_.text->reference ||
                       (of_manifest && std::find(digests.begin(), digests.end(), a.reference) != digests.end());
    if (!of_repository && !named) continue;
    Truth passes = Truth::True;
    Reason reason = Reason::NotLocked;
    const auto look = [&](std::optional<bool> model::ArtifactAttributes::*enabled, Reason if_locked) {
      if ((a.*enabled).value_or(true)) return;
      // Another record of the same thing may say that it is not, or that the tag names another manifest.
      const bool of_either = moved && !of_repository && a.reference != question_.text->reference;
      const bool contested = of_either || std::any_of(snapshot_.artifact_attributes.begin(),
                                                      snapshot_.artifact_attributes.end(), [&](const auto& other) {
                                                        return about_this_repository(other) &&
                                                               other.reference == a.reference &&
                                                               (other.*enabled).value_or(false);
                                                      });
      if (contested && passes == Truth::False) return;
      passes = contested ? Truth::Unknown : Truth::False;
      reason = contested ? Reason::LockContested : if_locked;
    };
    if (reads) look(&model::ArtifactAttributes::read_enabled, Reason::LockedForRead);
    if (writes || deletes || deletes_repository)
      look(&model::ArtifactAttributes::write_enabled, Reason::LockedForWrite);
    // A delete lock on the repository leaves single images deletable.
    if ((deletes && !of_repository) || (deletes_repository && of_repository))
      look(&model::ArtifactAttributes::delete_enabled, Reason::LockedForDelete);
    if (Node* n = leaf(parent, reason, passes)) {
      n->finding.artifact = i;
      n->finding.detail = of_repository ? a.repository : a.reference;
      if (passes == Truth::Unknown) {
        const char mark = a.reference.find(':') == std::string::npos ? ':' : '@';
        const std::string name = of_repository ? a.repository : a.repository + mark + a.reference;
        doubt(*n, missing(datum::kSeveralRecords, name,
                          acr_command(registry(), "repository show --name", {}) +
                              (of_repository ? " --repository " : " --image ") + model::shell_word(name)));
      }
    }
    value = both(value, passes);
  }
  return value;
}

/// Images in quarantine are invisible to an ordinary pull. Where the export leaves the policy out, only an image that
/// is known to be in quarantine may be held back. Source: acr-authorization A.2, F, B.3 row 17
Truth Decider::quarantine(PermissionMode mode, Node* parent) {
  const bool pulls = is("pull") || is("task-pull") || is("cache-pull") || is("pull-signed") || is("show-manifest") ||
                     special() == Special::ExportFrom;
  if (!pulls) return Truth::True;
  const RegistryContext& context = ix_.registries[registry_index_];
  const bool on = context.quarantine_on;
  const bool said = registry().policies.contains("quarantinePolicy");
  if (said && !on && !context.quarantine_open) return Truth::True;
  if (question_.text->reference.empty()) {
    if (said) leaf(parent, Reason::QuarantineNotAsked, Truth::True);
    return Truth::True;
  }

  std::optional<std::size_t> held, passed;  // the last records that say so
  const auto digests = digests_of_tag();
  for (std::size_t i = 0; i < snapshot_.artifact_attributes.size(); ++i) {
    const model::ArtifactAttributes& a = snapshot_.artifact_attributes[i];
    if (!about_this_repository(a) || a.quarantine_state.empty()) continue;
    if (a.reference != question_.text->reference &&
        std::find(digests.begin(), digests.end(), a.reference) == digests.end()) {
      continue;
    }
    (equal_ignoring_case(a.quarantine_state, "Passed") ? passed : held) = i;
  }
  if (!held && (passed || !said)) return Truth::True;
  const Operation& reader = *find_operation("pull-quarantined");
  const Needs& rights = mode == PermissionMode::Abac ? reader.abac : reader.legacy;
  const Truth may_see = entra_ ? needs(rights, mode, nullptr) : Truth::False;
  if (may_see == Truth::True) {
    leaf(parent, Reason::QuarantineReaderMayPull, Truth::True);
    return Truth::True;
  }
  if (held && !passed && on) {
    Node* any = may_see == Truth::Unknown ? inner(parent, Combine::Any, Reason::AlternativeRights) : parent;
    if (Node* n = leaf(any, Reason::Quarantined, Truth::False)) n->finding.artifact = *held;
    if (may_see == Truth::Unknown && any != nullptr) close(any, needs(rights, mode, any));
    return may_see;
  }
  if (Node* n = leaf(parent, Reason::QuarantineStateUnknown, Truth::Unknown)) {
    if (!on) doubt(*n, missing(datum::kRegistrySetting, "policies.quarantinePolicy", registry_command(registry())));
    const bool several = held && passed;
    if (several || on) {
      const std::string& repository = question_.text->repository;
      std::string command = acr_command(registry(), "manifest list-metadata --registry", repository);
      const auto plain = [](const std::string& name) { return model::shell_word(name) == name; };
      // By itself the output names no repository.
      if (plain(registry().name) && plain(repository))
        command +=
            " --query \"{registry:'" + registry().name + "',imageName:'" + repository + "',manifests:@}\" -o json";
      doubt(*n, missing(several ? datum::kSeveralRecords : datum::kQuarantineState,
                        repository + ":" + question_.text->reference, std::move(command)));
    }
  }
  return Truth::Unknown;
}

/// ARM locks protect management operations, never repository data.
Truth Decider::resource_locks(Node* parent) const {
  const Operation* operation = question_.operation;
  const AllOf asked =
      operation != nullptr ? (operation->abac.empty() ? AllOf{} : operation->abac.front()) : AllOf{question_.action()};
  const auto ends = [&](std::string_view suffix) {
    return std::any_of(asked.begin(), asked.end(), [&](const Right& r) {
      return r.action.size() >= suffix.size() &&
             equal_ignoring_case(r.action.substr(r.action.size() - suffix.size()), suffix);
    });
  };
  const auto passes_by = [&](model::LockLevel level) {
    const bool may_be_read_only = level != model::LockLevel::CanNotDelete;
    if (ends("/delete") || (may_be_read_only && ends("/write"))) {
      // What nobody knows may be no lock at all.
      return level == model::LockLevel::Unknown ? Truth::Unknown : Truth::False;
    }
    if (!may_be_read_only || !ends("/action")) return Truth::True;
    const std::string_view how = reading(AssumptionId::ReadOnlyLockOnActions);
    if (how == "yes" && level == model::LockLevel::ReadOnly) return Truth::False;
    return how == "no" ? Truth::True : Truth::Unknown;
  };
  Truth value = Truth::True;
  if (ix_.locks_incomplete && passes_by(model::LockLevel::Unknown) != Truth::True) {
    if (Node* n = leaf(parent, Reason::ListIncomplete, Truth::Unknown)) {
      n->finding.detail = "locks";
      doubt(*n, missing(datum::kUnfinishedList, "locks", "export every page: az lock list"));
    }
    value = Truth::Unknown;
  }
  for (const auto& [i, covers] : ix_.registries[registry_index_].locks) {
    const model::LockLevel level = model::level_of(snapshot_.locks[i]);
    const Truth passes = passes_by(level);
    if (passes == Truth::True) continue;
    if (!placed()) {
      value = both(value, unplaced(parent));
      continue;
    }
    if (covers == Truth::Unknown) {
      if (Node* n = leaf(parent, Reason::KnownAfterDeployment, Truth::Unknown)) {
        n->finding.lock = i;
        n->finding.detail = snapshot_.locks[i].name;
        doubt(*n, known_after_deployment(snapshot_.locks[i].scope));
      }
      value = both(value, Truth::Unknown);
      continue;
    }
    if (Node* n =
            leaf(parent, passes == Truth::False ? Reason::ResourceLockBlocks : Reason::ResourceLockContested, passes)) {
      n->finding.lock = i;
      n->finding.detail = snapshot_.locks[i].name;
      if (passes == Truth::Unknown && level == model::LockLevel::Unknown)
        doubt(*n, missing(datum::kLockLevel, snapshot_.locks[i].name, "az lock list --output json"));
      else if (passes == Truth::Unknown)
        doubt(*n, contested(AssumptionId::ReadOnlyLockOnActions, snapshot_.locks[i].name));
    }
    value = both(value, passes);
  }
  return value;
}

Truth Decider::export_policy(const model::Registry& registry, Node* parent) const {
  const auto say = [&](Reason reason, Truth value) {
    Node* n = leaf(parent, reason, value);
    if (n != nullptr) n->finding.detail = registry.name;
    return n;
  };
  const Truth on = policy_on(registry, "exportPolicy");
  if (on != Truth::Unknown) {
    say(on == Truth::True ? Reason::ExportAllowed : Reason::ExportPolicyDisabled, on);
    return on;
  }
  // It can be disabled only on a Premium registry without public access; a status that nobody knows may be anything.
  const bool may_be_off =
      registry.policies.contains("exportPolicy") ||
      ((!registry.sku || equal_ignoring_case(*registry.sku, "Premium")) &&
       (!registry.public_network_access || equal_ignoring_case(*registry.public_network_access, "Disabled")));
  if (!may_be_off) {
    say(Reason::ExportAllowed, Truth::True);
    return Truth::True;
  }
  if (Node* n = say(Reason::ExportPolicyUnknown, Truth::Unknown)) {
    doubt(*n, missing(datum::kRegistrySetting, "policies.exportPolicy", registry_command(registry)));
  }
  return Truth::Unknown;
}

/// Images that content trust has signed are not imported. Source: acr-authorization B.4 Import
Truth Decider::unsigned_image(Node* parent) const {
  Truth value = Truth::True;
  for (std::size_t i = 0; i < snapshot_.artifact_attributes.size(); ++i) {
    const model::ArtifactAttributes& a = snapshot_.artifact_attributes[i];
    const std::string& reference = question_.text->reference;
    const bool named = !reference.empty() && (a.reference == reference || a.digest == reference);
    if (!a.is_signed || a.reference.empty() || !named || !about_this_repository(a)) continue;
    if (Node* n = leaf(parent, Reason::ImportSignedImage, Truth::False)) n->finding.artifact = i;
    value = Truth::False;
  }
  return value;
}

/// From a registry without public access images are imported within the tenant alone. Source: acr-authorization B.4
/// Import
Truth Decider::import_within_tenant(const model::Registry& source, Node* parent) const {
  const auto& access = source.public_network_access;
  if (!access || !equal_ignoring_case(*access, "Disabled")) return Truth::True;
  const auto tenant_of = [&](const model::Registry& r) {
    return model::tenant_of_subscription(snapshot_, model::subscription_of(snapshot_[r.scope].key));
  };
  const std::uint32_t from = tenant_of(source), to = tenant_of(registry());
  if (from == 0 || to == 0 || from == to) return Truth::True;
  if (Node* n = leaf(parent, Reason::ImportAcrossTenants, Truth::False)) n->finding.detail = source.name;
  return Truth::False;
}

/// Import into or from a registry with restricted networks needs the trusted-services setting on both.
Truth Decider::import_network(Node* parent) const {
  Truth value = Truth::True;
  std::vector<std::size_t> sides{registry_index_};
  if (question_.source_registry) {
    sides.push_back(*question_.source_registry);
    value = import_within_tenant(snapshot_.registries[sides.back()], parent);
  }
  for (const std::size_t side : sides) {
    const model::Registry& r = snapshot_.registries[side];
    Truth known = Truth::True;
    const bool closed = restricted(r, known);
    const Truth open = known == Truth::Unknown ? Truth::Unknown : truth_of(!closed);
    const Truth bypass = lets_services_past(r);
    const Truth passes = either(open, bypass);
    value = both(value, passes);
    if (passes == Truth::True) continue;
    if (Node* n =
            leaf(parent, passes == Truth::False ? Reason::ImportBypassOff : Reason::ImportBypassUnknown, passes)) {
      n->finding.detail = r.name;
      if (passes != Truth::Unknown) continue;
      for (const auto& [setting, is_open] :
           {std::pair{"networkRuleBypassOptions", bypass}, std::pair{"publicNetworkAccess, networkRuleSet", open}}) {
        if (is_open == Truth::Unknown) doubt(*n, missing(datum::kRegistrySetting, setting, registry_command(r)));
      }
    }
  }
  return value;
}

}  // namespace acrbiter::evaluator

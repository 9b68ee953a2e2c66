// The doors: Entra identity, admin user, token, anonymous pull, task, connected registry. Each is answered for itself.
// Source: acr-authorization B.4 (tasks, import), D
#include <algorithm>
#include <array>
#include <map>

#include "evaluator/decider.h"
#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::evaluator {

using model::ascii_lower;
using model::equal_ignoring_case;
using model::last_segment;
using model::starts_with_ignoring_case;

using model::at;

namespace {

/// `repositories/NAME/VERB` of a scope map, split from the right because NAME may contain slashes.
struct ScopeMapAction {
  std::string_view name, verb;
};
std::optional<ScopeMapAction> split_scope_map_action(std::string_view action) {
  constexpr std::string_view kPrefix = "repositories/";
  if (!starts_with_ignoring_case(action, kPrefix)) return std::nullopt;
  action.remove_prefix(kPrefix.size());
  const std::size_t last = action.rfind('/');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t before = action.rfind('/', last - 1);
  if (before == std::string_view::npos || before == 0) return std::nullopt;
  return ScopeMapAction{action.substr(0, before), action.substr(before + 1)};
}

enum class Covers { No, Yes, RootOnly };

/// Does NAME of a scope map cover a repository? One `*`, alone or behind the last slash. Source: acr-authorization D.2
Covers scope_map_covers(std::string_view name, std::string_view repository) {
  if (name == "*") return Covers::Yes;
  const std::size_t star = name.find('*');
  if (star == std::string_view::npos) return name == repository ? Covers::Yes : Covers::No;
  if (star != name.size() - 1 || name.size() < 2 || name[star - 1] != '/') return Covers::No;
  const std::string_view prefix = name.substr(0, star);
  if (repository.size() > prefix.size() && repository.starts_with(prefix)) return Covers::Yes;
  return repository == prefix.substr(0, prefix.size() - 1) ? Covers::RootOnly : Covers::No;
}

/// What the system scope maps hold where the export does not show them. Source: acr-authorization D.2
std::span<const std::string_view> system_scope_map(std::string_view name) {
  static constexpr std::array<std::string_view, 1> kPull{"repositories/*/content/read"};
  static constexpr std::array<std::string_view, 2> kPullMetadata{"repositories/*/content/read",
                                                                 "repositories/*/metadata/read"};
  static constexpr std::array<std::string_view, 2> kPush{"repositories/*/content/read", "repositories/*/content/write"};
  static constexpr std::array<std::string_view, 4> kPushMetadata{
      "repositories/*/metadata/read", "repositories/*/metadata/write", "repositories/*/content/read",
      "repositories/*/content/write"};
  static constexpr std::array<std::string_view, 5> kAdmin{
      "repositories/*/metadata/read", "repositories/*/metadata/write", "repositories/*/content/read",
      "repositories/*/content/write", "repositories/*/content/delete"};
  if (name == "_repositories_pull") return kPull;
  if (name == "_repositories_pull_metadata_read") return kPullMetadata;
  if (name == "_repositories_push") return kPush;
  if (name == "_repositories_push_metadata_write") return kPushMetadata;
  if (name == "_repositories_admin") return kAdmin;
  return {};
}

/// Does `more` say all that `less` says?
bool contains(const model::ConnectedRegistry& more, const model::ConnectedRegistry& less) {
  const auto same = [](const std::string& a, const std::string& b) { return equal_ignoring_case(a, b); };
  return (less.mode.empty() || same(less.mode, more.mode)) &&
         (less.sync_token_id.empty() || same(less.sync_token_id, more.sync_token_id)) &&
         std::is_permutation(less.client_token_ids.begin(), less.client_token_ids.end(), more.client_token_ids.begin(),
                             more.client_token_ids.end(), same);
}

/// The registry below which the id of a resource lies; empty if it names none.
std::string_view registry_in_id(std::string_view id) {
  constexpr std::string_view kRegistries = "/registries/";
  const std::size_t found = ascii_lower(id).find(kRegistries);
  if (found == std::string_view::npos) return {};
  const std::string_view rest = id.substr(found + kRegistries.size());
  return rest.find('/') == std::string_view::npos ? std::string_view() : rest.substr(0, rest.find('/'));
}

#define ACR "Microsoft.ContainerRegistry/registries/"
constexpr std::string_view kRegistryPrefix = ACR;
constexpr std::string_view kPullAction = ACR "pull/read";
constexpr std::string_view kPullDataAction = ACR "repositories/content/read";
constexpr std::string_view kDeleteAction = ACR "artifacts/delete";
constexpr std::string_view kDeleteDataAction = ACR "repositories/content/delete";
constexpr std::string_view kSignAction = ACR "sign/write";
constexpr std::string_view kSignDataAction = ACR "trustedCollections/write";

/// The right that scope maps and the catalog know for a raw action of either mode. Source: acr-authorization B.1
std::optional<Right> scope_map_right(std::string_view action) {
  struct Twins {
    std::string_view legacy, data;
  };
  static constexpr std::array<Twins, 6> kTwins{{{kPullAction, kPullDataAction},
                                                {ACR "push/write", ACR "repositories/content/write"},
                                                {kDeleteAction, kDeleteDataAction},
                                                {ACR "metadata/read", ACR "repositories/metadata/read"},
                                                {ACR "metadata/write", ACR "repositories/metadata/write"},
                                                {{}, ACR "catalog/read"}}};
  for (const Twins& twins : kTwins) {
    if (equal_ignoring_case(action, twins.legacy) || equal_ignoring_case(action, twins.data))
      return Right{ActionKind::DataAction, twins.data, Right::kNoBit};
  }
  return std::nullopt;
}
#undef ACR

}  // namespace

Truth Decider::door(PermissionMode mode, Node* parent) {
  if (question_.operation == nullptr) {
    const Right action = question_.action();
    const bool other_mode =
        mode == PermissionMode::Abac ? is_legacy_data_action(action.action) : is_registry_data_action(action.action);
    if (other_mode) {
      if (Node* n = leaf(parent, Reason::UnsupportedInMode, Truth::False))
        n->finding.right = &trace_->memory.make<Right>(action);
      return Truth::False;
    }
  }
  const Truth value = question_.text->endpoint && *question_.text->endpoint == "connected-registry"
                          ? connected_registry_door(parent)
                          : std::visit(model::Overloaded{
                                           [&](const EntraAsker&) { return entra_door(mode, parent); },
                                           [&](const AdminAsker&) { return admin_door(mode, parent); },
                                           [&](const AnonymousAsker&) { return anonymous_door(parent); },
                                           [&](const TokenAsker&) { return token_door(parent); },
                                           [&](const TaskAsker&) { return task_door(mode, parent); },
                                       },
                                       question_.asker);
  const bool signed_in_abac = is("pull-signed") && mode == PermissionMode::Abac && value != Truth::False;
  return signed_in_abac ? both(value, signed_pull_in_abac(parent)) : value;
}

/// Whoever may pull: whether the ABAC mode serves images signed by content trust is open.
/// Source: acr-authorization B.3 row 22
Truth Decider::signed_pull_in_abac(Node* parent) const {
  const std::string_view how = reading(AssumptionId::SignedPullInAbac);
  const Truth works = how == "allowed" ? Truth::True : how == "denied" ? Truth::False : Truth::Unknown;
  if (Node* n = leaf(parent, Reason::UnsupportedInMode, works)) {
    rest_on(n->finding, AssumptionId::SignedPullInAbac);
    if (works == Truth::Unknown) doubt(*n, contested(AssumptionId::SignedPullInAbac));
  }
  return works;
}

// ---- Entra identity -----------------------------------------------------------------------------------------

Truth Decider::entra_door(PermissionMode mode, Node* parent) {
  Node* all = inner(parent, Combine::All, Reason::EntraDoor);
  if (asker_known_ && snapshot_[asker_.all.front()].orphaned) {
    leaf(all, Reason::OrphanedPrincipal, Truth::False);
    if (all == nullptr) return Truth::False;
    return close(all, both(Truth::False, entra_operation(mode, all)));
  }
  return close(all, entra_operation(mode, all));
}

Truth Decider::entra_operation(PermissionMode mode, Node* parent) {
  const Operation* operation = question_.operation;
  if (operation == nullptr) return right(question_.action(), mode, parent);
  const Needs& rights = mode == PermissionMode::Abac ? operation->abac : operation->legacy;
  switch (operation->special) {
    case Special::Login:
      leaf(parent, Reason::SignInNeedsNoRight, Truth::True);
      return Truth::True;
    case Special::AzLogin:
      return az_login(parent);
    case Special::Import:
      return both(needs(rights, mode, parent), import_source(parent));
    case Special::QuickBuildPush:
      return both(needs(rights, mode, parent), quick_build_push(mode, parent));
    case Special::CachePull:
      if (mode == PermissionMode::Abac) return needs(rights, mode, parent);
      leaf(parent, Reason::CacheUpstreamNeedsAbac, Truth::False);
      return Truth::False;
    case Special::Purge:
      return purge(mode, parent);
    case Special::SoftDelete:
      return mode == PermissionMode::Abac ? soft_delete_in_abac(parent) : needs(rights, mode, parent);
    case Special::Sign:
      if (mode == PermissionMode::Legacy) return needs(rights, mode, parent);
      return sign_in_abac(parent);
    case Special::ExportFrom:
    case Special::None:
      break;
  }
  if (operation->id == "untag") return untag(mode, parent);
  const Truth value = needs(rights, mode, parent);
  if (parent != nullptr) note_contested(mode, value, parent->finding);
  return value;
}

/// Where the documents give a right by another rule than by actions, the answer says so. Source: acr-authorization B.3
/// row 26, J3, J5, J27
void Decider::note_contested(PermissionMode mode, Truth value, Finding& finding) {
  const auto holds = [&](std::string_view operation) {
    const Operation& other = *find_operation(operation);
    return needs(mode == PermissionMode::Abac ? other.abac : other.legacy, mode, nullptr) == Truth::True;
  };
  const bool legacy = mode == PermissionMode::Legacy;
  if (legacy && value == Truth::False && is("delete-referrer") && holds("push"))
    rest_on(finding, AssumptionId::ReferrerDelete);
  if (legacy && value == Truth::False && is("show-attributes") && holds("pull"))
    rest_on(finding, AssumptionId::AcrPullSeesAttributes);
  if (legacy && value == Truth::False && is("show-streaming-policy") && holds("import"))
    rest_on(finding, AssumptionId::ImporterStreaming);
  if (!legacy && value == Truth::True && pushes() && !holds("set-attributes"))
    rest_on(finding, AssumptionId::PushNeedsMetadata);
}

/// Content trust is unsupported in the ABAC mode; the preview said otherwise. Source: acr-authorization J11
Truth Decider::sign_in_abac(Node* parent) {
  const std::string_view how = reading(AssumptionId::ImageSignerInAbac);
  const Truth works = how == "allowed" ? Truth::True : how == "denied" ? Truth::False : Truth::Unknown;
  if (works != Truth::True) {
    if (Node* n = leaf(parent, Reason::UnsupportedInMode, works)) {
      rest_on(n->finding, AssumptionId::ImageSignerInAbac);
      if (works == Truth::Unknown) doubt(*n, contested(AssumptionId::ImageSignerInAbac));
    }
    if (works == Truth::False) return works;
  }
  const std::span<const Right> rights(signing_in_abac());
  Node* all = inner(parent, Combine::All, Reason::AlternativeRights);
  Truth value = right(rights.front(), PermissionMode::Abac, all);
  served_ = find_operation("push");
  for (const Right& each : rights.subspan(1)) value = both(value, right(each, PermissionMode::Abac, all));
  served_ = question_.operation;
  return both(works, close(all, value));
}

/// Which of the documented rights removes a tag is contested. Source: acr-authorization J4
Truth Decider::untag(PermissionMode mode, Node* parent) {
  const Needs& all = mode == PermissionMode::Abac ? question_.operation->abac : question_.operation->legacy;
  const std::string_view how = reading(AssumptionId::UntagRight);
  const Needs push_or_metadata{all.front()};
  const Needs delete_alone{all.back()};
  if (how == "metadata-write") return needs(push_or_metadata, mode, parent);
  if (how == "delete") return needs(delete_alone, mode, parent);
  const Truth value = needs(all, mode, parent);
  if (parent != nullptr) rest_on(parent->finding, AssumptionId::UntagRight);
  if (how == "any") return value;
  // Open: settled only if every reading agrees.
  const Truth first = needs(push_or_metadata, mode, nullptr);
  const Truth second = needs(delete_alone, mode, nullptr);
  if (first == second) return value;
  if (Node* n = leaf(parent, Reason::UnsupportedInMode, Truth::Unknown)) {
    rest_on(n->finding, AssumptionId::UntagRight);
    doubt(*n, contested(AssumptionId::UntagRight));
  }
  return both(value, Truth::Unknown);
}

/// `az acr login` asks ARM for the login server, and falls back to the name with the cloud's suffix.
/// Source: acr-authorization E.1, J10
Truth Decider::az_login(Node* parent) {
  const Needs& rights = question_.operation->abac;
  const std::string_view how = reading(AssumptionId::AzLoginRight);
  if (how == "needed") return needs(rights, PermissionMode::Abac, parent);
  Node* any = inner(parent, Combine::Any, Reason::AlternativeRights);
  const Truth value = needs(rights, PermissionMode::Abac, any);
  Truth plain = Truth::Unknown;
  if (registry().login_server) {
    const std::string server = ascii_lower(*registry().login_server);
    plain = truth_of(server.substr(0, server.find('.')) == ascii_lower(registry().name));
  }
  const Truth known_server = plain;
  if (how == "unknown") plain = both(plain, Truth::Unknown);
  if (Node* n =
          leaf(any, known_server == Truth::Unknown ? Reason::LoginServerUnknown : Reason::SignInNeedsNoRight, plain)) {
    rest_on(n->finding, AssumptionId::AzLoginRight);
    if (registry().login_server) n->finding.detail = *registry().login_server;
    if (known_server == Truth::Unknown)
      doubt(*n, missing(datum::kRegistrySetting, "loginServer", registry_command(registry())));
    else if (plain == Truth::Unknown)
      doubt(*n, contested(AssumptionId::AzLoginRight));
  }
  return close(any, either(value, plain));
}

/// The source of an import: a pull right there, of the caller or of a principal given for it.
/// Source: acr-authorization B.4 Import
Truth Decider::import_source(Node* parent) {
  if (!question_.source_registry) return Truth::True;
  ResolvedQuestion at_source = question_;
  if (question_.text->network || question_.text->credential || question_.text->login_server) {
    auto asked = std::make_shared<Question>(*question_.text);
    asked->network.reset();
    asked->credential.reset();
    asked->login_server.reset();
    at_source.text = std::move(asked);
    if (trace_ != nullptr)
      trace_->memory.make<std::shared_ptr<const Question>>(at_source.text);  // findings refer to it
  }
  at_source.registry = *question_.source_registry;
  at_source.operation = find_operation("export-from");
  // A task imports as its identity: what tasks may do by default with their registry's data does not serve here.
  if (entra_) at_source.asker = *entra_;
  if (question_.source_asker) at_source.asker = *question_.source_asker;
  at_source.source_registry.reset();
  at_source.registry_typed_upper_case = false;
  Node* all = inner(parent, Combine::All, Reason::ImportSourceSide);
  if (all != nullptr) all->finding.detail = snapshot_.registries[at_source.registry].name;
  const Truth value = Decider(ix_, at_source, trace_, suppose_).decide(inner(all, Combine::All, Reason::Answer));
  return close(all, value);
}

/// Source: acr-authorization B.4 Tasks, C.1, J34
Truth Decider::quick_build_push(PermissionMode mode, Node* parent) {
  // What a run without the option may do is contested; one that says "none" signs in as nobody.
  const auto& option = question_.text->source_registry_auth;
  const bool as_nobody = option && equal_ignoring_case(*option, "none");
  if (mode == PermissionMode::Legacy) {
    leaf(parent, as_nobody ? Reason::QuickBuildAsNobody : Reason::QuickBuildDefaultAccess, truth_of(!as_nobody));
    return truth_of(!as_nobody);
  }
  Truth signs_in = truth_of(option && equal_ignoring_case(*option, "[caller]"));
  if (!option && reading(AssumptionId::QuickRunAuthentication) == "not-required") signs_in = Truth::True;
  if (!option && reading(AssumptionId::QuickRunAuthentication) == "unknown") signs_in = Truth::Unknown;
  if (signs_in != Truth::True) {
    if (Node* n = leaf(parent, Reason::QuickBuildNeedsCaller, signs_in)) {
      rest_on(n->finding, AssumptionId::QuickRunAuthentication);
      if (signs_in == Truth::Unknown) doubt(*n, contested(AssumptionId::QuickRunAuthentication));
    }
    if (signs_in == Truth::False) return signs_in;
  }
  served_ = find_operation("push");
  const Truth value = both(signs_in, needs(served_->abac, mode, parent));
  served_ = question_.operation;
  return value;
}

/// No data action exists for soft-deleted artifacts; only a custom role with the old actions leaves a doubt.
/// Source: acr-authorization J20
Truth Decider::soft_delete_in_abac(Node* parent) {
  const std::string_view how = reading(AssumptionId::SoftDeleteInAbac);
  custom_roles_only_ = true;
  const Truth custom = needs(question_.operation->legacy, PermissionMode::Legacy, nullptr);
  custom_roles_only_ = false;
  const Truth counts = how == "honoured" ? Truth::True : how == "not-honoured" ? Truth::False : Truth::Unknown;
  const Truth value = both(custom, counts);
  if (Node* n = leaf(parent, custom == Truth::False ? Reason::NoRightExists : Reason::SoftDeleteContested, value)) {
    if (custom != Truth::False) rest_on(n->finding, AssumptionId::SoftDeleteInAbac);
    if (value == Truth::Unknown) doubt(*n, contested(AssumptionId::SoftDeleteInAbac));
  }
  return value;
}

bool Decider::purge_is_literal() const {
  if (question_.text->literal) return *question_.text->literal;
  return std::all_of(question_.text->repository.begin(), question_.text->repository.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' || c == '-';
  });
}

/// Over a pattern, purge lists the catalog first and then needs its rights in every repository that matches.
/// Source: acr-authorization B.3 rows 28, 29
Truth Decider::purge(PermissionMode mode, Node* parent) {
  Truth value = Truth::True;
  if (!purge_is_literal())
    value = needs(find_operation("list-repositories")->abac, mode, mode == PermissionMode::Abac ? parent : nullptr);
  if (mode == PermissionMode::Legacy) value = Truth::True;
  return both(value, needs(mode == PermissionMode::Abac ? question_.operation->abac : question_.operation->legacy, mode,
                           parent));
}

// ---- admin user ---------------------------------------------------------------------------------------------

/// Source: acr-authorization D.1, J35, J37
Truth Decider::admin_door(PermissionMode mode, Node* parent) const {
  Node* all = inner(parent, Combine::All, Reason::AdminDoor);
  Truth value = Truth::Unknown;
  if (registry().admin_user_enabled) {
    value = truth_of(*registry().admin_user_enabled);
    leaf(all, *registry().admin_user_enabled ? Reason::AdminEnabled : Reason::AdminDisabled, value);
  } else if (Node* n = leaf(all, Reason::AdminUnknown, Truth::Unknown)) {
    doubt(*n, missing(datum::kRegistrySetting, "adminUserEnabled", registry_command(registry())));
  }
  const Operation* operation = question_.operation;
  const bool az_login = special() == Special::AzLogin;
  const bool data = operation != nullptr
                        ? (operation->plane == Plane::Data && special() != Special::CachePull) || az_login
                        : data_plane(question_.action());
  const std::string_view action = question_.text->action;
  const bool signs = operation != nullptr
                         ? special() == Special::Sign
                         : equal_ignoring_case(action, kSignAction) || equal_ignoring_case(action, kSignDataAction);
  const bool deletes =
      operation != nullptr
          ? operation->id.starts_with("delete") || is("purge") || is("disable-streaming")
          : equal_ignoring_case(action, kDeleteAction) || equal_ignoring_case(action, kDeleteDataAction);
  Truth may = truth_of(data && !signs);
  std::vector<AssumptionId> rests_on;
  const std::string_view may_delete = reading(AssumptionId::AdminDelete);
  if (deletes || (is("untag") && reading(AssumptionId::UntagRight) == "delete")) {
    rests_on.push_back(AssumptionId::AdminDelete);
    if (may_delete == "denied") may = Truth::False;
    if (may_delete == "unknown") may = both(may, Truth::Unknown);
  }
  // Whether untagging deletes is open as well.
  if (is("untag") && reading(AssumptionId::UntagRight) == "unknown" && may_delete != "allowed") {
    rests_on.push_back(AssumptionId::UntagRight);
    may = both(may, Truth::Unknown);
  }
  if (mode == PermissionMode::Abac) {
    rests_on.push_back(AssumptionId::AdminInAbac);
    if (reading(AssumptionId::AdminInAbac) == "denied") may = Truth::False;
    if (reading(AssumptionId::AdminInAbac) == "unknown") may = both(may, Truth::Unknown);
  }
  // No right to soft-deleted artifacts exists there; whether those of the other mode serve is contested.
  if (mode == PermissionMode::Abac && special() == Special::SoftDelete) {
    rests_on.push_back(AssumptionId::SoftDeleteInAbac);
    const std::string_view how = reading(AssumptionId::SoftDeleteInAbac);
    if (how == "not-honoured") may = Truth::False;
    if (how == "unknown") may = both(may, Truth::Unknown);
  }
  if (may != Truth::True) {
    if (Node* n = leaf(all, Reason::AdminNotForOperation, may)) {
      if (may == Truth::Unknown) {
        for (const AssumptionId id : rests_on) {
          if (reading(id) == "unknown") doubt(*n, contested(id));
        }
      }
    }
  }
  if (all != nullptr) {
    for (const AssumptionId id : rests_on) rest_on(all->finding, id);
  }
  return close(all, both(value, may));
}

// ---- anonymous pull -----------------------------------------------------------------------------------------

/// Source: acr-authorization D.3, J37
Truth Decider::anonymous_door(Node* parent) const {
  Node* all = inner(parent, Combine::All, Reason::AnonymousDoor);
  if (special() == Special::Login || special() == Special::AzLogin) {
    leaf(all, Reason::NothingToSignIn, Truth::False);
    return close(all, Truth::False);
  }
  // Standard and Premium registries have it: a Basic one that has it on contradicts itself.
  const auto& enabled = registry().anonymous_pull_enabled;
  const bool basic = registry().sku && equal_ignoring_case(*registry().sku, "Basic");
  Truth value = enabled ? truth_of(*enabled) : Truth::Unknown;
  if (basic) value = both(value, enabled ? Truth::Unknown : Truth::False);
  if (value != Truth::Unknown) {
    leaf(all, value == Truth::True ? Reason::AnonymousEnabled : Reason::AnonymousDisabled, value);
  } else if (Node* n = leaf(all, Reason::AnonymousUnknown, value)) {
    doubt(*n, missing(datum::kRegistrySetting, basic ? "sku" : "anonymousPullEnabled", registry_command(registry())));
  }

  // Reading content is what anonymous pull opens; what else reads along is contested.
  Truth may = Truth::False;
  std::optional<AssumptionId> rests_on;
  const auto reads_content = [](const AllOf& rights) {
    return std::all_of(rights.begin(), rights.end(),
                       [](const Right& r) { return r.action.ends_with("repositories/content/read"); });
  };
  const auto reads = [](const AllOf& rights) {
    return std::all_of(rights.begin(), rights.end(), [](const Right& r) {
      return r.action.ends_with("repositories/content/read") || r.action.ends_with("repositories/metadata/read");
    });
  };
  const Operation* operation = question_.operation;
  const bool listing = is("list-tags") || is("list-manifests") || is("list-manifest-metadata");
  if (operation == nullptr) {
    may = truth_of(equal_ignoring_case(question_.text->action, kPullAction) ||
                   equal_ignoring_case(question_.text->action, kPullDataAction));
  } else if (is("list-repositories")) {
    rests_on = AssumptionId::AnonymousCatalog;
  } else if (operation->plane == Plane::Data && operation->takes_repository && operation->special == Special::None &&
             !operation->abac.empty()) {
    if (reads_content(operation->abac.front()))
      may = Truth::True;
    else if (listing && reads(operation->abac.front()))
      rests_on = AssumptionId::AnonymousListTags;
  }
  if (rests_on) {
    const std::string_view how = reading(*rests_on);
    may = how == "allowed" ? Truth::True : how == "denied" ? Truth::False : Truth::Unknown;
  }
  if (may != Truth::True) {
    if (Node* n = leaf(all, Reason::AnonymousNotForOperation, may)) {
      if (may == Truth::Unknown && rests_on) doubt(*n, contested(*rests_on));
    }
  }
  if (all != nullptr && rests_on) rest_on(all->finding, *rests_on);
  return close(all, both(value, may));
}

// ---- tokens -------------------------------------------------------------------------------------------------

/// Source: acr-authorization D.2
Truth Decider::token_door(Node* parent) const {
  Node* all = inner(parent, Combine::All, Reason::TokenDoor);
  if (all != nullptr) all->finding.detail = token().name;
  Truth value = Truth::True;
  if (!token().enabled) {
    if (Node* n = leaf(all, Reason::TokenStateUnknown, Truth::Unknown)) {
      const std::string& open = token().enabled_open;
      n->finding.detail = open;
      doubt(*n, open.empty() ? missing(datum::kToken, token().name,
                                       acr_command(registry(), "token show --registry", token().name))
                             : known_after_deployment(open));
    }
    value = Truth::Unknown;
  } else if (!*token().enabled) {
    leaf(all, Reason::TokenDisabled, Truth::False);
    value = Truth::False;
  }
  if (!record_.own) {
    leaf(all, Reason::TokenOfOtherRegistry, Truth::False);
    return close(all, Truth::False);
  }
  return close(all, both(value, token_by_map(all)));
}

/// By the token's scope map: from the data, or one of the known system maps. Where several may be it, they have to
/// agree. A map that its id places in another registry is none of those of this one.
Truth Decider::token_by_map(Node* parent) const {
  const std::string& id = token().scope_map_id;
  const std::string_view name = last_segment(id);
  const std::string_view place = registry_in_id(id);
  const bool elsewhere = !place.empty() && !equal_ignoring_case(place, registry().name);
  std::vector<ListPlace> maps;
  bool owner_open = true;
  for (std::size_t i = 0; i < snapshot_.scope_maps.size(); ++i) {
    const model::ScopeMap& map = snapshot_.scope_maps[i];
    if (name.empty() || elsewhere || !equal_ignoring_case(map.name, name)) continue;
    const Truth its = ix_.belongs(map.registry, registry());
    if (its == Truth::False) continue;
    if (its == Truth::True) owner_open = false;
    const auto same = [&](ListPlace other) { return snapshot_.scope_maps[*other].actions == map.actions; };
    if (std::none_of(maps.begin(), maps.end(), same)) maps.emplace_back(i);
  }
  // The registry's own map may be one that the data does not show.
  if (owner_open) maps.emplace_back();
  if (maps.size() == 1) return token_needs(maps.front(), parent);
  Node* agree = inner(parent, Combine::Agree, Reason::RecordsAgree);
  if (agree != nullptr) agree->finding.detail = name;
  return common(
      agree, maps,
      [&](ListPlace map) {
        Node* all = inner(agree, Combine::All, Reason::AlternativeRights);
        return close(all, token_needs(map, all));
      },
      [&] {
        return missing(owner_open ? datum::kOwningRegistry : datum::kSeveralRecords, "scope-map:" + std::string(name),
                       acr_command(registry(), "scope-map show --registry", name));
      });
}

/// `map`: the token's scope map, or none of the data.
Truth Decider::token_needs(ListPlace map, Node* parent) const {
  const Operation* operation = question_.operation;
  const auto refuse = [&] {
    leaf(parent, Reason::TokenNotForOperation, Truth::False);
    return Truth::False;
  };
  if (special() == Special::Login) {
    leaf(parent, Reason::SignInNeedsNoRight, Truth::True);
    return Truth::True;
  }
  if (special() == Special::AzLogin) {
    leaf(parent, Reason::SignInNeedsNoRight, Truth::True);
    return Truth::True;
  }
  Needs rights;
  if (operation == nullptr) {
    const auto asked = scope_map_right(question_.text->action);
    if (!asked) return refuse();
    rights = {{*asked}};
  } else if (operation->plane != Plane::Data || special() == Special::CachePull || special() == Special::ExportFrom) {
    if (special() != Special::ExportFrom) return refuse();
    rights = operation->abac;
  } else {
    rights = operation->abac;
    if (special() == Special::Purge && !purge_is_literal())
      rights.front().push_back(find_operation("list-repositories")->abac.front().front());
  }
  if (rights.empty()) return refuse();
  if (is("untag")) {
    const std::string_view how = reading(AssumptionId::UntagRight);
    if (how == "delete") rights.erase(rights.begin());
    if (how == "metadata-write") rights.pop_back();
  }

  Node* any = rights.size() == 1 ? parent : inner(parent, Combine::Any, Reason::AlternativeRights);
  Truth value = Truth::False;
  Truth least = Truth::True;
  for (const AllOf& alternative : rights) {
    Node* each = inner(any, Combine::All, Reason::AlternativeRights);
    Truth all = Truth::True;
    for (const Right& right : alternative) {
      std::string_view verb = right.action;
      if (!starts_with_ignoring_case(verb, kRegistryPrefix)) continue;
      verb.remove_prefix(kRegistryPrefix.size());
      const bool reads_for_push = verb == "repositories/content/read" && operation != nullptr &&
                                  alternative.size() == 2 && alternative.back().action.ends_with("content/write");
      const std::string_view how = reads_for_push ? reading(AssumptionId::TokenPushRights) : "both";
      if (how == "write-suffices") continue;
      if (how == "unknown") {
        Node* open = inner(each, Combine::Any, Reason::AlternativeRights);
        const Truth read = token_action(map, verb, open);
        if (Node* n = leaf(open, Reason::TokenLacksAction, Truth::Unknown)) {
          rest_on(n->finding, AssumptionId::TokenPushRights);
          doubt(*n, contested(AssumptionId::TokenPushRights));
        }
        all = both(all, close(open, either(read, Truth::Unknown)));
        continue;
      }
      all = both(all, token_action(map, verb, each));
    }
    const bool pushes = alternative.back().action.ends_with("content/write");
    if (each != nullptr && pushes && all != Truth::True && each->children.back().value == Truth::True) {
      rest_on(each->finding, AssumptionId::TokenPushRights);
    }
    value = either(value, close(each, all));
    least = both(least, all);
  }
  if (any != parent) close(any, value);
  // Which of the rights untags is open: settled only if every reading agrees.
  if (is("untag") && reading(AssumptionId::UntagRight) == "unknown" && least != value) {
    if (Node* n = leaf(parent, Reason::UnsupportedInMode, Truth::Unknown)) {
      rest_on(n->finding, AssumptionId::UntagRight);
      doubt(*n, contested(AssumptionId::UntagRight));
    }
    return both(value, Truth::Unknown);
  }
  return value;
}

Truth Decider::token_action(ListPlace map, std::string_view verb, Node* parent) const {
  constexpr std::string_view kRepositories = "repositories/";
  const bool catalog = verb == "catalog/read";
  if (!catalog && !verb.starts_with(kRepositories)) {
    leaf(parent, Reason::TokenNotForOperation, Truth::False);
    return Truth::False;
  }
  const bool never = catalog && reading(AssumptionId::TokenCatalog) == "denied";
  const std::string_view map_name = last_segment(token().scope_map_id);
  const bool map_known = map || !system_scope_map(map_name).empty() || map_name.empty();
  if (!map_known && !never) {
    if (Node* n = leaf(parent, Reason::TokenScopeMapMissing, Truth::Unknown)) {
      n->finding.detail = map_name;
      doubt(*n, model::is_named_unknown(map_name) ? known_after_deployment(map_name)
                                                  : missing(datum::kScopeMap, std::string(map_name),
                                                            acr_command(registry(), "scope-map list --registry")));
    }
    return Truth::Unknown;
  }
  if (!catalog) verb.remove_prefix(kRepositories.size());

  Truth value = Truth::False;
  std::string_view matched;
  bool by_map = false;
  bool root = false;
  std::vector<AssumptionId> rests_on;
  const auto look_at = [&](std::string_view action) {
    const auto split = split_scope_map_action(action);
    if (!split) return;
    if (split->name == "*") root = true;
    if (catalog || !equal_ignoring_case(split->verb, verb) || value == Truth::True) return;
    Truth covers = Truth::False;
    switch (repository_known_ ? scope_map_covers(split->name, question_.text->repository)
                              : (split->name == "*" ? Covers::Yes : Covers::No)) {
      case Covers::Yes:
        covers = Truth::True;
        break;
      case Covers::RootOnly: {
        const std::string_view how = reading(AssumptionId::ScopeMapRootCovered);
        covers = how == "yes" ? Truth::True : how == "no" ? Truth::False : Truth::Unknown;
        rests_on.push_back(AssumptionId::ScopeMapRootCovered);
        break;
      }
      case Covers::No:
        if (!repository_known_) covers = Truth::Unknown;
        break;
    }
    if (covers > value) {
      value = covers;
      matched = action;
      by_map = map.has_value();
    }
  };
  if (map) {
    for (const std::string& action : snapshot_.scope_maps[*map].actions) look_at(action);
  } else {
    for (const std::string_view action : system_scope_map(map_name)) look_at(action);
  }
  if (catalog) {
    const std::string_view how = reading(AssumptionId::TokenCatalog);
    rests_on.push_back(AssumptionId::TokenCatalog);
    if (root) value = how == "root-wildcard" ? Truth::True : how == "unknown" ? Truth::Unknown : Truth::False;
  }
  const Reason reason = catalog && root        ? Reason::TokenCatalogContested
                        : value == Truth::True ? Reason::TokenGrants
                                               : Reason::TokenLacksAction;
  if (Node* n = leaf(parent, reason, value)) {
    if (by_map) n->finding.scope_map = map;
    n->finding.pattern = matched;
    n->finding.detail = verb;
    if (value == Truth::Unknown) {
      for (const AssumptionId id : rests_on) {
        if (reading(id) == "unknown") doubt(*n, contested(id));
      }
      if (!repository_known_)
        doubt(*n, missing(datum::kRepositoryNames, question_.text->repository,
                          "ask with literal: true for each repository"));
    }
    for (const AssumptionId id : rests_on) rest_on(n->finding, id);
  }
  return value;
}

// ---- connected registries -----------------------------------------------------------------------------------

/// Disabling the token by which it synchronises disables a connected registry. Records of the token that differ, or
/// whose registry is open, leave it open, and so does a token that the data does not show.
/// Source: acr-authorization D.4
Truth Decider::synchronises(const model::ConnectedRegistry& connected) const {
  const std::string_view sync = last_segment(connected.sync_token_id);
  if (sync.empty()) return Truth::True;
  bool on = false;
  Truth off = Truth::False;
  for (const model::Token& t : snapshot_.tokens) {
    if (!equal_ignoring_case(t.name, sync) || !t.enabled) continue;
    const Truth its = ix_.belongs(t.registry, registry());
    if (its == Truth::True && *t.enabled) on = true;
    if (!*t.enabled) off = either(off, its);
  }
  return !on && off == Truth::False ? Truth::Unknown : !(on ? both(off, Truth::Unknown) : off);
}

/// Does a connected registry, as one record describes it, take what the token asks? `refusal` says why not.
Truth Decider::serves_token(const model::ConnectedRegistry& connected, Reason& refusal) const {
  const auto names_token = [&](const std::string& id) { return equal_ignoring_case(last_segment(id), token().name); };
  if (std::none_of(connected.client_token_ids.begin(), connected.client_token_ids.end(), names_token))
    return Truth::False;
  const Truth on = synchronises(connected);
  if (on == Truth::False) refusal = Reason::ConnectedRegistryDisabled;
  const Operation* operation = question_.operation;
  const auto changes = [](const Right& r) { return !ascii_lower(r.action).ends_with("/read"); };
  const bool writes = operation == nullptr
                          ? changes(question_.action())
                          : std::any_of(operation->abac.begin(), operation->abac.end(), [&](const AllOf& rights) {
                              return std::any_of(rights.begin(), rights.end(), changes);
                            });
  if (on == Truth::False || !writes) return on;
  const auto mode_is = [&](std::string_view word) { return equal_ignoring_case(connected.mode, word); };
  const Truth takes = mode_is("ReadWrite") || mode_is("Registry") ? Truth::True
                      : mode_is("ReadOnly") || mode_is("Mirror")  ? Truth::False
                                                                  : Truth::Unknown;
  if (takes == Truth::False) refusal = Reason::TokenNotForOperation;
  return both(on, takes);
}

/// Clients of a connected registry use tokens that it lists; Azure roles do not count there. Several records of one
/// connected registry have to agree. Source: acr-authorization D.4
Truth Decider::connected_registry_door(Node* parent) const {
  Node* all = inner(parent, Combine::All, Reason::ConnectedRegistryDoor);
  if (!std::holds_alternative<TokenAsker>(question_.asker)) {
    leaf(all, Reason::ConnectedRegistryNoEntra, Truth::False);
    return close(all, Truth::False);
  }
  struct Records {
    std::vector<const model::ConnectedRegistry*> distinct;
    Truth here = Truth::False;
  };
  std::map<std::string, Records> by_name;
  for (const model::ConnectedRegistry& c : snapshot_.connected_registries) {
    const Truth here = ix_.belongs(c.registry, registry());
    if (here == Truth::False) continue;
    Records& records = by_name[ascii_lower(c.name)];
    records.here = either(records.here, here);
    const auto covers = [&](const auto* other) { return contains(*other, c); };
    if (std::any_of(records.distinct.begin(), records.distinct.end(), covers)) continue;
    std::erase_if(records.distinct, [&](const auto* other) { return contains(c, *other); });
    records.distinct.push_back(&c);
  }

  bool any = false;
  Truth open = Truth::False;
  Reason refusal = Reason::TokenNotListedForConnectedRegistry;
  std::vector<Cause> causes;
  const auto not_shown = [&] {
    return missing(datum::kConnectedRegistry, registry().name,
                   acr_command(registry(), "connected-registry list --registry"));
  };
  for (const auto& [name, records] : by_name) {
    any = any || records.here == Truth::True;
    Truth least = Truth::True;
    Truth most = Truth::False;
    for (const model::ConnectedRegistry* record : records.distinct) {
      const Truth one = serves_token(*record, refusal);
      least = both(least, one);
      most = either(most, one);
    }
    const Truth value = both(records.here, least == most ? most : Truth::Unknown);
    open = either(open, value);
    if (value != Truth::Unknown) continue;
    const model::ConnectedRegistry& first = *records.distinct.front();
    if (least != most) {
      causes.push_back(missing(datum::kSeveralRecords, "connected-registry:" + first.name,
                               acr_command(registry(), "connected-registry show --registry", first.name)));
    } else if (most == Truth::Unknown && synchronises(first) == Truth::Unknown) {
      const std::string_view sync = last_segment(first.sync_token_id);
      causes.push_back(
          missing(datum::kToken, std::string(sync), acr_command(registry(), "token show --registry", sync)));
    } else {
      causes.push_back(not_shown());
    }
  }
  if (!any || (open == Truth::False && ix_.connected_incomplete)) {
    open = Truth::Unknown;
    if (causes.empty()) causes.push_back(not_shown());
  }
  if (open == Truth::Unknown) {
    if (Node* n = leaf(all, Reason::ConnectedRegistryUnknown, open)) n->causes = trace_->memory.keep(std::move(causes));
  } else if (open == Truth::False) {
    if (Node* n = leaf(all, refusal, open))
      n->finding.detail = refusal == Reason::TokenNotForOperation ? std::string_view("ReadOnly") : token().name;
  }
  return close(all, both(open, token_door(all)));
}

// ---- tasks --------------------------------------------------------------------------------------------------

/// Legacy registries give tasks access to themselves; ABAC registries do not, the task's identity needs rights.
/// Source: acr-authorization B.4 Tasks
Truth Decider::task_door(PermissionMode mode, Node* parent) {
  const model::Task& task = this->task();
  Node* all = inner(parent, Combine::All, Reason::TaskDoor);
  if (all != nullptr) all->finding.detail = task.name;
  Truth value = Truth::True;
  if (!task.enabled) {
    leaf(all, Reason::TaskDisabled, Truth::False);
    value = Truth::False;
  }
  Node* any = inner(all, Combine::Any, Reason::AlternativeRights);
  const bool own_registry = record_.own;
  const auto* credential = model::credential_for(task, registry());
  const bool switched_off =
      task.source_registry_login_mode && equal_ignoring_case(*task.source_registry_login_mode, "None");
  std::string_view identity;
  if (task.source_registry_identity) identity = *task.source_registry_identity;
  const bool named_none = equal_ignoring_case(identity, "none");
  const bool default_serves = question_.operation != nullptr ? on_data_plane() && special() != Special::CachePull
                                                             : is_legacy_data_action(question_.text->action);
  const Truth by_default =
      truth_of(mode == PermissionMode::Legacy && own_registry && !switched_off && !named_none && default_serves);
  if (own_registry)
    leaf(any, by_default == Truth::True ? Reason::TaskDefaultAccess : Reason::TaskNoDefaultAccess, by_default);

  // Which directory object the task acts as: the identity set for its own registry, or the one of its credential for
  // another. Tasks are no cache identities.
  const bool signs_in = special() != Special::CachePull;
  const auto given = own_registry            ? (switched_off ? TaskIdentity{} : task_identity(identity))
                     : credential != nullptr ? task_identity(*credential)
                                             : TaskIdentity{};
  if (!own_registry && (!signs_in || given.nobody())) leaf(any, Reason::TaskNoCredential, Truth::False);
  Truth by_identity = signs_in ? as_task_identity(given, mode, any) : Truth::False;
  if (own_registry && credential != nullptr && signs_in && either(by_default, by_identity) != Truth::True) {
    // Credentials are described for other registries; what one for the own registry does is open.
    const TaskIdentity other = task_identity(*credential);
    Node* both_of = inner(any, Combine::All, Reason::AlternativeRights);
    if (Node* n = leaf(both_of, Reason::TaskOwnCredentialOpen, Truth::Unknown)) {
      n->finding.detail = credential->login_server;
      doubt(*n, missing(datum::kTaskCredential, task.name,
                        acr_command(home_of(task), "task update --registry", task.name) +
                            " --source-acr-auth-id IDENTITY"));
    }
    const Truth by_credential = other.nobody() ? Truth::False : as_task_identity(other, mode, both_of);
    if (other.nobody()) leaf(both_of, Reason::TaskNoCredential, Truth::False);
    const Truth open = close(both_of, both(Truth::Unknown, by_credential));
    // What comes after asks for the rights of whoever passes here.
    if (by_identity != Truth::False) become_task_identity(given);
    by_identity = either(by_identity, open);
  }
  return close(all, both(value, close(any, either(by_default, by_identity))));
}

/// The registry that a task lives in.
const std::string& Decider::home_of(const model::Task& task) const {
  return task.registry.empty() ? registry().name : task.registry;
}

/// What a credential of the task says. A user name and a password are a token's, the admin user's or a service
/// principal's: the data does not say whose.
Decider::TaskIdentity Decider::task_identity(const model::Task::CustomRegistry& credential) const {
  if (credential.identity.empty()) return {.written = {}, .id = {}, .unresolved = true};
  return task_identity(credential.identity);
}

bool Decider::names_identity(std::string_view written) {
  return !written.empty() && !equal_ignoring_case(written, "none") && !equal_ignoring_case(written, "[caller]");
}

/// `written`: "[system]", a client id, a resource id or an object id. A task acts by what is attached to it alone.
Decider::TaskIdentity Decider::task_identity(std::string_view written) const {
  TaskIdentity result{.written = written, .id = {}, .unresolved = false};
  if (!names_identity(written)) return result;
  const model::ManagedIdentity& of_task = task().identity;
  if (equal_ignoring_case(written, "[system]")) {
    const bool has = of_task.type.empty() || of_task.type.find("SystemAssigned") != std::string::npos;
    if (has) result.id = of_task.principal_id;
  } else if (written == of_task.principal_id) {
    result.id = of_task.principal_id;
  } else {
    for (const auto& user : of_task.user_assigned) {
      if (result.id.empty()) result.id = attached(user, written);
    }
  }
  result.unresolved = result.id.empty();
  return result;
}

/// The object id of an attached identity if `written` names it: by itself or, where the task's export does not show its
/// ids, by its own export. Empty: it does not.
std::string_view Decider::attached(const model::ManagedIdentity::UserAssigned& user, std::string_view written) const {
  const bool named = equal_ignoring_case(user.client_id, written) || equal_ignoring_case(user.resource_id, written) ||
                     user.principal_id == written;
  if (named && !user.principal_id.empty()) return user.principal_id;
  for (const Engine::Index::Name& name : ix_.principal_names.find(named ? user.resource_id : written)) {
    const model::Principal& principal = snapshot_[name.principal];
    if (!principal.resource_id.empty() && equal_ignoring_case(principal.resource_id, user.resource_id))
      return principal.id;
  }
  return {};
}

/// Looks at the rights of an identity from now on.
void Decider::become_task_identity(const TaskIdentity& identity) {
  if (identity.id.empty()) return become(question_.asker);
  const auto named = ix_.principal_names.find(identity.id);
  EntraAsker asker{.known = !named.empty(), .id = {}, .typed_as = "object-id"};
  if (asker.known) asker.principal = named.front().principal;
  become(asker);
}

Truth Decider::as_task_identity(const TaskIdentity& identity, PermissionMode mode, Node* parent) {
  if (!identity.id.empty()) {
    become_task_identity(identity);
    Node* node = inner(parent, Combine::All, Reason::TaskUsesIdentity);
    if (node != nullptr) node->finding.detail = identity.id;
    return close(node, entra_door(mode, node));
  }
  if (!identity.unresolved) return Truth::False;
  if (Node* n = leaf(parent, Reason::TaskIdentityUnknown, Truth::Unknown)) {
    n->finding.detail = identity.written;
    doubt(*n, missing(datum::kTaskIdentity, task().name,
                      acr_command(home_of(task()), "task show --registry", task().name)));
  }
  return Truth::Unknown;
}

}  // namespace acrbiter::evaluator

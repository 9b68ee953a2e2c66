#include "parser/infrastructure.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/ascii.h"
#include "model/guid.h"
#include "parser/builtin_roles.h"
#include "parser/formats.h"
#include "parser/input.h"
#include "parser/json_reader.h"
#include "parser/lower_common.h"
#include "parser/rest_object.h"

namespace acrbiter::parser {

namespace {

using Json = nlohmann::json;
using model::ascii_lower;
using model::DeclaredObject;
using model::Snapshot;
using model::Truth;

constexpr std::string_view kRegistriesInId = "/providers/microsoft.containerregistry/registries/";
constexpr std::string_view kDefinitionsInId = "/providers/microsoft.authorization/roledefinitions/";
constexpr std::string_view kRoleAssignmentsInId = "/roleassignments/";
constexpr std::string_view kActiveInstancesInId = "/roleassignmentscheduleinstances/";
constexpr std::string_view kDenyAssignmentsInId = "/providers/microsoft.authorization/denyassignments/";
constexpr std::string_view kLocksInId = "/providers/microsoft.authorization/locks/";
constexpr std::string_view kScopeMapType = "microsoft.containerregistry/registries/scopemaps";
constexpr std::string_view kTokenType = "microsoft.containerregistry/registries/tokens";
constexpr std::string_view kDenyType = "microsoft.authorization/denyassignments";
constexpr std::string_view kDefinitionType = "microsoft.authorization/roledefinitions";

std::string text_member(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A declared object that is about to be applied.
struct Pending {
  const Declaration* declaration = nullptr;
  Json object;
  std::string id;           ///< lower case
  bool open_level = false;  ///< a lock, and of what level is not known
};

std::vector<std::string_view> segments_of(std::string_view id) {
  std::vector<std::string_view> segments;
  while (!id.empty()) {
    const std::size_t slash = id.find('/');
    segments.push_back(id.substr(0, slash));
    id = slash == std::string_view::npos ? std::string_view() : id.substr(slash + 1);
  }
  return segments;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

void replace_in_strings(Json& value, std::string_view from, std::string_view to) {
  if (value.is_string()) {
    replace_all(value.get_ref<std::string&>(), from, to);
  } else if (value.is_structured()) {
    for (Json& inner : value) replace_in_strings(inner, from, to);
  }
}

/// Is `name` of the form `pattern`, in which `*` is any text? An empty one is any.
bool may_be_called(std::string_view name, std::string_view pattern) {
  if (pattern.empty()) return true;
  const std::string text = ascii_lower(name);
  std::string form = ascii_lower(pattern);
  const std::size_t star = form.find('*');
  const std::string_view begin = std::string_view(form).substr(0, star);
  if (star == std::string::npos) return text == form;
  const std::string_view end = std::string_view(form).substr(form.rfind('*') + 1);
  return text.size() >= begin.size() + end.size() && text.starts_with(begin) && text.ends_with(end);
}

/// Does the registry show the setting `name` as `value` says it? False also where that is not compared.
bool says(const model::Registry& registry, std::string_view name, const Json& value) {
  const auto same = [&](const std::optional<std::string>& shown) {
    return shown && value.is_string() && model::equal_ignoring_case(*shown, value.get_ref<const std::string&>());
  };
  const auto same_flag = [&](std::optional<bool> shown) { return shown && value == *shown; };
  if (name == "roleAssignmentMode") return same(registry.mode_text);
  if (name == "publicNetworkAccess") return same(registry.public_network_access);
  if (name == "networkRuleBypassOptions") return same(registry.network_rule_bypass_options);
  if (name == "adminUserEnabled") return same_flag(registry.admin_user_enabled);
  if (name == "anonymousPullEnabled") return same_flag(registry.anonymous_pull_enabled);
  if (name == "dataEndpointEnabled") return same_flag(registry.data_endpoint_enabled);
  if (name == "networkRuleBypassAllowedForTasks") return same_flag(registry.bypass_allowed_for_tasks);
  return false;
}

class Overlay {
 public:
  Overlay(Infrastructure& infrastructure, model::SnapshotBuilder& builder)
      : infrastructure_(infrastructure), builder_(builder), draft_(builder.draft()) {}

  std::vector<model::Diagnostic> run() {
    forget_old_states();
    states_first();
    tell_spellings_apart();
    tell_plans_apart();
    for (const Declaration& declaration : infrastructure_.declarations) {
      Json object = Json::parse(declaration.object);
      std::string id = ascii_lower(text_member(object, "id"));
      pending_.push_back({.declaration = &declaration, .object = std::move(object), .id = std::move(id)});
    }
    learn_unknowns();
    add_identities();
    // A role has to be there before it is assigned by name.
    const auto is_definition = [](const Pending& p) { return p.id.find(kDefinitionsInId) != std::string::npos; };
    std::stable_partition(pending_.begin(), pending_.end(), is_definition);
    builder_.note_assigned_subscriptions();
    remove_assignments();
    const std::size_t shown = draft_.role_assignments.size();
    for (Pending& pending : pending_) apply_one(pending);
    for (const Pending& pending : pending_) open_possible(pending);
    open_replaced_assignments(shown);
    open_updated_assignments(shown);
    remove_untold();
    open_removed();
    add_members();
    bury();
    forget_complete_lists();
    for (auto& [file, context] : contexts_) context.finish();
    std::stable_sort(draft_.declared.begin(), draft_.declared.end(),
                     [](const DeclaredObject& a, const DeclaredObject& b) { return a.id < b.id; });
    // Of what is removed and made anew the last counts.
    std::vector<DeclaredObject> last;
    for (DeclaredObject& object : draft_.declared) {
      if (!last.empty() && last.back().id == object.id) last.pop_back();
      last.push_back(std::move(object));
    }
    draft_.declared = std::move(last);
    std::vector<model::Diagnostic> errors;
    for (auto& [file, context] : contexts_) {
      errors.insert(errors.end(), std::make_move_iterator(context.errors.begin()),
                    std::make_move_iterator(context.errors.end()));
    }
    return errors;
  }

 private:
  // ---- several files ----------------------------------------------------------------------------------------

  [[nodiscard]] bool is_of(model::FileIndex file, std::string_view kind) const {
    return draft_.files[model::at(file)].kind == kind;
  }

  /// Of the states of one history (`terraform.tfstate.backup`) the newest counts.
  void forget_old_states() {
    std::set<model::FileIndex> old;
    for (const StateVersion& state : infrastructure_.states) {
      const auto newer = std::find_if(infrastructure_.states.begin(), infrastructure_.states.end(), [&](const auto& o) {
        return o.lineage == state.lineage && o.serial > state.serial;
      });
      if (newer == infrastructure_.states.end() || !old.insert(state.file).second) continue;
      model::Warning& warning = draft_.warnings.emplace_back();
      warning.code = "older-state";
      warning.where.file = draft_.files[model::at(state.file)].path;
      warning.where.message = "the state is older than that of " +
                              model::quoted(draft_.files[model::at(newer->file)].path) + " and is left out";
    }
    const auto is_old = [&](const auto& each) { return old.contains(each.file); };
    std::erase_if(infrastructure_.declarations, is_old);
    std::erase_if(infrastructure_.identities, is_old);
    std::erase_if(infrastructure_.members, is_old);
  }

  /// A state is what is there and a plan what will be, whatever their files are called.
  void states_first() {
    const auto of_state = [&](const auto& each) { return is_of(each.file, "terraform-state"); };
    std::stable_partition(infrastructure_.declarations.begin(), infrastructure_.declarations.end(), of_state);
    std::stable_partition(infrastructure_.identities.begin(), infrastructure_.identities.end(), of_state);
    std::stable_partition(infrastructure_.members.begin(), infrastructure_.members.end(), of_state);
  }

  /// Terraform's addresses differ if their letter case does, ids do not: `t["A"]` and `t["a"]` are two things. All
  /// identities of such addresses get a number, since whoever asks for one may mean any; of other objects, all but the
  /// first.
  void tell_spellings_apart() {
    const auto is_terraform = [&](model::FileIndex file) {
      return is_of(file, "terraform-plan") || is_of(file, "terraform-state");
    };
    struct Spellings {
      std::vector<std::string> all;  ///< in the order of the files
      bool identities = false;
    };
    std::map<std::string, Spellings> known;  // address in lower case
    std::set<model::FileIndex> files;
    const auto add = [&](const std::string& address, model::FileIndex file, bool identity) {
      if (!is_terraform(file)) return;
      files.insert(file);
      Spellings& spellings = known[ascii_lower(address)];
      spellings.identities = spellings.identities || identity;
      if (std::find(spellings.all.begin(), spellings.all.end(), address) == spellings.all.end())
        spellings.all.push_back(address);
    };
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (!identity.removed) add(identity.address, identity.file, true);
    }
    for (const Declaration& declaration : infrastructure_.declarations) {
      const bool goes =
          declaration.effect == Declaration::Effect::Remove || declaration.effect == Declaration::Effect::Undeploy;
      if (!goes) add(declaration.address, declaration.file, false);
    }
    std::map<std::string, std::string> names;
    const Spellings* first = nullptr;
    for (const auto& [lower, spellings] : known) {
      if (spellings.all.size() < 2) continue;
      for (std::size_t i = spellings.identities ? 0 : 1; i < spellings.all.size(); ++i) {
        names[spellings.all[i]] = spellings.all[i] + " (" + std::to_string(i + 1) + ')';
      }
      if (spellings.identities && first == nullptr) first = &spellings;
    }
    if (names.empty()) return;
    for (const model::FileIndex file : files) rename(file, names);
    if (first == nullptr) return;
    model::Warning& warning = draft_.warnings.emplace_back();
    warning.code = "one-address-in-several-spellings";
    warning.where.file = draft_.files[model::at(*files.begin())].path;
    warning.where.message = "addresses differ in letter case alone: " + model::quoted(first->all[0]) + " and " +
                            model::quoted(first->all[1]);
    warning.where.help = "whoever has such an address is asked for by its number, of these " +
                         model::quoted(names.at(first->all[0])) + " and " + model::quoted(names.at(first->all[1]));
  }

  /// What a plan makes goes by its address until it is there. Where plans of several roots make different things of one
  /// address, the file's name tells them apart.
  void tell_plans_apart() {
    const auto is_plan = [](const model::SourceFile& file) { return file.kind == "terraform-plan"; };
    if (std::count_if(draft_.files.begin(), draft_.files.end(), is_plan) < 2) return;
    std::map<std::string, std::map<model::FileIndex, std::string>> made;  // address → what each plan makes
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (identity.object_id.empty() && is_of(identity.file, "terraform-plan"))
        made[identity.address][identity.file] += identity.resource_id + '\n' + identity.name;
    }
    for (const Declaration& declaration : infrastructure_.declarations) {
      const bool generated =
          declaration.effect == Declaration::Effect::Set && is_of(declaration.file, "terraform-plan") &&
          text_member(Json::parse(declaration.object), "id").ends_with('{' + declaration.address + '}');
      if (generated) made[declaration.address][declaration.file] += declaration.object;
    }
    std::set<model::FileIndex> at_odds;
    std::vector<std::string_view> different;
    for (const auto& [address, plans] : made) {
      const std::string& first = plans.begin()->second;
      const bool one = std::all_of(plans.begin(), plans.end(), [&](const auto& plan) { return plan.second == first; });
      if (one) continue;
      different.push_back(address);
      for (const auto& [file, what] : plans) at_odds.insert(file);
    }
    if (different.empty()) return;
    // What else they share is of two roots as well.
    std::map<model::FileIndex, std::map<std::string, std::string>> renamed;
    for (const auto& [address, plans] : made) {
      for (const auto& [file, what] : plans) {
        if (at_odds.contains(file)) renamed[file][address] = address + " of " + draft_.files[model::at(file)].path;
      }
    }
    model::Warning& warning = draft_.warnings.emplace_back();
    warning.code = "one-address-in-several-plans";
    warning.where.file = draft_.files[model::at(*at_odds.rbegin())].path;
    warning.where.message = "plans make different things of one address, " + std::to_string(different.size()) +
                            " in all, the first: " + model::quoted(different.front());
    warning.where.help = "whoever such a plan makes is asked for by address and file: `ADDRESS of FILE`";
    for (const auto& [file, names] : renamed) rename(file, names);
  }

  void rename(model::FileIndex file, const std::map<std::string, std::string>& names) {
    const auto in_text = [&](std::string& text) {
      if (const auto found = names.find(text); found != names.end()) {
        text = found->second;
        return;
      }
      // In a segment a slash is %2F.
      for (const auto& [from, to] : names) {
        replace_all(text, '{' + from + '}', model::unknown_segment(to));
        replace_all(text, model::unknown_segment(from), model::unknown_segment(to));
      }
      for (const auto& [from, to] : names) {
        replace_all(text, '{' + from + '.', '{' + to + '.');
        replace_all(text, "{sensitive " + from + '.', "{sensitive " + to + '.');
      }
    };
    const std::function<void(Json&)> in_value = [&](Json& value) {
      if (value.is_string()) {
        in_text(value.get_ref<std::string&>());
      } else if (value.is_structured()) {
        for (Json& inner : value) in_value(inner);
      }
    };
    for (Declaration& declaration : infrastructure_.declarations) {
      if (declaration.file != file) continue;
      Json object = Json::parse(declaration.object);
      in_value(object);
      declaration.object = object.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    for (DeclaredIdentity& identity : infrastructure_.identities) {
      if (identity.file != file) continue;
      if (names.contains(identity.address) && identity.alias.empty()) identity.alias = identity.address;
      in_text(identity.address);
      in_text(identity.resource_id);
    }
    for (DeclaredMembers& declared : infrastructure_.members) {
      if (declared.file != file) continue;
      in_text(declared.group);
      for (std::string& member : declared.members) in_text(member);
    }
  }

  LoweringContext& context_of(model::FileIndex file) {
    const auto found = contexts_.find(file);
    if (found != contexts_.end()) return found->second;
    // Files are told apart by their last segments, as where exports are read.
    const std::string_view name = last_segment(draft_.files[model::at(file)].path);
    LoweringContext context{.builder = builder_, .file = file, .file_name = name, .infrastructure = infrastructure_};
    // A declared assignment is no row of a subscription's listing.
    context.assignments.whole_tenant = true;
    return contexts_.emplace(file, std::move(context)).first->second;
  }

  // ---- named unknowns that exports settle -------------------------------------------------------------------

  /// A registry of a name that exports show is that registry: what its id leaves open is in theirs, be it declared or
  /// only the scope of something.
  void learn_unknowns() {
    std::map<std::string, std::string> shown;  // name → id
    for (const model::Registry& registry : draft_.registries) {
      if (!registry.id.empty()) shown.emplace(ascii_lower(registry.name), registry.id);
    }
    std::map<model::FileIndex, std::map<std::string, std::string>> learned;
    for (const Pending& pending : pending_) {
      const std::string declared = text_member(pending.object, "id");
      const auto path = registry_path(pending.id);
      if (!path) continue;
      const auto known = shown.find(std::string(path->registry));
      if (known == shown.end()) continue;
      const std::vector<std::string_view> open =
          segments_of(std::string_view(declared).substr(0, path->registry_id.size()));
      const std::vector<std::string_view> settled = segments_of(known->second);
      // An id that begins with the id of something that is not known: `{group}/providers/…`.
      if (!pending.id.starts_with('/') && model::is_named_unknown(open.front())) {
        const std::size_t below = ascii_lower(known->second).find(kRegistriesInId);
        learned[pending.declaration->file].emplace(open.front(), known->second.substr(0, below));
      }
      if (open.size() != settled.size()) continue;
      for (std::size_t i = 0; i < open.size(); ++i) {
        if (model::is_named_unknown(open[i])) learned[pending.declaration->file].emplace(open[i], settled[i]);
      }
    }
    for (Pending& pending : pending_) {
      const auto found = learned.find(pending.declaration->file);
      if (found == learned.end()) continue;
      for (const auto& [unknown, text] : found->second) replace_in_strings(pending.object, unknown, text);
      pending.id = ascii_lower(text_member(pending.object, "id"));
    }
    for (DeclaredIdentity& identity : infrastructure_.identities) {
      const auto found = learned.find(identity.file);
      if (found == learned.end()) continue;
      for (const auto& [unknown, text] : found->second) replace_all(identity.resource_id, unknown, text);
    }
  }

  // ---- identities and groups --------------------------------------------------------------------------------

  void add_identities() {
    std::set<std::string> removed;
    for (const Pending& pending : pending_) {
      if (pending.declaration->effect == Declaration::Effect::Remove && !may_stay(pending)) removed.insert(pending.id);
    }
    std::map<std::string, std::string> by_resource;  // resource id → object id; of what stays
    for (const model::Principal& principal : draft_.principals) {
      if (is_in_any(removed, ascii_lower(principal.resource_id))) continue;
      if (!principal.resource_id.empty()) by_resource.emplace(ascii_lower(principal.resource_id), principal.id);
    }
    note_existing(removed, by_resource);
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (identity.removed) {
        note_deleted(identity);
        continue;
      }
      if (identity.pulls) continue;  // see add_pulling
      std::string id = identity.object_id;
      bool is_new = identity.is_new && id.empty();
      if (id.empty() && !identity.resource_id.empty() && !identity.replaces) {
        const auto shown = by_resource.find(ascii_lower(identity.resource_id));
        if (shown != by_resource.end()) {
          id = shown->second;
          is_new = false;
        }
      }
      if (is_new && !identity.replaces && may_exist(identity)) is_new = false;
      if (id.empty()) id = identity.address;
      if (identity.replaces && !identity.resource_id.empty()) {
        for (model::Principal& other : draft_.principals) {
          if (model::equal_ignoring_case(other.resource_id, identity.resource_id)) other.resource_id.clear();
        }
        by_resource[ascii_lower(identity.resource_id)] = id;
      }
      object_ids_[ascii_lower(identity.address)] = id;
      const model::PrincipalIndex index = builder_.principal(id);
      model::Principal& principal = draft_.principals[model::at(index)];
      if (principal.kind == model::PrincipalKind::Unknown) principal.kind = identity.kind;
      principal.described = true;
      if (principal.app_id.empty()) principal.app_id = ascii_lower(identity.app_id);
      if (principal.user_principal_name.empty()) principal.user_principal_name = identity.user_principal_name;
      if (principal.resource_id.empty()) principal.resource_id = identity.resource_id;
      if (principal.display_name.empty()) {
        principal.display_name = identity.name.empty() ? identity.address : identity.name;
      }
      if (!model::equal_ignoring_case(id, identity.address)) add_alias(principal, identity.address);
      if (!identity.alias.empty()) add_alias(principal, identity.alias);
      if (is_new && identity.kind == model::PrincipalKind::Group) {
        builder_.set_members_known(index, model::MembersKnown::Complete);
      }
      // Only users and devices can be members of a group by a rule.
      if (is_new) new_.push_back(index);
    }
    add_pulling();
  }

  void note_deleted(const DeclaredIdentity& identity) {
    if (!identity.object_id.empty()) {
      deleted_.push_back(builder_.principal(identity.object_id));
      return;
    }
    const auto is = [](const std::string& told, const std::string& shown) {
      return !told.empty() && model::equal_ignoring_case(told, shown);
    };
    for (std::size_t i = 0; i < draft_.principals.size(); ++i) {
      const model::Principal& principal = draft_.principals[i];
      if (is(identity.user_principal_name, principal.user_principal_name) || is(identity.app_id, principal.app_id))
        deleted_.push_back(static_cast<model::PrincipalIndex>(i));
    }
  }

  /// Is `id`, or what it lies in, one of `ids`?
  static bool is_in_any(const std::set<std::string>& ids, const std::string& id) {
    for (std::size_t end = id.size(); end != 0 && end != std::string::npos; end = id.rfind('/', end - 1)) {
      if (ids.contains(id.substr(0, end))) return true;
    }
    return false;
  }

  /// Identities of other files that exist, a state's or those that a plan leaves as they are: one of their resource id
  /// is none that is new.
  void note_existing(const std::set<std::string>& removed, std::map<std::string, std::string>& by_resource) {
    std::set<std::string> ended;
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (identity.removed) ended.insert(ascii_lower(identity.object_id));
    }
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (identity.removed || identity.pulls || identity.object_id.empty()) continue;
      if (ended.contains(ascii_lower(identity.object_id))) continue;
      existing_.emplace_back(model::scope_key(identity.resource_id), &identity);
      const std::string resource = ascii_lower(identity.resource_id);
      if (!resource.empty() && !is_in_any(removed, resource)) by_resource.emplace(resource, identity.object_id);
    }
  }

  /// May what a plan makes be there already, as another file shows it under its address or its resource id?
  [[nodiscard]] bool may_exist(const DeclaredIdentity& made) const {
    const std::string resource = model::scope_key(made.resource_id);
    return std::any_of(existing_.begin(), existing_.end(), [&](const auto& each) {
      const auto& [other, shown] = each;
      if (shown->kind != made.kind) return false;
      const bool one_address = shown->file != made.file && shown->address == made.address;
      if (one_address && (resource.empty() || other.empty() || resource.find('{') != std::string::npos)) return true;
      return !resource.empty() && !other.empty() && model::scope_covers(resource, other) != model::Truth::False;
    });
  }

  /// Apps that pull as an identity which is not their own: their names are further names of it.
  void add_pulling() {
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (!identity.pulls) continue;
      const bool told = !identity.app_id.empty() || !identity.resource_id.empty();
      const auto is_it = [&](const model::Principal& principal) {
        if (!identity.app_id.empty()) return model::equal_ignoring_case(principal.app_id, identity.app_id);
        return told && model::equal_ignoring_case(principal.resource_id, identity.resource_id);
      };
      const auto found = std::find_if(draft_.principals.begin(), draft_.principals.end(), is_it);
      if (found != draft_.principals.end()) {
        add_alias(*found, identity.address);
        add_alias(*found, identity.name);
        add_alias(*found, identity.alias);
        continue;
      }
      draft_.workloads.emplace_back().name = identity.address;
      if (!told) continue;
      model::Warning& warning = draft_.warnings.emplace_back();
      warning.code = "workload-without-principal";
      warning.where.file = draft_.files[model::at(identity.file)].path;
      warning.where.message = model::quoted(identity.address) + " pulls as " +
                              model::quoted(identity.app_id.empty() ? identity.resource_id : identity.app_id) +
                              ", whose object id the data does not hold";
      warning.where.help = "add `az identity list -o json`, or `az ad sp list --all -o json`";
    }
  }

  /// Nobody signs in any more as what is deleted, whatever exports and data sources show of it.
  void bury() {
    for (const model::PrincipalIndex index : deleted_) {
      model::Principal& principal = draft_.principals[model::at(index)];
      principal.described = false;
      principal.orphaned = true;
      // Who is made in its place has its name to sign in with.
      const bool is_taken = std::any_of(new_.begin(), new_.end(), [&](model::PrincipalIndex other) {
        return model::equal_ignoring_case(draft_.principals[model::at(other)].user_principal_name,
                                          principal.user_principal_name);
      });
      if (is_taken) principal.user_principal_name.clear();
    }
  }

  /// The object id that a principal of the code stands for.
  [[nodiscard]] std::string object_id_of(const std::string& text) const {
    const auto known = object_ids_.find(ascii_lower(text));
    return known == object_ids_.end() ? text : known->second;
  }

  model::PrincipalIndex principal_of(const std::string& text) {
    const model::PrincipalIndex index = builder_.principal(object_id_of(text));
    model::Principal& principal = draft_.principals[model::at(index)];
    if (principal.display_name.empty() && model::is_named_unknown(text)) principal.display_name = text;
    return index;
  }

  static int step_of(const DeclaredMembers& declared) { return declared.all ? 0 : declared.removed ? 1 : 2; }

  void add_members() {
    const auto end_memberships = [&](const auto& ends) { std::erase_if(draft_.memberships, ends); };
    // A group's whole list is what was read before the change, so single members come and go after it.
    std::stable_sort(infrastructure_.members.begin(), infrastructure_.members.end(),
                     [](const DeclaredMembers& a, const DeclaredMembers& b) { return step_of(a) < step_of(b); });
    bool joins_any = false;
    for (const DeclaredMembers& declared : infrastructure_.members) {
      const model::PrincipalIndex group = principal_of(declared.group);
      model::Principal& principal = draft_.principals[model::at(group)];
      // What an assignment says of its principal is not checked by anybody; only a group has members.
      const bool said = principal.described && principal.kind != model::PrincipalKind::Unknown;
      if (!said && principal.kind != model::PrincipalKind::ForeignGroup) principal.kind = model::PrincipalKind::Group;
      if (!declared.all && !declared.removed && model::is_named_unknown(declared.group)) {
        joins_any = true;  // certainly in none
        continue;
      }
      const bool any_member = std::any_of(declared.members.begin(), declared.members.end(), model::is_named_unknown);
      if (declared.removed && (any_member || model::is_named_unknown(declared.group))) {
        open_memberships(declared);
        continue;
      }
      std::vector<model::PrincipalIndex> members;
      for (const std::string& member : declared.members) members.push_back(principal_of(member));
      if (declared.all) {
        end_memberships([&](const model::Membership& m) { return m.group == group; });
        builder_.set_members_known(group, model::MembersKnown::Complete);
      }
      // A list that holds those of nested groups too does so no more where one is added, or may be left.
      const bool nests = std::any_of(members.begin(), members.end(), [&](model::PrincipalIndex member) {
        const model::Principal& added = draft_.principals[model::at(member)];
        return added.kind == model::PrincipalKind::Group || model::is_named_unknown(added.id);
      });
      if (declared.all || declared.removed || nests) {
        draft_.principals[model::at(group)].members_are_transitive = false;
      }
      if (declared.removed) {
        end_memberships([&](const model::Membership& m) {
          return m.group == group && std::find(members.begin(), members.end(), m.member) != members.end();
        });
        continue;
      }
      for (const model::PrincipalIndex member : members) builder_.add_membership(member, group);
    }
    if (joins_any) open_groups();
    // A new identity is in the groups that the code puts it into, and those may be in others.
    std::set<model::PrincipalIndex> members;
    for (const model::Membership& membership : draft_.memberships) members.insert(membership.member);
    for (const model::PrincipalIndex index : new_) {
      model::Principal& principal = draft_.principals[model::at(index)];
      principal.groups_complete = !members.contains(index);
      // A group that was there before may have anything.
      principal.created = principal.groups_complete && principal.kind != model::PrincipalKind::User;
    }
  }

  /// Whether somebody is still a member is not known where the one who leaves, or the group, is not told: it has a
  /// member then who may be anybody.
  void open_memberships(const DeclaredMembers& declared) {
    const auto may_be = [](const std::string& text, model::PrincipalIndex index, model::PrincipalIndex told) {
      return model::is_named_unknown(text) || index == told;
    };
    const model::PrincipalIndex group = principal_of(declared.group);
    for (const std::string& text : declared.members) {
      const model::PrincipalIndex member = principal_of(text);
      std::set<model::PrincipalIndex> groups;
      std::erase_if(draft_.memberships, [&](const model::Membership& m) {
        const bool ends = may_be(declared.group, m.group, group) && may_be(text, m.member, member);
        if (ends) groups.insert(m.group);
        return ends;
      });
      const model::PrincipalIndex anybody = model::is_named_unknown(text) ? member : group;
      for (const model::PrincipalIndex open : groups) {
        builder_.add_membership(anybody, open);
        draft_.principals[model::at(open)].members_are_transitive = false;
      }
    }
  }

  /// Of no group all members are known if somebody joins one of which only the deployment will know which it is.
  void open_groups() {
    for (std::size_t i = 0; i < draft_.principals.size(); ++i) {
      if (draft_.members_known[i] != model::MembersKnown::Complete) continue;
      draft_.members_known[i] = model::MembersKnown::Partial;
      draft_.principals[i].members_are_transitive = false;
    }
  }

  /// A principal that only the deployment will know may be, or may be a group that holds, anybody: nobody's list of
  /// groups is complete then.
  void forget_complete_lists() {
    const bool open = std::any_of(draft_.principals.begin(), draft_.principals.end(),
                                  [](const model::Principal& p) { return model::is_named_unknown(p.id); });
    if (!open) return;
    for (model::Principal& principal : draft_.principals) principal.groups_complete = false;
  }

  // ---- objects ----------------------------------------------------------------------------------------------

  /// Principal, role and scope, of which Azure has one assignment at most: exports without ids tell it by nothing else.
  using Grant = std::tuple<std::string, std::string, std::string>;

  /// Role assignments that are removed or replaced, in one pass: exports hold very many.
  void remove_assignments() {
    std::set<Grant> nameless, unscheduled;
    for (const Pending& pending : pending_) {
      // An active assignment of PIM is a row of the list as well.
      if (may_stay(pending)) continue;
      if (pending.id.find(kActiveInstancesInId) != std::string::npos &&
          pending.declaration->effect == Declaration::Effect::Remove) {
        if (auto grant = grant_of(pending)) unscheduled.insert(*std::move(grant));
      }
      if (!is_assignment(pending) || undeploys(pending)) continue;
      if (pending.declaration->certain) {
        assigned_[pending.id] = {.settled = &pending};
        if (auto grant = grant_of(pending)) nameless.insert(*std::move(grant));
      } else {
        assigned_[pending.id].open = pending.declaration;
      }
    }
    if (assigned_.empty() && unscheduled.empty()) return;
    std::erase_if(draft_.role_assignments, [&](const model::RoleAssignment& row) {
      const Grant grant{draft_[row.principal].id, draft_[row.role].guid, draft_[row.scope].key};
      if (unscheduled.contains(grant)) return true;
      if (row.name.empty() && row.id.empty()) return nameless.contains(grant);
      const auto found = assigned_.find(ascii_lower(model::assignment_id(draft_, row)));
      return found != assigned_.end() && found->second.settled != nullptr;
    });
  }

  /// A deleted assignment whose id the code does not tell is the one of its principal, role and scope, as Azure has one
  /// at most of these. Where one of them is not told either, it may be any that fits.
  void remove_untold() {
    const auto is_open = [](const std::string& text) { return text.empty() || text.find('{') != std::string::npos; };
    std::map<Grant, model::FileIndex> told;
    std::set<std::tuple<Grant, std::string, model::FileIndex>> seen;
    for (const Pending& pending : pending_) {
      const Declaration& declaration = *pending.declaration;
      if (!is_assignment(pending) || declaration.effect != Declaration::Effect::Remove) continue;
      std::string name(last_segment(pending.id));
      if (model::is_named_unknown(name)) name.clear();
      if (!name.empty() && !pending.id.starts_with('{') && declaration.certain) continue;
      Grant grant = told_of(pending);
      auto& [principal, role, scope] = grant;
      if (role.empty()) {
        const Json properties = pending.object.value("properties", Json::object());
        const std::string role_name = text_member(properties, "roleDefinitionName");
        if (!role_name.empty()) role = ascii_lower(role_called(role_name));
      }
      if (is_open(principal)) principal.clear();
      if (is_open(role)) role.clear();
      if (!principal.empty() && !role.empty() && !is_open(scope) && declaration.certain) {
        told.emplace(grant, declaration.file);
      } else if (seen.emplace(grant, name, declaration.file).second) {
        open_those_of(grant, name, declaration);
      }
    }
    if (told.empty()) return;
    std::erase_if(draft_.role_assignments, [&](const model::RoleAssignment& row) {
      const auto found = told.find({draft_[row.principal].id, draft_[row.role].guid, draft_[row.scope].key});
      return found != told.end() && found->second != row.file;
    });
  }

  /// Any of the assignments of other files that fit may be what `declaration` deletes. Of `grant` and `name` an empty
  /// text fits all.
  void open_those_of(const Grant& grant, const std::string& name, const Declaration& declaration) {
    const auto& [principal, role, scope] = grant;
    const bool whole_scope = scope.find('{') == std::string::npos;
    const std::string doubt =
        "whether " + declaration.address + (declaration.certain ? " is this assignment" : " deletes it");
    for (model::RoleAssignment& row : draft_.role_assignments) {
      const std::string& key = draft_[row.scope].key;
      if (row.file == declaration.file) continue;
      if (!principal.empty() && draft_[row.principal].id != principal) continue;
      if (!role.empty() && draft_[row.role].guid != role) continue;
      if (whole_scope ? scope != key : model::scope_covers(scope, key) == model::Truth::False) continue;
      if (!name.empty() && ascii_lower(last_segment(model::assignment_id(draft_, row))) != name) continue;
      doubt_row(row, doubt);
    }
  }

  /// From now on an assignment, an instance of one or a deny assignment counts only if `doubt` comes out so. One that
  /// is open already stays so.
  template <class Row>
  void doubt_row(Row& row, const std::string& doubt) {
    if (draft_[row.scope].key.find('{') != std::string::npos) return;
    if constexpr (std::is_same_v<Row, model::RoleAssignment>) row.id = model::assignment_id(draft_, row);
    row.scope = builder_.scope(model::possible_scope(draft_[row.scope].display, doubt));
  }

  static std::string id_of(const model::ResourceLock& lock) {
    return lock.scope + std::string(kLocksInId) + ascii_lower(lock.name);
  }

  /// The same for a lock that exports show.
  static void doubt_shown(model::ResourceLock& lock, const std::string& doubt) {
    if (lock.scope.find('{') == std::string::npos) lock.scope = ascii_lower(model::possible_scope(lock.scope, doubt));
  }

  /// One of the first `shown` assignments, those of exports, that a declaration may replace by another is as open as
  /// that declaration.
  void open_replaced_assignments(std::size_t shown) {
    const bool any =
        std::any_of(assigned_.begin(), assigned_.end(), [](const auto& each) { return each.second.open != nullptr; });
    if (!any) return;
    auto& rows = draft_.role_assignments;
    std::unordered_map<std::string, std::vector<std::size_t>> declared;
    for (std::size_t i = shown; i < rows.size(); ++i) {
      declared[ascii_lower(model::assignment_id(draft_, rows[i]))].push_back(i);
    }
    for (std::size_t i = 0; i < shown; ++i) {
      const std::string id = ascii_lower(model::assignment_id(draft_, rows[i]));
      const auto found = assigned_.find(id);
      if (found == assigned_.end()) continue;
      const std::vector<std::size_t>& others = declared[id];
      const bool stays = std::all_of(others.begin(), others.end(), [&](std::size_t other) {
        return rows[other].principal == rows[i].principal && rows[other].role == rows[i].role &&
               rows[other].condition == rows[i].condition;
      });
      if (stays && !others.empty()) continue;
      rows[i].id = id;
      rows[i].scope = builder_.scope(
          model::possible_scope(draft_[rows[i].scope].key, "whether " + found->second.open->address + " replaces it"));
    }
  }

  /// An assignment whose name only the deployment will know may be the one that exports show, as Azure has one at most
  /// of a principal, role and scope: then it takes the condition of the declaration.
  void open_updated_assignments(std::size_t shown) {
    std::unordered_map<std::string, const Pending*> unnamed;  // by id
    for (const Pending& pending : pending_) {
      const bool made = is_assignment(pending) && pending.declaration->effect == Declaration::Effect::Set;
      if (made && model::is_named_unknown(last_segment(pending.id))) unnamed[pending.id] = &pending;
    }
    if (unnamed.empty()) return;
    auto& rows = draft_.role_assignments;
    using Holding = std::pair<model::PrincipalIndex, model::RoleIndex>;
    std::map<Holding, std::vector<std::pair<const Pending*, model::ConditionIndex>>> made;
    for (std::size_t i = shown; i < rows.size(); ++i) {
      const auto found = unnamed.find(ascii_lower(model::assignment_id(draft_, rows[i])));
      if (found != unnamed.end())
        made[{rows[i].principal, rows[i].role}].emplace_back(found->second, rows[i].condition);
    }
    for (std::size_t i = 0; i < shown; ++i) {
      const auto found = made.find({rows[i].principal, rows[i].role});
      if (found == made.end()) continue;
      const std::string key = draft_[rows[i].scope].key;
      for (const auto& [pending, condition] : found->second) {
        if (condition == rows[i].condition || !may_be_same(scope_of_assignment(pending->id), key)) continue;
        doubt_row(rows[i], "whether " + pending->declaration->address + " replaces it");
        break;
      }
    }
  }

  /// May the two scopes, of which one may hold named unknowns, be one?
  static bool may_be_same(std::string_view open, std::string_view key) {
    return model::is_named_unknown(open) || (model::scope_covers(open, key) != model::Truth::False &&
                                             model::scope_covers(key, open) != model::Truth::False);
  }

  // ---- what may be deleted ------------------------------------------------------------------------------------

  /// What may be deleted is open; not what the same deployment declares again, nor what a registry holds that may go
  /// itself.
  void open_removed() {
    std::vector<const Pending*> removals;
    for (const Pending& pending : pending_) {
      if (undeploys(pending)) removals.push_back(&pending);
    }
    if (removals.empty()) return;
    note_declared_again();
    std::map<std::string, std::string> ids;  // of registries that stay, by name
    for (model::Registry& registry : draft_.registries) {
      const std::string id = registry.id.empty() ? "/subscriptions/{subscription}/resourcegroups/{resourcegroup}" +
                                                       std::string(kRegistriesInId) + ascii_lower(registry.name)
                                                 : model::scope_key(registry.id);
      if (const std::string doubt = doubt_of(removals, id, registry.name); !doubt.empty()) {
        registry.may_be_gone = model::named_unknown(doubt);
        continue;
      }
      ids.emplace(ascii_lower(registry.name), id);
      // One that may be made anew keeps nothing that the code does not say.
      const bool anew = std::any_of(removals.begin(), removals.end(), [&](const Pending* removal) {
        return model::scope_covers(removal->id, id) != Truth::False && is_declared_again(*removal, id);
      });
      if (!anew || registry.declared) continue;
      for (const std::string_view setting : find_rest_shape(kRegistries)->properties) forget_setting(registry, setting);
    }
    open_removed_assignments(removals, ids);
    open_removed_identities(removals);
    for (model::DenyAssignment& deny : draft_.deny_assignments) {
      if (const std::string doubt = doubt_of(removals, ascii_lower(deny.id), "it"); !doubt.empty())
        doubt_row(deny, doubt);
    }
    for (model::ResourceLock& lock : draft_.locks) {
      if (const std::string doubt = doubt_of(removals, id_of(lock), "it"); !doubt.empty()) doubt_shown(lock, doubt);
    }
    for (model::Token& token : draft_.tokens) {
      const auto registry = ids.find(ascii_lower(token.registry));
      if (registry == ids.end() || token.enabled != true) continue;
      const std::string map(last_segment(token.scope_map_id));
      std::string doubt =
          doubt_of(removals, registry->second + "/tokens/" + ascii_lower(token.name), "token " + token.name);
      if (doubt.empty())
        doubt = doubt_of(removals, registry->second + "/scopemaps/" + ascii_lower(map), "scope map " + map);
      if (doubt.empty()) continue;
      token.enabled.reset();
      token.enabled_open = model::named_unknown(doubt);
    }
  }

  /// One that is made anew in its place is another.
  void open_removed_identities(const std::vector<const Pending*>& removals) {
    std::set<std::string> managed;  // by code, as what they are
    for (const DeclaredIdentity& identity : infrastructure_.identities) {
      if (!identity.removed) managed.insert(model::scope_key(identity.resource_id));
    }
    for (model::Principal& principal : draft_.principals) {
      const std::string id = model::scope_key(principal.resource_id);
      if (id.empty() || principal.orphaned) continue;
      const auto may_go = [&](const Pending* removal) {
        return removal->id == id || (!managed.contains(id) && may_mean(*removal, id));
      };
      const auto found = std::find_if(removals.begin(), removals.end(), may_go);
      if (found != removals.end()) principal.may_be_gone = model::named_unknown(deletes(**found, "it"));
    }
    // With a cluster goes the group of its nodes, and the identity that it made there.
    for (const model::Workload& workload : draft_.workloads) {
      if (workload.kind != "aks") continue;
      const std::string doubt = doubt_of(removals, model::scope_key(workload.resource_id), "it");
      if (doubt.empty()) continue;
      for (model::Principal& principal : draft_.principals) {
        const bool pulls = model::equal_ignoring_case(principal.id, workload.principal_id) ||
                           (!principal.resource_id.empty() &&
                            model::equal_ignoring_case(principal.resource_id, workload.identity_resource_id));
        if (pulls) principal.may_be_gone = model::named_unknown(doubt);
      }
    }
  }

  void note_declared_again() {
    for (const Pending& pending : pending_) {
      const Declaration& each = *pending.declaration;
      const bool made = each.effect == Declaration::Effect::Set || each.effect == Declaration::Effect::Change;
      if (each.certain && made) declared_[pending.id].push_back(&each);
    }
  }

  /// Does the deployment that is removed declare the object of this id again?
  [[nodiscard]] bool is_declared_again(const Pending& removal, const std::string& id) const {
    const auto found = declared_.find(id);
    return found != declared_.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const Declaration* each) {
             return each->file == removal.declaration->file &&
                    each->address.starts_with(removal.declaration->address + ':');
           });
  }

  /// May the removal mean the object of this id, or what it lies below? Of what only lies below, nothing that the same
  /// file declares.
  [[nodiscard]] bool may_mean(const Pending& removal, const std::string& id) const {
    if (model::scope_covers(removal.id, id) == Truth::False || is_declared_again(removal, id)) return false;
    const auto found = declared_.find(id);
    return id == removal.id || found == declared_.end() ||
           std::none_of(found->second.begin(), found->second.end(),
                        [&](const Declaration* each) { return each->file == removal.declaration->file; });
  }

  /// Empty if the object of this id, which goes by `name`, stays.
  [[nodiscard]] std::string doubt_of(const std::vector<const Pending*>& removals, const std::string& id,
                                     const std::string& name) const {
    const auto found =
        std::find_if(removals.begin(), removals.end(), [&](const Pending* removal) { return may_mean(*removal, id); });
    return found == removals.end() ? std::string() : deletes(**found, name);
  }

  static std::string deletes(const Pending& removal, const std::string& name) {
    return "whether " + removal.declaration->address + " deletes " + name;
  }

  /// In one pass: exports hold very many. `registries`: those that stay, by name.
  void open_removed_assignments(const std::vector<const Pending*>& removals,
                                const std::map<std::string, std::string>& registries) {
    std::unordered_map<std::string_view, const Pending*> named;  // by id
    std::vector<std::pair<const Pending*, Grant>> others;
    for (const Pending* removal : removals) {
      const bool assigns = is_assignment(*removal);
      if (assigns && removal->id.find('{') == std::string::npos) {
        named.emplace(removal->id, removal);
      } else {
        // One whose name is not known is the one of its principal and role.
        others.emplace_back(removal, assigns ? told_of(*removal) : Grant{});
      }
    }
    const auto other_than = [](const std::string& told, const std::string& shown) {
      return model::is_guid(told) && told != shown;
    };
    for (model::RoleAssignment& row : draft_.role_assignments) {
      const std::string& key = draft_[row.scope].key;
      const auto path = registry_path(key);
      if (path && !registries.contains(std::string(path->registry))) continue;
      std::string id = ascii_lower(model::assignment_id(draft_, row));
      if (id.empty()) id = key + "/providers/microsoft.authorization/roleassignments/{unnamed}";
      const auto one = named.find(id);
      if (one != named.end() && may_mean(*one->second, id)) doubt_row(row, deletes(*one->second, "it"));
      for (const auto& [removal, grant] : others) {
        if (other_than(std::get<0>(grant), draft_[row.principal].id)) continue;
        if (other_than(std::get<1>(grant), draft_[row.role].guid)) continue;
        if (may_mean(*removal, id)) doubt_row(row, deletes(*removal, "it"));
      }
    }
  }

  static bool undeploys(const Pending& pending) { return pending.declaration->effect == Declaration::Effect::Undeploy; }

  static bool is_assignment(const Pending& pending) {
    return pending.id.find(kRoleAssignmentsInId) != std::string::npos;
  }

  /// Principal and role are empty where the code does not tell them.
  [[nodiscard]] Grant told_of(const Pending& pending) const {
    const Json properties = pending.object.value("properties", Json::object());
    return {ascii_lower(object_id_of(text_member(properties, "principalId"))),
            ascii_lower(last_segment(text_member(properties, "roleDefinitionId"))), scope_of_assignment(pending.id)};
  }

  [[nodiscard]] std::optional<Grant> grant_of(const Pending& pending) const {
    Grant grant = told_of(pending);
    if (std::get<0>(grant).empty() || std::get<1>(grant).empty()) return std::nullopt;
    return grant;
  }

  /// The key of the scope in the id, in lower case, of an assignment or of an instance of one.
  static std::string scope_of_assignment(std::string_view id) {
    constexpr std::string_view kProvider = "/providers/microsoft.authorization";
    const bool instance = id.find(kActiveInstancesInId) != std::string_view::npos;
    std::string_view scope = id.substr(0, id.rfind(instance ? kActiveInstancesInId : kRoleAssignmentsInId));
    if (scope.ends_with(kProvider)) scope.remove_suffix(kProvider.size());
    return model::scope_key(scope.empty() ? "/" : scope);
  }

  void apply_one(Pending& pending) {
    const Declaration& declaration = *pending.declaration;
    // See open_possible, open_removed.
    if (declaration.effect == Declaration::Effect::Open || undeploys(pending) || may_stay(pending)) return;
    note(pending);
    // Of several declarations of one assignment the last that is certain counts, and those behind it.
    if (is_assignment(pending) && &pending < assigned_[pending.id].settled) return;
    switch (declaration.effect) {
      case Declaration::Effect::Remove:
        remove(pending, true);
        return;
      case Declaration::Effect::Set:
        // A lock that may not be made leaves the one that is there.
        if (declaration.certain || !is_lock(pending)) remove(pending, false);
        break;
      case Declaration::Effect::Change:
        if (is_changed_in_place(pending)) return;
        break;
      case Declaration::Effect::Open:
      case Declaration::Effect::Undeploy:
        break;
    }
    if (!settle(pending)) return;
    complete(pending);
    lower(pending);
    if (is_lock(pending)) lower_other_level(pending);
  }

  /// Changes a token or scope map where exports show it, since what the code does not say of it stays; tells of a role
  /// what the code does not say. False: there is something to lower.
  bool is_changed_in_place(Pending& pending) {
    const auto held = pending.object.find("properties");
    if (held == pending.object.end() || !held->is_object()) return false;
    Json& properties = *held;
    const auto path = registry_path(pending.id);
    bool found = false;
    const auto change = [&](auto& children, const auto& how) {
      for (auto& child : children) {
        const bool same = model::equal_ignoring_case(child.registry, path->registry) &&
                          model::equal_ignoring_case(child.name, path->child);
        if (same) how(child);
        found = found || same;
      }
    };
    if (path && path->child_type == "tokens" && !properties.contains("credentials")) {
      change(draft_.tokens, [&](model::Token& token) {
        const std::string status = ascii_lower(text_member(properties, "status"));
        if (const std::string map = text_member(properties, "scopeMapId"); !map.empty()) token.scope_map_id = map;
        if (status.empty()) return;
        token.enabled.reset();
        if (!model::is_named_unknown(status)) token.enabled = status == "enabled";
      });
    } else if (path && path->child_type == "scopemaps") {
      const auto actions = properties.find("actions");
      const bool told = actions != properties.end();
      const auto is_text = [](const Json& action) { return action.is_string(); };
      if (told && !(actions->is_array() && std::all_of(actions->begin(), actions->end(), is_text))) return false;
      change(draft_.scope_maps, [&](model::ScopeMap& map) {
        if (told) map.actions = actions->get<std::vector<std::string>>();
      });
    } else if (const std::size_t at = pending.id.find(kDefinitionsInId); at != std::string::npos) {
      model::RoleDefinition& role =
          draft_.roles[model::at(builder_.role(pending.id.substr(at + kDefinitionsInId.size())))];
      if (!role.defined || role.from_catalogue) return false;
      const bool tells = properties.contains("permissions");
      if (!properties.contains("roleName")) properties["roleName"] = role.name;
      if (!properties.contains("assignableScopes")) properties["assignableScopes"] = role.assignable_scopes;
      if (tells) role.defined = false;
      return !tells && pending.declaration->open.empty();
    }
    return found;
  }

  /// Forgets what exports show of what is open. False: what is known of the object would pass for all of it.
  bool settle(const Pending& pending) {
    const std::vector<std::string>& open = pending.declaration->open;
    if (open.empty()) return true;
    if (const std::size_t at = pending.id.find(kDefinitionsInId); at != std::string::npos) {
      model::RoleDefinition& role =
          draft_.roles[model::at(builder_.role(pending.id.substr(at + kDefinitionsInId.size())))];
      role.defined = false;
      role.open = true;
      return false;
    }
    const auto path = registry_path(pending.id);
    for (model::Registry& registry : draft_.registries) {
      const bool same = path && (registry.id.empty() ? model::equal_ignoring_case(registry.name, path->registry)
                                                     : model::equal_ignoring_case(registry.id, path->registry_id));
      if (!same) continue;
      for (const std::string& setting : open) forget_setting(registry, setting);
    }
    return true;
  }

  /// Is it not certain that `pending` deletes what it names? Of role assignments see remove_untold.
  static bool may_stay(const Pending& pending) {
    if (pending.declaration->effect != Declaration::Effect::Remove) return false;
    if (!pending.declaration->certain) return true;
    return is_group(pending) && pending.id.find('{') != std::string::npos;
  }

  static bool is_group(const Pending& pending) {
    return model::equal_ignoring_case(text_member(pending.object, "type"), kResourceGroups);
  }

  /// A declaration that may be of any of several objects: what it says may hold on each, or may not.
  void open_possible(const Pending& pending) {
    const Declaration& declaration = *pending.declaration;
    const auto path = registry_path(pending.id);
    const bool unnamed_registry = declaration.effect == Declaration::Effect::Change && path &&
                                  path->child_type.empty() && model::is_named_unknown(path->registry);
    const bool goes = may_stay(pending);
    if (declaration.effect != Declaration::Effect::Open && !unnamed_registry && !goes) return;
    const Json properties = pending.object.value("properties", Json::object());
    std::set<std::string> members(declaration.open.begin(), declaration.open.end());
    for (const auto& [name, ignored] : properties.items()) members.insert(name);
    const std::string type = ascii_lower(text_member(pending.object, "type"));
    const RestShape* shape = goes ? find_rest_shape(type) : nullptr;
    if (shape != nullptr) members.insert(shape->properties.begin(), shape->properties.end());
    if (goes) open_deleted(pending);
    if (type == kRegistryType || is_group(pending)) {
      open_registries(pending, properties, members);
    } else if (type == kDefinitionType && members.contains("permissions")) {
      const std::set<std::string> beside = roles_beside(pending);
      for (model::RoleDefinition& role : draft_.roles) {
        if (!role.defined || role.type == model::RoleType::BuiltIn || role.from_catalogue) continue;
        const std::string_view guid = last_segment(pending.id);
        if (beside.contains(role.guid) || (!model::is_named_unknown(guid) && guid != role.guid)) continue;
        role.defined = false;
        role.open = true;
      }
    } else if (type == kScopeMapType && members.contains("actions")) {
      // A token whose map is not in the data has rights that are not known.
      std::erase_if(draft_.scope_maps,
                    [&](const model::ScopeMap& map) { return !map.system_defined && may_be(pending, map); });
    } else if (type == kTokenType) {
      for (model::Token& token : draft_.tokens) {
        if (!may_be(pending, token)) continue;
        const std::string doubt = model::named_unknown("whether " + declaration.address + " is this token");
        if (members.contains("scopeMapId")) token.scope_map_id = doubt;
        if (members.contains("status")) {
          token.enabled.reset();
          token.enabled_open = doubt;
        }
      }
    }
  }

  /// May `pending` be this token or scope map? Of an id that is unknown as a whole it may be any; else it is none of
  /// those that the same file declares, and none of a registry elsewhere.
  template <class Child>
  [[nodiscard]] bool may_be(const Pending& pending, const Child& child) const {
    const auto path = registry_path(pending.id);
    if (model::is_named_unknown(pending.id) || !path) return true;
    const auto same = [](std::string_view declared, std::string_view shown) {
      return model::is_named_unknown(declared) || model::equal_ignoring_case(declared, shown);
    };
    const bool is_told = pending.id.find('{') == std::string::npos;
    return (is_told || child.file != pending.declaration->file) &&
           may_be_called(child.registry, pending.declaration->name_like) && same(path->registry, child.registry) &&
           same(path->child, child.name) &&
           std::none_of(draft_.registries.begin(), draft_.registries.end(), [&](const model::Registry& registry) {
             return model::equal_ignoring_case(registry.name, child.registry) && !registry.id.empty() &&
                    model::scope_covers(ascii_lower(path->registry_id), ascii_lower(registry.id)) == Truth::False;
           });
  }

  /// What may be deleted with `pending`, apart from what only it holds: see open_possible.
  void open_deleted(const Pending& pending) {
    const std::string doubt = "whether " + pending.declaration->address + " deletes it";
    const auto fits = [&](std::string_view id) { return model::scope_covers(pending.id, id) != model::Truth::False; };
    if (is_schedule(pending)) {
      open_schedules(pending, doubt);
    } else if (is_deny(pending)) {
      for (model::DenyAssignment& deny : draft_.deny_assignments) {
        if (fits(ascii_lower(deny.id))) doubt_row(deny, doubt);
      }
    } else if (is_lock(pending)) {
      for (model::ResourceLock& lock : draft_.locks) {
        if (fits(id_of(lock))) doubt_shown(lock, doubt);
      }
    } else if (!is_assignment(pending)) {
      if (is_group(pending)) open_assignments_in(pending.id, doubt);
      end_identities(pending);
    }
  }

  /// GUIDs of the roles that the file of `pending` declares, if it is none of these.
  [[nodiscard]] std::set<std::string> roles_beside(const Pending& pending) const {
    std::set<std::string> guids;
    if (model::is_named_unknown(pending.id)) return guids;
    for (const Pending& other : pending_) {
      const bool beside = other.declaration->file == pending.declaration->file &&
                          other.declaration->effect != Declaration::Effect::Open && !undeploys(other);
      const std::size_t at = other.id.find(kDefinitionsInId);
      if (beside && at != std::string::npos) guids.insert(other.id.substr(at + kDefinitionsInId.size()));
    }
    return guids;
  }

  /// Is `id` that of another object which the same file declares?
  [[nodiscard]] bool is_declared_beside(const Pending& pending, const std::string& id) const {
    return std::any_of(pending_.begin(), pending_.end(), [&](const Pending& other) {
      return other.declaration->file == pending.declaration->file && other.id == id;
    });
  }

  /// Forgets the settings called `names` of the registries that `pending` may be; not one that they have already as
  /// `properties` says it.
  void open_registries(const Pending& pending, const Json& properties, const std::set<std::string>& names) {
    const Declaration& declaration = *pending.declaration;
    const auto path = registry_path(pending.id);
    const bool of_any = declaration.effect != Declaration::Effect::Change;
    const bool goes = may_stay(pending);
    std::string first;
    for (model::Registry& registry : draft_.registries) {
      const std::string id = ascii_lower(registry.id);
      if (!of_any && is_declared_beside(pending, id)) continue;
      if ((!of_any && id == pending.id) || !may_be_called(registry.name, declaration.name_like)) continue;
      const bool possible = id.empty() ? !path || model::is_named_unknown(path->registry)
                                       : model::scope_covers(pending.id, id) != model::Truth::False;
      if (!possible) continue;
      if (goes) {
        registry.may_be_gone = model::named_unknown("whether " + declaration.address + " deletes " + registry.name);
        if (first.empty()) first = registry.name;
        continue;
      }
      for (const std::string& name : names) {
        const auto value = properties.find(name);
        const bool told = value != properties.end() &&
                          std::find(declaration.open.begin(), declaration.open.end(), name) == declaration.open.end();
        if (told && says(registry, name, *value)) continue;
        if (told && name == "policies" && value->is_object()) {
          for (const auto& [policy, content] : value->items()) {
            const auto known = registry.policies.find(policy);
            const bool same = known != registry.policies.end() &&
                              model::equal_ignoring_case(known->second, text_member(content, "status"));
            if (!same) forget_setting(registry, name, policy);
          }
        } else {
          forget_setting(registry, name);
        }
        if (first.empty()) first = registry.name;
      }
    }
    if (first.empty()) return;
    const std::size_t warnings = draft_.warnings.size();
    context_of(declaration.file)
        .warn("declaration-open", Value(),
              "which registry " + model::quoted(declaration.address) + (goes ? " deletes" : " changes") +
                  " is not known: it may be " + model::quoted(first),
              std::string(goes ? "whether those that it may be are there is open"
                               : "what it sets is not known of those that it may be") +
                  ": give the parameters that its name is made of, or refer to the registry itself");
    if (draft_.warnings.size() == warnings) return;  // one of very many
    model::Diagnostic& where = draft_.warnings.back().where;
    where.pointer = declaration.pointer;
    where.line = static_cast<std::size_t>(declaration.line);
  }

  void note(const Pending& pending) { note(pending, pending.id); }

  void note(const Pending& pending, const std::string& id) {
    static constexpr DeclaredObject::Fate kFates[] = {DeclaredObject::Fate::Set, DeclaredObject::Fate::Changed,
                                                      DeclaredObject::Fate::Removed};
    const Declaration& declaration = *pending.declaration;
    draft_.declared.push_back({.id = id,
                               .address = declaration.address,
                               .fate = kFates[static_cast<std::size_t>(declaration.effect)],
                               .file = declaration.file,
                               .pointer = declaration.pointer,
                               .line = declaration.line});
  }

  /// Takes the object of `pending.id` out of the draft. `gone`: with what hangs below it; else it is about to be
  /// replaced.
  void remove(const Pending& pending, bool gone) {
    const std::string_view id = pending.id;
    if (id.empty()) return;
    if (is_assignment(pending)) return;  // see remove_assignments
    if (const std::size_t at = id.find(kDefinitionsInId); at != std::string_view::npos) {
      model::RoleDefinition& role = draft_.roles[model::at(builder_.role(id.substr(at + kDefinitionsInId.size())))];
      role.defined = false;
      role.open = false;
      return;
    }
    if (const std::size_t at = id.rfind(kLocksInId); at != std::string_view::npos) {
      const std::string_view name = id.substr(at + kLocksInId.size());
      std::erase_if(draft_.locks, [&](const model::ResourceLock& lock) {
        return lock.scope == id.substr(0, at) && model::equal_ignoring_case(lock.name, name);
      });
      return;
    }
    if (is_deny(pending)) {
      remove_deny(pending);
      return;
    }
    if (is_schedule(pending)) {
      remove_schedule(pending);
      return;
    }
    std::erase_if(draft_.workloads, [&](const model::Workload& workload) {
      return model::equal_ignoring_case(workload.resource_id, id);
    });
    if (gone) end_identities(pending);
    if (is_group(pending)) return remove_group(pending);
    if (const auto path = registry_path(id)) remove_of_registry(*path, gone);
  }

  /// Nobody signs in any more as a managed identity that is deleted, alone or with what it is in.
  void end_identities(const Pending& pending) {
    for (std::size_t i = 0; i < draft_.principals.size(); ++i) {
      const model::Principal& principal = draft_.principals[i];
      if (principal.resource_id.empty()) continue;
      const model::Truth is_in = model::scope_covers(pending.id, ascii_lower(principal.resource_id));
      const auto index = static_cast<model::PrincipalIndex>(i);
      if (is_in == model::Truth::False || std::find(new_.begin(), new_.end(), index) != new_.end()) continue;
      const bool of_type =
          model::equal_ignoring_case(arm_type_in(principal.resource_id), text_member(pending.object, "type"));
      if (model::is_named_unknown(pending.id) && !of_type && !is_group(pending)) continue;
      if (may_stay(pending)) {
        draft_.principals[i].may_be_gone =
            model::named_unknown("whether " + pending.declaration->address + " deletes it");
      } else if (is_in == model::Truth::True) {
        deleted_.push_back(index);
      }
    }
  }

  /// With a resource group goes everything in it.
  void remove_group(const Pending& pending) {
    const std::string_view group = pending.id;
    std::vector<std::string> registries;
    for (const model::Registry& registry : draft_.registries) {
      if (model::scope_contains(group, ascii_lower(registry.id))) registries.push_back(registry.id);
    }
    for (const std::string& id : registries) {
      note(pending, ascii_lower(id));
      if (const auto path = registry_path(id)) remove_of_registry(*path, true);
    }
    open_assignments_in(group, "whether assignments outlast " + std::string(last_segment(group)));
    const auto is_in = [&](std::string_view scope) { return model::scope_contains(group, model::scope_key(scope)); };
    std::erase_if(draft_.locks, [&](const model::ResourceLock& lock) { return is_in(lock.scope); });
    std::erase_if(draft_.workloads, [&](const model::Workload& workload) { return is_in(workload.resource_id); });
  }

  /// Assignments that exports show in `scope` count only if `doubt` comes out so.
  void open_assignments_in(std::string_view scope, const std::string& doubt) {
    const auto open = [&](auto& rows) {
      for (auto& row : rows) {
        if (is_of(row.file, "terraform-plan")) continue;
        if (model::scope_covers(scope, draft_[row.scope].key) != model::Truth::False) doubt_row(row, doubt);
      }
    };
    open(draft_.role_assignments);
    open(draft_.schedule_instances);
  }

  /// One that may be replaced by another stays, and is as open as that.
  void remove_deny(const Pending& pending) {
    const auto same = [&](const model::DenyAssignment& deny) {
      return model::equal_ignoring_case(deny.id, pending.id);
    };
    if (pending.declaration->certain) {
      std::erase_if(draft_.deny_assignments, same);
      return;
    }
    for (model::DenyAssignment& deny : draft_.deny_assignments) {
      if (!same(deny)) continue;
      deny.scope = builder_.scope(model::possible_scope(draft_[deny.scope].display,
                                                        "whether " + pending.declaration->address + " replaces it"));
    }
  }

  static bool is_schedule(const Pending& pending) {
    return is_eligible(pending) || pending.id.find(kActiveInstancesInId) != std::string::npos;
  }

  static bool is_eligible(const Pending& pending) {
    return pending.id.find("/roleeligibilityscheduleinstances/") != std::string::npos;
  }

  /// Principal, role and scope of a PIM instance as its properties tell them; empty where they do not.
  [[nodiscard]] Grant scheduled(const Pending& pending) const {
    const Json properties = pending.object.value("properties", Json::object());
    return {ascii_lower(object_id_of(text_member(properties, "principalId"))),
            ascii_lower(last_segment(text_member(properties, "roleDefinitionId"))),
            model::scope_key(text_member(properties, "scope"))};
  }

  /// The instance of this id, and any of the same principal, role and scope: code does not know the ids of PIM.
  void remove_schedule(const Pending& pending) {
    const Grant grant = scheduled(pending);
    std::erase_if(draft_.schedule_instances, [&](const model::ScheduleInstance& instance) {
      if (instance.eligible != is_eligible(pending)) return false;
      if (model::equal_ignoring_case(instance.id, pending.id)) return true;
      return Grant{draft_[instance.principal].id, draft_[instance.role].guid, draft_[instance.scope].key} == grant;
    });
  }

  /// Any instance that fits may be the one that is deleted, and with an active one the row that stands for it.
  void open_schedules(const Pending& pending, const std::string& doubt) {
    const Grant grant = scheduled(pending);
    const std::string& scope = std::get<2>(grant);
    const bool whole_scope = !scope.empty() && scope.find('{') == std::string::npos;
    const auto open = [&](auto& row) {
      const std::string& key = draft_[row.scope].key;
      const auto is = [](const std::string& told, const std::string& shown) {
        return told.empty() || model::is_named_unknown(told) || told == shown;
      };
      if (row.file == pending.declaration->file) return;
      if (!is(std::get<0>(grant), draft_[row.principal].id) || !is(std::get<1>(grant), draft_[row.role].guid)) return;
      const bool in_scope =
          whole_scope ? scope == key : scope.empty() || model::scope_covers(scope, key) != model::Truth::False;
      if (in_scope) doubt_row(row, doubt);
    };
    for (model::ScheduleInstance& instance : draft_.schedule_instances) {
      if (instance.eligible == is_eligible(pending)) open(instance);
    }
    if (is_eligible(pending)) return;
    for (model::RoleAssignment& row : draft_.role_assignments) open(row);
  }

  /// A registry, or what hangs below one.
  void remove_of_registry(const RegistryPath& path, bool gone) {
    const auto below = [&](const std::string& registry) { return model::equal_ignoring_case(registry, path.registry); };
    const auto remove = [&](auto& children, std::string_view kind) {
      std::erase_if(children, [&](const auto& child) {
        if (!below(child.registry)) return false;
        return path.child_type.empty() ||
               (path.child_type == kind && model::equal_ignoring_case(child.name, path.child));
      });
    };
    if (path.child_type.empty()) {
      // What the code does not say of a registry stays as exports show it.
      if (!gone) return;
      std::erase_if(draft_.registries, [&](const model::Registry& registry) {
        return registry.id.empty() ? below(registry.name) : model::equal_ignoring_case(registry.id, path.registry_id);
      });
      std::erase_if(draft_.artifact_attributes, [&](const auto& entry) { return below(entry.registry); });
      // Whether they count for another of the same id, nobody says. Source: input-formats 1.2, they stay in lists
      open_assignments_in(model::scope_key(path.registry_id),
                          "whether assignments outlast " + std::string(path.registry));
    }
    remove(draft_.tokens, "tokens");
    remove(draft_.scope_maps, "scopemaps");
    remove(draft_.tasks, "tasks");
    remove(draft_.cache_rules, "cacherules");
    remove(draft_.credential_sets, "credentialsets");
    remove(draft_.connected_registries, "connectedregistries");
  }

  static bool has_named_unknown(const Json& value) {
    if (value.is_string()) return model::is_named_unknown(value.get_ref<const std::string&>());
    return value.is_structured() &&
           std::any_of(value.begin(), value.end(), [](const Json& each) { return has_named_unknown(each); });
  }

  static bool is_lock(const Pending& pending) { return pending.id.find(kLocksInId) != std::string::npos; }

  static bool is_deny(const Pending& pending) { return ascii_lower(text_member(pending.object, "type")) == kDenyType; }

  /// Whom a deny assignment names may be anybody where that is not known. Anything else that is not known, or not
  /// shown, leaves open whether it counts.
  void complete_deny(Pending& pending) {
    const std::string& address = pending.declaration->address;
    Json& properties = pending.object["properties"];
    if (!properties.is_object()) properties = Json::object();
    if (text_member(properties, "scope").empty()) {
      const std::string id = text_member(pending.object, "id");
      const std::size_t end = std::min(pending.id.rfind(kDenyAssignmentsInId), id.size());
      properties["scope"] = end == 0 ? std::string("/") : id.substr(0, end);
    }
    bool open = !pending.declaration->certain;
    for (const char* key : {"principals", "excludePrincipals"}) {
      const bool is_given = properties.contains(key) && !properties[key].is_null();
      if (!is_given && std::string_view(key) == "excludePrincipals") continue;
      Json& list = properties[key];
      if (!is_given || (list.is_string() && has_named_unknown(list))) {
        list = Json::array();
        list.push_back(model::named_unknown(address + '.' + key));
      }
      if (!list.is_array()) continue;
      for (Json& principal : list) {
        if (principal.is_string() && has_named_unknown(principal)) {
          Json somebody = Json::object();
          somebody["id"] = std::move(principal);
          principal = std::move(somebody);
        }
        const std::string id = principal.is_object() ? text_member(principal, "id") : std::string();
        if (!id.empty()) principal["id"] = draft_.principals[model::at(principal_of(id))].id;
      }
    }
    if (!properties.contains("permissions") || has_named_unknown(properties["permissions"])) {
      Json everything = Json::object();
      everything["actions"] = everything["dataActions"] = Json::array({"*"});
      properties["permissions"] = Json::array();
      properties["permissions"].push_back(std::move(everything));
      open = true;
    }
    for (const char* key : {"condition", "conditionVersion", "doNotApplyToChildScopes", "denyAssignmentEffect"}) {
      if (!properties.contains(key) || !has_named_unknown(properties[key])) continue;
      properties.erase(key);
      open = true;
    }
    if (properties.contains("isSystemProtected") && has_named_unknown(properties["isSystemProtected"])) {
      properties.erase("isSystemProtected");
    }
    if (open) {
      // The scope with its doubt is not that of the registry.
      if (const auto path = registry_path(pending.id); path && path->child_type == "providers") {
        properties.erase("doNotApplyToChildScopes");
      }
      properties["scope"] =
          model::possible_scope(text_member(properties, "scope"), "whether " + address + " denies it");
    }
  }

  /// Adds what the readers of exports need and the code leaves to names.
  void complete(Pending& pending) {
    if (is_deny(pending)) return complete_deny(pending);
    if (is_lock(pending)) {
      Json& level = pending.object["properties"]["level"];
      pending.open_level = !level.is_string() || has_named_unknown(level);
      if (pending.open_level) level = "CanNotDelete";
      if (!pending.declaration->certain)
        doubt_lock(pending, "whether " + pending.declaration->address + " is deployed");
      return;
    }
    if (!is_assignment(pending) && pending.id.find("scheduleinstances/") == std::string::npos) return;
    Json& properties = pending.object["properties"];
    if (!properties.is_object()) properties = Json::object();
    if (!properties.contains("condition")) properties["condition"] = nullptr;
    const std::string principal = text_member(properties, "principalId");
    if (!principal.empty()) properties["principalId"] = draft_.principals[model::at(principal_of(principal))].id;
    const std::string name = text_member(properties, "roleDefinitionName");
    if (text_member(properties, "roleDefinitionId").empty() && !name.empty()) {
      properties["roleDefinitionId"] = role_called(name);
    }
    if (!properties.contains("scope")) return;
    // Whether it is there at all is as open as whether its scope is the one that counts.
    if (!pending.declaration->certain) {
      properties["scope"] = model::possible_scope(text_member(properties, "scope"),
                                                  "whether " + pending.declaration->address + " is deployed");
    } else if (const auto found = assigned_.find(pending.id);
               found != assigned_.end() && found->second.open != nullptr) {
      properties["scope"] = model::possible_scope(text_member(properties, "scope"),
                                                  "whether " + found->second.open->address + " replaces it");
    }
  }

  /// GUID of the one role of that name, or a named unknown.
  [[nodiscard]] std::string role_called(const std::string& name) const {
    std::string found;
    for (const model::RoleDefinition& role : draft_.roles) {
      if (!role.defined || !model::equal_ignoring_case(role.name, name) || role.guid.empty()) continue;
      if (!found.empty() && found != role.guid) return model::unknown_segment("role " + name);
      found = role.guid;
    }
    if (found.empty()) found = builtin_role_guid(name);
    return found.empty() ? model::unknown_segment("role " + name) : found;
  }

  /// A lock of which the level is not known stops deletions, as both levels do, and may be the level that stops more.
  void lower_other_level(Pending& pending) {
    if (!pending.open_level) return;
    pending.object["properties"]["level"] = "ReadOnly";
    if (pending.declaration->certain) doubt_lock(pending, "whether " + pending.declaration->address + " is ReadOnly");
    lower(pending);
  }

  /// Whether it is there at all is as open as whether its scope is the one that counts.
  static void doubt_lock(Pending& pending, const std::string& doubt) {
    std::string id = text_member(pending.object, "id");
    id.insert(ascii_lower(id).rfind(kLocksInId), '/' + model::unknown_segment(doubt));
    pending.object["id"] = id;
  }

  /// Puts the object through the readers of exports.
  void lower(const Pending& pending) {
    const std::string text = pending.object.dump(-1, ' ', false, Json::error_handler_t::replace);
    InputText input = InputText::from_memory(text);
    ValueArena arena;
    LoweringContext& context = context_of(pending.declaration->file);
    const Value nowhere;
    if (!read_document(input, arena).empty()) {
      context.warn("declaration-unusable", nowhere,
                   "what " + model::quoted(pending.declaration->address) + " declares cannot be read", "");
      return;
    }
    const ObjectFormat* format = recognise(object_formats(), arena.root());
    if (format == nullptr || format->lower == nullptr) {
      context.warn("declaration-unusable", nowhere,
                   model::quoted(pending.declaration->address) + " declares nothing that access is read from", "");
      return;
    }
    const std::size_t registries = draft_.registries.size();
    const std::size_t instances = draft_.schedule_instances.size();
    const std::size_t warnings = draft_.warnings.size();
    const std::size_t errors = context.errors.size();
    // A deny assignment of the code is no list of all that there are.
    const bool denies_given = draft_.deny_assignments_given;
    format->lower(arena.root(), context);
    draft_.deny_assignments_given = denies_given;
    // Positions are those of the resource in the code, not in the object made from it.
    const auto place = [&](model::Diagnostic& where) {
      where.message += " (" + pending.declaration->address + ")";
      where.pointer = pending.declaration->pointer;
      where.span.reset();
      where.line = static_cast<std::size_t>(pending.declaration->line);
    };
    for (std::size_t i = warnings; i < draft_.warnings.size(); ++i) place(draft_.warnings[i].where);
    for (std::size_t i = errors; i < context.errors.size(); ++i) place(context.errors[i]);
    for (std::size_t i = instances; i < draft_.schedule_instances.size(); ++i)
      draft_.schedule_instances[i].declared = true;
    // What the code says of a registry goes before what exports say of it: joining completes the first of an id.
    for (std::size_t i = registries; i < draft_.registries.size(); ++i) draft_.registries[i].declared = true;
    if (draft_.registries.size() > registries) {
      std::rotate(draft_.registries.begin(), draft_.registries.begin() + static_cast<std::ptrdiff_t>(registries),
                  draft_.registries.end());
    }
  }

  Infrastructure& infrastructure_;
  model::SnapshotBuilder& builder_;
  Snapshot& draft_;
  std::vector<Pending> pending_;
  /// The last declaration of an assignment that is certain, and of those behind it the last.
  struct Assigned {
    const Pending* settled = nullptr;
    const Declaration* open = nullptr;
  };
  std::unordered_map<std::string, Assigned> assigned_;                         ///< by id
  std::unordered_map<std::string, std::vector<const Declaration*>> declared_;  ///< what certainly will be, by id
  std::map<model::FileIndex, LoweringContext> contexts_;
  std::map<std::string, std::string> object_ids_;  ///< address in lower case → object id
  std::vector<model::PrincipalIndex> new_, deleted_;
  std::vector<std::pair<std::string, const DeclaredIdentity*>> existing_;  ///< with the key of its resource id
};

}  // namespace

void forget_setting(model::Registry& registry, std::string_view setting, const std::string& policy) {
  if (model::forget(registry, setting)) return;
  if (policy.empty()) {
    registry.policies.clear();
  } else {
    std::erase_if(registry.policies, [&](const auto& each) { return model::equal_ignoring_case(each.first, policy); });
  }
}

std::vector<model::Diagnostic> apply(Infrastructure& infrastructure, model::SnapshotBuilder& builder) {
  if (infrastructure.declarations.empty() && infrastructure.identities.empty() && infrastructure.members.empty())
    return {};
  return Overlay(infrastructure, builder).run();
}

}  // namespace acrbiter::parser

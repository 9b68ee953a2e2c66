// The frame of a decision: mode, gates, door, what comes after. Source: design 3; acr-authorization A.3, J22
#include <algorithm>

#include "evaluator/decider.h"
#include "evaluator/named_unknown.h"
#include "model/ascii.h"
#include "model/shell_word.h"

namespace acrbiter::evaluator {

using model::equal_ignoring_case;

Cause contested(AssumptionId id, std::string subject) {
  const Assumption& entry = assumption(id);
  std::string readings;
  for (const std::string_view reading : entry.readings) {
    if (!readings.empty()) readings += '|';
    readings += reading;
  }
  return {Cause::Kind::ContestedFact, std::string(entry.name), std::move(subject),
          "--assume " + std::string(entry.name) + "=" + readings};
}

Decider::Decider(const Engine::Index& index, const ResolvedQuestion& question, Trace* trace, const Supposition* suppose)
    : ix_(index),
      snapshot_(index.snapshot),
      question_(question),
      trace_(trace),
      suppose_(suppose),
      registry_index_(question.registry),
      served_(question.operation) {
  become(question.asker);
  records_ = records();
  if (!records_.empty()) record_ = records_.front();
  repository_known_ = !question.text->repository.empty() && (special() != Special::Purge || purge_is_literal());
}

void Decider::become(const Asker& asker) {
  asker_.all = {};
  asker_.via = {};
  set_ = nullptr;
  request_ = nullptr;
  asker_known_ = false;
  entra_.reset();
  const auto* entra = std::get_if<EntraAsker>(&asker);
  if (entra == nullptr) return;
  entra_ = *entra;
  asker_known_ = entra->known;
  const std::optional<model::PrincipalIndex> self =
      entra->known ? std::optional<model::PrincipalIndex>(entra->principal) : std::nullopt;
  if (suppose_ != nullptr && suppose_->member_of && suppose_->asker == self) {
    ix_.groups.reach_as_member(self, *suppose_->member_of, asker_);
  } else if (self) {
    ix_.groups.reach(*self, asker_);
  }
}

/// Is it of the asker who is looked at that something is supposed?
bool Decider::is_supposed_asker() const {
  return suppose_ != nullptr &&
         suppose_->asker == (asker_known_ ? std::optional<model::PrincipalIndex>(asker_.all.front()) : std::nullopt);
}

const AskerSet* Decider::keep_set() {
  return set_ = &trace_->memory.make<AskerSet>(trace_->memory.copy(asker_.all), trace_->memory.copy(asker_.via));
}

bool Decider::on_data_plane() const {
  return question_.operation != nullptr ? question_.operation->plane == Plane::Data : data_plane(question_.action());
}

bool Decider::pushes() const {
  return is("push") || is("tag") || is("push-referrer") || is("task-push") || is("enable-streaming") || is("sign");
}

std::string Decider::registry_command(const model::Registry& registry) const {
  if (registry.id.empty()) return acr_command(registry, "show --name");
  return command_naming(
      registry.id, "az rest --method get --url " +
                       model::shell_word("https://management.azure.com" + registry.id + "?api-version=2025-11-01"));
}

std::string Decider::acr_command(const model::Registry& registry, std::string_view words, std::string_view name) {
  return holds_unknown(registry.name) ? known_by(registry.id) : acr_command(registry.name, words, name);
}

std::string Decider::acr_command(std::string_view registry, std::string_view words, std::string_view name) {
  std::string command = "az acr " + std::string(words) + ' ' + model::shell_word(registry);
  if (!name.empty()) command += " --name " + model::shell_word(name);
  return command;
}

/// Nobody asks as a principal that is deleted, and one of another tenant may. Source: input-formats 1.1
Truth Decider::asker_exists(Node* parent) const {
  if (!asker_known_ || !snapshot_[asker_.all.front()].unresolved) return Truth::True;
  if (Node* n = leaf(parent, Reason::PrincipalUnresolved, Truth::Unknown)) {
    const model::Principal& asker = snapshot_[asker_.all.front()];
    const std::string& id = asker.id;
    if (!asker.may_be_gone.empty()) {
      n->finding.detail = asker.may_be_gone;
      doubt(*n, known_after_deployment(asker.may_be_gone));
      return Truth::Unknown;
    }
    if (asker.described) n->finding.detail = id;
    doubt(*n, missing(datum::kPrincipal, id,
                      command_naming(
                          id, "az rest --method get --url " +
                                  model::shell_word("https://graph.microsoft.com/v1.0/directoryObjects/" + id))));
  }
  return Truth::Unknown;
}

/// Nobody may do anything with a registry that is deleted. Source: input-formats 8.2
Truth Decider::registry_exists(Node* parent) const {
  const std::string& why = registry().may_be_gone;
  if (why.empty()) return Truth::True;
  if (Node* n = leaf(parent, Reason::RegistryMayBeGone, Truth::Unknown)) {
    n->finding.detail = why;
    doubt(*n, known_after_deployment(why));
  }
  return Truth::Unknown;
}

/// Everything as if the registry were in `mode`.
Truth Decider::under(PermissionMode mode, Node* parent) {
  Node* all =
      inner(parent, Combine::All, mode == PermissionMode::Abac ? Reason::UnderAbacMode : Reason::UnderLegacyMode);
  Truth value = question_checks(all);
  if (value == Truth::False && all == nullptr) return value;
  if (question_.text->network || question_.text->credential || all != nullptr) {
    Node* gates = inner(all, Combine::All, Reason::Gates);
    Truth passes = network(gates);
    passes = both(passes, credential(mode, gates));
    value = both(value, close(gates, passes));
    if (value == Truth::False && all == nullptr) return value;
  }
  value = both(value, asker_exists(all));
  value = both(value, registry_exists(all));
  value = both(value, door(mode, all));
  if (value == Truth::False && all == nullptr) return value;
  value = both(value, after_authorization(mode, all));
  return close(all, value);
}

namespace {

template <class T>
bool tells(const std::optional<T>& value) {
  return value.has_value();
}
bool tells(const std::string& value) { return !value.empty(); }

bool same_passwords(const std::vector<model::TokenPassword>& a, const std::vector<model::TokenPassword>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.name == y.name && x.expiry == y.expiry && x.expiry_unreadable == y.expiry_unreadable;
  });
}

/// Does `more` say all that `less` says?
bool contains(const model::Token& more, const model::Token& less) {
  return (!tells(less.enabled) || less.enabled == more.enabled) &&
         (!tells(less.scope_map_id) || equal_ignoring_case(less.scope_map_id, more.scope_map_id)) &&
         (!tells(less.passwords) || (tells(more.passwords) && same_passwords(*less.passwords, *more.passwords)));
}
bool contains(const model::Task& more, const model::Task& less) {
  const auto same_user = [](const auto& x, const auto& y) {
    return x.resource_id == y.resource_id && x.principal_id == y.principal_id && x.client_id == y.client_id;
  };
  const auto same_credential = [](const auto& x, const auto& y) {
    return x.login_server == y.login_server && x.identity == y.identity;
  };
  const auto equal = [](const auto& a, const auto& b, auto same) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
  };
  return more.enabled == less.enabled && more.identity.principal_id == less.identity.principal_id &&
         more.source_registry_identity == less.source_registry_identity &&
         more.source_registry_login_mode == less.source_registry_login_mode &&
         equal(more.identity.user_assigned, less.identity.user_assigned, same_user) &&
         equal(more.custom_registries, less.custom_registries, same_credential);
}

}  // namespace

/// What a token or task may be, each reading once. Source: input-formats 4; Choice: what several exports say of one
/// name is settled only where they agree.
std::vector<Decider::Record> Decider::records() const {
  if (const auto* token = std::get_if<TokenAsker>(&question_.asker))
    return records(snapshot_.tokens, ix_.token_records, token->token);
  if (const auto* task = std::get_if<TaskAsker>(&question_.asker))
    return records(snapshot_.tasks, ix_.task_records, task->task);
  return {};
}

template <class Child>
std::vector<Decider::Record> Decider::records(const std::vector<Child>& children,
                                              const std::vector<std::vector<std::uint32_t>>& same,
                                              std::size_t place) const {
  const Truth own = ix_.belongs(children[place].registry, registry());
  if (same[place].empty()) return {{.place = place, .own = own == Truth::True}};
  if (own == Truth::Unknown) {
    // One of that name which is known to be this registry's is who is meant.
    for (std::size_t i = 0; i < children.size(); ++i) {
      if (equal_ignoring_case(children[i].registry, registry().name) &&
          equal_ignoring_case(children[i].name, children[place].name))
        return records(children, same, i);
    }
  }
  std::vector<std::uint32_t> distinct;
  for (const std::uint32_t each : same[place]) {
    const auto covers = [&](std::uint32_t other) { return contains(children[other], children[each]); };
    if (std::any_of(distinct.begin(), distinct.end(), covers)) continue;
    std::erase_if(distinct, [&](std::uint32_t other) { return contains(children[each], children[other]); });
    distinct.push_back(each);
  }
  std::vector<Record> result;
  for (const std::uint32_t each : distinct) result.push_back({.place = each, .own = own != Truth::False});
  if (own != Truth::Unknown) return result;
  for (const std::uint32_t each : distinct) result.push_back({.place = each, .own = false});
  return result;
}

/// Why several records of a token or task leave an answer open, and what tells more.
Cause Decider::records_open() const {
  const bool is_token = std::holds_alternative<TokenAsker>(question_.asker);
  const std::string& name = is_token ? token().name : task().name;
  std::string_view owner;
  for (const Record& record : records_) {
    if (owner.empty())
      owner = is_token ? snapshot_.tokens[record.place].registry : snapshot_.tasks[record.place].registry;
  }
  const bool owner_open = records_.front().own != records_.back().own;
  const std::string kind = is_token ? "token" : "task";
  return missing(
      owner_open ? datum::kOwningRegistry : datum::kSeveralRecords, kind + ":" + name,
      acr_command(owner.empty() ? std::string_view(registry().name) : owner, kind + " show --registry", name));
}

/// Every record that may be the token or task that asks, each for itself: they have to agree.
Truth Decider::under_each_record(PermissionMode mode, Node* parent) {
  if (records_.size() < 2) return under(mode, parent);
  Node* agree = inner(parent, Combine::Agree, Reason::RecordsAgree);
  if (agree != nullptr)
    agree->finding.detail = std::holds_alternative<TokenAsker>(question_.asker) ? token().name : task().name;
  return common(
      agree, records_,
      [&](const Record& record) {
        record_ = record;
        become(question_.asker);
        return under(mode, agree);
      },
      [&] { return records_open(); });
}

Truth Decider::decide(Node* out) {
  if (out != nullptr) {
    out->combine = Combine::All;
    out->finding.reason = Reason::Answer;
  }
  const bool other_mode = suppose_ != nullptr && suppose_->mode && suppose_->registry == registry_index_;
  if (const auto& mode = other_mode ? suppose_->mode : registry().mode)
    return close(out, under_each_record(*mode, out));

  Node* agree = inner(out, Combine::Agree, Reason::ModeUnknown);
  const Truth legacy = under_each_record(PermissionMode::Legacy, agree);
  become(question_.asker);
  const Truth abac = under_each_record(PermissionMode::Abac, agree);
  const Truth value = legacy == abac ? legacy : Truth::Unknown;
  if (agree != nullptr && legacy != abac) {
    doubt(*agree, missing(datum::kRegistryMode, registry().name, registry_command(registry())));
  }
  return close(out, close(agree, value));
}

}  // namespace acrbiter::evaluator

// The frame of a decision: mode, gates, door, what comes after. Source: design 3; acr-authorization A.3, J22
#include <algorithm>

#include "evaluator/decider.h"
#include "evaluator/named_unknown.h"
#include "model/shell_word.h"

namespace acrbiter::evaluator {

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

Decider::Decider(const Engine::Index& index, const ResolvedQuestion& question, Memory* memory,
                 const Supposition* suppose)
    : ix_(index),
      snapshot_(index.snapshot),
      question_(question),
      memory_(memory),
      suppose_(suppose),
      registry_index_(question.registry),
      served_(question.operation) {
  become(question.asker);
  repository_known_ = !question.text->repository.empty() && (special() != Special::Purge || purge_is_literal());
}

void Decider::become(const Asker& asker) {
  asker_.all = {};
  asker_.via = {};
  paths_ = {};
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

std::span<const model::PrincipalIndex> Decider::find_path(std::size_t place) {
  if (paths_.empty()) paths_ = memory_->make_list<std::span<const model::PrincipalIndex>>(asker_.all.size());
  std::size_t length = 1;
  for (std::size_t step = place; step != 0; step = asker_.via[step]) ++length;
  const auto path = memory_->make_list<model::PrincipalIndex>(length);
  for (std::size_t step = place; length > 0; step = asker_.via[step]) path[--length] = asker_.all[step];
  return paths_[place] = path;
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
  if (holds_unknown(registry.name)) return known_by(registry.id);
  std::string command = "az acr " + std::string(words) + ' ' + model::shell_word(registry.name);
  if (!name.empty()) command += " --name " + model::shell_word(name);
  return command;
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
  value = both(value, door(mode, all));
  if (value == Truth::False && all == nullptr) return value;
  value = both(value, after_authorization(mode, all));
  return close(all, value);
}

Truth Decider::decide(Node* out) {
  if (out != nullptr) {
    out->combine = Combine::All;
    out->finding.reason = Reason::Answer;
  }
  const bool other_mode = suppose_ != nullptr && suppose_->mode && suppose_->registry == registry_index_;
  if (const auto& mode = other_mode ? suppose_->mode : registry().mode) return close(out, under(*mode, out));

  Node* agree = inner(out, Combine::Agree, Reason::ModeUnknown);
  const Truth legacy = under(PermissionMode::Legacy, agree);
  become(question_.asker);
  const Truth abac = under(PermissionMode::Abac, agree);
  const Truth value = legacy == abac ? legacy : Truth::Unknown;
  if (agree != nullptr && legacy != abac) {
    doubt(*agree, missing(datum::kRegistryMode, registry().name, registry_command(registry())));
  }
  return close(out, close(agree, value));
}

}  // namespace acrbiter::evaluator

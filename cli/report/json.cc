#include "cli/report/json.h"

#include <span>

#include <fmt/format.h>

#include "cli/report/findings.h"
#include "cli/report/sentence.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::Cause;
using evaluator::Combine;
using evaluator::Finding;
using evaluator::Node;

std::string_view combine_word(Combine combine) noexcept {
  switch (combine) {
    case Combine::Leaf:
      return "leaf";
    case Combine::All:
      return "all";
    case Combine::Any:
      return "any";
    case Combine::Not:
      return "not";
    case Combine::Agree:
      return "agree";
  }
  return "";
}

void write_network(JsonWriter& json, const evaluator::NetworkFacts& facts) {
  const auto text = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) json.member(name, *value);
  };
  json.key("network").begin_object();
  if (!facts.path.empty()) json.member("path", facts.path);
  text("privateEndpointStatus", facts.private_endpoint_status);
  text("ip", facts.ip);
  text("subnet", facts.subnet);
  text("trustedService", facts.trusted_service);
  text("identity", facts.identity);
  if (facts.task) json.member("task", true);
  text("taskIdentity", facts.task_identity);
  if (facts.agent_pool) json.member("agentPool", true);
  json.end_object();
}

void write_credential(JsonWriter& json, const evaluator::CredentialFacts& facts) {
  const auto text = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) json.member(name, *value);
  };
  json.key("credential").begin_object();
  if (!facts.kind.empty()) json.member("kind", facts.kind);
  text("audience", facts.audience);
  if (facts.age_minutes) json.key("ageMinutes").raw(fmt::format("{}", *facts.age_minutes));
  text("issuedUnderMode", facts.issued_under_mode);
  if (facts.secret_expired) json.member("secretExpired", *facts.secret_expired);
  text("username", facts.username);
  text("passwordName", facts.password_name);
  text("stored", facts.stored);
  json.end_object();
}

class AnswerWriter {
 public:
  explicit AnswerWriter(const Subject& subject) : subject_(subject), snapshot_(subject.snapshot) {}

  std::string answer(std::string_view id, const evaluator::Decision& decision,
                     const std::vector<evaluator::Hint>* hints) {
    json_.begin_object().key("id").raw(id);
    json_.member("verdict", to_string(decision.verdict));
    json_.member("sentence", sentence(decision, subject_));
    json_.key("reasons").begin_array();
    for (const Node* node : distinct_settling(decision)) reason(*node, nullptr);
    json_.end_array();
    json_.key("flags").begin_array();
    for (const std::string_view flag : decision.flags) json_.value(flag);
    json_.end_array();
    json_.key("unknowns");
    write_causes(json_, decision.unknowns);
    echo();
    if (hints != nullptr) {
      json_.key("hints").begin_array();
      for (const evaluator::Hint& hint : *hints) {
        json_.begin_object().member("kind", to_string(hint.kind)).member("subject", hint.subject);
        json_.member("detail", hint.detail).end_object();
      }
      json_.end_array().key("trace");
      node(decision.root);
    }
    json_.end_object();
    return std::move(json_).take();
  }

  std::string reasons(const std::vector<const Node*>& nodes, const evaluator::Decision& decision) {
    const Places places(decision, subject_.registry());
    brief_ = true;
    json_.begin_array();
    for (const Node* node : nodes) reason(*node, &places);
    json_.end_array();
    return std::move(json_).take();
  }

 private:
  void reason(const Node& node, const Places* places) {
    json_.begin_object().member("code", info(node.finding.reason).code);
    if (places != nullptr) json_.member("words", in_words(node, subject_, *places));
    facts(node.finding);
    json_.end_object();
  }

  void echo() {
    const evaluator::ResolvedQuestion& question = subject_.question;
    json_.member("principal", subject_.who_plain());
    if (const auto* asker = std::get_if<evaluator::EntraAsker>(&question.asker))
      json_.member("principalId", asker->id.text());
    if (question.operation != nullptr) {
      json_.member("operation", question.operation->id);
    } else {
      json_.member("action", question.text->action);
    }
    json_.member("registry", subject_.registry().name).key("mode");
    const std::string_view mode = mode_word(subject_.registry().mode);
    if (mode.empty()) {
      json_.null();
    } else {
      json_.value(mode);
    }
    optional("repository", question.text->repository);
    optional("reference", question.text->reference);
  }

  void optional(std::string_view name, std::string_view value) {
    if (!value.empty()) json_.member(name, value);
  }

  void grant(std::string_view id, model::RoleIndex role, model::ScopeIndex scope, model::PrincipalIndex principal,
             std::string_view member) {
    json_.member(member, id);
    json_.member("role", role_name(snapshot_, role)).member("roleDefinitionId", snapshot_[role].guid);
    json_.member("scope", snapshot_[scope].display);
    json_.member("principal", principal_name(snapshot_, principal)).member("principalId", snapshot_[principal].id);
    const model::DeclaredObject* declared = model::declaration_of(snapshot_, id);
    if (declared == nullptr) return;
    json_.key("declaredBy").begin_object().member("address", declared->address);
    json_.member("file", snapshot_.files[model::at(declared->file)].path);
    if (!declared->pointer.empty()) json_.member("pointer", declared->pointer);
    if (declared->line > 0) json_.member("line", declared->line);
    json_.end_object();
  }

  /// The members of a finding that are set.
  void facts(const Finding& finding) {
    if (finding.right) {
      json_.key("right").begin_object();
      json_.member("kind", finding.right->kind == evaluator::ActionKind::DataAction ? "dataAction" : "action");
      json_.member("action", finding.right->action).end_object();
    }
    if (finding.assignment) {
      const model::RoleAssignment& assignment = snapshot_.role_assignments[*finding.assignment];
      grant(assignment_id(snapshot_, assignment), assignment.role, assignment.scope, assignment.principal,
            "assignment");
    }
    if (finding.schedule_instance) {
      const model::ScheduleInstance& instance = snapshot_.schedule_instances[*finding.schedule_instance];
      grant(instance.id, instance.role, instance.scope, instance.principal, "scheduleInstance");
    }
    if (finding.deny_assignment) {
      const model::DenyAssignment& deny = snapshot_.deny_assignments[*finding.deny_assignment];
      json_.member("denyAssignment", deny.id).member("denyAssignmentName", deny.name);
    }
    if (finding.scope_map) json_.member("scopeMap", snapshot_.scope_maps[*finding.scope_map].name);
    if (finding.artifact) {
      const model::ArtifactAttributes& artifact = snapshot_.artifact_attributes[*finding.artifact];
      json_.key("artifact").begin_object().member("repository", artifact.repository);
      json_.member("reference", artifact.reference).end_object();
    }
    if (finding.lock) {
      const model::ResourceLock& lock = snapshot_.locks[*finding.lock];
      json_.key("lock").begin_object().member("name", lock.name).member("level", lock.level);
      json_.member("scope", lock.scope).end_object();
    }
    if (!finding.path.empty()) {
      json_.key("path").begin_array();
      for (const model::PrincipalIndex step : finding.path.steps()) json_.value(principal_name(snapshot_, step));
      json_.end_array();
    }
    optional("pattern", finding.pattern);
    optional("detail", finding.detail);
    if (finding.count != 0) json_.member("count", std::uint64_t{finding.count});
    if (!finding.conditions.empty()) {
      json_.key("conditions").begin_array();
      for (const evaluator::ConditionOutcome& outcome : finding.conditions) condition(outcome);
      json_.end_array();
    }
    if (!finding.assumptions.empty()) {
      json_.key("assumptions").begin_array();
      for (const evaluator::AssumptionId id : finding.assumptions) {
        json_.begin_object().member("id", assumption(id).name);
        json_.member("reading", subject_.question.readings[id]);
        json_.member("pinned", subject_.question.readings.pinned(id)).end_object();
      }
      json_.end_array();
    }
  }

  void span(model::SourceSpan place, const std::string& text) {
    json_.member("begin", std::uint64_t{place.begin}).member("end", std::uint64_t{place.end});
    if (place.begin <= place.end && place.end <= text.size()) {
      json_.member("text", std::string_view(text).substr(place.begin, place.end - place.begin));
    }
  }

  void condition(const evaluator::ConditionOutcome& outcome) {
    const model::ConditionEntry& entry = snapshot_[outcome.condition];
    json_.begin_object().member("of", outcome.of_role ? "role" : "assignment");
    json_.member("condition", entry.text).member("version", entry.version).member("parses", entry.parsed.has_value());
    json_.member("value", to_string(outcome.truth));
    if (brief_) {
      json_.end_object();
      return;
    }
    const evaluator::ConditionValue value = value_of(outcome, snapshot_);
    if (entry.parsed) {
      json_.key("decidedBy").begin_object();
      span(value.decided_by, entry.text);
      json_.end_object();
    } else if (!entry.errors.empty()) {
      json_.member("error", entry.errors.front().message);
    }
    json_.key("causes").begin_array();
    for (const evaluator::ConditionCause& cause : value.causes) {
      json_.begin_object().member("cause", to_string(cause.kind));
      optional("attribute", cause.attribute);
      span(cause.span, entry.text);
      json_.end_object();
    }
    json_.end_array().key("steps").begin_array();
    for (const evaluator::ConditionStep& step : steps_of(outcome, snapshot_)) {
      json_.begin_object()
          .member("value", to_string(step.truth))
          .member("depth", static_cast<std::uint64_t>(step.depth));
      span(step.span, entry.text);
      optional("note", step.note);
      if (step.first_difference != 0) json_.member("firstDifference", std::uint64_t{step.first_difference});
      if (step.cause) json_.member("cause", to_string(*step.cause));
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void node(const Node& node) {
    const evaluator::ReasonInfo& reason = info(node.finding.reason);
    json_.begin_object().member("reason", reason.code);
    if (!reason.source.empty()) json_.member("source", reason.source);
    json_.member("combine", combine_word(node.combine)).member("value", to_string(node.value));
    facts(node.finding);
    if (!node.causes.empty()) {
      json_.key("causes");
      write_causes(json_, node.causes);
    }
    json_.key("children").begin_array();
    for (const Node& child : node.children) this->node(child);
    json_.end_array().end_object();
  }

  const Subject& subject_;
  const model::Snapshot& snapshot_;
  JsonWriter json_;
  bool brief_ = false;
};

}  // namespace

std::string answer_line(std::string_view id, const evaluator::Decision& decision, const Subject& subject) {
  return AnswerWriter(subject).answer(id, decision, nullptr);
}

std::string answer_line_with_trace(std::string_view id, const evaluator::Decision& decision, const Subject& subject,
                                   const std::vector<evaluator::Hint>& hints) {
  return AnswerWriter(subject).answer(id, decision, &hints);
}

std::string reasons_json(const std::vector<const Node*>& nodes, const evaluator::Decision& decision,
                         const Subject& subject) {
  return AnswerWriter(subject).reasons(nodes, decision);
}

void write_causes(JsonWriter& json, std::span<const Cause> causes) {
  json.begin_array();
  for (const Cause& cause : causes) {
    json.begin_object();
    json.member("kind", cause.kind == Cause::Kind::MissingDatum ? "missing-datum" : "contested-fact");
    json.member("cause", cause.code);
    if (!cause.subject.empty()) json.member("subject", cause.subject);
    json.member("needs", cause.command).end_object();
  }
  json.end_array();
}

std::string error_line(std::string_view id, const AnswerError& error) {
  JsonWriter json;
  json.begin_object().key("id").raw(id).key("error").begin_object();
  json.member("code", error.code).member("message", error.message);
  json.strings("suggestions", error.suggestions);
  if (error.where && error.where->line != 0) {
    json.member("line", std::uint64_t{error.where->line}).member("column", std::uint64_t{error.where->column});
  }
  json.end_object().end_object();
  return std::move(json).take();
}

void write_question(JsonWriter& json, const evaluator::Question& question) {
  json.member("principal", question.principal).member("operation", question.operation);
  json.member("registry", question.registry);
  if (!question.repository.empty()) json.member("repository", question.repository);
  if (question.at) json.member("at", model::to_string(*question.at));
  if (question.network) write_network(json, *question.network);
  if (question.credential) write_credential(json, *question.credential);
}

}  // namespace acrbiter::cli::report

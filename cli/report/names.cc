#include "cli/report/names.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/report/text.h"
#include "model/ascii.h"
#include "model/box.h"

namespace acrbiter::cli::report {
namespace {

using model::Overloaded;

bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string last_segment(std::string_view id) {
  const std::size_t slash = id.rfind('/');
  return std::string(slash == std::string_view::npos ? id : id.substr(slash + 1));
}

bool pulls_from(std::string_view operation) {
  return operation == "pull" || operation == "pull-signed" || operation == "task-pull" || operation == "cache-pull";
}

bool pushes_to(std::string_view operation) {
  return operation == "push" || operation == "task-push" || operation == "quick-build-push";
}

}  // namespace

std::string principal_name(const model::Snapshot& snapshot, model::PrincipalIndex index) {
  const model::Principal& principal = snapshot[index];
  if (!principal.user_principal_name.empty()) return principal.user_principal_name;
  if (!principal.display_name.empty()) return principal.display_name;
  if (!principal.aliases.empty()) return principal.aliases.front();
  return principal.id;
}

std::string stranger_words(std::string_view object_id) {
  return object_id == evaluator::kUnnamedIdentity ? std::string(kAnybodyUnnamed) : quote(object_id);
}

std::string unlisted_doors(const model::Snapshot& snapshot) {
  if (snapshot.tokens_given && snapshot.tasks_given) return {};
  const std::string_view which = snapshot.tokens_given ? "tasks" : snapshot.tasks_given ? "tokens" : "tokens or tasks";
  return fmt::format("The data has no list of {}; they are not covered.", which);
}

std::string role_name(const model::Snapshot& snapshot, model::RoleIndex index) {
  const model::RoleDefinition& role = snapshot[index];
  return role.name.empty() ? role.guid : role.name;
}

std::string_view mode_word(const std::optional<model::PermissionMode>& mode) noexcept {
  if (!mode) return "";
  return *mode == model::PermissionMode::Abac ? "abac" : "legacy";
}

std::string doing(const evaluator::Operation& operation, std::string_view what, const model::Registry& registry) {
  const std::string where = quote(registry.name);
  if (operation.id == "export-from") return fmt::format("use {} as an import source", where);
  if (!operation.takes_repository || what.empty()) return fmt::format("{} {}", operation.summary, where);
  const std::string_view preposition = pulls_from(operation.id) ? "from" : pushes_to(operation.id) ? "to" : "in";
  return fmt::format("{} {} {} {}", operation.summary, what, preposition, where);
}

std::string child_spelling(std::string_view kind, std::string_view name, std::string_view home) {
  return fmt::format("{}:{}{}{}", kind, home, home.empty() ? "" : "/", name);
}

std::string child_words(std::string_view kind, std::string_view name, std::string_view home) {
  return home.empty() ? fmt::format("{} {}", kind, quote(name))
                      : fmt::format("{} {} of {}", kind, quote(name), quote(home));
}

namespace {

/// The registry that something belongs to, if it is another than `here`.
std::string_view elsewhere(std::string_view home, const model::Registry& here) {
  return model::equal_ignoring_case(home, here.name) ? std::string_view() : home;
}

}  // namespace

std::string Subject::who_plain() const {
  return std::visit(
      Overloaded{
          [this](const evaluator::EntraAsker& asker) {
            return asker.known ? principal_name(snapshot, asker.principal) : std::string(asker.id.text());
          },
          [](const evaluator::AdminAsker&) { return std::string("admin"); },
          [](const evaluator::AnonymousAsker&) { return std::string("anonymous"); },
          [this](const evaluator::TokenAsker& asker) { return "token:" + snapshot.tokens[asker.token].name; },
          [this](const evaluator::TaskAsker& asker) {
            const model::Task& task = snapshot.tasks[asker.task];
            return child_spelling("task", task.name, elsewhere(task.registry, registry()));
          },
      },
      question.asker);
}

std::string Subject::who() const {
  if (!stand_in.empty()) return std::string(stand_in);
  return std::visit(
      Overloaded{
          [this](const evaluator::EntraAsker& asker) {
            if (!asker.known) return stranger_words(asker.id);
            const std::string name = principal_name(snapshot, asker.principal);
            const std::string& typed = question.text->principal;
            if (asker.typed_as == "object-id" || same_name(typed, name)) return quote(name);
            return fmt::format("{} ({})", quote(typed), quote(name));
          },
          [](const evaluator::AdminAsker&) { return std::string("the admin user"); },
          [](const evaluator::AnonymousAsker&) { return std::string("an anonymous caller"); },
          [this](const evaluator::TokenAsker& asker) { return "token " + quote(snapshot.tokens[asker.token].name); },
          [this](const evaluator::TaskAsker& asker) {
            const model::Task& task = snapshot.tasks[asker.task];
            return child_words("task", task.name, elsewhere(task.registry, registry()));
          },
      },
      question.asker);
}

std::string Subject::what() const {
  const std::string where = quote(registry().name);
  std::string name = question.text->repository.empty() ? std::string() : quote(question.text->repository);
  if (!name.empty() && !question.text->reference.empty()) {
    const bool digest = question.text->reference.find(':') != std::string::npos;
    name += (digest ? "@" : ":") + quote(question.text->reference);
  }
  if (question.operation == nullptr) {
    return name.empty() ? fmt::format("use {} on {}", quote(question.text->action), where)
                        : fmt::format("use {} on {} in {}", quote(question.text->action), name, where);
  }
  return doing(*question.operation, name, registry());
}

std::string Subject::scope(model::ScopeIndex index) const {
  std::string_view text = snapshot[index].display;
  // A doubt has a sentence of its own.
  if (const std::string_view doubt = model::doubt_in(text); !doubt.empty()) {
    if (model::is_named_unknown(text)) return "a scope that is open";
    text.remove_suffix(doubt.size() + std::string_view("/{}").size());
  }
  const std::string key = model::scope_key(text);
  if (key == snapshot[registry().scope].key) return "the registry";
  switch (model::scope_kind(key)) {
    case model::ScopeKind::Root:
      return "the root of the tenant";
    case model::ScopeKind::ManagementGroup:
      return "management group " + quote(last_segment(text));
    case model::ScopeKind::Subscription:
      return "subscription " + quote(last_segment(text));
    case model::ScopeKind::ResourceGroup:
      return "resource group " + quote(last_segment(text));
    case model::ScopeKind::None:
      return "no scope";
    case model::ScopeKind::Resource:
    case model::ScopeKind::OtherRoot:
      break;
  }
  for (const model::Registry& other : snapshot.registries) {
    if (snapshot[other.scope].key == key) return "registry " + quote(other.name);
  }
  return quote(text);
}

std::string Subject::grant(const evaluator::Finding& finding) const {
  const auto phrase = [this](model::RoleIndex role, model::ScopeIndex where) {
    return fmt::format("{} on {}", quote(role_name(snapshot, role)), scope(where));
  };
  if (finding.assignment) {
    const model::RoleAssignment& assignment = snapshot.role_assignments[*finding.assignment];
    return phrase(assignment.role, assignment.scope) + declared(assignment_id(snapshot, assignment));
  }
  if (finding.schedule_instance) {
    const model::ScheduleInstance& instance = snapshot.schedule_instances[*finding.schedule_instance];
    return phrase(instance.role, instance.scope) + declared(instance.id);
  }
  return {};
}

std::string Subject::declared(std::string_view id) const {
  const model::DeclaredObject* declared = model::declaration_of(snapshot, id);
  if (declared == nullptr) return {};
  const std::string& file = snapshot.files[model::at(declared->file)].path;
  return fmt::format(" ({} in {})", escape(declared->address), escape(file));
}

std::string Subject::holder(const evaluator::Finding& finding) const {
  std::optional<model::PrincipalIndex> principal;
  if (finding.assignment) principal = snapshot.role_assignments[*finding.assignment].principal;
  if (finding.schedule_instance) principal = snapshot.schedule_instances[*finding.schedule_instance].principal;
  if (!principal) return "others";
  const bool group = snapshot[*principal].kind == model::PrincipalKind::Group;
  return (group ? "group " : "") + quote(principal_name(snapshot, *principal));
}

std::string Subject::groups(std::span<const model::PrincipalIndex> path) const {
  constexpr std::size_t kFirst = 4, kLast = 2;  // of a long path; the data form has all of it
  const bool is_long = path.size() > 1 + kFirst + 1 + kLast;
  std::string result;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (is_long && i == 1 + kFirst) {
      const std::size_t left_out = path.size() - i - kLast;
      result += fmt::format(", in {} more", left_out);
      i += left_out;
    }
    result += fmt::format("{}group {}", result.empty() ? "" : ", in ", quote(principal_name(snapshot, path[i])));
  }
  return result;
}

}  // namespace acrbiter::cli::report

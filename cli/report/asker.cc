#include "cli/report/asker.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "cli/report/names.h"
#include "cli/report/text.h"
#include "model/ascii.h"
#include "model/box.h"
#include "model/shell_word.h"

namespace acrbiter::cli::report {
namespace {

using evaluator::AdminAsker;
using evaluator::AnonymousAsker;
using evaluator::Asker;
using evaluator::EntraAsker;
using evaluator::TaskAsker;
using evaluator::TokenAsker;
using model::Overloaded;
using model::Principal;
using model::PrincipalKind;

/// What `--as` takes for something else than the name of an identity.
bool reserved(std::string_view name) {
  return name == "admin" || name == "anonymous" || name.starts_with("token:") || name.starts_with("task:");
}

std::string key_of(const model::Token& token) { return child_spelling("token", token.name, ""); }
std::string key_of(const model::Task& task) { return child_spelling("task", task.name, ""); }

std::string_view kind_of(const Principal& principal) {
  switch (principal.kind) {
    case PrincipalKind::User:
      return "user";
    case PrincipalKind::Group:
    case PrincipalKind::ForeignGroup:
      return "group";
    case PrincipalKind::ServicePrincipal:
      return "service principal";
    case PrincipalKind::Device:
      return "device";
    case PrincipalKind::Agent:
      return "agent";
    case PrincipalKind::Unknown:
      break;
  }
  return "identity";
}

}  // namespace

AskerNames::AskerNames(const model::Snapshot& snapshot) : snapshot_(snapshot) {
  taken_.reserve(2 * snapshot.principals.size());
  for (const Principal& principal : snapshot.principals) {
    // Each once per principal, whatever it is called beside.
    const std::string upn = model::ascii_lower(principal.user_principal_name);
    const std::string display = model::ascii_lower(principal.display_name);
    if (!upn.empty()) ++taken_[upn];
    if (!display.empty() && display != upn) ++taken_[display];
  }
  for (const model::Token& token : snapshot.tokens) ++taken_[model::ascii_lower(key_of(token))];
  for (const model::Task& task : snapshot.tasks) ++taken_[model::ascii_lower(key_of(task))];
}

/// The registry to name with a token or task, or "" where its own name says who is meant.
template <class Child>
std::string_view AskerNames::home(const Child& child, const model::Registry* at) const {
  const bool plain = at != nullptr ? model::equal_ignoring_case(child.registry, at->name) : unique(key_of(child));
  return plain ? std::string_view() : std::string_view(child.registry);
}

bool AskerNames::unique(std::string_view name) const {
  const auto found = taken_.find(model::ascii_lower(name));
  return found == taken_.end() || found->second == 1;
}

std::string AskerNames::words(const Asker& asker, const model::Registry* at) const {
  return std::visit(Overloaded{
                        [this](const EntraAsker& entra) {
                          if (!entra.known) return stranger_words(entra.id);
                          const Principal& principal = snapshot_[entra.principal];
                          const std::string plain = principal_name(snapshot_, entra.principal);
                          std::string words = kind_of(principal) == "group" ? "group " + quote(plain) : quote(plain);
                          if (plain != principal.id && !unique(plain)) words += fmt::format(" ({})", principal.id);
                          return words;
                        },
                        [](const AdminAsker&) { return std::string("the admin user"); },
                        [](const AnonymousAsker&) { return std::string("anybody without signing in"); },
                        [&](const TokenAsker& asked) {
                          const model::Token& token = snapshot_.tokens[asked.token];
                          return child_words("token", token.name, home(token, at));
                        },
                        [&](const TaskAsker& asked) {
                          const model::Task& task = snapshot_.tasks[asked.task];
                          return child_words("task", task.name, home(task, at));
                        },
                    },
                    asker);
}

std::string AskerNames::spelling(const Asker& asker, const model::Registry* at) const {
  if (const auto* entra = std::get_if<EntraAsker>(&asker)) {
    if (!entra->known) return std::string(entra->id.text());
    const std::string& upn = snapshot_[entra->principal].user_principal_name;
    return upn.empty() || !unique(upn) || reserved(upn) ? snapshot_[entra->principal].id : upn;
  }
  if (const auto* asked = std::get_if<TokenAsker>(&asker)) {
    const model::Token& token = snapshot_.tokens[asked->token];
    return child_spelling("token", token.name, home(token, at));
  }
  if (const auto* asked = std::get_if<TaskAsker>(&asker)) {
    const model::Task& task = snapshot_.tasks[asked->task];
    return child_spelling("task", task.name, home(task, at));
  }
  return name(asker);
}

std::string AskerNames::name(const Asker& asker) const {
  return std::visit(Overloaded{
                        [this](const EntraAsker& entra) {
                          if (entra.known) return principal_name(snapshot_, entra.principal);
                          const std::string_view id = entra.id.text();
                          return std::string(id == evaluator::kUnnamedIdentity ? kAnybodyUnnamed : id);
                        },
                        [](const AdminAsker&) { return std::string("admin"); },
                        [](const AnonymousAsker&) { return std::string("anonymous"); },
                        [this](const TokenAsker& token) { return "token:" + snapshot_.tokens[token.token].name; },
                        [this](const TaskAsker& task) { return "task:" + snapshot_.tasks[task.task].name; },
                    },
                    asker);
}

std::string_view AskerNames::kind(const Asker& asker) const {
  return std::visit(Overloaded{
                        [this](const EntraAsker& entra) {
                          return entra.known ? kind_of(snapshot_[entra.principal]) : std::string_view("identity");
                        },
                        [](const AdminAsker&) { return std::string_view("admin user"); },
                        [](const AnonymousAsker&) { return std::string_view("anonymous"); },
                        [](const TokenAsker&) { return std::string_view("token"); },
                        [](const TaskAsker&) { return std::string_view("task"); },
                    },
                    asker);
}

std::string AskerNames::kind_code(const Asker& asker) const {
  std::string word(kind(asker));
  std::replace(word.begin(), word.end(), ' ', '-');
  return word;
}

std::string AskerNames::sort_key(const Asker& asker) const {
  return model::ascii_lower(name(asker)) + '\0' + spelling(asker);
}

void AskerNames::write(JsonWriter& json, const Asker& asker, const model::Registry* at) const {
  json.member("principal", spelling(asker, at));
  if (const auto* entra = std::get_if<EntraAsker>(&asker)) json.member("principalId", entra->id.text());
  json.member("name", name(asker)).member("kind", kind_code(asker));
}

bool AskerNames::stands_for_members(const Asker& asker) const { return kind(asker) == "group"; }

std::string AskerNames::export_command(const Asker& asker) const {
  if (!stands_for_members(asker)) return {};
  return fmt::format("az ad group member list --group {}", model::shell_word(std::get<EntraAsker>(asker).id.text()));
}

}  // namespace acrbiter::cli::report

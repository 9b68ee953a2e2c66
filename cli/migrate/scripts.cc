#include "cli/migrate/scripts.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "cli/migrate/writers.h"
#include "cli/report/markdown.h"
#include "cli/report/text.h"

namespace acrbiter::cli::migrate {
namespace {

constexpr std::array<std::pair<Language, std::string_view>, 4> kWords = {
    {{Language::Az, "az"}, {Language::Bicep, "bicep"}, {Language::Terraform, "terraform"}, {Language::Rest, "rest"}}};

std::string_view tools(Language language) {
  switch (language) {
    case Language::Az:
      return "bash and a current Azure CLI, signed in (`az login`)";
    case Language::Bicep:
      return "bash and a current Azure CLI with Bicep, signed in (`az login`)";
    case Language::Terraform:
      return "bash, Terraform with the azurerm provider, and a current Azure CLI, signed in (`az login`)";
    case Language::Rest:
      return "any client of Azure Resource Manager with a token; for `send.sh` bash, jq and a current Azure CLI, "
             "signed "
             "in (`az login`)";
  }
  return "";
}

std::string_view usage(Language language) {
  switch (language) {
    case Language::Az:
      return "Every script can be run again: what is done already is left alone. With `DRY_RUN=1` a script prints its\n"
             "commands and calls nothing.\n";
    case Language::Bicep:
      return "Bicep creates the roles and the assignments: `1-assign.sh` deploys one template for each resource "
             "group,\n"
             "subscription or management group. Everything else is done by the Azure CLI: a template that names a\n"
             "registry in order to switch it sets its other properties too, and leaving a resource out of a template\n"
             "deletes nothing. Every script can be run again. With `DRY_RUN=1` a script prints its commands and calls\n"
             "nothing.\n";
    case Language::Terraform:
      return "Terraform creates the roles and the assignments, in a state of its own; `rollback-1-assign.sh` destroys\n"
             "them. Everything else is done by the Azure CLI, as the registries and the old assignments are not in "
             "that\n"
             "state. Every script can be run again. With `DRY_RUN=1` a script prints its commands and calls nothing.\n";
    case Language::Rest:
      return "Each line of a `.jsonl` file is one request: `method`, `url`, `body` if it has one, and `about`. Send "
             "them\n"
             "in order, or let `./send.sh FILE` do it. `requireMode` says which `properties.roleAssignmentMode` the\n"
             "answer, or each registry of an answered list, must have: stop there otherwise. `lookFirst` says the same "
             "of\n"
             "every registry below what is answered, which takes somebody to look. PUT and DELETE can be sent again; "
             "a\n"
             "refusal with `RoleAssignmentExists` means that an assignment of another name gives the role: take the "
             "new\n"
             "one out of stages 2 and 3 then. An assignment of a new role can be refused for a minute: send the file\n"
             "again then.\n"
             "`DRY_RUN=1 ./send.sh FILE` prints the requests and sends nothing.\n";
  }
  return "";
}

std::string_view limits(Language language) {
  switch (language) {
    case Language::Az:
      return "";
    case Language::Bicep:
      return "- A deployment fails with `RoleAssignmentExists` if an assignment of another name gives one of the "
             "roles\n"
             "  already. If that one has no condition, take the resource out of the template; else delete it first.\n"
             "- The assignments are not part of a deployment stack: taking them out of a template keeps them.\n";
    case Language::Terraform:
      return "- `apply` fails with `RoleAssignmentExists` if an assignment of another name gives one of the roles "
             "already.\n"
             "  If that one has no condition, take the resource out of `1-assign.tf` or import it; else delete it "
             "first.\n"
             "- Where a configuration of yours manages a registry or an old assignment, change it there as well (or\n"
             "  instead): its next `apply` would undo stages 3 and 6. Take the removed assignments out of it, or run\n"
             "  `terraform state rm` for them.\n";
    case Language::Rest:
      return "- The URLs are those of the public cloud. `send.sh` sends to the cloud that `az` is signed in to.\n";
  }
  return "";
}

struct StageText {
  std::string_view file, does, check;
};

constexpr std::array kStages = {
    StageText{"1-assign", "creates the new roles and assignments beside the old ones; nobody loses anything",
              "it ended without an error"},
    StageText{"2-wait",
              "sees that the new assignments exist; Azure takes up to 10 minutes to spread them, hours from "
              "management groups, and the registry up to 10 minutes more",
              "nothing is missing, and that time has passed"},
    StageText{"3-switch",
              "puts the registries into the ABAC mode, then gives tasks their identity, whose role counts for nothing "
              "before; stops if a new assignment is missing",
              "go on at once: credentials of before are refused from now on"},
    StageText{"4-refresh-credentials",
              "prints which clients need a new credential and how they get it; changes nothing",
              "every client has a new credential"},
    StageText{
        "5-confirm",
        "checks the mode; then pull and push once with each kind of client, and compare fresh exports with those of "
        "before by `acrbiter diff`",
        "no client reports 401 or 403, and diff shows what the plan lists and no more; wait for days rather than "
        "hours"},
    StageText{"6-remove",
              "deletes the old assignments, which count for nothing in the ABAC mode; stops if a registry below "
              "their scopes is not seen in it",
              "compare once more"},
};

constexpr std::array kRollbacks = {
    StageText{"rollback-6-remove", "creates the old assignments again, with their conditions",
              "wait as in stage 2: they take as long to spread"},
    StageText{
        "rollback-3-switch",
        "puts the registries into the legacy mode and gives tasks the access to it that they had before",
        "only after `rollback-6-remove` if stage 6 has run; then stage 4 again, as credentials issued in the ABAC "
        "mode may be refused"},
    StageText{"rollback-1-assign",
              "deletes the new assignments and roles; stops if a registry below their scopes is not seen in the legacy "
              "mode: the ABAC mode needs them, and another plan may rest on them",
              "only in the legacy mode"},
};

/// The file of `stage` among `files`: with which ending it comes depends on the language.
std::string_view file_of(std::string_view stage, const std::vector<ScriptFile>& files) {
  const auto found = std::ranges::find_if(files, [stage](const ScriptFile& file) {
    return file.name.starts_with(stage) && file.name.substr(stage.size()).starts_with('.') &&
           (file.executable || file.name.ends_with(".jsonl"));
  });
  return found == files.end() ? stage : std::string_view(found->name);
}

std::string rows(std::span<const StageText> stages, const std::vector<ScriptFile>& files) {
  std::string text = "| file | what it does | before going on |\n|---|---|---|\n";
  for (const StageText& stage : stages) {
    text += fmt::format("| `{}` | {} | {} |\n", file_of(stage.file, files), stage.does, stage.check);
  }
  return text + "\n";
}

/// True if the scripts leave the task to people.
bool by_hand(const TaskNeed& task, Language language) {
  if (task.set_already) return false;
  const bool no_client = task.identity != "[system]" && task.identity_client_id.empty();
  return !can_set(task) || (language == Language::Rest && no_client);
}

/// What other plans have to do with this one.
std::string shared(const Plan& plan) {
  const std::vector<OldAssignment> old = shared_by_registries(plan);
  if (old.empty()) return "";
  std::string text =
      "## Shared with other registries\n\n"
      "These old assignments are above registries, so other registries there, and their plans, may rest on them too. "
      "If\n"
      "stage 6 of one plan has deleted them, every registry that goes back to the legacy mode needs them again: run "
      "that\n"
      "plan's `rollback-6-remove` before any `rollback-3-switch`. Best keep them until all registries are switched "
      "for\n"
      "good.\n\n";
  for (const OldAssignment& one : old) {
    text += fmt::format("- {}{}{}\n", report::code_span(called(one)), one.note.empty() ? "" : ": ",
                        one.note.empty() ? "" : report::code_span(one.note));
  }
  return text + "\n";
}

ScriptFile readme(const Plan& plan, Language language, const std::vector<ScriptFile>& files) {
  std::string text =
      "# From the legacy permission mode to the ABAC mode\n\nWritten by acrbiter from a migration plan for:\n\n";
  for (const PlannedRegistry& registry : plan.registries)
    text += fmt::format("- {}\n", report::code_span(registry.name));
  const auto custom = std::ranges::count_if(plan.roles, [](const PlannedRole& role) { return role.custom(); });
  text += fmt::format(
      "\nIt creates {} and {}, and in the end deletes {}.\n", report::counted(static_cast<std::size_t>(custom), "role"),
      report::counted(plan.assignments.size(), "role assignment"), report::counted(plan.remove.size(), "old one"));
  text += fmt::format(
      "\n## Before\n\nYou need {}.\nTo write role assignments takes Owner or Role Based Access Control "
      "Administrator at their scopes, to create\nroles Owner or User Access Administrator, to switch a registry "
      "Contributor.\n\n",
      tools(language));
  text += usage(language);
  text +=
      "What stops for somebody to look at something goes on with `LOOKED=1`.\n"
      "\n## In this order\n\n" +
      rows(kStages, files);
  text += "## Back\n\nFrom where you are, in this order. Each takes back one stage.\n\n" + rows(kRollbacks, files);
  text += shared(plan);

  std::string hand;
  for (const TaskNeed& task : plan.tasks) {
    if (by_hand(task, language)) {
      hand += fmt::format("- task {} of {}: {}\n", report::code_span(task.name), report::code_span(task.registry),
                          report::code_span(task.need));
    }
  }
  if (!hand.empty()) text += "## By hand\n\n" + hand + "\n";

  if (!plan.keep.empty()) {
    text += "## What stays\n\nOld assignments that something still needs, or that end by themselves:\n\n";
    for (const OldAssignment& old : plan.keep) {
      text += fmt::format("- {}: {}\n", report::code_span(called(old)), report::code_span(old.note));
    }
    text += "\n";
  }
  text += "## Limits\n\n";
  text += limits(language);
  text +=
      "- The scripts do what the plan says. What it cannot preserve, and what it leaves to people, stands in the "
      "plan.\n"
      "- An assignment that exists under the name of a new one is taken for it.\n"
      "- What was assigned after the export is not in the plan. Export and verify again before stage 3.\n";
  return {"README.md", text};
}

}  // namespace

std::string_view word(Language language) noexcept {
  return std::ranges::find(kWords, language, &decltype(kWords)::value_type::first)->second;
}

std::optional<Language> language_of(std::string_view word) noexcept {
  const auto found = std::ranges::find(kWords, word, &decltype(kWords)::value_type::second);
  if (found == kWords.end()) return std::nullopt;
  return found->first;
}

std::vector<ScriptFile> scripts(const Plan& plan, Language language) {
  std::vector<ScriptFile> files;
  switch (language) {
    case Language::Az:
      files = az_scripts(plan);
      break;
    case Language::Bicep:
      files = bicep_scripts(plan);
      break;
    case Language::Terraform:
      files = terraform_scripts(plan);
      break;
    case Language::Rest:
      files = rest_scripts(plan);
      break;
  }
  files.insert(files.begin(), readme(plan, language, files));
  return files;
}

}  // namespace acrbiter::cli::migrate

// The writers of the stages. Bicep and Terraform can only assign: their other stages are those of az.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/migrate/parts.h"
#include "cli/migrate/scripts.h"

namespace acrbiter::cli::migrate {

/// The start of a bash script, up to its first command: what it does, in sentences of one line each.
[[nodiscard]] std::string shell_head(const std::vector<std::string>& about);
/// `run COMMAND`, which only prints the command if DRY_RUN=1, and what it needs.
extern const std::string_view kShellRun;
/// `create PATH COMMAND`, which runs the command unless that role assignment exists. Needs kShellRun.
extern const std::string_view kShellCreate;

/// The creation of a role assignment by az, after its name in a comment.
[[nodiscard]] std::string az_assign(const PlannedAssignment& assignment, const Plan& plan);
/// Stops unless the registries of the plan, and all others that its assignments reach, are in the legacy mode. Needs
/// kShellRun.
[[nodiscard]] std::string az_require_legacy(const Plan& plan);

/// Stages 2 to 6 and the way back from 6 and 3, as az does them.
[[nodiscard]] std::vector<ScriptFile> az_after_assign(const Plan& plan);
/// The way back from stage 1.
[[nodiscard]] ScriptFile az_rollback_assign(const Plan& plan);
/// The clients of the registries and how each gets a new credential.
[[nodiscard]] ScriptFile refresh_credentials(const Plan& plan);

/// All files but README.md.
[[nodiscard]] std::vector<ScriptFile> az_scripts(const Plan& plan);
[[nodiscard]] std::vector<ScriptFile> bicep_scripts(const Plan& plan);
[[nodiscard]] std::vector<ScriptFile> terraform_scripts(const Plan& plan);
[[nodiscard]] std::vector<ScriptFile> rest_scripts(const Plan& plan);

}  // namespace acrbiter::cli::migrate

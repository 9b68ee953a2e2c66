// From instances of Terraform resources to declarations: the objects as the service would export them.
#pragma once

#include "parser/lower.h"
#include "parser/terraform_plan.h"

namespace acrbiter::parser {

/// True if access is read from resources of this type; data sources among them.
[[nodiscard]] bool is_read_from_terraform(std::string_view type);

/// True if access is read from this instance, though not from all of its type: it deploys a template, is a
/// membership, or makes a request of its own.
[[nodiscard]] bool is_read_by_content(const TerraformInstance& instance);

/// Adds what `plan` removes, then what it holds, to `context.infrastructure`. What an attribute is that only the
/// deployment will know is looked up in the configuration; what that does not tell becomes a named unknown and a
/// warning.
void declare_resources(const TerraformPlan& plan, LoweringContext& context);

}  // namespace acrbiter::parser

// Reader of Terraform: plans (`terraform show -json PLAN`), states (`terraform show -json`, `terraform.tfstate`).
#pragma once

#include <span>

#include "parser/lower.h"

namespace acrbiter::parser {

/// Whole documents: "terraform-plan" and "terraform-state". They fill Infrastructure; nothing is lowered here.
[[nodiscard]] std::span<const ObjectFormat> terraform_document_formats();

}  // namespace acrbiter::parser

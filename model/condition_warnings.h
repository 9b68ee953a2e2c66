// What is well formed in a condition and yet probably not what its author meant.
#pragma once

#include <string_view>
#include <vector>

#include "model/condition.h"
#include "model/result.h"

namespace acrbiter::model {

struct ConditionWarning {
  std::string_view code;  ///< one of the list below
  Diagnostic where;
};

/// In the order of the text, the whole condition first; at most 100. Spans, lines and columns refer to
/// `condition.text`. Codes:
///   condition-too-long             over 8 KB of UTF-8
///   key-case-mark-lost             a shell expanded `$key_case_sensitive$`, so the attribute name is wrong
///   exclusion-list-always-true     `ForAnyOfAnyValues:…NotEquals` with two different values excludes nothing
///   utcnow-operator                only the two strict DateTime comparisons are documented for UtcNow
///   non-ascii-ignore-case          letters beyond ASCII are compared with their case
///   attribute-not-documented       registries supply the repository name and no other attribute
///   attribute-source-mismatch      a repository name that is not taken from @Request
///   operator-not-documented        registries document StringEquals and StringStartsWith with IgnoreCase alone
///   ambiguous-grouping             AND and OR side by side without parentheses
///   quantifier-not-listed          StartsWith, DateTime and Bool operators are not listed for quantifiers
[[nodiscard]] std::vector<ConditionWarning> condition_warnings(const Condition& condition);

/// True for `Microsoft.ContainerRegistry/registries/repositories:name`, letter case ignored.
[[nodiscard]] bool is_repository_name(const Attribute& attribute) noexcept;

}  // namespace acrbiter::model

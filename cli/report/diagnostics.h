// Problems and warnings for people.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/report/text.h"
#include "model/result.h"
#include "model/snapshot.h"

namespace acrbiter::cli::report {

/// `error: message`, then the place, the line of text with a caret below, and the help:
///
///   error: unknown operator `StringEqual`
///     --> role-assignments.json:12:40 /3/condition
///      | @Request[…] StringEqual 'x'
///      |             ^^^^^^^^^^^
///     help: did you mean `StringEquals`?
[[nodiscard]] std::string diagnostic(std::string_view severity, Style style, const model::Diagnostic& problem,
                                     const Look& look);
[[nodiscard]] std::string errors(std::span<const model::Diagnostic> problems, const Look& look);
/// An error without a place.
[[nodiscard]] std::string error(std::string_view message, std::string_view help, const Look& look);

/// How many warnings a command shows unless it is asked for all.
inline constexpr std::size_t kShownWarnings = 5;
/// At most `most` warnings, one line each, and how many more there are.
[[nodiscard]] std::string warnings(std::span<const model::Warning> warnings, std::size_t most, const Look& look);

}  // namespace acrbiter::cli::report

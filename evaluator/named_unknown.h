// What infrastructure code leaves to its deployment: of that no command exports anything. And what a damaged export
// does not tell, which may be anything just so: `{unreadable}`.
#pragma once

#include <string>
#include <string_view>

namespace acrbiter::evaluator {

/// Does `text`, a name or an id, hold a named unknown such as `{subscription}`? See model::is_named_unknown.
[[nodiscard]] bool holds_unknown(std::string_view text) noexcept;

/// Does `text` hold what could not be read in an export?
[[nodiscard]] bool is_unreadable(std::string_view text) noexcept;

/// Does `text` hold what a plan has and marks as sensitive, which is not read?
[[nodiscard]] bool is_sensitive(std::string_view text) noexcept;

/// What makes the named unknowns of `text` known: to say where the code is deployed to, or to deploy it.
[[nodiscard]] std::string known_by(std::string_view text);

/// `command`, which names `text`; what makes `text` known instead if it holds an unknown, with which nobody can run it.
[[nodiscard]] std::string command_naming(std::string_view text, std::string command);

}  // namespace acrbiter::evaluator

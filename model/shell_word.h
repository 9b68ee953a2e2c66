// Names from data inside command lines that people copy.
#pragma once

#include <string>
#include <string_view>

namespace acrbiter::model {

/// `text` as one word of a POSIX shell: in quotes unless it consists of letters, digits and `_./:@=,+-%`. Not escaped
/// for a terminal.
[[nodiscard]] std::string shell_word(std::string_view text);

}  // namespace acrbiter::model

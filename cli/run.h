// The whole program, in process: what main() calls and the tests too.
#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace acrbiter::cli {

/// Runs one command line (without the program's name) and returns the exit code of contract.md, section 6. Never
/// throws. Reads `in` only where a command line says so ("-"); colours only if `out` is std::cout on a terminal, or if
/// asked to.
[[nodiscard]] int run(std::span<const std::string> args, std::istream& in, std::ostream& out,
                      std::ostream& err) noexcept;

}  // namespace acrbiter::cli

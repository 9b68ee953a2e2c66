// The functions of ARM templates that need nothing but their arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "parser/arm_value.h"

namespace acrbiter::parser::arm {

/// One call: its arguments, and what is wrong with them.
struct FunctionCall {
  std::string_view function;
  std::span<const Json> arguments;
  std::string problem;  ///< empty: none. Lower case, no full stop
  std::string help;

  /// Notes the problem and gives what stands in for the value.
  Json fail(std::string message, std::string what_to_do = {});
  /// The named unknown of this call: its name and its arguments.
  [[nodiscard]] Json unknown_result() const;
};

struct Function {
  enum class Unknowns : std::uint8_t {
    Spread,   ///< one unknown anywhere in the arguments leaves the result unknown
    Outside,  ///< unknowns inside of arrays and objects do no harm, an unknown argument does
    Handled,  ///< the function looks itself
    Always,   ///< the result is known to the deployment only
  };
  std::string_view name;
  std::size_t fewest = 0;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  Unknowns unknowns = Unknowns::Spread;
  Json (*run)(FunctionCall& call) = nullptr;  ///< nullptr for `Always`
};

/// The function of this name, compared without letter case; nullptr if it is none of these.
/// Source: template-functions
[[nodiscard]] const Function* find_function(std::string_view name) noexcept;

/// What the call gives. Wrong arguments are a problem of `call`.
[[nodiscard]] Json run_function(const Function& function, FunctionCall& call);

/// True, false or, as an unknown, the comparison itself. Text is compared with its case.
[[nodiscard]] Json equal_values(const Json& a, const Json& b);

/// The element or member at `key`: of an array by number, of an object by name. `found` tells whether there is one.
[[nodiscard]] Json element_at(const Json& container, const Json& key, bool& found);

}  // namespace acrbiter::parser::arm

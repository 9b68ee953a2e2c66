// Sizes of random tests that whoever runs them may choose.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace acrbiter::support {

/// The value of an environment variable, or `otherwise` where it is not set.
inline std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace acrbiter::support

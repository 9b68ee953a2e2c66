// Whether this is a build with sanitizers, or one that counts lines, in which random tests do fewer rounds.
#pragma once

namespace acrbiter::support {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ACRBITER_HAS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ACRBITER_HAS_SANITIZER) || defined(ACRBITER_COVERAGE)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#undef ACRBITER_HAS_SANITIZER

}  // namespace acrbiter::support

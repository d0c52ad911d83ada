#pragma once

namespace towtank::test {

/// Whether sanitizers watch this build: everything takes some ten times as long.
#ifdef TOWTANK_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace towtank::test

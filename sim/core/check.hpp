#pragma once

#include "sim/core/time.hpp"

namespace towtank {

/// Prints file, line, condition, reason and the simulated time of this thread's simulator (if one runs), then aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const char* why);

/// Where `check_failed` reads the simulated time of this thread from; null = no simulator runs.
extern thread_local const Time* check_clock;

}  // namespace towtank

/// For what cannot happen; kept in release builds.
#define TOWTANK_CHECK(condition, why) \
  (__builtin_expect(static_cast<bool>(condition), 1) ? void(0) : ::towtank::check_failed(__FILE__, __LINE__, #condition, why))

/// For what cannot happen on a hot path; debug builds only.
#ifdef NDEBUG
#define TOWTANK_ASSERT(condition, why) void(0)
#else
#define TOWTANK_ASSERT(condition, why) TOWTANK_CHECK(condition, why)
#endif

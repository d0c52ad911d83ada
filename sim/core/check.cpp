#include "sim/core/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace towtank {

thread_local const Time* check_clock = nullptr;

void check_failed(const char* file, int line, const char* condition, const char* why) {
  if (check_clock != nullptr)
    std::fprintf(stderr, "%s:%d: %s (%s) at simulated time %.9f s\n", file, line, why, condition,
                 to_seconds(*check_clock));
  else
    std::fprintf(stderr, "%s:%d: %s (%s)\n", file, line, why, condition);
  std::abort();
}

}  // namespace towtank

#pragma once

#include <csignal>

namespace towtank::tool {

/// While this lives, the first SIGINT or SIGTERM asks the study to end with what is complete; the second ends the
/// program at once with exit status 5, and nothing is written.
class StopOnSignal {
 public:
  StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

  static bool requested();

 private:
  struct sigaction old_interrupt_ {};
  struct sigaction old_terminate_ {};
};

/// While this lives, SIGINT and SIGTERM wait: for short stretches that must not be left half done.
class UninterruptedStretch {
 public:
  UninterruptedStretch();
  UninterruptedStretch(const UninterruptedStretch&) = delete;
  UninterruptedStretch& operator=(const UninterruptedStretch&) = delete;
  ~UninterruptedStretch();

 private:
  sigset_t old_mask_{};
};

}  // namespace towtank::tool

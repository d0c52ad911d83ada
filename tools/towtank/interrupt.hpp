#pragma once

#include <csignal>

namespace towtank::tool {

/// While this lives, SIGINT and SIGTERM end the program at once with exit status 5 and one line on standard error.
/// A study hands out its rows only when it is whole, so there is nothing to save, and nothing half-written to leave.
class StopOnSignal {
 public:
  StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

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

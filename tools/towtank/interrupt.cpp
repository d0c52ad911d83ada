#include "tools/towtank/interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

#include "tools/towtank/exit_status.hpp"

namespace towtank::tool {
namespace {

extern "C" void stop_now(int) {
  // Only async-signal-safe calls here. The line feed parts the message from a progress line.
  constexpr char kMessage[] = "\ntowtank: interrupted; nothing was complete, nothing was written\n";
  const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  static_cast<void>(written);
  _exit(static_cast<int>(ExitStatus::partial));
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

StopOnSignal::StopOnSignal() {
  struct sigaction action {};
  action.sa_handler = stop_now;
  action.sa_mask = stop_signals();
  sigaction(SIGINT, &action, &old_interrupt_);
  sigaction(SIGTERM, &action, &old_terminate_);
  // A shell that runs us in the background has its reasons to have SIGINT ignored.
  if (old_interrupt_.sa_handler == SIG_IGN) sigaction(SIGINT, &old_interrupt_, nullptr);
}

StopOnSignal::~StopOnSignal() {
  sigaction(SIGINT, &old_interrupt_, nullptr);
  sigaction(SIGTERM, &old_terminate_, nullptr);
}

UninterruptedStretch::UninterruptedStretch() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, &old_mask_);
}

UninterruptedStretch::~UninterruptedStretch() { pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr); }

}  // namespace towtank::tool

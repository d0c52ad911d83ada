#include "tools/towtank/interrupt.hpp"

#include <pthread.h>
#include <unistd.h>

#include <cstddef>

#include "tools/towtank/exit_status.hpp"

namespace towtank::tool {
namespace {

volatile std::sig_atomic_t stop_was_requested = 0;

// Only async-signal-safe calls here. The line feed parts the message from a progress line.
template <std::size_t kSize>
void say(const char (&message)[kSize]) {
  const ssize_t written = write(STDERR_FILENO, message, kSize - 1);
  static_cast<void>(written);
}

extern "C" void stop(int) {
  if (stop_was_requested != 0) {
    say("\ntowtank: interrupted again; nothing was written\n");
    _exit(static_cast<int>(ExitStatus::partial));
  }
  stop_was_requested = 1;
  say("\ntowtank: interrupted; writing what is complete (once more to leave at once)\n");
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
  stop_was_requested = 0;
  action.sa_handler = stop;
  action.sa_flags = SA_RESTART;
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

bool StopOnSignal::requested() { return stop_was_requested != 0; }

UninterruptedStretch::UninterruptedStretch() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, &old_mask_);
}

UninterruptedStretch::~UninterruptedStretch() { pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr); }

}  // namespace towtank::tool

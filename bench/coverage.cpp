// How often nominal 95 % intervals cover the truth when studies are run at default settings, again and again:
//   build/release/bench/coverage [--runs N] [--cases A,B] [--precision PERCENT] [--jobs N] [--state FILE]
// --runs   studies of each case, 1000 unless given
// --cases  of tests/oracle/cases.json; all ten unless given
// --precision  every study stops by itself, once mean, p50, p90 and p99 are known to this many percent: 2
// --state  a file that takes one line per finished study. Given again, the study goes on where it ended; more runs or
//          cases may be asked for. Begin a new file when the tool or the precision has changed.
// Prints markdown tables. Ends with 1 when the coverage is not what it should be (see CoverageRule).
#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/coverage_state.hpp"
#include "bench/coverage_table.hpp"
#include "tests/support/macro_run.hpp"

#ifndef TOWTANK_SOURCE_DIR
#define TOWTANK_SOURCE_DIR "."
#endif

namespace towtank {
namespace {

using namespace towtank::test;

constexpr const char* kCases[] = {"mm1-rho90",        "mmc-c4-rho80",      "rr4-poisson-rho80", "jsq-n2-rho80",
                                  "p2c-n4-rho80",     "md1-rho80",         "mg1-h2-cv9-rho70",  "mmpp2-m1-rho70",
                                  "etp-local-uneven", "erlang-a-c8-rho112"};
constexpr const char* kNaiveCase = "mm1-rho90";
constexpr std::size_t kNaiveRequests = 200'000;  // of one run

struct Options {
  std::uint32_t runs = 1000;
  std::string cases;
  std::optional<double> precision;  ///< relative half width
  unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
  std::string state;
};

std::optional<Options> options_of(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string name = arguments[i];
    if (i + 1 == count) return std::nullopt;
    const std::string value = arguments[i + 1];
    const long number = std::strtol(value.c_str(), nullptr, 10);
    if (name == "--cases")
      options.cases = value;
    else if (name == "--state")
      options.state = value;
    else if (name == "--precision" && std::strtod(value.c_str(), nullptr) > 0.0)
      options.precision = std::strtod(value.c_str(), nullptr) / 100.0;
    else if (name == "--runs" && number > 0 && number <= 1'000'000)
      options.runs = static_cast<std::uint32_t>(number);
    else if (name == "--jobs" && number > 0 && number <= 1024)
      options.jobs = static_cast<unsigned>(number);
    else
      return std::nullopt;
  }
  return options;
}

/// One of the ten.
struct StudiedCase {
  ReferenceCase reference;
  std::uint32_t index = 0;  ///< among the ten
};

bool is_asked_for(const std::string& id, const std::string& list) {
  return list.empty() || ("," + list + ",").find("," + id + ",") != std::string::npos;
}

std::vector<StudiedCase> studied_cases(const std::string& list, const std::vector<ReferenceCase>& known) {
  std::vector<StudiedCase> cases;
  for (std::uint32_t index = 0; index < std::size(kCases); ++index)
    for (const ReferenceCase& one : known)
      if (one.id == kCases[index] && is_asked_for(one.id, list)) cases.push_back({one, index});
  return cases;
}

double thread_cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Seeds differ by run and by case: the z of all cases together are independent. Studies that stop by themselves have
/// others.
std::uint32_t seed_of(std::uint32_t number, std::uint32_t index, bool is_sequential) {
  constexpr std::uint32_t kSequential = 1u << 31;
  return (is_sequential ? kSequential : 1u) + number * static_cast<std::uint32_t>(std::size(kCases)) + index;
}

class CoverageStudy {
 public:
  CoverageStudy(std::vector<StudiedCase> cases, std::optional<double> precision, StateFile& state, FinishedRuns& finished)
      : cases_{std::move(cases)}, precision_{precision}, state_{state}, finished_{finished} {}

  /// @return false when a case cannot be run
  bool run(const Options& options) {
    // All cases are equally far whenever the study is interrupted.
    for (std::uint32_t number = 0; number < options.runs; ++number)
      for (const StudiedCase& one : cases_)
        if (finished_.find({one.reference.id, number}) == finished_.end()) todo_.emplace_back(&one, number);
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < options.jobs; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& thread : threads) thread.join();
    return !failed_;
  }

 private:
  void work() {
    for (std::size_t i = next_++; i < todo_.size() && !failed_; i = next_++) {
      const auto& [one, number] = todo_[i];
      const double before = thread_cpu_s();
      const Result<MacroRun> run = study_once(*one, seed_of(number, one->index, precision_.has_value()));
      const TimedRun timed{run ? *run : MacroRun{}, thread_cpu_s() - before};
      const std::lock_guard lock{mutex_};
      if (!run) {
        fmt::print(stderr, "{}\n", run.error()[0].text());
        failed_ = true;
        return;
      }
      state_.append(line_of(one->reference.id, number, timed));
      finished_[{one->reference.id, number}] = timed;
      if (++done_ % 100 == 0) fmt::print(stderr, "{} of {} studies\n", done_, todo_.size());
    }
  }

  Result<MacroRun> study_once(const StudiedCase& one, std::uint32_t seed) const {
    scenario::Run run;
    run.precision = precision_;
    if (one.reference.id == kNaiveCase) run.requests = kNaiveRequests;
    return macro_run(one.reference, seed, run);
  }

  std::vector<StudiedCase> cases_;
  std::optional<double> precision_;
  StateFile& state_;
  FinishedRuns& finished_;
  std::vector<std::pair<const StudiedCase*, std::uint32_t>> todo_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::size_t done_ = 0;
  std::mutex mutex_;
};

int study(const Options& options) {
  const Result<std::vector<ReferenceCase>> known =
      read_reference_cases(std::string{TOWTANK_SOURCE_DIR} + "/tests/oracle");
  if (!known) {
    fmt::print(stderr, "{}\n", known.error()[0].text());
    return 2;
  }
  const std::vector<StudiedCase> cases = studied_cases(options.cases, *known);
  if (cases.empty()) {
    fmt::print(stderr, "none of these is a case of the study: {}\n", options.cases);
    return 2;
  }
  FinishedRuns finished;
  StateFile state;
  if (!state.open(options.state, state_heading(options.precision), finished)) {
    fmt::print(stderr, "{} is not the state of such a coverage study, or cannot be written\n", options.state);
    return 2;
  }
  if (!CoverageStudy{cases, options.precision, state, finished}.run(options)) return 2;
  std::vector<ReferenceCase> shown;
  for (const StudiedCase& one : cases) shown.push_back(one.reference);
  return print_tables(shown, finished, options.runs, options.precision.has_value()) ? 0 : 1;
}

}  // namespace
}  // namespace towtank

int main(int count, char** arguments) {
  const std::optional<towtank::Options> options = towtank::options_of(count, arguments);
  if (!options) {
    fmt::print(stderr, "usage: {} [--runs N] [--cases A,B] [--precision PERCENT] [--jobs N] [--state FILE]\n", arguments[0]);
    return 2;
  }
  return towtank::study(*options);
}

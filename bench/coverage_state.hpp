#pragma once

#include <fmt/core.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "tests/support/macro_run.hpp"

/// The file in which an unfinished coverage study waits: one line per finished study.
namespace towtank::test {

struct TimedRun {
  MacroRun run;
  double cpu_s = 0;
};

/// By case and number of the run, in their order, whoever finished first.
using FinishedRuns = std::map<std::pair<std::string, std::uint32_t>, TimedRun>;

/// First line of the file. @param precision  at which every study stops by itself, relative half width
inline std::string state_heading(std::optional<double> precision) {
  return "# towtank coverage 1" + (precision ? fmt::format(" to a precision of {}", *precision) : std::string{}) +
         ": case run cpu_s warmup_s duration_s replications, then value low high of mean p50 p90 p99 and of the naive mean "
         "p99";
}

inline std::string line_of(const std::string& id, std::uint32_t number, const TimedRun& timed) {
  std::string line = fmt::format("{} {} {:.3f} {} {} {}", id, number, timed.cpu_s, timed.run.warmup_s,
                                 timed.run.duration_s, timed.run.replications);
  const auto add = [&](const report::Estimate& estimate) {
    for (const std::optional<double>& x : {estimate.value, estimate.low, estimate.high})
      line += x ? fmt::format(" {}", *x) : " -";
  };
  for (const report::Estimate& estimate : timed.run.estimates) add(estimate);
  for (const report::Estimate& estimate : timed.run.naive) add(estimate);
  return line + " .\n";
}

/// @return false for a line that was not written to its end
inline bool read_line(const std::string& line, FinishedRuns& runs) {
  std::istringstream in{line};
  std::string id, word;
  std::uint32_t number = 0;
  TimedRun timed;
  in >> id >> number >> timed.cpu_s >> timed.run.warmup_s >> timed.run.duration_s >> timed.run.replications;
  const auto take = [&](report::Estimate& estimate) {
    for (std::optional<double>* x : {&estimate.value, &estimate.low, &estimate.high})
      if (in >> word && word != "-") *x = std::strtod(word.c_str(), nullptr);
  };
  for (report::Estimate& estimate : timed.run.estimates) take(estimate);
  for (report::Estimate& estimate : timed.run.naive) take(estimate);
  if (!(in >> word) || word != ".") return false;
  runs[{id, number}] = timed;
  return true;
}

/// Reads what is there and appends to it. A line that was torn by an interruption is passed over, and run again.
class StateFile {
 public:
  /// @param path  empty = no file   @return false when the file is there and is no state of this heading, or cannot be
  /// written
  bool open(const std::string& path, const std::string& heading, FinishedRuns& runs) {
    if (path.empty()) return true;
    std::ifstream in{path};
    std::string line;
    bool is_new = true;
    for (; std::getline(in, line); is_new = false) {
      if (is_new && line != heading) return false;
      if (!is_new && !line.empty()) read_line(line, runs);
    }
    in.close();
    out_.open(path, std::ios::app);
    out_ << (is_new ? heading : "") << '\n' << std::flush;  // ends a torn line
    return out_.good();
  }

  void append(const std::string& line) {
    if (out_.is_open()) out_ << line << std::flush;
  }

 private:
  std::ofstream out_;
};

}  // namespace towtank::test

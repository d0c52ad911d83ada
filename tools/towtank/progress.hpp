#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <map>
#include <string>

#include "models/study/study.hpp"
#include "tools/towtank/interrupt.hpp"
#include "tools/towtank/terminal.hpp"

namespace towtank::tool {

/// How far a study is, as one line that is written over again and erased at the end. Silent where no terminal is.
class ProgressLine final : public ProgressSink {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  /// @param variants  of the whole study, for the time to go; 0 = not known
  /// @param clock     replaced in tests
  ProgressLine(
      std::ostream& stream, Terminal terminal, std::size_t variants,
      Clock clock = [] { return std::chrono::steady_clock::now(); });
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() override { erase(); }

  void update(std::string_view variant, std::size_t done_replications, std::size_t total, std::uint64_t events,
              std::optional<double> relative_half_width) override;
  /// Says so in its own words. @param line  without control characters
  void show(const std::string& line);
  bool stop_requested() const override { return StopOnSignal::requested(); }

  void erase();

 private:
  struct Count {
    std::size_t done = 0, total = 0;
  };

  std::string eta(double elapsed_s) const;

  std::ostream& stream_;
  Terminal terminal_;
  std::size_t variants_;
  Clock clock_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point shown_at_;
  std::map<std::string, Count, std::less<>> counts_;
  bool shown_ = false;
};

}  // namespace towtank::tool

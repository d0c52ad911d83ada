#include "tools/towtank/progress.hpp"

#include <fmt/core.h>

#include <cmath>
#include <ostream>

#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

constexpr std::chrono::milliseconds kBetweenLines{100};
constexpr const char* kErase = "\r\x1b[K";

std::string rate_text(double per_s) {
  if (per_s >= 1e6) return significant(per_s / 1e6) + " M ";
  if (per_s >= 1e3) return significant(per_s / 1e3) + " k ";
  return significant(per_s) + " ";
}

/// At most `width` columns of it; the text is cut between code points.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_code_point = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins_code_point && ++columns > width) return text.substr(0, i);
  }
  return text;
}

}  // namespace

ProgressLine::ProgressLine(std::ostream& stream, Terminal terminal, std::size_t variants, Clock clock)
    : stream_{stream}, terminal_{terminal}, variants_{variants}, clock_{std::move(clock)}, started_{clock_()} {}

void ProgressLine::update(std::string_view variant, std::size_t done_replications, std::size_t total,
                          std::uint64_t events, std::optional<double> relative_half_width) {
  if (!terminal_.is_terminal) return;
  counts_[std::string{variant}] = {done_replications, total};
  const auto now = clock_();
  if (shown_ && now - shown_at_ < kBetweenLines) return;
  const double elapsed_s = std::chrono::duration<double>(now - started_).count();
  std::string line = fmt::format("{}  {}/{} replications", printable(variant), done_replications, total);
  if (elapsed_s > 0.0) line += fmt::format("  {}events/s", rate_text(static_cast<double>(events) / elapsed_s));
  if (relative_half_width) {
    line += fmt::format("  {}{}", terminal_.unicode ? "±" : "+-", percentage(*relative_half_width, 2));
  }
  line += eta(elapsed_s);
  show(line);
  shown_at_ = now;
}

void ProgressLine::show(const std::string& line) {
  if (!terminal_.is_terminal) return;
  stream_ << kErase << cut(line, terminal_.width > 1 ? terminal_.width - 1 : 79) << std::flush;
  shown_ = true;
}

/// From the share of replications done; variants not heard of yet count as the average of the others.
std::string ProgressLine::eta(double elapsed_s) const {
  double done = 0.0;
  double total = 0.0;
  for (const auto& [variant, count] : counts_) {
    done += static_cast<double>(count.done);
    total += static_cast<double>(count.total);
  }
  if (variants_ > counts_.size()) total *= static_cast<double>(variants_) / static_cast<double>(counts_.size());
  if (done <= 0.0 || total <= done || elapsed_s <= 0.0) return "";
  const auto left_s = static_cast<long long>(std::ceil(elapsed_s * (total - done) / done));
  return left_s < 120 ? fmt::format("  ETA {} s", left_s) : fmt::format("  ETA {} min", (left_s + 59) / 60);
}

void ProgressLine::erase() {
  if (shown_) stream_ << kErase << std::flush;
  shown_ = false;
}

}  // namespace towtank::tool

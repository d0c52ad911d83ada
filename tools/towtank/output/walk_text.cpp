#include "tools/towtank/output/walk_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "tools/towtank/output/json.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

using walk::Branch;
using walk::CurlStatus;
using walk::Ending;
using walk::Step;

constexpr std::size_t kLineWidth = 120, kMostChain = 44, kLeastPackets = 40;
constexpr std::size_t kOtherColumns = 2 + 8 + 3 * 2;  ///< step numbers, round trips, and what is between columns

std::string percent(double share) { return fmt::format("{:.3g} %", 100.0 * share); }

std::string time_text(const std::optional<double>& rtt_s) {
  if (!rtt_s || *rtt_s <= 0.0) return "";
  return *rtt_s < 1e-3 ? fmt::format("{:.3g} us", 1e6 * *rtt_s) : fmt::format("{:.3g} ms", 1e3 * *rtt_s);
}

std::string line_of(const Ending& ending) {
  return fmt::format("{}:{}:{}", ending.mark.file, ending.mark.line, ending.mark.column);
}

std::string outcome(const Ending& ending) {
  const auto number = static_cast<int>(ending.status);
  if (ending.status == CurlStatus::done) return ending.http == 0 ? "delivered" : fmt::format("HTTP {}", ending.http);
  if (ending.status == CurlStatus::http_error) return fmt::format("curl: ({}) HTTP {}", number, ending.http);
  return fmt::format("curl: ({}) {}", number, walk::text_of(ending.status));
}

void add_ending(const Ending& ending, std::string& text) {
  const auto add = [&](const char* label, const std::string& what) {
    if (!what.empty()) text += wrapped(fmt::format("  {:<5} {}", label, printable(what)), kLineWidth, 8) + '\n';
  };
  if (ending.http != 200) add("why", ending.why);
  if (ending.mark.line > 0) add("line", line_of(ending) + (ending.object.empty() ? "" : " " + ending.object));
  add("cure", ending.cure);
}

/// Lines of at most so many columns, where words are not longer.
std::vector<std::string> lines_of(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream in{wrapped(text, width, 2)};
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

void add_branch(const Branch& branch, std::string& text) {
  std::vector<std::vector<std::string>> chains;
  std::size_t chain_width = 0;
  for (const Step& step : branch.steps) {
    chains.push_back(lines_of(printable(step.chain), kMostChain));
    for (const std::string& line : chains.back()) chain_width = std::max(chain_width, display_width(line));
  }
  const std::size_t packets_width = kLineWidth - std::min(kLineWidth - kLeastPackets, kOtherColumns + chain_width);
  Grid grid{{Align::right, Align::left, Align::left, Align::right}};
  grid.row({"", "CHAIN", "PACKETS", "MEAN RTT"});
  for (std::size_t i = 0; i < branch.steps.size(); ++i) {
    const std::vector<std::string>& chain = chains[i];
    const std::vector<std::string> packets = lines_of(printable(branch.steps[i].packets), packets_width);
    for (std::size_t line = 0; line < std::max(chain.size(), packets.size()); ++line)
      grid.row({line == 0 ? std::to_string(i + 1) : "", line < chain.size() ? chain[line] : "",
                line < packets.size() ? packets[line] : "", line == 0 ? time_text(branch.steps[i].rtt_s) : ""});
  }
  text += grid.text(0);
  text += "\n" + outcome(branch.ending) + '\n';
  add_ending(branch.ending, text);
}

}  // namespace

std::string walk_text(const walk::Walk& walk) {
  std::string text = printable(walk.to) + " from " + printable(walk.from) + "\n\n";
  for (std::size_t i = 0; i < walk.branches.size(); ++i) {
    const Branch& branch = walk.branches[i];
    if (walk.branches.size() > 1)
      text += fmt::format("{}{} of requests\n", i == 0 ? "" : "\n", percent(branch.probability));
    add_branch(branch, text);
  }
  return text;
}

std::string walk_json(const walk::Walk& walk) {
  Json json{{"schemaVersion", 1}, {"to", walk.to}, {"from", walk.from}};
  json["branches"] = Json::array();
  for (const Branch& branch : walk.branches) {
    Json one{{"probability", branch.probability},
             {"curlExitStatus", static_cast<int>(branch.ending.status)},
             {"httpStatus", branch.ending.http},
             {"why", branch.ending.why},
             {"cure", branch.ending.cure}};
    if (branch.ending.mark.line > 0) {
      one["line"] = line_of(branch.ending);
      one["object"] = branch.ending.object;
    }
    one["steps"] = Json::array();
    for (const Step& step : branch.steps) {
      Json made{{"chain", step.chain}, {"packets", step.packets}};
      if (step.rtt_s) made["roundTripMs"] = 1e3 * *step.rtt_s;
      one["steps"].push_back(std::move(made));
    }
    json["branches"].push_back(std::move(one));
  }
  json["assumptions"] = walk.assumptions;
  return json_text(json);
}

}  // namespace towtank::tool

#pragma once

#include <string>
#include <variant>

#include "tools/towtank/commands/commands.hpp"

namespace towtank::tool {

/// A command line that is answered without running anything: help, version, or what is wrong with it.
struct Answer {
  ExitStatus status = ExitStatus::done;
  std::string text;
};

using Request = std::variant<RunRequest, CheckRequest, EstimateRequest, PlanRequest, CompareRequest, GetRequest, CurlRequest, PlotRequest,
                             VerifyRequest, ExplainRequest, BalancersRequest, Answer>;

/// Reads the command line and the TOWTANK_* variables; a flag wins over its variable.
Request parse_command_line(int argc, const char* const* argv);

}  // namespace towtank::tool

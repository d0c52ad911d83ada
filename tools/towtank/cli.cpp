#include "tools/towtank/cli.hpp"

#include <exception>
#include <iostream>
#include <new>
#include <variant>

#include "tools/towtank/command_line.hpp"

namespace towtank::tool {
namespace {

ExitStatus answer(const Request& request, const Loader& loader, const Streams& streams) {
  if (const auto* asked = std::get_if<RunRequest>(&request)) return run(*asked, loader, streams);
  if (const auto* asked = std::get_if<CheckRequest>(&request)) return check(*asked, loader, streams);
  if (const auto* asked = std::get_if<GetRequest>(&request)) return get(*asked, loader, streams);
  if (const auto* asked = std::get_if<PlotRequest>(&request)) return plot(*asked, streams);
  if (const auto* asked = std::get_if<ExplainRequest>(&request)) return explain(*asked, streams);
  if (const auto* asked = std::get_if<BalancersRequest>(&request)) return list_balancers(*asked, streams);
  const auto& told = std::get<Answer>(request);
  if (told.status == ExitStatus::done) return print_answer(told.text, streams, told.status);
  streams.err << told.text;
  return told.status;
}

}  // namespace

int run_cli(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err,
            const Loader& loader) {
  ExitStatus status = ExitStatus::internal_error;
  try {
    status = answer(parse_command_line(argc, argv), loader, {in, out, err});
  } catch (const std::bad_alloc&) {
    err << "towtank: out of memory\n";
  } catch (const std::exception& error) {
    err << "towtank: internal error: " << error.what() << '\n';
  }
  return static_cast<int>(status);
}

int run_cli(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  return run_cli(argc, argv, std::cin, out, err, load_real_study);
}

}  // namespace towtank::tool

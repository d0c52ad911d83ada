#include "tools/towtank/cli.hpp"

#include <exception>
#include <iostream>
#include <new>
#include <variant>

#include "tools/towtank/command_line.hpp"

namespace towtank::tool {
namespace {

struct Answering {
  const Loader& loader;
  const HeapMeter& heap;
  const Streams& streams;

  ExitStatus operator()(const RunRequest& asked) const { return run(asked, loader, streams); }
  ExitStatus operator()(const CheckRequest& asked) const { return check(asked, loader, streams); }
  ExitStatus operator()(const EstimateRequest& asked) const { return estimate(asked, loader, streams); }
  ExitStatus operator()(const PlanRequest& asked) const { return plan(asked, loader, streams); }
  ExitStatus operator()(const CompareRequest& asked) const { return compare(asked, loader, streams); }
  ExitStatus operator()(const GetRequest& asked) const { return get(asked, loader, streams); }
  ExitStatus operator()(const CurlRequest& asked) const { return curl(asked, loader, streams); }
  ExitStatus operator()(const PlotRequest& asked) const { return plot(asked, streams); }
  ExitStatus operator()(const VerifyRequest& asked) const { return verify(asked, streams); }
  ExitStatus operator()(const ExplainRequest& asked) const { return explain(asked, streams); }
  ExitStatus operator()(const BalancersRequest& asked) const {
    return asked.bench ? bench_balancers(asked, heap, streams) : list_balancers(asked, streams);
  }
  ExitStatus operator()(const Answer& told) const {
    if (told.status == ExitStatus::done) return print_answer(told.text, streams, told.status);
    streams.err << told.text;
    return told.status;
  }
};

}  // namespace

int run_cli(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err,
            const Loader& loader, const HeapMeter& heap) {
  ExitStatus status = ExitStatus::internal_error;
  try {
    const Streams streams{in, out, err};
    status = std::visit(Answering{loader, heap, streams}, parse_command_line(argc, argv));
  } catch (const std::bad_alloc&) {
    err << "towtank: out of memory\n";
  } catch (const std::exception& error) {
    err << "towtank: internal error: " << error.what() << '\n';
  }
  return static_cast<int>(status);
}

int run_cli(int argc, const char* const* argv, std::ostream& out, std::ostream& err, const HeapMeter& heap) {
  return run_cli(argc, argv, std::cin, out, err, load_real_study, heap);
}

}  // namespace towtank::tool

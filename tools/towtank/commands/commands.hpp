#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/load_study.hpp"
#include "models/study/compare.hpp"
#include "tools/towtank/benched/heap_meter.hpp"
#include "tools/towtank/exit_status.hpp"
#include "tools/towtank/loader.hpp"
#include "tools/towtank/output/resources.hpp"

/// The verbs, each as a function of what was asked.
namespace towtank::tool {

enum class OutputFormat : std::uint8_t { table, wide, json, csv, markdown };

/// Answers go to `out`, diagnostics and progress to `err`.
struct Streams {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

struct RunRequest {
  std::string scenario;  ///< path, or `-`
  scenario::LoadOptions options;
  OutputFormat format = OutputFormat::table;
  std::size_t threads = 1;
  std::optional<std::string> out;  ///< default results/NAME
  std::string rank{};  ///< metric of summary.csv by which the table also ranks the variants; empty: p99 where a matrix
                       ///< has `all`
  bool quiet = false;
  std::vector<std::string> command;  ///< as typed, for run-info.json
};

struct CheckRequest {
  std::string scenario;
  scenario::LoadOptions options;
  bool json = false;
  bool quiet = false;
};

struct EstimateRequest {
  std::string scenario;
  scenario::LoadOptions options;
  OutputFormat format = OutputFormat::table;
  bool quiet = false;
};

struct PlanRequest {
  std::string scenario;
  scenario::LoadOptions options;            ///< with the settings to try, unless `maximize`
  PlanOptions plan;
  std::optional<LoadPlanOptions> maximize;  ///< asks how much load each variant bears instead
  std::size_t threads = 1;
  std::optional<std::string> out;  ///< of `maximize`; default results/NAME
  bool json = false;
  bool quiet = false;
};

struct CompareRequest {
  std::string a, b;  ///< scenarios, result folders, or manifests of `load`; b empty: variants of the scenario a
  std::string load;  ///< the scenario whose resources they replace; empty = none
  scenario::LoadOptions options;
  CompareOptions compare;
  std::optional<SensitivityOptions> sensitivity;
  OutputFormat format = OutputFormat::table;
  std::size_t threads = 1;
  std::optional<std::string> out;  ///< default none
  bool quiet = false;
  std::vector<std::string> command;  ///< as typed, for run-info.json
};

struct PlotRequest {
  std::string results;               ///< folder with latency.csv and endpoints.csv, load_curve.csv, or all
  std::optional<std::string> out;    ///< default RESULTS/plots
  std::vector<std::string> formats;  ///< of "png", "svg"; not empty
  bool quiet = false;
  std::string gnuplot = "gnuplot";  ///< program to run; replaced in tests
};

struct ExplainRequest {
  std::string field;  ///< a path as scenarios, `set` and `matrix` write it; empty = the whole format
  bool json = false;
  bool recursive = false;  ///< the tree below it
  bool schema = false;     ///< the JSON Schema instead
};

struct GetRequest {
  std::string scenario;
  std::vector<Resource> resources;  ///< at least one; of csv just one
  scenario::LoadOptions options;    ///< the first variant that they select is shown
  OutputFormat format = OutputFormat::table;
  bool quiet = false;
};

struct CurlRequest {
  std::string scenario;
  std::string url;
  std::string from = "internet";
  scenario::LoadOptions options;  ///< the first variant that they select is walked
  bool json = false;
  bool strict = false;  ///< ends as the worst branch does, not as the most probable
  bool quiet = false;
};

struct VerifyRequest {
  std::string results;           ///< folder with latency.csv and summary.csv
  std::string observed;          ///< file of measured latencies
  std::string variant, traffic;  ///< that were measured; empty = the first
  double unit_ms = 1.0;          ///< of values whose unit the file does not say
  double confidence = 0.95;      ///< of the observed intervals
  bool json = false;
};

struct BalancersRequest {
  OutputFormat format = OutputFormat::table;
  bool bench = false;                           ///< measures instead of listing; what follows is of it
  std::vector<const BalancerInfo*> algorithms;  ///< in the order of the registry
  std::optional<std::uint32_t> endpoints;       ///< >= 2; default 3, 64, 1,000 and 10,000, and 64 for quality
  std::uint32_t seed = 1;
  bool quiet = false;
};

ExitStatus run(const RunRequest& request, const Loader& loader, const Streams& streams);
ExitStatus check(const CheckRequest& request, const Loader& loader, const Streams& streams);
ExitStatus estimate(const EstimateRequest& request, const Loader& loader, const Streams& streams);
ExitStatus plan(const PlanRequest& request, const Loader& loader, const Streams& streams);
/// Ends by 1 when B is worse than A in a primary metric, by 4 when B has no steady state, by 3 when nobody can tell.
ExitStatus compare(const CompareRequest& request, const Loader& loader, const Streams& streams);
ExitStatus get(const GetRequest& request, const Loader& loader, const Streams& streams);
/// Ends as `curl -f` would, with a number of curl's.
ExitStatus curl(const CurlRequest& request, const Loader& loader, const Streams& streams);
ExitStatus plot(const PlotRequest& request, const Streams& streams);
ExitStatus verify(const VerifyRequest& request, const Streams& streams);
ExitStatus explain(const ExplainRequest& request, const Streams& streams);
ExitStatus list_balancers(const BalancersRequest& request, const Streams& streams);
/// @param heap  may be empty: then memory is not known
ExitStatus bench_balancers(const BalancersRequest& request, const HeapMeter& heap, const Streams& streams);

/// Prints each problem as file:line:column: message, and how many there are when they are many.
void print_problems(const Problems& problems, std::ostream& err);

/// Prints what is wrong with the input.
ExitStatus refuse(const Problems& problems, const Streams& streams);

/// Writes the answer; a standard output that takes no more is an error of its own.
ExitStatus print_answer(const std::string& text, const Streams& streams, ExitStatus status);

}  // namespace towtank::tool

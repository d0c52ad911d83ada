#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/scenario/load_study.hpp"
#include "tools/towtank/commands/commands.hpp"

namespace towtank::tool {

/// The flags as typed: CLI11 only collects text, so that every message about a value is ours and goes the same way.
struct Flags {
  std::string scenario, other, load, results, field, resources, url, from;
  std::string output, jobs, seed, duration, precision, confidence, out, format, rps, to, requests;
  std::string observed, traffic, unit, cost, probability, indifference, maximize, resolution, metric, endpoints, rank;
  std::vector<std::string> names, set, variants, objectives, vary;
  bool quiet = false, recursive = false, schema = false, strict = false, sensitivity = false, bench = false;
};

/// Turns the texts into values; gathers every complaint. What is wrong yields a value all the same, which nobody sees.
class FlagReader {
 public:
  explicit FlagReader(const Flags& flags) : flags_{flags} {}

  const std::vector<std::string>& complaints() const { return complaints_; }
  void complain(std::string message) { complaints_.push_back(std::move(message)); }
  void require(const std::string& value, const char* name);

  scenario::LoadOptions load_options();
  /// With the settings to try. Complains when there is nothing to vary or to maximize.
  scenario::LoadOptions plan_load_options();
  PlanOptions plan_options();
  /// Empty when `--maximize` is not asked for. Complains of what does not go with it.
  std::optional<LoadPlanOptions> load_plan_options();
  CompareOptions compare_options();
  /// Empty unless asked for. Complains of flags that go with it and stand alone.
  std::optional<SensitivityOptions> sensitivity_options();
  OutputFormat output_format();
  /// Of verbs that have no other formats.
  bool json_not_table(const std::string& verb);
  /// Those of `balancers --bench`, by names of the registry or as users of their products write them; all by default.
  std::vector<const BalancerInfo*> algorithms();
  std::optional<std::uint32_t> endpoints();
  OutputFormat table_json_or_markdown(const std::string& verb);
  /// Of summary.csv; empty: not asked for.
  std::string rank();
  std::size_t threads();
  /// kubectl names the resource first; both orders are understood.
  std::pair<std::string, std::vector<Resource>> scenario_and_resources();
  std::optional<std::string> out() const { return flags_.out.empty() ? std::nullopt : std::optional{flags_.out}; }
  std::vector<std::string> picture_formats();
  /// Milliseconds of one `--unit`.
  double unit_ms();
  /// A scenario document with one traffic, to stand beside manifests alone; empty: no flag asks for one.
  std::string scenario_of_flags();

 private:
  std::optional<std::uint64_t> whole(const char* flag, const std::string& text, std::uint64_t least,
                                     std::uint64_t most);
  std::optional<Duration> duration();
  /// Strictly between `above` and 1.
  std::optional<double> share(const char* flag, const std::string& text, double above, const char* what);

  const Flags& flags_;
  std::vector<std::string> complaints_;
};

}  // namespace towtank::tool

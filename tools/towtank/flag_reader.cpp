#include "tools/towtank/flag_reader.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/units.hpp"
#include "tools/towtank/flag_values.hpp"
#include "tools/towtank/output/ranking.hpp"
#include "tools/towtank/thread_pool.hpp"

namespace towtank::tool {
namespace {

constexpr std::uint64_t kMostRequests = 100'000, kMostEndpoints = 10'000;

bool is_resource(const std::string& names) {
  const std::string first = names.substr(0, names.find(','));
  return first == "all" || resource_named(first).has_value();
}

std::string wants(const char* flag, const char* what, const std::string& got) {
  return fmt::format("{} wants {}, and got '{}'", flag, what, got);
}

/// As the registry has it, as users of its products write it, PRODUCT/NAME, or a product of which all are meant.
bool is_named(const BalancerInfo& info, const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash != std::string::npos) return find_balancer(name.substr(0, slash), name.substr(slash + 1)) == &info;
  if (find_balancer(name) != nullptr) return info.name == name;
  return info.written() == name || info.fits(name);
}

std::vector<std::string> names_of_balancers() {
  std::vector<std::string> names;
  for (const BalancerInfo& info : balancers()) {
    names.emplace_back(info.name);
    names.emplace_back(info.written());
    names.insert(names.end(), info.products.begin(), info.products.end());
  }
  return names;
}

/// A variable gives several values one a line.
std::vector<std::string> lines(const std::vector<std::string>& values) {
  std::vector<std::string> lines;
  for (const std::string& value : values) {
    for (std::size_t start = 0; start <= value.size();) {
      const std::size_t end = std::min(value.find('\n', start), value.size());
      if (end > start) lines.push_back(value.substr(start, end - start));
      start = end + 1;
    }
  }
  return lines;
}

}  // namespace

void FlagReader::require(const std::string& value, const char* name) {
  if (value.empty()) complain(fmt::format("{} is missing", name));
}

scenario::LoadOptions FlagReader::load_options() {
  scenario::LoadOptions options;
  for (const std::string& text : lines(flags_.set)) {
    if (auto setting = parse_setting(text)) {
      options.set.push_back(std::move(*setting));
    } else {
      complain(fmt::format("--set wants PATH=VALUE, e.g. Deployment/shop:spec.replicas=8, and got '{}'", text));
    }
  }
  options.only_variants = lines(flags_.variants);
  if (const auto seed = whole("--seed", flags_.seed, 0, std::numeric_limits<std::uint32_t>::max())) {
    options.seed = static_cast<std::uint32_t>(*seed);
  }
  options.duration = duration();
  options.precision = share("--precision", flags_.precision, 0.0, "between 0% and 100%, e.g. 5%");
  options.confidence = share("--confidence", flags_.confidence, 0.5, "between 50% and 100%, e.g. 95%");
  if (const auto requests = whole("--requests", flags_.requests, 1, kMostRequests)) {
    options.requests = static_cast<std::size_t>(*requests);
  }
  return options;
}

scenario::LoadOptions FlagReader::plan_load_options() {
  scenario::LoadOptions options = load_options();
  if (options.only_variants.size() > 1 && flags_.maximize.empty())
    complain("settings of one variant are tried: give --variant once");
  options.objectives = lines(flags_.objectives);
  std::size_t settings = 1;
  for (const std::string& text : lines(flags_.vary)) {
    auto variation = parse_variation(text);
    if (!variation) {
      complain(
          fmt::format("--vary wants PATH=A..B, whole numbers and at most {} of them, or PATH=a,b,c, e.g. "
                      "Deployment/shop:spec.replicas=2..12, and got '{}'",
                      kMostSettings, text));
      continue;
    }
    settings *= variation->values.size();
    options.vary.push_back({std::move(variation->path), std::move(variation->values)});
    if (settings <= kMostSettings) continue;
    complain(fmt::format("--vary makes more than {} settings: leave out values", kMostSettings));
    break;
  }
  if (flags_.vary.empty() && flags_.maximize.empty())
    complain(
        "--vary is missing: what may change, e.g. --vary Deployment/shop:spec.replicas=2..12, or --maximize spec.load: "
        "how much load each variant bears");
  return options;
}

PlanOptions FlagReader::plan_options() {
  PlanOptions options;
  const std::vector<std::string> varied = lines(flags_.vary);
  const auto only = varied.size() == 1 ? parse_variation(varied.front()) : std::nullopt;
  options.is_range = only && only->is_range;
  if (const auto given = share("--probability", flags_.probability, 0.5, "between 50% and 100%, e.g. 95%"))
    options.probability = *given;
  if (const auto given = share("--indifference", flags_.indifference, 0.0, "between 0% and 100%, e.g. 1%"))
    options.indifference = *given;
  const std::pair<const char*, PlanCost> costs[] = {
      {"replicas", PlanCost::replicas}, {"nodes", PlanCost::nodes}, {"usd", PlanCost::usd}};
  for (const auto& [name, cost] : costs)
    if (flags_.cost == name) options.cost = cost;
  if (!flags_.cost.empty() && !options.cost) complain(wants("--cost", "replicas, nodes or usd", flags_.cost));
  return options;
}

std::optional<LoadPlanOptions> FlagReader::load_plan_options() {
  LoadPlanOptions options;
  if (const auto given = share("--resolution", flags_.resolution, 0.000999, "between 0.1% and 100%, e.g. 2%"))
    options.resolution = *given;
  if (flags_.maximize.empty()) {
    if (!flags_.resolution.empty()) complain("--resolution goes with --maximize spec.load");
    if (!flags_.out.empty()) complain("--out goes with --maximize spec.load: without it plan writes no files");
    return std::nullopt;
  }
  const char* const paths[] = {"spec.load", "load", "scenario:spec.load"};
  if (std::none_of(std::begin(paths), std::end(paths), [&](const char* path) { return flags_.maximize == path; }))
    complain(
        fmt::format("--maximize wants spec.load, which multiplies all open traffic, and got '{}'; other fields are "
                    "searched by --vary",
                    flags_.maximize));
  const std::pair<const char*, bool> others[] = {{"--vary", !flags_.vary.empty()},
                                                 {"--cost", !flags_.cost.empty()},
                                                 {"--indifference", !flags_.indifference.empty()}};
  for (const auto& [flag, is_given] : others)
    if (is_given) complain(fmt::format("{} does not go with --maximize, which tries loads, not settings", flag));
  if (const auto given = share("--probability", flags_.probability, 0.5, "between 50% and 100%, e.g. 95%"))
    options.probability = *given;
  return options;
}

CompareOptions FlagReader::compare_options() {
  CompareOptions options;
  if (flags_.scenario == "-" && flags_.other == "-") complain("standard input, `-`, can be one side only");
  if (flags_.load == "-" && (flags_.scenario == "-" || flags_.other == "-"))
    complain("standard input, `-`, can be --load or one side, not both");
  if (const auto given = share("--indifference", flags_.indifference, 0.0, "between 0% and 100%, e.g. 1%"))
    options.indifference = *given;
  return options;
}

std::optional<SensitivityOptions> FlagReader::sensitivity_options() {
  if (!flags_.sensitivity) {
    if (!flags_.metric.empty()) complain("--metric goes with --sensitivity, which is missing");
    if (!flags_.traffic.empty()) complain("--traffic goes with --sensitivity, which is missing");
    return std::nullopt;
  }
  SensitivityOptions options;
  options.traffic = flags_.traffic;
  const std::string& metric = flags_.metric;
  const bool is_short = metric == "mean" || (!metric.empty() && metric.front() == 'p');  // p99, as objectives say it
  if (!metric.empty()) options.metric = (is_short ? "latency_" : "") + metric;
  return options;
}

OutputFormat FlagReader::output_format() {
  const std::pair<const char*, OutputFormat> formats[] = {{"table", OutputFormat::table},
                                                          {"wide", OutputFormat::wide},
                                                          {"json", OutputFormat::json},
                                                          {"csv", OutputFormat::csv},
                                                          {"markdown", OutputFormat::markdown}};
  if (flags_.output.empty()) return OutputFormat::table;
  for (const auto& [name, format] : formats) {
    if (flags_.output == name) return format;
  }
  complain(wants("--output", "table, wide, json, csv or markdown", flags_.output));
  return OutputFormat::table;
}

bool FlagReader::json_not_table(const std::string& verb) {
  const OutputFormat format = output_format();
  if (format == OutputFormat::csv || format == OutputFormat::markdown)
    complain(fmt::format("the answer of {} comes as table or json only", verb));
  return format == OutputFormat::json;
}

OutputFormat FlagReader::table_json_or_markdown(const std::string& verb) {
  const OutputFormat format = output_format();
  if (format == OutputFormat::csv)
    complain(fmt::format("the answer of {} comes as table, json or markdown only", verb));
  return format;
}

std::vector<const BalancerInfo*> FlagReader::algorithms() {
  std::vector<bool> is_meant(balancers().size(), flags_.names.empty());
  for (const std::string& name : flags_.names) {
    bool is_known = false;
    for (std::size_t i = 0; i < is_meant.size(); ++i) {
      if (!is_named(balancers()[i], name)) continue;
      is_meant[i] = is_known = true;
    }
    if (!is_known)
      complain(fmt::format(
          "'{}' is no balancing algorithm: a name of `towtank balancers`, a product such as nginx, or both as "
          "nginx/least_conn would do{}",
          name, did_you_mean(name, names_of_balancers())));
  }
  std::vector<const BalancerInfo*> meant;
  for (std::size_t i = 0; i < is_meant.size(); ++i)
    if (is_meant[i]) meant.push_back(&balancers()[i]);
  return meant;
}

std::optional<std::uint32_t> FlagReader::endpoints() {
  const auto given = whole("--endpoints", flags_.endpoints, 2, kMostEndpoints);
  return given ? std::optional{static_cast<std::uint32_t>(*given)} : std::nullopt;
}

std::string FlagReader::rank() {
  std::string metric = ranking_metric(flags_.rank);
  if (metric.empty() && !flags_.rank.empty()) {
    std::string known;
    for (const std::string& name : ranking_metrics()) known += (known.empty() ? "" : ", ") + name;
    complain(fmt::format("--rank: no variants are ranked by '{}': {} would do{}", flags_.rank, known,
                         did_you_mean(flags_.rank, ranking_metrics())));
  }
  return metric;
}

std::size_t FlagReader::threads() {
  constexpr std::uint64_t kMostThreads = 1024;
  const auto given = whole("--jobs", flags_.jobs, 1, kMostThreads);
  return given ? static_cast<std::size_t>(*given) : available_processors();
}

std::pair<std::string, std::vector<Resource>> FlagReader::scenario_and_resources() {
  std::string scenario = flags_.scenario, names = flags_.resources;
  if (!names.empty() && is_resource(scenario) && !is_resource(names)) std::swap(scenario, names);
  std::vector<Resource> resources;
  if (names.empty() || names == "all") return {scenario, {std::begin(kResources), std::end(kResources)}};
  for (std::size_t start = 0; start <= names.size();) {
    const std::size_t end = std::min(names.find(',', start), names.size());
    const std::string name = names.substr(start, end - start);
    start = end + 1;
    const std::optional<Resource> resource = resource_named(name);
    if (!resource) {
      complain(fmt::format("'{}' is no resource of the cluster; there are svc, pods, nodes, ep, ing and all{}", name,
                           did_you_mean(name, resource_names())));
    } else if (std::find(resources.begin(), resources.end(), *resource) == resources.end()) {
      resources.push_back(*resource);
    }
  }
  return {scenario, resources};
}

std::vector<std::string> FlagReader::picture_formats() {
  if (flags_.format.empty()) return {"png", "svg"};
  std::vector<std::string> formats;
  for (std::size_t start = 0; start <= flags_.format.size();) {
    const std::size_t end = std::min(flags_.format.find(',', start), flags_.format.size());
    const std::string format = flags_.format.substr(start, end - start);
    if (format != "png" && format != "svg") complain(wants("--format", "png, svg or png,svg", flags_.format));
    if (std::find(formats.begin(), formats.end(), format) == formats.end()) formats.push_back(format);
    start = end + 1;
  }
  return formats;
}

double FlagReader::unit_ms() {
  const std::pair<const char*, double> units[] = {{"ns", 1e-6}, {"us", 1e-3}, {"ms", 1.0}, {"s", 1e3}};
  if (flags_.unit.empty()) return 1.0;
  for (const auto& [name, milliseconds] : units)
    if (flags_.unit == name) return milliseconds;
  complain(wants("--unit", "ns, us, ms or s", flags_.unit));
  return 1.0;
}

std::string FlagReader::scenario_of_flags() {
  if (flags_.rps.empty() && flags_.to.empty()) {
    if (!flags_.from.empty()) complain("--from goes with --rps and --to, which are missing");
    return "";
  }
  const auto rate = parse_rate(flags_.rps);
  if (!rate) complain(wants("--rps", "requests per second, e.g. 600", flags_.rps));
  require(flags_.to, "--to URL, which belongs to --rps,");
  if (!rate) return "";
  // A JSON string is a YAML string, too, whatever the address holds.
  const auto quoted = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  };
  const std::string from = flags_.from.empty() ? "" : fmt::format(", from: {}", quoted(flags_.from));
  return fmt::format(
      "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {{name: quick}}\nspec:\n  traffic:\n"
      "    - {{name: load, to: {}{}, arrivals: poisson({}/s)}}\n",
      quoted(flags_.to), from, *rate);
}

std::optional<std::uint64_t> FlagReader::whole(const char* flag, const std::string& text, std::uint64_t least,
                                               std::uint64_t most) {
  if (text.empty()) return std::nullopt;
  const auto value = parse_whole(text, least, most);
  if (!value) complain(fmt::format("{} wants a whole number from {} to {}, and got '{}'", flag, least, most, text));
  return value;
}

std::optional<Duration> FlagReader::duration() {
  if (flags_.duration.empty()) return std::nullopt;
  const Result<Duration> value = scenario::parse_duration(flags_.duration, Mark{});
  if (value && *value > Duration::zero()) return *value;
  complain(value ? wants("--duration", "more than nothing", flags_.duration)
                 : "--duration: " + value.error().front().message);
  return std::nullopt;
}

std::optional<double> FlagReader::share(const char* flag, const std::string& text, double above, const char* what) {
  if (text.empty()) return std::nullopt;
  const Result<double> value = scenario::parse_share(text, Mark{});
  if (value && *value > above && *value < 1.0) return *value;
  complain(value ? wants(flag, what, text) : fmt::format("{}: {}", flag, value.error().front().message));
  return std::nullopt;
}

}  // namespace towtank::tool

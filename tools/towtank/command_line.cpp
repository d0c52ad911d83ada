#include "tools/towtank/command_line.hpp"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "tools/towtank/flag_reader.hpp"
#include "tools/towtank/version.hpp"

namespace towtank::tool {
namespace {

constexpr const char* kVerbsToCome[] = {"trace", "sweep", "fit", "report", "init"};

constexpr const char* kScenarioOrManifests =
    "Scenario file, manifests alone (a file or a folder), or - for standard input";
constexpr const char* kScenarioFile = "the scenario file (or - for standard input)";

constexpr const char* kExamples =
    "Examples:\n"
    "  towtank run shop.yaml                         all variants, compared with the first\n"
    "  towtank run shop.yaml --variant Local -o wide\n"
    "  towtank run shop.yaml --set Deployment/shop:spec.replicas=8 --duration 120s --seed 7\n"
    "  kubectl kustomize overlays/prod | towtank run - --rps 600 --to https://shop.example.com/\n"
    "  towtank run manifests/ --rps 600 --to http://shop/     the same of a folder or a file of manifests\n"
    "  towtank check shop.yaml                       what was read, assumed and left out\n"
    "  towtank check manifests/                      the same of a folder of manifests, without a scenario\n"
    "  towtank estimate shop.yaml                    shares, utilization, capacity and first bottleneck in closed "
    "form\n"
    "  towtank estimate shop.yaml --variant Local --set scenario:spec.load=1.5 -o wide\n"
    "  towtank plan shop.yaml --objective \"api p99 < 250ms\" --vary Deployment/shop:spec.replicas=2..12\n"
    "                                                the cheapest setting that meets the objectives, searched\n"
    "  towtank plan shop.yaml --variant Local --vary Deployment/shop:spec.replicas=4,6,8 \\\n"
    "      --vary spec.cluster.network.preset=aws,gcp --cost usd --probability 99%\n"
    "  towtank plan shop.yaml --objective \"api p99 < 250ms\" --maximize spec.load\n"
    "                                                the largest load that each variant bears, and what breaks first\n"
    "  towtank compare before.yaml after.yaml        is the second worse? Paired, with what differs between the two\n"
    "  towtank compare base/ pull-request/ --load shop.yaml -o markdown    manifests of a pull request, as its comment\n"
    "  towtank compare results/monday results/friday                       result folders of `run`, unpaired\n"
    "  towtank get shop.yaml svc                     Services, their addresses and node ports, in kubectl's columns\n"
    "  towtank curl shop.yaml clusterip/shop:8080 --from Node/worker-0    why a port is refused, and which line does "
    "it\n"
    "  towtank verify results/shop --observed k6.csv  may I believe the what-ifs? against measured latencies\n"
    "  towtank plot results/shop                     PNG and SVG pictures of the results\n"
    "  towtank explain edge.balance                  what a field of the scenario means\n"
    "  towtank balancers --bench nginx ewma --endpoints 200    algorithms side by side: cost per pick and quality\n"
    "\n"
    "Every flag has an environment variable, TOWTANK_ and its name: TOWTANK_SEED=7. `towtank VERB --help` lists them.\n"
    "Exit status: 0 done, 1 an objective was missed, 2 wrong input, 3 an objective is undecided, 4 an objective binds\n"
    "an unstable variant, 5 interrupted or partial, 70 internal error. `compare` ends by 1 when B is worse in mean, p99\n"
    "or error rate, 4 when B is unstable, 3 when nobody can tell, 0 otherwise. `curl` ends as curl -f: 0, 6, 7, 22 or 28.\n";

void add_text(CLI::App& verb, const char* names, std::string& value, const char* variable, const char* placeholder,
              const char* meaning) {
  verb.add_option(names, value, meaning)
      ->envname(variable)
      ->option_text(fmt::format("{} ({})", placeholder, variable))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

void add_list(CLI::App& verb, const char* name, std::vector<std::string>& values, const char* variable,
              const char* placeholder, const char* meaning) {
  verb.add_option(name, values, meaning)
      ->envname(variable)
      ->option_text(fmt::format("{} ... ({})", placeholder, variable))
      ->expected(1)
      ->allow_extra_args(false)  // one value each time: the flag must not swallow the scenario behind it
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void add_quiet(CLI::App& verb, Flags& flags) {
  verb.add_flag("-q,--quiet", flags.quiet, "No progress and no explanations")->envname("TOWTANK_QUIET");
}

void add_scenario_flags(CLI::App& verb, Flags& flags, const char* meaning = "Scenario file, or - for standard input") {
  verb.add_option("SCENARIO", flags.scenario, meaning)->option_text(" ");
  add_list(verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field; may be given again");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME", "Only this variant; may be given again");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of all chance, 0 to 4294967295");
  add_text(verb, "--duration", flags.duration, "TOWTANK_DURATION", "60s", "Measured time of one replication");
  add_text(verb, "--precision", flags.precision, "TOWTANK_PRECISION", "5%", "Relative half width to reach");
  add_text(verb, "--confidence", flags.confidence, "TOWTANK_CONFIDENCE", "95%", "Of all intervals");
  add_quiet(verb, flags);
}

/// What stands in for a scenario beside manifests alone.
void add_quick_traffic(CLI::App& verb, Flags& flags) {
  add_text(verb, "--rps", flags.rps, "TOWTANK_RPS", "R", "Requests per second at --to, for manifests alone (a file, a folder or -)");
  add_text(verb, "--to", flags.to, "TOWTANK_TO", "URL", "What --rps calls");
  add_text(verb, "--from", flags.from, "TOWTANK_FROM", "WHO",
           "Who calls it: internet (default), Node/NAME, Deployment/NAME, Pod/NAME");
}

void add_run(CLI::App& verb, Flags& flags) {
  add_scenario_flags(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, wide, json, csv or markdown");
  add_text(verb, "-j,--jobs", flags.jobs, "TOWTANK_JOBS", "N", "Threads; default all. Results do not depend on it");
  add_text(verb, "--out", flags.out, "TOWTANK_OUT", "DIR", "Folder of the result files; default results/NAME");
  add_text(verb, "--rank", flags.rank, "TOWTANK_RANK", "p99",
           "Also the variants in the order of this metric; by itself p99 where a matrix has `all`");
  add_text(verb, "--requests", flags.requests, "TOWTANK_REQUESTS", "N",
           "Write N requests of each traffic with their routes to requests.csv");
  add_quick_traffic(verb, flags);
}

void add_check(CLI::App& verb, Flags& flags) {
  add_scenario_flags(verb, flags, kScenarioOrManifests);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
  add_quick_traffic(verb, flags);
}

void add_estimate(CLI::App& verb, Flags& flags) {
  verb.add_option("SCENARIO", flags.scenario, "Scenario file, or - for standard input")->option_text(" ");
  add_list(verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field; may be given again");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME", "Only this variant; may be given again");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of random placement, 0 to 4294967295");
  add_quiet(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, wide, json, csv or markdown");
  add_quick_traffic(verb, flags);
}

void add_plan(CLI::App& verb, Flags& flags) {
  verb.add_option("SCENARIO", flags.scenario, "Scenario file, or - for standard input")->option_text(" ");
  add_list(verb, "--objective", flags.objectives, "TOWTANK_OBJECTIVE", "\"api p99 < 250ms\"",
           "What to meet; may be given again; default those of the scenario");
  add_list(verb, "--vary", flags.vary, "TOWTANK_VARY", "PATH=A..B",
           "What may change: PATH=A..B or PATH=a,b,c; several make a grid");
  add_text(verb, "--maximize", flags.maximize, "TOWTANK_MAXIMIZE", "spec.load",
           "In place of --vary: how much load each variant bears, and what breaks first");
  add_text(verb, "--resolution", flags.resolution, "TOWTANK_RESOLUTION", "2%",
           "With --maximize: share of the load that the ends of the answer may be apart");
  add_text(verb, "--out", flags.out, "TOWTANK_OUT", "DIR",
           "With --maximize: folder of load_curve.csv and load_plan.json; default results/NAME");
  add_text(verb, "--cost", flags.cost, "TOWTANK_COST", "replicas",
           "What to spend least of: replicas (cores requested, else pods), nodes, or usd (a month across zones)");
  add_text(verb, "--probability", flags.probability, "TOWTANK_PROBABILITY", "95%", "That the answer is right");
  add_text(verb, "--indifference", flags.indifference, "TOWTANK_INDIFFERENCE", "1%",
           "Share of a bound within which either answer is right");
  add_list(verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field; may be given again");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME",
           "Settings of this variant, default the first; with --maximize, which may be given again, all");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of all chance, 0 to 4294967295");
  add_text(verb, "--duration", flags.duration, "TOWTANK_DURATION", "60s", "Measured time of one replication, at least");
  add_quiet(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
  add_text(verb, "-j,--jobs", flags.jobs, "TOWTANK_JOBS", "N", "Threads; default all. Results do not depend on it");
}

void add_compare(CLI::App& verb, Flags& flags) {
  verb.add_option("A", flags.scenario, "A scenario, a result folder of `run`, or with --load manifests; - for standard input")
      ->option_text(" ");
  verb.add_option("B", flags.other,
                  "The same kind of thing: is it worse than A? With --sensitivity it may be left out: then the first "
                  "variant of A against each other one")
      ->option_text(" ");
  add_text(verb, "--load", flags.load, "TOWTANK_LOAD", "SCENARIO",
           "A and B are manifests (files or folders): in place of this scenario's spec.resources");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME",
           "Only this variant of both. Default: all that have the same name in both, or else the first of each");
  add_text(verb, "--indifference", flags.indifference, "TOWTANK_INDIFFERENCE", "1%",
           "Share of A's figure within which nobody minds a difference");
  verb.add_flag("--sensitivity", flags.sensitivity, "Also: which assumed default would turn the verdict, and at which value")
      ->envname("TOWTANK_SENSITIVITY");
  add_text(verb, "--metric", flags.metric, "TOWTANK_METRIC", "NAME", "Of --sensitivity: latency_p99 (default) or another");
  add_text(verb, "--traffic", flags.traffic, "TOWTANK_TRAFFIC", "NAME", "Of --sensitivity: the first by default");
  add_list(verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field on both sides; may be given again");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of all chance, 0 to 4294967295");
  add_text(verb, "--duration", flags.duration, "TOWTANK_DURATION", "60s", "Measured time of one replication");
  add_text(verb, "--precision", flags.precision, "TOWTANK_PRECISION", "5%", "Relative half width to reach");
  add_text(verb, "--confidence", flags.confidence, "TOWTANK_CONFIDENCE", "95%", "Of all intervals and verdicts");
  add_quiet(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, wide, json, csv or markdown");
  add_text(verb, "-j,--jobs", flags.jobs, "TOWTANK_JOBS", "N", "Threads; default all. Results do not depend on it");
  add_text(verb, "--out", flags.out, "TOWTANK_OUT", "DIR", "Folder of result files; default: none are written");
}

/// Of verbs that look at one variant and simulate nothing.
void add_one_variant(CLI::App& verb, Flags& flags) {
  add_list(verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field; may be given again");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME", "Of this variant; default the first");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of all chance, 0 to 4294967295");
  add_quiet(verb, flags);
}

void add_get(CLI::App& verb, Flags& flags) {
  verb.add_option("SCENARIO", flags.scenario, kScenarioOrManifests)->option_text(" ");
  verb.add_option("RESOURCES", flags.resources, "svc, pods, nodes, ep, ing or all (the default); several by commas")
      ->option_text(" ");
  add_one_variant(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, wide, json, csv or markdown");
}

void add_curl(CLI::App& verb, Flags& flags) {
  verb.add_option("SCENARIO", flags.scenario, kScenarioOrManifests)->option_text(" ");
  verb.add_option("URL", flags.url,
                  "As for curl: http://shop.example.com/, clusterip/SERVICE:80, node:30080, an address")
      ->option_text(" ");
  add_text(verb, "--from", flags.from, "TOWTANK_FROM", "WHO",
           "internet (default), Node/NAME, Deployment/NAME or Pod/NAME");
  verb.add_flag("--strict", flags.strict, "End as the worst branch, not as the most probable")
      ->envname("TOWTANK_STRICT");
  add_one_variant(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
}

void add_plot(CLI::App& verb, Flags& flags) {
  verb.add_option("RESULTS", flags.results, "Folder that `run` or `plan --maximize` wrote")->option_text(" ");
  add_text(verb, "--out", flags.out, "TOWTANK_OUT", "DIR", "Folder of the pictures; default RESULTS/plots");
  add_text(verb, "--format", flags.format, "TOWTANK_FORMAT", "png,svg", "Kinds of pictures; default both");
  add_quiet(verb, flags);
}

void add_verify(CLI::App& verb, Flags& flags) {
  verb.add_option("RESULTS", flags.results, "Folder that `run` wrote")->option_text(" ");
  add_text(verb, "--observed", flags.observed, "TOWTANK_OBSERVED", "FILE",
           "Measured latencies: CSV of requests (k6, JMeter) or of percentiles, or HdrHistogram's print");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME",
           "The variant that was measured; default the first");
  add_text(verb, "--traffic", flags.traffic, "TOWTANK_TRAFFIC", "NAME",
           "The traffic that was measured; default the first");
  add_text(verb, "--unit", flags.unit, "TOWTANK_UNIT", "ms",
           "Of values whose unit the file does not say: ns, us, ms or s");
  add_text(verb, "--confidence", flags.confidence, "TOWTANK_CONFIDENCE", "95%", "Of the observed intervals");
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
}

void add_explain(CLI::App& verb, Flags& flags) {
  verb.add_option("FIELD", flags.field, "Its path, e.g. spec.edge.balance; none: the whole format")->option_text(" ");
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
  verb.add_flag("--recursive", flags.recursive, "The whole tree of fields below it")->envname("TOWTANK_RECURSIVE");
  verb.add_flag("--schema", flags.schema, "The JSON Schema of scenarios, for editors")->envname("TOWTANK_SCHEMA");
}

void add_balancers(CLI::App& verb, Flags& flags) {
  verb.add_option("NAME", flags.names,
                  "With --bench, only these: names of the list, as a product's users write them, PRODUCT/NAME, or a product")
      ->option_text(" ");
  verb.add_flag("--bench", flags.bench, "Measure them instead: cost per pick, memory, rebuild, and quality side by side")
      ->envname("TOWTANK_BENCH");
  add_text(verb, "--endpoints", flags.endpoints, "TOWTANK_ENDPOINTS", "N",
           "With --bench: of so many endpoints only, 2 to 10000; default 3, 64, 1000 and 10000, and 64 for quality");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "With --bench: seed of all chance, 0 to 4294967295");
  add_quiet(verb, flags);
  add_text(verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, json or markdown");
}

Answer wrong_usage(const std::string& verb, const std::vector<std::string>& complaints) {
  std::string text;
  const std::string program = verb.empty() ? "towtank" : "towtank " + verb;
  for (const std::string& complaint : complaints) text += fmt::format("{}: {}\n", program, complaint);
  return {ExitStatus::wrong_input, text + fmt::format("`{} --help` lists the flags.\n", program)};
}

/// Of verbs that show one variant, with or without traffic.
scenario::LoadOptions one_variant(const Flags& flags, FlagReader& reader) {
  if (flags.variants.size() > 1) reader.complain("one variant is shown at a time: give --variant once");
  scenario::LoadOptions options = reader.load_options();
  options.needs_traffic = options.needs_scenario = false;
  return options;
}

/// Of verbs to which --rps and --to may bring the load.
scenario::LoadOptions with_quick_traffic(FlagReader& reader) {
  scenario::LoadOptions options = reader.load_options();
  options.scenario = reader.scenario_of_flags();
  return options;
}

Request run_request(const Flags& flags, FlagReader& reader, std::vector<std::string> command) {
  reader.require(flags.scenario, kScenarioFile);
  return RunRequest{.scenario = flags.scenario,
                    .options = with_quick_traffic(reader),
                    .format = reader.output_format(),
                    .threads = reader.threads(),
                    .out = reader.out(),
                    .rank = reader.rank(),
                    .quiet = flags.quiet,
                    .command = std::move(command)};
}

Request check_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.scenario, kScenarioFile);
  scenario::LoadOptions options = with_quick_traffic(reader);
  options.needs_scenario = false;
  return CheckRequest{.scenario = flags.scenario,
                      .options = std::move(options),
                      .json = reader.json_not_table("check"),
                      .quiet = flags.quiet};
}

Request estimate_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.scenario, kScenarioFile);
  return EstimateRequest{.scenario = flags.scenario,
                         .options = with_quick_traffic(reader),
                         .format = reader.output_format(),
                         .quiet = flags.quiet};
}

Request plan_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.scenario, kScenarioFile);
  return PlanRequest{.scenario = flags.scenario,
                     .options = reader.plan_load_options(),
                     .plan = reader.plan_options(),
                     .maximize = reader.load_plan_options(),
                     .threads = reader.threads(),
                     .out = reader.out(),
                     .json = reader.json_not_table("plan"),
                     .quiet = flags.quiet};
}

Request compare_request(const Flags& flags, FlagReader& reader, std::vector<std::string> command) {
  reader.require(flags.scenario, "A, a scenario or a folder,");
  if (!flags.sensitivity) reader.require(flags.other, "B, what A is compared with,");
  return CompareRequest{.a = flags.scenario,
                        .b = flags.other,
                        .load = flags.load,
                        .options = reader.load_options(),
                        .compare = reader.compare_options(),
                        .sensitivity = reader.sensitivity_options(),
                        .format = reader.output_format(),
                        .threads = reader.threads(),
                        .out = reader.out(),
                        .quiet = flags.quiet,
                        .command = std::move(command)};
}

Request get_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.scenario, kScenarioFile);
  auto [path, resources] = reader.scenario_and_resources();
  const OutputFormat format = reader.output_format();
  if (format == OutputFormat::csv && resources.size() > 1)
    reader.complain("csv holds one resource: name it, as in `towtank get SCENARIO svc -o csv`");
  return GetRequest{.scenario = std::move(path),
                    .resources = std::move(resources),
                    .options = one_variant(flags, reader),
                    .format = format,
                    .quiet = flags.quiet};
}

Request curl_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.scenario, kScenarioFile);
  reader.require(flags.url, "the URL (e.g. http://shop.example.com/)");
  return CurlRequest{.scenario = flags.scenario,
                     .url = flags.url,
                     .from = flags.from.empty() ? "internet" : flags.from,
                     .options = one_variant(flags, reader),
                     .json = reader.json_not_table("curl"),
                     .strict = flags.strict,
                     .quiet = flags.quiet};
}

Request plot_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.results, "the folder of results (e.g. results/shop)");
  return PlotRequest{.results = flags.results,
                     .out = reader.out(),
                     .formats = reader.picture_formats(),
                     .quiet = flags.quiet,
                     .gnuplot = "gnuplot"};
}

Request verify_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  reader.require(flags.results, "the folder of results (e.g. results/shop)");
  reader.require(flags.observed, "--observed FILE, the measured latencies,");
  if (flags.variants.size() > 1) reader.complain("one variant was measured: give --variant once");
  return VerifyRequest{.results = flags.results,
                       .observed = flags.observed,
                       .variant = flags.variants.empty() ? "" : flags.variants.front(),
                       .traffic = flags.traffic,
                       .unit_ms = reader.unit_ms(),
                       .confidence = reader.load_options().confidence.value_or(0.95),
                       .json = reader.json_not_table("verify")};
}

Request explain_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  if (flags.schema && !flags.field.empty()) reader.complain("--schema is of the whole scenario: leave FIELD out");
  return ExplainRequest{.field = flags.field,
                        .json = reader.json_not_table("explain"),
                        .recursive = flags.recursive,
                        .schema = flags.schema};
}

Request balancers_request(const Flags& flags, FlagReader& reader, std::vector<std::string>) {
  if (!flags.bench && !flags.names.empty()) reader.complain("names go with --bench: without it all are listed");
  if (!flags.bench && !flags.endpoints.empty()) reader.complain("--endpoints goes with --bench, which is missing");
  return BalancersRequest{.format = reader.table_json_or_markdown("balancers"),
                          .bench = flags.bench,
                          .algorithms = reader.algorithms(),
                          .endpoints = reader.endpoints(),
                          .seed = reader.load_options().seed.value_or(1),
                          .quiet = flags.quiet};
}

struct Verb {
  const char* name;
  const char* meaning;
  void (*add_flags)(CLI::App& verb, Flags& flags);
  Request (*request)(const Flags& flags, FlagReader& reader, std::vector<std::string> command);
};

constexpr Verb kVerbs[] = {
    {"run", "Simulate all variants, compare them and write the result files", add_run, run_request},
    {"check", "Read and cross-check without simulating", add_check, check_request},
    {"estimate", "Tell shares, utilization, capacity and first bottleneck in closed form", add_estimate,
     estimate_request},
    {"plan", "Find the cheapest setting, or the largest load, that meets the objectives, with a stated probability",
     add_plan, plan_request},
    {"compare", "Tell whether B is worse than A: two scenarios, result folders, or folders of manifests", add_compare,
     compare_request},
    {"get", "Show the modelled cluster in kubectl's columns, with its addresses", add_get, get_request},
    {"curl", "Walk one request port by port: what the client sees, and why", add_curl, curl_request},
    {"plot", "Draw the results in a folder with gnuplot", add_plot, plot_request},
    {"verify", "Hold a prediction against measured latencies: may I believe the what-ifs?", add_verify, verify_request},
    {"explain", "Document a field of the scenario, as `kubectl explain` does", add_explain, explain_request},
    {"balancers", "List the balancing algorithms, their parameters and sources, or measure them side by side", add_balancers, balancers_request}};

const Verb* verb_named(const std::string& name) {
  const auto* verb = std::find_if(std::begin(kVerbs), std::end(kVerbs), [&](const Verb& v) { return name == v.name; });
  return verb == std::end(kVerbs) ? nullptr : verb;
}

/// Says so when the first word is no verb that can be run; empty = it is one, or a flag.
std::optional<Answer> unknown_verb(const std::string& word) {
  if (verb_named(word) != nullptr || (!word.empty() && word.front() == '-')) return std::nullopt;
  std::string known;
  for (const Verb& verb : kVerbs) known += (known.empty() ? "" : ", ") + std::string{verb.name};
  for (const char* verb : kVerbsToCome) {
    if (word == verb) {
      return Answer{ExitStatus::wrong_input,
                    fmt::format("towtank: this version ({}) cannot `{}` yet; it can {}\n", kVersion, word, known)};
    }
  }
  return Answer{ExitStatus::wrong_input,
                fmt::format("towtank: '{}' is no verb; there are {}\n`towtank --help` explains them.\n", word, known)};
}

}  // namespace

Request parse_command_line(int argc, const char* const* argv) {
  if (argc > 1) {
    if (auto answer = unknown_verb(argv[1])) return *answer;
  }
  CLI::App app{"towtank simulates the way of a request through Kubernetes: variants compared before they are deployed.",
               "towtank"};
  app.set_version_flag("--version", fmt::format("towtank {}", kVersion));
  app.require_subcommand(0, 1);  // what stands behind the verb is its own, a field or file called `run` too
  // One set for each verb: CLI11 hands a variable such as TOWTANK_SEED to all verbs, not only to the one that is
  // called, and there it would overwrite what the flag said.
  std::vector<Flags> flags(std::size(kVerbs));
  for (std::size_t i = 0; i < std::size(kVerbs); ++i) {
    CLI::App* const verb = app.add_subcommand(kVerbs[i].name, kVerbs[i].meaning);
    kVerbs[i].add_flags(*verb, flags[i]);
    verb->footer(kExamples);
  }
  app.footer(kExamples);
  if (argc < 2) return Answer{ExitStatus::wrong_input, app.help()};
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{ExitStatus::done, app.help()};
  } catch (const CLI::CallForVersion& version) {
    return Answer{ExitStatus::done, std::string{version.what()} + '\n'};
  } catch (const CLI::ParseError& error) {
    const std::string verb = app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name();
    return wrong_usage(verb, {error.what()});
  }
  if (app.get_subcommands().empty()) return Answer{ExitStatus::wrong_input, app.help()};
  const Verb& verb = *verb_named(app.get_subcommands().front()->get_name());
  const Flags& its = flags[static_cast<std::size_t>(&verb - kVerbs)];
  FlagReader reader{its};
  Request request = verb.request(its, reader, {argv, argv + argc});
  if (!reader.complaints().empty()) return wrong_usage(verb.name, reader.complaints());
  return request;
}

}  // namespace towtank::tool

#include "tools/towtank/command_line.hpp"

#include <fmt/core.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/units.hpp"
#include "tools/towtank/flag_values.hpp"
#include "tools/towtank/thread_pool.hpp"
#include "tools/towtank/version.hpp"

namespace towtank::tool {
namespace {

constexpr const char* kVerbsToCome[] = {"estimate", "curl",  "trace", "plan",   "compare",
                                         "verify",   "sweep", "fit",   "report", "init"};

constexpr const char* kExamples =
    "Examples:\n"
    "  towtank run shop.yaml                         all variants, compared with the first\n"
    "  towtank run shop.yaml --variant Local -o wide\n"
    "  towtank run shop.yaml --set Deployment/shop:spec.replicas=8 --duration 120s --seed 7\n"
    "  kubectl kustomize overlays/prod | towtank run - --rps 600 --to https://shop.example.com/\n"
    "  towtank check shop.yaml                       what was read, assumed and left out\n"
    "  towtank get shop.yaml svc                     Services with their addresses and node ports, as kubectl shows them\n"
    "  towtank plot results/shop                     PNG and SVG pictures of the results\n"
    "  towtank explain edge.balance                  what a field of the scenario means\n"
    "\n"
    "Every flag has an environment variable, TOWTANK_ and its name: TOWTANK_SEED=7. `towtank VERB --help` lists them.\n"
    "Exit status: 0 done, 1 an objective was missed, 2 wrong input, 3 an objective is undecided, 4 an objective binds\n"
    "an unstable variant, 5 interrupted or partial, 70 internal error.\n";

/// The flags as typed: CLI11 only collects text, so that every message about a value is ours and goes the same way.
struct Flags {
  std::string scenario, results, field, resources;
  std::string output, jobs, seed, duration, precision, confidence, out, format, rps, to;
  std::vector<std::string> set, variants;
  bool quiet = false, recursive = false, schema = false;
};

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

void add_scenario_flags(CLI::App& verb, Flags& flags) {
  verb.add_option("SCENARIO", flags.scenario, "Scenario file, or - for standard input")->option_text(" ");
  add_list(verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field; may be given again");
  add_list(verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME", "Only this variant; may be given again");
  add_text(verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of all chance, 0 to 4294967295");
  add_text(verb, "--duration", flags.duration, "TOWTANK_DURATION", "60s", "Measured time of one replication");
  add_text(verb, "--precision", flags.precision, "TOWTANK_PRECISION", "5%", "Relative half width to reach");
  add_text(verb, "--confidence", flags.confidence, "TOWTANK_CONFIDENCE", "95%", "Of all intervals");
  add_quiet(verb, flags);
}

void add_run(CLI::App& app, Flags& flags) {
  CLI::App* verb = app.add_subcommand("run", "Simulate all variants, compare them and write the result files");
  add_scenario_flags(*verb, flags);
  add_text(*verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, wide, json, csv or markdown");
  add_text(*verb, "-j,--jobs", flags.jobs, "TOWTANK_JOBS", "N", "Threads; default all. Results do not depend on it");
  add_text(*verb, "--out", flags.out, "TOWTANK_OUT", "DIR", "Folder of the result files; default results/NAME");
  add_text(*verb, "--rps", flags.rps, "TOWTANK_RPS", "R", "Requests per second at --to, for manifests on - alone");
  add_text(*verb, "--to", flags.to, "TOWTANK_TO", "URL", "What --rps calls");
  verb->footer(kExamples);
}

void add_check(CLI::App& app, Flags& flags) {
  CLI::App* verb = app.add_subcommand("check", "Read and cross-check without simulating");
  add_scenario_flags(*verb, flags);
  add_text(*verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
  verb->footer(kExamples);
}

void add_get(CLI::App& app, Flags& flags) {
  CLI::App* verb = app.add_subcommand("get", "Show the modelled cluster in kubectl's columns, with its addresses");
  verb->add_option("SCENARIO", flags.scenario, "Scenario file, or - for standard input")->option_text(" ");
  verb->add_option("RESOURCES", flags.resources, "svc, pods, nodes, ep, ing or all (the default); several by commas")
      ->option_text(" ");
  add_list(*verb, "--set", flags.set, "TOWTANK_SET", "PATH=VALUE", "Change a field; may be given again");
  add_list(*verb, "--variant", flags.variants, "TOWTANK_VARIANT", "NAME", "Of this variant; default the first");
  add_text(*verb, "--seed", flags.seed, "TOWTANK_SEED", "N", "Seed of all chance, 0 to 4294967295");
  add_text(*verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, wide, json, csv or markdown");
  add_quiet(*verb, flags);
  verb->footer(kExamples);
}

void add_plot(CLI::App& app, Flags& flags) {
  CLI::App* verb = app.add_subcommand("plot", "Draw the results in a folder with gnuplot");
  verb->add_option("RESULTS", flags.results, "Folder that `run` wrote")->option_text(" ");
  add_text(*verb, "--out", flags.out, "TOWTANK_OUT", "DIR", "Folder of the pictures; default RESULTS/plots");
  add_text(*verb, "--format", flags.format, "TOWTANK_FORMAT", "png,svg", "Kinds of pictures; default both");
  add_quiet(*verb, flags);
  verb->footer(kExamples);
}

void add_explain(CLI::App& app, Flags& flags) {
  CLI::App* verb = app.add_subcommand("explain", "Document a field of the scenario, as `kubectl explain` does");
  verb->add_option("FIELD", flags.field, "Its path, e.g. spec.edge.balance; none: the whole format")->option_text(" ");
  add_text(*verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table or json");
  verb->add_flag("--recursive", flags.recursive, "The whole tree of fields below it")->envname("TOWTANK_RECURSIVE");
  verb->add_flag("--schema", flags.schema, "The JSON Schema of scenarios, for editors")->envname("TOWTANK_SCHEMA");
  verb->footer(kExamples);
}

void add_balancers(CLI::App& app, Flags& flags) {
  CLI::App* verb = app.add_subcommand("balancers", "List the balancing algorithms, their parameters and sources");
  add_text(*verb, "-o,--output", flags.output, "TOWTANK_OUTPUT", "FORMAT", "table, json or markdown");
  verb->footer(kExamples);
}

/// Turns the texts into values; gathers every complaint.
class FlagReader {
 public:
  explicit FlagReader(const Flags& flags) : flags_{flags} {}

  const std::vector<std::string>& complaints() const { return complaints_; }
  void complain(std::string message) { complaints_.push_back(std::move(message)); }

  void require(const std::string& value, const char* name) {
    if (value.empty()) complain(fmt::format("{} is missing", name));
  }

  scenario::LoadOptions load_options() {
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
    return options;
  }

  OutputFormat output_format() {
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

  /// Of verbs that have no other formats.
  bool json_not_table(const std::string& verb) {
    const OutputFormat format = output_format();
    if (format == OutputFormat::csv || format == OutputFormat::markdown)
      complain(fmt::format("the answer of {} comes as table or json only", verb));
    return format == OutputFormat::json;
  }

  OutputFormat table_json_or_markdown(const std::string& verb) {
    const OutputFormat format = output_format();
    if (format == OutputFormat::csv) complain(fmt::format("the answer of {} comes as table, json or markdown only", verb));
    return format;
  }

  std::size_t threads() {
    constexpr std::uint64_t kMostThreads = 1024;
    const auto given = whole("--jobs", flags_.jobs, 1, kMostThreads);
    return given ? static_cast<std::size_t>(*given) : available_processors();
  }

  /// kubectl names the resource first; both orders are understood.
  std::pair<std::string, std::vector<Resource>> scenario_and_resources() {
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

  std::optional<std::string> out() const { return flags_.out.empty() ? std::nullopt : std::optional{flags_.out}; }

  std::vector<std::string> picture_formats() {
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

  /// A scenario document with one traffic, to stand behind manifests from standard input.
  std::string scenario_of_flags() {
    if (flags_.rps.empty() && flags_.to.empty()) return "";
    const auto rate = parse_rate(flags_.rps);
    if (!rate) complain(wants("--rps", "requests per second, e.g. 600", flags_.rps));
    require(flags_.to, "--to URL, which belongs to --rps,");
    if (flags_.scenario != "-") complain("--rps and --to go with manifests on standard input: towtank run - --rps ...");
    if (!rate) return "";
    // A JSON string is a YAML string, too, whatever the address holds.
    const std::string to = nlohmann::json(flags_.to).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    return fmt::format(
        "\n---\napiVersion: towtank/v1\nkind: Scenario\nmetadata: {{name: quick}}\nspec:\n  traffic:\n"
        "    - {{name: load, to: {}, arrivals: poisson({}/s)}}\n",
        to, *rate);
  }

 private:
  static bool is_resource(const std::string& names) {
    const std::string first = names.substr(0, names.find(','));
    return first == "all" || resource_named(first).has_value();
  }

  static std::string wants(const char* flag, const char* what, const std::string& got) {
    return fmt::format("{} wants {}, and got '{}'", flag, what, got);
  }

  /// A variable gives several values one a line.
  static std::vector<std::string> lines(const std::vector<std::string>& values) {
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

  std::optional<std::uint64_t> whole(const char* flag, const std::string& text, std::uint64_t least,
                                     std::uint64_t most) {
    if (text.empty()) return std::nullopt;
    const auto value = parse_whole(text, least, most);
    if (!value) complain(fmt::format("{} wants a whole number from {} to {}, and got '{}'", flag, least, most, text));
    return value;
  }

  std::optional<Duration> duration() {
    if (flags_.duration.empty()) return std::nullopt;
    const Result<Duration> value = scenario::parse_duration(flags_.duration, Mark{});
    if (value && *value > Duration::zero()) return *value;
    complain(value ? wants("--duration", "more than nothing", flags_.duration)
                   : "--duration: " + value.error().front().message);
    return std::nullopt;
  }

  /// Strictly between `above` and 1.
  std::optional<double> share(const char* flag, const std::string& text, double above, const char* what) {
    if (text.empty()) return std::nullopt;
    const Result<double> value = scenario::parse_share(text, Mark{});
    if (value && *value > above && *value < 1.0) return *value;
    complain(value ? wants(flag, what, text) : fmt::format("{}: {}", flag, value.error().front().message));
    return std::nullopt;
  }

  const Flags& flags_;
  std::vector<std::string> complaints_;
};

Answer wrong_usage(const std::string& verb, const std::vector<std::string>& complaints) {
  std::string text;
  const std::string program = verb.empty() ? "towtank" : "towtank " + verb;
  for (const std::string& complaint : complaints) text += fmt::format("{}: {}\n", program, complaint);
  return {ExitStatus::wrong_input, text + fmt::format("`{} --help` lists the flags.\n", program)};
}

Request make_request(const std::string& verb, const Flags& flags, std::vector<std::string> command) {
  FlagReader reader{flags};
  Request request;
  if (verb == "run") {
    reader.require(flags.scenario, "the scenario file (or - for standard input)");
    request = RunRequest{.scenario = flags.scenario,
                         .options = reader.load_options(),
                         .format = reader.output_format(),
                         .threads = reader.threads(),
                         .out = reader.out(),
                         .quiet = flags.quiet,
                         .appended = reader.scenario_of_flags(),
                         .command = std::move(command)};
  } else if (verb == "check") {
    reader.require(flags.scenario, "the scenario file (or - for standard input)");
    request = CheckRequest{.scenario = flags.scenario,
                           .options = reader.load_options(),
                           .json = reader.json_not_table(verb),
                           .quiet = flags.quiet};
  } else if (verb == "get") {
    reader.require(flags.scenario, "the scenario file (or - for standard input)");
    auto [scenario, resources] = reader.scenario_and_resources();
    const OutputFormat format = reader.output_format();
    if (format == OutputFormat::csv && resources.size() > 1)
      reader.complain("csv holds one resource: name it, as in `towtank get SCENARIO svc -o csv`");
    if (flags.variants.size() > 1) reader.complain("one variant is shown at a time: give --variant once");
    request = GetRequest{.scenario = std::move(scenario),
                         .resources = std::move(resources),
                         .options = reader.load_options(),
                         .format = format,
                         .quiet = flags.quiet};
  } else if (verb == "explain") {
    if (flags.schema && !flags.field.empty()) reader.complain("--schema is of the whole scenario: leave FIELD out");
    request = ExplainRequest{.field = flags.field,
                             .json = reader.json_not_table(verb),
                             .recursive = flags.recursive,
                             .schema = flags.schema};
  } else if (verb == "balancers") {
    request = BalancersRequest{.format = reader.table_json_or_markdown(verb)};
  } else {
    reader.require(flags.results, "the folder of results (e.g. results/shop)");
    request = PlotRequest{.results = flags.results,
                          .out = reader.out(),
                          .formats = reader.picture_formats(),
                          .quiet = flags.quiet,
                          .gnuplot = "gnuplot"};
  }
  if (!reader.complaints().empty()) return wrong_usage(verb, reader.complaints());
  return request;
}

/// Says so when the first word is no verb that can be run; empty = it is one, or a flag.
std::optional<Answer> unknown_verb(const std::string& word) {
  const std::string known = "run, check, get, plot, explain, balancers";
  if (word == "run" || word == "check" || word == "get" || word == "plot" || word == "explain" || word == "balancers" ||
      (!word.empty() && word.front() == '-'))
    return std::nullopt;
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
  const std::string first = argc > 1 ? argv[1] : "";
  if (argc > 1) {
    if (auto answer = unknown_verb(first)) return *answer;
  }
  // One set for each verb: CLI11 hands a variable such as TOWTANK_SEED to all verbs, not only to the one that is
  // called, and there it would overwrite what the flag said.
  Flags run_flags, check_flags, get_flags, plot_flags, explain_flags, balancers_flags;
  CLI::App app{"towtank simulates the way of a request through Kubernetes: variants compared before they are deployed.",
               "towtank"};
  app.set_version_flag("--version", fmt::format("towtank {}", kVersion));
  app.require_subcommand(0, 1);  // what stands behind the verb is its own, a field or file called `run` too
  add_run(app, run_flags);
  add_check(app, check_flags);
  add_get(app, get_flags);
  add_plot(app, plot_flags);
  add_explain(app, explain_flags);
  add_balancers(app, balancers_flags);
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
  const std::string verb = app.get_subcommands().front()->get_name();
  const Flags& flags = verb == "run"       ? run_flags
                       : verb == "check"   ? check_flags
                       : verb == "get"     ? get_flags
                       : verb == "explain" ? explain_flags
                       : verb == "balancers" ? balancers_flags
                                             : plot_flags;
  return make_request(verb, flags, {argv, argv + argc});
}

}  // namespace towtank::tool

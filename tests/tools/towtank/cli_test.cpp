#include "tools/towtank/cli.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "tests/tools/towtank/fake_report.hpp"
#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/command_line.hpp"
#include "tools/towtank/output/result_files.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;
using test::TestFolder;

/// A simulator that answers at once; remembers what it was asked.
struct FakeSimulator {
  report::Report answer = test::shop_report();
  std::string scenario_text;
  std::string warning = "warned";  ///< of its check
  scenario::LoadOptions options;
  int runs = 0;
  std::function<void()> during_run = [] {};

  Loader loader() {
    return [this](const std::string& path, scenario::FileSource& files,
                  const scenario::LoadOptions& given) -> Result<LoadedStudy> {
      const Result<std::string> text = files.read(path);
      if (!text) return text.error();
      scenario_text = *text;
      options = given;
      if (holds(*text, "replica:")) {
        return Problems{{Mark{path, 3, 7}, "no key is called 'replica'; did you mean 'replicas'?"},
                        {Mark{path, 9, 1}, "and another"}};
      }
      return LoadedStudy{.name = "shop",
                         .variants = answer.variants.size(),
                         .run = [this](Executor&, ProgressSink& progress) -> Result<report::Report> {
                           ++runs;
                           during_run();
                           progress.update("Cluster", 20, 20, 1000, 0.01);
                           return answer;
                         },
                         .check = [this]() -> Result<report::CheckReport> {
                           return report::CheckReport{{"found"}, {"assumed"}, {"ignored"}, {"fewer lines"}, {warning}};
                         }};
    };
  }
};

Ended towtank_with(FakeSimulator& simulator, const std::vector<std::string>& words, const std::string& input = {}) {
  std::vector<const char*> argv{"towtank"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  std::istringstream in{input};
  std::ostringstream out, err;
  const int status = run_cli(static_cast<int>(argv.size()), argv.data(), in, out, err, simulator.loader());
  return {status, out.str(), err.str()};
}

/// A TOWTANK_* variable for the time of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_{name} { setenv(name, value, 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST_CASE("run writes the result files, prints the table and ends by the objectives", "[unit]") {
  const TestFolder folder;
  test::put(folder / "shop.yaml", "kind: Scenario\n");
  FakeSimulator simulator;
  const Ended ended = towtank_with(simulator, {"run", folder / "shop.yaml", "--out", folder / "out"});
  CHECK(ended.status == 1);  // an objective was missed
  CHECK(ended.err.empty());
  CHECK(holds(ended.out, "worse: p99 +6.45 ms [6.30, 6.60]"));
  CHECK(holds(ended.out, "Result files: " + (folder / "out")));
  for (const ResultFile& file : result_files(simulator.answer))
    CHECK(test::get(folder / "out/" + file.name) == file.text);
  const auto info = nlohmann::json::parse(test::get(folder / "out/run-info.json"));
  CHECK(info["scenario_path"] == folder / "shop.yaml");
  CHECK(info.contains("wall_time_s"));
  CHECK(info.contains("threads"));
  CHECK(test::count_entries(folder / "out") == 11);
}

TEST_CASE("run answers in the form asked for", "[unit]") {
  const TestFolder folder;
  FakeSimulator simulator;
  const auto answer = [&](const std::string& form) {
    return towtank_with(simulator, {"run", "-", "-o", form, "-q", "--out", folder.path()}).out;
  };
  CHECK(answer("csv") == summary_csv(simulator.answer));
  CHECK(answer("json") == results_json(simulator.answer));
  CHECK(holds(answer("markdown"), "| variant |"));
  CHECK(holds(answer("wide"), "endpoints of Cluster"));
}

TEST_CASE("wrong input: nothing is run, nothing is written, and all problems are told", "[unit]") {
  const TestFolder folder;
  test::put(folder / "bad.yaml", "replica: 3\n");
  FakeSimulator simulator;
  const Ended ended = towtank_with(simulator, {"run", folder / "bad.yaml", "--out", folder / "out"});
  CHECK(ended.status == 2);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err,
              folder / "bad.yaml" + std::string{":3:7: no key is called 'replica'; did you mean 'replicas'?\n"}));
  CHECK(holds(ended.err, "2 problems"));
  CHECK(simulator.runs == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

TEST_CASE("a folder that cannot be written is told before the run", "[unit]") {
  const TestFolder folder;
  test::put(folder / "file", "");
  FakeSimulator simulator;
  const Ended ended = towtank_with(simulator, {"run", "-", "--out", folder / "file"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "is no folder"));
  CHECK(simulator.runs == 0);
}

TEST_CASE("results that cannot be written after the run are an internal error", "[unit]") {
  const TestFolder folder;
  FakeSimulator simulator;
  simulator.during_run = [&] { test::put(folder / "out", "somebody put a file here"); };
  const Ended ended = towtank_with(simulator, {"run", "-", "--out", folder / "out"});
  CHECK(ended.status == 70);
  CHECK(holds(ended.err, "is no folder"));
}

TEST_CASE("an exception is an internal error", "[unit]") {
  const TestFolder folder;
  FakeSimulator simulator;
  simulator.during_run = [] { throw std::runtime_error{"broken"}; };
  const Ended ended = towtank_with(simulator, {"run", "-", "--out", folder.path()});
  CHECK(ended.status == 70);
  CHECK(ended.err == "towtank: internal error: broken\n");
  CHECK(test::count_entries(folder.path()) == 0);
}

TEST_CASE("the flags arrive where they should", "[unit]") {
  const TestFolder folder;
  FakeSimulator simulator;
  towtank_with(simulator, {"run", "--set", "scenario:spec.ingress[class=nginx].balance=ewma", "-", "--set", "a:b=c=d",
                           "--variant", "Local x8", "--seed", "4294967295", "--duration", "1m", "--precision", "2.5%",
                           "--confidence", "99%", "-j2", "--out", folder.path()});
  using Settings = std::vector<std::pair<std::string, std::string>>;
  CHECK(simulator.options.set == Settings{{"scenario:spec.ingress[class=nginx].balance", "ewma"}, {"a:b", "c=d"}});
  CHECK(simulator.options.only_variants == std::vector<std::string>{"Local x8"});
  CHECK(simulator.options.seed == std::optional<std::uint32_t>{4294967295U});
  CHECK(simulator.options.duration == std::optional<Duration>{60s});
  CHECK(simulator.options.precision.value() == Approx(0.025));
  CHECK(simulator.options.confidence.value() == Approx(0.99));
}

TEST_CASE("every wrong flag is told at once, with exit status 2", "[unit]") {
  FakeSimulator simulator;
  const Ended ended = towtank_with(simulator, {"run", "-", "--seed", "4294967296", "--precision", "5", "--confidence",
                                               "40%", "--duration", "60", "-j", "0", "-o", "xml", "--set", "abc"});
  CHECK(ended.status == 2);
  for (const char* flag : {"--seed", "--precision", "--confidence", "--duration", "--jobs", "--output", "--set"}) {
    INFO(flag);
    CHECK(holds(ended.err, std::string{"towtank run: "} + flag));
  }
  CHECK(simulator.runs == 0);
}

TEST_CASE("wrong usage is exit status 2 with one message", "[unit]") {
  FakeSimulator simulator;
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "Usage: towtank"},
      {{"frob"}, "'frob' is no verb; there are run, check, estimate, plan, compare, get, curl, plot"},
      {{"sweep", "x"}, "this version (0.1.0) cannot `sweep` yet"},
      {{"run"}, "the scenario file (or - for standard input) is missing"},
      {{"run", "-", "--frob"}, "--frob"},
      {{"run", "-", "more"}, "more"},
      {{"run", "-", "--seed"}, "--seed"},
      {{"--frob"}, "--frob"},
      {{"check", "-", "-o", "csv"}, "table or json only"},
      {{"run", "-", "--rps", "5"}, "--to"},
      {{"estimate", "-", "--to", "http://a/"}, "--rps"},
      {{"plot"}, "the folder of results"},
      {{"plot", "x", "--format", "gif"}, "--format wants png, svg"}};
  for (const auto& [words, message] : cases) {
    INFO(message);
    const Ended ended = towtank_with(simulator, words);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(holds(ended.err, message));
  }
}

TEST_CASE("help and version are answers", "[unit]") {
  FakeSimulator simulator;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"run", "--help"}, {"check", "-h"}, {"get", "-h"}, {"plot", "--help"}}) {
    const Ended ended = towtank_with(simulator, words);
    CHECK(ended.status == 0);
    CHECK(ended.err.empty());
    CHECK(holds(ended.out, "Examples:\n"));
  }
  CHECK(towtank_with(simulator, {"--version"}).out == "towtank 0.1.0\n");
  const std::string help = towtank_with(simulator, {"run", "--help"}).out;
  for (const char* variable : {"OUTPUT", "SET", "VARIANT", "JOBS", "SEED", "DURATION", "PRECISION", "CONFIDENCE", "OUT",
                               "QUIET", "RPS", "TO"}) {
    INFO(variable);
    CHECK(holds(help, std::string{"TOWTANK_"} + variable + ")"));
  }
}

TEST_CASE("a variable stands in for a flag, and the flag wins", "[unit]") {
  const TestFolder folder;
  const Variable out{"TOWTANK_OUT", folder.path().c_str()};
  const Variable seed{"TOWTANK_SEED", "5"};
  const Variable set{"TOWTANK_SET", "a=1\nb=2"};
  const Variable quiet{"TOWTANK_QUIET", "true"};
  FakeSimulator simulator;
  const Ended ended = towtank_with(simulator, {"run", "-"});
  CHECK(simulator.options.seed == std::optional<std::uint32_t>{5});
  CHECK(simulator.options.set.size() == 2);
  CHECK_FALSE(holds(ended.out, "simulation noise"));
  CHECK(test::count_entries(folder.path()) == 11);
  towtank_with(simulator, {"run", "-", "--seed", "6"});
  CHECK(simulator.options.seed == std::optional<std::uint32_t>{6});
}

TEST_CASE("a rate and an address make a scenario beside manifests", "[unit]") {
  const TestFolder folder;
  FakeSimulator simulator;
  towtank_with(simulator, {"run", "-", "--rps", "600", "--to", "http://a/?q=\"x\"", "--out", folder.path()},
               "kind: Service\n");
  CHECK(simulator.scenario_text == "kind: Service\n");
  CHECK(simulator.options.scenario ==
        "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: quick}\nspec:\n  traffic:\n"
        "    - {name: load, to: \"http://a/?q=\\\"x\\\"\", arrivals: poisson(600/s)}\n");
}

TEST_CASE("check takes a rate and an address too, and both may come from inside the cluster", "[unit]") {
  FakeSimulator simulator;
  towtank_with(simulator, {"check", "-", "--rps", "600", "--to", "shop:80", "--from", "Node/worker-0"},
               "kind: Service\n");
  CHECK(holds(simulator.options.scenario,
              "{name: load, to: \"shop:80\", from: \"Node/worker-0\", arrivals: poisson(600/s)}"));
  CHECK(towtank_with(simulator, {"check", "-", "--from", "Node/worker-0"}).status == 2);
}

TEST_CASE("check prints what was read and left out, and writes nothing", "[unit]") {
  FakeSimulator simulator;
  const Ended text = towtank_with(simulator, {"check", "-"});
  CHECK(text.status == 0);
  CHECK(
      text.out ==
      "found\n\nassumed (no manifest or scenario says otherwise)\n  assumed\n\nread but not modelled\n  fewer lines\n\n"
      "warning: warned\n\nno problems, 1 warning\n");
  const auto json = nlohmann::json::parse(towtank_with(simulator, {"check", "-", "-o", "json"}).out);
  CHECK(json["ignored"][0] == "ignored");
  CHECK(towtank_with(simulator, {"check", "/no/such/file"}).status == 2);
  CHECK(simulator.runs == 0);
}

TEST_CASE("a label of the manifests in a warning does not steer the terminal", "[unit]") {
  FakeSimulator simulator;
  simulator.warning = "label \x1b[2J";
  CHECK_FALSE(holds(towtank_with(simulator, {"check", "-"}).out, "\x1b"));
}

}  // namespace
}  // namespace towtank::tool

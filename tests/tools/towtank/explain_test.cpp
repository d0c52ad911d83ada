#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/distribution_parser.hpp"
#include "models/scenario/field_table.hpp"
#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/cli.hpp"
#include "tools/towtank/output/scenario_schema.hpp"

namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;

Ended without_input(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"towtank"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  std::ostringstream out, err;
  const int status = run_cli(static_cast<int>(argv.size()), argv.data(), out, err);
  return {status, out.str(), err.str()};
}

std::string explained(const std::vector<std::string>& flags) {
  std::vector<std::string> words{"explain"};
  words.insert(words.end(), flags.begin(), flags.end());
  const Ended ended = without_input(words);
  INFO(ended.err);
  CHECK(ended.status == 0);
  return ended.out;
}

}  // namespace

TEST_CASE("explain shows type, unit, default, meaning and source of a field", "[unit]") {
  const std::string page = explained({"spec.pods.Deployment/shop.workers"});
  CHECK(holds(page, "FIELD:    workers <integer>\nPATH:     spec.pods.*.workers\n"));
  CHECK(holds(page, "DESCRIPTION:\n  Servers of `workers`, cores of `processor_sharing`.\n"));
  CHECK(holds(page, "UNIT      requests at once\n"));
  CHECK(holds(page, "DEFAULT   8\n"));
  CHECK(holds(page, "SOURCE    models/SOURCES.md 7.6, assumed\n"));
  CHECK_FALSE(holds(page, "FIELDS:"));
}

TEST_CASE("explain takes the paths that users write", "[unit]") {
  const std::string pin = explained({"spec.cluster.placement.pin"});
  CHECK(holds(pin, "FIELD:    pin <map of names>"));
  CHECK(holds(pin, "  NAME <map of names>  Node names and the number"));
  CHECK(explained({"cluster.placement.pin"}) == pin);
  CHECK(explained({"scenario:spec.cluster.placement.pin"}) == pin);
  CHECK(explained({"traffic[0].timeout"}) == explained({"spec.traffic[name=api].timeout"}));
  CHECK(explained({"run"}) == explained({"spec.run"}));  // not the verb
  CHECK(holds(explained({"metadata.name"}), "PATH:     metadata.name"));
}

TEST_CASE("explain without a field, and of spec, lists the top", "[unit]") {
  for (const char* field : {"", "spec"}) {
    const std::string page = explained(*field == '\0' ? std::vector<std::string>{} : std::vector<std::string>{field});
    for (const scenario::Field* below : scenario::fields_below("spec")) {
      INFO(below->path);
      CHECK(holds(page, ' ' + std::string{scenario::key_of(*below)} + " <"));
    }
    CHECK(holds(page, "traffic <list of maps> -required-"));
    CHECK(holds(page, "What happens at which time. (Not modelled by this version.)"));
  }
}

TEST_CASE("explain says whether this version models a field", "[unit]") {
  CHECK(holds(explained({"spec.traffic.timeout"}), "MODELLED  since 0.1\n"));
  CHECK(holds(explained({"spec.timeline"}), "MODELLED  not by this version: part of the format, refused"));
  CHECK(holds(explained({"spec.pods.x.startup"}), "MODELLED  not by this version, where it changes nothing"));
  CHECK(holds(explained({"spec.cluster.kubeProxy.scheduler"}), "LATER     lblcr (not modelled by this version)\n"));
}

TEST_CASE("explain --recursive prints every field below, indented by depth", "[unit]") {
  const std::string tree = explained({"--recursive"});
  std::size_t lines = 0;
  for (std::size_t at = tree.find("\nFIELDS:\n") + 8; (at = tree.find('\n', at + 1)) != std::string::npos;) ++lines;
  CHECK(lines == scenario::scenario_fields().size());
  CHECK(holds(tree, "\n    cluster <map>\n      version <text>\n"));
  CHECK(holds(explained({"spec.run", "--recursive"}), "\n  replications <map>\n    min <integer>\n"));
}

TEST_CASE("explain shows the grammar of laws, arrivals and balancing algorithms", "[unit]") {
  const std::string time = explained({"spec.pods.x.serviceTime"});
  const std::string arrivals = explained({"spec.traffic.arrivals"});
  for (const scenario::LawForm& law : scenario::law_forms()) {
    CHECK(holds(time, law.example));
    CHECK(holds(arrivals, law.example));
  }
  CHECK(holds(arrivals, "closed(users=50 think="));
  const std::string balance = explained({"spec.edge.balance"});
  for (const BalancerInfo& info : balancers()) {
    CHECK(holds(balance, "\n  " + std::string{info.name} + ' '));
    for (const BalancerParameter& parameter : info.parameters)
      CHECK(holds(balance, "    " + std::string{parameter.name} + " <" + std::string{parameter.type} + '>'));
  }
  CHECK_FALSE(holds(explained({"spec.load"}), "DISTRIBUTIONS"));
}

TEST_CASE("explain -o json gives the table", "[unit]") {
  const auto whole = nlohmann::json::parse(explained({"-o", "json"}));
  CHECK(whole.at("fields").size() == scenario::scenario_fields().size());
  CHECK(whole.at("balancers").size() == balancers().size());
  const auto run = nlohmann::json::parse(explained({"spec.run", "-o", "json"})).at("fields");
  CHECK(run.size() == 11);
  CHECK(run.at(0).at("path") == "spec.run");
  CHECK(run.at(0).at("support") == "modelled");
  const auto mode = nlohmann::json::parse(explained({"cluster.kubeProxy.mode", "-o", "json"})).at("fields").at(0);
  CHECK(mode.at("choices") == nlohmann::json{"iptables", "nftables", "ipvs", "cilium"});
  const auto scheduler = nlohmann::json::parse(explained({"cluster.kubeProxy.scheduler", "-o", "json"})).at("fields").at(0);
  CHECK(scheduler.at("laterChoices") == nlohmann::json{"lblcr"});
}

TEST_CASE("explain of an unknown field names the nearest one, and ends with 2", "[unit]") {
  const std::pair<const char*, const char*> wrong[] = {
      {"spec.edge.balanse", "`balanse` is not known; did you mean \"balance\"?"},
      {"edge.balanse", "no field `spec.edge.balanse`"},
      {"trafic", "did you mean \"traffic\"?"},
      {"metadata.nam", "no field `metadata.nam`"},
      {"whenFull", "there is spec.pods.*.queue.whenFull"},
      {"spec.traffic.timeout.seconds", "there is nothing below spec.traffic.timeout"},
      {"spec.traffic[", "write a path such as spec.traffic.timeout"},
      {"[\"", "write a path such as"},
      {"..", "is not known"},
      {"spec.run\x1b[31m", "?"},
  };
  for (const auto& [path, message] : wrong) {
    INFO(path);
    const Ended ended = without_input({"explain", path});
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(holds(ended.err, "towtank explain: the scenario has no field "));
    CHECK(holds(ended.err, message));
    CHECK_FALSE(holds(ended.err, "\x1b"));
  }
}

TEST_CASE("explain --schema prints the schema, of the whole scenario only", "[unit]") {
  CHECK(explained({"--schema"}) == scenario_schema_text());
  const Ended ended = without_input({"explain", "spec.run", "--schema"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "leave FIELD out"));
  CHECK(without_input({"explain", "-o", "csv"}).status == 2);
}

TEST_CASE("the help of every verb names a TOWTANK_ variable beside every flag", "[unit]") {
  for (const char* verb : {"run", "check", "plot", "explain"}) {
    std::istringstream help{without_input({verb, "--help"}).out};
    std::size_t flags = 0;
    for (std::string line; std::getline(help, line);) {
      if (line.rfind("  -", 0) != 0 || holds(line, "--help")) continue;
      INFO(verb << ": " << line);
      CHECK(holds(line, "TOWTANK_"));
      ++flags;
    }
    CHECK(flags > 2);
  }
}

}  // namespace towtank::tool

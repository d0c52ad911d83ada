#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "tests/tools/towtank/support.hpp"
#include "tools/towtank/cli.hpp"

/// Inputs that no scenario should be, on disk and through the whole program: each ends with status 2 and one message.
namespace towtank::tool {
namespace {

using test::Ended;
using test::holds;
using test::TestFolder;

/// `run` and `check` refuse the file, for the same reason, and leave nothing behind.
void check_refused(const std::string& path, const std::string& reason) {
  const TestFolder folder;
  for (const std::string verb : {"run", "check"}) {
    std::vector<std::string> words{verb, path};
    if (verb == "run") words.insert(words.end(), {"--out", folder / "out"});
    const Ended ended = test::towtank(words);
    INFO(verb << ' ' << path << '\n' << ended.err.substr(0, 500));
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(holds(ended.err, reason));
    CHECK(ended.err.size() < 2000);  // and does not quote the whole of it
    CHECK(test::count_entries(folder.path()) == 0);
  }
}

/// A scenario that takes no time to run. @param resource  a file it names, or nothing
std::string small_scenario(const std::string& further = {}) {
  return "apiVersion: towtank/v1\nkind: Scenario\nmetadata: {name: small}\nspec:\n" + further +
         "  cluster: {network: {preset: ideal}}\n"
         "  pods: {Deployment/shop: {model: workers, workers: 1, serviceTime: exponential(mean=1ms)}}\n"
         "  traffic: [{name: api, to: \"http://shop/\", arrivals: poisson(100/s), connections: {reuse: per_request}}]\n"
         "  run: {duration: 1s, warmup: 1s, replications: {min: 2, max: 2}}\n";
}

const char* const kObjects =
    "---\n{apiVersion: apps/v1, kind: Deployment, metadata: {name: shop}, spec: {replicas: 1, selector: {matchLabels: {app: "
    "shop}}, template: {metadata: {labels: {app: shop}}, spec: {containers: [{name: app, ports: [{containerPort: 80}]}]}}}}\n"
    "---\n{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, selector: {app: shop}, "
    "ports: [{port: 80}]}}\n";

}  // namespace

TEST_CASE("a file of 200,000 open brackets is refused and does not exhaust the stack", "[unit]") {
  const TestFolder folder;
  for (const char bracket : {'[', '{'}) {
    test::put(folder / "deep.yaml", std::string(200'000, bracket));
    check_refused(folder / "deep.yaml", folder / "deep.yaml");
  }
  std::string nested;
  for (int i = 0; i < 20'000; ++i) nested += "- ";
  test::put(folder / "deep.yaml", nested + "x\n");
  check_refused(folder / "deep.yaml", folder / "deep.yaml");
}

TEST_CASE("a file of 100 MB is refused by its size before it is read", "[unit]") {
  const TestFolder folder;
  test::put(folder / "large.yaml", "apiVersion: towtank/v1\n");
  REQUIRE(truncate((folder / "large.yaml").c_str(), 100'000'000) == 0);
  check_refused(folder / "large.yaml", "is larger than 32 MiB");
}

TEST_CASE("bytes that are no text are refused", "[unit]") {
  const TestFolder folder;
  std::string junk;
  for (std::uint32_t i = 0, word = 1; i < 100'000; ++i) {
    word = word * 1'664'525 + 1'013'904'223;
    junk += static_cast<char>(word >> 24);
  }
  for (const std::string& text : {junk, std::string{"\x7f" "ELF\x02\x01\x01\0\0", 9}, std::string(1000, '\0'), std::string{"\xff\xfe" "a\0", 4}}) {
    test::put(folder / "junk.yaml", text);
    check_refused(folder / "junk.yaml", folder / "junk.yaml");
  }
}

TEST_CASE("empty files, folders and files that are not there are refused", "[unit]") {
  const TestFolder folder;
  test::put(folder / "empty.yaml", "");
  check_refused(folder / "empty.yaml", folder / "empty.yaml");
  std::filesystem::create_directory(folder / "sub");
  check_refused(folder / "sub", folder / "sub");  // `check` takes folders with manifests in them
  check_refused(folder / "none.yaml", "No such file or directory");
  check_refused(folder / "empty.yaml/below", "Not a directory");
  check_refused("", "");
}

TEST_CASE("a FIFO that nobody writes to is refused and not waited for", "[unit]") {
  const TestFolder folder;
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  check_refused(folder / "fifo", "is a FIFO");
  test::put(folder / "shop.yaml", small_scenario("  resources: [fifo]\n"));
  check_refused(folder / "shop.yaml", folder / "shop.yaml:5:15");
}

TEST_CASE("a file that may not be read is refused, as is one that a scenario names", "[unit]") {
  const TestFolder folder;
  REQUIRE(chmod(folder.path().c_str(), 0777) == 0);
  test::put(folder / "secret.yaml", kObjects);
  REQUIRE(chmod((folder / "secret.yaml").c_str(), 0) == 0);
  test::put(folder / "shop.yaml", small_scenario("  resources: [secret.yaml]\n"));
  // Root may read everything, so a child gives that up.
  std::cout.flush();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(90);
    const Ended direct = test::towtank({"check", folder / "secret.yaml"});
    if (direct.status != 2 || !holds(direct.err, "Permission denied")) _exit(91);
    const Ended named = test::towtank({"check", folder / "shop.yaml"});
    if (named.status != 2 || !holds(named.err, folder / "shop.yaml:5:15") || !holds(named.err, "Permission denied")) _exit(92);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a results folder that cannot be written is refused before anything runs", "[unit]") {
  const TestFolder folder;
  test::put(folder / "shop.yaml", small_scenario() + kObjects);
  test::put(folder / "file", "kept\n");
  for (const std::string out : {"file", "file/below"}) {
    const Ended ended = test::towtank({"run", folder / "shop.yaml", "--out", folder / out});
    INFO(ended.err);
    CHECK(ended.status == 2);
    CHECK(ended.out.empty());
    CHECK(holds(ended.err, folder / "file"));
  }
  CHECK(test::get(folder / "file") == "kept\n");
  REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (chmod(folder.path().c_str(), 0555) != 0 || (geteuid() == 0 && setuid(65534) != 0)) _exit(90);
    const Ended ended = test::towtank({"run", folder / "shop.yaml", "--out", folder / "out"});
    _exit(ended.status == 2 && holds(ended.err, "Permission denied") ? 0 : 91);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  REQUIRE(chmod(folder.path().c_str(), 0755) == 0);
  CHECK(test::towtank({"run", folder / "shop.yaml", "--out", folder / "out"}).status == 0);  // nothing else was wrong with it
}

TEST_CASE("what a scenario lacks to be built is told with its place, and nothing is run or written", "[unit]") {
  const TestFolder folder;
  test::put(folder / "shop.yaml", small_scenario() + "---\n{apiVersion: v1, kind: Service, metadata: {name: shop}, spec: {type: LoadBalancer, "
                                               "selector: {app: gone}, ports: [{port: 80}]}}\n");
  check_refused(folder / "shop.yaml", "shop.yaml:10:");
}

TEST_CASE("flags and variables reach the study", "[unit]") {
  const TestFolder folder;
  test::put(folder / "shop.yaml", small_scenario("  variants: [{name: one}, {name: two, set: {\"Deployment/shop:spec.replicas\": 2}}]\n") + kObjects);
  const auto results = [&](const std::vector<std::string>& flags) {
    std::vector<std::string> words{"run", folder / "shop.yaml", "--out", folder / "out", "-o", "json", "-q", "-j", "2"};
    words.insert(words.end(), flags.begin(), flags.end());
    const Ended ended = test::towtank(words);
    INFO(ended.err);
    CHECK(ended.status == 0);
    return ended.out;
  };
  const std::string plain = results({});
  CHECK(results({}) == plain);
  CHECK(test::get(folder / "out/results.json") == plain);
  CHECK(results({"--seed", "7"}) != plain);
  CHECK(holds(results({"--seed", "7"}), "\"seed\": 7"));
  CHECK(holds(results({"--duration", "2s"}), "\"duration_s\": 2"));
  CHECK(holds(results({"--confidence", "99%"}), "\"confidence\": 0.99"));
  CHECK_FALSE(holds(results({"--variant", "two"}), "\"one\""));
  CHECK(results({"--set", "scenario:spec.load=0.5"}) != plain);
  CHECK(results({"--set", "scenario:spec.load=1.0"}) == plain);
  setenv("TOWTANK_SEED", "7", 1);
  const std::string by_variable = results({});
  const std::string by_flag = results({"--seed", "1"});
  unsetenv("TOWTANK_SEED");
  CHECK(by_variable == results({"--seed", "7"}));
  CHECK(by_flag == plain);
}

TEST_CASE("a rate, an address and manifests on standard input are enough to run", "[unit]") {
  const TestFolder folder;
  const Ended ended = test::towtank({"run", "-", "--rps", "20/s", "--to", "http://shop/", "--duration", "5s", "--out", folder / "out", "-q"}, kObjects);
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "load"));
  CHECK(holds(test::get(folder / "out/summary.csv"), ",load,latency_p99,ms,"));
  const Ended wrong = test::towtank({"run", "-", "--rps", "20", "--to", "http://shpo/", "--out", folder / "none"}, kObjects);
  CHECK(wrong.status == 2);
  CHECK(holds(wrong.err, "shpo"));
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
}

TEST_CASE("the exit status is the first that holds: unstable, missed, undecided, met", "[unit]") {
  const TestFolder folder;
  const std::string met = "\"api mean < 10s\"", missed = "\"api throughput > 1000/s\"", undecided = "\"api p99.9 < 20ms\"";
  const auto status = [&](const std::string& objectives, const std::string& variants) {
    test::put(folder / "shop.yaml", small_scenario("  objectives: [" + objectives + "]\n  variants: [" + variants + "]\n") + kObjects);
    const Ended ended = test::towtank({"run", folder / "shop.yaml", "--out", folder / "out"});
    INFO(ended.err);
    CHECK(std::filesystem::exists(folder / "out/summary.csv"));
    return ended.status;
  };
  const std::string steady = "{name: steady}", over = "{name: over, set: {\"scenario:spec.load\": 10.2}}";
  CHECK(status(met, steady) == 0);
  CHECK(status(met + ", " + undecided, steady) == 3);
  CHECK(status(met + ", " + undecided + ", " + missed, steady) == 1);
  CHECK(status(met + ", " + undecided + ", " + missed, steady + ", " + over) == 4);
  CHECK(status("\"api mean < 10s for steady\"", steady + ", " + over) == 0);
  // No cell of an unstable variant is a number that could be taken for an answer.
  const std::string summary = test::get(folder / "out/summary.csv");
  CHECK(holds(summary, "small,over,api,latency_p99,ms,,,,0.95,0,0,unstable\n"));
  for (const char* file : {"summary.csv", "latency.csv", "endpoints.csv", "nodes.csv", "hops.csv", "outcomes.csv", "timeseries.csv", "warmup.csv"})
    for (const char* word : {"nan", "inf", "NaN"}) {
      INFO(file);
      CHECK_FALSE(holds(test::get(folder / (std::string{"out/"} + file)), word));
    }
}

}  // namespace towtank::tool

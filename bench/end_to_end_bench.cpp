// The whole engine, all recording on: nanoseconds of user CPU time per request, alone or against bare event loops.
//   end_to_end_bench WORKLOAD [REQUESTS] [--pairs N] [--limit DIR | --lbdes CMD | --path CMD]
// Results of two runs minutes apart do not compare: on a shared machine the same binary moves by 20 %. So ratios come
// from pairs (ours, theirs, ours, theirs, ...) and their median is judged.
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "models/world/one_edge.hpp"
#include "models/world/world.hpp"

namespace {

using namespace towtank;

constexpr double kUtilization = 0.8;
constexpr std::uint32_t kFewPods = 64, kManyPods = 10'000, kNodes = 16;
constexpr std::size_t kRunsPerSample = 3;

double user_cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

/// Service of mean 1 s.
model::Cluster behind_l7_edge(std::uint32_t pods, const char* balancer) {
  return model::behind_one_edge(pods, balancer, Distribution::exponential(1.0), kUtilization);
}

/// Client, edge, node, kube-proxy, pod and back, every leg exponential; the client waits 2,000 s at most.
model::Cluster behind_l4_edge(std::uint32_t pods) {
  model::Cluster cluster = behind_l7_edge(pods, "random");
  cluster.nodes.clear();
  model::Edge& edge = cluster.edges[0];
  edge.l7 = edge.to_pods = false;
  edge.nodes.clear();
  for (std::uint32_t i = 0; i < kNodes; ++i) {
    cluster.nodes.push_back({std::to_string(i), 0});
    edge.nodes.push_back(i);
  }
  for (std::uint32_t i = 0; i < pods; ++i) cluster.pods[i].node = i % kNodes;
  cluster.network.client = Distribution::exponential(2.0);
  cluster.network.same_node = Distribution::exponential(1.0);
  cluster.network.same_zone = Distribution::exponential(2.0);
  cluster.traffic[0].timeout = 2'000s;
  return cluster;
}

/// As behind an L4 edge, with two proxies of two workers between: NLB, node, kube-proxy, ingress controller, pod and back.
/// A request takes a hundredth of a worker's time as long as a pod's; connections to pods are kept.
model::Cluster behind_ingress(std::uint32_t pods) {
  model::Cluster cluster = behind_l4_edge(pods);
  model::Proxy proxy;
  proxy.name = "ingress/controller";
  proxy.workers = 2;
  proxy.backends = {{.service = 0, .through_service = false, .balance = {"least_request", {}}}};
  proxy.upstream_idle_timeout = 60s;
  proxy.upstream_setup_round_trips = 1;
  proxy.adder = Distribution::exponential(0.05);
  proxy.cpu = Distribution::constant(0.01);
  cluster.proxies = {proxy};
  cluster.services[0].entry = model::ServicePort::Entry::direct;
  model::Workload workload;
  workload.name = "ingress/controller";
  workload.proxy = 0;
  cluster.workloads.push_back(workload);
  model::ServicePort front;
  front.name = "ingress/controller:80";
  for (std::uint32_t i = 0; i < 2; ++i) {
    front.pods.push_back(pods + i);
    cluster.pods.push_back({"controller-" + std::to_string(i), 1, i, 1.0});
  }
  cluster.services.push_back(front);
  cluster.edges[0].service = 1;
  cluster.traffic[0].proxy = cluster.traffic[0].backend = 0;
  return cluster;
}

struct Sample {
  std::uint64_t requests = 0, events = 0;
  double ns_per_request = 0.0, mean_s = 0.0;
};

class Workload {
 public:
  Workload(char name, std::uint64_t requests) : pods_{name == 'c' ? kManyPods : kFewPods}, requests_{requests} {
    cluster_ = name == 'b'   ? behind_l4_edge(pods_)
               : name == 'd' ? behind_ingress(pods_)
                             : behind_l7_edge(pods_, "least_request");
  }

  /// The median of a few replications, which are numbered on from sample to sample.
  Sample sample() {
    std::vector<Sample> runs;
    for (std::size_t i = 0; i < kRunsPerSample; ++i) runs.push_back(run());
    std::sort(runs.begin(), runs.end(),
              [](const Sample& a, const Sample& b) { return a.ns_per_request < b.ns_per_request; });
    return runs[runs.size() / 2];
  }

 private:
  Sample run() {
    Horizon horizon;
    horizon.window = from_seconds(static_cast<double>(requests_) / (kUtilization * pods_));
    horizon.bin = horizon.window / 60 + Duration{1};
    World world{cluster_, horizon, Draws{1, replication_++}};
    const double before_s = user_cpu_s();
    const ReplicationResult result = world.run();
    const double cpu_s = user_cpu_s() - before_s;
    const auto all = static_cast<double>(result.requests);
    return {result.requests, result.events, cpu_s * 1e9 / all, result.traffic[0].ok_sum.mean_ns() * 1e-9};
  }

  std::uint32_t pods_;
  std::uint64_t requests_;
  model::Cluster cluster_;
  std::uint32_t replication_ = 0;
};

/// The line with single spaces: columns are padded.
std::string squeezed(const std::string& line) {
  std::istringstream words{line};
  std::string all, word;
  while (words >> word) {
    all += word;
    all += ' ';
  }
  return all;
}

/// Runs a command until it prints the line that begins so, and reads `X Mreq/CPU-s` from it. What the command would do
/// after that line is not waited for longer than it takes to notice that nobody reads.
std::optional<double> bare_ns_per_request(const std::string& command, const std::string& begin) {
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::optional<double> ns;
  char buffer[4096];
  while (!ns && std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
    const std::string line = squeezed(buffer);
    const std::size_t unit = line.find(" Mreq/CPU-s");
    if (line.compare(0, begin.size(), begin) != 0 || unit == std::string::npos || unit == 0) continue;
    const double million_per_s = std::strtod(line.c_str() + line.rfind(' ', unit - 1), nullptr);
    if (million_per_s > 0.0) ns = 1e3 / million_per_s;
  }
  pclose(pipe);
  return ns;
}

/// What to hold a workload against, and the gate for the ratio.
struct Yardstick {
  std::string title, command, line;
  double gate = 0.0;  ///< 0 = none
};

struct Options {
  char workload = 'a';
  std::uint64_t requests = 0;
  std::size_t pairs = 5;
  std::string lbdes, path;
};

int usage() {
  std::fputs(
      "usage: end_to_end_bench WORKLOAD [REQUESTS] [--pairs N] [--limit DIR] [--lbdes CMD] [--path CMD]\n"
      "  WORKLOAD  a  least_request over 64 pods of one worker, utilization 0.8, ideal network\n"
      "            b  edge, node, kube-proxy, 64 pods and back, exponential legs, client timeout of 2,000 s\n"
      "            c  as a, with 10,000 pods\n"
      "            d  as b, with an ingress controller of 2 replicas x 2 workers before the pods\n"
      "  --limit DIR   holds it against the bare event loops DIR/lbdes and DIR/path, in pairs\n"
      "  --lbdes CMD, --path CMD   any command that prints the line of theirs which is wanted\n",
      stderr);
  return 2;
}

std::optional<Options> read(int argc, char** argv) {
  if (argc < 2 || std::strlen(argv[1]) != 1 || std::strchr("abcd", argv[1][0]) == nullptr) return std::nullopt;
  Options options;
  options.workload = argv[1][0];
  options.requests = options.workload == 'b' || options.workload == 'd' ? 300'000 : 1'000'000;  // as many as the bare loops
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.rfind("--", 0) != 0) {
      options.requests = std::strtoull(argument.c_str(), nullptr, 10);
      continue;
    }
    if (++i == argc) return std::nullopt;
    const std::string value = argv[i];
    if (argument == "--pairs")
      options.pairs = std::strtoull(value.c_str(), nullptr, 10);
    else if (argument == "--limit")
      options.lbdes = value + "/lbdes", options.path = value + "/path";
    else if (argument == "--lbdes")
      options.lbdes = value;
    else if (argument == "--path")
      options.path = value;
    else
      return std::nullopt;
  }
  if (options.requests == 0 || options.pairs == 0) return std::nullopt;
  return options;
}

void print_spread(const char* title, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double median = n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
  std::printf("%-40s min %.3f  median %.3f  max %.3f", title, values.front(), median, values.back());
}

double median_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

/// @return whether the median meets the gate
bool judge(const char* title, const std::vector<double>& ratios, double gate, bool at_most) {
  print_spread(title, ratios);
  if (gate == 0.0) {
    std::puts("");
    return true;
  }
  const bool met = at_most ? median_of(ratios) <= gate : median_of(ratios) >= gate;
  std::printf("  gate %s %.2f: %s%s\n", at_most ? "<=" : ">=", gate, met ? "met" : "MISSED",
              ratios.size() < 5 ? " (fewer than 5 pairs: not to be relied on)" : "");
  return met;
}

Yardstick yardstick_of(const Options& options) {
  if (options.workload == 'b')
    return {"path, 2x4 fused, 4-ary", options.path, "implicit 4-ary N=64 hops=2x4 fused ", 0.5};
  if (options.workload == 'd')
    return {"path, 2x4 fused, 4-ary", options.path, "implicit 4-ary N=64 hops=2x4 fused ", 0.4};
  if (options.workload == 'c') return {"lbdes, p2c, 4-ary, 10,000", options.lbdes, "implicit 4-ary p2c N=10000 ", 0.0};
  return {"lbdes, p2c, 4-ary, 64", options.lbdes, "implicit 4-ary p2c N=64 ", 0.4};
}

void print(const Options& options, const Sample& sample) {
  std::printf("%c: %llu requests, %.2f events/request, mean %.4f s, %.1f ns/request, %.2f M requests per CPU-s",
              options.workload, static_cast<unsigned long long>(sample.requests),
              static_cast<double>(sample.events) / static_cast<double>(sample.requests), sample.mean_s,
              sample.ns_per_request, 1e3 / sample.ns_per_request);
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Options> options = read(argc, argv);
  if (!options) return usage();
  const Yardstick yardstick = yardstick_of(*options);
  Workload workload{options->workload, options->requests};
  std::optional<Workload> few;  // c is also held against a, in the same pairs
  if (options->workload == 'c') few.emplace('a', options->requests);
  std::vector<double> against_bare, against_few, ns;
  for (std::size_t pair = 0; pair < options->pairs; ++pair) {
    const Sample sample = workload.sample();
    ns.push_back(sample.ns_per_request);
    print(*options, sample);
    if (few) {
      const double few_ns = few->sample().ns_per_request;
      against_few.push_back(sample.ns_per_request / few_ns);
      std::printf("; 64 pods %.1f ns, cost ratio %.3f", few_ns, against_few.back());
    }
    if (!yardstick.command.empty()) {
      const std::optional<double> bare_ns = bare_ns_per_request(yardstick.command, yardstick.line);
      if (!bare_ns) {
        std::fprintf(stderr, "\n`%s` printed no line `%s... X Mreq/CPU-s`\n", yardstick.command.c_str(),
                     yardstick.line.c_str());
        return 2;
      }
      against_bare.push_back(*bare_ns / sample.ns_per_request);
      std::printf("; bare %.1f ns, ratio %.3f", *bare_ns, against_bare.back());
    }
    std::puts("");
    std::fflush(stdout);
  }
  print_spread("ns/request", ns);
  std::puts("");
  bool met = true;
  if (!against_bare.empty())
    met = judge(("speed over " + yardstick.title).c_str(), against_bare, yardstick.gate, false) && met;
  if (!against_few.empty()) met = judge("cost of 10,000 pods over that of 64", against_few, 2.7, true) && met;
  return met ? 0 : 1;
}

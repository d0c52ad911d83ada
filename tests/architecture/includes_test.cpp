#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/architecture/source_rules.hpp"

namespace towtank::architecture {
namespace {

/// Every file below sim, models and tools that is C++ or a registry, ordered by path.
const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = [] {
    const std::filesystem::path root{TOWTANK_SOURCE_DIR};
    std::set<std::string> paths;
    for (const char* folder : {"sim", "models", "tools"})
      for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder})
        if (const auto kind = entry.path().extension(); kind == ".cpp" || kind == ".hpp" || kind == ".def")
          paths.insert(entry.path().lexically_relative(root).generic_string());
    std::vector<SourceFile> found;
    for (const std::string& path : paths) found.push_back({path, text_of(root / path)});
    return found;
  }();
  return files;
}

std::string lines(const std::vector<std::string>& found) {
  std::string text;
  for (const std::string& line : found) text += line + '\n';
  return text;
}

std::vector<std::string> violations_in(std::string path, std::string text) {
  return violations(SourceFile{std::move(path), std::move(text)});
}

bool is_clean(std::string path, std::string text) {
  const auto found = violations_in(std::move(path), std::move(text));
  UNSCOPED_INFO(lines(found));
  return found.empty();
}

}  // namespace

TEST_CASE("the tree keeps the direction of includes, and the simulator uses no clock, file or libm", "[unit]") {
  REQUIRE(tree().size() > 10);
  for (const SourceFile& file : tree()) {
    const auto found = violations(file);
    INFO(lines(found));
    CHECK(found.empty());
  }
}

TEST_CASE("yaml-cpp, Boost.Graph and CLI11 each enter the tree at one place", "[unit]") {
  const auto found = scattered_libraries(tree());
  INFO(lines(found));
  CHECK(found.empty());
}

TEST_CASE("every line of a registry has its source file", "[unit]") {
  std::set<std::string> paths;
  for (const SourceFile& file : tree()) paths.insert(file.path);
  for (const SourceFile& file : tree()) {
    if (std::filesystem::path{file.path}.filename() != "registry.def") continue;
    const auto found = unregistered_sources(file, paths);
    INFO(lines(found));
    CHECK(found.empty());
  }
}

TEST_CASE("an include that points upwards or sideways is found", "[unit]") {
  CHECK(violations_in("sim/core/a.hpp", "#include \"sim/random/philox.hpp\"\n").size() == 1);
  CHECK(violations_in("sim/stats/a.hpp", "#include \"models/request/request.hpp\"\n").size() == 1);
  CHECK(violations_in("models/cluster/a.cpp", "#include \"models/scenario/scenario.hpp\"\n").size() == 1);
  CHECK(violations_in("models/world/a.cpp", "#include \"models/scenario/units.hpp\"\n").size() == 1);
  CHECK(violations_in("models/scenario/a.cpp", "#include \"models/lint/lint.hpp\"\n").size() == 1);
  CHECK(violations_in("models/balancers/a.cpp", "#include \"models/stations/station.hpp\"\n").size() == 1);
  CHECK(violations_in("models/analytic/a.cpp", "#include \"models/stations/station.hpp\"\n").size() == 1);
  CHECK(violations_in("models/analytic/a.cpp", "#include \"models/hops/pod.hpp\"\n").size() == 1);
  CHECK(violations_in("models/study/a.cpp", "#include \"tools/towtank/table.hpp\"\n").size() == 1);
  CHECK(violations_in("sim/core/a.cpp", "#  include \"models/world/report.hpp\"\n").size() == 1);
  CHECK(violations_in("models/hops/a.cpp", "#include \"pod.hpp\"\n").size() == 1);
  CHECK(violations_in("models/hops/a.cpp", "#include \"tests/support/world.hpp\"\n").size() == 1);
  CHECK(violations_in("models/gadgets/a.cpp", "").size() == 1);
}

TEST_CASE("an include that points downwards is fine", "[unit]") {
  CHECK(is_clean("sim/experiment/a.hpp", "#include \"sim/core/time.hpp\"\n"));
  CHECK(is_clean("models/hops/a.cpp", "#include <vector>\n#include \"models/kubernetes/service.hpp\"\n"));
  CHECK(is_clean("models/world/a.cpp", "#include \"models/analytic/queue.hpp\"\n"));
  CHECK(is_clean("models/study/a.cpp", "#include \"models/scenario/scenario.hpp\"\n"));
  CHECK(is_clean("models/analytic/a.cpp", "#include \"models/world/report.hpp\"\n"));
  CHECK(is_clean("tools/towtank/a.cpp", "#include <iostream>\n#include \"models/study/study.hpp\"\n"));
}

TEST_CASE("what would tie a result to the machine is found in sim and models, and only there", "[unit]") {
  for (const char* text :
       {"#include <iostream>\n", "#include <thread>\n", "#include <random>\n", "double x = std::log(2.0);",
        "auto y = std::pow(x, 2);", "std::exponential_distribution<> d;", "auto t = std::chrono::steady_clock::now();",
        "std::ranges::sort(v);", "auto s = std::format(\"{}\", 1);", "#include <catch2/catch.hpp>\n"}) {
    INFO(text);
    CHECK(violations_in("sim/core/a.cpp", text).size() == 1);
    CHECK(violations_in("models/hops/a.cpp", text).size() == 1);
  }
  CHECK(is_clean("tools/towtank/a.cpp", "auto t = std::chrono::steady_clock::now();"));
  CHECK(is_clean("sim/core/a.cpp", "auto r = std::sqrt(x) + towtank::log(x) + log(y); std::chrono::nanoseconds n;"));
  CHECK(violations_in("sim/core/a.cpp", "\n\nint x;\nauto y = std::exp(1.0);") ==
        std::vector<std::string>{"sim/core/a.cpp:4: uses std::exp"});
}

TEST_CASE("comments and literals are no code, and code between them is", "[unit]") {
  CHECK(
      is_clean("sim/core/a.cpp", "// std::log(x)\n/* std::exp \n #include <thread>\n*/ const char* s = \"std::pow\";"));
  CHECK(is_clean("sim/core/a.cpp", "auto s = R\"x(std::pow \" )\" std::exp)x\"; char c = '\"'; int n = 1'000;"));
  CHECK(violations_in("sim/core/a.cpp", "char c = '\"'; auto y = std::exp(1.0); char d = '\"';").size() == 1);
  CHECK(violations_in("sim/core/a.cpp", "int n = 1'000; auto y = std::exp(1'0.0);").size() == 1);
  CHECK(violations_in("sim/core/a.cpp", "const char* s = \"\\\"\"; auto y = std::exp(1.0); // \"").size() == 1);
}

TEST_CASE("a library that enters at a second place is found", "[unit]") {
  const SourceFile yaml{"models/scenario/yaml_reader.cpp", "#include <yaml-cpp/yaml.h>\n"};
  const SourceFile graph{"models/cluster/topology.cpp", "#include <boost/graph/adjacency_list.hpp>\n"};
  CHECK(scattered_libraries({yaml, graph}).empty());
  CHECK(scattered_libraries({yaml, {"models/world/a.cpp", "#include \"yaml-cpp/node/node.h\"\n"}}).size() == 1);
  CHECK(scattered_libraries({{"models/scenario/other.cpp", "#include <yaml-cpp/yaml.h>\n"}}).size() == 1);
  CHECK(scattered_libraries({graph, {"models/world/a.cpp", "#include <boost/graph/dijkstra.hpp>\n"}}).size() == 1);
  CHECK(scattered_libraries({{"tools/towtank/flags.hpp", "#include <CLI/CLI.hpp>\n"}}).size() == 1);
}

TEST_CASE("a line of a registry without its source file is found", "[unit]") {
  const SourceFile registry{
      "models/balancers/registry.def",
      "// TOWTANK_BALANCER(example)\nTOWTANK_BALANCER(random)\nTOWTANK_BALANCER(maglev, \"x\")\n"};
  CHECK(unregistered_sources(registry, {"models/balancers/random.cpp", "models/balancers/maglev.cpp"}).empty());
  CHECK(
      unregistered_sources(registry, {"models/balancers/random.cpp", "models/hops/maglev.cpp"}) ==
      std::vector<std::string>{"models/balancers/registry.def: names models/balancers/maglev.cpp, which is not there"});
}

}  // namespace towtank::architecture

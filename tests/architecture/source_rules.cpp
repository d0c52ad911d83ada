#include "tests/architecture/source_rules.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>

namespace towtank::architecture {
namespace {

using Names = std::set<std::string, std::less<>>;

/// Each layer and those directly below it; what is below those may be included as well.
const std::map<std::string, std::vector<std::string>, std::less<>>& layers() {
  static const std::map<std::string, std::vector<std::string>, std::less<>> below = {
      {"sim/core", {}},
      {"sim/random", {"sim/core"}},
      {"sim/stats", {"sim/random"}},
      {"sim/experiment", {"sim/stats"}},
      {"models/kubernetes", {"sim/experiment"}},
      {"models/cluster", {"models/kubernetes"}},
      {"models/request", {"models/cluster"}},
      {"models/connection", {"models/request"}},
      {"models/balancers", {"models/request"}},
      {"models/stations", {"models/request"}},
      {"models/workloads", {"models/request"}},
      {"models/resilience", {"models/request"}},
      {"models/hops",
       {"models/connection", "models/balancers", "models/stations", "models/workloads", "models/resilience"}},
      {"models/control", {"models/hops"}},
      // Judges the simulation, so it must not be made of the same parts.
      {"models/analytic", {"models/cluster"}},
      {"models/world", {"models/control", "models/analytic"}},
      {"models/scenario", {"models/world"}},
      {"models/walk", {"models/scenario"}},
      {"models/lint", {"models/scenario"}},
      {"models/study", {"models/lint"}},
      {"tools", {"models/study", "models/walk"}},
  };
  return below;
}

/// Headers of plain structs, which carry no behaviour upwards: any model may fill them.
const Names kPlainHeaders = {"models/world/report.hpp"};

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// "models/hops/pod.cpp" -> "models/hops", "tools/towtank/main.cpp" -> "tools"; empty outside the layers.
std::string layer_of(std::string_view path) {
  if (starts_with(path, "tools/")) return "tools";
  if (!starts_with(path, "sim/") && !starts_with(path, "models/")) return {};
  const std::size_t folder_end = path.find('/', path.find('/') + 1);
  return folder_end == std::string_view::npos ? std::string{} : std::string{path.substr(0, folder_end)};
}

bool may_include(const std::string& from, const std::string& to) {
  if (from == to) return true;
  const auto entry = layers().find(from);
  if (entry == layers().end()) return false;
  return std::any_of(entry->second.begin(), entry->second.end(),
                     [&](const std::string& next) { return may_include(next, to); });
}

struct Include {
  std::size_t line = 0;
  bool quoted = false;
  std::string path;
};

std::vector<Include> includes_of(std::string_view text) {
  const std::string code = code_of(text, true);
  std::vector<Include> found;
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < code.size();) {
    ++line;
    const std::size_t end = std::min(code.find('\n', begin), code.size());
    std::string_view rest{code.data() + begin, end - begin};
    begin = end + 1;
    const auto skip_blanks = [&rest] { rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size())); };
    skip_blanks();
    if (!starts_with(rest, "#")) continue;
    rest.remove_prefix(1);
    skip_blanks();
    if (!starts_with(rest, "include")) continue;
    rest.remove_prefix(7);
    skip_blanks();
    if (rest.empty() || (rest.front() != '"' && rest.front() != '<')) continue;
    const bool quoted = rest.front() == '"';
    const std::size_t close = rest.find(quoted ? '"' : '>', 1);
    if (close != std::string_view::npos) found.push_back({line, quoted, std::string{rest.substr(1, close - 1)}});
  }
  return found;
}

const Names kForbiddenHeaders = {
    "iostream",  "fstream",           "filesystem", "thread", "mutex", "shared_mutex", "future",
    "random",    "stop_token",        "format",     "ranges", "ctime", "time.h",       "unistd.h",
    "latch",     "pthread.h",         "barrier",    "locale", "omp.h", "sys/time.h",   "clocale",
    "semaphore", "condition_variable"};

/// Functions of libm whose last bit depends on the library and the CPU. sqrt, fma, floor and their like are exact.
const Names kInexactFunctions = {"log",   "log2",  "log10", "log1p", "exp",    "exp2",  "expm1", "pow",    "sin",
                                 "cos",   "tan",   "asin",  "acos",  "atan",   "atan2", "sinh",  "cosh",   "tanh",
                                 "asinh", "acosh", "atanh", "cbrt",  "hypot",  "erf",   "erfc",  "tgamma", "lgamma",
                                 "logf",  "expf",  "powf",  "beta",  "expint", "logl",  "expl",  "powl"};

const Names kForbiddenNames = {"random_device",
                               "rand",
                               "srand",
                               "this_thread",
                               "thread",
                               "jthread",
                               "async",
                               "format",
                               "ranges",
                               "time",
                               "clock",
                               "locale",
                               "cout",
                               "cerr",
                               "cin",
                               "minstd_rand",
                               "mt19937",
                               "mt19937_64",
                               "default_random_engine"};

/// Where a libm function may stand all the same, and why.
bool is_inexact_allowed(std::string_view path) {
  // Closed forms are compared with the simulation within statistical limits; nothing simulated depends on them.
  return starts_with(path, "models/analytic/");
}

bool is_forbidden_name(std::string_view path, std::string_view qualified) {
  for (std::string_view clock : {"chrono::system_clock", "chrono::steady_clock", "chrono::high_resolution_clock"})
    if (starts_with(qualified, clock)) return true;
  const std::string_view name = qualified.substr(0, qualified.find("::"));
  constexpr std::string_view kDistribution = "_distribution";
  if (name.size() > kDistribution.size() && name.substr(name.size() - kDistribution.size()) == kDistribution)
    return true;
  if (kInexactFunctions.count(name) > 0) return !is_inexact_allowed(path);
  return kForbiddenNames.count(name) > 0;
}

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

void find_forbidden_names(const SourceFile& file, std::vector<std::string>& found) {
  constexpr std::string_view kStd = "std::";
  const std::string code = code_of(file.text);
  std::size_t line = 1, counted = 0;
  for (std::size_t at = code.find(kStd); at != std::string::npos; at = code.find(kStd, at + kStd.size())) {
    if (at > 0 && is_name_character(code[at - 1])) continue;
    std::size_t end = at + kStd.size();
    while (end < code.size() && (is_name_character(code[end]) || code[end] == ':')) ++end;
    const std::string_view name{code.data() + at + kStd.size(), end - at - kStd.size()};
    line += static_cast<std::size_t>(std::count(code.begin() + static_cast<std::ptrdiff_t>(counted),
                                                code.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    if (is_forbidden_name(file.path, name))
      found.push_back(file.path + ':' + std::to_string(line) + ": uses std::" + std::string{name});
  }
}

/// A library, and where it may enter: at one file, which is `only_file` where that is not empty.
struct Library {
  std::string name, header_start, only_file;
};

const std::vector<Library>& libraries() {
  static const std::vector<Library> known = {{"yaml-cpp", "yaml-cpp/", "models/scenario/yaml_reader.cpp"},
                                             {"Boost.Graph", "boost/graph/", ""},
                                             {"CLI11", "CLI/", ""}};
  return known;
}

}  // namespace

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

std::string code_of(std::string_view text, bool keep_literals) {
  std::string code{text};
  const auto blank = [&code](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, code.size()); ++i)
      if (code[i] != '\n') code[i] = ' ';
  };
  const auto end_of = [&text](std::string_view mark, std::size_t from) {
    const std::size_t at = text.find(mark, from);
    return at == std::string_view::npos ? text.size() : at + mark.size();
  };
  for (std::size_t i = 0; i < text.size();) {
    const bool in_word = i > 0 && is_name_character(text[i - 1]);
    std::size_t end = i + 1;
    if (starts_with(text.substr(i), "//")) {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (starts_with(text.substr(i), "/*")) {
      end = end_of("*/", i + 2);
      blank(i, end);
    } else if (!in_word && starts_with(text.substr(i), "R\"")) {
      const std::string delimiter{text.substr(i + 2, text.find('(', i) - i - 2)};
      end = end_of(")" + delimiter + "\"", i + 2);
      if (!keep_literals) blank(i + 2, end - 1);
    } else if (text[i] == '"' || (text[i] == '\'' && !in_word)) {  // after a digit, ' separates thousands
      while (end < text.size() && text[end] != text[i] && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      if (!keep_literals) blank(i + 1, end);
      end = std::min(end + 1, text.size());
    }
    i = end;
  }
  return code;
}

std::vector<std::string> violations(const SourceFile& file) {
  std::vector<std::string> found;
  const std::string layer = layer_of(file.path);
  if (layers().count(layer) == 0) {
    found.push_back(file.path + ":1: its folder is no layer of the design");
    return found;
  }
  const bool portable = layer != "tools";
  for (const Include& include : includes_of(file.text)) {
    const std::string where = file.path + ':' + std::to_string(include.line) + ": includes " + include.path;
    if (!include.quoted) {
      if (portable && kForbiddenHeaders.count(include.path) > 0) found.push_back(where);
      if (starts_with(include.path, "catch2/") || starts_with(include.path, "benchmark/")) found.push_back(where);
      continue;
    }
    const std::string target = layer_of(include.path);
    if (target.empty())
      found.push_back(where + ", which is no path from the root into sim, models or tools");
    else if (!may_include(layer, target) && !(starts_with(layer, "models/") && kPlainHeaders.count(include.path) > 0))
      found.push_back(where + ", and " + layer + " stands below or beside " + target);
  }
  if (portable) find_forbidden_names(file, found);
  return found;
}

std::vector<std::string> scattered_libraries(const std::vector<SourceFile>& files) {
  std::vector<std::string> found;
  for (const Library& library : libraries()) {
    std::set<std::string> users;
    for (const SourceFile& file : files)
      for (const Include& include : includes_of(file.text))
        if (starts_with(include.path, library.header_start)) users.insert(file.path);
    std::string entry = library.only_file;
    for (const std::string& user : users) {
      const bool is_source = user.size() > 4 && user.substr(user.size() - 4) == ".cpp";
      if (entry.empty() && is_source) entry = user;
      if (user != entry)
        found.push_back(user + ": uses " + library.name + ", which belongs to " +
                        (entry.empty() ? std::string{"one .cpp"} : entry) + " alone");
    }
  }
  return found;
}

std::vector<std::string> unregistered_sources(const SourceFile& registry, const std::set<std::string>& paths) {
  std::vector<std::string> found;
  const std::string code = code_of(registry.text, true);
  const std::string folder = registry.path.substr(0, registry.path.rfind('/') + 1);
  for (std::size_t open = code.find('('); open != std::string::npos; open = code.find('(', open + 1)) {
    const std::size_t line_start = code.rfind('\n', open) + 1;
    if (!starts_with(std::string_view{code}.substr(line_start), "TOWTANK_")) continue;
    std::size_t begin = open + 1;
    while (begin < code.size() && (code[begin] == ' ' || code[begin] == '"')) ++begin;
    std::size_t end = begin;
    while (end < code.size() && is_name_character(code[end])) ++end;
    const std::string source = folder + code.substr(begin, end - begin) + ".cpp";
    if (paths.count(source) == 0) found.push_back(registry.path + ": names " + source + ", which is not there");
  }
  return found;
}

}  // namespace towtank::architecture

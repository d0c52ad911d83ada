#include "tools/towtank/plot/gnuplot.hpp"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

constexpr std::array kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
constexpr int kNotStarted = 127;
constexpr double kWide = 20.0;  // of largest to smallest latency

/// Reads until the other end is closed; keeps the first part.
std::string drain(int descriptor) {
  constexpr std::size_t kKept = 4000;
  std::string text;
  char block[1024];
  while (true) {
    const ssize_t count = read(descriptor, block, sizeof block);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    if (text.size() < kKept) text.append(block, static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

std::string gnuplot_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : printable(text)) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + '\'';
}

std::string line_colour(std::size_t n) { return fmt::format("'{}'", kColours[n % kColours.size()]); }

std::string line_style(std::size_t n) {
  return fmt::format("lc rgb {} lw 2.5 dt {}", line_colour(n), n / kColours.size() % 5 + 1);
}

double fill_strength(std::size_t n) { return n / kColours.size() % 2 == 0 ? 0.85 : 0.4; }

std::string data_number(std::optional<double> value) {
  const std::string text = value ? exact_number(*value) : "";
  return text.empty() ? "NaN" : text;
}

bool wants_logarithm(double smallest, double largest) { return smallest > 0.0 && largest / smallest > kWide; }

std::string logarithmic_latency(double smallest, double largest) {
  // Ticks at 1, 2 and 5 times powers of ten: labels of plain numbers at equal ratios.
  std::string marks;
  for (int power = static_cast<int>(std::floor(std::log10(smallest)));
       power <= static_cast<int>(std::ceil(std::log10(largest))); ++power) {
    for (const int digit : {1, 2, 5}) {
      const double ms = digit * std::pow(10.0, power);
      marks += fmt::format("{}'{:g}' {:g}", marks.empty() ? "" : ", ", ms, ms);
    }
  }
  return fmt::format("set logscale y\nset yrange [{:g}:{:g}]\nset ytics ({}) nomirror\n", smallest / 1.15,
                     largest * 1.15, marks);
}

std::string script(const std::string& name, const std::vector<std::string>& formats, int width, int height,
                   const std::string& commands) {
  std::string text = fmt::format("# Drawn by `gnuplot {0}.gp` in this folder, from {0}.dat. Needs gnuplot 5.\n", name) +
                     "set encoding utf8\nset datafile missing 'NaN'\n";
  bool drawn = false;
  for (const std::string& format : formats) {
    if (format == "png") {
      text +=
          fmt::format("set terminal pngcairo noenhanced size {},{} font 'Sans,15' linewidth 1.3 background '#FFFFFF'\n",
                      width, height);
    } else {
      text += fmt::format("set terminal svg noenhanced size {},{} dynamic font 'sans-serif,19' background '#FFFFFF'\n",
                          width, height);
    }
    text += fmt::format("set output {}\n", gnuplot_quoted(name + "." + format));
    text += drawn ? "replot\n" : commands;
    drawn = true;
  }
  return text + "set output\n";
}

std::optional<Problem> run_gnuplot(const std::string& program, const std::string& folder, const std::string& script) {
  int ends[2];
  if (pipe(ends) != 0) return Problem{Mark{}, fmt::format("no pipe for gnuplot: {}", std::strerror(errno))};
  // All strings are made before the fork: the child may only make system calls.
  const char* const arguments[] = {program.c_str(), "-d", script.c_str(), nullptr};
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    if (chdir(folder.c_str()) == 0) execvp(arguments[0], const_cast<char* const*>(arguments));
    _exit(kNotStarted);
  }
  close(ends[1]);
  const std::string said = child > 0 ? drain(ends[0]) : "";
  close(ends[0]);
  if (child < 0) return Problem{Mark{}, fmt::format("gnuplot cannot be started: {}", std::strerror(errno))};
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotStarted) {
    return Problem{Mark{}, fmt::format("{} is not there; `apt-get install gnuplot-nox` installs it, then `gnuplot {}` "
                                       "in {} draws the pictures",
                                       program, script, folder)};
  }
  return Problem{Mark{folder + "/" + script, 0, 0}, "gnuplot failed:\n" + said};
}

}  // namespace towtank::tool

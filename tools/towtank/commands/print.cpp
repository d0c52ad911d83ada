#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {

void print_problems(const Problems& problems, std::ostream& err) {
  for (const Problem& problem : problems) {
    // Messages may have several lines; other control characters could only come from the input.
    const std::string text = problem.text();
    std::size_t start = 0;
    while (start <= text.size()) {
      const std::size_t end = std::min(text.find('\n', start), text.size());
      err << printable(std::string_view{text}.substr(start, end - start)) << '\n';
      start = end + 1;
    }
  }
  if (problems.size() > 1) err << fmt::format("{} problems\n", problems.size());
}

ExitStatus refuse(const Problems& problems, const Streams& streams) {
  print_problems(problems, streams.err);
  return ExitStatus::wrong_input;
}

ExitStatus print_answer(const std::string& text, const Streams& streams, ExitStatus status) {
  streams.out << text << std::flush;
  if (streams.out) return status;
  streams.err << "towtank: standard output cannot be written\n";
  return first_that_holds({ExitStatus::internal_error, status});
}

}  // namespace towtank::tool

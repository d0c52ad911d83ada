#pragma once

#include <cstddef>
#include <iosfwd>

namespace towtank::tool {

/// What may be shown on a stream. A pipe or a file gets plain ASCII.
struct Terminal {
  bool is_terminal = false;  ///< a progress line makes sense
  bool colour = false;       ///< off with NO_COLOR or TERM=dumb
  bool unicode = false;      ///< the locale of the environment says UTF-8
  std::size_t width = 100;   ///< columns
};

/// Looks at what stands behind std::cout or std::cerr; any other stream is no terminal.
Terminal terminal_of(const std::ostream& stream);

}  // namespace towtank::tool

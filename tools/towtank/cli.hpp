#pragma once

#include <iosfwd>

#include "tools/towtank/benched/heap_meter.hpp"
#include "tools/towtank/loader.hpp"

namespace towtank::tool {

/// The whole program. @return the exit status of DESIGN section 4
int run_cli(int argc, const char* const* argv, std::ostream& out, std::ostream& err, const HeapMeter& heap = {});

/// The same with another simulator and another standard input, for tests.
int run_cli(int argc, const char* const* argv, std::istream& in, std::ostream& out, std::ostream& err,
            const Loader& loader, const HeapMeter& heap = {});

}  // namespace towtank::tool

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/core/result.hpp"

namespace towtank::scenario {

/// What is called, `[scheme://][clusterip/]host[:port][/path]`, as one would write it for curl.
struct Target {
  std::string scheme, host, path;
  std::optional<std::int64_t> port;  ///< that of the scheme when only this is given
  bool is_cluster_ip = false;
};

/// @param mark  where the text stands   @param shown  as messages call it, e.g. "`to: http:/shop`"
/// @error schemes other than http and https, ports that are none, no host
Result<Target> parse_target(const std::string& text, const Mark& mark, const std::string& shown);

}  // namespace towtank::scenario

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/core/result.hpp"

namespace towtank::scenario {

/// What is called, `[scheme://][clusterip/]host[:port][/path]`, as one would write it for curl; a query and a fragment
/// are left out. Scheme and host are in lower case.
/// @source RFC 3986, 3 and 6.2.2.1
struct Target {
  std::string scheme, host, path;
  std::optional<std::int64_t> port;  ///< that of the scheme when only this is given
  bool is_cluster_ip = false;
  bool is_absolute = false;  ///< written with a dot at its end, which `host` has not: no search list is gone through
};

/// `localhost`, 127.0.0.0/8: who calls it calls himself.
bool is_loopback(const std::string& host);

/// @param mark  where the text stands   @param shown  as messages call it, e.g. "`to: http:/shop`"
/// @error schemes other than http and https, users, IPv6 addresses, ports that are none, no host
Result<Target> parse_target(const std::string& text, const Mark& mark, const std::string& shown);

}  // namespace towtank::scenario

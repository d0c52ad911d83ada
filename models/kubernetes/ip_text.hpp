#pragma once

#include <string_view>

namespace towtank {

/// `10.0.0.1`: four numbers up to 255, without leading zeros (which some read as octal; Kubernetes refuses them).
bool is_ipv4(std::string_view text);

/// @source RFC 4291, 2.2
bool is_ipv6(std::string_view text);

/// An address, `/` and the number of leading bits: `10.0.0.0/8`.
bool is_cidr(std::string_view text);

}  // namespace towtank

#pragma once

#include <string_view>

namespace towtank {

/// Lower-case letters, digits and inner `-`, at most 63. @source RFC 1123, 2.1, as Kubernetes narrows it
bool is_dns_label(std::string_view text);

/// Labels joined by dots, at most 253 bytes.
bool is_dns_subdomain(std::string_view text);

/// A subdomain, or `*.` and one: what an Ingress takes as a host.
bool is_host_pattern(std::string_view text);

/// At most 15 lower-case letters, digits and single inner `-`, one letter at least: how ports are called.
/// @source RFC 6335, 5.1
bool is_port_name(std::string_view text);

}  // namespace towtank

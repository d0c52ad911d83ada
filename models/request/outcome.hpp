#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace towtank {

/// How a request ends, as the client sees it. The order is that of outcomes.csv.
enum class Outcome : std::uint8_t {
  ok,
  refused,
  reset,
  connect_timeout,
  request_timeout,
  queue_full,
  queue_timeout,
  http_4xx,
  http_502,
  http_503,
  http_504,
  no_route,
  port_exhausted,
  conntrack_full,
  aborted,
  http_3xx,
  tls_failed,
};

inline constexpr std::size_t kOutcomes = 17;

inline constexpr std::array<std::string_view, kOutcomes> kOutcomeNames = {
    "ok",        "refused",  "reset",    "connect_timeout", "request_timeout", "queue_full",     "queue_timeout", "http_4xx",
    "http_502",  "http_503", "http_504", "no_route",        "port_exhausted",  "conntrack_full", "aborted",
    "http_3xx",  "tls_failed"};

constexpr std::string_view name_of(Outcome outcome) { return kOutcomeNames[static_cast<std::size_t>(outcome)]; }

/// No connection came about: what a retry policy calls `connect_failure`.
constexpr bool is_connect_failure(Outcome outcome) {
  return outcome == Outcome::refused || outcome == Outcome::reset || outcome == Outcome::connect_timeout ||
         outcome == Outcome::no_route || outcome == Outcome::port_exhausted || outcome == Outcome::conntrack_full;
}

/// The server, or a proxy for it, answered with a status >= 500.
constexpr bool is_5xx(Outcome outcome) {
  return outcome == Outcome::queue_full || outcome == Outcome::queue_timeout || outcome == Outcome::http_502 ||
         outcome == Outcome::http_503 || outcome == Outcome::http_504;
}

}  // namespace towtank

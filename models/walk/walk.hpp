#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/scenario/ground.hpp"
#include "sim/core/result.hpp"

/// One request, walked port by port without any simulation: which rule takes it where, and why it fails.
/// @source models/SOURCES.md 1.3 throughout, by row where a rule is taken
namespace towtank::walk {

/// One port on the way.
struct Step {
  std::string chain;            ///< the link as people think of it: "node port 30904 of worker-0"
  std::string packets;          ///< what the packets do there
  std::optional<double> rtt_s;  ///< mean round trip that is paid to come here; empty = none
};

/// As curl would tell it. @source curl(1), EXIT CODES
enum class CurlStatus : int {
  done = 0,
  name_not_resolved = 6,
  refused = 7,
  http_error = 22,
  timed_out = 28,
  tls_failed = 35,
  empty_reply = 52
};

struct Ending {
  CurlStatus status = CurlStatus::done;
  int http = 0;        ///< what the last proxy or the app answers; 0 = nobody answers
  std::string why;     ///< the rule that decides
  Mark mark;           ///< of the line in the manifests that is responsible; line 0 = none
  std::string object;  ///< whose line it is: "Service/shop"
  std::string cure;    ///< the smallest change that would do; empty of `done`
};

/// Ways that end alike. Where one of several is taken at random, the first of them is shown.
struct Branch {
  double probability = 0.0;  ///< of all ways that end so
  std::vector<Step> steps;   ///< of the first of them
  Ending ending;
};

struct Walk {
  std::string from, to;                  ///< with addresses, where they are known
  std::vector<Branch> branches;          ///< most probable first; the sum of probabilities is 1
  std::vector<std::string> assumptions;  ///< sorted

  CurlStatus most_probable() const { return branches.front().ending.status; }
  /// Nothing heard is worse than a refusal or TLS that fails, which is worse than an unknown name, and that than an
  /// HTTP error.
  CurlStatus worst() const;
};

/// @param to    as for curl; the names that a traffic's `to` knows, and addresses that `towtank get` shows
/// @param from  `internet`, `Node/NAME`, or a workload or pod as `Deployment/web`, of which the first pod calls
/// @error addresses that are none, callers that are not in the cluster
Result<Walk> walk(const scenario::Ground& ground, const std::string& to, const std::string& from);

/// As messages show it, e.g. "connection refused".
std::string_view text_of(CurlStatus status);

}  // namespace towtank::walk

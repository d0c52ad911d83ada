#include "models/walk/walk.hpp"

#include <algorithm>
#include <utility>

#include "models/walk/walker.hpp"

namespace towtank::walk {
namespace {

int badness(CurlStatus status) {
  switch (status) {
    case CurlStatus::done:
      return 0;
    case CurlStatus::http_error:
      return 1;
    case CurlStatus::name_not_resolved:
      return 2;
    case CurlStatus::refused:
      return 3;
    case CurlStatus::timed_out:
      break;
  }
  return 4;
}

}  // namespace

CurlStatus Walk::worst() const {
  return std::max_element(
             branches.begin(), branches.end(),
             [](const Branch& a, const Branch& b) { return badness(a.ending.status) < badness(b.ending.status); })
      ->ending.status;
}

std::string_view text_of(CurlStatus status) {
  switch (status) {
    case CurlStatus::done:
      return "answered";
    case CurlStatus::name_not_resolved:
      return "could not resolve host";
    case CurlStatus::refused:
      return "connection refused";
    case CurlStatus::http_error:
      return "HTTP error";
    case CurlStatus::timed_out:
      break;
  }
  return "connection timed out";
}

Result<Walk> walk(const scenario::Ground& ground, const std::string& to, const std::string& from) {
  return Walker{ground}.run(to, from);
}

Walker::Walker(const scenario::Ground& ground) : ground_{ground} {}

Result<Walk> Walker::run(const std::string& to, const std::string& from) {
  const Result<Target> target = scenario::parse_target(to, Mark{}, "`" + to + "`");
  if (!target) return target.error();
  const Result<Caller> caller = caller_of(from);
  if (!caller) return caller.error();
  Walk walk;
  walk.from = from + (caller->node ? " (" + caller->address + ")" : "");
  walk.to = to;
  enter(Path{.probability = 1.0, .caller = *caller, .proxy = Proxy::none, .target = *target, .steps = {}});
  std::stable_sort(branches_.begin(), branches_.end(),
                   [](const Branch& a, const Branch& b) { return a.probability > b.probability; });
  walk.branches = std::move(branches_);
  walk.assumptions.assign(assumptions_.begin(), assumptions_.end());
  return walk;
}

/// What a proxy in between makes of it. @source models/SOURCES.md 1.3, rows 28 and 29
Ending Walker::for_client(Proxy proxy, Ending ending) const {
  if (proxy == Proxy::none || ending.http != 0) return ending;
  const bool is_envoy = proxy == Proxy::envoy;
  if (ending.status == CurlStatus::refused) ending.http = is_envoy ? 503 : 502;
  if (ending.status == CurlStatus::timed_out) ending.http = is_envoy ? 503 : 504;
  if (ending.status == CurlStatus::name_not_resolved) ending.http = is_envoy ? 503 : 502;
  ending.status = CurlStatus::http_error;
  return ending;
}

void Walker::end(Path path, Ending ending) {
  ending = for_client(path.proxy, std::move(ending));
  if (ending.http >= 400) ending.status = CurlStatus::http_error;
  const auto same = std::find_if(branches_.begin(), branches_.end(), [&](const Branch& branch) {
    return branch.ending.status == ending.status && branch.ending.http == ending.http &&
           branch.ending.why == ending.why;
  });
  if (same == branches_.end()) {
    branches_.push_back({path.probability, std::move(path.steps), std::move(ending)});
  } else {
    same->probability += path.probability;
  }
}

std::string Walker::title(std::uint32_t index) const {
  const ObjectMeta& meta = service(index).service.meta;
  return "Service/" + (meta.name_space == "default" ? "" : meta.name_space + "/") + meta.name;
}

std::string port_hint(const Service& service, std::int64_t dialled) {
  for (const ServicePort& port : service.ports) {
    const std::string number = std::to_string(port.port);
    if (port.node_port == dialled)
      return std::to_string(dialled) + " is the node port of " + number +
             ": it is open on nodes, not here; dial port " + number;
    if (port.target_port.number == dialled ||
        (port.target_port.text.empty() && !port.target_port_given && port.port == dialled))
      return std::to_string(dialled) + " is the targetPort of " + number +
             ", to which kube-proxy translates: dial port " + number;
  }
  std::string ports;
  for (const ServicePort& port : service.ports) ports += (ports.empty() ? "" : " or ") + std::to_string(port.port);
  return ports.empty() ? "give the Service a port" : "dial port " + ports;
}

}  // namespace towtank::walk

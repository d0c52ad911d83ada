#include "models/walk/walk.hpp"

#include <algorithm>
#include <utility>

#include "models/scenario/wording.hpp"
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
    case CurlStatus::tls_failed:
    case CurlStatus::empty_reply:
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
    case CurlStatus::tls_failed:
      return "TLS handshake failed";
    case CurlStatus::empty_reply:
      return "empty reply from server";
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
  Path start;
  start.caller = *caller;
  start.target = *target;
  enter(std::move(start));
  for (Way& way : ways_) walk.branches.push_back(std::move(way.branch));
  std::stable_sort(walk.branches.begin(), walk.branches.end(),
                   [](const Branch& a, const Branch& b) { return a.probability > b.probability; });
  walk.assumptions.assign(assumptions_.begin(), assumptions_.end());
  return walk;
}

/// What a proxy in between makes of it. @source models/SOURCES.md 1.3, rows 28 and 29
Ending Walker::for_client(Proxy proxy, Ending ending) const {
  if (proxy.is_none() || ending.http != 0 || ending.status == CurlStatus::done) return ending;
  const bool is_always_503 = proxy.kind == Proxy::Kind::envoy || proxy.kind == Proxy::Kind::haproxy;
  ending.http = is_always_503 ? 503 : ending.status == CurlStatus::timed_out ? 504 : 502;
  ending.status = CurlStatus::http_error;
  return ending;
}

void Walker::end(Path path, Ending ending) {
  Way way;
  way.connected = ending.status == CurlStatus::done || ending.http != 0;
  way.timed_out = ending.status == CurlStatus::timed_out;
  ending = for_client(path.proxy, std::move(ending));
  if (ending.http >= 400) ending.status = CurlStatus::http_error;
  way.branch = {path.probability, std::move(path.steps), std::move(ending)};
  add(std::move(way));
}

void Walker::add(Way way) {
  const Ending& ending = way.branch.ending;
  const auto same = std::find_if(ways_.begin(), ways_.end(), [&](const Way& each) {
    return each.branch.ending.status == ending.status && each.branch.ending.http == ending.http &&
           each.branch.ending.why == ending.why && each.connected == way.connected;
  });
  if (same == ways_.end())
    ways_.push_back(std::move(way));
  else
    same->branch.probability += way.branch.probability;
}

std::string Walker::title(std::uint32_t index) const {
  return "Service/" + scenario::short_name(service(index).service.meta);
}

std::string title_of(const Workload& workload) {
  return std::string{name_of(workload.kind)} + "/" + scenario::short_name(workload.meta);
}

std::string port_hint(const Service& service, std::int64_t dialled) {
  for (const ServicePort& port : service.ports) {
    const std::string number = std::to_string(port.port);
    if (port.protocol != Protocol::tcp) {
      if (port.port == dialled)
        return "a port of protocol TCP beside the one of " + std::string{name_of(port.protocol)};
      continue;
    }
    if (port.node_port == dialled)
      return std::to_string(dialled) + " is the node port of " + number +
             ": it is open on nodes, not here; dial port " + number;
    if (port.target_port.number == dialled ||
        (port.target_port.text.empty() && !port.target_port_given && port.port == dialled))
      return std::to_string(dialled) + " is the targetPort of " + number +
             ", to which kube-proxy translates: dial port " + number;
  }
  std::string ports;
  for (const ServicePort& port : service.ports)
    if (port.protocol == Protocol::tcp) ports += (ports.empty() ? "" : " or ") + std::to_string(port.port);
  return ports.empty() ? "give the Service a port" : "dial port " + ports;
}

}  // namespace towtank::walk

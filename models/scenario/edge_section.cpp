#include "models/kubernetes/scalars.hpp"
#include "models/scenario/names.hpp"
#include "models/scenario/scenario_sections.hpp"

namespace towtank::scenario {
namespace {

Result<std::int64_t> as_port_number(const Value& value) { return as_int(value, 1, 65535); }
Result<std::int64_t> as_weight(const Value& value) { return as_int(value, 1, 256); }
Result<std::int64_t> as_priority(const Value& value) { return as_int(value, 0, 127); }
Result<std::int64_t> as_keepalive(const Value& value) { return as_int(value, 0, 1'000'000); }

/// `shop`, `NAMESPACE/shop` or `Service/NAMESPACE/shop`.
Result<ObjectRef> as_service_ref(const Value& value) {
  const Problem unlike{value.mark, "expected a Service as NAME or NAMESPACE/NAME, found " + value.description()};
  if (!value.is_scalar() || value.scalar.empty()) return unlike;
  const std::string& text = value.scalar;
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return ObjectRef{"Service", "", text, value.mark};
  const bool with_kind = text.find('/', slash + 1) != std::string::npos;
  const std::string full = with_kind ? text : "Service/" + text;
  const bool kind_and_name = !with_kind && (text.substr(0, slash) == "Service" || text.substr(0, slash) == "svc");
  Result<ObjectRef> reference = as_object_ref(kind_and_name ? text : full, value.mark);
  if (!reference || reference->kind != "Service") return unlike;
  return reference;
}

/// `shop:http`, `NAMESPACE/shop:5001`.
Result<std::string> as_service_port(const Value& value) {
  if (value.is_scalar()) {
    const std::size_t colon = value.scalar.rfind(':');
    if (colon != std::string::npos && colon > 0 && colon + 1 < value.scalar.size()) return value.scalar;
  }
  return Problem{value.mark,
                 "expected a Service and its port as \"shop:http\" or \"shop:5001\", found " + value.description()};
}

/// `1.22`, `1.29.7`. Sizes: one to three digits each.
Result<std::string> as_product_version(const Value& value) {
  Result<std::string> text = as_string(value);
  if (!text) return text;
  std::size_t parts = 1, digits = 0;
  bool is_version = true;
  for (const char c : *text) {
    const bool is_digit = c >= '0' && c <= '9';
    is_version = is_version && (is_digit ? digits < 3 : c == '.' && digits > 0);
    digits = is_digit ? digits + 1 : 0;
    parts += is_digit ? 0 : 1;
  }
  if (is_version && digits > 0 && (parts == 2 || parts == 3)) return text;
  return Problem{value.mark, "expected a version such as \"1.22\" or \"1.29.7\", found " + value.description()};
}

bool is_known_version(EdgeKind kind, std::string_view version) {
  const std::string_view major = version.substr(0, version.find('.'));
  return major == "1" || (kind == EdgeKind::haproxy && (major == "2" || major == "3"));
}

/// What the model knows of a product's versions. nginx keeps upstream connections by itself from 1.29.7 on, HAProxy
/// balances at random from 3.3 on.
void check_version(SectionReader& section, const EdgeSpec& edge) {
  if (!edge.version) return;
  const Mark& mark = section.child("version")->mark;
  if (edge.kind != EdgeKind::nginx && edge.kind != EdgeKind::envoy && edge.kind != EdgeKind::haproxy) {
    section.complain(mark, "version",
                     "only the proxies have versions, nginx, envoy and haproxy, not a load balancer: leave it out");
  } else if (!is_known_version(edge.kind, *edge.version)) {
    section.complain(mark, "version",
                     "found " + *edge.version +
                         ", a version that this model does not know: nginx and envoy are at 1.x, haproxy at 1.x to 3.x, "
                         "write one of these");
  } else if (edge.kind == EdgeKind::nginx && *edge.version == "1.29") {
    section.complain(mark, "version",
                     "nginx changed within 1.29, it keeps upstream connections from 1.29.7 on: write "
                     "all three numbers, as 1.29.6 or 1.29.7");
  }
}

/// `{worker-0: 3}`.
void read_by_node(SectionReader& upstream, const char* key, Result<std::int64_t> (*as_number)(const Value&), EdgeSpec::ByNode& numbers) {
  const Value* given = upstream.child(key);
  if (given == nullptr) return;
  numbers.mark = given->mark;
  if (!given->is_map()) {
    upstream.complain(given->mark, key, "expected a map such as {worker-0: 3}, found " + given->description());
    return;
  }
  for (const Value::Entry& entry : given->entries) {
    std::int64_t number = 1;
    if (upstream.take_value(entry.value, upstream.path_of(key) + '.' + entry.key, number, as_number))
      numbers.of_nodes.emplace_back(entry.key, number);
  }
}

void read_upstream(SectionReader& upstream, EdgeSpec& edge) {
  upstream.take_required("nodePort", edge.node_port, as_service_port);
  read_by_node(upstream, "weights", as_weight, edge.upstream_weights);
  read_by_node(upstream, "priorities", as_priority, edge.upstream_priorities);
  const Value* nodes = upstream.child("nodes");
  if (nodes == nullptr || (nodes->is_scalar() && nodes->scalar == "all")) return;
  if (!nodes->is_sequence() || nodes->items.empty()) {
    upstream.complain(
        nodes->mark, "nodes",
        "expected `all` or a list of node names such as [worker-0, worker-1], found " + nodes->description());
    return;
  }
  for (const Value* item : upstream.items("nodes")) {
    std::string name;
    if (upstream.take_value(*item, upstream.path_of("nodes"), name, as_name)) edge.upstream_nodes.push_back(name);
  }
}

bool is_proxy(EdgeKind kind) {
  return kind == EdgeKind::nginx || kind == EdgeKind::haproxy || kind == EdgeKind::envoy;
}

/// What is well written, belongs to another kind of edge, and so changes nothing.
void check_use(SectionReader& section, const EdgeSpec& edge) {
  const bool dials_pods = is_proxy(edge.kind) && edge.service && edge.targets.value_or(EdgeTargets::ip) == EdgeTargets::ip;
  if (edge.kind != EdgeKind::nlb)
    section.ignore("crossZone", edge.kind == EdgeKind::alb ? "plays no part: an alb is taken to be one node, and crosses zones"
                                                           : "plays no part: only an nlb has nodes of its own in every zone");
  if (edge.kind == EdgeKind::alb)
    section.ignore("upstreamKeepalive", "plays no part: an alb keeps its connections to targets by itself");
  else if (edge.kind == EdgeKind::dns)
    section.ignore("upstreamKeepalive", "plays no part: a name has no connections");
  else if (!is_proxy(edge.kind))
    section.ignore("upstreamKeepalive", "plays no part: load balancers of connections open none of their own");
  if (dials_pods)
    section.ignore("upstreamKeepalive", "plays no part: connections to the pods themselves are taken to be open already");
  if (edge.kind == EdgeKind::nginx && edge.health_check)
    section.complain(section.child("healthCheck")->mark, "healthCheck", "nginx has none but in its commercial edition: it leaves servers out that failed (max_fails); without it, or an edge of kind haproxy or envoy, would do");
  else if (!is_proxy(edge.kind))
    section.ignore("healthCheck", edge.kind == EdgeKind::dns ? "plays no part: nobody checks what a name stands for" : "plays no part: load balancers check by themselves (of that, nodes without a pod under externalTrafficPolicy: Local are modelled)");
  if (edge.kind == EdgeKind::envoy)
    section.ignore("version", "plays no part: what is modelled of Envoy is the same in all versions");
}

EdgeSpec read_edge(SectionReader& section) {
  EdgeSpec edge;
  edge.mark = section.mark();
  section.take_required("name", edge.name, as_name);
  if (section.required("kind") != nullptr)
    section.take_choice("kind", edge.kind,
                        {{"nlb", EdgeKind::nlb},
                         {"alb", EdgeKind::alb},
                         {"gclb-passthrough", EdgeKind::gclb_passthrough},
                         {"azure-slb", EdgeKind::azure_slb},
                         {"metallb-l2", EdgeKind::metallb_l2},
                         {"metallb-bgp", EdgeKind::metallb_bgp},
                         {"dns", EdgeKind::dns},
                         {"nginx", EdgeKind::nginx},
                         {"haproxy", EdgeKind::haproxy},
                         {"envoy", EdgeKind::envoy}});
  section.take("service", edge.service, as_service_ref);
  if (auto upstream = section.section("upstream")) read_upstream(*upstream, edge);
  const bool has_service = section.child("service") != nullptr;
  if (has_service == (section.child("upstream") != nullptr) && edge.name != "")
    section.reading().problems.push_back(
        {edge.mark,
         section.path_of("service") + (has_service ? ": found both `service` and `upstream`; remove one of them"
                                                   : ": found neither `service` nor `upstream`; add one of them, "
                                                     "as `service: shop` or `upstream: {nodePort: \"shop:http\"}`")});
  if (has_service && edge.kind == EdgeKind::dns)
    section.reading().problems.push_back(
        {edge.mark, section.path_of("service") + ": a name stands for nodes, whose ports its clients dial: "
                                                 "`upstream: {nodePort: \"" + (edge.service ? edge.service->name : "shop") + ":PORT\"}` in place of it would do"});
  section.take("balance", edge.balance, as_balance);
  section.take("crossZone", edge.cross_zone, as_bool);
  section.take_choice("targets", edge.targets, {{"instance", EdgeTargets::instance}, {"ip", EdgeTargets::ip}});
  section.take("version", edge.version, as_product_version);
  check_version(section, edge);
  for (const Value* item : section.items("listen")) {
    std::int64_t port = 0;
    if (section.take_value(*item, section.path_of("listen"), port, as_port_number)) edge.listen.push_back(port);
  }
  for (const Value* item : section.items("hosts")) {
    std::string host;
    if (section.take_value(*item, section.path_of("hosts"), host, as_string)) edge.hosts.push_back(std::move(host));
  }
  section.take("upstreamKeepalive", edge.upstream_keepalive, as_keepalive);
  section.take("healthCheck", edge.health_check, as_bool);
  note_idle_parameters(section, {.has_weights = !edge.upstream_weights.of_nodes.empty(), .has_checks = edge.health_check});
  if (section.child("kind") != nullptr) check_use(section, edge);
  return edge;
}

}  // namespace

Result<BalanceSpec> as_balance(const Value& value) {
  const std::string expected =
      "expected the name of a balancing algorithm, or a map such as {name: least_request, choices: 2}";
  BalanceSpec balance;
  balance.mark = value.mark;
  if (value.is_scalar() && !value.scalar.empty()) {
    balance.name = value.scalar;
    return balance;
  }
  const Value* name = value.find("name");
  if (!value.is_map() || name == nullptr || !name->is_scalar() || name->scalar.empty())
    return Problem{value.mark, expected + ", found " + value.description()};
  balance.name = name->scalar;
  for (const Value::Entry& entry : value.entries) {
    if (entry.key == "name") continue;
    if (!entry.value.is_scalar())
      return Problem{entry.mark, "parameter `" + entry.key + "`: expected one value, found " +
                                     entry.value.description() + "; write `" + entry.key + ": VALUE`"};
    balance.parameters.emplace_back(entry.key, entry.value.scalar);
  }
  return balance;
}

void note_idle_parameters(SectionReader& section, const BalanceSurroundings& around) {
  const Value* balance = section.child("balance");
  if (balance == nullptr || !balance->is_map()) return;
  const auto has = [&](const char* parameter, const char* value) {
    const Value* given = balance->find(parameter);
    return given != nullptr && (value == nullptr || given->scalar == value);
  };
  for (const Value::Entry& entry : balance->entries) {
    std::string reason;
    if (entry.key == "slow_start" || entry.key == "aggression" || entry.key == "slowstart")
      reason = "plays no part: it is about endpoints that come, and those of a run are there when it begins";
    if (entry.key == "bias" && !around.has_weights) reason = "plays no part: it is about unequal weights, and all are 1";
    if (entry.key == "min_cluster" && !has("zone_aware", "true")) reason = "plays no part without `zone_aware: true`";
    if (entry.key == "subset_fallback" && !has("subset_labels", nullptr)) reason = "plays no part without `subset_labels`";
    if ((entry.key == "panic" || entry.key == "fail_on_panic") && !around.has_checks)
      reason = around.can_check ? "plays no part without `healthCheck: true`: all targets are taken to be healthy"
                                : "plays no part: a controller knows ready pods only, and has no health checks of its own here";
    if (!reason.empty())
      section.reading().ignored.push_back({section.path_of("balance") + '.' + entry.key, entry.mark, std::move(reason)});
  }
}

void read_edge_section(SectionReader& spec, std::vector<EdgeSpec>& edges) {
  DistinctNames names{spec.path_of("edge"), spec.reading().problems};
  for (SectionReader& item : spec.sections("edge")) {
    edges.push_back(read_edge(item));
    names.add(edges.back().name, item.mark());
  }
}

}  // namespace towtank::scenario

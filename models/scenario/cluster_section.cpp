#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "models/balancers/maglev_table.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/references.hpp"
#include "models/kubernetes/scalars.hpp"
#include "models/scenario/names.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::scenario {
namespace {

constexpr std::int64_t kMostNodes = 100'000;
constexpr std::int64_t kMostServices = 1'000'000;

Result<std::int64_t> as_node_count(const Value& value) { return as_int(value, 1, kMostNodes); }
Result<std::int64_t> as_service_count(const Value& value) { return as_int(value, 0, kMostServices); }
Result<std::int64_t> as_pod_count(const Value& value) { return as_int(value, 0, 1'000'000); }

/// `1.33`. Sizes: one to three digits each.
Result<std::string> as_kubernetes_version(const Value& value) {
  Result<std::string> text = as_string(value);
  if (text) {
    const std::size_t dot = text->find('.');
    const auto is_number = [](std::string_view part) {
      return !part.empty() && part.size() <= 3 && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (dot != std::string::npos && is_number(std::string_view{*text}.substr(0, dot)) &&
        is_number(std::string_view{*text}.substr(dot + 1)))
      return text;
  }
  return Problem{value.mark, "expected a Kubernetes version such as \"1.33\", found " + value.description()};
}

/// As `kubectl taint` takes it.
Result<Taint> as_taint(const Value& value) {
  static constexpr std::pair<std::string_view, Taint::Effect> kEffects[] = {
      {"NoSchedule", Taint::Effect::no_schedule},
      {"PreferNoSchedule", Taint::Effect::prefer_no_schedule},
      {"NoExecute", Taint::Effect::no_execute}};
  const Result<std::string> text = as_string(value);
  if (!text) return text.error();
  const std::size_t colon = text->rfind(':');
  const std::string name = text->substr(0, colon), effect = colon == std::string::npos ? "" : text->substr(colon + 1);
  const std::size_t equals = name.find('=');
  Taint taint;
  taint.key = name.substr(0, equals);
  if (equals != std::string::npos) taint.value = name.substr(equals + 1);
  std::vector<std::string_view> effects;
  for (const auto& [known, known_effect] : kEffects) {
    effects.push_back(known);
    if (known != effect) continue;
    taint.effect = known_effect;
    const bool is_clean = taint.key.find_first_of(" :") == std::string::npos &&
                          taint.value.find_first_of(" :=") == std::string::npos;
    if (!taint.key.empty() && is_clean) return taint;
  }
  return Problem{value.mark, "expected a taint KEY=VALUE:EFFECT or KEY:EFFECT, the effect NoSchedule, PreferNoSchedule "
                             "or NoExecute, found " +
                                 value.description() + (effect.empty() ? std::string{} : did_you_mean(effect, effects))};
}

NodePool read_node_pool(SectionReader& section) {
  NodePool pool;
  pool.mark = section.mark();
  section.take_required("name", pool.name, as_name);
  section.take_required("count", pool.count, as_node_count);
  section.take("cpu", pool.cpu, as_cores);
  section.take("memory", pool.memory_bytes, as_size_bytes);
  section.take("role", pool.role, as_name);
  DistinctNames zones{"zones", section.reading().problems};
  for (const Value* item : section.items("zones")) {
    std::string zone;
    if (!section.take_value(*item, section.path_of("zones"), zone, as_name)) continue;
    zones.add(zone, item->mark);
    pool.zones.push_back(std::move(zone));
  }
  for (const Value* item : section.items("taints")) {
    Taint taint;
    if (section.take_value(*item, section.path_of("taints"), taint, as_taint)) pool.taints.push_back(std::move(taint));
  }
  const Value* labels = section.child("labels");
  if (labels == nullptr) return pool;
  if (!labels->is_map())
    section.complain(labels->mark, "labels",
                     "expected a map (`key: value` lines), found " + labels->description() + "; write {KEY: VALUE}");
  for (const Value::Entry& entry : labels->entries)
    section.take_value(entry.value, section.path_of("labels"), pool.labels[entry.key], as_string);
  return pool;
}

void read_pins(SectionReader& placement, std::vector<Pin>& pins) {
  const Value* all = placement.child("pin");
  if (all == nullptr) return;
  if (!all->is_map()) {
    placement.complain(all->mark, "pin",
                       "expected a map such as {Deployment/shop: {worker-0: 3}}, found " + all->description());
    return;
  }
  for (const Value::Entry& entry : all->entries) {
    const std::string path = placement.path_of("pin") + '.' + entry.key;
    Pin pin;
    pin.mark = entry.mark;
    const Value name = Value::make_scalar(entry.key, entry.mark);
    const bool named = placement.take_value(name, placement.path_of("pin"), pin.workload,
                                            [](const Value& value) { return as_object_ref(value.scalar, value.mark); });
    if (!entry.value.is_map()) {
      placement.complain(entry.value.mark, "pin." + entry.key,
                         "expected a map such as {worker-0: 3}, found " + entry.value.description());
      continue;
    }
    for (const Value::Entry& node : entry.value.entries) {
      std::int64_t count = 0;
      if (placement.take_value(node.value, path + '.' + node.key, count, as_pod_count))
        pin.pods_on_node.emplace_back(node.key, count);
    }
    if (named) pins.push_back(std::move(pin));
  }
}

void read_network(SectionReader& section, Network& network) {
  section.take_choice("preset", network.preset,
                      {{"aws", NetworkPreset::aws},
                       {"gcp", NetworkPreset::gcp},
                       {"azure", NetworkPreset::azure},
                       {"bare-metal", NetworkPreset::bare_metal},
                       {"ideal", NetworkPreset::ideal}});
  section.take("loopback", network.loopback, section.distribution());
  section.take("sameNode", network.same_node, section.distribution());
  section.take("sameZone", network.same_zone, section.distribution());
  section.take("crossZone", network.cross_zone, section.distribution());
  section.take("client", network.client, section.distribution());
}

Result<std::int64_t> as_table_size(const Value& value) {
  const Result<std::int64_t> size = as_int(value);
  if (!size || std::find(kCiliumTables.begin(), kCiliumTables.end(), *size) != kCiliumTables.end()) return size;
  const std::vector<std::int64_t> sizes(kCiliumTables.begin(), kCiliumTables.end());
  return Problem{value.mark, "expected a size of Maglev tables that Cilium takes, found " + value.description() + ": " + listed(sizes) + " would do"};
}

/// Modes ipvs and cilium have schedulers, each its own; elsewhere they are listed, for a matrix of modes has them for all.
void check_scheduler(SectionReader& proxy, Cluster& cluster) {
  const bool is_cilium = cluster.kube_proxy == KubeProxyMode::cilium;
  if (!is_cilium && cluster.kube_proxy != KubeProxyMode::ipvs)
    return proxy.ignore("scheduler", "plays no part: only modes ipvs and cilium have schedulers, others choose at random");
  const std::string product = is_cilium ? "cilium" : "ipvs", other = is_cilium ? "ipvs" : "cilium";
  if (cluster.kube_proxy_scheduler.empty() || find_balancer(product, cluster.kube_proxy_scheduler) != nullptr) return;
  cluster.kube_proxy_scheduler.clear();
  proxy.ignore("scheduler", "plays no part: it is one of mode " + other + ", and mode " + product + " takes its own default");
}

/// Of mode cilium.
void read_cilium(SectionReader& proxy, Cluster& cluster) {
  proxy.take_choice("forwarding", cluster.forwarding, {{"snat", Forwarding::snat}, {"dsr", Forwarding::dsr}, {"hybrid", Forwarding::hybrid}});
  proxy.take("maglevTableSize", cluster.maglev_table_size, as_table_size);
  const bool is_cilium = cluster.kube_proxy == KubeProxyMode::cilium;
  if (!is_cilium) proxy.ignore("forwarding", "plays no part: only mode cilium knows other ways back than the way there");
  if (!is_cilium || cluster.kube_proxy_scheduler != "maglev")
    proxy.ignore("maglevTableSize", "plays no part: only scheduler maglev of mode cilium has such a table");
}

/// What counts in one mode only is listed in others: a matrix of modes has it for all.
void read_kube_proxy_details(SectionReader& proxy, Cluster& cluster) {
  proxy.take("services", cluster.kube_proxy_services, as_service_count);
  proxy.take_choice("scheduler", cluster.kube_proxy_scheduler,
                    {{"rr", "rr"},
                     {"wrr", "wrr"},
                     {"lc", "lc"},
                     {"wlc", "wlc"},
                     {"sed", "sed"},
                     {"nq", "nq"},
                     {"sh", "sh"},
                     {"mh", "mh"},
                     {"dh", "dh"},
                     {"lblc", "lblc"},
                     {"random", "random"},
                     {"maglev", "maglev"}});
  if (cluster.kube_proxy != KubeProxyMode::iptables)
    proxy.ignore("services", "plays no part: only mode iptables walks through the rules of other Services");
  check_scheduler(proxy, cluster);
  read_cilium(proxy, cluster);
}

}  // namespace

void read_cluster_section(SectionReader& spec, Cluster& cluster) {
  auto section = spec.section("cluster");
  if (!section) return;
  section->take("version", cluster.version, as_kubernetes_version);
  DistinctNames names{section->path_of("nodePools"), spec.reading().problems};
  for (SectionReader& item : section->sections("nodePools")) {
    cluster.node_pools.push_back(read_node_pool(item));
    names.add(cluster.node_pools.back().name, item.mark());
  }
  if (auto placement = section->section("placement")) {
    placement->take_choice("policy", cluster.placement.policy,
                           {{"even", PlacementPolicy::even},
                            {"default", PlacementPolicy::scheduler_default},
                            {"random", PlacementPolicy::random},
                            {"packed", PlacementPolicy::packed}});
    placement->take_choice("draw", cluster.placement.draw,
                           {{"once", PlacementDraw::once}, {"per_replication", PlacementDraw::per_replication}});
    read_pins(*placement, cluster.placement.pins);
  }
  if (auto proxy = section->section("kubeProxy")) {
    proxy->take_choice("mode", cluster.kube_proxy,
                       {{"iptables", KubeProxyMode::iptables},
                        {"nftables", KubeProxyMode::nftables},
                        {"ipvs", KubeProxyMode::ipvs},
                        {"cilium", KubeProxyMode::cilium}});
    read_kube_proxy_details(*proxy, cluster);
  }
  if (auto network = section->section("network")) read_network(*network, cluster.network);
}

Result<ObjectRef> as_object_ref(std::string_view text, const Mark& mark) {
  const Result<ObjectReference> reference = parse_object_reference(text, mark);
  if (!reference) return reference.error();
  return ObjectRef{reference->kind, reference->name_space, reference->name, mark};
}

}  // namespace towtank::scenario

#include "models/kubernetes/scheduling_reader.hpp"

#include <limits>
#include <set>

#include "models/kubernetes/label_selector_reader.hpp"
#include "models/kubernetes/taint_effect.hpp"

namespace towtank {
namespace {

constexpr std::string_view kHostKey = "kubernetes.io/hostname";
constexpr std::string_view kZoneKeys[] = {"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"};
constexpr char kRequired[] = "requiredDuringSchedulingIgnoredDuringExecution";

constexpr std::pair<std::string_view, bool> kTolerationOperators[] = {{"Exists", true}, {"Equal", false}};
constexpr std::pair<std::string_view, bool> kUnsatisfiable[] = {{"DoNotSchedule", true}, {"ScheduleAnyway", false}};

Result<bool> as_toleration_operator(const Value& value) { return as_choice(value, kTolerationOperators); }
Result<bool> as_unsatisfiable(const Value& value) { return as_choice(value, kUnsatisfiable); }

Result<std::int64_t> as_skew(const Value& value) { return as_int(value, 1, std::numeric_limits<std::int32_t>::max()); }

Result<std::optional<Taint::Effect>> as_effect(const Value& value) {
  if (value.is_scalar() && value.scalar.empty()) return std::optional<Taint::Effect>{};
  const Result<Taint::Effect> effect = as_taint_effect(value);
  if (!effect) return effect.error();
  return std::optional{*effect};
}

Toleration read_toleration(const Value& item, const std::string& path, ObjectReading& reading) {
  Toleration toleration;
  reading.check_fields(item, toleration_fields(), path);
  reading.take(&item, "key", path, toleration.key, as_string);
  reading.take(&item, "value", path, toleration.value, as_string);
  reading.take(&item, "effect", path, toleration.effect, as_effect);
  const bool has_operator = ObjectReading::child(&item, "operator") != nullptr;
  if (!reading.take(&item, "operator", path, toleration.exists, as_toleration_operator) && has_operator)
    return toleration;
  if (toleration.exists && !toleration.value.empty())
    reading.complain(item.mark, path, "operator Exists takes no `value`; leave it out, or write operator Equal");
  if (toleration.key.empty() && !toleration.exists)
    reading.complain(item.mark, path,
                     "the line `key:` is missing; write it, or `operator: Exists`, which then tolerates every taint");
  const Value* seconds = ObjectReading::child(&item, "tolerationSeconds");
  if (seconds != nullptr && toleration.effect != Taint::Effect::no_execute)
    reading.complain(seconds->mark, path, "`tolerationSeconds` needs `effect: NoExecute`; write it or leave them out");
  return toleration;
}

bool compares_numbers(const Value& requirement) {
  const Value* op = ObjectReading::child(&requirement, "operator");
  return op != nullptr && op->is_scalar() && (op->scalar == "Gt" || op->scalar == "Lt");
}

/// A term without any requirement: Kubernetes lets it match no node.
std::vector<LabelRequirement> no_node() {
  LabelRequirement never;
  never.op = LabelRequirement::Operator::in;
  return {never};
}

/// What is not modelled of a term is left out of it, so that it fits more nodes than it should; the list of ignored
/// parts says so.
std::vector<LabelRequirement> read_node_term(const Value& term, const std::string& path, ObjectReading& reading) {
  reading.check_fields(term, node_selector_term_fields(), path);
  std::vector<LabelRequirement> requirements;
  bool is_empty = ObjectReading::child(&term, "matchFields") == nullptr;
  reading.each(&term, "matchExpressions", path, [&](const Value& item, const std::string& item_path) {
    is_empty = false;
    if (compares_numbers(item)) {
      reading.ignore(item.mark, item_path, kNotModelledYet);
    } else {
      requirements.push_back(read_requirement(item, item_path, reading));
    }
  });
  return is_empty ? no_node() : requirements;
}

void read_node_affinity(const Value* affinity, const std::string& path, Scheduling& scheduling,
                        ObjectReading& reading) {
  const std::string node_path = ObjectReading::joined(path, "nodeAffinity");
  const Value* node = reading.map_at(ObjectReading::child(affinity, "nodeAffinity"), node_path);
  if (node == nullptr) return;
  reading.check_fields(*node, affinity_rules_fields(), node_path);
  const std::string required_path = ObjectReading::joined(node_path, kRequired);
  const Value* required = reading.map_at(ObjectReading::child(node, kRequired), required_path);
  if (required == nullptr) return;
  static constexpr KnownField kFields[] = {{"nodeSelectorTerms", FieldUse::read}};
  reading.check_fields(*required, kFields, required_path);
  reading.each(required, "nodeSelectorTerms", required_path, [&](const Value& term, const std::string& term_path) {
    scheduling.required_node_terms.push_back(read_node_term(term, term_path, reading));
  });
  const Value* terms = ObjectReading::child(required, "nodeSelectorTerms");
  if (terms == nullptr || (terms->is_sequence() && terms->items.empty()))
    reading.complain(required->mark, required_path,
                     "the list `nodeSelectorTerms:` is missing; give it at least one term with `matchExpressions:`");
}

void read_apart(const Value& term, const std::string& path, Scheduling& scheduling, ObjectReading& reading) {
  reading.check_fields(term, pod_affinity_term_fields(), path);
  std::string key;
  if (!reading.require(term, "topologyKey", path, key, as_string, "; write the label of nodes that tells them apart"))
    return;
  const std::string selector_path = ObjectReading::joined(path, "labelSelector");
  const Value* written = reading.map_at(ObjectReading::child(&term, "labelSelector"), selector_path);
  if (written == nullptr) return;  // as in Kubernetes, it then keeps away from no pod
  const LabelSelector selector = read_label_selector(*written, selector_path, reading);
  if (key == kHostKey) {
    scheduling.apart_by_node.push_back(selector);
  } else if (key == kZoneKeys[0] || key == kZoneKeys[1]) {
    scheduling.apart_by_zone.push_back(selector);
  } else {
    reading.ignore(term.mark, path, "pods are kept apart by node or by zone only, not by " + key);
  }
}

void read_pod_anti_affinity(const Value* affinity, const std::string& path, Scheduling& scheduling,
                            ObjectReading& reading) {
  const std::string pod_path = ObjectReading::joined(path, "podAntiAffinity");
  const Value* pod = reading.map_at(ObjectReading::child(affinity, "podAntiAffinity"), pod_path);
  if (pod == nullptr) return;
  reading.check_fields(*pod, affinity_rules_fields(), pod_path);
  reading.each(pod, kRequired, pod_path, [&](const Value& term, const std::string& term_path) {
    read_apart(term, term_path, scheduling, reading);
  });
}

void read_affinity(const Value& spec, const std::string& path, Scheduling& scheduling, ObjectReading& reading) {
  const std::string affinity_path = ObjectReading::joined(path, "affinity");
  const Value* affinity = reading.map_at(ObjectReading::child(&spec, "affinity"), affinity_path);
  if (affinity == nullptr) return;
  reading.check_fields(*affinity, affinity_fields(), affinity_path);
  read_node_affinity(affinity, affinity_path, scheduling, reading);
  read_pod_anti_affinity(affinity, affinity_path, scheduling, reading);
}

void read_spread(const Value& item, const std::string& path, Scheduling& scheduling, ObjectReading& reading) {
  SpreadConstraint spread;
  reading.check_fields(item, spread_constraint_fields(), path);
  reading.require(item, "maxSkew", path, spread.max_skew, as_skew, "; write how far the counts may differ, as 1");
  reading.require(item, "topologyKey", path, spread.topology_key, as_string,
                  "; write the label of nodes to spread over, as kubernetes.io/hostname");
  reading.require(item, "whenUnsatisfiable", path, spread.do_not_schedule, as_unsatisfiable,
                  "; write DoNotSchedule or ScheduleAnyway");
  const std::string selector_path = ObjectReading::joined(path, "labelSelector");
  const Value* selector = reading.map_at(ObjectReading::child(&item, "labelSelector"), selector_path);
  if (selector == nullptr) {
    reading.ignore(item.mark, path, "it has no labelSelector, so it counts no pods");
    return;
  }
  spread.selector = read_label_selector(*selector, selector_path, reading);
  scheduling.spread.push_back(std::move(spread));
}

void check_spread_twice(const Scheduling& scheduling, const Value& spec, const std::string& path,
                        ObjectReading& reading) {
  std::set<std::pair<std::string, bool>> seen;
  for (const SpreadConstraint& spread : scheduling.spread)
    if (!seen.emplace(spread.topology_key, spread.do_not_schedule).second)
      reading.complain(ObjectReading::child(&spec, "topologySpreadConstraints")->mark,
                       ObjectReading::joined(path, "topologySpreadConstraints"),
                       "two constraints have the topologyKey " + spread.topology_key +
                           " and the same whenUnsatisfiable; keep one of them");
}

}  // namespace

Scheduling read_scheduling(const Value& spec, const std::string& path, ObjectReading& reading) {
  Scheduling scheduling;
  reading.take(&spec, "nodeName", path, scheduling.node_name, as_string);
  scheduling.node_selector = reading.labels(&spec, "nodeSelector", path);
  reading.each(&spec, "tolerations", path, [&](const Value& item, const std::string& item_path) {
    scheduling.tolerations.push_back(read_toleration(item, item_path, reading));
  });
  read_affinity(spec, path, scheduling, reading);
  reading.each(&spec, "topologySpreadConstraints", path, [&](const Value& item, const std::string& item_path) {
    read_spread(item, item_path, scheduling, reading);
  });
  check_spread_twice(scheduling, spec, path, reading);
  return scheduling;
}

}  // namespace towtank

#include <algorithm>

#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/scalars.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

constexpr std::string_view kWorkloadKinds[] = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"};

Result<std::int64_t> as_worker_count(const Value& value) { return as_int(value, 1, 1'000'000); }
Result<std::int64_t> as_pod_index(const Value& value) { return as_int(value, 0, 1'000'000); }

Result<double> as_factor(const Value& value) {
  const Result<double> factor = as_number(value);
  constexpr double kGreatest = 1e6;
  if (!factor || (*factor > 0.0 && *factor <= kGreatest)) return factor;
  return Problem{value.mark, "expected a factor above 0 and at most 1000000, found " + value.description()};
}

/// A number of requests, or `none`.
Result<std::optional<std::int64_t>> as_queue_limit(const Value& value) {
  if (value.is_scalar() && value.scalar == "none") return std::optional<std::int64_t>{};
  const Result<std::int64_t> limit = as_int(value, 0, 1'000'000'000);
  if (limit) return std::optional<std::int64_t>{*limit};
  return Problem{value.mark, limit.error()[0].message + "; or `none` for no limit"};
}

/// `8001` or `127.0.0.1:8001`; whatever stands before the last colon is an address.
Result<std::string> as_listen(const Value& value) {
  const Problem unlike{value.mark, "expected a port such as 8001 or 127.0.0.1:8001, found " + value.description()};
  if (!value.is_scalar()) return unlike;
  const std::size_t colon = value.scalar.rfind(':');
  const std::string port = colon == std::string::npos ? value.scalar : value.scalar.substr(colon + 1);
  if (colon == 0 || !as_int(Value::make_scalar(port, value.mark), 1, 65535)) return unlike;
  return value.scalar;
}

Result<ObjectRef> as_workload_ref(const Value& value) {
  Result<ObjectRef> reference = as_object_ref(value.scalar, value.mark);
  if (!reference)
    return Problem{value.mark, reference.error()[0].message + "; pods are named by their workload, as Deployment/shop"};
  if (std::find(std::begin(kWorkloadKinds), std::end(kWorkloadKinds), reference->kind) == std::end(kWorkloadKinds))
    return Problem{value.mark, "expected a workload such as Deployment/shop, found \"" + value.scalar +
                                   "\"; kinds with pods are Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod" +
                                   did_you_mean(reference->kind, kWorkloadKinds)};
  return reference;
}

void read_queue(SectionReader& section, QueueSpec& queue, bool& limit_given) {
  limit_given = section.take_required("limit", queue.limit, as_queue_limit);
  section.take_choice("whenFull", queue.when_full,
                      {{"drop_syn", WhenFull::drop_syn}, {"rst", WhenFull::rst}, {"503", WhenFull::http_503}});
}

/// `slow: {pod: 2, factor: 5}`, or a list of such maps.
void read_slow(SectionReader& section, std::vector<PodModel::Slow>& slow) {
  const Value* value = section.child("slow");
  if (value == nullptr) return;
  const auto read_one = [&slow](SectionReader one) {
    PodModel::Slow pod;
    const bool has_pod = one.take_required("pod", pod.pod, as_pod_index);
    if (one.take_required("factor", pod.factor, as_factor) && has_pod) slow.push_back(pod);
  };
  if (value->is_map()) {
    read_one(*section.section("slow"));
  } else {
    for (SectionReader& one : section.sections("slow")) read_one(one);
  }
}

/// Checks what is well written but changes nothing yet.
void check_life_cycle(SectionReader& section) {
  std::optional<Distribution> unused;
  section.take("startup", unused, section.distribution());
  section.take("preStop", unused, section.distribution());
  if (const Value* value = section.child("onSigterm")) section.is_choice(*value, "onSigterm");
}

PodModel read_pod_model(const Value::Entry& entry, SectionReader& section) {
  PodModel model;
  model.mark = entry.mark;
  section.take_choice("model", model.model,
                      {{"workers", PodModelKind::workers},
                       {"event_loop", PodModelKind::event_loop},
                       {"processor_sharing", PodModelKind::processor_sharing}});
  section.take("workers", model.workers, as_worker_count);
  section.take("serviceTime", model.service_time, section.distribution());
  section.take("cpu", model.cpu, section.distribution());
  for (const Value* item : section.items("listen")) {
    std::string port;
    if (section.take_value(*item, section.path_of("listen"), port, as_listen)) model.listen.push_back(std::move(port));
  }
  if (auto queue = section.section("queue")) {
    bool limit_given = false;
    QueueSpec spec;
    read_queue(*queue, spec, limit_given);
    if (limit_given) model.queue = spec;
  }
  section.take("queueTimeout", model.queue_timeout, section.distribution());
  read_slow(section, model.slow);
  check_life_cycle(section);
  return model;
}

}  // namespace

void read_pods_section(SectionReader& spec, std::vector<PodModel>& pods) {
  for (auto& [entry, section] : spec.named_sections("pods")) {
    PodModel model = read_pod_model(*entry, section);
    const Value name = Value::make_scalar(entry->key, entry->mark);
    if (!spec.take_value(name, spec.path_of("pods"), model.workload, as_workload_ref)) continue;
    const auto same = [&model](const PodModel& other) {
      return other.workload.kind == model.workload.kind && other.workload.name_space == model.workload.name_space &&
             other.workload.name == model.workload.name;
    };
    const auto first = std::find_if(pods.begin(), pods.end(), same);
    if (first != pods.end())
      spec.complain(model.mark, "pods",
                    "`" + entry->key + "` is given twice under different spellings, first at line " +
                        std::to_string(first->mark.line) + "; keep one of them");
    pods.push_back(std::move(model));
  }
}

}  // namespace towtank::scenario

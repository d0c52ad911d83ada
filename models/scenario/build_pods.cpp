#include <algorithm>
#include <cmath>

#include "models/cluster/address_book.hpp"
#include "models/scenario/builder.hpp"
#include "models/scenario/pod_listeners.hpp"

namespace towtank::scenario {

namespace {

/// Listen backlogs: somaxconn of Linux 5.4 and later; Node's own default. @source models/SOURCES.md 4.4
constexpr std::uint32_t kBacklog = 4096, kNodeBacklog = 511;
constexpr std::int64_t kDefaultWorkers = 8;

model::ServiceDiscipline discipline_of(PodModelKind kind) {
  switch (kind) {
    case PodModelKind::workers:
      return model::ServiceDiscipline::workers;
    case PodModelKind::event_loop:
      return model::ServiceDiscipline::event_loop;
    case PodModelKind::processor_sharing:
      break;
  }
  return model::ServiceDiscipline::processor_sharing;
}

model::WhenFull when_full_of(WhenFull when_full) {
  switch (when_full) {
    case WhenFull::drop_syn:
      return model::WhenFull::drop_syn;
    case WhenFull::rst:
      return model::WhenFull::rst;
    case WhenFull::http_503:
      break;
  }
  return model::WhenFull::http_503;
}

}  // namespace

const PodModel* Builder::pod_model_of(const Workload& workload) const {
  return scenario::pod_model_of(scenario_.pods, workload);
}

void Builder::check_pod_models() {
  std::map<const Workload*, const PodModel*> described;
  for (const PodModel& given : scenario_.pods) {
    std::vector<const Workload*> fits;
    for (const Workload& workload : variant_.objects.workloads)
      if (names(given.workload, workload)) fits.push_back(&workload);
    const std::string ref = given.workload.kind + "/" + given.workload.name;
    if (fits.empty()) {
      std::string known;
      for (const Workload& workload : variant_.objects.workloads)
        known += (known.empty() ? "" : ", ") + std::string{name_of(workload.kind)} + "/" + workload.meta.name;
      complain(given.mark, "spec.pods describes " + ref + ", which is not in the resources; there is " + (known.empty() ? "no workload" : known));
    } else if (fits.size() > 1) {
      complain(given.mark, ref + " fits " + fits[0]->meta.full_name() + " and " + fits[1]->meta.full_name() + ": write " + given.workload.kind + "/" + fits[0]->meta.full_name());
    } else if (!described.emplace(fits[0], &given).second) {
      complain(given.mark, "spec.pods describes " + ref + " twice: remove one of the two");
    }
  }
}

/// @return the workload's index in the model; its pods are added with it
std::uint32_t Builder::add_workload(const Workload& workload, Mark) {
  const auto known = workload_index_.find(&workload);
  if (known != workload_index_.end()) return known->second;
  const auto index = static_cast<std::uint32_t>(built_.cluster.workloads.size());
  const PodModel* given = pod_model_of(workload);
  if (const std::optional<std::uint32_t> proxy = add_proxy(workload)) {
    model::Workload made;
    made.name = workload.meta.full_name();
    made.proxy = proxy;
    built_.cluster.workloads.push_back(std::move(made));
  } else {
    built_.cluster.workloads.push_back(workload_model(workload, given));
  }
  for (const auto& [key, value] : workload.pods.labels) built_.cluster.workloads.back().labels.push_back(key + "=" + value);
  workload_index_.emplace(&workload, index);
  const std::string prefix = workload.meta.name_space == "default" ? "" : workload.meta.name_space + "/";
  for (const PlacedPod& pod : placed_[&workload]) {
    if (!pod.node) continue;
    const std::uint32_t place = *state_.find_pod(workload.meta.name_space, pod.name);
    model_pod_[place] = static_cast<std::uint32_t>(built_.cluster.pods.size());
    built_.cluster.pods.push_back({prefix + pod.name, index, *pod.node, 1.0, ipv4_of(state_.pods[place].ip).value_or(0)});
  }
  if (given != nullptr) apply_slow(*given, workload);
  return index;
}

void Builder::apply_slow(const PodModel& given, const Workload& workload) {
  for (const PodModel::Slow& slow : given.slow) {
    const std::vector<PlacedPod>& pods = placed_[&workload];
    if (slow.pod >= static_cast<std::int64_t>(pods.size())) {
      complain(given.mark, "`slow` names pod " + std::to_string(slow.pod) + " of " + workload.meta.full_name() + ", which has " +
                               std::to_string(pods.size()) + ": they count from 0, so it must be below that");
      continue;
    }
    const std::string name = pods[static_cast<std::size_t>(slow.pod)].name;
    const std::string prefix = workload.meta.name_space == "default" ? "" : workload.meta.name_space + "/";
    for (model::Pod& pod : built_.cluster.pods)
      if (pod.name == prefix + name) pod.slowdown = slow.factor;
  }
}

model::Workload Builder::workload_model(const Workload& workload, const PodModel* given) {
  const PodModel nothing;
  const PodModel& model = given != nullptr ? *given : nothing;
  const std::string name = std::string{name_of(workload.kind)} + "/" + workload.meta.name;
  model::Workload made;
  made.name = workload.meta.full_name();

  const PodModelKind kind = model.model.value_or(PodModelKind::workers);
  if (!model.model) assume(name + " serves by `workers` (spec.pods." + name + ".model)");
  made.discipline = discipline_of(kind);
  const bool is_loop = kind == PodModelKind::event_loop;
  made.servers = static_cast<std::uint32_t>(model.workers.value_or(is_loop ? 1 : kDefaultWorkers));
  if (!model.workers && !is_loop) {
    assume(name + " has " + std::to_string(made.servers) + " workers a pod (spec.pods." + name + ".workers)");
    made.servers = static_cast<std::uint32_t>(assume_count("workers a pod of " + name, "spec.pods." + name + ".workers", made.servers));
  }

  if (model.service_time) {
    made.service = *model.service_time;
  } else {
    made.service = Distribution::lognormal_median_p99(0.020, 0.120);
    assume(name + " takes lognormal(median=20ms p99=120ms) for a request (spec.pods." + name + ".serviceTime)");
    made.service = assume_law("service time of " + name, "spec.pods." + name + ".serviceTime", made.service);
  }
  if (is_loop) {
    made.cpu = model.cpu.value_or(Distribution::constant(0.005));
    if (!model.cpu) {
      assume(name + " spends 5ms of CPU on a request (spec.pods." + name + ".cpu)");
      made.cpu = assume_law("CPU of a request of " + name, "spec.pods." + name + ".cpu", *made.cpu);
    }
  }
  if (model.queue_timeout) made.queue_timeout = model.queue_timeout;
  if (model.queue) {
    if (model.queue->limit) made.queue_limit = static_cast<std::uint32_t>(*model.queue->limit);
    made.queue_limit_given = model.queue->limit.has_value();
    made.when_full = when_full_of(model.queue->when_full);
  } else if (!is_ideal() && kind != PodModelKind::processor_sharing) {
    made.queue_limit = is_loop ? kNodeBacklog : kBacklog;
  }
  return made;
}

}  // namespace towtank::scenario

#include "models/kubernetes/scalars.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

constexpr std::int64_t kGreatestSeed = 4294967295;
constexpr std::int64_t kMostReplications = 100'000;

Result<std::uint32_t> as_seed(const Value& value) {
  const Result<std::int64_t> seed = as_int(value, 0, kGreatestSeed);
  if (!seed) return seed.error();
  return static_cast<std::uint32_t>(*seed);
}

Result<std::int64_t> as_replications(const Value& value) { return as_int(value, 2, kMostReplications); }

Result<Duration> as_duration_above_zero(const Value& value) {
  const Result<Duration> duration = as_duration(value);
  if (!duration || *duration > Duration::zero()) return duration;
  return Problem{value.mark, "expected a duration above 0, found " + value.description() + "; write e.g. 60s"};
}

Result<std::optional<Duration>> as_warmup(const Value& value) {
  if (value.is_scalar() && value.scalar == "auto") return std::optional<Duration>{};
  const Result<Duration> duration = as_duration(value);
  if (duration) return std::optional<Duration>{*duration};
  return Problem{value.mark, duration.error()[0].message + "; or write auto"};
}

Result<double> as_precision(const Value& value) {
  const Result<double> share = as_share(value);
  if (!share || (*share > 0.0 && *share < 1.0)) return share;
  return Problem{value.mark,
                 "expected a share above 0% and below 100%, found " + value.description() + "; write e.g. 5%"};
}

Result<double> as_confidence(const Value& value) {
  const Result<double> share = as_share(value);
  if (!share || (*share >= 0.5 && *share < 1.0)) return share;
  return Problem{value.mark,
                 "expected a share of at least 50% and below 100%, found " + value.description() + "; write e.g. 95%"};
}

}  // namespace

void read_run_section(SectionReader& spec, Run& run) {
  auto section = spec.section("run");
  if (!section) return;
  section->take("duration", run.duration, as_duration_above_zero);
  section->take("warmup", run.warmup, as_warmup);
  section->take("seed", run.seed, as_seed);
  section->take("precision", run.precision, as_precision);
  section->take("confidence", run.confidence, as_confidence);
  section->take("interval", run.interval, as_duration_above_zero);
  auto replications = section->section("replications");
  if (!replications) return;
  replications->take("min", run.min_replications, as_replications);
  replications->take("max", run.max_replications, as_replications);
  if (run.min_replications && run.max_replications && *run.min_replications > *run.max_replications)
    replications->complain(replications->child("max")->mark, "max",
                           "it is below `min` (" + std::to_string(*run.min_replications) + "); write at least that");
}

}  // namespace towtank::scenario

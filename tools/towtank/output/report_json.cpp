#include "tools/towtank/output/report_json.hpp"

#include <cmath>

namespace towtank::tool {

Json number_json(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return *value == 0.0 ? 0.0 : *value;  // -0 reads as 0
}

Json estimate_json(const report::Estimate& estimate) {
  return {{"estimate", number_json(estimate.value)},
          {"ci_low", number_json(estimate.low)},
          {"ci_high", number_json(estimate.high)}};
}

const char* status_name(report::ObjectiveResult::Status status) {
  using Status = report::ObjectiveResult::Status;
  switch (status) {
    case Status::met:
      return "met";
    case Status::missed:
      return "missed";
    case Status::undecided:
      return "undecided";
    case Status::unstable:
      return "unstable";
  }
  return "";
}

}  // namespace towtank::tool

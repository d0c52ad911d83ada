#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

/// The effect of a taint, or that a toleration names.
inline Result<Taint::Effect> as_taint_effect(const Value& value) {
  static constexpr std::pair<std::string_view, Taint::Effect> kEffects[] = {
      {"NoSchedule", Taint::Effect::no_schedule},
      {"PreferNoSchedule", Taint::Effect::prefer_no_schedule},
      {"NoExecute", Taint::Effect::no_execute}};
  return as_choice(value, kEffects);
}

}  // namespace towtank

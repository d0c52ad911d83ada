#pragma once

#include "models/kubernetes/object_reading.hpp"

namespace towtank {

inline constexpr std::int64_t kFirstNodePort = 30'000;
inline constexpr std::int64_t kLastNodePort = 32'767;

/// Reads the `spec` of a Service and checks what the API server would check of it alone.
Service read_service(const Value& object, ObjectReading& reading);

}  // namespace towtank

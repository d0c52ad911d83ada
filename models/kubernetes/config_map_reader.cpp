#include "models/kubernetes/config_map_reader.hpp"

namespace towtank {

ConfigMap read_config_map(const Value& object, ObjectReading& reading) {
  ConfigMap config;
  config.meta = reading.meta();
  config.data = reading.labels(&object, "data", "");
  const Value* data = ObjectReading::child(&object, "data");
  if (data == nullptr) return config;
  for (const Value::Entry& entry : data->entries) {
    const Value& value = entry.value;
    // Settings of controllers are often numbers, and often written without the quotes that the API server insists on.
    if (value.is_scalar() && !value.quoted && (as_double(value) || as_bool(value)))
      reading.complain(value.mark, ObjectReading::joined("data", entry.key),
                       "expected text, found " + value.description() + "; write it in quotes");
  }
  return config;
}

}  // namespace towtank

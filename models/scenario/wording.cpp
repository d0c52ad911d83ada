#include "models/scenario/wording.hpp"

namespace towtank::scenario {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::string listed(const std::vector<std::int64_t>& numbers) {
  std::vector<std::string> names;
  for (const std::int64_t number : numbers) names.push_back(std::to_string(number));
  return listed(names);
}

std::string short_name(const ObjectMeta& meta) { return (meta.name_space == "default" ? "" : meta.name_space + "/") + meta.name; }

std::string ports_of(const Service& service) {
  std::vector<std::string> ports;
  for (const ServicePort& port : service.ports) ports.push_back(std::to_string(port.port));
  return listed(ports);
}

}  // namespace towtank::scenario

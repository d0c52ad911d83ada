#include "models/lint/lint.hpp"

#include "models/lint/services.hpp"

namespace towtank::lint {

Findings lint(const Subject& subject) {
  Findings all;
  for (const auto rule : {services_without_pods, target_ports_without_container}) {
    const Findings found = rule(subject);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

}  // namespace towtank::lint

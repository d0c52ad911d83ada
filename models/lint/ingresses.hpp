#pragma once

#include "models/lint/finding.hpp"
#include "models/lint/subject.hpp"

namespace towtank::lint {

/// Backends of Ingresses that lead nowhere: no Service of that name in the namespace, or none of its ports is the one.
/// A Service of type ExternalName needs no ports.
Findings backends_without_service(const Subject& subject);

/// Classes that Ingresses have and no controller serves, one finding for all Ingresses of a class.
Findings classes_without_controller(const Subject& subject);

}  // namespace towtank::lint

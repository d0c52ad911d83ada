#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/objects.hpp"
#include "sim/core/result.hpp"

/// Rules that cross the objects of a cluster with each other: what is well formed and probably not meant.
namespace towtank::lint {

/// One thing that is probably not meant. Unlike a Problem it keeps nothing from being simulated.
struct Finding {
  Mark mark;            ///< of the line to look at
  std::string about;    ///< rule and object: two variants' findings about the same at the same place are one
  std::string message;  ///< what was found, what comes of it, what would do
};

using Findings = std::vector<Finding>;

struct VariantFindings {
  std::string variant;
  Findings findings;
};

/// One line for each finding, `file:line:column: message`, in the order of places. Behind it stand the variants that
/// have it, unless all do; figures are those of the first.
/// @param variants  in their order; of those without findings, too
std::vector<std::string> told(const std::vector<VariantFindings>& variants);

/// `Service/shop`, `Deployment/prod/shop`: the namespace only when it is not "default".
std::string title(std::string_view kind, const ObjectMeta& meta);
std::string title(const Workload& workload);

/// `app=shop,tier=web`
std::string text_of(const Labels& labels);

/// `a, b, c and 4 more`
std::string some_of(const std::vector<std::string>& names);

}  // namespace towtank::lint

#pragma once

#include <string>

#include "models/world/model.hpp"

namespace towtank {

/// The way of a traffic in one line: `internet -> nlb shop (flow_hash) -> node -> kube-proxy (...) -> 3 pods of default/shop:80`.
std::string path_text(const model::Cluster& cluster, const model::Traffic& traffic);

}  // namespace towtank

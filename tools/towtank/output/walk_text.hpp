#pragma once

#include <string>

#include "models/walk/walk.hpp"

namespace towtank::tool {

/// The walk in two columns, the chain of ports and what packets do, then how it ends; other branches below.
std::string walk_text(const walk::Walk& walk);
std::string walk_json(const walk::Walk& walk);

}  // namespace towtank::tool

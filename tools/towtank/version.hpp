#pragma once

namespace towtank::tool {

/// Version of the program, as `--version` and run-info.json say it. Kept equal to project(VERSION) in CMakeLists.txt.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace towtank::tool

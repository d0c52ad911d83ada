#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// The rules of the source tree that no compiler keeps: which layer may include which, where a library enters, and what
/// the simulator must not use because its results would then depend on the machine.
namespace towtank::architecture {

/// One file of the tree. `path` counts from the repository root, with forward slashes.
struct SourceFile {
  std::string path;
  std::string text;
};

/// All bytes of a file; empty when it cannot be read.
std::string text_of(const std::filesystem::path& path);

/// `text` with comments blanked out, and the insides of literals too unless `keep_literals`. Line breaks stay.
std::string code_of(std::string_view text, bool keep_literals = false);

/// What one file does wrong by itself, one `path:line: what` each: includes against the direction of the layers,
/// headers and names of the standard library that sim/ and models/ do without.
std::vector<std::string> violations(const SourceFile& file);

/// Libraries that enter at more than one place of `files`, or at the wrong one.
std::vector<std::string> scattered_libraries(const std::vector<SourceFile>& files);

/// Lines of a `registry.def` that name no `.cpp` of its folder. @param paths  all files of the tree
std::vector<std::string> unregistered_sources(const SourceFile& registry, const std::set<std::string>& paths);

}  // namespace towtank::architecture

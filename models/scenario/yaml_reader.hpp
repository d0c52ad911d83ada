#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// Limits of one text, so that a hostile or mistaken file gives one clear error, fast.
inline constexpr std::size_t kYamlLongestText = std::size_t{32} << 20;  ///< bytes
inline constexpr std::size_t kYamlMostValues = 2'000'000;               ///< values in all, aliases expanded
inline constexpr std::size_t kYamlDeepestNesting = 200;                 ///< lists and maps inside each other
inline constexpr std::size_t kYamlLargestExpansion = 100;               ///< values after expansion / values written

/// Reads all documents of a YAML text; empty ones are skipped, so a text of comments gives no document.
///
/// Stricter than the library beneath: a key given twice is an error naming both lines; only plain text may be a key;
/// tags other than the core ones (`!!str`, `!!int`, ...) are refused; a second document must begin with `---`; the text
/// must be UTF-8 without control characters. Anchors and aliases are expanded, merge keys (`<<`) are resolved: the
/// map's own keys win, then the first of several merged maps. No scalar is interpreted, `no` and `0755` stay text; only
/// the plain words `null`, `Null`, `NULL`, `~` and an absent value are null. Text in quotes or in a block (`|`, `>`),
/// or tagged `!!str`, is marked as `quoted`.
///
/// @param file_name  goes into the marks; the reader opens nothing
/// @error every problem found, with line and column counted from 1 (columns in bytes)
Result<std::vector<Value>> read_yaml(std::string_view text, const std::string& file_name);

}  // namespace towtank

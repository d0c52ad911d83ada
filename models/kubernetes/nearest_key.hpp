#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace towtank {

/// Levenshtein distance over bytes: the least number of insertions, deletions and replacements that turn `a` into `b`.
/// @source Wagner & Fischer, The String-to-String Correction Problem, JACM 21(1), 1974.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The member of `known` that a mistyped `key` most probably meant: the one of least edit distance, letter case not
/// counted. Empty when none is near (more than a third of the key's letters, at least one, would have to change).
/// Ties go to the first in `known`.
std::string_view nearest_key(std::string_view key, std::span<const std::string_view> known);
std::string_view nearest_key(std::string_view key, std::span<const std::string> known);

/// `; did you mean "NEAREST"?`, or empty when nothing is near: to be put at the end of a message.
std::string did_you_mean(std::string_view key, std::span<const std::string_view> known);
std::string did_you_mean(std::string_view key, std::span<const std::string> known);

}  // namespace towtank

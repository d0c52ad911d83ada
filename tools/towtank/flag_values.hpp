#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// Values of command-line flags that scenario files do not have (times and shares: models/scenario/units). What cannot
/// be read is empty; the caller knows the flag and words the message.
namespace towtank::tool {

/// A whole number in [least, most], in decimal digits.
std::optional<std::uint64_t> parse_whole(const std::string& text, std::uint64_t least, std::uint64_t most);

/// A number > 0, optionally followed by `/s`.
std::optional<double> parse_rate(const std::string& text);

/// PATH=VALUE, split at the first `=` outside brackets: selectors such as `ingress[class=nginx]` hold one, too.
std::optional<std::pair<std::string, std::string>> parse_setting(const std::string& text);

/// PATH=A..B (whole numbers, ascending) or PATH=a,b,c; commas in brackets, braces and quotes separate nothing.
struct ParsedVariation {
  std::string path;
  std::vector<std::string> values;  ///< not empty, none of them
  bool is_range = false;
};
inline constexpr std::uint64_t kMostSettings = 1000;
std::optional<ParsedVariation> parse_variation(const std::string& text);

}  // namespace towtank::tool

#include "tools/towtank/flag_values.hpp"

#include <charconv>
#include <cmath>
#include <string_view>

namespace towtank::tool {
namespace {

struct NumberAndUnit {
  double number = 0.0;
  std::string_view unit;
};

/// Plain digits first: neither "inf" nor a sign nor a space is a number here.
std::optional<NumberAndUnit> split_number(std::string_view text) {
  if (text.empty() || (text.front() != '.' && (text.front() < '0' || text.front() > '9'))) return std::nullopt;
  NumberAndUnit parts;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), parts.number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(parts.number)) return std::nullopt;
  parts.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return parts;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = '\0';
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{' || c == '(') {
      ++depth;
    } else if (c == ']' || c == '}' || c == ')') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  return parts;
}

}  // namespace

std::optional<std::uint64_t> parse_whole(const std::string& text, std::uint64_t least, std::uint64_t most) {
  std::uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (error != std::errc{} || end != last || value < least || value > most) return std::nullopt;
  return value;
}

std::optional<double> parse_rate(const std::string& text) {
  const auto parts = split_number(text);
  if (!parts || parts->number <= 0.0 || (!parts->unit.empty() && parts->unit != "/s")) return std::nullopt;
  return parts->number;
}

std::optional<std::pair<std::string, std::string>> parse_setting(const std::string& text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']') --depth;
    if (text[i] == '=' && depth <= 0 && i > 0) return std::pair{text.substr(0, i), text.substr(i + 1)};
  }
  return std::nullopt;
}

std::optional<ParsedVariation> parse_variation(const std::string& text) {
  const auto setting = parse_setting(text);
  if (!setting) return std::nullopt;
  ParsedVariation parsed{setting->first, {}, false};
  const std::string& values = setting->second;
  if (const std::size_t dots = values.find(".."); dots != std::string::npos) {
    constexpr std::uint64_t kLargest = 1'000'000'000;
    const auto first = parse_whole(values.substr(0, dots), 0, kLargest);
    const auto last = parse_whole(values.substr(dots + 2), 0, kLargest);
    if (!first || !last || *last < *first || *last - *first >= kMostSettings) return std::nullopt;
    for (std::uint64_t value = *first; value <= *last; ++value) parsed.values.push_back(std::to_string(value));
    parsed.is_range = true;
    return parsed;
  }
  parsed.values = split_at_commas(values);
  for (const std::string& value : parsed.values)
    if (value.empty()) return std::nullopt;
  return parsed;
}

}  // namespace towtank::tool

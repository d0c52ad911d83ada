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

}  // namespace towtank::tool

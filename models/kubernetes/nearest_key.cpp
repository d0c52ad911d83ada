#include "models/kubernetes/nearest_key.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <vector>

namespace towtank {
namespace {

/// Keys are short; a key longer than this is not a typing error of a known one, and costs nothing to refuse.
constexpr std::size_t kLongestKey = 256;

std::string lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

template <class Text>
std::string_view nearest(std::string_view key, std::span<const Text> known) {
  if (key.empty() || key.size() > kLongestKey) return {};
  const std::string wanted = lower_case(key);
  std::size_t best = std::max<std::size_t>(1, key.size() / 3) + 1;
  std::string_view answer;
  for (const Text& candidate : known) {
    const std::string_view text{candidate};
    const std::size_t longer = std::max(text.size(), key.size());
    if (longer - std::min(text.size(), key.size()) >= best) continue;
    const std::size_t distance = edit_distance(wanted, lower_case(text));
    if (distance < best) {
      best = distance;
      answer = text;
    }
  }
  return answer;
}

std::string hint(std::string_view nearest) {
  return nearest.empty() ? std::string{} : "; did you mean \"" + std::string{nearest} + "\"?";
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string_view nearest_key(std::string_view key, std::span<const std::string_view> known) {
  return nearest(key, known);
}

std::string_view nearest_key(std::string_view key, std::span<const std::string> known) { return nearest(key, known); }

std::string did_you_mean(std::string_view key, std::span<const std::string_view> known) {
  return hint(nearest_key(key, known));
}

std::string did_you_mean(std::string_view key, std::span<const std::string> known) {
  return hint(nearest_key(key, known));
}

}  // namespace towtank

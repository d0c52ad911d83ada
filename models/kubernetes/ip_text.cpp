#include "models/kubernetes/ip_text.hpp"

#include <algorithm>
#include <cstddef>

#include "models/kubernetes/digits.hpp"

namespace towtank {
namespace {

constexpr int kGroups = 8;  // of 16 bits, in an IPv6 address

bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Decimal without leading zeros, at most `greatest`.
bool is_number_up_to(std::string_view text, int greatest) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return false;
  int number = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    number = number * 10 + (c - '0');
  }
  return number <= greatest;
}

/// How many groups stand in colon-separated text, an IPv4 address at its end being two; -1 when it is malformed.
int groups_in(std::string_view text, bool may_end_in_ipv4) {
  int groups = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    const bool is_last = colon == std::string_view::npos;
    if (is_last && may_end_in_ipv4 && is_ipv4(group)) return groups + 2;
    if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex_digit)) return -1;
    ++groups;
    if (is_last) return groups;
    text.remove_prefix(colon + 1);
    if (text.empty()) return -1;
  }
  return groups;
}

}  // namespace

bool is_ipv4(std::string_view text) {
  int numbers = 1;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_number_up_to(text.substr(0, dot), 255)) return false;
    text.remove_prefix(dot + 1);
    ++numbers;
  }
  return numbers == 4 && is_number_up_to(text, 255);
}

bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return groups_in(text, true) == kGroups;
  const int before = groups_in(text.substr(0, gap), false);
  const int after = groups_in(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after < kGroups;
}

bool is_cidr(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view address = text.substr(0, slash);
  const std::string_view bits = text.substr(slash + 1);
  return (is_ipv4(address) && is_number_up_to(bits, 32)) || (is_ipv6(address) && is_number_up_to(bits, 128));
}

}  // namespace towtank

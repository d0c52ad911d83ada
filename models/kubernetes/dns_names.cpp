#include "models/kubernetes/dns_names.hpp"

#include <algorithm>

namespace towtank {
namespace {

constexpr std::size_t kLongestLabel = 63, kLongestName = 253, kLongestPortName = 15;

bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_small_letter_or_digit(char c) { return is_small_letter(c) || (c >= '0' && c <= '9'); }

bool has_letters_digits_and_inner_hyphens(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_small_letter_or_digit(c) || c == '-'; });
}

}  // namespace

bool is_dns_label(std::string_view text) {
  return text.size() <= kLongestLabel && has_letters_digits_and_inner_hyphens(text);
}

bool is_dns_subdomain(std::string_view text) {
  if (text.size() > kLongestName) return false;
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!has_letters_digits_and_inner_hyphens(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return has_letters_digits_and_inner_hyphens(text);
}

bool is_host_pattern(std::string_view text) {
  if (text.substr(0, 2) == "*.") text.remove_prefix(2);
  return is_dns_subdomain(text);
}

bool is_port_name(std::string_view text) {
  return text.size() <= kLongestPortName && has_letters_digits_and_inner_hyphens(text) &&
         text.find("--") == std::string_view::npos && std::any_of(text.begin(), text.end(), is_small_letter);
}

}  // namespace towtank

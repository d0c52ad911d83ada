#include "models/scenario/names.hpp"

#include <string_view>

#include "models/kubernetes/scalars.hpp"

namespace towtank::scenario {
namespace {

constexpr std::size_t kLongestName = 100;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

Result<std::string> as_name_with(const Value& value, std::string_view further) {
  Result<std::string> text = as_string(value);
  const std::string signs = further.size() > 3 ? "letters, digits, spaces and . _ - = /" : "letters, digits and . _ -";
  const std::string expected = "expected a name of " + signs + ", found " + value.description();
  if (!text) return Problem{value.mark, expected};
  const std::string& name = *text;
  if (name.empty()) return Problem{value.mark, expected + "; write at least one letter"};
  if (name.size() > kLongestName)
    return Problem{value.mark, expected + "; it may have " + std::to_string(kLongestName) + " characters"};
  if (!is_letter_or_digit(name.front()) || name.back() == ' ')
    return Problem{value.mark, expected + "; begin with a letter or a digit, and end without a space"};
  for (const char c : name)
    if (!is_letter_or_digit(c) && further.find(c) == std::string_view::npos)
      return Problem{value.mark, expected + "; `" + std::string{c} + "` may not stand in it"};
  return text;
}

}  // namespace

Result<std::string> as_name(const Value& value) { return as_name_with(value, "._-"); }

Result<std::string> as_variant_name(const Value& value) { return as_name_with(value, "._-=/ "); }

void DistinctNames::add(const std::string& name, const Mark& mark) {
  if (name.empty()) return;
  const auto [first, is_new] = first_.emplace(name, mark);
  if (!is_new)
    problems_.push_back({mark, what_ + ": the name \"" + name + "\" is given twice, first at line " +
                                   std::to_string(first->second.line) + ", again at line " + std::to_string(mark.line) +
                                   "; give one of them another name"});
}

}  // namespace towtank::scenario

#include "models/kubernetes/scalars.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>
#include <utility>

#include "models/kubernetes/digits.hpp"

namespace towtank {
namespace {

__extension__ typedef unsigned __int128 Uint128;

constexpr std::size_t kMostDigits = 18;  // of a quantity: always fits 64 bits

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  return text;
}

bool has_leading_zero(std::string_view text) {
  text = without_sign(text);
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

bool is_number_like(std::string_view text) {
  text = without_sign(text);
  return !text.empty() && (is_digit(text[0]) || (text.size() > 1 && text[0] == '.' && is_digit(text[1])));
}

Problem unlike(const Value& value, const std::string& expected, const std::string& advice = {}) {
  return {value.mark,
          "expected " + expected + ", found " + value.description() + (advice.empty() ? std::string{} : "; " + advice)};
}

std::string without_leading_zeros(std::string_view text) {
  std::string trimmed{text};
  const std::size_t sign = trimmed.size() - without_sign(text).size();
  while (trimmed.size() > sign + 1 && trimmed[sign] == '0' && is_digit(trimmed[sign + 1])) trimmed.erase(sign, 1);
  return trimmed;
}

std::string range_text(std::int64_t least, std::int64_t greatest) {
  constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
  if (greatest != kNoLimit) return "a whole number from " + std::to_string(least) + " to " + std::to_string(greatest);
  if (least != std::numeric_limits<std::int64_t>::min()) return "a whole number of at least " + std::to_string(least);
  return "a whole number";
}

/// Why text that is no plain whole number is none, and what would do.
std::string whole_number_advice(const Value& value) {
  const std::string& text = value.scalar;
  const std::string_view body = without_sign(text);
  const bool whole = !body.empty() && digits_at(body, 0) == body.size();
  if (value.quoted && whole) return "write it without quotes";
  if (has_leading_zero(text) && whole)
    return "numbers take no leading zero (is it octal or decimal?); write " + without_leading_zeros(text);
  if (body.substr(0, 2) == "0x" || body.substr(0, 2) == "0o" || body.substr(0, 2) == "0b") return "write it in decimal";
  if (text.size() > 1 && text[0] == '+' && whole) return "write it without the sign";
  if (whole) return "it is too large";
  if (is_number_like(text)) return "no fraction, exponent or unit is taken here";
  return {};
}

/// Sign, digits without leading zero, optional fraction and exponent.
bool is_decimal(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  if (has_leading_zero(text)) return false;
  std::size_t at = digits_at(text, 0);
  if (at == 0) return false;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_at(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

struct Suffix {
  std::string_view text;
  int decimal_exponent;
  int binary_exponent;
};

constexpr Suffix kSuffixes[] = {{"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"", 0, 0},   {"k", 3, 0},   {"M", 6, 0},
                                {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0}, {"Ki", 0, 10}, {"Mi", 0, 20},
                                {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60}};

std::string suffix_advice(std::string_view suffix) {
  if (suffix == "K") return "write `k` (1000) or `Ki` (1024)";
  if (suffix == "KB" || suffix == "kB" || suffix == "KiB" || suffix == "B" || suffix == "b")
    return "write no `B`: `1k` is 1000 bytes, `1Ki` is 1024";
  if (suffix.size() > 1 && (suffix.back() == 'B' || suffix.back() == 'b')) {
    std::string without{suffix.substr(0, suffix.size() - 1)};
    return "write `" + without + "` without the " + suffix.back();
  }
  if (suffix == "g" || suffix == "t" || suffix == "p" || suffix == "mi" || suffix == "gi")
    return "the letter is a capital one: `G`, `Gi`";
  return "the suffixes are n u m k M G T P E and Ki Mi Gi Ti Pi Ei";
}

/// What stands behind the digits: a suffix, or an exponent. False when it is neither.
bool read_suffix(std::string_view text, Quantity& quantity) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text != text) continue;
    quantity.decimal_exponent += suffix.decimal_exponent;
    quantity.binary_exponent = suffix.binary_exponent;
    return true;
  }
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return false;
  const bool negative = text[1] == '-';
  const std::string_view digits = without_sign(text.substr(1));
  if (digits.empty() || digits.size() > 3 || digits_at(digits, 0) != digits.size()) return false;
  int exponent = 0;
  for (const char c : digits) exponent = exponent * 10 + (c - '0');
  quantity.decimal_exponent += negative ? -exponent : exponent;
  return true;
}

}  // namespace

Result<std::string> as_string(const Value& value) {
  if (value.is_scalar()) return value.scalar;
  return unlike(value, "text");
}

Result<bool> as_bool(const Value& value) {
  if (value.is_scalar() && !value.quoted) {
    if (value.scalar == "true") return true;
    if (value.scalar == "false") return false;
  }
  if (value.is_scalar() && value.quoted && (value.scalar == "true" || value.scalar == "false"))
    return unlike(value, "true or false", "write it without quotes");
  return unlike(value, "true or false");
}

Result<std::int64_t> as_int(const Value& value, std::int64_t least, std::int64_t greatest) {
  const std::string expected = range_text(least, greatest);
  if (!value.is_scalar()) return unlike(value, expected);
  const std::string& text = value.scalar;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (value.quoted || has_leading_zero(text) || error != std::errc{} || end != text.data() + text.size())
    return unlike(value, expected, whole_number_advice(value));
  if (number < least || number > greatest) return unlike(value, expected);
  return number;
}

Result<double> as_double(const Value& value) {
  if (!value.is_scalar()) return unlike(value, "a number");
  const std::string& text = value.scalar;
  if (value.quoted && is_decimal(text)) return unlike(value, "a number", "write it without quotes");
  if (!value.quoted && is_decimal(text)) {
    double number = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(number)) return number;
    return unlike(value, "a number", "it does not fit a double");
  }
  if (has_leading_zero(text)) return unlike(value, "a number", "write it without leading zeros");
  if (text.size() > 1 && text[0] == '.' && is_digit(text[1])) return unlike(value, "a number", "write 0" + text);
  return unlike(value, "a number", is_number_like(text) ? "no unit is taken here" : "");
}

double Quantity::to_double() const {
  double number = static_cast<double>(coefficient);
  // Powers of ten up to 22 and powers of two are exact in a double, so that each common quantity is rounded once.
  double power = 1.0;
  const int magnitude = std::min(std::abs(decimal_exponent), 400);
  for (int i = 0; i < magnitude; ++i) power *= 10.0;
  number = decimal_exponent < 0 ? number / power : number * power;
  for (int i = 0; i < binary_exponent; ++i) number *= 2.0;
  return number;
}

std::int64_t Quantity::rounded_up(int decimals) const {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (coefficient == 0) return 0;
  // Below 2^60 * 2^60 < 2^127: no overflow before the exponent is applied.
  Uint128 number = static_cast<Uint128>(coefficient) << static_cast<unsigned>(binary_exponent);
  int exponent = decimal_exponent + decimals;
  for (; exponent > 0; --exponent) {
    if (number > static_cast<Uint128>(kMost)) return kMost;
    number *= 10;
  }
  bool remainder = false;
  for (; exponent < 0 && number > 0; ++exponent) {
    remainder = remainder || number % 10 != 0;
    number /= 10;
  }
  number += remainder ? 1 : 0;
  return number > static_cast<Uint128>(kMost) ? kMost : static_cast<std::int64_t>(number);
}

Result<Quantity> as_quantity(const Value& value) {
  const std::string expected = "a quantity such as 100m, 0.5 or 1Gi";
  if (!value.is_scalar()) return unlike(value, expected);
  std::string_view text = value.scalar;
  if (!text.empty() && text[0] == '-') return unlike(value, expected, "it must not be negative");
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  const std::size_t whole = digits_at(text, 0);
  const bool point = whole < text.size() && text[whole] == '.';
  const std::size_t fraction = point ? digits_at(text, whole + 1) : 0;
  const std::string_view suffix = text.substr(whole + (point ? 1 + fraction : 0));
  if (whole + fraction == 0) return unlike(value, expected);
  if (!value.quoted && has_leading_zero(text))
    return unlike(value, expected, "numbers take no leading zero; write " + without_leading_zeros(text));
  if (whole + fraction > kMostDigits) return unlike(value, expected, "at most 18 digits are read");
  Quantity quantity;
  for (const char c : text.substr(0, whole + (point ? 1 + fraction : 0)))
    if (is_digit(c)) quantity.coefficient = quantity.coefficient * 10 + static_cast<std::uint64_t>(c - '0');
  quantity.decimal_exponent = -static_cast<int>(fraction);
  if (!read_suffix(suffix, quantity)) return unlike(value, expected, suffix_advice(suffix));
  return quantity;
}

Result<std::int64_t> as_cpu_millicores(const Value& value) {
  const Result<Quantity> quantity = as_quantity(value);
  if (!quantity) return quantity.error();
  return quantity->rounded_up(3);
}

Result<std::int64_t> as_bytes(const Value& value) {
  const Result<Quantity> quantity = as_quantity(value);
  if (!quantity) return quantity.error();
  return quantity->rounded_up(0);
}

Result<IntOrString> as_int_or_string(const Value& value) {
  if (!value.is_scalar()) return unlike(value, "a number or text");
  IntOrString either;
  const std::string_view body = without_sign(value.scalar);
  const bool whole = !body.empty() && digits_at(body, 0) == body.size();
  if (value.quoted || !whole) {
    either.text = value.scalar;
    return either;
  }
  const Result<std::int64_t> number = as_int(value);
  if (!number) return number.error();
  either.number = *number;
  return either;
}

}  // namespace towtank

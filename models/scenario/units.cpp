#include "models/scenario/units.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "models/kubernetes/digits.hpp"
#include "models/kubernetes/scalars.hpp"

namespace towtank::scenario {
namespace {

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

/// What is expected somewhere, in words, and examples that would do.
struct Expectation {
  std::string_view what;   ///< "a duration such as 3ms or 1.5s"
  std::string_view units;  ///< "ns, us, ms, s, m or h"
  std::string_view usual;  ///< the one that is most probably meant: "ms"
};

constexpr Expectation kDuration{"a duration such as 250us, 3ms or 1.5s", "ns, us, ms, s, m or h", "ms"};
constexpr Expectation kRate{"a rate such as 40/s or 600/min", "/ms, /s, /min or /h", "/s"};
constexpr Expectation kSize{"a size such as 500B, 8KiB or 1Gi", "B, kB, MB, GB, TB, KiB, MiB, GiB or TiB", "B"};
constexpr Expectation kShare{"a share such as 5% or 0.05", "%", "%"};
constexpr Expectation kNumber{"a number such as 2 or 0.5", "", ""};

Problem unlike(const Mark& mark, const Expectation& expected, std::string_view found, const std::string& advice) {
  const Value shown = Value::make_scalar(std::string{found}, mark);
  return {mark, "expected " + std::string{expected.what} + ", found " + shown.description() + "; " + advice};
}

/// A unit is worth `times / over` base units: two whole numbers, so that 3 ms is the double nearest to 0.003.
struct Unit {
  std::string_view name;
  double times;
  double over;
};

constexpr Unit kDurationUnits[] = {{"h", 3600, 1}, {"m", 60, 1},          {"s", 1, 1},           {"ms", 1, 1e3},
                                   {"us", 1, 1e6}, {"\xC2\xB5s", 1, 1e6}, {"\xCE\xBCs", 1, 1e6}, {"ns", 1, 1e9}};
constexpr Unit kRateUnits[] = {{"/ms", 1e3, 1}, {"/s", 1, 1}, {"/min", 1, 60}, {"/m", 1, 60}, {"/h", 1, 3600}};
constexpr Unit kSizeUnits[] = {{"B", 1, 1},
                               {"kB", 1e3, 1},
                               {"k", 1e3, 1},
                               {"MB", 1e6, 1},
                               {"M", 1e6, 1},
                               {"GB", 1e9, 1},
                               {"G", 1e9, 1},
                               {"TB", 1e12, 1},
                               {"T", 1e12, 1},
                               {"KiB", 1024, 1},
                               {"Ki", 1024, 1},
                               {"MiB", 1048576, 1},
                               {"Mi", 1048576, 1},
                               {"GiB", 1073741824, 1},
                               {"Gi", 1073741824, 1},
                               {"TiB", 1099511627776, 1},
                               {"Ti", 1099511627776, 1}};

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  for (const Unit& unit : units)
    if (unit.name == name) return &unit;
  return nullptr;
}

/// Digits, optional fraction, optional exponent. @return length, 0 when no number begins `text`
std::size_t number_length(std::string_view text) {
  std::size_t length = digits_at(text, 0);
  if (length == 0) return 0;
  if (length < text.size() && text[length] == '.') {
    const std::size_t fraction = digits_at(text, length + 1);
    if (fraction > 0) length += 1 + fraction;
  }
  if (length < text.size() && (text[length] == 'e' || text[length] == 'E')) {
    std::size_t at = length + 1;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent > 0) length = at + exponent;
  }
  return length;
}

bool starts_with_word(std::string_view text, std::string_view lower_case_word) {
  if (text.size() < lower_case_word.size()) return false;
  for (std::size_t i = 0; i < lower_case_word.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) | 0x20U) != static_cast<unsigned char>(lower_case_word[i])) return false;
  return true;
}

/// Why `text` does not begin with a number of ours; empty when it does.
std::optional<std::string> number_advice(std::string_view text) {
  if (text.empty()) return "write a number and its unit";
  if (text[0] == '-') return "it must not be negative";
  if (text[0] == '+') return "write it without the sign";
  const std::string_view unsigned_text = text[0] == '.' ? text.substr(1) : text;
  if (starts_with_word(unsigned_text, "nan") || starts_with_word(unsigned_text, "inf"))
    return "it must be a finite number";
  if (text[0] == '.' && text.size() > 1 && is_digit(text[1])) return "write 0" + std::string{text};
  if (!is_digit(text[0])) return "begin with a number";
  if (text[0] == '0' && text.size() > 1 && is_digit(text[1])) return "numbers take no leading zero";
  return std::nullopt;
}

struct Number {
  double value;
  std::string_view rest;
};

/// The number at the start of `text`; the problem names the `whole` text that the user wrote.
Result<Number> leading_number(std::string_view text, std::string_view whole, const Mark& mark,
                              const Expectation& expected) {
  if (const auto advice = number_advice(text)) return unlike(mark, expected, whole, *advice);
  const std::size_t length = number_length(text);
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + length, number);
  if (error != std::errc{} || end != text.data() + length || !std::isfinite(number))
    return unlike(mark, expected, whole, "the number is too large or too small");
  return Number{number, text.substr(length)};
}

std::string unit_advice(std::string_view unit, const Expectation& expected, std::string_view number) {
  const std::string units{expected.units};
  if (unit.empty())
    return "a bare number is not taken, add a unit: " + units + " (such as " + std::string{number} +
           std::string{expected.usual} + ")";
  if (unit[0] == ' ') return "write no space between number and unit";
  if (unit[0] == ',') return "write a decimal point, not a comma";
  if (unit == "min" || unit == "mins" || unit == "minutes") return "write `m` for minutes";
  if (unit == "sec" || unit == "secs" || unit == "seconds") return "write `s` for seconds";
  if (unit == "msec" || unit == "millis" || unit == "MS" || unit == "Ms") return "write `ms` for milliseconds";
  if (unit == "d" || unit == "days") return "write hours: one day is 24h";
  if (unit == "rps" || unit == "qps" || unit == "Hz") return "write `/s`";
  if (unit == "KB" || unit == "K" || unit == "kb" || unit == "Kb") return "write `kB` (1000 bytes) or `KiB` (1024)";
  const Value shown = Value::make_scalar(std::string{unit}, {});
  return "after the number comes " + shown.description() + ", the units are " + units;
}

/// One number with one of `units`. @return in base units
Result<double> number_with_unit(std::string_view text, const Mark& mark, const Expectation& expected,
                                std::span<const Unit> units) {
  const Result<Number> number = leading_number(text, text, mark, expected);
  if (!number) return number.error();
  const Unit* unit = find_unit(units, number->rest);
  if (unit == nullptr) {
    const std::string_view digits = text.substr(0, text.size() - number->rest.size());
    return unlike(mark, expected, text, unit_advice(number->rest, expected, digits));
  }
  const double value = number->value * unit->times / unit->over;
  if (!std::isfinite(value)) return unlike(mark, expected, text, "it is too large");
  return value;
}

std::size_t unit_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && !is_digit(text[length]) && text[length] != '.') ++length;
  return length;
}

Problem no_scalar(const Value& value, const Expectation& expected) {
  return {value.mark,
          "expected " + std::string{expected.what} + ", found " + value.description() + "; write one value"};
}

}  // namespace

Result<double> parse_seconds(std::string_view text, const Mark& mark) {
  constexpr double kLongest_s = 9.2e9;  // 292 years in 64 bits of nanoseconds
  double sum_s = 0.0;
  double previous_unit_s = INFINITY;
  std::string_view rest = text;
  do {
    const Result<Number> number = leading_number(rest, text, mark, kDuration);
    if (!number) return number.error();
    const std::string_view name = number->rest.substr(0, unit_length(number->rest));
    const Unit* unit = find_unit(kDurationUnits, name);
    if (unit == nullptr) {
      const std::string_view digits = rest.substr(0, rest.size() - number->rest.size());
      return unlike(mark, kDuration, text, unit_advice(number->rest, kDuration, digits));
    }
    const double unit_s = unit->times / unit->over;
    if (unit_s >= previous_unit_s)
      return unlike(mark, kDuration, text, "of several parts each must be of a smaller unit, as in 1m30s");
    previous_unit_s = unit_s;
    sum_s += number->value * unit->times / unit->over;
    rest = number->rest.substr(name.size());
  } while (!rest.empty());
  if (!(sum_s <= kLongest_s)) return unlike(mark, kDuration, text, "the longest duration is 292 years");
  return sum_s;
}

Result<Duration> parse_duration(std::string_view text, const Mark& mark) {
  const Result<double> seconds = parse_seconds(text, mark);
  if (!seconds) return seconds.error();
  return from_seconds(*seconds);
}

Result<Duration> as_duration(const Value& value) {
  if (!value.is_scalar()) return no_scalar(value, kDuration);
  return parse_duration(value.scalar, value.mark);
}

Result<double> parse_rate_per_s(std::string_view text, const Mark& mark) {
  return number_with_unit(text, mark, kRate, kRateUnits);
}

Result<double> as_rate_per_s(const Value& value) {
  if (!value.is_scalar()) return no_scalar(value, kRate);
  return parse_rate_per_s(value.scalar, value.mark);
}

Result<std::int64_t> as_size_bytes(const Value& value) {
  if (!value.is_scalar()) return no_scalar(value, kSize);
  const Result<double> bytes = number_with_unit(value.scalar, value.mark, kSize, kSizeUnits);
  if (!bytes) return bytes.error();
  constexpr double kLargest = 9.2e18;
  if (*bytes > kLargest) return unlike(value.mark, kSize, value.scalar, "it does not fit 63 bits");
  return round_to_int64(*bytes);
}

Result<double> parse_share(std::string_view text, const Mark& mark) {
  const Result<Number> number = leading_number(text, text, mark, kShare);
  if (!number) return number.error();
  const bool percent = number->rest == "%";
  if (!percent && !number->rest.empty()) return unlike(mark, kShare, text, "after the number only `%` may stand");
  const double share = percent ? number->value / 100.0 : number->value;
  if (share > 1.0)
    return unlike(mark, kShare, text,
                  percent ? "it must be 0% to 100%" : "a plain number must be 0 to 1; write percents as 5%");
  return share;
}

Result<double> as_share(const Value& value) {
  if (!value.is_scalar()) return no_scalar(value, kShare);
  return parse_share(value.scalar, value.mark);
}

Result<double> as_cores(const Value& value) {
  const Result<Quantity> quantity = as_quantity(value);
  if (!quantity) return quantity.error();
  const double cores = quantity->to_double();
  constexpr double kMost = 1e6;
  if (!(cores > 0.0 && cores <= kMost))
    return Problem{value.mark, "expected CPU cores such as 4 or 250m, found " + value.description() +
                                   "; write more than 0 and at most 1000000"};
  return cores;
}

Result<double> parse_number(std::string_view text, const Mark& mark) {
  const Result<Number> number = leading_number(text, text, mark, kNumber);
  if (!number) return number.error();
  if (!number->rest.empty()) return unlike(mark, kNumber, text, "no unit is taken here");
  return number->value;
}

Result<double> as_number(const Value& value) {
  if (!value.is_scalar()) return no_scalar(value, kNumber);
  if (value.quoted) return unlike(value.mark, kNumber, value.scalar, "write it without quotes");
  return parse_number(value.scalar, value.mark);
}

}  // namespace towtank::scenario

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "models/kubernetes/document.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// Typed readings of one value. Each takes what Kubernetes' own type takes and refuses the rest with the mark of the
/// value, what was found and what would do; callers put the key in front.

/// Any scalar is text, `no` and `1.10` too. @error a list, a map or nothing
Result<std::string> as_string(const Value& value);

/// @error anything but plain `true` or `false` (`yes`, `on`, `True` and text in quotes are refused)
Result<bool> as_bool(const Value& value);

/// @error quotes, a leading zero (`0755`), hexadecimal, fractions, exponents, out of [least, greatest]
Result<std::int64_t> as_int(const Value& value, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                            std::int64_t greatest = std::numeric_limits<std::int64_t>::max());

/// Decimal notation with optional fraction and exponent. @error quotes, leading zeros, NaN, infinity, overflow
Result<double> as_double(const Value& value);

/// A Kubernetes quantity, exact: coefficient * 10^decimal_exponent * 2^binary_exponent, never negative.
struct Quantity {
  std::uint64_t coefficient = 0;
  int decimal_exponent = 0;
  int binary_exponent = 0;

  /// In the base unit (cores, bytes).
  double to_double() const;
  /// Multiples of 10^-decimals of the base unit, rounded up as Kubernetes rounds; INT64_MAX when it does not fit.
  std::int64_t rounded_up(int decimals) const;
};

/// `100m`, `0.5`, `2k`, `1Gi`, `1e3`; in quotes too. @error a sign, an unknown suffix, more than 18 digits
/// @source Kubernetes API conventions, "Quantity" serialization format
Result<Quantity> as_quantity(const Value& value);
Result<std::int64_t> as_cpu_millicores(const Value& value);
Result<std::int64_t> as_bytes(const Value& value);

/// A field that takes a number or a name (`targetPort`) or a percentage (`maxSurge`).
struct IntOrString {
  std::optional<std::int64_t> number;
  std::string text;  ///< when there is no number
};

/// Plain digits are a number; anything else, and digits in quotes, is text, as in Kubernetes.
Result<IntOrString> as_int_or_string(const Value& value);

}  // namespace towtank

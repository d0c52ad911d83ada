#pragma once

namespace towtank {

/// Whatever the locale.
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace towtank

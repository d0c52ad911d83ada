#pragma once

#include <string_view>

namespace towtank {

/// Order of names with runs of digits compared by value: a2 < a10 < b1. Names that differ only in leading zeros are
/// ordered as text, so that it is a total order.
bool comes_before_by_name(std::string_view a, std::string_view b);

}  // namespace towtank

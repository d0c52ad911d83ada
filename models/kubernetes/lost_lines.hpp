#pragma once

#include <string_view>

#include "sim/core/result.hpp"

namespace towtank {

/// Looks at a Service that is no YAML any more because lines that open a block were lost (`metadata:`, `spec:`,
/// `ports:`, `selector:`), as happens to snippets on their way through web pages and chats.
/// @param text   one document  @param start  where it begins
/// @return one problem for each lost line, at the first line that needs it; empty when the text is no Service, or when
/// nothing of the kind is wrong with it
Problems lost_lines(std::string_view text, const Mark& start);

}  // namespace towtank

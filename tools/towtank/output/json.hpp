#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace towtank::tool {

/// Keys stay in the order they were put in, so that equal content gives equal bytes.
using Json = nlohmann::ordered_json;

/// Text with an indent of one space and a final newline. What is no valid UTF-8 becomes U+FFFD; what is not finite,
/// null.
inline std::string json_text(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace towtank::tool

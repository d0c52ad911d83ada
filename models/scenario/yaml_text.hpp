#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/result.hpp"

/// What can be said of a YAML text without reading it as YAML: before, and after that has failed.
namespace towtank {

/// The first reason why this cannot be the text of a YAML file at all: its size, or characters that are none.
std::optional<Problem> unreadable_text(std::string_view text, const std::string& file_name);

/// The library's words for a broken text, in words that say what to do.
std::string plain_words(std::string_view library_message);

/// Line `line` (from 0) of `text`, without its end; empty when there is none.
std::string_view line_of(std::string_view text, int line);

/// For a line (from 0) that is indented below one with a value: says so. Empty when that is not what is wrong.
std::string indented_below_value(std::string_view text, int line);

/// The part of `text` between document markers that line `line` (from 0) is in, with the number of its first line.
std::pair<std::string_view, int> document_around(std::string_view text, int line);

}  // namespace towtank

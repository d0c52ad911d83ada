#include "models/scenario/yaml_text.hpp"

#include <algorithm>

#include "models/scenario/yaml_reader.hpp"

namespace towtank {
namespace {

const char* byte_order_mark_encoding(std::string_view text) {
  if (text.substr(0, 2) == std::string_view{"\xFF\xFE", 2}) return "UTF-16 (little endian)";
  if (text.substr(0, 2) == std::string_view{"\xFE\xFF", 2}) return "UTF-16 (big endian)";
  return nullptr;
}

/// Length in bytes of the UTF-8 character at `at`; 0 when it is not well formed (RFC 3629, table in section 4).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return continues(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    const bool overlong = first == 0xE0U && byte(1) < 0xA0U;
    const bool surrogate = first == 0xEDU && byte(1) > 0x9FU;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const bool overlong = first == 0xF0U && byte(1) < 0x90U;
    const bool beyond = first == 0xF4U && byte(1) > 0x8FU;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::string hexadecimal(unsigned byte) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  return {'0', 'x', kDigits[byte >> 4U], kDigits[byte & 15U]};
}

/// Whether `line` is `key: value`, so that nothing may be indented below it.
bool has_value(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return false;
  const std::size_t value = line.find_first_not_of(' ', colon + 1);
  return value != std::string_view::npos && line[value] != '#' && line[value] != '|' && line[value] != '>' &&
         line[value] != '&' && line[value] != '\r';
}

}  // namespace

std::optional<Problem> unreadable_text(std::string_view text, const std::string& file_name) {
  if (text.size() > kYamlLongestText)
    return Problem{{file_name, 0, 0},
                   "the text has " + std::to_string(text.size()) + " bytes, the limit is " +
                       std::to_string(kYamlLongestText) + " (32 MiB); split it into several files"};
  if (const char* encoding = byte_order_mark_encoding(text))
    return Problem{{file_name, 1, 1}, std::string{"the text is in "} + encoding + "; save it as UTF-8"};
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text, at);
    const bool control = byte < 0x20U && byte != '\t' && byte != '\n' && byte != '\r';
    if (length == 0 || control) {
      const Mark mark{file_name, line, static_cast<int>(at - line_start) + 1};
      const std::string what = control ? "the control character " : "a byte that is not UTF-8, ";
      return Problem{mark,
                     "found " + what + hexadecimal(byte) + "; a YAML file is UTF-8 text (is this a binary file?)"};
    }
    at += length;
    if (byte == '\n') {
      ++line;
      line_start = at;
    }
  }
  return std::nullopt;
}

std::string plain_words(std::string_view library_message) {
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"end of map not found", "this line fits neither as a key (`name: value`) nor by its indentation; check both"},
      {"end of sequence not found", "this line does not fit the list above it; check `- ` and the indentation"},
      {"end of map flow not found", "a `}` or a comma is missing before this"},
      {"end of sequence flow not found", "a `]` or a comma is missing before this"},
      {"illegal tab when looking for indentation", "found a tab in the indentation; indent with spaces"},
      {"illegal map value", "found a `: ` where no value may begin; put the text in quotes, or check the indentation"},
      {"illegal map key", "no key may begin here; check the line before and the indentation"},
      {"illegal block entry", "no list item (`- `) may begin here; check the indentation"},
      {"illegal flow end", "found a `]` or `}` that nothing opened"},
      {"illegal document indicator in scalar", "a `---` or `...` stands inside quotes; close them before it"},
      {"unknown token", "this character cannot begin a value; put the text in quotes"},
      {"the referenced anchor is not defined", "this alias (`*name`) refers to no anchor (`&name`) before it"},
      {"alias not found after *", "no name follows this `*`; text that begins with `*` needs quotes"},
      {"anchor not found after &", "no name follows this `&`; text that begins with `&` needs quotes"},
      {"illegal character found while scanning alias", "no name of an alias; text that begins with `*` needs quotes"},
      {"illegal character found while scanning anchor", "no name of an anchor; text that begins with `&` needs quotes"},
      {"unknown escape character", "unknown escape after `\\` in double quotes; write `\\\\`, or use single quotes"},
  };
  for (const auto& [theirs, ours] : kWords)
    if (library_message.substr(0, theirs.size()) == theirs) return std::string{ours};
  return "this is not YAML: " + std::string{library_message};
}

std::string_view line_of(std::string_view text, int line) {
  for (; line > 0; --line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string indented_below_value(std::string_view text, int line) {
  const auto indentation = [](std::string_view content) { return content.find_first_not_of(' '); };
  const std::size_t own = indentation(line_of(text, line));
  for (int above = line - 1; above >= 0 && above > line - 20; --above) {
    const std::string_view content = line_of(text, above);
    const std::size_t start = indentation(content);
    if (start == std::string_view::npos || content[start] == '#') continue;
    if (start >= own || !has_value(content)) return {};
    std::string shown{content.substr(start, 60)};
    if (!shown.empty() && shown.back() == '\r') shown.pop_back();
    return "this is indented below `" + shown +
           "`, which has a value already; a line that ends in `:` is missing between them, or the indentation is wrong";
  }
  return {};
}

std::pair<std::string_view, int> document_around(std::string_view text, int line) {
  std::size_t start = 0;
  int first_line = 0;
  std::size_t at = 0;
  for (int current = 0; at < text.size(); ++current) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const bool is_marker = text.substr(at, 3) == "---";
    if (is_marker && current > line) break;
    if (is_marker) {
      start = end;
      first_line = current + 1;
    }
    at = end;
  }
  return {text.substr(start, std::max(at, start) - start), first_line};
}

}  // namespace towtank

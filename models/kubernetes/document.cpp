#include "models/kubernetes/document.hpp"

#include "sim/core/check.hpp"

namespace towtank {
namespace {

constexpr std::size_t kLongestQuote = 60;

/// Text for a message on one line: control characters become spaces, long text is cut at a character's border.
std::string quoted_for_message(const std::string& text) {
  std::size_t size = text.size();
  if (size > kLongestQuote) {
    size = kLongestQuote;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  }
  std::string shown = text.substr(0, size);
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20U) c = ' ';
  return '"' + shown + (size < text.size() ? "..." : "") + '"';
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

Value* Value::find(std::string_view key) {
  for (Entry& entry : entries)
    if (entry.key == key) return &entry.value;
  return nullptr;
}

const Value* Value::at(std::initializer_list<std::string_view> keys) const {
  const Value* value = this;
  for (const std::string_view key : keys) {
    value = value->find(key);
    if (value == nullptr) return nullptr;
  }
  return value;
}

Value Value::make_scalar(std::string text, Mark mark, bool quoted) {
  Value value;
  value.kind = Kind::scalar;
  value.quoted = quoted;
  value.scalar = std::move(text);
  value.mark = std::move(mark);
  return value;
}

Value Value::make_map(Mark mark) {
  Value value;
  value.kind = Kind::map;
  value.mark = std::move(mark);
  return value;
}

Value Value::make_sequence(Mark mark) {
  Value value;
  value.kind = Kind::sequence;
  value.mark = std::move(mark);
  return value;
}

std::string Value::description() const {
  switch (kind) {
    case Kind::null:
      return "nothing";
    case Kind::scalar:
      return (quoted ? "text " : "") + quoted_for_message(scalar);
    case Kind::sequence:
      return items.empty() ? "an empty list" : "a list of " + std::to_string(items.size());
    case Kind::map:
      if (entries.empty()) return "an empty map";
      return "a map with " + std::to_string(entries.size()) + (entries.size() == 1 ? " key" : " keys");
  }
  return {};
}

Value& Value::set(std::string_view key, Value value) {
  TOWTANK_CHECK(is_map(), "only a map has keys");
  if (Value* present = find(key)) {
    *present = std::move(value);
    return *present;
  }
  const Mark at = value.mark;
  entries.push_back({std::string{key}, at, std::move(value)});
  return entries.back().value;
}

bool Value::erase(std::string_view key) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].key != key) continue;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

bool Value::same_content(const Value& other) const {
  if (kind != other.kind) return false;
  switch (kind) {
    case Kind::null:
      return true;
    case Kind::scalar:
      return quoted == other.quoted && scalar == other.scalar;
    case Kind::sequence:
      if (items.size() != other.items.size()) return false;
      for (std::size_t i = 0; i < items.size(); ++i)
        if (!items[i].same_content(other.items[i])) return false;
      return true;
    case Kind::map:
      if (entries.size() != other.entries.size()) return false;
      for (const Entry& entry : entries) {
        const Value* match = other.find(entry.key);
        if (match == nullptr || !entry.value.same_content(*match)) return false;
      }
      return true;
  }
  return false;
}

}  // namespace towtank

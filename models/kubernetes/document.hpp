#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/result.hpp"

namespace towtank {

/// A YAML value as the user wrote it, with the place of each part, free of any YAML library.
/// Readers take typed values out of it and complain with the mark; patches rewrite it.
struct Value {
  enum class Kind { null, scalar, sequence, map };
  struct Entry;

  Kind kind = Kind::null;
  bool quoted = false;         ///< a scalar in quotes: always a string
  std::string scalar;          ///< text of a scalar, unquoted and unfolded
  std::vector<Value> items;    ///< of a sequence
  std::vector<Entry> entries;  ///< of a map, in the order written; keys are distinct
  Mark mark;

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_sequence() const { return kind == Kind::sequence; }
  bool is_map() const { return kind == Kind::map; }

  /// The value under `key` of a map; null pointer when this is no map or lacks the key.
  const Value* find(std::string_view key) const;
  Value* find(std::string_view key);
  /// Follows keys of nested maps: `at({"spec", "template", "metadata"})`.
  const Value* at(std::initializer_list<std::string_view> keys) const;

  static Value make_scalar(std::string text, Mark mark, bool quoted = false);
  static Value make_map(Mark mark);
  static Value make_sequence(Mark mark);

  /// What this is, in words for a message: `text "x"`, `a list of 3`, `a map with 2 keys`, `nothing`. Long text is cut.
  std::string description() const;

  /// Replaces the value under `key` of this map, or adds it at the end. @return the stored value
  Value& set(std::string_view key, Value value);
  /// Removes `key` from this map. @return whether it was there
  bool erase(std::string_view key);

  /// Equal content; marks and the order of a map's keys do not count. Quoted and plain text differ: "1" is not 1.
  bool same_content(const Value& other) const;
};

struct Value::Entry {
  std::string key;
  Mark mark;  ///< of the key
  Value value;
};

}  // namespace towtank

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "models/scenario/distribution_parser.hpp"
#include "models/scenario/field_table.hpp"
#include "models/scenario/file_source.hpp"
#include "models/scenario/scenario.hpp"
#include "sim/core/check.hpp"
#include "sim/core/result.hpp"

namespace towtank::scenario {

/// T of T and of std::optional<T>.
template <class T>
struct OptionalContent {
  using type = T;
};
template <class T>
struct OptionalContent<std::optional<T>> {
  using type = T;
};

/// What the reading of one scenario shares: where files come from, what was found wrong, what is ignored.
struct ScenarioReading {
  FileSource& files;
  Problems problems;
  std::vector<IgnoredKey> ignored;
};

/// One map of the scenario with its place in the field table. Making one checks the keys: unknown ones (with the
/// nearest name), ones that this version does not model, and keys with nothing behind them.
class SectionReader {
 public:
  /// @param map         not a map: complained of, and then without keys
  /// @param table_path  `spec.traffic`
  /// @param shown_path  `spec.traffic[0]`
  SectionReader(const Value& map, std::string table_path, std::string shown_path, ScenarioReading& reading);

  const Mark& mark() const { return map_.mark; }
  ScenarioReading& reading() const { return reading_; }

  /// The value under `key`; null pointer when it is absent or nothing stands behind it.
  const Value* child(std::string_view key) const;

  /// As `child`, but complains when the key is absent.
  const Value* required(std::string_view key);

  /// The section under `key`, when it is there.
  std::optional<SectionReader> section(std::string_view key);

  /// One section for each item of the list of maps under `key`.
  std::vector<SectionReader> sections(std::string_view key);

  /// One section for each key that the user chose in the map under `key`; with that key.
  std::vector<std::pair<const Value::Entry*, SectionReader>> named_sections(std::string_view key);

  /// The items of the list under `key`; empty, with a complaint, when it is no list.
  std::vector<const Value*> items(std::string_view key);

  /// Takes the value under `key` by `read`, a function of a Value that returns a Result, into `target`.
  /// @return whether it was there and good
  template <class Target, class Read>
  bool take(std::string_view key, Target& target, Read read) {
    const Value* value = child(key);
    return value != nullptr && take_value(*value, path_of(key), target, read);
  }

  template <class Target, class Read>
  bool take_required(std::string_view key, Target& target, Read read) {
    return required(key) != nullptr && take(key, target, read);
  }

  /// As `take`, for one item of a list.
  template <class Target, class Read>
  bool take_value(const Value& value, const std::string& path, Target& target, Read read) {
    auto result = read(value);
    if (result) {
      target = std::move(result.value());
      return true;
    }
    for (const Problem& problem : result.error())
      reading_.problems.push_back({problem.mark, path + ": " + problem.message});
    return false;
  }

  /// Takes one of the choices of the field table; `meanings` has one for each modelled choice, by its text.
  template <class Target, std::size_t N>
  bool take_choice(std::string_view key, Target& target,
                   const std::pair<std::string_view, typename OptionalContent<Target>::type> (&meanings)[N]);

  /// Whether `value` is one of the modelled choices of the field under `key`; complains when it is not.
  bool is_choice(const Value& value, std::string_view key);

  /// A reader of distributions, for `take`.
  auto distribution() const {
    return [this](const Value& value) { return as_distribution(value, reading_.files); };
  }

  /// Lists the key, where it is there, among what changes nothing.
  void ignore(std::string_view key, std::string reason);
  void complain(const Mark& mark, std::string_view key, const std::string& message);
  std::string path_of(std::string_view key) const;

 private:
  void check_keys();
  void check_key(const Value::Entry& entry, std::size_t index, const std::vector<const Field*>& known);
  std::string unknown_key_message(std::string_view key, const std::vector<const Field*>& known) const;
  bool is_second_half(std::size_t index) const;

  const Value& map_;
  std::string table_path_;
  std::string shown_path_;
  ScenarioReading& reading_;
};

template <class Target, std::size_t N>
bool SectionReader::take_choice(
    std::string_view key, Target& target,
    const std::pair<std::string_view, typename OptionalContent<Target>::type> (&meanings)[N]) {
  const Value* value = child(key);
  if (value == nullptr || !is_choice(*value, key)) return false;
  for (const auto& [text, meaning] : meanings) {
    if (text != value->scalar) continue;
    target = meaning;
    return true;
  }
  TOWTANK_CHECK(false, "a choice of the field table has no meaning in the reader");
}

}  // namespace towtank::scenario

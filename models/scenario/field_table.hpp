#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towtank::scenario {

/// What stands behind a field: for `explain`, the JSON Schema and messages.
enum class FieldType : std::uint8_t {
  map,        ///< with the fields below it
  named_map,  ///< keys are chosen by the user (objects, labels); below it `*` stands for any of them
  list,       ///< of maps with the fields below it
  values,     ///< a list of scalars, or of free content
  content,    ///< free content: a Kubernetes object, a patch
  text,
  boolean,
  integer,
  number,
  choice,   ///< one of `choices`
  several,  ///< a list of `choices`
  duration,
  rate,
  size,
  share,
  cores,
  distribution,
  arrivals,
  backoff,
  balance,  ///< a name, or a map with `name` and parameters
};

enum class FieldSupport : std::uint8_t {
  modelled,
  harmless,  ///< read and listed as ignored: without the fields that this version does not model it changes nothing
  later,     ///< part of the format, an error in this version
};

/// One key of the scenario format.
struct Field {
  std::string_view path;  ///< `spec.traffic.timeout`: lists leave no trace, `*` is a key that the user chooses
  FieldType type;
  std::string_view unit;           ///< of numbers: what they count, or examples with units; may be empty
  std::string_view default_value;  ///< as the user would write it; empty = none, "required" where it must be given
  std::string_view doc;            ///< one sentence
  std::string_view source;         ///< of the default: a section of models/SOURCES.md, or a name; empty = our choice
  FieldSupport support = FieldSupport::modelled;
  std::string_view choices = {};        ///< `a|b|c`, of types choice and several, and words that other types take too
  std::string_view since = "0.1";       ///< the version that models it first; no meaning when `later`
  std::string_view later_choices = {};  ///< further choices of the format that this version does not model
};

/// Every field of `kind: Scenario`, each after the one it belongs to.
std::span<const Field> scenario_fields();

/// By a path as users write it: `spec.traffic[0].timeout`, `spec.ingress[class=nginx].balance`,
/// `spec.pods.Deployment/shop.cpu`. Null pointer when there is no such field.
const Field* find_scenario_field(std::string_view path);

/// The fields directly below a path of the table.
std::vector<const Field*> fields_below(std::string_view table_path);

/// The last part of a field's path: the key.
std::string_view key_of(const Field& field);

/// Why `find_scenario_field` finds nothing: the key at which the path leaves the format, with the nearest key there, the
/// places where there is one of that name, or all keys there.
std::string unknown_field_message(std::string_view path);

/// `the field X is part of the scenario format, but this version does not model it yet: leave it out`
std::string not_modelled_message(std::string_view what);

/// The parts of `a|b|c`.
std::vector<std::string_view> split_choices(std::string_view choices);

/// As documentation names it: "map", "list of maps", "duration".
std::string_view name_of(FieldType type);

/// In words: "a duration such as 3ms", "a list", ...
std::string_view words_for(FieldType type);

}  // namespace towtank::scenario

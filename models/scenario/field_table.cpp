#include "models/scenario/field_table.hpp"

#include <algorithm>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::scenario {
namespace {

using enum FieldType;
constexpr FieldSupport kLater = FieldSupport::later;
constexpr FieldSupport kHarmless = FieldSupport::harmless;

constexpr Field kFields[] = {
#define TOWTANK_FIELD(...) {__VA_ARGS__},
#include "models/scenario/fields.def"
#undef TOWTANK_FIELD
};

/// The keys of `spec.traffic[0].timeout`: what chooses an item of a list is dropped, `["a.b/c"]` is a key.
std::vector<std::string_view> keys_of_path(std::string_view path) {
  std::vector<std::string_view> keys;
  while (!path.empty()) {
    if (path[0] == '[') {
      const bool is_key = path.substr(1, 1) == "\"";
      const std::size_t end = is_key ? path.find("\"]", 2) : path.find(']');
      if (end == std::string_view::npos) return {};
      if (is_key) keys.push_back(path.substr(2, end - 2));
      path.remove_prefix(end + (is_key ? 2 : 1));
    } else {
      const std::size_t end = std::min(path.size(), path.find_first_of(".["));
      keys.push_back(path.substr(0, end));
      path.remove_prefix(end);
    }
    if (!path.empty() && path[0] == '.') path.remove_prefix(1);
  }
  return keys;
}

const Field* field_at(std::string_view table_path) {
  for (const Field& field : kFields)
    if (field.path == table_path) return &field;
  return nullptr;
}

/// Where the format has a field of this name.
std::vector<std::string_view> paths_that_end_in(std::string_view key) {
  std::vector<std::string_view> paths;
  for (const Field& field : kFields)
    if (key_of(field) == key) paths.push_back(field.path);
  return paths;
}

}  // namespace

std::span<const Field> scenario_fields() { return kFields; }

std::string_view key_of(const Field& field) {
  const std::size_t dot = field.path.rfind('.');
  return dot == std::string_view::npos ? field.path : field.path.substr(dot + 1);
}

std::vector<const Field*> fields_below(std::string_view table_path) {
  std::vector<const Field*> below;
  for (const Field& field : kFields) {
    const std::string_view key = key_of(field);
    const std::string_view parent =
        key.size() == field.path.size() ? std::string_view{} : field.path.substr(0, field.path.size() - key.size() - 1);
    if (parent == table_path) below.push_back(&field);
  }
  return below;
}

const Field* find_scenario_field(std::string_view path) {
  std::string table_path;
  const Field* field = nullptr;
  for (const std::string_view key : keys_of_path(path)) {
    if (field != nullptr && (field->type == content || field->type == values || field->type == several)) return field;
    const bool free_key = field != nullptr && field->type == named_map;
    if (field != nullptr && field->type == balance) return field;
    table_path += (table_path.empty() ? "" : ".") + (free_key ? std::string{"*"} : std::string{key});
    field = field_at(table_path);
    if (field == nullptr) return nullptr;
  }
  return field;
}

std::string unknown_field_message(std::string_view path) {
  const std::string message = "the scenario has no field `" + std::string{path} + '`';
  const Field* parent = nullptr;
  for (const std::string_view key : keys_of_path(path)) {
    const auto end = static_cast<std::size_t>(key.data() + key.size() - path.data());
    const bool is_quoted = path.substr(end, 2) == "\"]";
    if (const Field* field = find_scenario_field(path.substr(0, end + (is_quoted ? 2 : 0)))) {
      parent = field;
      continue;
    }
    std::vector<std::string_view> known;
    for (const Field* below : fields_below(parent == nullptr ? std::string_view{} : parent->path))
      known.push_back(key_of(*below));
    if (known.empty()) return message + ": there is nothing below " + std::string{parent->path};
    const std::string why = message + ": `" + std::string{key} + "` is not known";
    if (const std::string hint = did_you_mean(key, known); !hint.empty()) return why + hint;
    const std::vector<std::string_view> homes = paths_that_end_in(key);
    return why + "; there is " + listed(homes.empty() ? known : homes);
  }
  return message + "; write a path such as spec.traffic.timeout";
}

std::string not_modelled_message(std::string_view what) {
  return std::string{what} + " is part of the scenario format, but this version does not model it yet: leave it out";
}

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> parts;
  while (!choices.empty()) {
    const std::size_t end = choices.find('|');
    parts.push_back(choices.substr(0, end));
    choices.remove_prefix(end == std::string_view::npos ? choices.size() : end + 1);
  }
  return parts;
}

std::string_view name_of(FieldType type) {
  switch (type) {
    case map:
      return "map";
    case named_map:
      return "map of names";
    case list:
      return "list of maps";
    case values:
      return "list";
    case content:
      return "content";
    case text:
      return "text";
    case boolean:
      return "boolean";
    case integer:
      return "integer";
    case number:
      return "number";
    case choice:
      return "choice";
    case several:
      return "list of choices";
    case duration:
      return "duration";
    case rate:
      return "rate";
    case size:
      return "size";
    case share:
      return "share";
    case cores:
      return "cores";
    case distribution:
      return "distribution";
    case arrivals:
      return "arrivals";
    case backoff:
      return "back-off";
    case balance:
      return "balance";
  }
  return {};
}

std::string_view words_for(FieldType type) {
  switch (type) {
    case map:
    case named_map:
      return "a map (`key: value` lines below it)";
    case list:
    case values:
    case several:
      return "a list (`- ` items below it)";
    case content:
      return "free content";
    case text:
    case choice:
      return "text";
    case boolean:
      return "true or false";
    case integer:
      return "a whole number";
    case number:
      return "a number";
    case duration:
      return "a duration such as 3ms or 1.5s";
    case rate:
      return "a rate such as 40/s";
    case size:
      return "a size such as 8KiB or 1Gi";
    case share:
      return "a share such as 5% or 0.05";
    case cores:
      return "CPU cores such as 4 or 250m";
    case distribution:
      return "a duration such as 3ms or a distribution such as exponential(mean=3ms)";
    case arrivals:
      return "arrivals such as poisson(600/s)";
    case backoff:
      return "a back-off such as exponential(25ms 250ms)";
    case balance:
      return "the name of a balancing algorithm, or a map with its name and parameters";
  }
  return {};
}

}  // namespace towtank::scenario

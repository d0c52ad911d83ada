#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "models/kubernetes/document.hpp"
#include "models/kubernetes/fields.hpp"
#include "models/kubernetes/objects.hpp"
#include "sim/core/result.hpp"

namespace towtank {

/// One object on its way from text to a typed struct: gathers all problems and all that is ignored.
/// Paths name a field within the object, as `spec.ports[0].port`.
class ObjectReading {
 public:
  ObjectReading(std::string kind, ObjectMeta meta, Problems& problems, std::vector<Ignored>& ignored)
      : kind_{std::move(kind)}, meta_{std::move(meta)}, problems_{problems}, ignored_{ignored} {}

  /// `Service/shop`, or with its namespace when that is not "default", or the kind alone when it has no name.
  std::string object_name() const;

  void complain(const Mark& mark, std::string_view path, const std::string& message);

  /// The value under `key`; null pointer when `map` is no map, lacks it, or nothing stands behind it (as Kubernetes).
  static const Value* child(const Value* map, std::string_view key);

  /// Complains when `value` is present and not a map (or list). @return it when it is one, else null
  const Value* map_at(const Value* value, std::string_view path);
  const Value* list_at(const Value* value, std::string_view path);

  /// Complains of fields of `map` that Kubernetes does not know, and lists those that the model ignores.
  void check_fields(const Value& map, KnownFields fields, std::string_view path);

  /// Takes the value under `key` by `read` (one of scalars.hpp) into `target`; keeps `target` when it is absent or bad.
  /// @return whether the value was there and good
  template <class Target, class Read>
  bool take(const Value* map, std::string_view key, std::string_view path, Target& target, Read read) {
    const Value* value = child(map, key);
    if (value == nullptr) return false;
    auto result = read(*value);
    if (!result) {
      for (const Problem& problem : result.error()) complain(problem.mark, joined(path, key), problem.message);
      return false;
    }
    target = std::move(result.value());
    return true;
  }

  /// `take` of what must be there. @param meaning  put behind "the line `KEY:` is missing", as "; it names the Service"
  template <class Target, class Read>
  bool require(const Value& map, std::string_view key, std::string_view path, Target& target, Read read,
               std::string_view meaning) {
    if (take(&map, key, path, target, read)) return true;
    if (child(&map, key) == nullptr)
      complain(map.mark, path, "the line `" + std::string{key} + ":` is missing" + std::string{meaning});
    return false;
  }

  /// Calls `read(item, path of the item)` for each item of the list under `key`; complains of items that are no maps.
  template <class Read>
  void each(const Value* map, std::string_view key, std::string_view path, Read read) {
    const std::string list_path = joined(path, key);
    const Value* list = list_at(child(map, key), list_path);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
      const std::string item_path = indexed(list_path, i);
      if (list->items[i].is_map()) {
        read(list->items[i], item_path);
      } else {
        complain(list->items[i].mark, item_path,
                 "expected a map (`key: value` lines), found " + list->items[i].description());
      }
    }
  }

  /// A map of text to text: labels, annotations, a selector.
  Labels labels(const Value* map, std::string_view key, std::string_view path);
  /// A list of text.
  std::vector<std::string> texts(const Value* map, std::string_view key, std::string_view path);

  /// Lists a part of the object that plays no part in the model.
  void ignore(const Mark& mark, std::string_view path, std::string reason);

  static std::string joined(std::string_view path, std::string_view key);
  static std::string indexed(std::string_view path, std::size_t index);

  const ObjectMeta& meta() const { return meta_; }

 private:
  std::string kind_;
  ObjectMeta meta_;
  Problems& problems_;
  std::vector<Ignored>& ignored_;
};

/// Why a field or a value that would matter is only listed.
inline constexpr char kNotModelledYet[] = "not modelled yet";
/// Why one that would not is.
inline constexpr char kNotOnRequestPath[] = "not on the request path";

/// Readers of enumerations and ranges that several kinds share.
Result<Protocol> as_protocol(const Value& value);
Result<std::int64_t> as_port(const Value& value);
/// The API's counts have 32 bits.
Result<std::int64_t> as_count(const Value& value);
/// `True`, `False` or `Unknown`, as conditions of a status have it; Unknown is not true.
Result<bool> as_condition(const Value& value);

/// One of `choices` (a text and what it means), else an error that lists them.
template <class T, std::size_t N>
Result<T> as_choice(const Value& value, const std::pair<std::string_view, T> (&choices)[N]) {
  std::string listed;
  for (const auto& [text, meaning] : choices) {
    if (value.is_scalar() && value.scalar == text) return meaning;
    listed += (listed.empty() ? "" : ", ") + std::string{text};
  }
  return Problem{value.mark, "expected one of " + listed + ", found " + value.description()};
}

}  // namespace towtank

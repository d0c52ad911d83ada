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

  /// A map of text to text: labels, annotations, a selector.
  Labels labels(const Value* map, std::string_view key, std::string_view path);

  static std::string joined(std::string_view path, std::string_view key);
  static std::string indexed(std::string_view path, std::size_t index);

  const ObjectMeta& meta() const { return meta_; }

 private:
  std::string kind_;
  ObjectMeta meta_;
  Problems& problems_;
  std::vector<Ignored>& ignored_;
};

/// Readers of enumerations and ranges that several kinds share.
Result<Protocol> as_protocol(const Value& value);
Result<std::int64_t> as_port(const Value& value);

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

#include "models/scenario/document_changes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace towtank::scenario {
namespace {

constexpr std::size_t kLongestText = 60;

std::string text_of(const Value& value) {
  if (value.is_null()) return "null";
  if (value.is_scalar()) return value.quoted && value.scalar.empty() ? "\"\"" : value.scalar;
  std::string text = value.is_map() ? "{" : "[";
  for (const Value& item : value.items) text += (text.size() > 1 ? ", " : "") + text_of(item);
  for (const Value::Entry& entry : value.entries)
    text += (text.size() > 1 ? ", " : "") + entry.key + ": " + text_of(entry.value);
  return text + (value.is_map() ? '}' : ']');
}

/// On one line; UTF-8 is cut between characters.
std::string short_text(const Value* value) {
  if (value == nullptr) return {};
  std::string text = text_of(*value);
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= kLongestText) return text;
  std::size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  return text.substr(0, end) + "...";
}

std::string scalar_at(const Value& object, std::initializer_list<std::string_view> keys) {
  const Value* value = object.at(keys);
  return value != nullptr && value->is_scalar() ? value->scalar : "";
}

/// `Deployment/shop`, with its namespace unless that is "default".
std::string name_of(const Value& object) {
  const std::string space = scalar_at(object, {"metadata", "namespace"});
  const bool is_plain = space.empty() || space == "default";
  return scalar_at(object, {"kind"}) + '/' + (is_plain ? "" : space + '/') + scalar_at(object, {"metadata", "name"});
}

/// Objects by name; those in a `List` one by one.
void add_by_name(const Value& object, std::map<std::string, const Value*>& all) {
  const Value* items = object.find("items");
  const std::string kind = scalar_at(object, {"kind"});
  if (items != nullptr && items->is_sequence() && kind.size() >= 4 && kind.substr(kind.size() - 4) == "List") {
    for (const Value& item : items->items) add_by_name(item, all);
  } else if (object.is_map()) {
    all.emplace(name_of(object), &object);
  }
}

/// The key that tells the items of both lists apart, if there is one.
std::optional<std::string_view> telling_key(const Value& before, const Value& after) {
  for (const std::string_view key : {"name", "class", "key", "containerPort", "port"}) {
    const auto is_told = [&](const Value& list) {
      std::set<std::string> seen;
      return std::all_of(list.items.begin(), list.items.end(), [&](const Value& item) {
        const Value* value = item.find(key);
        return value != nullptr && value->is_scalar() && seen.insert(value->scalar).second;
      });
    };
    if (is_told(before) && is_told(after)) return key;
  }
  return std::nullopt;
}

class Differ {
 public:
  explicit Differ(std::vector<SettingChange>& changes) : changes_{changes} {}

  /// @param skipped  paths that do not count
  void compare_objects(const std::string& name, const Value* before, const Value* after,
                       const std::set<std::string>& skipped) {
    object_ = name;
    skipped_ = skipped;
    compare("", before, after);
  }

 private:
  void compare(const std::string& path, const Value* before, const Value* after) {
    if (skipped_.count(path) > 0) return;
    if (before != nullptr && after != nullptr) {
      if (before->same_content(*after)) return;
      if (before->is_map() && after->is_map()) return compare_maps(path, *before, *after);
      if (before->is_sequence() && after->is_sequence()) return compare_lists(path, *before, *after);
    }
    if (before == nullptr && after == nullptr) return;
    // Annotations each play a part of their own, or none.
    if (path == "metadata.annotations" && (before == nullptr || after == nullptr))
      return compare_maps(path, before ? *before : Value{}, after ? *after : Value{});
    // Of a whole object its name says enough.
    const bool is_object = path.empty();
    changes_.push_back({object_, path, is_object && before != nullptr ? "there" : short_text(before),
                        is_object && after != nullptr ? "there" : short_text(after),
                        after != nullptr ? after->mark : before->mark});
  }

  void compare_maps(const std::string& path, const Value& before, const Value& after) {
    const std::string start = path.empty() ? "" : path + '.';
    for (const Value::Entry& entry : before.entries) compare(start + entry.key, &entry.value, after.find(entry.key));
    for (const Value::Entry& entry : after.entries)
      if (before.find(entry.key) == nullptr) compare(start + entry.key, nullptr, &entry.value);
  }

  void compare_lists(const std::string& path, const Value& before, const Value& after) {
    if (const auto key = telling_key(before, after)) return compare_named(path, *key, before, after);
    for (std::size_t i = 0; i < std::max(before.items.size(), after.items.size()); ++i)
      compare(path + '[' + std::to_string(i) + ']', i < before.items.size() ? &before.items[i] : nullptr,
              i < after.items.size() ? &after.items[i] : nullptr);
  }

  void compare_named(const std::string& path, std::string_view key, const Value& before, const Value& after) {
    const auto named = [&](const Value& list, const std::string& name) {
      const auto found = std::find_if(list.items.begin(), list.items.end(),
                                      [&](const Value& item) { return item.find(key)->scalar == name; });
      return found == list.items.end() ? nullptr : &*found;
    };
    const auto path_of = [&](const Value& item) {
      return path + '[' + std::string{key} + '=' + item.find(key)->scalar + ']';
    };
    for (const Value& item : before.items) compare(path_of(item), &item, named(after, item.find(key)->scalar));
    for (const Value& item : after.items)
      if (named(before, item.find(key)->scalar) == nullptr) compare(path_of(item), nullptr, &item);
  }

  std::vector<SettingChange>& changes_;
  std::string object_;
  std::set<std::string> skipped_;
};

}  // namespace

std::string SettingChange::text() const {
  if (path.empty())
    return object + (before.empty() ? " is new" : after.empty() ? " is gone" : " is another kind of value");
  return object + ' ' + path + ": " + (before.empty() ? "(not set)" : before) + " -> " +
         (after.empty() ? "(not set)" : after);
}

std::vector<SettingChange> changes_between(const StudyDocuments& before, const StudyDocuments& after) {
  std::vector<SettingChange> changes;
  Differ differ{changes};
  std::map<std::string, const Value*> old_objects, new_objects;
  for (const Value& object : before.objects) add_by_name(object, old_objects);
  for (const Value& object : after.objects) add_by_name(object, new_objects);
  std::set<std::string> names;
  for (const auto& [name, object] : old_objects) names.insert(name);
  for (const auto& [name, object] : new_objects) names.insert(name);
  const auto found = [](const std::map<std::string, const Value*>& all, const std::string& name) {
    const auto one = all.find(name);
    return one == all.end() ? nullptr : one->second;
  };
  for (const std::string& name : names)
    differ.compare_objects(name, found(old_objects, name), found(new_objects, name), {"status"});
  differ.compare_objects("scenario", &before.scenario, &after.scenario,
                         {"metadata", "spec.resources", "spec.run", "spec.variants", "spec.matrix", "spec.objectives"});
  return changes;
}

}  // namespace towtank::scenario

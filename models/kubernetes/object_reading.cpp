#include "models/kubernetes/object_reading.hpp"

#include <limits>

#include "models/kubernetes/nearest_key.hpp"

namespace towtank {

std::string ObjectReading::object_name() const {
  if (meta_.name.empty()) return kind_;
  const bool is_plain = meta_.name_space.empty() || meta_.name_space == "default";
  const std::string scope = is_plain ? "" : meta_.name_space + '/';
  return kind_ + '/' + scope + meta_.name;
}

void ObjectReading::complain(const Mark& mark, std::string_view path, const std::string& message) {
  const std::string where = path.empty() ? object_name() : object_name() + ' ' + std::string{path};
  problems_.push_back({mark, where + ": " + message});
}

const Value* ObjectReading::child(const Value* map, std::string_view key) {
  const Value* value = map == nullptr ? nullptr : map->find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Value* ObjectReading::map_at(const Value* value, std::string_view path) {
  if (value == nullptr || value->is_map()) return value;
  complain(value->mark, path, "expected a map (`key: value` lines), found " + value->description());
  return nullptr;
}

const Value* ObjectReading::list_at(const Value* value, std::string_view path) {
  if (value == nullptr || value->is_sequence()) return value;
  complain(value->mark, path, "expected a list (lines that begin with `- `), found " + value->description());
  return nullptr;
}

void ObjectReading::check_fields(const Value& map, KnownFields fields, std::string_view path) {
  const bool selects_nothing = kind_ == "Service" && path.find("ports") == path.npos && map.find("selector") == nullptr;
  for (const Value::Entry& entry : map.entries) {
    const KnownField* field = find_field(fields, entry.key);
    if (field == nullptr) {
      const std::string where = path.empty() ? std::string{"the object"} : '`' + std::string{path} + '`';
      const std::string_view advice = advice_on_field(kind_, entry.key);
      std::string hint = advice.empty() ? did_you_mean(entry.key, field_names(fields)) : "; " + std::string{advice};
      const std::string_view home = hint.empty() ? home_of_field(kind_, entry.key) : std::string_view{};
      if (!home.empty() && home != path)
        hint = "; it stands under `" + std::string{home} + "`, check the lines above it";
      if (hint.empty() && selects_nothing && entry.value.is_scalar())
        hint = "; if it is a label, the line `selector:` is missing above it";
      complain(entry.mark, path, "Kubernetes knows no field `" + entry.key + "` in " + where + hint);
    } else if (field->use == FieldUse::off_path || field->use == FieldUse::later) {
      ignore(entry.mark, joined(path, entry.key), field->use == FieldUse::later ? kNotModelledYet : kNotOnRequestPath);
    }
  }
}

Labels ObjectReading::labels(const Value* map, std::string_view key, std::string_view path) {
  Labels labels;
  const std::string full_path = joined(path, key);
  const Value* value = map_at(child(map, key), full_path);
  if (value == nullptr) return labels;
  for (const Value::Entry& entry : value->entries) {
    // Kubernetes reads a label without a value as empty text.
    const Result<std::string> text =
        entry.value.is_null() ? Result<std::string>{std::string{}} : as_string(entry.value);
    if (text) {
      labels[entry.key] = *text;
    } else {
      complain(entry.value.mark, joined(full_path, entry.key), text.error().front().message);
    }
  }
  return labels;
}

std::vector<std::string> ObjectReading::texts(const Value* map, std::string_view key, std::string_view path) {
  std::vector<std::string> texts;
  const std::string full_path = joined(path, key);
  const Value* list = list_at(child(map, key), full_path);
  if (list == nullptr) return texts;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const Result<std::string> text = as_string(list->items[i]);
    if (text) {
      texts.push_back(*text);
    } else {
      complain(list->items[i].mark, indexed(full_path, i), text.error().front().message);
    }
  }
  return texts;
}

void ObjectReading::ignore(const Mark& mark, std::string_view path, std::string reason) {
  ignored_.push_back({kind_, meta_.name_space, meta_.name, std::string{path}, mark, std::move(reason)});
}

std::string ObjectReading::joined(std::string_view path, std::string_view key) {
  return path.empty() ? std::string{key} : std::string{path} + '.' + std::string{key};
}

std::string ObjectReading::indexed(std::string_view path, std::size_t index) {
  return std::string{path} + '[' + std::to_string(index) + ']';
}

Result<Protocol> as_protocol(const Value& value) {
  static constexpr std::pair<std::string_view, Protocol> kProtocols[] = {
      {"TCP", Protocol::tcp}, {"UDP", Protocol::udp}, {"SCTP", Protocol::sctp}};
  return as_choice(value, kProtocols);
}

Result<std::int64_t> as_port(const Value& value) { return as_int(value, 1, 65'535); }

Result<std::int64_t> as_count(const Value& value) { return as_int(value, 0, std::numeric_limits<std::int32_t>::max()); }

Result<bool> as_condition(const Value& value) {
  static constexpr std::pair<std::string_view, bool> kStates[] = {{"True", true}, {"False", false}, {"Unknown", false}};
  return as_choice(value, kStates);
}

}  // namespace towtank

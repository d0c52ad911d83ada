#include "models/scenario/section_reader.hpp"

#include <algorithm>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::scenario {
namespace {

/// Where else in the format a misplaced key belongs; empty when nowhere, or at several places.
std::string_view only_home_of(std::string_view key) {
  std::string_view home;
  for (const Field& field : scenario_fields()) {
    if (key_of(field) != key || field.path.size() <= key.size()) continue;
    if (!home.empty()) return {};
    home = field.path.substr(0, field.path.size() - key.size() - 1);
  }
  return home;
}

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string{key} : path + '.' + std::string{key};
}

}  // namespace

SectionReader::SectionReader(const Value& map, std::string table_path, std::string shown_path, ScenarioReading& reading)
    : map_{map}, table_path_{std::move(table_path)}, shown_path_{std::move(shown_path)}, reading_{reading} {
  check_keys();
}

void SectionReader::check_keys() {
  const std::vector<const Field*> known = fields_below(table_path_);
  if (!map_.is_map()) {
    std::string keys;
    for (const Field* field : known)
      if (field->support == FieldSupport::modelled) keys += (keys.empty() ? "" : ", ") + std::string{key_of(*field)};
    reading_.problems.push_back({map_.mark, shown_path_ + ": expected a map with keys such as " + keys + ", found " +
                                                map_.description() + "; write `key: value` lines"});
    return;
  }
  for (std::size_t i = 0; i < map_.entries.size(); ++i) check_key(map_.entries[i], i, known);
}

void SectionReader::check_key(const Value::Entry& entry, std::size_t index, const std::vector<const Field*>& known) {
  if (is_second_half(index)) return;
  const auto is_it = [&](const Field* field) { return key_of(*field) == entry.key; };
  const auto found = std::find_if(known.begin(), known.end(), is_it);
  if (found == known.end()) {
    reading_.problems.push_back({entry.mark, unknown_key_message(entry.key, known)});
  } else if ((*found)->support == FieldSupport::later) {
    reading_.problems.push_back({entry.mark, not_modelled_message(path_of(entry.key))});
  } else if (entry.value.is_null()) {
    reading_.problems.push_back({entry.mark, path_of(entry.key) + ": nothing stands behind this key; write " +
                                                 std::string{words_for((*found)->type)} + ", or remove the key"});
  } else if ((*found)->support == FieldSupport::harmless) {
    reading_.ignored.push_back({path_of(entry.key), entry.mark});
  }
}

/// A text with commas inside `{...}` falls apart at them; the first half is complained of where it is read.
bool SectionReader::is_second_half(std::size_t index) const {
  const Value::Entry& entry = map_.entries[index];
  if (!entry.value.is_null()) return false;
  int depth = 0;
  for (std::size_t i = index; i-- > 0 && depth <= 0;) {
    const Value::Entry& before = map_.entries[i];
    const std::string& text = before.value.is_scalar() ? before.value.scalar : before.key;
    depth += static_cast<int>(std::count(text.begin(), text.end(), '(') - std::count(text.begin(), text.end(), ')'));
    if (before.value.is_scalar()) break;
  }
  return depth > 0;
}

std::string SectionReader::unknown_key_message(std::string_view key, const std::vector<const Field*>& known) const {
  std::vector<std::string_view> names;
  for (const Field* field : known) names.push_back(key_of(*field));
  const std::string where = shown_path_.empty() ? "the scenario" : shown_path_;
  const std::string message =
      "unknown key " + Value::make_scalar(std::string{key}, {}, false).description() + " in " + where;
  const std::string hint = did_you_mean(key, names);
  if (!hint.empty()) return message + hint;
  if (const std::string_view home = only_home_of(key); !home.empty())
    return message + "; it belongs to `" + std::string{home} + '`';
  return message + "; the keys are " + listed(names);
}

std::string SectionReader::path_of(std::string_view key) const { return joined(shown_path_, key); }

void SectionReader::ignore(std::string_view key, std::string reason) {
  for (const Value::Entry& entry : map_.entries)
    if (entry.key == key) reading_.ignored.push_back({path_of(key), entry.mark, std::move(reason)});
}

void SectionReader::complain(const Mark& mark, std::string_view key, const std::string& message) {
  reading_.problems.push_back({mark, path_of(key) + ": " + message});
}

const Value* SectionReader::child(std::string_view key) const {
  const Value* value = map_.find(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Value* SectionReader::required(std::string_view key) {
  const Value* value = map_.find(key);
  if (value == nullptr && map_.is_map()) {
    const Field* field = find_scenario_field(joined(table_path_, key));
    const std::string words{field == nullptr ? "a value" : words_for(field->type)};
    const std::string example{
        field == nullptr || field->choices.empty() ? ""
                              : (field->type == FieldType::choice ? ": " : ", or ") + listed(split_choices(field->choices))};
    reading_.problems.push_back({map_.mark, (shown_path_.empty() ? "the scenario" : shown_path_) + ": the key `" +
                                                std::string{key} + "` is missing; add it, with " + words + example});
  }
  return child(key);
}

std::optional<SectionReader> SectionReader::section(std::string_view key) {
  const Value* value = child(key);
  if (value == nullptr) return std::nullopt;
  return SectionReader{*value, joined(table_path_, key), path_of(key), reading_};
}

std::vector<SectionReader> SectionReader::sections(std::string_view key) {
  std::vector<SectionReader> sections;
  const std::vector<const Value*> values = items(key);
  for (std::size_t i = 0; i < values.size(); ++i)
    sections.emplace_back(*values[i], joined(table_path_, key), path_of(key) + '[' + std::to_string(i) + ']', reading_);
  return sections;
}

std::vector<std::pair<const Value::Entry*, SectionReader>> SectionReader::named_sections(std::string_view key) {
  std::vector<std::pair<const Value::Entry*, SectionReader>> sections;
  const Value* value = child(key);
  if (value == nullptr) return sections;
  if (!value->is_map()) {
    complain(value->mark, key, "expected a map (`NAME: ...` lines), found " + value->description());
    return sections;
  }
  for (const Value::Entry& entry : value->entries)
    sections.emplace_back(
        &entry, SectionReader{entry.value, joined(table_path_, key) + ".*", path_of(key) + '.' + entry.key, reading_});
  return sections;
}

std::vector<const Value*> SectionReader::items(std::string_view key) {
  std::vector<const Value*> items;
  const Value* value = child(key);
  if (value == nullptr) return items;
  if (!value->is_sequence()) {
    complain(value->mark, key, "expected a list, found " + value->description() + "; begin each item with `- `");
    return items;
  }
  for (const Value& item : value->items) items.push_back(&item);
  return items;
}

bool SectionReader::is_choice(const Value& value, std::string_view key) {
  const Field* field = find_scenario_field(joined(table_path_, key));
  TOWTANK_CHECK(field != nullptr && !field->choices.empty(), "a choice that the field table does not know");
  const std::vector<std::string_view> choices = split_choices(field->choices);
  const auto among = [&](const std::vector<std::string_view>& texts) {
    return value.is_scalar() && std::find(texts.begin(), texts.end(), value.scalar) != texts.end();
  };
  if (among(choices)) return true;
  const std::vector<std::string_view> later = split_choices(field->later_choices);
  if (among(later)) {
    reading_.problems.push_back({value.mark, not_modelled_message(path_of(key) + ": `" + value.scalar + '`') +
                                                 ", or choose one of " + listed(choices)});
    return false;
  }
  const std::string hint = value.is_scalar() ? did_you_mean(value.scalar, choices) : std::string{};
  complain(value.mark, key,
           (choices.size() == 1 ? "expected " : "expected one of ") + listed(choices) + ", found " +
               value.description() + hint);
  return false;
}

}  // namespace towtank::scenario

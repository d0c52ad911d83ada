#include "models/scenario/change.hpp"

#include <algorithm>
#include <vector>

#include "models/kubernetes/patch.hpp"
#include "models/kubernetes/service_update.hpp"
#include "models/scenario/field_table.hpp"

namespace towtank::scenario {
namespace {

constexpr std::string_view kScenario = "scenario";

bool begins_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

/// What belongs to the study as a whole.
constexpr std::string_view kFixed[] = {"apiVersion", "kind", "spec.variants", "spec.matrix", "spec.resources"};

bool is_fixed(std::string_view table_path) {
  return std::any_of(std::begin(kFixed), std::end(kFixed), [&](std::string_view fixed) {
    return table_path == fixed || begins_with(table_path, std::string{fixed} + '.');
  });
}

bool same_place(const Mark& a, const Mark& b) { return a.line == b.line && a.column == b.column && a.file == b.file; }

/// Gives the keys that a `set` has made the place of its line, so that complaints about them lead there.
/// @param value_mark  of the value that was set: what is below it keeps its own marks
void mark_new_keys(const Value& before, Value& after, const Mark& mark, const Mark& value_mark) {
  for (std::size_t i = 0; i < after.items.size() && i < before.items.size(); ++i)
    mark_new_keys(before.items[i], after.items[i], mark, value_mark);
  for (Value::Entry& entry : after.entries) {
    const Value* old = before.find(entry.key);
    if (old == nullptr) entry.mark = mark;
    if (same_place(entry.value.mark, value_mark)) continue;
    if (old == nullptr) entry.value.mark = mark;
    static const Value kNothing;
    mark_new_keys(old == nullptr ? kNothing : *old, entry.value, mark, value_mark);
  }
}

bool is_service(const Value& object) {
  const Value* kind = object.find("kind");
  return kind != nullptr && kind->scalar == "Service";
}

Problems set(Value& object, const std::string& path, const Change& change) {
  const Value before = object;
  if (const auto problem = set_path(object, path, *change.value)) return {{change.mark, problem->message}};
  mark_new_keys(before, object, change.mark, change.value->mark);
  if (is_service(object)) drop_fields_of_old_type(object, before);
  return {};
}

Problems patch(Value& object, const Change& change) {
  const Value* kind = object.find("kind");
  // A copy: the patch moves the object's own texts.
  const std::string kind_name = kind == nullptr ? std::string{} : kind->scalar;
  const Value before = object;
  const Result<PatchEffect> effect = strategic_merge(object, *change.value, kind_name);
  if (!effect) return effect.error();
  if (*effect == PatchEffect::deleted) object = Value{};
  if (is_service(object)) drop_fields_of_old_type(object, before);
  return {};
}

}  // namespace

Result<SetTarget> parse_set_target(std::string_view text, const Mark& mark) {
  const std::size_t colon = text.find(':');
  SetTarget target;
  if (colon != std::string_view::npos) {
    target.object = text.substr(0, colon);
    target.path = text.substr(colon + 1);
    if (target.object == kScenario) target.object.clear();
  } else {
    target.path = text;
  }
  const bool is_scenario = colon != std::string_view::npos
                               ? target.object.empty()
                               : begins_with(text, "spec.") || begins_with(text, "metadata.");
  if (target.path.empty() || (target.object.empty() && !is_scenario) || colon == 0)
    return Problem{mark,
                   "expected KIND/NAME:PATH or scenario:PATH, as in `Deployment/shop:spec.replicas` or "
                   "`scenario:spec.load`, found \"" +
                       std::string{text} + '"'};
  if (!is_scenario) return target;
  const Field* field = find_scenario_field(target.path);
  if (field == nullptr) return Problem{mark, unknown_field_message(target.path)};
  if (is_fixed(field->path))
    return Problem{
        mark, "`" + target.path +
                  "` belongs to the study as a whole and cannot be set; leave it out here and change the file itself"};
  if (field->support == FieldSupport::later) return Problem{mark, not_modelled_message('`' + target.path + '`')};
  return target;
}

Problems apply(const Change& change, StudyDocuments& documents) {
  if (change.kind == Change::Kind::patch) {
    if (change.target == kScenario) return patch(documents.scenario, change);
    const Result<Value*> object = find_object(documents.objects, change.target, change.mark);
    return object ? patch(**object, change) : object.error();
  }
  const Result<SetTarget> target = parse_set_target(change.target, change.mark);
  if (!target) return target.error();
  if (target->object.empty()) return set(documents.scenario, target->path, change);
  const Result<Value*> object = find_object(documents.objects, target->object, change.mark);
  return object ? set(**object, target->path, change) : object.error();
}

std::string kind_changed(const Change& change) {
  std::string object = change.target;
  if (change.kind == Change::Kind::set) {
    const Result<SetTarget> target = parse_set_target(change.target, change.mark);
    if (!target) return {};
    object = target->object;
  }
  const Result<ObjectReference> reference = parse_object_reference(object, change.mark);
  return reference ? reference->kind : std::string{};
}

}  // namespace towtank::scenario

#include "tools/towtank/output/scenario_schema.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/distribution_parser.hpp"
#include "models/scenario/field_table.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "tools/towtank/output/json.hpp"

namespace towtank::tool {
namespace {

using scenario::Field;
using scenario::FieldSupport;
using scenario::FieldType;

// What models/scenario/units takes. A number has no sign and no leading zero.
const std::string kNumber = "(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?";
const std::string kDuration = "(" + kNumber + "(ns|us|\u00B5s|\u03BCs|ms|s|m|h))+";
const std::string kRate = kNumber + "/(ms|s|min|m|h)";
const std::string kSize = kNumber + "([kMGT]?B|[kMGT]|[KMGT]iB?)";
const std::string kShare = kNumber + "%?";
const std::string kQuantity = kNumber + "([numkMGTPE]|[KMGTPE]i)?";

Json pattern(const std::string& whole) { return {{"type", "string"}, {"pattern", "^(" + whole + ")$"}}; }

std::string call_of(const std::vector<std::string_view>& names) {
  std::string any;
  for (const std::string_view name : names) any += (any.empty() ? "" : "|") + std::string{name};
  return "(" + any + ")[(].*[)]";
}

std::string distribution_pattern() {
  std::vector<std::string_view> names;
  for (const scenario::LawForm& law : scenario::law_forms()) names.push_back(law.name);
  return kDuration + "|" + call_of(names);
}

std::string arrivals_pattern() {
  std::vector<std::string_view> names;
  for (const scenario::LawForm& form : scenario::arrival_forms()) names.push_back(form.name);
  return call_of(names);
}

/// The words, and as numbers those that an editor reads as numbers where they stand without quotes.
Json words(std::string_view choices) {
  Json list = Json::array();
  for (const std::string_view choice : scenario::split_choices(choices)) {
    list.push_back(choice);
    const Json number = Json::parse(choice, nullptr, false);
    if (number.is_number()) list.push_back(number);
  }
  return {{"enum", list}};
}

Json parameter_schema(const BalancerParameter& parameter) {
  Json schema{{"description", fmt::format("{}; default {}", parameter.meaning, parameter.fallback)}};
  for (const char* type : {"integer", "number", "boolean"})  // others are texts of a form that no schema knows
    if (parameter.type == type) schema["type"] = type;
  return schema;
}

/// A name, or a map for each algorithm with the parameters that it has.
Json balance_schema() {
  std::vector<std::string_view> names;
  Json forms = Json::array({Json::object()});
  for (const BalancerInfo& info : balancers()) {
    std::vector<std::string_view> spellings{info.written()};
    if (info.written() != info.name) spellings.push_back(info.name);
    for (const std::string_view spelling : spellings)  // several products may use one
      if (std::find(names.begin(), names.end(), spelling) == names.end()) names.push_back(spelling);
    Json properties;
    properties["name"] = {{"enum", spellings}, {"description", info.meaning}};
    for (const BalancerParameter& parameter : info.parameters)
      properties[std::string{parameter.name}] = parameter_schema(parameter);
    forms.push_back(
        {{"type", "object"}, {"properties", properties}, {"required", {"name"}}, {"additionalProperties", false}});
  }
  forms[0]["enum"] = names;
  return {{"anyOf", std::move(forms)}};
}

Json schema_of(const Field& field);

/// A map whose keys are the fields below `path`.
Json map_schema(std::string_view path) {
  Json properties;
  Json required = Json::array();
  for (const Field* field : scenario::fields_below(path)) {
    properties[std::string{scenario::key_of(*field)}] = schema_of(*field);
    if (field->default_value == "required" && field->support != FieldSupport::later)
      required.push_back(scenario::key_of(*field));
  }
  Json schema{{"type", "object"}, {"properties", properties}};
  if (!required.empty()) schema["required"] = required;
  schema["additionalProperties"] = false;
  return schema;
}

Json plain_schema(const Field& field) {
  switch (field.type) {
    case FieldType::map:
      return map_schema(field.path);
    case FieldType::named_map:
      return {{"type", "object"}, {"additionalProperties", schema_of(*scenario::fields_below(field.path).front())}};
    case FieldType::list:
      return {{"type", "array"}, {"items", map_schema(field.path)}};
    case FieldType::values:
      return {{"type", "array"}};
    case FieldType::several:
      return {{"type", "array"}, {"items", words(field.choices)}};
    case FieldType::content:
      return Json::object();
    case FieldType::text:  // an editor takes 1.33 for a number and true for a boolean, the reader takes both for text
      return {{"type", {"string", "number", "boolean"}}};
    case FieldType::boolean:
      return {{"type", "boolean"}};
    case FieldType::integer:
      return {{"type", "integer"}, {"minimum", 0}};
    case FieldType::number:
      return {{"type", "number"}, {"minimum", 0}};
    case FieldType::choice:
      return words(field.choices);
    case FieldType::duration:
      return pattern(kDuration);
    case FieldType::rate:
      return pattern(kRate);
    case FieldType::size:
      return pattern(kSize);
    case FieldType::share:
      return {{"type", {"number", "string"}}, {"minimum", 0}, {"maximum", 1}, {"pattern", "^" + kShare + "$"}};
    case FieldType::cores:
      return {{"type", {"number", "string"}}, {"minimum", 0}, {"pattern", "^" + kQuantity + "$"}};
    case FieldType::distribution:
      return pattern(distribution_pattern());
    case FieldType::arrivals:
      return pattern(arrivals_pattern());
    case FieldType::backoff:
      return pattern(call_of({"exponential"}));
    case FieldType::balance:
      return balance_schema();
  }
  return Json::object();
}

/// Whether `choices` are words that may stand instead of the field's usual value.
bool has_words_beside(const Field& field) {
  return !field.choices.empty() && field.type != FieldType::choice && field.type != FieldType::several &&
         field.type != FieldType::arrivals;
}

std::string description(const Field& field) {
  std::string text{field.doc};
  if (field.default_value == "required")
    text += " Required.";
  else if (!field.default_value.empty())
    text += fmt::format(" Default: {}.", field.default_value);
  if (!field.source.empty()) text += fmt::format(" Source: {}.", field.source);
  if (field.support == FieldSupport::later) text += " Part of the format, but not modelled by this version.";
  if (field.support == FieldSupport::harmless) text += " Read, but not modelled by this version.";
  return text;
}

Json schema_of(const Field& field) {
  Json schema{{"description", description(field)}};
  if (field.support == FieldSupport::later) {
    schema["not"] = Json::object();
    schema["doNotSuggest"] = true;  // to editors
    return schema;
  }
  Json plain = plain_schema(field);
  if (has_words_beside(field)) {
    schema["anyOf"] = {std::move(plain), words(field.choices)};
  } else {
    schema.update(plain);
  }
  return schema;
}

/// Documents beside the scenario in a file: neither `towtank/...` nor a Scenario, as the reader tells them apart.
Json another_document() {
  return Json::parse(R"({"type": "object", "required": ["apiVersion", "kind"], "properties": {
    "apiVersion": {"not": {"pattern": "^towtank/"}}, "kind": {"not": {"const": "Scenario"}}}})");
}

}  // namespace

std::string scenario_schema_text() {
  Json schema;
  schema["$schema"] = "http://json-schema.org/draft-07/schema#";
  schema["title"] = "towtank scenario";
  schema["description"] = "What no manifest says: the nodes, how fast the pods are, the load, the variants to compare.";
  schema["if"] = another_document();
  schema["then"] = Json::object();
  schema["else"] = map_schema("");
  return json_text(schema);
}

}  // namespace towtank::tool

#include <string_view>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/distribution_parser.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "tools/towtank/output/field_page.hpp"
#include "tools/towtank/output/json.hpp"

namespace towtank::tool {
namespace {

using scenario::Field;
using scenario::FieldSupport;

const char* name_of(FieldSupport support) {
  switch (support) {
    case FieldSupport::modelled:
      return "modelled";
    case FieldSupport::harmless:
      return "ignored";
    case FieldSupport::later:
      break;
  }
  return "later";
}

Json field_json(const Field& field) {
  const bool required = field.default_value == "required";
  Json json;
  json["path"] = field.path;
  json["type"] = scenario::name_of(field.type);
  json["required"] = required;
  json["unit"] = field.unit;
  json["default"] = required ? std::string_view{} : field.default_value;
  json["description"] = field.doc;
  json["source"] = field.source;
  json["support"] = name_of(field.support);
  if (field.support == FieldSupport::modelled) json["since"] = field.since;
  json["choices"] = scenario::split_choices(field.choices);
  json["laterChoices"] = scenario::split_choices(field.later_choices);
  return json;
}

Json forms_json(const std::vector<scenario::LawForm>& forms) {
  Json list = Json::array();
  for (const scenario::LawForm& form : forms)
    list.push_back({{"name", form.name}, {"example", form.example}, {"description", form.doc}});
  return list;
}

Json balancer_list() {
  Json list = Json::array();
  for (const BalancerInfo& info : balancers()) {
    Json parameters = Json::array();
    for (const BalancerParameter& parameter : info.parameters)
      parameters.push_back({{"name", parameter.name},
                            {"type", parameter.type},
                            {"default", parameter.fallback},
                            {"description", parameter.meaning}});
    list.push_back({{"name", info.name},
                    {"written", info.written()},
                    {"products", info.products},
                    {"description", info.meaning},
                    {"state", info.scope},
                    {"source", info.source},
                    {"parameters", std::move(parameters)}});
  }
  return list;
}

bool is_below(std::string_view path, std::string_view above) {
  return above.empty() || path == above || (path.substr(0, above.size()) == above && path[above.size()] == '.');
}

}  // namespace

std::string fields_json(const Field* field) {
  Json fields = Json::array();
  for (const Field& each : scenario::scenario_fields())
    if (is_below(each.path, field == nullptr ? std::string_view{} : field->path)) fields.push_back(field_json(each));
  Json json;
  json["schemaVersion"] = 1;
  json["fields"] = std::move(fields);
  json["distributions"] = forms_json(scenario::law_forms());
  json["arrivals"] = forms_json(scenario::arrival_forms());
  json["balancers"] = balancer_list();
  return json_text(json);
}

std::string balancers_json() {
  Json json;
  json["schemaVersion"] = 1;
  json["balancers"] = balancer_list();
  return json_text(json);
}

}  // namespace towtank::tool

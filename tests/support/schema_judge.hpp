#pragma once

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "models/kubernetes/document.hpp"

namespace towtank::test {

/// A document as an editor sees it: plain scalars become booleans and numbers by YAML 1.2's core schema.
inline nlohmann::json as_editors_read(const Value& value) {
  static const std::regex whole{"-?(0|[1-9][0-9]*)"};
  static const std::regex fraction{"-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?"};
  if (value.is_null()) return nullptr;
  if (value.is_map()) {
    nlohmann::json map = nlohmann::json::object();
    for (const Value::Entry& entry : value.entries) map[entry.key] = as_editors_read(entry.value);
    return map;
  }
  if (value.is_sequence()) {
    nlohmann::json list = nlohmann::json::array();
    for (const Value& item : value.items) list.push_back(as_editors_read(item));
    return list;
  }
  if (!value.quoted && (value.scalar == "true" || value.scalar == "false")) return value.scalar == "true";
  if (!value.quoted && std::regex_match(value.scalar, whole)) return std::strtoll(value.scalar.c_str(), nullptr, 10);
  if (!value.quoted && std::regex_match(value.scalar, fraction)) return std::strtod(value.scalar.c_str(), nullptr);
  return value.scalar;
}

/// Judges documents by a JSON Schema of draft-07.
class SchemaJudge {
 public:
  explicit SchemaJudge(const std::string& schema_text) {
    const nlohmann::json parsed = nlohmann::json::parse(schema_text);
    valijson::SchemaParser{}.populateSchema(valijson::adapters::NlohmannJsonAdapter{parsed}, schema_);
  }

  /// What is wrong, one line each; empty when the document passes.
  std::string complaints(const Value& document) const {
    const nlohmann::json read = as_editors_read(document);
    valijson::Validator validator{valijson::Validator::kStrongTypes};
    valijson::ValidationResults results;
    if (validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter{read}, &results)) return "";
    std::string text;
    for (valijson::ValidationResults::Error error; results.popError(error);) {
      for (const std::string& step : error.context) text += step;
      text += ": " + error.description + '\n';
    }
    return text.empty() ? "refused without a word" : text;
  }

 private:
  valijson::Schema schema_;
};

}  // namespace towtank::test

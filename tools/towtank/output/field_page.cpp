#include "tools/towtank/output/field_page.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"
#include "models/scenario/distribution_parser.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

using scenario::Field;
using scenario::FieldSupport;
using scenario::FieldType;

constexpr std::size_t kNarrowest = 60;
constexpr std::size_t kEverything = 100;  ///< levels: deeper than any tree of fields

constexpr const char* kAboutScenarios =
    "A scenario says what no manifest does: the nodes, how fast the pods are, the load, and which variants to compare. "
    "Kubernetes objects stand beside it, in their own files or in the same one.";

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ", ") + std::string{word};
  return text;
}

/// A column of names and one of sentences, each broken into lines that fit.
class TwoColumns {
 public:
  explicit TwoColumns(std::size_t width) : width_{std::max(width, kNarrowest)} {}

  void row(std::string name, std::string_view sentence) {
    if (!sentence.empty()) rows_.emplace_back(std::move(name), sentence);
  }

  std::string text(std::size_t indent) const {
    std::size_t column = 0;
    for (const auto& [name, sentence] : rows_) column = std::max(column, display_width(name));
    column = std::min(indent + column + 2, width_ / 2);
    std::string text;
    for (const auto& [name, sentence] : rows_) {
      std::string left = std::string(indent, ' ') + name;
      text += display_width(left) + 2 <= column ? padded(left, column, Align::left)
                                                : left + '\n' + std::string(column, ' ');
      const std::string lines = wrapped(sentence, width_ - column, 0);
      for (const char c : lines) text += c == '\n' ? c + std::string(column, ' ') : std::string{c};
      text += '\n';
    }
    return text;
  }

 private:
  std::size_t width_;
  std::vector<std::pair<std::string, std::string>> rows_;
};

std::string shown_key(const Field& field) {
  const std::string_view key = scenario::key_of(field);
  return key == "*" ? "NAME" : std::string{key};
}

std::string key_and_type(const Field& field) {
  return fmt::format("{} <{}>{}", shown_key(field), scenario::name_of(field.type),
                     field.default_value == "required" ? " -required-" : "");
}

std::string_view path_of(const Field* field) { return field == nullptr ? std::string_view{} : field->path; }

/// Of these types the table's unit is an example of the whole value.
bool unit_is_an_example(FieldType type) {
  return type != FieldType::integer && type != FieldType::number && type != FieldType::values;
}

std::string support_text(const Field& field) {
  switch (field.support) {
    case FieldSupport::modelled:
      return "since " + std::string{field.since};
    case FieldSupport::harmless:
      return "not by this version, where it changes nothing: read, and listed as ignored";
    case FieldSupport::later:
      break;
  }
  return "not by this version: part of the format, refused until it is";
}

std::string facts(const Field& field, std::size_t width) {
  TwoColumns columns{width};
  columns.row("WRITTEN", scenario::words_for(field.type));
  columns.row(unit_is_an_example(field.type) ? "EXAMPLE" : "UNIT", field.unit);
  columns.row("CHOICES", joined(scenario::split_choices(field.choices)));
  if (!field.later_choices.empty())
    columns.row("LATER", joined(scenario::split_choices(field.later_choices)) + " (not modelled by this version)");
  columns.row("DEFAULT", field.default_value == "required" ? "none: it is required" : field.default_value);
  columns.row("SOURCE", field.source);
  columns.row("MODELLED", support_text(field));
  return columns.text(0);
}

std::string form_lines(const std::vector<scenario::LawForm>& forms, std::size_t width) {
  TwoColumns columns{width};
  for (const scenario::LawForm& form : forms) columns.row(std::string{form.example}, form.doc);
  return columns.text(2);
}

std::string joined_products(const BalancerInfo& info) {
  return joined({info.products.begin(), info.products.end()});
}

std::string balancer_lines(std::size_t width) {
  TwoColumns columns{width};
  for (const BalancerInfo& info : balancers()) {
    columns.row(std::string{info.name}, info.meaning);
    columns.row("  written", fmt::format("{} in {}", info.written(), joined_products(info)));
    columns.row("  state", info.scope);
    for (const BalancerParameter& parameter : info.parameters)
      columns.row(fmt::format("  {} <{}>", parameter.name, parameter.type),
                  fmt::format("{}; default {}", parameter.meaning, parameter.fallback));
    columns.row("  source", info.source);
  }
  return columns.text(2);
}

/// What may stand in a field whose value has a grammar of its own.
std::string grammar(const Field& field, std::size_t width) {
  const std::string laws =
      "\nDISTRIBUTIONS: arguments are separated by spaces, so that they need no quotes in {...}\n" +
      form_lines(scenario::law_forms(), width);
  switch (field.type) {
    case FieldType::distribution:
      return laws;
    case FieldType::arrivals:
      return "\nARRIVALS:\n" + form_lines(scenario::arrival_forms(), width) + laws;
    case FieldType::balance:
      return "\nALGORITHMS: a name, or a map such as {name: least_request, choices: 3}\n" + balancer_lines(width);
    default:
      return "";
  }
}

/// Names, types and sentences of the fields below a path, `levels` deep.
void add_lines(std::string_view path, std::size_t levels, const std::string& indent, TwoColumns& columns) {
  if (levels == 0) return;
  for (const Field* field : scenario::fields_below(path)) {
    const bool later = field->support == FieldSupport::later;
    columns.row(indent + key_and_type(*field),
                std::string{field->doc} + (later ? " (Not modelled by this version.)" : ""));
    add_lines(field->path, levels - 1, indent + "  ", columns);
  }
}

std::string tree(std::string_view path, std::size_t levels, const std::string& indent) {
  std::string text;
  if (levels == 0) return text;
  for (const Field* field : scenario::fields_below(path)) {
    text += indent + key_and_type(*field) + (field->support == FieldSupport::later ? " (later)" : "") + '\n';
    text += tree(field->path, levels - 1, indent + "  ");
  }
  return text;
}

std::string head(const Field* field, std::size_t width) {
  std::string text = "KIND:     Scenario\nVERSION:  towtank/v1\n";
  if (field != nullptr)
    text += fmt::format("\nFIELD:    {} <{}>\nPATH:     {}\n", shown_key(*field), scenario::name_of(field->type),
                        field->path);
  TwoColumns description{width};
  description.row("", field == nullptr ? kAboutScenarios : field->doc);
  text += "\nDESCRIPTION:\n" + description.text(0);
  return field == nullptr ? text : text + '\n' + facts(*field, width) + grammar(*field, width);
}

}  // namespace

std::string balancers_page(std::size_t width) { return balancer_lines(width); }

std::string field_page(const Field* field, std::size_t width) {
  TwoColumns columns{width};
  // The two fields at the top that matter are only doors: what stands behind them is shown as well.
  add_lines(path_of(field), field == nullptr ? 2 : 1, "", columns);
  const std::string lines = columns.text(2);
  return head(field, width) + (lines.empty() ? "" : "\nFIELDS:\n" + lines);
}

std::string field_tree_page(const Field* field, std::size_t width) {
  const std::string lines = tree(path_of(field), kEverything, "  ");
  return head(field, width) + (lines.empty() ? "" : "\nFIELDS:\n" + lines);
}

}  // namespace towtank::tool

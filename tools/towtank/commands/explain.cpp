#include <string>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/output/field_page.hpp"
#include "tools/towtank/output/scenario_schema.hpp"
#include "tools/towtank/output/text.hpp"
#include "tools/towtank/terminal.hpp"

namespace towtank::tool {
namespace {

/// As `set` and `matrix` write paths, too; `spec.` may be left out.
const scenario::Field* find_field(const std::string& path) {
  if (const scenario::Field* field = scenario::find_scenario_field(path)) return field;
  return scenario::find_scenario_field("spec." + path);
}

/// About the path as it was meant: one that begins with no key of the top is one below `spec`.
std::string complaint(const std::string& path) {
  const std::string first = path.substr(0, path.find_first_of(".["));
  return scenario::unknown_field_message(scenario::find_scenario_field(first) == nullptr ? "spec." + path : path);
}

}  // namespace

ExitStatus explain(const ExplainRequest& request, const Streams& streams) {
  if (request.schema) return print_answer(scenario_schema_text(), streams, ExitStatus::done);
  const std::string prefix = "scenario:";
  const bool has_prefix = request.field.compare(0, prefix.size(), prefix) == 0;
  const std::string path = has_prefix ? request.field.substr(prefix.size()) : request.field;
  const scenario::Field* field = path.empty() ? nullptr : find_field(path);
  if (field == nullptr && !path.empty()) {
    streams.err << "towtank explain: " << printable(complaint(path)) << '\n';
    return ExitStatus::wrong_input;
  }
  const std::size_t width = terminal_of(streams.out).width;
  const std::string text = request.json        ? fields_json(field)
                           : request.recursive ? field_tree_page(field, width)
                                               : field_page(field, width);
  return print_answer(text, streams, ExitStatus::done);
}

}  // namespace towtank::tool

#include <fmt/core.h>

#include "models/balancers/balancer.hpp"
#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/output/field_page.hpp"
#include "tools/towtank/terminal.hpp"

namespace towtank::tool {
namespace {

std::string parameters_text(const BalancerInfo& info) {
  std::string text;
  for (const BalancerParameter& parameter : info.parameters)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", parameter.name, parameter.fallback);
  return text;
}

std::string products_text(const BalancerInfo& info) {
  std::string text;
  for (const std::string_view product : info.products) text += (text.empty() ? "" : ", ") + std::string{product};
  return text;
}

std::string markdown_text() {
  std::string text =
      "| algorithm | written | products | chooses | state | parameters | source |\n| --- | --- | --- | --- | --- | --- "
      "| --- |\n";
  for (const BalancerInfo& info : balancers())
    text += fmt::format("| `{}` | `{}` | {} | {} | {} | {} | {} |\n", info.name, info.written(), products_text(info),
                        info.meaning, info.scope, parameters_text(info), info.source);
  return text;
}

}  // namespace

ExitStatus list_balancers(const BalancersRequest& request, const Streams& streams) {
  const std::string text = request.format == OutputFormat::json       ? balancers_json()
                           : request.format == OutputFormat::markdown ? markdown_text()
                                                                      : balancers_page(terminal_of(streams.out).width);
  return print_answer(text, streams, ExitStatus::done);
}

}  // namespace towtank::tool

#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/output/resources.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

std::string answer_text(const GetRequest& request, const ClusterState& state) {
  if (request.format == OutputFormat::json) return resources_json(state, request.resources);
  // A program reads csv: it gets every column.
  const bool wide = request.format == OutputFormat::wide || request.format == OutputFormat::csv;
  std::vector<ResourceTable> tables;
  for (const Resource resource : request.resources) tables.push_back(resource_table(state, resource, wide));
  if (request.format == OutputFormat::csv) return resource_csv(tables.front());
  return request.format == OutputFormat::markdown ? resources_markdown(tables) : resources_text(tables);
}

/// Where pods are is not always what the manifests say.
void tell_of_placement(const GetRequest& request, const ClusterState& state, std::ostream& err) {
  const auto is_asked = [&](Resource resource) {
    return std::find(request.resources.begin(), request.resources.end(), resource) != request.resources.end();
  };
  if (!is_asked(Resource::pods) && !is_asked(Resource::endpoints)) return;
  if (!request.quiet) {
    for (const std::string& note : state.notes) err << "note: " << printable(note) << '\n';
    if (!state.policy.empty())
      err << fmt::format("note: placement is modelled (policy {}), not observed: pods may stand on other nodes\n",
                         state.policy);
  }
  for (const std::string& warning : state.warnings) err << "warning: " << printable(warning) << '\n';
}

}  // namespace

ExitStatus get(const GetRequest& request, const Loader& loader, const Streams& streams) {
  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  const Result<ClusterState> state = study ? study->cluster() : Result<ClusterState>{study.error()};
  if (!state) return refuse(state.error(), streams);
  tell_of_placement(request, *state, streams.err);
  return print_answer(answer_text(request, *state), streams, ExitStatus::done);
}

}  // namespace towtank::tool

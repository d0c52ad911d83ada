#include "models/walk/walk.hpp"
#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/output/text.hpp"
#include "tools/towtank/output/walk_text.hpp"

namespace towtank::tool {

ExitStatus curl(const CurlRequest& request, const Loader& loader, const Streams& streams) {
  DiskFiles files{streams.in};
  const Result<LoadedStudy> study = loader(request.scenario, files, request.options);
  const Result<scenario::Ground> ground = study ? study->ground() : Result<scenario::Ground>{study.error()};
  const Result<walk::Walk> walk =
      ground ? walk::walk(*ground, request.url, request.from) : Result<walk::Walk>{ground.error()};
  if (!walk) return refuse(walk.error(), streams);
  if (!request.quiet)
    for (const std::string& assumption : walk->assumptions) streams.err << "assumed: " << printable(assumption) << '\n';
  const auto status = static_cast<ExitStatus>(request.strict ? walk->worst() : walk->most_probable());
  return print_answer(request.json ? walk_json(*walk) : walk_text(*walk), streams, status);
}

}  // namespace towtank::tool

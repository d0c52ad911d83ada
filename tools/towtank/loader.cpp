#include "tools/towtank/loader.hpp"

#include <memory>
#include <utility>

#include "models/scenario/build.hpp"

namespace towtank::tool {

Result<LoadedStudy> load_real_study(const std::string& path, scenario::FileSource& files,
                                    const scenario::LoadOptions& options) {
  // The loader puts the path before each problem, and messages about files name it, too. Of all files only this one
  // would be named twice, so it is asked for here first.
  const bool may_be_folder = !options.needs_scenario || !options.scenario.empty();
  if (!may_be_folder || !scenario::is_folder(path, files))
    if (const Result<std::string> text = files.read(path); !text) return text.error();
  Result<scenario::Study> read = scenario::load_study(path, files, options);
  if (!read) return read.error();
  // std::function wants to be copied, a study need not be: all copies of the two functions share it.
  const auto study = std::make_shared<const scenario::Study>(std::move(read).value());
  return LoadedStudy{
      .name = study->name,
      .variants = study->variants.size(),
      .run = [study](Executor& executor, ProgressSink& progress) { return run_study(*study, executor, progress); },
      .check = [study] { return check_study(*study); },
      .estimate = [study] { return estimate_study(*study); },
      .plan = [study](const PlanOptions& asked, Executor& executor,
                      ProgressSink& progress) { return plan_study(*study, asked, executor, progress); },
      .plan_load = [study](const LoadPlanOptions& asked, Executor& executor,
                           ProgressSink& progress) { return plan_load(*study, asked, executor, progress); },
      .cluster = [study] { return scenario::cluster_state(study->variants.front(), scenario::kPlacedOnce); },
      .ground = [study] { return scenario::ground_of(study->variants.front(), scenario::kPlacedOnce); },
      .study = study};
}

}  // namespace towtank::tool

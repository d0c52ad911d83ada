#pragma once

#include <string>
#include <vector>

#include "models/world/report.hpp"

/// The result files of DESIGN section 5 as text. Equal reports give equal bytes: no clock, no path, no machine in them.
namespace towtank::tool {

struct ResultFile {
  std::string name;
  std::string text;
};

std::string summary_csv(const report::Report& report);
std::string latency_csv(const report::Report& report);
std::string endpoints_csv(const report::Report& report);
std::string nodes_csv(const report::Report& report);
std::string hops_csv(const report::Report& report);
std::string outcomes_csv(const report::Report& report);
std::string timeseries_csv(const report::Report& report);
/// Only the header: no study of this version has events.
std::string events_csv();
/// Jobs at all pods from the very start, to judge the warm-up by.
std::string warmup_csv(const report::Report& report);

/// Of the requests that were asked for one by one; written only then.
std::string requests_csv(const report::Report& report);

/// Everything above in one JSON object, with schema version, seed, notes, objectives, assumptions and fingerprints.
std::string results_json(const report::Report& report);

/// All of the above by file name; results.json last, so that a reader who finds it new finds all of them new.
std::vector<ResultFile> result_files(const report::Report& report);

/// Names a result folder may hold by contract, whether this version writes them or not.
const std::vector<std::string>& result_file_names();

}  // namespace towtank::tool

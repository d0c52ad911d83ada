#include <fmt/core.h>

#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/output/folder.hpp"
#include "tools/towtank/plot/gnuplot.hpp"
#include "tools/towtank/plot/pictures.hpp"
#include "tools/towtank/plot/results_reader.hpp"

namespace towtank::tool {
ExitStatus plot(const PlotRequest& request, const Streams& streams) {
  const Result<PlotData> data = read_plot_data(request.results);
  if (!data) return refuse(data.error(), streams);
  std::vector<Picture> pictures = latency_pictures(data->latency, request.formats);
  for (Picture& picture : ranking_pictures(data->latency, request.formats)) pictures.push_back(std::move(picture));
  for (Picture& picture : endpoint_pictures(data->endpoints, request.formats)) pictures.push_back(std::move(picture));
  for (Picture& picture : warmup_pictures(data->warmup, request.formats)) pictures.push_back(std::move(picture));
  for (Picture& picture : load_pictures(data->load_curve, request.formats)) pictures.push_back(std::move(picture));
  if (pictures.empty()) {
    return refuse({Problem{Mark{request.results, 0, 0}, "no variant has numbers to draw: all are unstable"}}, streams);
  }

  const std::string folder = request.out ? *request.out : request.results + "/plots";
  std::vector<ResultFile> files;
  for (const Picture& picture : pictures) {
    files.push_back({picture.name + ".dat", picture.data});
    files.push_back({picture.name + ".gp", picture.script});
  }
  if (const auto problem = write_folder(folder, files, {})) return refuse({*problem}, streams);

  std::string drawn;
  for (const Picture& picture : pictures) {
    if (const auto problem = run_gnuplot(request.gnuplot, folder, picture.name + ".gp")) {
      return refuse({*problem}, streams);
    }
    for (const std::string& format : request.formats) drawn += fmt::format("{}/{}.{}\n", folder, picture.name, format);
  }
  return print_answer(request.quiet ? "" : drawn, streams, ExitStatus::done);
}

}  // namespace towtank::tool

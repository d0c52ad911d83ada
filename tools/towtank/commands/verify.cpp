#include "tools/towtank/commands/commands.hpp"
#include "tools/towtank/files.hpp"
#include "tools/towtank/observed/verification.hpp"
#include "tools/towtank/output/verification_text.hpp"
#include "tools/towtank/terminal.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kLargestMeasurement = std::size_t{1} << 30;

}  // namespace

ExitStatus verify(const VerifyRequest& request, const Streams& streams) {
  const Result<Prediction> prediction = read_prediction(request.results, request.variant, request.traffic);
  if (!prediction) return refuse(prediction.error(), streams);
  const Result<std::string> text = read_file(request.observed, kLargestMeasurement);
  if (!text) return refuse(text.error(), streams);
  const Result<ObservedLatencies> observed =
      read_observed(*text, request.observed, request.unit_ms, request.confidence);
  if (!observed) return refuse(observed.error(), streams);
  const Verification verification = verify(*prediction, *observed);
  if (verification.rows.empty())
    return refuse({Problem{Mark{request.observed, 0, 0},
                           "it has no percentile in common with the prediction; p50 and p99 would do"}},
                  streams);
  return print_answer(request.json
                          ? verification_json(*prediction, *observed, verification)
                          : verification_text(*prediction, *observed, verification, terminal_of(streams.out).unicode),
                      streams, ExitStatus::done);
}

}  // namespace towtank::tool

#include "tools/towtank/output/verification_text.hpp"

#include <fmt/core.h>

#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/report_json.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kWidth = 100;

std::string signed_percent(double share) { return (share >= 0.0 ? "+" : "") + percentage(share, 2); }

const char* text_of(Verification::WhatIf::Verdict verdict) {
  using Verdict = Verification::WhatIf::Verdict;
  switch (verdict) {
    case Verdict::believe:
      return "believe it: more than the prediction has wrong";
    case Verdict::doubt:
      return "doubt it: no more than the prediction may have wrong";
    case Verdict::no_difference:
      return "no difference was found";
  }
  return "";
}

const char* name_of(Verification::WhatIf::Verdict verdict) {
  using Verdict = Verification::WhatIf::Verdict;
  return verdict == Verdict::believe ? "believe" : verdict == Verdict::doubt ? "doubt" : "no_difference";
}

std::string observed_text(const ObservedLatencies& observed) {
  std::string text = observed.form;
  if (observed.requests > 0) text += fmt::format(", {} of them", observed.requests);
  if (observed.failures > 0) text += fmt::format(", {} failures left out", observed.failures);
  return text;
}

}  // namespace

std::string verification_text(const Prediction& prediction, const ObservedLatencies& observed,
                              const Verification& verification, bool unicode) {
  std::string text = fmt::format("predicted: {} of {}; observed: {}\n\n", printable(prediction.traffic),
                                 printable(prediction.variant), observed_text(observed));
  Grid grid{{Align::left, Align::right, Align::right, Align::right, Align::left}};
  grid.row({"", "predicted ms", "observed ms", "off by", ""});
  for (const Verification::Row& row : verification.rows)
    grid.row({row.metric, with_half_width(row.predicted_ms, 1.0, unicode),
              with_half_width(row.observed_ms, 1.0, unicode), signed_percent(row.error),
              !row.is_solid  ? "too few requests"
              : row.is_noise ? "within noise"
                             : ""});
  text += grid.text(2);
  if (verification.observed_error_rate)
    text +=
        fmt::format("  errors: {} predicted, {} observed\n", percentage(prediction.error_rate.value.value_or(0.0), 2),
                    percentage(*verification.observed_error_rate, 2));
  if (!verification.what_ifs.empty()) text += "\nwhat-ifs\n";
  Grid what_ifs{{Align::left, Align::left, Align::right, Align::left, Align::left}};
  for (const Verification::WhatIf& what_if : verification.what_ifs)
    what_ifs.row({printable(what_if.variant), what_if.metric, signed_percent(what_if.effect),
                  fmt::format("[{}, {}]", signed_percent(what_if.low), signed_percent(what_if.high)),
                  text_of(what_if.verdict)});
  return text + what_ifs.text(2) + "\n" + wrapped(verification.conclusion + ".", kWidth, 0) + "\n";
}

std::string verification_json(const Prediction& prediction, const ObservedLatencies& observed,
                              const Verification& verification) {
  Json json;
  json["schemaVersion"] = 1;
  json["variant"] = prediction.variant;
  json["traffic"] = prediction.traffic;
  json["observed"] = {{"form", observed.form}, {"requests", observed.requests}, {"failures", observed.failures}};
  json["rows"] = Json::array();
  for (const Verification::Row& row : verification.rows)
    json["rows"].push_back({{"metric", row.metric},
                            {"predicted_ms", estimate_json(row.predicted_ms)},
                            {"observed_ms", estimate_json(row.observed_ms)},
                            {"relative_error", row.error},
                            {"may_be_off_by", row.bound},
                            {"within_noise", row.is_noise},
                            {"too_few_requests", !row.is_solid}});
  json["whatIfs"] = Json::array();
  for (const Verification::WhatIf& what_if : verification.what_ifs)
    json["whatIfs"].push_back(
        {{"variant", what_if.variant},
         {"metric", what_if.metric},
         {"effect", {{"estimate", what_if.effect}, {"ci_low", what_if.low}, {"ci_high", what_if.high}}},
         {"may_be_off_by", what_if.error},
         {"verdict", name_of(what_if.verdict)}});
  json["worst"] = {{"metric", verification.worst_metric}, {"may_be_off_by", verification.worst}};
  json["errorRate"] = {{"predicted", estimate_json(prediction.error_rate)},
                       {"observed", number_json(verification.observed_error_rate)}};
  json["conclusion"] = verification.conclusion;
  return json_text(json);
}

}  // namespace towtank::tool

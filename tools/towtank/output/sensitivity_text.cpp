#include <fmt/core.h>

#include "tools/towtank/output/compared.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

std::string value_text(const scenario::AssumedSetting& setting, double value) {
  if (setting.is_count) return fmt::format("{:.0f}", value);
  const double ms = value * 1e3;
  const TimeUnit unit = time_unit_for(ms);
  return fmt::format("{} {}", significant(ms / unit.milliseconds), unit.name);
}

std::string origin_text(const scenario::AssumedSetting& setting) {
  return fmt::format("(assumed: {}; {})", value_text(setting, setting.value),
                     setting.path.empty() ? "no field sets it" : setting.path);
}

std::string verdict_text(const Sensitivity& sensitivity) {
  return sensitivity.verdict == "same" ? "A and B are the same" : "B is " + sensitivity.verdict;
}

std::string flip_text(const Sensitivity& sensitivity, const SettingSensitivity& found,
                      const SettingSensitivity::Flip& flip) {
  // Of a count `value` is the first that turns the verdict.
  const char* side =
      found.setting.is_count ? (flip.is_above ? "at least" : "at most") : (flip.is_above ? "above" : "below");
  std::string text = fmt::format("{} unless {} is {} {}", verdict_text(sensitivity), printable(found.setting.what),
                                 side, value_text(found.setting, flip.value));
  if (!found.setting.is_count || flip.high - flip.low > 1.0)
    text += fmt::format(", within {} to {}", value_text(found.setting, flip.low), value_text(found.setting, flip.high));
  return text + ' ' + printable(origin_text(found.setting));
}

std::string range_text(const SettingSensitivity& found) {
  std::string text = fmt::format("{} {} to {}", printable(found.setting.what), value_text(found.setting, found.lowest),
                                 value_text(found.setting, found.highest));
  if (found.is_cut_below || found.is_cut_above) text += " (beyond it nothing is steady)";
  return text;
}

std::string listed(const Sensitivity& sensitivity, bool (*is_meant)(const SettingSensitivity&)) {
  std::string text;
  for (const SettingSensitivity& found : sensitivity.settings)
    if (is_meant(found)) text += (text.empty() ? "" : "; ") + range_text(found);
  return text;
}

}  // namespace

std::string sensitivity_title(const Sensitivity& sensitivity) {
  return fmt::format("which assumed default would turn the verdict of {} of {}, {}", sensitivity.metric,
                     printable(sensitivity.traffic), printable(sensitivity.variants));
}

std::vector<std::string> sensitivity_lines(const Sensitivity& sensitivity) {
  if (sensitivity.trials == 0)
    return {sensitivity.verdict.empty()
                ? "there is no verdict to turn"
                : fmt::format("the verdict is {}: there is nothing to turn",
                              sensitivity.verdict == "cannot_tell" ? "cannot tell" : sensitivity.verdict)};
  if (sensitivity.is_shown && sensitivity.settings.empty()) return {"no number of the model is assumed"};
  if (!sensitivity.is_shown)
    return {fmt::format("{} replications are too few to show the verdict itself: it hangs by a thread",
                        sensitivity.replications)};
  std::vector<std::string> lines;
  for (const SettingSensitivity& found : sensitivity.settings)
    for (const SettingSensitivity::Flip& flip : found.flips) lines.push_back(flip_text(sensitivity, found, flip));
  for (const SettingSensitivity& found : sensitivity.settings) {
    if (found.is_open_below)
      lines.push_back(fmt::format("nobody can tell with {} of {} {}", printable(found.setting.what),
                                  value_text(found.setting, found.lowest), printable(origin_text(found.setting))));
    if (found.is_open_above)
      lines.push_back(fmt::format("nobody can tell with {} of {} {}", printable(found.setting.what),
                                  value_text(found.setting, found.highest), printable(origin_text(found.setting))));
  }
  const std::string holding = listed(sensitivity, [](const SettingSensitivity& found) { return found.holds(); });
  std::string left_out;
  for (const SettingSensitivity& found : sensitivity.settings)
    if (!found.is_tried) left_out += (left_out.empty() ? "" : "; ") + printable(found.setting.what);
  if (!holding.empty()) lines.push_back(fmt::format("{} at both ends of: {}", verdict_text(sensitivity), holding));
  if (!left_out.empty()) lines.push_back("not tried, the events allowed are used up or it was stopped: " + left_out);
  lines.push_back(fmt::format(
      "each varied alone from 1/{:g} to {:g} times its default: {} trials of {} replications a side, {} million events",
      sensitivity.range, sensitivity.range, sensitivity.trials, sensitivity.replications,
      significant(static_cast<double>(sensitivity.events) * 1e-6)));
  return lines;
}

}  // namespace towtank::tool

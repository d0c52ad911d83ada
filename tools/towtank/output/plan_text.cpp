#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/output/comparison.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/plan.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

using State = PlannedSetting::State;

constexpr std::size_t kOverloadedShown = 3;

const char* word_of(State state) {
  switch (state) {
    case State::not_tried:
      return "not tried";
    case State::overloaded:
      return "overloaded";
    case State::met:
      return "met";
    case State::missed:
      return "MISSED";
    case State::unsteady:
      return "no steady state";
    case State::undecided:
      return "undecided";
  }
  return "";
}

std::string cost_text(const StudyPlan& plan, const PlannedSetting& setting) {
  if (!setting.cost) return "-";
  return plan.cost == PlanCost::usd ? fmt::format("{:.2f} {}", *setting.cost, plan.cost_unit)
                                    : fmt::format("{:g} {}", *setting.cost, plan.cost_unit);
}

/// `5 %`: what the user chose, without digits that he did not.
class PlanWriter {
 public:
  PlanWriter(const StudyPlan& plan, const PlanStyle& style) : plan_{plan}, style_{style} {}

  std::string text() {
    text_ = paint(printable(plan_.scenario), Colour::bold, style_.colour) + ", settings of " +
            printable(plan_.variant) + '\n';
    for (const std::string& objective : plan_.objectives) text_ += "  " + printable(objective) + '\n';
    text_ += '\n' + table() + '\n';
    line(paint(answer(), Colour::bold, style_.colour));
    for (const std::string& remark : remarks()) line(remark);
    for (const std::string& warning : plan_.warnings)
      text_ += paint("warning:", Colour::yellow, style_.colour) + ' ' +
               wrapped(printable(warning), style_.width - 9, 9) + '\n';
    if (!style_.quiet) text_ += '\n' + wrapped(meaning(), style_.width, 0) + '\n';
    return text_;
  }

 private:
  std::string table() const {
    Grid grid{{Align::left, Align::right, Align::right}};
    std::vector<std::string> header{"setting", "cost", "utilization"};
    for (const std::string& objective : plan_.objectives) header.push_back(printable(metric_in(objective)));
    header.insert(header.end(), {"replications", "verdict"});
    grid.row(std::move(header));
    std::size_t overloaded = 0, left_out = 0;
    for (std::size_t i = 0; i < plan_.settings.size(); ++i) {
      const PlannedSetting& setting = plan_.settings[i];
      const bool is_shown = setting.tried > 0 ||
                            (setting.state == State::overloaded && ++overloaded <= kOverloadedShown) ||
                            plan_.nearest == i;
      if (is_shown)
        grid.row(cells(setting));
      else
        ++left_out;
    }
    if (left_out > 0) grid.line(fmt::format("... and {} more that were not simulated (-o json lists them)", left_out));
    return grid.text(2);
  }

  std::vector<std::string> cells(const PlannedSetting& setting) const {
    std::vector<std::string> row{printable(setting.name), cost_text(plan_, setting),
                                 setting.utilization ? percentage(*setting.utilization) : "-"};
    for (std::size_t i = 0; i < plan_.objectives.size(); ++i)
      row.push_back(i < setting.objectives.size() ? observed_text(setting.objectives[i]) : "-");
    row.push_back(setting.replications > 0 ? std::to_string(setting.replications) : "-");
    row.emplace_back(word_of(setting.state));
    return row;
  }

  /// `api p99` of `api p99 < 250ms`.
  static std::string metric_in(const std::string& objective) {
    const std::string left = objective.substr(0, objective.find_first_of("<>"));
    return left.substr(0, left.find_last_not_of(' ') + 1);
  }

  std::string answer() const {
    const std::string sure = "with probability " + round_percentage(plan_.probability);
    switch (plan_.answer) {
      case StudyPlan::Answer::met:
        return fmt::format("{} is the {} that meets the objectives ({}), {}.", name(*plan_.chosen),
                           plan_.by_bisection ? "smallest value" : "cheapest setting",
                           cost_text(plan_, plan_.settings[*plan_.chosen]), sure);
      case StudyPlan::Answer::none_meets:
        return fmt::format("No setting meets the objectives, {}.{}", sure, nearest());
      case StudyPlan::Answer::interrupted:
        return "Interrupted: what was tried until then stands above, and nothing is promised.";
      case StudyPlan::Answer::undecided:
        break;
    }
    if (!plan_.chosen)
      return "Undecided within the replications allowed: no setting was shown to meet the objectives." + nearest();
    if (!plan_.selection_is_sure)
      return fmt::format("Undecided within the replications allowed: {} meets the objectives, another may be cheaper.",
                         name(*plan_.chosen));
    return fmt::format(
        "Undecided within the replications allowed: {} meets the objectives, and a cheaper one may do so, too.",
        name(*plan_.chosen));
  }

  std::string nearest() const {
    if (!plan_.nearest) return {};
    const PlannedSetting& setting = plan_.settings[*plan_.nearest];
    if (setting.state == State::overloaded && setting.utilization)
      return fmt::format(" All are overloaded; {} least: {} is offered {} of what it can serve.", name(*plan_.nearest),
                         setting.bottleneck, percentage(*setting.utilization));
    return fmt::format(" {} comes nearest.", name(*plan_.nearest));
  }

  std::vector<std::string> remarks() const {
    std::vector<std::string> all;
    if (plan_.compared.size() > 1) {
      std::string names;
      for (const std::size_t i : plan_.compared) names += (names.empty() ? "" : ", ") + name(i);
      all.push_back(plan_.cost == PlanCost::usd
                        ? fmt::format("Of those that meet the objectives ({}) it was selected by its dollars.", names)
                        : fmt::format("Of those that cost the same ({}) it was selected by the better {}{}.", names,
                                      printable(metric_in(plan_.objectives.front())),
                                      plan_.selection_is_sure ? ""
                                                              : ", which was not decided within the replications "
                                                                "allowed"));
    }
    std::vector<const PlannedSetting*> tried;
    for (const PlannedSetting& setting : plan_.settings)
      if (setting.tried > 0) tried.push_back(&setting);
    std::sort(tried.begin(), tried.end(), [](const auto* a, const auto* b) { return a->tried < b->tried; });
    std::string order;
    for (const PlannedSetting* setting : tried) order += (order.empty() ? "" : ", ") + printable(setting->name);
    if (plan_.by_bisection && !order.empty())
      all.push_back("Searched by bisection, in this order: " + order +
                    ". It takes for granted that a larger value serves no worse, and costs no less.");
    if (!plan_.by_bisection && !order.empty()) all.push_back("Tried, the cheapest first: " + order + ".");
    return all;
  }

  std::string meaning() const {
    return fmt::format(
        "Overloaded: by the closed form, not simulated. Each of at most {} decisions looks at growing numbers of "
        "replications with confidence limits whose errors add up to its part of {} (error spending, union bound); "
        "within "
        "{} of a bound either answer counts as right{}. Intervals shown are of 95 % each.",
        plan_.decisions, round_percentage(1.0 - plan_.probability), round_percentage(plan_.indifference),
        plan_.compared.size() > 1 ? ", and so it does among settings selected from (Kim-Nelson, common random numbers)"
                                  : "");
  }

  std::string name(std::size_t i) const { return printable(plan_.settings[i].name); }
  void line(const std::string& text) { text_ += wrapped(text, style_.width, 2) + '\n'; }

  const StudyPlan& plan_;
  const PlanStyle& style_;
  std::string text_;
};

}  // namespace

std::string plan_text(const StudyPlan& plan, const PlanStyle& style) { return PlanWriter{plan, style}.text(); }

}  // namespace towtank::tool

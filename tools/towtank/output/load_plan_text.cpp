#include <fmt/core.h>

#include "tools/towtank/output/load_plan.hpp"
#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

using Answer = VariantLoad::Answer;

constexpr std::size_t kMostPairs = 6;

std::string load_text(double load) { return significant(load, 4); }
/// `pod shop-2 on worker-0`, or `A and 2 more`.
std::string stations_text(const std::vector<std::string>& stations) {
  if (stations.empty()) return "-";
  if (stations.size() <= 2)
    return printable(stations.size() == 1 ? stations[0] : fmt::format("{} and {}", stations[0], stations[1]));
  return printable(fmt::format("{} and {} more", stations[0], stations.size() - 1));
}

class LoadPlanWriter {
 public:
  LoadPlanWriter(const StudyLoadPlan& plan, const PlanStyle& style, const std::string& results_path)
      : plan_{plan}, style_{style}, results_path_{results_path} {}

  std::string text() {
    text_ = paint(printable(plan_.scenario), Colour::bold, style_.colour) + ", how much load each variant bears\n\n";
    text_ += table() + '\n';
    for (const VariantLoad& variant : plan_.variants) line(paint(answer(variant), Colour::bold, style_.colour));
    for (const std::string& comparison : comparisons()) line(comparison);
    if (!plan_.complete) line("Interrupted: what was tried until then stands above, and nothing is promised.");
    for (const std::string& warning : plan_.warnings)
      text_ += paint("warning:", Colour::yellow, style_.colour) + ' ' +
               wrapped(printable(warning), style_.width - 9, 9) + '\n';
    if (style_.quiet) return text_;
    text_ += '\n' + wrapped(meaning(), style_.width, 0) + '\n';
    text_ +=
        fmt::format("Latency over load: {0}/load_curve.csv; `towtank plot {0}` draws it.\n", printable(results_path_));
    return text_;
  }

 private:
  std::string table() const {
    Grid grid{{Align::left, Align::right, Align::right, Align::right, Align::right, Align::left}};
    grid.row({"variant", "meets at load", "misses at load", "requests/s", "saturates at", "breaks first"});
    for (const VariantLoad& variant : plan_.variants) {
      const bool has_objective = variant.answer != Answer::capacity;
      const std::string high = variant.high ? load_text(*variant.high) : "-";
      grid.row({printable(variant.variant), variant.low ? load_text(*variant.low) : "-", has_objective ? high : "-",
                rates(variant), load_text(variant.ceiling), stations_text(variant.breaks_first)});
    }
    return grid.text(2);
  }

  static std::string rates(const VariantLoad& variant) {
    if (!variant.rate_per_s) return "-";
    const auto at = [&](double load) { return significant(load * *variant.rate_per_s, 4); };
    if (variant.answer == Answer::capacity) return at(variant.ceiling);
    return variant.low && variant.high ? fmt::format("{} to {}", at(*variant.low), at(*variant.high)) : "-";
  }

  std::string answer(const VariantLoad& variant) const {
    const std::string name = printable(variant.variant);
    const std::string sure = fmt::format("with probability {}", round_percentage(plan_.probability));
    const double lowest = variant.tried.empty() ? 0.0 : variant.tried.front().load;
    switch (variant.answer) {
      case Answer::found:
        return found(variant, name, sure);
      case Answer::capacity:
        return fmt::format("{}: no objective binds it, so this is its capacity: at load {} {} is full.", name,
                           load_text(variant.ceiling), stations_text(variant.breaks_first));
      case Answer::missed:
        return fmt::format(
            "{} misses an objective already at load {}, {} of its capacity, {}: less load does not help.", name,
            load_text(lowest), percentage(lowest / variant.ceiling), sure);
      case Answer::unsteady:
        return fmt::format("{} has no steady state even at load {}, {} of its capacity: requests pile up{}.", name,
                           load_text(lowest), percentage(lowest / variant.ceiling),
                           variant.waits_at.empty() ? "" : " at " + printable(variant.waits_at));
      case Answer::interrupted:
        return name + ": interrupted.";
      case Answer::undecided:
        break;
    }
    return fmt::format("{}: undecided within the replications allowed: no load was shown to meet the objectives.",
                       name);
  }

  std::string found(const VariantLoad& variant, const std::string& name, const std::string& sure) const {
    if (!variant.high || *variant.high == variant.ceiling) {
      std::string text =
          fmt::format("{} bears at least {} times the load, {}; by the closed form {} is full at {}", name,
                      load_text(*variant.low), sure, stations_text(variant.breaks_first), load_text(variant.ceiling));
      return text + (variant.high ? "." : ", and with a queue that ends it may bear more, which is not searched.");
    }
    std::string text = fmt::format("{} bears between {} and {} times the load, {}", name, load_text(*variant.low),
                                   load_text(*variant.high), sure);
    if (!variant.waits_at.empty())
      text += fmt::format("; beyond, requests wait longest at {}", printable(variant.waits_at));
    return text + '.';
  }

  std::vector<std::string> comparisons() const {
    std::vector<std::string> all;
    const std::size_t count = plan_.variants.size();
    const bool all_pairs = count * (count - 1) / 2 <= kMostPairs;
    for (std::size_t i = 0; i < count; ++i)
      for (std::size_t j = i + 1; j < count && (all_pairs || i == 0); ++j)
        all.push_back(comparison(plan_.variants[i], plan_.variants[j]));
    return all;
  }

  static std::string comparison(const VariantLoad& one, const VariantLoad& other) {
    const LoadOrder order = compared(one, other);
    const std::string a = printable(one.variant), b = printable(other.variant);
    if (order == LoadOrder::cannot_tell) return fmt::format("Whether {} or {} bears more: cannot tell.", a, b);
    const bool is_more = order == LoadOrder::more;
    return fmt::format("{} bears more load than {}.", is_more ? a : b, is_more ? b : a);
  }

  std::string meaning() const {
    std::string text = fmt::format(
        "Loads are values of spec.load: 1 is the traffic as written. A variant saturates where, by the closed form, "
        "the "
        "first of its stations is full. ");
    if (plan_.decisions > 0)
      text += fmt::format(
          "The load it bears is searched below by bisection, which takes for granted that more load serves no better, "
          "until what meets the objectives and what misses them are {} apart, or neither is shown within the "
          "replications allowed. The errors of at most {} decisions add up to {} (error spending, union bound), so all "
          "intervals hold together. Equal loads meet the same customers in all variants.",
          round_percentage(plan_.resolution), plan_.decisions, round_percentage(1.0 - plan_.probability));
    return text;
  }

  void line(const std::string& text) { text_ += wrapped(text, style_.width, 2) + '\n'; }

  const StudyLoadPlan& plan_;
  const PlanStyle& style_;
  const std::string& results_path_;
  std::string text_;
};

}  // namespace

std::string load_plan_text(const StudyLoadPlan& plan, const PlanStyle& style, const std::string& results_path) {
  return LoadPlanWriter{plan, style, results_path}.text();
}

}  // namespace towtank::tool

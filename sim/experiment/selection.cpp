#include "sim/experiment/selection.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/random/elementary.hpp"

namespace towtank {
namespace {

class KimNelson {
 public:
  KimNelson(std::size_t systems, const SelectionRule& rule, const SystemSample& sample)
      : rule_{rule}, sample_{sample}, values_(systems), sums_(systems, 0.0), h2_{kim_nelson_h2(systems, rule)} {
    for (std::size_t i = 0; i < systems; ++i) alive_.push_back(i);
  }

  Selection run() {
    while (rounds_ < rule_.first_stage) sample_round();
    estimate_variances();
    for (;;) {
      screen();
      if (alive_.size() == 1 || static_cast<double>(rounds_) > longest()) return ended(false);
      if (rounds_ >= rule_.most) return ended(true);
      sample_round();
    }
  }

 private:
  void sample_round() {
    for (const std::size_t i : alive_) {
      values_[i].push_back(sample_(i, rounds_));
      sums_[i] += values_[i].back();
    }
    ++rounds_;
  }

  /// Of the paired differences, where common random numbers have their effect.
  void estimate_variances() {
    const auto n = static_cast<double>(rounds_);
    variances_.assign(alive_.size(), std::vector<double>(alive_.size(), 0.0));
    for (const std::size_t i : alive_) {
      for (const std::size_t j : alive_) {
        const double mean = (sums_[i] - sums_[j]) / n;
        for (std::size_t r = 0; r < rounds_; ++r) {
          const double excess = values_[i][r] - values_[j][r] - mean;
          variances_[i][j] += excess * excess / (n - 1.0);
        }
      }
    }
  }

  /// Every system is held against all that were there at the beginning of the round, the ones that leave as well.
  void screen() {
    const auto r = static_cast<double>(rounds_);
    std::vector<std::size_t> kept;
    for (const std::size_t i : alive_) {
      const bool beaten = std::any_of(alive_.begin(), alive_.end(), [&](std::size_t j) {
        const double allowance =
            std::max(0.0, h2_ * variances_[i][j] / rule_.indifference - r * rule_.indifference) / (2.0 * r);
        return j != i && sums_[i] / r > sums_[j] / r + allowance;
      });
      if (!beaten) kept.push_back(i);
    }
    alive_ = std::move(kept);
  }

  /// After so many replications no pair that is left has any allowance.
  double longest() const {
    double most = 0.0;
    for (const std::size_t i : alive_)
      for (const std::size_t j : alive_)
        most = std::max(most, std::floor(h2_ * variances_[i][j] / (rule_.indifference * rule_.indifference)));
    return most;
  }

  Selection ended(bool cap_reached) const {
    Selection made;
    made.survivors = alive_;
    made.best = *std::min_element(alive_.begin(), alive_.end(),
                                  [&](std::size_t i, std::size_t j) { return sums_[i] < sums_[j]; });
    for (const std::vector<double>& values : values_) made.replications.push_back(values.size());
    made.cap_reached = cap_reached;
    return made;
  }

  const SelectionRule& rule_;
  const SystemSample& sample_;
  std::vector<std::vector<double>> values_;  // by system, by replication
  std::vector<double> sums_;
  std::vector<std::vector<double>> variances_;
  std::vector<std::size_t> alive_;
  std::size_t rounds_ = 0;
  double h2_;
};

}  // namespace

double kim_nelson_h2(std::size_t systems, const SelectionRule& rule) {
  const auto df = static_cast<double>(rule.first_stage - 1);
  const double one_pair = 2.0 * rule.error / static_cast<double>(systems - 1);
  const double eta = 0.5 * (elementary::power(one_pair, -2.0 / df) - 1.0);
  return 2.0 * eta * df;
}

Selection select_least(std::size_t systems, const SelectionRule& rule, const SystemSample& sample) {
  TOWTANK_CHECK(systems >= 1, "a selection is among at least one system");
  TOWTANK_CHECK(rule.indifference > 0.0 && rule.error > 0.0 && rule.error < 0.5,
                "a selection has an indifference above 0 and an error below a half");
  TOWTANK_CHECK(rule.first_stage >= 2 && rule.most >= rule.first_stage,
                "a first stage is of two replications or more, and within the most");
  if (systems == 1) return {0, {0}, {0}, false};
  return KimNelson{systems, rule, sample}.run();
}

}  // namespace towtank

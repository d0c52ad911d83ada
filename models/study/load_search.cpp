#include "models/study/load_search.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/core/check.hpp"
#include "sim/random/elementary.hpp"

namespace towtank {
namespace {

constexpr double kLowest = 0.02;             // of the ceiling: with so little load hardly anybody waits
constexpr std::size_t kAroundUndecided = 3;  // decisions to spare

}  // namespace

LoadSearch::LoadSearch(double ceiling, double resolution) : step_{1.0 + resolution / 2.0} {
  TOWTANK_CHECK(ceiling > 0.0 && resolution >= 0.0009 && resolution < 1.0, "a search has a ceiling and a resolution that a ladder can have");
  const double steps_to_ceiling = elementary::log(ceiling) / elementary::log(step_);
  highest_ = static_cast<int>(std::ceil(steps_to_ceiling)) - 1;
  while (load_of(highest_) >= ceiling) --highest_;
  lowest_ = std::min(highest_,
                     static_cast<int>(std::ceil(steps_to_ceiling + elementary::log(kLowest) / elementary::log(step_))));
  low_ = lowest_ - 1;
  high_ = highest_ + 1;
  decisions_ = static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(high_ - low_ - 1))) + kAroundUndecided;
}

double LoadSearch::load_of(int step) const { return elementary::power(step_, static_cast<double>(step)); }

std::optional<int> LoadSearch::next() const {
  const int gap = high_ - low_;
  if (made_ >= decisions_ || gap <= 1) return std::nullopt;
  if (!undecided_) return gap == 2 && met() ? std::nullopt : std::optional{low_ + gap / 2};
  const int below = undecided_->first - low_, above = high_ - undecided_->last;
  if (std::max(below, above) <= 1) return std::nullopt;
  const int away = 2 * (undecided_->last - undecided_->first + 1);
  return below >= above ? undecided_->first - std::min(away, below / 2) : undecided_->last + std::min(away, above / 2);
}

void LoadSearch::tell(int step, Outcome outcome) {
  ++made_;
  if (outcome == Outcome::met) low_ = std::max(low_, step);
  if (outcome == Outcome::missed) high_ = std::min(high_, step);
  if (outcome == Outcome::undecided)
    undecided_ = undecided_ ? Undecided{std::min(undecided_->first, step), std::max(undecided_->last, step)}
                            : Undecided{step, step};
  if (!undecided_) return;
  // A load beyond one that is decided is decided, too.
  undecided_->first = std::max(undecided_->first, low_ + 1);
  undecided_->last = std::min(undecided_->last, high_ - 1);
  if (undecided_->first > undecided_->last) undecided_.reset();
}

}  // namespace towtank

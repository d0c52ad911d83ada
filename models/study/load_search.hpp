#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace towtank {

/// Which loads to try for the largest that meets the objectives, when more load serves no better.
///
/// Loads are the steps of a ladder that all variants share, (1 + resolution / 2)^step, so that variants meet each other
/// on equal loads. Bisection, until what is shown to meet and what is shown to miss are two steps apart. A load that
/// stays undecided lies close to the answer: from there the search goes on to both sides, first two steps away, then
/// further.
class LoadSearch {
 public:
  enum class Outcome : std::uint8_t { met, missed, undecided };

  /// @param ceiling     a load known to be too much, > 0
  /// @param resolution  share of the load that the two ends may be apart, in (0, 1)
  LoadSearch(double ceiling, double resolution);

  double load_of(int step) const;
  /// The steps from a fiftieth of the ceiling to below it.
  int lowest() const { return lowest_; }
  int highest() const { return highest_; }
  /// Loads tried at most.
  std::size_t decisions() const { return decisions_; }

  /// The step to try next; empty when done.
  std::optional<int> next() const;
  void tell(int step, Outcome outcome);

  /// The largest step that met; empty when none has.
  std::optional<int> met() const { return low_ < lowest_ ? std::nullopt : std::optional{low_}; }
  /// The smallest step that missed; empty when none has: then it is the ceiling.
  std::optional<int> missed() const { return high_ > highest_ ? std::nullopt : std::optional{high_}; }
  /// Nothing is met, down to the lowest step.
  bool is_missed_at_lowest() const { return high_ == lowest_; }

 private:
  struct Undecided {
    int first, last;
  };

  double step_;  // from one load to the next, as a factor
  int lowest_, highest_;
  int low_, high_;  // outside of the ladder while nothing is known
  std::optional<Undecided> undecided_;
  std::size_t decisions_, made_ = 0;
};

}  // namespace towtank

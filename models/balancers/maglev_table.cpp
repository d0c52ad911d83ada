#include "models/balancers/maglev_table.hpp"

#include <algorithm>
#include <utility>

#include "sim/core/check.hpp"

namespace towtank {

namespace {

constexpr std::uint32_t kFree = UINT32_MAX;

/// A table that fills up, and where each backend looks next.
class Filling {
 public:
  Filling(std::span<const MaglevWish> wishes, std::uint32_t size) : wishes_{wishes}, table_(size, kFree) {
    TOWTANK_CHECK(!wishes.empty() && size > 1, "a maglev table has places, and somebody to own them");
    for (const MaglevWish& wish : wishes) next_.push_back(wish.start);
  }

  /// @return whether the table is full
  bool take(std::uint32_t i) {
    while (table_[next_[i]] != kFree) step(i);
    table_[next_[i]] = i;
    step(i);
    return ++filled_ == table_.size();
  }

  std::vector<std::uint32_t> table() && { return std::move(table_); }

 private:
  void step(std::uint32_t i) {
    next_[i] = static_cast<std::uint32_t>((std::uint64_t{next_[i]} + wishes_[i].skip) % table_.size());
  }

  std::span<const MaglevWish> wishes_;
  std::vector<std::uint32_t> table_, next_;
  std::size_t filled_ = 0;
};

}  // namespace

std::vector<std::uint32_t> maglev_table(std::span<const MaglevWish> wishes, std::uint32_t size) {
  Filling filling{wishes, size};
  std::uint64_t heaviest = 1;
  for (const MaglevWish& wish : wishes) heaviest = std::max<std::uint64_t>(heaviest, wish.weight);
  std::vector<std::uint64_t> taken(wishes.size(), 0);  // in units of the heaviest
  for (std::uint64_t round = 1;; ++round) {
    for (std::uint32_t i = 0; i < wishes.size(); ++i) {
      if (round * wishes[i].weight < taken[i]) continue;
      taken[i] += heaviest;
      if (filling.take(i)) return std::move(filling).table();
    }
  }
}

std::vector<std::uint32_t> maglev_table_by_turns(std::span<const MaglevWish> wishes, std::uint32_t size) {
  Filling filling{wishes, size};
  for (;;)
    for (std::uint32_t i = 0; i < wishes.size(); ++i)
      for (std::uint32_t turn = 0; turn < wishes[i].weight; ++turn)
        if (filling.take(i)) return std::move(filling).table();
}

}  // namespace towtank

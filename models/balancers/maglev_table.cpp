#include "models/balancers/maglev_table.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace towtank {

std::vector<std::uint32_t> maglev_table(std::span<const MaglevWish> wishes, std::uint32_t size) {
  constexpr std::uint32_t kFree = UINT32_MAX;
  TOWTANK_CHECK(!wishes.empty() && size > 1, "a maglev table has places, and somebody to own them");
  std::uint64_t heaviest = 1;
  for (const MaglevWish& wish : wishes) heaviest = std::max<std::uint64_t>(heaviest, wish.weight);
  std::vector<std::uint32_t> table(size, kFree);
  std::vector<std::uint32_t> next;
  for (const MaglevWish& wish : wishes) next.push_back(wish.start);
  std::vector<std::uint64_t> taken(wishes.size(), 0);  // in units of the heaviest
  std::uint32_t filled = 0;
  for (std::uint64_t round = 1;; ++round) {
    for (std::uint32_t i = 0; i < wishes.size(); ++i) {
      if (round * wishes[i].weight < taken[i]) continue;
      taken[i] += heaviest;
      const auto step = [&] { next[i] = static_cast<std::uint32_t>((std::uint64_t{next[i]} + wishes[i].skip) % size); };
      while (table[next[i]] != kFree) step();
      table[next[i]] = i;
      step();
      if (++filled == size) return table;
    }
  }
}

}  // namespace towtank

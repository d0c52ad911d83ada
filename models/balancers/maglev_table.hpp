#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace towtank {

/// Places of the tables that Cilium takes, and of the one that it has unless told. @source models/SOURCES.md 3.1
inline constexpr std::array<std::int64_t, 10> kCiliumTables = {251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071};
inline constexpr std::int64_t kCiliumTable = 16381;

/// Where one backend wants to stand in a table: at (start + i skip) mod size, for i = 0, 1, ...
struct MaglevWish {
  std::uint32_t start = 0;   ///< < size
  std::uint32_t skip = 1;    ///< 1 .. size - 1
  std::uint32_t weight = 1;  ///< >= 1
};

/// Which backend owns each place. Backends take the next free place of their wishes in turns; in round k one that
/// weighs less than the heaviest takes a turn only while k times its weight has caught up with what it took.
/// @param wishes  not empty   @param size  a prime; of more wishes than that the last own nothing   @return indices into `wishes`
/// @source Eisenbud et al., Maglev, NSDI 2016, 3.4; weights as in Envoy (maglev_lb.cc).
std::vector<std::uint32_t> maglev_table(std::span<const MaglevWish> wishes, std::uint32_t size);

/// The same with whole turns: a backend takes as many places in a row as it weighs.
/// @source Linux net/netfilter/ipvs/ip_vs_mh.c
std::vector<std::uint32_t> maglev_table_by_turns(std::span<const MaglevWish> wishes, std::uint32_t size);

}  // namespace towtank

#pragma once

#include <cstdint>
#include <string_view>

namespace towtank::balancer {

/// 64-bit FNV-1a of `bytes` behind what `before` is the hash of. @source Fowler, Noll, Vo: offset basis and prime of 64
/// bits
std::uint64_t fnv1a(std::string_view bytes, std::uint64_t before = 0xCBF29CE484222325u);

/// What a server bids for a caller: weight / -ln(hash / 2^64). The highest wins. @param hash  of caller and server
/// @source Schindelhauer and Schomaker, Weighted Distributed Hash Tables, SPAA 2005
double hrw_score(std::uint64_t hash, std::uint32_t weight);

}  // namespace towtank::balancer

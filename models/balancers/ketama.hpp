#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace towtank {

/// CRC-32 of `bytes` behind what `before` is the CRC-32 of. @source ISO 3309, as in zlib
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0);

/// An IPv4 address as nginx writes it: 100.64.0.1.
class AddressText {
 public:
  explicit AddressText(std::uint32_t address);
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 15> text_{};
  std::size_t size_ = 0;
};

/// Points on a circle of CRC-32s: 160 for each unit of weight. The next point of a server is the CRC-32 of its name and
/// of the four bytes of the point before; of two points in one place the first stays.
/// @source nginx ngx_http_upstream_hash_module.c (chash), after Cache::Memcached::Fast
class KetamaRing {
 public:
  static constexpr std::uint32_t kPointsOfWeight = 160;

  void clear() { points_.clear(); }
  void add(std::string_view name, std::uint32_t owner, std::uint32_t weight);
  /// To be called when all points are there, before the others.
  void close();

  bool empty() const { return points_.empty(); }
  std::size_t size() const { return points_.size(); }

  /// The first point at or after a hash, around the circle. O(log n). The ring must have a point.
  std::size_t place_of(std::uint32_t hash) const;
  std::size_t after(std::size_t place) const { return place + 1 < points_.size() ? place + 1 : 0; }
  std::uint32_t owner_at(std::size_t place) const { return points_[place].second; }

 private:
  std::vector<std::pair<std::uint32_t, std::uint32_t>> points_;  ///< where one lies, and whose it is
};

/// A name for an endpoint whose address is not known before it runs: ADDRESS, `separator`, port 8080. No two of a
/// replication share one. @param seed  of the replication
std::string drawn_name(std::uint32_t endpoint, std::uint64_t seed, char separator);

}  // namespace towtank

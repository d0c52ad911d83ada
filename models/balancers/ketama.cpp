#include "models/balancers/ketama.hpp"

#include <algorithm>
#include <charconv>

namespace towtank {

namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    table[byte] = byte;
    for (int bit = 0; bit < 8; ++bit) table[byte] = table[byte] >> 1 ^ (table[byte] & 1 ? 0xEDB88320u : 0u);
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcOfByte = make_table();

}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  std::uint32_t state = ~before;
  for (const char byte : bytes) state = kCrcOfByte[(state ^ static_cast<unsigned char>(byte)) & 0xFFu] ^ state >> 8;
  return ~state;
}

AddressText::AddressText(std::uint32_t address) {
  char* at = text_.data();
  for (int shift = 24; shift >= 0; shift -= 8) {
    at = std::to_chars(at, text_.data() + text_.size(), address >> shift & 0xFFu).ptr;
    if (shift > 0) *at++ = '.';
  }
  size_ = static_cast<std::size_t>(at - text_.data());
}

void KetamaRing::add(std::string_view name, std::uint32_t owner, std::uint32_t weight) {
  const std::uint32_t of_name = crc32(name);
  std::uint32_t point = 0;
  for (std::uint64_t i = 0; i < std::uint64_t{weight} * kPointsOfWeight; ++i) {
    std::array<char, 4> bytes{};  // little endian, as on the machines that nginx runs on
    for (unsigned k = 0; k < 4; ++k) bytes[k] = static_cast<char>(point >> 8 * k & 0xFFu);
    point = crc32({bytes.data(), bytes.size()}, of_name);
    points_.emplace_back(point, owner);
  }
}

void KetamaRing::close() {
  std::sort(points_.begin(), points_.end());
  const auto in_one_place = [](const auto& a, const auto& b) { return a.first == b.first; };
  points_.erase(std::unique(points_.begin(), points_.end(), in_one_place), points_.end());
}

std::size_t KetamaRing::place_of(std::uint32_t hash) const {
  const auto found = std::lower_bound(points_.begin(), points_.end(), std::pair{hash, std::uint32_t{0}});
  return found == points_.end() ? 0 : static_cast<std::size_t>(found - points_.begin());
}

std::string drawn_name(std::uint32_t endpoint, std::uint64_t seed, char separator) {
  constexpr std::uint32_t kNet = 10u << 24, kHosts = 1u << 24;
  const auto step = static_cast<std::uint32_t>(seed) | 1u, start = static_cast<std::uint32_t>(seed >> 32);
  std::string name{AddressText{kNet | ((start + endpoint * step) % kHosts)}.view()};
  name += separator;
  return name += "8080";
}

}  // namespace towtank

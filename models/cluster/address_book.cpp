#include "models/cluster/address_book.hpp"

#include <algorithm>
#include <charconv>

#include "models/kubernetes/name_hash.hpp"

namespace towtank {

std::optional<std::uint32_t> ipv4_of(std::string_view text) {
  std::uint32_t address = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int part = 0; part < 4; ++part) {
    std::uint8_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{}) return std::nullopt;
    address = address << 8U | number;
    at = next;
    if (part == 3) break;
    if (at == end || *at != '.') return std::nullopt;
    ++at;
  }
  return at == end ? std::optional{address} : std::nullopt;
}

std::string ipv4_text(std::uint32_t address) {
  std::string text;
  for (const std::uint32_t shift : {24U, 16U, 8U, 0U})
    text += (text.empty() ? "" : ".") + std::to_string(address >> shift & 0xffU);
  return text;
}

std::optional<std::uint32_t> AddressBook::give(std::string_view name, std::span<const AddressRange> ranges) {
  const std::uint64_t hash = name_hash(name);
  for (const AddressRange& range : ranges) {
    const auto home = static_cast<std::uint32_t>(hash % range.count);
    for (std::uint32_t step = 0; step < range.count; ++step) {
      const std::uint32_t number = range.first + static_cast<std::uint32_t>((std::uint64_t{home} + step) % range.count);
      if (take(number)) return number;
    }
  }
  return std::nullopt;
}

}  // namespace towtank

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace towtank {

/// `10.0.0.1`; empty for anything else.
std::optional<std::uint32_t> ipv4_of(std::string_view text);
std::string ipv4_text(std::uint32_t address);

/// Numbers in a row that may be given out, such as IPv4 addresses.
struct AddressRange {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// Gives numbers out by a hash of who asks: the same name gets the same number whatever else asks, but for collisions,
/// where the next free one is given. So callers ask in an order that does not depend on files.
class AddressBook {
 public:
  /// It is in use and not given out any more. @return false when it already was
  bool take(std::uint32_t number) { return taken_.insert(number).second; }

  /// @param ranges  a range is used when those before it are full
  /// @return empty when all are full
  std::optional<std::uint32_t> give(std::string_view name, std::span<const AddressRange> ranges);

 private:
  std::set<std::uint32_t> taken_;
};

}  // namespace towtank

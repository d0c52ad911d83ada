#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/core/check.hpp"

namespace towtank {

/// What a random number is for: the hash of a name such as "traffic/api/arrival". Adding a purpose moves no other one.
enum class PurposeId : std::uint32_t {};

/// FNV-1a, 32 bits, of the name's bytes. It only has to keep names apart: Philox does the mixing.
/// @source Fowler, Noll, Vo, draft-eastlake-fnv.
constexpr PurposeId purpose_of(std::string_view name) {
  std::uint32_t hash = 0x811C9DC5u;
  for (const char letter : name) {
    hash ^= static_cast<std::uint8_t>(letter);
    hash *= 0x01000193u;
  }
  return PurposeId{hash};
}

/// Hands out the ids of one model and sees to it that no two names share one.
class PurposeRegistry {
 public:
  /// @return the name's id; empty when another name already has it. The same name may come again.
  std::optional<PurposeId> try_add(std::string_view name) {
    const PurposeId id = purpose_of(name);
    const auto [entry, is_new] = name_of_.emplace(id, name);
    if (!is_new && entry->second != name) return std::nullopt;
    return id;
  }

  /// As `try_add`, for names of which a collision cannot be (one in 2^32 for a pair): it ends the program.
  PurposeId add(std::string_view name) {
    const std::optional<PurposeId> id = try_add(name);
    TOWTANK_CHECK(id.has_value(), "two purposes of random numbers have names of the same hash; rename one");
    return *id;
  }

 private:
  std::map<PurposeId, std::string> name_of_;
};

}  // namespace towtank

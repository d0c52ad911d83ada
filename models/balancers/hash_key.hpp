#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank {

/// What an algorithm of a hash hashes.
enum class HashKey : std::uint8_t {
  address,  ///< the caller's
  request,  ///< what the request carries: its URI, a header's or a cookie's value
};

/// The parameter `key`.
BalancerParameter hash_key_parameter();
HashKey hash_key_from(BalancerArguments& arguments);

/// Tells the walker what the balancer needs of a request.
void want_key(Balancer& balancer, HashKey key);

/// Whether an algorithm hashes what requests carry. @param given  its parameters, which have been checked
bool hashes_requests(std::string_view algorithm, const std::vector<std::pair<std::string, std::string>>& given);

/// 32 bits that stand for the key.
inline std::uint32_t hash_key_of(HashKey key, const Pick& pick) { return key == HashKey::address ? pick.source_address : pick.content; }

/// As nginx hashes it, by its text: an address as 100.64.0.1, another key as a path, /1234567890.
class HashKeyText {
 public:
  HashKeyText(HashKey key, const Pick& pick);
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 15> text_{};
  std::size_t size_ = 0;
};

}  // namespace towtank

#pragma once

#include <cstdint>
#include <string_view>

namespace towtank::balancer {

/// The hash of a key after one round more: 15 bits of the CRC-32 of the round's number, which the first leaves out, and
/// the key, added to what the rounds before gave. @source nginx ngx_http_upstream_hash_module.c, after Cache::Memcached
std::uint32_t nginx_rehash(std::uint32_t hash, std::uint32_t round, std::string_view key);

}  // namespace towtank::balancer

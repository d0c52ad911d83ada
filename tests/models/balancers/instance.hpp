#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/balancers/balancer.hpp"

namespace towtank::test {

using Numbers = std::vector<std::uint32_t>;
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// How often an endpoint is picked where the shares are checked.
constexpr std::uint64_t kPicks = 60'000;

/// One instance of a product's algorithm over endpoints a, b, c, ..., with a clock that a test moves.
class Instance {
 public:
  Instance(std::string_view product, std::string_view name, const Numbers& weights, const Parameters& parameters = {},
           std::uint32_t replication = 0)
      : weights_{weights} {
    const BalancerInfo* info = find_balancer(product, name);
    REQUIRE(info != nullptr);
    BalancerArguments arguments{parameters};
    balancer_ = info->make(arguments, PickDraws{Draws{7, replication}, purpose_of("balance/test")});
    REQUIRE(arguments.complaints(name).empty());
    Numbers all(weights.size());
    std::iota(all.begin(), all.end(), 0u);
    ready(all);
  }

  Balancer& balancer() { return *balancer_; }
  void wait(Duration time) { now_ += time; }
  Time now() const { return now_; }

  /// From now on only these may be picked.
  void ready(const Numbers& endpoints) {
    balancer_->update({static_cast<std::uint32_t>(weights_.size()), endpoints, weights_, now_});
  }

  /// A pick that is not carried out. The attempt keeps draws apart.
  std::uint32_t ask(std::uint32_t source = 0, std::uint32_t client = 0) {
    return balancer_->pick({.key = key_++, .client = client, .plain = true, .source_address = source, .now = now_});
  }
  std::uint32_t start(std::uint32_t source = 0) {
    const std::uint32_t endpoint = ask(source);
    if (endpoint != Balancer::kNone && balancer_->counts) balancer_->started(endpoint);
    return endpoint;
  }
  void end(std::uint32_t endpoint, Duration latency = 1ms) {
    balancer_->finished(endpoint, {.ok = true, .latency = latency, .now = now_});
  }

  /// Picks whose answers come before the next one, as letters.
  std::string serve(std::size_t requests) {
    std::string picks;
    for (std::size_t i = 0; i < requests; ++i) {
      const std::uint32_t endpoint = start();
      picks += letter(endpoint);
      if (endpoint != Balancer::kNone && balancer_->counts) end(endpoint);
    }
    return picks;
  }
  /// Picks that are never answered, as letters.
  std::string hold(std::size_t requests) {
    std::string picks;
    for (std::size_t i = 0; i < requests; ++i) picks += letter(start());
    return picks;
  }
  /// So many requests more in flight at each endpoint.
  void load(const std::vector<int>& requests) {
    for (std::uint32_t i = 0; i < requests.size(); ++i)
      for (int k = 0; k < requests[i]; ++k) balancer_->started(i);
  }
  /// How often each endpoint is picked when nothing changes.
  std::vector<std::int64_t> count(std::uint64_t picks) {
    std::vector<std::int64_t> counts(weights_.size(), 0);
    for (std::uint64_t i = 0; i < picks; ++i) ++counts[ask()];
    return counts;
  }

 private:
  static char letter(std::uint32_t endpoint) {
    return endpoint == Balancer::kNone ? '-' : static_cast<char>('a' + endpoint);
  }

  std::unique_ptr<Balancer> balancer_;
  Numbers weights_;
  Time now_ = Time{} + 100s;
  std::uint64_t key_ = 0;
};

/// Whether every stretch of `period` picks from the first one on has as many of each endpoint as `shares` says.
inline bool keeps_shares(const std::string& picks, const Numbers& shares) {
  const std::size_t period = std::accumulate(shares.begin(), shares.end(), std::size_t{0});
  for (std::size_t at = 0; at + period <= picks.size(); at += period) {
    Numbers counts(shares.size(), 0);
    for (std::size_t i = at; i < at + period; ++i) ++counts[static_cast<std::size_t>(picks[i] - 'a')];
    if (counts != shares) return false;
  }
  return true;
}

constexpr std::uint32_t address(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return (a << 24) | (b << 16) | (c << 8) | d;
}

}  // namespace towtank::test

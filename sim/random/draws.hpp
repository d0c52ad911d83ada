#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/random/batch.hpp"
#include "sim/random/distribution.hpp"
#include "sim/random/philox.hpp"
#include "sim/random/purpose.hpp"

namespace towtank {

/// All random numbers of one replication, by random access: what a draw gives depends on seed, replication, purpose,
/// key, attempt and draw, and on nothing that was drawn before.
class Draws {
 public:
  Draws(std::uint32_t seed, std::uint32_t replication) : key_{seed, replication} {}

  /// @param key      of the request, connection or entity      @param attempt  < 2^16, the retry
  /// @param draw     < 2^16, when one attempt needs more than a block (a larger one alters the attempt)
  PhiloxBlock block(PurposeId purpose, std::uint64_t key, std::uint32_t attempt = 0, std::uint32_t draw = 0) const {
    return philox4x32_10(counter(purpose, key, attempt, draw), key_);
  }

  /// Uniform in (0, 1), from lanes 0 and 1 of the block.
  double uniform(PurposeId purpose, std::uint64_t key, std::uint32_t attempt = 0, std::uint32_t draw = 0) const {
    const PhiloxBlock words = block(purpose, key, attempt, draw);
    return uniform_from(words.lane[0], words.lane[1]);
  }

  /// The blocks of attempt 0 of `first_key` and the 63 keys after it. @param first_key a multiple of 64
  void blocks(PurposeId purpose, std::uint64_t first_key, std::span<PhiloxBlock, kPhiloxBatch> out) const {
    batch_code().blocks(counter(purpose, first_key, 0, 0), key_, out.data());
  }
  /// Their uniforms: of lanes 0 and 1 alone, or followed each by that of lanes 2 and 3.
  void uniforms(PurposeId purpose, std::uint64_t first_key, std::span<double, kPhiloxBatch> out) const {
    batch_code().uniforms(counter(purpose, first_key, 0, 0), key_, out.data());
  }
  void uniform_pairs(PurposeId purpose, std::uint64_t first_key, std::span<double, 2 * kPhiloxBatch> out) const {
    batch_code().uniform_pairs(counter(purpose, first_key, 0, 0), key_, out.data());
  }

  /// An integer of 0 .. n-1 from one lane: floor(lane * n / 2^32). Probabilities are off by less than n / 2^32 of
  /// themselves: 2e-6 for 10,000 endpoints. @param n >= 1
  static std::uint32_t below(std::uint32_t n, std::uint32_t lane) {
    return static_cast<std::uint32_t>((std::uint64_t{n} * lane) >> 32);
  }

  friend bool operator==(const Draws&, const Draws&) = default;

 private:
  static PhiloxCounter counter(PurposeId purpose, std::uint64_t key, std::uint32_t attempt, std::uint32_t draw) {
    return {static_cast<std::uint32_t>(purpose), (attempt << 16) | draw, static_cast<std::uint32_t>(key),
            static_cast<std::uint32_t>(key >> 32)};
  }

  PhiloxKey key_;  ///< {seed, replication}
};

/// Two samples of one key: the way there and the way back.
struct Legs {
  std::int64_t forward;  ///< ns
  std::int64_t back;     ///< ns

  friend bool operator==(const Legs&, const Legs&) = default;
};

/// What `SampleRing` gives for attempt 0, for any attempt. @return ns
inline std::int64_t sample_scalar(const Distribution& distribution, const Draws& draws, PurposeId purpose,
                                  std::uint64_t key, std::uint32_t attempt = 0) {
  return distribution.sample(draws.uniform(purpose, key, attempt)).count();
}

/// What `LegRing` gives for attempt 0, for any attempt.
inline Legs legs_scalar(const Distribution& distribution, const Draws& draws, PurposeId purpose, std::uint64_t key,
                        std::uint32_t attempt = 0) {
  const PhiloxBlock words = draws.block(purpose, key, attempt);
  return {distribution.sample(uniform_from(words.lane[0], words.lane[1])).count(),
          distribution.sample(uniform_from(words.lane[2], words.lane[3])).count()};
}

/// A pure cache of one value per key: 8 groups of 64 neighbouring keys. Never a result depends on it: `Source` gives
/// the same bits for one key and for a group.
///
/// A group is filled as a whole (in vector code, half the cost per value or less) at the third miss that falls on it
/// without a miss of another group in the same slot between; till then values are computed singly. So keys in order,
/// forwards or backwards, pay 2 single values in 64. A group that made way after fewer hits than its filling was worth
/// doubles the misses asked for, up to 24, till one has been of use again: keys without order pay little more than what
/// single values cost.
///
/// `Source` has `void fill(std::uint64_t first_key, std::span<Value, 64>)` and `Value single(std::uint64_t key)`.
template <class Value, class Source>
class KeyRing {
 public:
  explicit KeyRing(Source source) : source_{std::move(source)}, slots_(kSlots), values_(kSlots * kGroup) {}

  /// The value of a key's attempt 0; the reference holds until the next call.
  const Value& at(std::uint64_t key) {
    const std::uint64_t group = key / kGroup;
    const std::size_t slot = slot_of(group);
    if (slots_[slot].group == group) [[likely]] {
      ++slots_[slot].hits;
      return values_[slot * kGroup + key % kGroup];
    }
    return miss(key, group, slot);
  }

  /// For the next replication: forgets all values and draws from `draws`. Does not allocate.
  void reset(const Draws& draws) {
    source_.reset(draws);
    for (Slot& slot : slots_) slot = Slot{};
    misses_before_fill_ = kFewMisses;
  }

 private:
  static constexpr std::size_t kGroup = kPhiloxBatch;
  static constexpr std::size_t kSlots = 8;
  static constexpr std::uint32_t kFewMisses = 3;
  static constexpr std::uint32_t kManyMisses = 24;
  static constexpr std::uint32_t kWorthFilling = 32;     ///< hits that pay for a fill
  static constexpr std::uint64_t kNoGroup = UINT64_MAX;  // groups are below 2^58

  struct Slot {
    std::uint64_t group = kNoGroup;
    std::uint64_t missed = kNoGroup;  ///< the group last asked for in vain
    std::uint32_t misses = 0;         ///< how often in a row
    std::uint32_t hits = 0;           ///< of `group`
  };

  // A key may carry its owner in the upper word; the owners' streams, often at like ordinals, then use other slots.
  static std::size_t slot_of(std::uint64_t group) { return (group + 3 * (group >> 26)) % kSlots; }

  [[gnu::noinline]] const Value& miss(std::uint64_t key, std::uint64_t group, std::size_t index) {
    Slot& slot = slots_[index];
    slot.misses = slot.missed == group ? slot.misses + 1 : 1;
    slot.missed = group;
    if (slot.misses < misses_before_fill_) return single_ = source_.single(key);
    if (slot.group != kNoGroup)
      misses_before_fill_ = slot.hits >= kWorthFilling ? kFewMisses : std::min(2 * misses_before_fill_, kManyMisses);
    slot = Slot{.group = group};
    const std::span<Value, kGroup> values{&values_[index * kGroup], kGroup};
    source_.fill(group * kGroup, values);
    return values[key % kGroup];
  }

  Source source_;
  std::vector<Slot> slots_;
  std::vector<Value> values_;
  Value single_{};
  std::uint32_t misses_before_fill_ = kFewMisses;
};

/// Source of a ring of whole blocks.
class BlockSource {
 public:
  BlockSource(const Draws& draws, PurposeId purpose) : draws_{draws}, purpose_{purpose} {}
  void reset(const Draws& draws) { draws_ = draws; }
  PhiloxBlock single(std::uint64_t key) const { return draws_.block(purpose_, key); }
  void fill(std::uint64_t first_key, std::span<PhiloxBlock, kPhiloxBatch> out) const {
    draws_.blocks(purpose_, first_key, out);
  }

 private:
  Draws draws_;
  PurposeId purpose_;
};

/// Source of a ring of one sample per key, from lanes 0 and 1.
class SampleSource {
 public:
  SampleSource(const Draws& draws, PurposeId purpose, Distribution distribution)
      : draws_{draws}, purpose_{purpose}, distribution_{std::move(distribution)} {}
  void reset(const Draws& draws) { draws_ = draws; }
  std::int64_t single(std::uint64_t key) const { return sample_scalar(distribution_, draws_, purpose_, key); }
  void fill(std::uint64_t first_key, std::span<std::int64_t, kPhiloxBatch> out_ns) const;

 private:
  Draws draws_;
  PurposeId purpose_;
  Distribution distribution_;
};

/// Source of a ring of two samples per key, from lanes 0, 1 and from lanes 2, 3.
class LegSource {
 public:
  LegSource(const Draws& draws, PurposeId purpose, Distribution distribution)
      : draws_{draws}, purpose_{purpose}, distribution_{std::move(distribution)} {}
  void reset(const Draws& draws) { draws_ = draws; }
  Legs single(std::uint64_t key) const { return legs_scalar(distribution_, draws_, purpose_, key); }
  void fill(std::uint64_t first_key, std::span<Legs, kPhiloxBatch> out) const;

 private:
  Draws draws_;
  PurposeId purpose_;
  Distribution distribution_;
};

/// `Draws::block` of one purpose, cached.
class BlockRing : public KeyRing<PhiloxBlock, BlockSource> {
 public:
  BlockRing(const Draws& draws, PurposeId purpose) : KeyRing{BlockSource{draws, purpose}} {}
};

/// One sample per key of one purpose and law, ns, cached.
class SampleRing : public KeyRing<std::int64_t, SampleSource> {
 public:
  SampleRing(const Draws& draws, PurposeId purpose, Distribution distribution)
      : KeyRing{SampleSource{draws, purpose, std::move(distribution)}} {}
};

/// Two samples per key of one purpose and law, cached: both legs of a hop out of one block.
class LegRing : public KeyRing<Legs, LegSource> {
 public:
  LegRing(const Draws& draws, PurposeId purpose, Distribution distribution)
      : KeyRing{LegSource{draws, purpose, std::move(distribution)}} {}
};

}  // namespace towtank

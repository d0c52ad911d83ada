#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/event.hpp"

namespace towtank {

inline constexpr std::uint32_t kNoSlot = UINT32_MAX;

/// Records reached by slot number; freed slots are used again, last freed first, so that memory is what is in flight.
/// `allocate` may move all records: hold slots, not references, across it.
template <class Record>
class Slab {
  static_assert(std::is_trivially_copyable_v<Record>);

 public:
  Record& operator[](std::uint32_t slot) { return records_[slot]; }
  const Record& operator[](std::uint32_t slot) const { return records_[slot]; }

  /// @return the slot of a record with stale content, or kNoSlot when 2^24 records are in use
  std::uint32_t allocate() {
    ++in_use_;
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (records_.size() >= Event::kSlots) {
      --in_use_;
      return kNoSlot;
    }
    records_.emplace_back();
    if (free_.capacity() < records_.capacity()) free_.reserve(records_.capacity());
    return static_cast<std::uint32_t>(records_.size() - 1);
  }

  void release(std::uint32_t slot) {
    TOWTANK_ASSERT(in_use_ > 0, "a slot is released once");
    --in_use_;
    free_.push_back(slot);
  }

  std::uint32_t in_use() const { return in_use_; }
  std::size_t size() const { return records_.size(); }

  void clear() {
    records_.clear();
    free_.clear();
    in_use_ = 0;
  }

 private:
  std::vector<Record> records_;
  std::vector<std::uint32_t> free_;
  std::uint32_t in_use_ = 0;
};

}  // namespace towtank

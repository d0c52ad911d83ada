#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/request/request.hpp"
#include "models/request/request_key_law.hpp"
#include "sim/random/alias_table.hpp"
#include "sim/random/draws.hpp"
#include "sim/random/purpose.hpp"

namespace towtank {

/// The keys of requests. A key belongs to the request: it is the same at each try, and whoever asks.
class RequestKeys {
 public:
  explicit RequestKeys(const Draws& draws);

  /// The next traffic. @param name  of it: its keys are not those of another
  void add(const std::string& name, const RequestKeyLaw& law, PurposeRegistry& purposes);

  /// 32 bits that stand for the key of a request. O(1).
  std::uint32_t of(const Request& request) const;

 private:
  struct Traffic {
    PurposeId purpose{};
    std::optional<AliasTable> table;  ///< empty: all are as frequent
    std::uint32_t keys = 1;
  };

  Draws draws_;
  std::uint64_t seed_;  ///< of the replication: where keys fall is chance, too
  std::vector<Traffic> traffic_;
};

}  // namespace towtank

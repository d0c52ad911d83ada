#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <tuple>
#include <vector>

#include "models/request/hop.hpp"
#include "sim/core/slab.hpp"
#include "sim/random/draws.hpp"

namespace towtank {

/// Limits of one dialler's pools. 0 or kNever-like values mean: no such limit.
struct PoolLimits {
  std::uint32_t per_owner = 1;         ///< open connections of one owner; further requests wait
  std::uint32_t max_requests = 0;      ///< requests that one connection carries; 0 = any number
  Duration idle_timeout{};             ///< an idle connection is closed after this; 0 = never
  Duration max_age{};                  ///< closed at the first idle moment after this; 0 = never
  double max_age_jitter = 0.0;         ///< each connection's age is max_age * (1 +- jitter)
  std::uint32_t max_idle = UINT32_MAX; ///< idle connections of a group of owners (a worker's cache); of more, the one idle longest is closed
  std::uint32_t owners_per_group = 1;  ///< owners are numbered group by group
};

/// An open connection and the L4 decisions on its way, which every request on it shares.
struct Connection {
  static constexpr std::size_t kMaxL4Hops = 3;

  std::array<EndpointId, kMaxL4Hops> route{};
  std::uint32_t owner = 0;
  std::uint32_t next_idle = kNoSlot;  ///< of its owner, idle for longer
  std::uint32_t older = kNoSlot, newer = kNoSlot;  ///< idle ones of its group; of limited pools only
  std::uint32_t requests = 0;
  std::uint32_t ordinal = 0;  ///< the how manieth of its owner
  bool counted = false;       ///< by a hop on its way, which is to hear of its end
  bool is_idle = false;
  Time idle_since;
  Time expires = kNever;
};
static_assert(sizeof(Connection) <= 64);

/// Hears of the ends of counted connections.
class ConnectionEnds {
 public:
  virtual ~ConnectionEnds() = default;
  virtual void connection_ended(const Connection& connection, Time at) = 0;
};

/// The HTTP/1.1 keep-alive pools of all owners of one dialler (its clients): last used, first used again.
/// @source nginx ngx_http_upstream_keepalive_module (a full cache closes the connection that was used least recently)
class ConnectionPool {
 public:
  /// @param salt  of the dialler: keeps the draws of its connections apart from those of other diallers
  /// @param keys  of the owners, for the draws of their connections; empty: their numbers
  ConnectionPool(const PoolLimits& limits, std::uint32_t owners, std::uint64_t salt, const Draws& draws, PurposeId purpose,
                 std::vector<std::uint64_t> keys = {});

  struct Taken {
    enum class Kind : std::uint8_t { idle, fresh, wait } kind;
    std::uint32_t connection = kNoConnection;
  };

  /// A connection for one request of `owner`: an idle one, a fresh one that is yet to be set up, or none.
  Taken take(std::uint32_t owner, Time now);

  /// The request in `slot` waits in the owner's line.
  void wait(std::uint32_t owner, std::uint32_t slot, WalkControl& control);
  void stop_waiting(std::uint32_t owner, std::uint32_t slot, WalkControl& control);
  /// @return the first in the owner's line, taken out of it; kNoSlot when nobody waits
  std::uint32_t next_waiter(std::uint32_t owner, WalkControl& control);

  /// The connection's request is over. @param reusable false closes it
  void put_back(std::uint32_t connection, bool reusable, Time now);

  Connection& operator[](std::uint32_t connection) { return connections_[connection]; }

  /// From now on `ends`, which outlives the pool, hears of every counted connection that ends.
  void tell(ConnectionEnds& ends) { ends_ = &ends; }

  /// Closes the counted ones that have idled for too long, or are too old. Others are closed when somebody comes to them:
  /// nobody sees the difference.
  void close_expired(Time now);

  /// Address of the draws of a connection's L4 choices: (owner, k-th), whatever the requests did.
  std::uint64_t route_key(std::uint32_t connection) const;

  std::uint32_t open_connections() const { return connections_.in_use(); }

 private:
  struct Owner {
    std::uint32_t idle = kNoSlot, open = 0, opened = 0;
    std::uint32_t first_waiter = kNoSlot, last_waiter = kNoSlot;
  };

  /// Idle connections of one group, by how long they are idle; the ends are known of limited pools only.
  struct Group {
    std::uint32_t idle = 0, oldest = kNoSlot, newest = kNoSlot;
  };

  /// When an idle connection of that many requests will be closed.
  struct Expiry {
    Time at{};
    std::uint32_t owner = 0, ordinal = 0, requests = 0, connection = 0;
    bool operator>(const Expiry& other) const {
      return std::tie(at, owner, ordinal, requests) > std::tie(other.at, other.owner, other.ordinal, other.requests);
    }
  };

  void close(std::uint32_t connection, Time at);
  void add_idle(std::uint32_t connection);
  void expect_end(std::uint32_t connection);
  void take_newest_idle(std::uint32_t owner);
  void take_idle(std::uint32_t connection);
  void close_oldest_idle(Group& group, Time at);
  void unlink(Group& group, std::uint32_t connection);
  bool is_limited() const { return limits_.max_idle != UINT32_MAX; }
  bool is_worn(const Connection& connection, Time now) const;

  PoolLimits limits_;
  Group& group_of(std::uint32_t owner) { return groups_[owner / limits_.owners_per_group]; }

  std::vector<Owner> owners_;
  std::vector<Group> groups_;
  std::uint64_t salt_;
  std::vector<std::uint64_t> keys_;
  Slab<Connection> connections_;
  Draws draws_;
  PurposeId purpose_;
  ConnectionEnds* ends_ = nullptr;
  std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;  ///< of counted ones; some are idle no more
};

/// The pools of those whose connections a hop counts.
class CountedConnections {
 public:
  /// @param pool  outlives this
  void watch(ConnectionPool& pool) { pools_.push_back(&pool); }
  void close_expired(Time now) {
    for (ConnectionPool* pool : pools_) pool->close_expired(now);
  }

 private:
  std::vector<ConnectionPool*> pools_;
};

}  // namespace towtank

#include "models/connection/connection_pool.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/random/mix.hpp"

namespace towtank {

ConnectionPool::ConnectionPool(const PoolLimits& limits, std::uint32_t owners, std::uint64_t salt, const Draws& draws,
                               PurposeId purpose, std::vector<std::uint64_t> keys)
    : limits_{limits},
      owners_(owners),
      groups_(owners / limits.owners_per_group + 1),
      salt_{salt},
      keys_{std::move(keys)},
      draws_{draws},
      purpose_{purpose} {
  TOWTANK_CHECK(keys_.empty() || keys_.size() == owners, "every owner has a key, or none");
  TOWTANK_CHECK(limits.per_owner >= 1, "an owner may open a connection");
}

ConnectionPool::Taken ConnectionPool::take(std::uint32_t owner, Time now) {
  Owner& pool = owners_[owner];
  // Only the newest idle one may be taken: when it is past its time, so are those below it that idle longer.
  while (pool.idle != kNoSlot) {
    const std::uint32_t id = pool.idle;
    take_newest_idle(owner);
    if (!is_worn(connections_[id], now)) return {Taken::Kind::idle, id};
    close(id, now);
  }
  if (pool.open >= limits_.per_owner) return {Taken::Kind::wait, kNoConnection};
  const std::uint32_t id = connections_.allocate();
  if (id == kNoSlot) return {Taken::Kind::wait, kNoConnection};
  ++pool.open;
  Connection& connection = connections_[id];
  connection = Connection{};
  connection.owner = owner;
  connection.ordinal = pool.opened++;
  if (limits_.max_age > Duration{0}) {
    const double u = draws_.uniform(purpose_, route_key(id));
    const double share = 1.0 + limits_.max_age_jitter * (2.0 * u - 1.0);
    connection.expires = now + Duration{round_to_int64(static_cast<double>(limits_.max_age.count()) * share)};
  }
  return {Taken::Kind::fresh, id};
}

void ConnectionPool::wait(std::uint32_t owner, std::uint32_t slot, WalkControl& control) {
  Owner& pool = owners_[owner];
  Request& request = control.request(slot);
  request.next = kNoSlot;
  request.prev = pool.last_waiter;
  (pool.last_waiter == kNoSlot ? pool.first_waiter : control.request(pool.last_waiter).next) = slot;
  pool.last_waiter = slot;
}

void ConnectionPool::stop_waiting(std::uint32_t owner, std::uint32_t slot, WalkControl& control) {
  Owner& pool = owners_[owner];
  const Request& request = control.request(slot);
  (request.prev == kNoSlot ? pool.first_waiter : control.request(request.prev).next) = request.next;
  (request.next == kNoSlot ? pool.last_waiter : control.request(request.next).prev) = request.prev;
}

std::uint32_t ConnectionPool::next_waiter(std::uint32_t owner, WalkControl& control) {
  const std::uint32_t slot = owners_[owner].first_waiter;
  if (slot != kNoSlot) stop_waiting(owner, slot, control);
  return slot;
}

void ConnectionPool::put_back(std::uint32_t id, bool reusable, Time now) {
  Connection& connection = connections_[id];
  ++connection.requests;
  connection.idle_since = now;
  if (!reusable || is_worn(connection, now) || limits_.max_idle == 0) {
    close(id, now);
    return;
  }
  Group& group = group_of(connection.owner);
  if (group.idle >= limits_.max_idle) close_oldest_idle(group, now);
  add_idle(id);
  if (connection.counted) expect_end(id);
}

void ConnectionPool::expect_end(std::uint32_t id) {
  const Connection& connection = connections_[id];
  Time end = connection.expires;
  if (limits_.idle_timeout > Duration{0}) end = std::min(end, connection.idle_since + limits_.idle_timeout);
  if (end != kNever) expiries_.push({end, connection.owner, connection.ordinal, connection.requests, id});
}

void ConnectionPool::close_expired(Time now) {
  while (!expiries_.empty() && expiries_.top().at <= now) {
    const Expiry due = expiries_.top();
    expiries_.pop();
    const Connection& connection = connections_[due.connection];
    const bool is_meant = connection.is_idle && connection.owner == due.owner && connection.ordinal == due.ordinal &&
                          connection.requests == due.requests;
    if (!is_meant) continue;
    take_idle(due.connection);
    close(due.connection, due.at);
  }
}

void ConnectionPool::add_idle(std::uint32_t id) {
  Connection& connection = connections_[id];
  Owner& pool = owners_[connection.owner];
  Group& group = group_of(connection.owner);
  connection.next_idle = pool.idle;
  connection.is_idle = true;
  pool.idle = id;
  ++group.idle;
  if (!is_limited()) return;
  connection.newer = kNoSlot;
  connection.older = group.newest;
  (group.newest == kNoSlot ? group.oldest : connections_[group.newest].newer) = id;
  group.newest = id;
}

void ConnectionPool::take_newest_idle(std::uint32_t owner) {
  const std::uint32_t id = owners_[owner].idle;
  owners_[owner].idle = connections_[id].next_idle;
  connections_[id].is_idle = false;
  unlink(group_of(owner), id);
}

/// From any place in its owner's line.
void ConnectionPool::take_idle(std::uint32_t id) {
  const std::uint32_t owner = connections_[id].owner;
  std::uint32_t* link = &owners_[owner].idle;
  while (*link != id) link = &connections_[*link].next_idle;
  *link = connections_[id].next_idle;
  connections_[id].is_idle = false;
  unlink(group_of(owner), id);
}

void ConnectionPool::unlink(Group& group, std::uint32_t id) {
  --group.idle;
  if (!is_limited()) return;
  const Connection& connection = connections_[id];
  (connection.older == kNoSlot ? group.oldest : connections_[connection.older].newer) = connection.newer;
  (connection.newer == kNoSlot ? group.newest : connections_[connection.newer].older) = connection.older;
}

void ConnectionPool::close_oldest_idle(Group& group, Time at) {
  const std::uint32_t id = group.oldest;
  take_idle(id);
  close(id, at);
}

std::uint64_t ConnectionPool::route_key(std::uint32_t id) const {
  const Connection& connection = connections_[id];
  return mixed(salt_ + (keys_.empty() ? connection.owner : keys_[connection.owner])) + connection.ordinal;
}

void ConnectionPool::close(std::uint32_t id, Time at) {
  --owners_[connections_[id].owner].open;
  if (connections_[id].counted && ends_ != nullptr) ends_->connection_ended(connections_[id], at);
  connections_.release(id);
}

bool ConnectionPool::is_worn(const Connection& connection, Time now) const {
  return now >= connection.expires || (limits_.max_requests != 0 && connection.requests >= limits_.max_requests) ||
         (limits_.idle_timeout > Duration{0} && now - connection.idle_since >= limits_.idle_timeout && connection.requests > 0);
}

}  // namespace towtank

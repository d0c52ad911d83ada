#include "models/connection/connection_pool.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <set>

using namespace towtank;

namespace {

using Kind = ConnectionPool::Taken::Kind;

Time at(Duration since_start) { return Time{} + since_start; }

ConnectionPool pool_of(const PoolLimits& limits, std::uint32_t owners = 2, std::uint64_t salt = 99) {
  return ConnectionPool{limits, owners, salt, Draws{1, 0}, purpose_of("connection/test")};
}

/// Requests by slot, without a walker.
class Slots final : public WalkControl {
 public:
  Slots() : requests_(10) {}
  void start_deadline(std::uint32_t, Request&) override {}
  std::uint32_t add_patience_queue(Duration) override { return 0; }
  void start_patience(std::uint32_t, Request&) override {}
  void wake(std::uint32_t) override {}
  Request& request(std::uint32_t slot) override { return requests_[slot]; }
  std::uint32_t slot_of(const Request& request) const override {
    for (std::uint32_t i = 0; i < requests_.size(); ++i)
      if (&requests_[i] == &request) return i;
    return kNoSlot;
  }

 private:
  std::deque<Request> requests_;
};

}  // namespace

TEST_CASE("the connection used last is used first again", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 3});
  const auto a = pool.take(0, at(0s)), b = pool.take(0, at(0s));
  CHECK(a.kind == Kind::fresh);
  CHECK(b.kind == Kind::fresh);
  CHECK(a.connection != b.connection);
  pool.put_back(a.connection, true, at(1s));
  pool.put_back(b.connection, true, at(2s));
  const auto again = pool.take(0, at(3s)), then = pool.take(0, at(3s));
  CHECK(again.kind == Kind::idle);
  CHECK(again.connection == b.connection);
  CHECK(then.connection == a.connection);
  CHECK(pool.open_connections() == 2);
}

TEST_CASE("an owner opens so many connections and no more, whatever others do", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 2});
  const auto first = pool.take(0, at(0s));
  CHECK(pool.take(0, at(0s)).kind == Kind::fresh);
  CHECK(pool.take(0, at(0s)).kind == Kind::wait);
  CHECK(pool.take(1, at(0s)).kind == Kind::fresh);
  pool.put_back(first.connection, false, at(1s));
  CHECK(pool.open_connections() == 2);
  CHECK(pool.take(0, at(1s)).kind == Kind::fresh);
  CHECK(pool.take(0, at(1s)).kind == Kind::wait);
}

TEST_CASE("a connection carries as many requests as it may, then it is closed", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 1, .max_requests = 3});
  std::vector<Kind> kinds;
  for (int i = 0; i < 7; ++i) {
    const auto taken = pool.take(0, at(Duration{1s} * i));
    kinds.push_back(taken.kind);
    pool.put_back(taken.connection, true, at(Duration{1s} * i));
  }
  CHECK(kinds ==
        std::vector<Kind>{Kind::fresh, Kind::idle, Kind::idle, Kind::fresh, Kind::idle, Kind::idle, Kind::fresh});
}

TEST_CASE("a connection that idled its time is not used again", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 2, .idle_timeout = 10s});
  const auto a = pool.take(0, at(0s)), b = pool.take(0, at(0s));
  pool.put_back(a.connection, true, at(1s));
  pool.put_back(b.connection, true, at(5s));
  const auto used = pool.take(0, at(15s - 1ns));
  CHECK(used.kind == Kind::idle);
  CHECK(used.connection == b.connection);
  pool.put_back(used.connection, true, at(16s));
  CHECK(pool.take(0, at(26s)).kind == Kind::fresh);  // both are past their time by now
  CHECK(pool.open_connections() == 1);
}

TEST_CASE("a request that takes longer than the idle timeout does not lose its connection", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 1, .idle_timeout = 10s});
  const auto taken = pool.take(0, at(0s));
  pool.put_back(taken.connection, true, at(60s));
  CHECK(pool.take(0, at(61s)).kind == Kind::idle);
}

TEST_CASE("a connection is closed at the first idle moment after its age", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 1, .max_age = 10s});
  const auto taken = pool.take(0, at(0s));
  pool.put_back(taken.connection, true, at(9s));
  CHECK(pool.take(0, at(10s - 1ns)).kind == Kind::idle);
  pool.put_back(taken.connection, true, at(12s));
  CHECK(pool.open_connections() == 0);
  CHECK(pool.take(0, at(12s)).kind == Kind::fresh);
}

TEST_CASE("ages with jitter differ between connections and stay within it", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 1, .max_age = 100s, .max_age_jitter = 0.1}, 200);
  std::set<Time> ends;
  for (std::uint32_t owner = 0; owner < 200; ++owner) {
    const Time end = pool[pool.take(owner, at(0s)).connection].expires;
    CHECK(end >= at(90s));
    CHECK(end <= at(110s));
    ends.insert(end);
  }
  CHECK(ends.size() == 200);
  CHECK(*ends.begin() < at(92s));
  CHECK(*ends.rbegin() > at(108s));
}

TEST_CASE("the draws of a connection have the address of its owner and its place among the owner's connections",
          "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 2}), other = pool_of({.per_owner = 2});
  const std::uint64_t first = pool.route_key(pool.take(0, at(0s)).connection);
  const std::uint64_t second = pool.route_key(pool.take(0, at(0s)).connection);
  other.take(1, at(0s));
  CHECK(other.route_key(other.take(0, at(5s)).connection) == first);
  CHECK(other.route_key(other.take(0, at(5s)).connection) == second);
  CHECK(first != second);
  ConnectionPool salted = pool_of({.per_owner = 1}, 2, 100);
  CHECK(salted.route_key(salted.take(0, at(0s)).connection) != first);
}

TEST_CASE("waiters of an owner stand in line, and may leave it anywhere", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 1});
  Slots slots;
  for (const std::uint32_t slot : {4u, 1u, 7u, 3u, 9u}) pool.wait(0, slot, slots);
  pool.wait(1, 5, slots);
  pool.stop_waiting(0, 7, slots);
  CHECK(pool.next_waiter(0, slots) == 4);
  pool.stop_waiting(0, 9, slots);
  pool.wait(0, 2, slots);
  CHECK(pool.next_waiter(0, slots) == 1);
  pool.stop_waiting(0, 3, slots);
  CHECK(pool.next_waiter(0, slots) == 2);
  CHECK(pool.next_waiter(0, slots) == kNoSlot);
  CHECK(pool.next_waiter(1, slots) == 5);
  CHECK(pool.next_waiter(1, slots) == kNoSlot);
}

TEST_CASE("a full cache closes the connection that is idle longest, whoever owns it, and keeps the one given back", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 9, .max_idle = 2, .owners_per_group = 2});
  const auto a = pool.take(0, at(0s)), b = pool.take(1, at(0s)), c = pool.take(1, at(0s));
  pool.put_back(a.connection, true, at(1s));
  pool.put_back(b.connection, true, at(2s));
  pool.put_back(c.connection, true, at(3s));
  CHECK(pool.open_connections() == 2);
  CHECK(pool.take(0, at(4s)).kind == Kind::fresh);  // `a` was closed
  CHECK(pool.take(1, at(4s)).connection == c.connection);
  CHECK(pool.take(1, at(4s)).connection == b.connection);
  CHECK(pool.take(1, at(4s)).kind == Kind::fresh);
}

TEST_CASE("a cache that was filled and emptied in any order holds its limit", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 9, .max_idle = 3, .owners_per_group = 2});
  std::set<std::uint32_t> taken;
  for (int round = 0; round < 50; ++round) {
    std::vector<std::uint32_t> used;
    for (std::uint32_t i = 0; i < 5; ++i) used.push_back(pool.take((i + static_cast<std::uint32_t>(round)) % 2, at(round * 1s)).connection);
    if (round % 2 == 0) std::swap(used[0], used[4]);
    for (const std::uint32_t each : used) pool.put_back(each, true, at(round * 1s));
    CHECK(pool.open_connections() == 3);
  }
}

namespace {

/// Ordinals of the connections that ended, and when.
class Ends final : public ConnectionEnds {
 public:
  void connection_ended(const Connection& connection, Time at) override { heard.emplace_back(connection.ordinal, at); }
  std::vector<std::pair<std::uint32_t, Time>> heard;
};

}  // namespace

TEST_CASE("a counted connection ends when its time is over, another when somebody comes to it", "[unit]") {
  for (const bool is_counted : {true, false}) {
    ConnectionPool pool = pool_of({.per_owner = 3, .idle_timeout = 10s});
    Ends ends;
    pool.tell(ends);
    const auto a = pool.take(0, at(0s)), b = pool.take(0, at(0s)), c = pool.take(0, at(0s));
    for (const auto& taken : {a, b, c}) pool[taken.connection].counted = is_counted;
    pool.put_back(a.connection, true, at(1s));
    pool.put_back(b.connection, true, at(2s));
    pool.put_back(c.connection, true, at(3s));
    pool.close_expired(at(12s));
    CHECK(pool.open_connections() == (is_counted ? 1 : 3));
    if (is_counted) CHECK(ends.heard == std::vector<std::pair<std::uint32_t, Time>>{{0, at(11s)}, {1, at(12s)}});
    // The last one is used again: its old time is over, its new one not.
    const auto again = pool.take(0, at(12s));
    CHECK(again.connection == c.connection);
    pool.close_expired(at(14s));
    pool.put_back(again.connection, true, at(15s));
    pool.close_expired(at(24s));
    CHECK(pool.open_connections() == (is_counted ? 1 : 3));
    pool.close_expired(at(25s));
    CHECK(pool.open_connections() == (is_counted ? 0 : 3));
    CHECK(ends.heard.size() == (is_counted ? 3 : 0));
  }
}

TEST_CASE("an old connection ends in the midst of its owner's line, and the others stay in theirs", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 3, .max_age = 10s});
  Ends ends;
  pool.tell(ends);
  const auto old = pool.take(0, at(0s));
  const auto a = pool.take(0, at(5s)), b = pool.take(0, at(5s));
  for (const auto& taken : {old, a, b}) pool[taken.connection].counted = true;
  pool.put_back(a.connection, true, at(6s));
  pool.put_back(old.connection, true, at(7s));
  pool.put_back(b.connection, true, at(8s));
  pool.close_expired(at(10s));
  CHECK(ends.heard == std::vector<std::pair<std::uint32_t, Time>>{{0, at(10s)}});
  CHECK(pool.take(0, at(11s)).connection == b.connection);
  CHECK(pool.take(0, at(11s)).connection == a.connection);
  CHECK(pool.take(0, at(11s)).kind == Kind::fresh);
}

TEST_CASE("of a counted connection every way to end is told once", "[unit]") {
  ConnectionPool pool = pool_of({.per_owner = 3, .max_requests = 2, .max_idle = 1});
  Ends ends;
  pool.tell(ends);
  const auto broken = pool.take(0, at(0s));
  pool[broken.connection].counted = true;
  pool.put_back(broken.connection, false, at(1s));  // its request failed
  CHECK(ends.heard.size() == 1);
  const auto a = pool.take(0, at(2s)), b = pool.take(0, at(2s));
  pool[a.connection].counted = pool[b.connection].counted = true;
  pool.put_back(a.connection, true, at(3s));
  pool.put_back(b.connection, true, at(4s));  // one idle connection is kept
  CHECK(ends.heard.back() == std::pair{1u, at(4s)});
  CHECK(pool.take(0, at(5s)).connection == b.connection);
  pool.put_back(b.connection, true, at(6s));  // has carried two requests
  CHECK(ends.heard.back() == std::pair{2u, at(6s)});
  CHECK(ends.heard.size() == 3);
  CHECK(pool.open_connections() == 0);
}

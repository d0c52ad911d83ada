#include "tools/towtank/thread_pool.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace towtank::tool {
namespace {

TEST_CASE("a pool of one thread works in order and in the calling thread", "[unit]") {
  std::vector<std::size_t> order;
  std::vector<std::thread::id> threads;
  ThreadPool{1}.for_each_index(50, [&](std::size_t index) {
    order.push_back(index);
    threads.push_back(std::this_thread::get_id());
  });
  std::vector<std::size_t> ascending(50);
  std::iota(ascending.begin(), ascending.end(), std::size_t{0});
  CHECK(order == ascending);
  CHECK(threads == std::vector<std::thread::id>(50, std::this_thread::get_id()));
}

TEST_CASE("every piece of work is done once, whatever the number of threads", "[unit]") {
  for (const std::size_t threads : {1U, 2U, 7U, 64U}) {
    std::vector<std::atomic<int>> times(200);
    ThreadPool{threads}.for_each_index(times.size(), [&](std::size_t index) { ++times[index]; });
    for (const auto& count : times) CHECK(count == 1);
  }
}

TEST_CASE("a pool works with several threads at once", "[unit]") {
  // Each of the two pieces waits for the other: one thread alone would never return.
  std::atomic<int> begun{0};
  ThreadPool{2}.for_each_index(2, [&](std::size_t) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  CHECK(begun == 2);
}

TEST_CASE("no work is no work", "[unit]") {
  bool called = false;
  ThreadPool{4}.for_each_index(0, [&](std::size_t) { called = true; });
  CHECK_FALSE(called);
}

TEST_CASE("an exception of the work arrives at the caller, and later work is not begun", "[unit]") {
  std::atomic<std::size_t> done{0};
  const auto work = [&](std::size_t index) {
    if (index == 3) throw std::runtime_error{"piece 3"};
    ++done;
  };
  CHECK_THROWS_WITH(ThreadPool{1}.for_each_index(1000, work), "piece 3");
  CHECK(done == 3);
  CHECK_THROWS_WITH(ThreadPool{4}.for_each_index(1000, work), "piece 3");
}

TEST_CASE("of several exceptions that of the lowest index is thrown", "[unit]") {
  std::atomic<int> begun{0};
  const auto work = [&](std::size_t index) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
    throw std::runtime_error{"piece " + std::to_string(index)};
  };
  CHECK_THROWS_WITH(ThreadPool{2}.for_each_index(2, work), "piece 0");
}

}  // namespace
}  // namespace towtank::tool

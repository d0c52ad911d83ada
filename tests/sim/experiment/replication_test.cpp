#include "sim/experiment/replication.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace towtank {
namespace {

/// Does the work from the last piece to the first.
class BackwardsExecutor final : public Executor {
 public:
  void for_each_index(std::size_t n, const std::function<void(std::size_t)>& work) override {
    for (std::size_t i = n; i-- > 0;) work(i);
  }
};

/// A result that can neither be made from nothing nor copied.
class MovableText {
 public:
  explicit MovableText(std::size_t index) : text_{std::to_string(index)} {}
  MovableText(MovableText&&) = default;
  MovableText& operator=(MovableText&&) = default;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::vector<std::string> texts(Executor& executor) {
  std::vector<std::string> result;
  for (const MovableText& outcome :
       replicate<MovableText>(executor, 20, 4, [](std::size_t index) { return MovableText{index}; }))
    result.push_back(outcome.text());
  return result;
}

}  // namespace

TEST_CASE("replications come in the order of their index, whoever ran first", "[unit]") {
  SerialExecutor serial;
  BackwardsExecutor backwards;
  CHECK(texts(serial) == std::vector<std::string>{"20", "21", "22", "23"});
  CHECK(texts(backwards) == texts(serial));
}

TEST_CASE("every replication runs once, and none when none is asked for", "[unit]") {
  SerialExecutor executor;
  int runs = 0;
  CHECK(replicate<bool>(executor, 0, 5, [&](std::size_t index) { return ++runs, index % 2 == 0; }) ==
        std::vector<bool>{true, false, true, false, true});
  CHECK(runs == 5);
  CHECK(replicate<int>(executor, 0, 0, [&](std::size_t) { return ++runs; }).empty());
  CHECK(runs == 5);
}

}  // namespace towtank

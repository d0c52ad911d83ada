#include "models/kubernetes/nearest_key.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <vector>

namespace towtank {
namespace {

constexpr std::array<std::string_view, 4> kKeys{"replicas", "selector", "externalTrafficPolicy", "type"};

TEST_CASE("the edit distance counts insertions, deletions and replacements", "[unit]") {
  CHECK(edit_distance("kitten", "sitting") == 3);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("abc", "") == 3);
  CHECK(edit_distance("same", "same") == 0);
  CHECK(edit_distance("flaw", "lawn") == 2);
}

TEST_CASE("a mistyped key finds the nearest known one", "[unit]") {
  CHECK(nearest_key("replica", kKeys) == "replicas");
  CHECK(nearest_key("selecter", kKeys) == "selector");
  CHECK(nearest_key("externaltrafficpolicy", kKeys) == "externalTrafficPolicy");
  CHECK(nearest_key("tpye", kKeys).empty());
  CHECK(nearest_key("typ", kKeys) == "type");
}

TEST_CASE("a key unlike all others has no nearest one", "[unit]") {
  CHECK(nearest_key("annotations", kKeys).empty());
  CHECK(nearest_key("", kKeys).empty());
  CHECK(nearest_key(std::string(100'000, 'x'), kKeys).empty());
  CHECK(did_you_mean("annotations", kKeys).empty());
}

TEST_CASE("the hint is ready to end a message", "[unit]") {
  CHECK(did_you_mean("replica", kKeys) == "; did you mean \"replicas\"?");
  const std::vector<std::string> names{"shop", "cart"};
  CHECK(did_you_mean("cort", names) == "; did you mean \"cart\"?");
}

}  // namespace
}  // namespace towtank

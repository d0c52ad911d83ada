#include "models/kubernetes/document.hpp"

#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

TEST_CASE("nested keys are found, absent ones give a null pointer", "[unit]") {
  const Value value = yaml_value("a: {b: {c: 3}}\nd: [1]");
  REQUIRE(value.at({"a", "b", "c"}) != nullptr);
  CHECK(value.at({"a", "b", "c"})->scalar == "3");
  CHECK(value.at({"a", "x", "c"}) == nullptr);
  CHECK(value.at({"d", "b"}) == nullptr);
}

TEST_CASE("a value describes itself for a message", "[unit]") {
  const Value value = yaml_value("[x, \"1\", ~, [1, 2], [], {a: 1}, {a: 1, b: 2}]");
  CHECK(value.items[0].description() == "\"x\"");
  CHECK(value.items[1].description() == "text \"1\"");
  CHECK(value.items[2].description() == "nothing");
  CHECK(value.items[3].description() == "a list of 2");
  CHECK(value.items[4].description() == "an empty list");
  CHECK(value.items[5].description() == "a map with 1 key");
  CHECK(value.items[6].description() == "a map with 2 keys");
}

TEST_CASE("a long text is cut between characters", "[unit]") {
  std::string text(59, 'x');
  for (int i = 0; i < 10; ++i) text += "\xC3\xA9";
  CHECK(Value::make_scalar(text, {}).description() == '"' + std::string(59, 'x') + "...\"");
}

TEST_CASE("keys are set and erased in place", "[unit]") {
  Value value = yaml_value("a: 1\nb: 2");
  value.set("b", Value::make_scalar("3", {}));
  value.set("c", Value::make_scalar("4", {}));
  CHECK(value.erase("a"));
  CHECK_FALSE(value.erase("a"));
  CHECK(value.same_content(yaml_value("c: 4\nb: 3")));
}

TEST_CASE("equal content ignores marks and the order of keys, but not quotes", "[unit]") {
  CHECK(yaml_value("a: 1\nb: [x, y]").same_content(yaml_value("b:\n- x\n- y\na: 1")));
  CHECK_FALSE(yaml_value("a: 1").same_content(yaml_value("a: \"1\"")));
  CHECK_FALSE(yaml_value("[x, y]").same_content(yaml_value("[y, x]")));
  CHECK_FALSE(yaml_value("a: 1").same_content(yaml_value("a: 1\nb: 1")));
}

}  // namespace
}  // namespace towtank

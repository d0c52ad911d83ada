#include "models/scenario/yaml_reader.hpp"

#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

std::vector<std::string> complaints(std::string_view text) { return problem_texts(read_yaml(text, "f.yaml")); }

std::string repeated(std::string_view part, std::size_t times) {
  std::string text;
  text.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST_CASE("values keep their text, their place and whether they were quoted", "[unit]") {
  const Value value = yaml_value("a: no\nb:\n  - 0755\n  - \"x\"\nc: |\n  line\n");
  CHECK(value.find("a")->scalar == "no");
  CHECK_FALSE(value.find("a")->quoted);
  const Value& list = *value.find("b");
  CHECK(list.items[0].scalar == "0755");
  CHECK(list.items[1].quoted);
  CHECK(list.items[1].mark.line == 4);
  CHECK(list.items[1].mark.column == 5);
  CHECK(value.entries[1].mark.line == 2);
  CHECK(value.find("c")->quoted);
  CHECK(value.find("c")->scalar == "line\n");
}

TEST_CASE("an absent value is null and stands where its key stands", "[unit]") {
  const Value value = yaml_value("a:\n\n\nb: ~\nc: null\nd: \"null\"\n");
  CHECK(value.find("a")->is_null());
  CHECK(value.find("a")->mark.line == 1);
  CHECK(value.find("b")->is_null());
  CHECK(value.find("c")->is_null());
  CHECK(value.find("d")->is_scalar());
}

TEST_CASE("empty documents are skipped", "[unit]") {
  CHECK(yaml_documents("---\n---\n# nothing\n---\na: 1\n---\n").size() == 1);
  CHECK(yaml_documents("").empty());
  CHECK(yaml_documents("# only a comment\n").empty());
  CHECK(yaml_documents("a: 1\n---\nb: 2\n...\n").size() == 2);
  CHECK(yaml_documents("%YAML 1.2\n---\na: 1\n").size() == 1);
}

TEST_CASE("a byte order mark and carriage returns do no harm", "[unit]") {
  const Value value = yaml_value(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: x\r\n");
  CHECK(value.entries[0].key == "a");
  CHECK(value.entries[0].mark.column == 1);
  CHECK(value.find("b")->scalar == "x");
}

TEST_CASE("every key that is given twice is named with both lines", "[unit]") {
  CHECK(complaints("a: 1\nb: {x: 1, x: 2}\na: 3\n") ==
        std::vector<std::string>{
            "f.yaml:2:11: the key \"x\" is given twice, first at line 2, again at line 2; keep one of them",
            "f.yaml:3:1: the key \"a\" is given twice, first at line 1, again at line 3; keep one of them"});
  CHECK(complaints("apiVersion: v1\napiVersion: v1\n") ==
        std::vector<std::string>{"f.yaml:2:1: the key \"apiVersion\" is given twice, first at line 1, again at line 2; "
                                 "keep one of them, or put a line --- between two objects"});
}

TEST_CASE("aliases are expanded, as keys too", "[unit]") {
  const Value value = yaml_value("a: &x {k: [1, 2]}\nb: *x\nc: &y z\n*y : 1\n");
  CHECK(value.find("b")->same_content(*value.find("a")));
  CHECK(value.find("z")->scalar == "1");
  CHECK(value.entries[3].mark.line == 4);
}

TEST_CASE("merge keys bring what the map does not have itself", "[unit]") {
  const Value value = yaml_value(
      "one: &one {k: 1, l: 1}\ntwo: &two {l: 2, m: 2}\nboth:\n  k: own\n  <<: [*one, *two]\nplain: {\"<<\": 1}\n");
  CHECK(value.find("both")->same_content(yaml_value("{k: own, l: 1, m: 2}")));
  CHECK(value.find("plain")->entries[0].key == "<<");
}

TEST_CASE("a merge key takes maps only", "[unit]") {
  CHECK(complaints("a: {<<: 3}") ==
        std::vector<std::string>{"f.yaml:1:5: `<<` merges a map or a list of maps (as in `<<: *name`), found \"3\""});
}

TEST_CASE("an alias within its own anchor is refused", "[unit]") {
  CHECK(complaints("a: &a [*a]") ==
        std::vector<std::string>{"f.yaml:1:8: this alias stands inside the value that it refers to"});
}

TEST_CASE("an expansion out of proportion gives one error", "[unit]") {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 1; k < 9; ++k) text += ", " + before;
    text += "]\n";
  }
  const auto problems = complaints(text);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("expand to more than 100 times what is written") != std::string::npos);
}

TEST_CASE("deep nesting gives one error, however it is made", "[unit]") {
  std::string chain = "a0: &a0 [x]\n";
  for (int i = 1; i < 400; ++i)
    chain += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  constexpr std::size_t kMany = 200'000;
  for (const std::string& text : {repeated("[", kMany), repeated("{", kMany), repeated("{a: ", kMany),
                                  repeated("- ", kMany), repeated("? ", kMany), repeated("[\n", kMany), chain}) {
    const auto problems = complaints(text);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("nested more than 200 deep") != std::string::npos);
  }
}

TEST_CASE("nesting up to the limit is read", "[unit]") {
  CHECK(read_yaml(repeated("[", 200) + repeated("]", 200), "f.yaml"));
  CHECK_FALSE(read_yaml(repeated("[", 201) + repeated("]", 201), "f.yaml"));
}

TEST_CASE("a text beyond the limit of size is refused before it is read", "[unit]") {
  const auto problems = complaints(std::string(kYamlLongestText + 1, 'x'));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0] ==
        "f.yaml: the text has 33554433 bytes, the limit is 33554432 (32 MiB); split it into several files");
}

TEST_CASE("too many values are refused", "[unit][slow]") {
  const auto problems = complaints(repeated("- a\n", kYamlMostValues + 10));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].find("more than 2000000 values") != std::string::npos);
}

TEST_CASE("what is no UTF-8 text gives one error at its place", "[unit]") {
  using namespace std::string_literals;
  const std::string ending = "; a YAML file is UTF-8 text (is this a binary file?)";
  CHECK(complaints("a: 1\nb: \0x\n"s) ==
        std::vector<std::string>{"f.yaml:2:4: found the control character 0x00" + ending});
  CHECK(complaints("a: \xFF\n") ==
        std::vector<std::string>{"f.yaml:1:4: found a byte that is not UTF-8, 0xFF" + ending});
  CHECK(complaints("\xFF\xFE"
                   "a\0"s) ==
        std::vector<std::string>{"f.yaml:1:1: the text is in UTF-16 (little endian); save it as UTF-8"});
  for (const char* bad : {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x1B[31m"})
    CHECK(complaints(bad).size() == 1);
  CHECK(yaml_value("k: \xF0\x9F\x9A\xA2 \xE2\x82\xAC").find("k")->scalar == "\xF0\x9F\x9A\xA2 \xE2\x82\xAC");
}

TEST_CASE("keys are plain text", "[unit]") {
  CHECK(complaints("? [a]\n: 1") ==
        std::vector<std::string>{"f.yaml:1:3: a key must be plain text, found a list of 1"});
  CHECK(complaints("{a: 1}: 2") ==
        std::vector<std::string>{"f.yaml:1:1: a key must be plain text, found a map with 1 key"});
  CHECK(complaints("~: 1") ==
        std::vector<std::string>{"f.yaml:1:1: found a value without a key before its `:`; name the key"});
  CHECK(yaml_value("\"a b\": 1").entries[0].key == "a b");
}

TEST_CASE("core tags are taken, others are refused", "[unit]") {
  const Value value = yaml_value("a: !!str 12\nb: !!int 3\nc: !!null x\nd: !!map {x: 1}\n");
  CHECK(value.find("a")->quoted);
  CHECK_FALSE(value.find("b")->quoted);
  CHECK(value.find("c")->is_null());
  CHECK(complaints("a: !secret x\nb: !!binary aGk=\n") ==
        std::vector<std::string>{
            "f.yaml:1:4: the tag `!secret` is not read; remove it (text needs quotes, no tag)",
            "f.yaml:2:4: the tag `tag:yaml.org,2002:binary` is not read; remove it (text needs quotes, no tag)"});
}

TEST_CASE("text behind a finished value is no new document", "[unit]") {
  for (const char* text : {"\"a\" \"b\"\n", "[a]\nb: 1\n", "a: 1\n...\nb: 2\n"}) CHECK(complaints(text).size() == 1);
}

TEST_CASE("broken YAML says in plain words what is wrong and where", "[unit][golden]") {
  CHECK(complaints("a: [1, 2\nb: 3\n") ==
        std::vector<std::string>{"f.yaml:2:2: a `]` or a comma is missing before this (the `[` is at line 1)"});
  CHECK(complaints("a:\n\tb: c\n") ==
        std::vector<std::string>{"f.yaml:2:3: found a tab in the indentation; indent with spaces"});
  CHECK(complaints("a: 1\nb: \"x\nc: 1\n") ==
        std::vector<std::string>{
            "f.yaml:2: the text ends inside quotes that were opened at or after this line; close them"});
  CHECK(complaints("a: @x\n") ==
        std::vector<std::string>{"f.yaml:1:4: this character cannot begin a value; put the text in quotes"});
  CHECK(complaints("a: *b\n") ==
        std::vector<std::string>{"f.yaml:1:4: this alias (`*name`) refers to no anchor (`&name`) before it"});
  CHECK(
      complaints("kind: Scenario\n  name: x\n") ==
      std::vector<std::string>{
          "f.yaml:2:7: this is indented below `kind: Scenario`, which has a value already; a line that ends in `:` is "
          "missing between them, or the indentation is wrong"});
}

TEST_CASE("a Service snippet that lost its lines is told which", "[unit][golden]") {
  const char* snippet =
      "apiVersion: v1\nkind: Service\n  name: shop\n  type: NodePort\n    - targetPort: 8001\n      protocol: TCP\n"
      "    app: shop\n";
  CHECK(complaints(snippet) ==
        std::vector<std::string>{
            "f.yaml:3:3: the line `metadata:` is missing above `name:`, which in a Service stands under it: add it there",
            "f.yaml:4:3: the line `spec:` is missing above `type:`, which in a Service stands under it: add it there",
            "f.yaml:5:5: the line `ports:` is missing above `targetPort:`, which in a Service stands under it: add it there",
            "f.yaml:7:5: the line `selector:` is missing above `app:`, which in a Service stands under it: add it there"});
  CHECK(complaints("a: 1\n---\n" + std::string{snippet})[0].find("f.yaml:5:3: the line `metadata:`") == 0);
}

}  // namespace
}  // namespace towtank

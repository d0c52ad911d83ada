#include "models/kubernetes/scalars.hpp"

#include <limits>

#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

template <class T>
std::string complaint(const Result<T>& result) {
  return result ? "accepted" : result.error().front().message;
}

TEST_CASE("any scalar is text, and no is not a truth value", "[unit]") {
  CHECK(*as_string(yaml_value("no")) == "no");
  CHECK(*as_string(yaml_value("1.10")) == "1.10");
  CHECK(complaint(as_string(yaml_value("[a, b]"))) == "expected text, found a list of 2");
}

TEST_CASE("only true and false are truth values", "[unit]") {
  CHECK(*as_bool(yaml_value("true")));
  CHECK_FALSE(*as_bool(yaml_value("false")));
  CHECK(complaint(as_bool(yaml_value("yes"))) == "expected true or false, found \"yes\"");
  CHECK(complaint(as_bool(yaml_value("True"))) == "expected true or false, found \"True\"");
  CHECK(complaint(as_bool(yaml_value("\"true\""))) ==
        "expected true or false, found text \"true\"; write it without quotes");
}

TEST_CASE("whole numbers are read within their range", "[unit]") {
  CHECK(*as_int(yaml_value("0")) == 0);
  CHECK(*as_int(yaml_value("-7")) == -7);
  CHECK(*as_int(yaml_value("9223372036854775807")) == std::numeric_limits<std::int64_t>::max());
  CHECK(complaint(as_int(yaml_value("70000"), 1, 65'535)) ==
        "expected a whole number from 1 to 65535, found \"70000\"");
  CHECK(complaint(as_int(yaml_value("-1"), 0)) == "expected a whole number of at least 0, found \"-1\"");
}

TEST_CASE("what only looks like a whole number is refused with a reason", "[unit]") {
  CHECK(complaint(as_int(yaml_value("0755"))) ==
        "expected a whole number, found \"0755\"; numbers take no leading zero (is it octal or decimal?); write 755");
  CHECK(complaint(as_int(yaml_value("0x1F"))) == "expected a whole number, found \"0x1F\"; write it in decimal");
  CHECK(complaint(as_int(yaml_value("3.0"))) ==
        "expected a whole number, found \"3.0\"; no fraction, exponent or unit is taken here");
  CHECK(complaint(as_int(yaml_value("9223372036854775808"))) ==
        "expected a whole number, found \"9223372036854775808\"; it is too large");
  CHECK(complaint(as_int(yaml_value("\"3\""))) == "expected a whole number, found text \"3\"; write it without quotes");
  CHECK(complaint(as_int(yaml_value("three"))) == "expected a whole number, found \"three\"");
  CHECK_FALSE(as_int(yaml_value("+3")));
  CHECK_FALSE(as_int(yaml_value("1_000")));
  CHECK_FALSE(as_int(yaml_value("\"\"")));
  CHECK_FALSE(as_int(yaml_value("{a: 1}")));
}

TEST_CASE("numbers with a fraction are read, what is no number is not", "[unit]") {
  CHECK(*as_double(yaml_value("0.25")) == 0.25);
  CHECK(*as_double(yaml_value("-1e3")) == -1000.0);
  CHECK(*as_double(yaml_value("7")) == 7.0);
  for (const char* bad : {".nan", "NaN", ".inf", "inf", "-.inf", "01.5", "1.", ".5", "1e", "0x1p3", "1e999", "5ms"})
    CHECK_FALSE(as_double(yaml_value(bad)));
  CHECK(complaint(as_double(yaml_value("05"))) == "expected a number, found \"05\"; write it without leading zeros");
  CHECK(complaint(as_double(yaml_value("5ms"))) == "expected a number, found \"5ms\"; no unit is taken here");
}

TEST_CASE("quantities have the value that Kubernetes gives them", "[unit]") {
  const auto cores = [](const char* text) { return as_quantity(yaml_value(text))->to_double(); };
  CHECK(cores("100m") == 0.1);
  CHECK(cores("0.5") == 0.5);
  CHECK(cores("2k") == 2000.0);
  CHECK(cores("1e3") == 1000.0);
  CHECK(cores("1E") == 1e18);
  CHECK(cores("1E3") == 1000.0);
  CHECK(cores("\"250m\"") == 0.25);
  CHECK(cores("0") == 0.0);
  CHECK(*as_bytes(yaml_value("1Gi")) == std::int64_t{1} << 30);
  CHECK(*as_bytes(yaml_value("128M")) == 128'000'000);
  CHECK(*as_bytes(yaml_value("1.5Ki")) == 1536);
  CHECK(*as_cpu_millicores(yaml_value("1.5")) == 1500);
}

TEST_CASE("quantities round up to the unit that is kept, and stop at the greatest number", "[unit]") {
  CHECK(*as_cpu_millicores(yaml_value("1u")) == 1);
  CHECK(*as_cpu_millicores(yaml_value("100100u")) == 101);
  CHECK(*as_bytes(yaml_value("100m")) == 1);
  CHECK(*as_bytes(yaml_value("1e-999")) == 1);
  CHECK(*as_bytes(yaml_value("8Ei")) == std::numeric_limits<std::int64_t>::max());
  CHECK(*as_bytes(yaml_value("999999999999999999Ei")) == std::numeric_limits<std::int64_t>::max());
  CHECK(*as_bytes(yaml_value("7Ei")) == std::int64_t{7} << 60);
}

TEST_CASE("what is no quantity says what would do", "[unit]") {
  const std::string expected = "expected a quantity such as 100m, 0.5 or 1Gi, found ";
  CHECK(complaint(as_quantity(yaml_value("-1"))) == expected + "\"-1\"; it must not be negative");
  CHECK(complaint(as_quantity(yaml_value("1K"))) == expected + "\"1K\"; write `k` (1000) or `Ki` (1024)");
  CHECK(complaint(as_quantity(yaml_value("1GB"))) == expected + "\"1GB\"; write `G` without the B");
  CHECK(complaint(as_quantity(yaml_value("010"))) == expected + "\"010\"; numbers take no leading zero; write 10");
  for (const char* bad : {"m", "1.2.3", "1 Gi", "1e", "1ee3", "x", "\"\"", "[1]", "~", "1234567890123456789"})
    CHECK_FALSE(as_quantity(yaml_value("a: " + std::string{bad}).entries[0].value));
}

TEST_CASE("a number or a name is told apart as Kubernetes does", "[unit]") {
  CHECK(as_int_or_string(yaml_value("8080"))->number == 8080);
  CHECK(as_int_or_string(yaml_value("http"))->text == "http");
  CHECK(as_int_or_string(yaml_value("25%"))->text == "25%");
  CHECK_FALSE(as_int_or_string(yaml_value("\"8080\""))->number);
  CHECK_FALSE(as_int_or_string(yaml_value("08080")));
  CHECK_FALSE(as_int_or_string(yaml_value("[1]")));
}

}  // namespace
}  // namespace towtank

#include "models/scenario/units.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace towtank::scenario {
namespace {

const Mark kMark{"a.yaml", 3, 7};

Value scalar(const std::string& text, bool quoted = false) { return Value::make_scalar(text, kMark, quoted); }

/// The message with which `read` refuses a text; empty when it takes it.
template <class Read>
std::string refusal(const std::string& text, Read read) {
  const auto result = read(scalar(text));
  if (result) return {};
  CHECK(result.error().size() == 1);
  CHECK(result.error()[0].text().substr(0, 12) == "a.yaml:3:7: ");
  return result.error()[0].message;
}

}  // namespace

TEST_CASE("a duration is a number with a unit, or several from large to small", "[unit]") {
  const auto ns = [](const std::string& text) { return as_duration(scalar(text)).value().count(); };
  CHECK(ns("7ns") == 7);
  CHECK(ns("250us") == 250'000);
  CHECK(ns("250\xC2\xB5s") == 250'000);
  CHECK(ns("3ms") == 3'000'000);
  CHECK(ns("1.5s") == 1'500'000'000);
  CHECK(ns("5m") == 300'000'000'000);
  CHECK(ns("1h") == 3'600'000'000'000);
  CHECK(ns("1m30s") == 90'000'000'000);
  CHECK(ns("2e3us") == 2'000'000);
  CHECK(ns("0s") == 0);
  CHECK(ns("0.4ns") == 0);
  CHECK(as_duration(scalar("3ms", true)).value() == 3ms);
}

TEST_CASE("a duration in seconds is the double nearest to what is written", "[unit]") {
  CHECK(parse_seconds("3ms", kMark).value() == 0.003);
  CHECK(parse_seconds("0.1ms", kMark).value() == 0.0001);
  CHECK(parse_seconds("700us", kMark).value() == 0.0007);
}

TEST_CASE("what is no duration is refused with what would do", "[unit]") {
  const auto say = [](const std::string& text) { return refusal(text, as_duration); };
  CHECK_THAT(say("20"), Catch::Matchers::Contains("add a unit: ns, us, ms, s, m or h (such as 20ms)"));
  CHECK_THAT(say("0"), Catch::Matchers::Contains("add a unit"));
  CHECK_THAT(say("-3ms"), Catch::Matchers::Contains("must not be negative"));
  CHECK_THAT(say("+3ms"), Catch::Matchers::Contains("without the sign"));
  CHECK_THAT(say("nan"), Catch::Matchers::Contains("finite"));
  CHECK_THAT(say(".inf"), Catch::Matchers::Contains("finite"));
  CHECK_THAT(say("Infinity"), Catch::Matchers::Contains("finite"));
  CHECK_THAT(say("1e999s"), Catch::Matchers::Contains("too large"));
  CHECK_THAT(say("9e9h"), Catch::Matchers::Contains("292 years"));
  CHECK_THAT(say("3 ms"), Catch::Matchers::Contains("no space"));
  CHECK_THAT(say("3,5ms"), Catch::Matchers::Contains("decimal point"));
  CHECK_THAT(say("3msx"), Catch::Matchers::Contains("\"msx\""));
  CHECK_THAT(say("3ms!"), Catch::Matchers::Contains("the units are"));
  CHECK_THAT(say("03ms"), Catch::Matchers::Contains("leading zero"));
  CHECK_THAT(say(".5s"), Catch::Matchers::Contains("write 0.5s"));
  CHECK_THAT(say("30s1m"), Catch::Matchers::Contains("1m30s"));
  CHECK_THAT(say("2min"), Catch::Matchers::Contains("write `m`"));
  CHECK_THAT(say("1d"), Catch::Matchers::Contains("24h"));
  CHECK_THAT(say("fast"), Catch::Matchers::Contains("begin with a number"));
  CHECK_THAT(say(""), Catch::Matchers::Contains("write a number and its unit"));
  CHECK_THAT(as_duration(Value::make_sequence(kMark)).error()[0].message, Catch::Matchers::Contains("an empty list"));
}

TEST_CASE("a rate counts per time unit", "[unit]") {
  CHECK(as_rate_per_s(scalar("40/s")).value() == 40.0);
  CHECK(as_rate_per_s(scalar("600/min")).value() == 10.0);
  CHECK(as_rate_per_s(scalar("3600/h")).value() == 1.0);
  CHECK(as_rate_per_s(scalar("2/ms")).value() == 2000.0);
  CHECK_THAT(refusal("40", as_rate_per_s), Catch::Matchers::Contains("/ms, /s, /min or /h (such as 40/s)"));
  CHECK_THAT(refusal("40rps", as_rate_per_s), Catch::Matchers::Contains("write `/s`"));
  CHECK_THAT(refusal("40/fortnight", as_rate_per_s), Catch::Matchers::Contains("the units are"));
}

TEST_CASE("a size tells thousands from powers of two", "[unit]") {
  const auto bytes = [](const std::string& text) { return as_size_bytes(scalar(text)).value(); };
  CHECK(bytes("1GiB") == 1'073'741'824);
  CHECK(bytes("1Gi") == 1'073'741'824);
  CHECK(bytes("8KiB") == 8192);
  CHECK(bytes("2kB") == 2000);
  CHECK(bytes("1.5KiB") == 1536);
  CHECK(bytes("500B") == 500);
  CHECK_THAT(refusal("1024", as_size_bytes), Catch::Matchers::Contains("such as 1024B"));
  CHECK_THAT(refusal("8KB", as_size_bytes), Catch::Matchers::Contains("`KiB` (1024)"));
  CHECK_THAT(refusal("9e9TiB", as_size_bytes), Catch::Matchers::Contains("63 bits"));
}

TEST_CASE("a share is a percentage or a number up to 1", "[unit]") {
  CHECK(as_share(scalar("5%")).value() == 0.05);
  CHECK(as_share(scalar("0.05")).value() == 0.05);
  CHECK(as_share(scalar("100%")).value() == 1.0);
  CHECK_THAT(refusal("5", as_share), Catch::Matchers::Contains("write percents as 5%"));
  CHECK_THAT(refusal("101%", as_share), Catch::Matchers::Contains("0% to 100%"));
  CHECK_THAT(refusal("5 %", as_share), Catch::Matchers::Contains("only `%`"));
  CHECK_THAT(refusal("-1%", as_share), Catch::Matchers::Contains("must not be negative"));
}

TEST_CASE("CPU is counted in cores, in millicores too", "[unit]") {
  CHECK(as_cores(scalar("250m")).value() == 0.25);
  CHECK(as_cores(scalar("4")).value() == 4.0);
  CHECK_THAT(refusal("0", as_cores), Catch::Matchers::Contains("more than 0"));
  CHECK_THAT(refusal("-1", as_cores), Catch::Matchers::Contains("negative"));
}

TEST_CASE("a plain number takes no unit and no quotes", "[unit]") {
  CHECK(as_number(scalar("2.5")).value() == 2.5);
  CHECK_THAT(refusal("2x", as_number), Catch::Matchers::Contains("no unit"));
  CHECK_FALSE(as_number(scalar("2", true)).has_value());
}

}  // namespace towtank::scenario

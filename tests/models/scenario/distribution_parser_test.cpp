#include "models/scenario/distribution_parser.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/memory_files.hpp"

namespace towtank::scenario {
namespace {

Value written(const std::string& text, bool quoted = false) {
  return Value::make_scalar(text, Mark{"a/b.yaml", 4, 10}, quoted);
}

Distribution law(const std::string& text, MemoryFiles files = {}) {
  const Result<Distribution> result = as_distribution(written(text), files);
  INFO(text << (result ? "" : ": " + result.error()[0].text()));
  REQUIRE(result.has_value());
  return *result;
}

Problem refused_law(const std::string& text, MemoryFiles files = {}) {
  const Result<Distribution> result = as_distribution(written(text), files);
  INFO(text);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().size() == 1);
  return result.error()[0];
}

}  // namespace

TEST_CASE("every law of the grammar is read with the parameters that are written", "[unit]") {
  CHECK(law("20ms") == Distribution::constant(0.02));
  CHECK(law("constant(20ms)") == Distribution::constant(0.02));
  CHECK(law("exponential(mean=3ms)") == Distribution::exponential(0.003));
  CHECK(law("exponential(3ms)") == Distribution::exponential(0.003));
  CHECK(law("lognormal(mean=20ms p99=90ms)") == Distribution::lognormal_mean_p99(0.02, 0.09).value());
  CHECK(law("lognormal(mean=20ms cv=0.5)") == Distribution::lognormal_mean_cv(0.02, 0.5));
  CHECK(law("lognormal(mean=20ms sigma=0.5)") == Distribution::lognormal_mean_sigma(0.02, 0.5));
  CHECK(law("lognormal(median=20ms p99=90ms)") == Distribution::lognormal_median_p99(0.02, 0.09));
  CHECK(law("lognormal(median=20ms sigma=0.77)") == Distribution::lognormal_median_sigma(0.02, 0.77));
  CHECK(law("lognormal(median=20ms cv=0.77)") == Distribution::lognormal_median_cv(0.02, 0.77));
  CHECK(law("normal(mean=20ms sd=5ms)") == Distribution::normal(0.02, 0.005));
  CHECK(law("gamma(mean=20ms cv=0.5)") == Distribution::gamma(0.02, 0.5));
  CHECK(law("erlang(k=4 mean=20ms)") == Distribution::erlang(4, 0.02));
  CHECK(law("weibull(shape=0.7 mean=20ms)") == Distribution::weibull(0.7, 0.02));
  CHECK(law("pareto(alpha=2.2 min=5ms)") == Distribution::pareto(2.2, 0.005));
  CHECK(law("pareto(alpha=2.2 min=5ms max=2s)") == Distribution::pareto(2.2, 0.005, 2.0));
  CHECK(law("hyperexponential(mean=20ms cv=2)") == Distribution::hyperexponential_mean_cv(0.02, 2.0));
  CHECK(law("hyperexponential(p=0.1 mean1=1ms mean2=9ms)") == Distribution::hyperexponential(0.1, 0.001, 0.009));
  CHECK(law("uniform(5ms 15ms)") == Distribution::uniform(0.005, 0.015));
  CHECK(law("mixture(0.99:exponential(mean=3ms) 0.01:200ms)") ==
        Distribution::mixture({{0.99, Distribution::exponential(0.003)}, {0.01, Distribution::constant(0.2)}}));
}

TEST_CASE("the example of every law is one that it takes", "[unit]") {
  for (const LawForm& form : law_forms()) law(std::string{form.example}, MemoryFiles{{{"a/times.csv", "3ms\n"}}});
}

TEST_CASE("arguments may be separated by commas and spread over spaces", "[unit]") {
  CHECK(law(" lognormal( mean = 20ms ,p99=90ms ) ") == law("lognormal(mean=20ms p99=90ms)"));
  CHECK(law("uniform(5ms, 15ms)") == law("uniform(5ms 15ms)"));
  CHECK(law("mixture(50%:uniform(1ms 2ms), 50% : mixture(1:3ms))") ==
        Distribution::mixture({{0.5, Distribution::uniform(0.001, 0.002)},
                               {0.5, Distribution::mixture({{1.0, Distribution::constant(0.003)}})}}));
}

TEST_CASE("what is wrong with a law is told at the place of the argument", "[unit]") {
  const Problem unknown = refused_law("gamma(mean=20ms cw=0.5)");
  CHECK(unknown.mark.column == 10 + 16);
  CHECK_THAT(unknown.message, Catch::Matchers::Contains("unknown argument \"cw\", its arguments are mean, cv") &&
                                  Catch::Matchers::Contains("did you mean \"cv\"?"));
  const Problem bad = refused_law("mixture(0.5:1ms 0.5:exponential(mean=20))");
  CHECK(bad.mark.line == 4);
  CHECK(bad.mark.column == 10 + 37);
  CHECK_THAT(bad.message, Catch::Matchers::Contains("add a unit"));
}

TEST_CASE("within quotes the place is that of the whole text", "[unit]") {
  MemoryFiles files;
  const auto result = as_distribution(written("gamma(mean=20ms cw=0.5)", true), files);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error()[0].mark.column == 10);
}

TEST_CASE("the torn halves of a text with commas say so", "[unit]") {
  CHECK_THAT(refused_law("lognormal(mean=20ms").message, Catch::Matchers::Contains("separate the arguments by spaces"));
  CHECK_THAT(refused_law("p99=90ms)").message,
             Catch::Matchers::Contains("second half of a text that a comma has torn"));
}

TEST_CASE("odd forms and parameters out of range are refused", "[unit]") {
  const auto say = [](const std::string& text) { return refused_law(text).message; };
  CHECK_THAT(say("lognorm(mean=1ms p99=2ms)"), Catch::Matchers::Contains("did you mean \"lognormal\"?"));
  CHECK_THAT(say("exponential"), Catch::Matchers::Contains("without its arguments"));
  CHECK_THAT(say("(3ms)"), Catch::Matchers::Contains("no name stands before the bracket"));
  CHECK_THAT(say("constant(3ms) + 1ms"), Catch::Matchers::Contains("after the closing bracket"));
  CHECK_THAT(say("exponential(mean=3ms mean=4ms)"), Catch::Matchers::Contains("given twice"));
  CHECK_THAT(say("uniform(5ms 15ms 20ms)"), Catch::Matchers::Contains("too many"));
  CHECK_THAT(say("uniform(15ms 5ms)"), Catch::Matchers::Contains("smaller one first"));
  CHECK_THAT(say("gamma(20ms cv=0.5)"), Catch::Matchers::Contains("has no name"));
  CHECK_THAT(say("gamma(mean=20ms cv=0.001)"), Catch::Matchers::Contains("0.01 to 10"));
  CHECK_THAT(say("gamma(mean=20ms cv=nan)"), Catch::Matchers::Contains("finite"));
  CHECK_THAT(say("erlang(k=0 mean=1ms)"), Catch::Matchers::Contains("whole number from 1 to 10000"));
  CHECK_THAT(say("erlang(k=2.5 mean=1ms)"), Catch::Matchers::Contains("whole number from 1 to 10000"));
  CHECK_THAT(say("weibull(shape=0 mean=1ms)"), Catch::Matchers::Contains("0.1 to 1000"));
  CHECK_THAT(say("pareto(alpha=0 min=1ms)"), Catch::Matchers::Contains("above 0"));
  CHECK_THAT(say("pareto(alpha=2 min=0s)"), Catch::Matchers::Contains("duration above 0"));
  CHECK_THAT(say("pareto(alpha=2 min=5ms max=1ms)"), Catch::Matchers::Contains("below min"));
  CHECK_THAT(say("hyperexponential(mean=20ms cv=0.5)"), Catch::Matchers::Contains("from 1 to 1000"));
  CHECK_THAT(say("hyperexponential(mean=20ms p=0.5)"), Catch::Matchers::Contains("use one form"));
  CHECK_THAT(say("lognormal(mean=20ms median=20ms cv=1)"), Catch::Matchers::Contains("one of mean= and median="));
  CHECK_THAT(say("lognormal(mean=0s cv=1)"), Catch::Matchers::Contains("above 0"));
  CHECK_THAT(say("lognormal(mean=20ms p99=1s)"), Catch::Matchers::Contains("14.96"));
  CHECK_THAT(say("lognormal(median=20ms p99=1ms)"), Catch::Matchers::Contains("below the median"));
  CHECK_THAT(say("mixture(0.9:1ms 0.2:2ms)"), Catch::Matchers::Contains("add up to 1"));
  CHECK_THAT(say("mixture()"), Catch::Matchers::Contains("add up to 1"));
  CHECK_THAT(say("exponential(0.5:3ms)"), Catch::Matchers::Contains("only the parts of a mixture"));
  CHECK_THAT(say("20"), Catch::Matchers::Contains("add a unit"));
  CHECK_THAT(say(""), Catch::Matchers::Contains("expected a duration"));
}

TEST_CASE("mixtures nest only so deep", "[unit]") {
  std::string text = "1ms";
  for (int i = 0; i < 100; ++i) text = "mixture(1:" + text + ")";
  CHECK_THAT(refused_law(text).message, Catch::Matchers::Contains("nested more than"));
}

TEST_CASE("an empirical law is read from a file beside the scenario", "[unit]") {
  const Distribution expected = Distribution::empirical({0.001, 0.0025});
  const auto read = [](const std::string& text, const std::string& file) {
    return law(text, MemoryFiles{{{"a/t.csv", file}}});
  };
  CHECK(read("empirical(t.csv)", "1ms\n2500us\n") == expected);
  CHECK(read("empirical(t.csv)", "# from the log\nservice_ms\n1\n\n2.5\r\n") == expected);
  CHECK(read("empirical(t.csv column=took_s)", "path,took_s\n/a,0.001\n/b,0.0025\n") == expected);
  CHECK(law("empirical(/t.csv)", MemoryFiles{{{"/t.csv", "1ms\n2.5ms"}}}) == expected);
}

TEST_CASE("what is wrong with the file of an empirical law is told with its line", "[unit]") {
  const auto say = [](const std::string& text, const std::string& file) {
    return refused_law(text, MemoryFiles{{{"a/t.csv", file}}}).text();
  };
  CHECK_THAT(say("empirical(missing.csv)", ""),
             Catch::Matchers::Contains("a/b.yaml:4:20: ") && Catch::Matchers::Contains("a/missing.csv"));
  CHECK_THAT(say("empirical(t.csv)", ""), Catch::Matchers::Contains("holds no value"));
  CHECK_THAT(say("empirical(t.csv)", "1ms\n2\n"), Catch::Matchers::StartsWith("a/t.csv:2:1: expected a duration"));
  CHECK_THAT(say("empirical(t.csv)", "took_ms\n1\n-2\n"), Catch::Matchers::Contains("a/t.csv:3:1: "));
  CHECK_THAT(say("empirical(t.csv)", "a_ms,b_ms\n1,2\n"), Catch::Matchers::Contains("has the columns a_ms, b_ms"));
  CHECK_THAT(say("empirical(t.csv column=c_ms)", "a_ms,b_ms\n1,2\n"), Catch::Matchers::Contains("the columns are"));
  CHECK_THAT(say("empirical(t.csv column=b_ms)", "a_ms,b_ms\n1\n"), Catch::Matchers::Contains("complete it"));
}

}  // namespace towtank::scenario

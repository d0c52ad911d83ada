#include "sim/random/distribution.hpp"

#include <algorithm>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/lognormal.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/weibull.hpp>
#include <boost/math/quadrature/gauss.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "sim/random/draws.hpp"
#include "tests/sim/random/chi_square.hpp"

namespace towtank {
namespace {

struct Named {
  std::string text;
  Distribution law;
};

/// One of each, most with the text that describes it.
std::vector<Named> all_laws() {
  using D = Distribution;
  return {
      {"20ms", D::constant(0.02)},
      {"exponential(mean=20ms)", D::exponential(0.02)},
      {"lognormal(mean=20ms p99=90ms)", D::lognormal_mean_p99(0.02, 0.09).value()},
      {"lognormal(median=1s p99=1085.1919769s)", D::lognormal_median_sigma(1.0, 3.0045)},
      {"normal(mean=20ms sd=15ms)", D::normal(0.02, 0.015)},
      {"gamma(mean=300us cv=0.5)", D::gamma(0.0003, 0.5)},
      {"gamma(mean=2s cv=3)", D::gamma(2.0, 3.0)},
      {"erlang(k=3 mean=20ms)", D::erlang(3, 0.02)},
      {"weibull(shape=0.7 mean=20ms)", D::weibull(0.7, 0.02)},
      {"pareto(alpha=2.5 min=1ms)", D::pareto(2.5, 0.001)},
      {"pareto(alpha=1.1 min=1ms max=10s)", D::pareto(1.1, 0.001, 10.0)},
      {"hyperexponential(p=0.9 mean1=10ms mean2=110ms)", D::hyperexponential(0.9, 0.01, 0.11)},
      {"uniform(1ms 2ms)", D::uniform(0.001, 0.002)},
      {"empirical(values=4 mean=2.5ms)", D::empirical({0.004, 0.001, 0.002, 0.003})},
      {"mixture(0.99:exponential(mean=20ms) 0.01:1s)",
       D::mixture({{99.0, D::exponential(0.02)}, {1.0, D::constant(1.0)}})},
      {"mixture(0.75:gamma(mean=20ms cv=0.5) 0.25:exponential(mean=5ms))",
       D::mixture({{0.75, D::gamma(0.02, 0.5)}, {0.25, D::exponential(0.005)}})},
  };
}

/// Shares from one tail to the other, dense in both.
std::vector<double> shares() {
  std::vector<double> result;
  for (double u = 1e-9; u < 0.5; u *= 1.0171) result.push_back(u);
  const std::size_t half = result.size();
  for (std::size_t i = half; i-- > 0;) result.push_back(1.0 - result[i]);
  return result;
}

/// Integral of quantile^power over u: the law's moment, from the sampler itself. Panels follow the tails, 32 to an
/// octave of u and of 1 - u down to 2^-53, the smallest uniform.
double moment(const Distribution& law, int power) {
  double sum = 0.0;
  for (int octave = 2; octave <= 53; ++octave)
    for (int part = 32; part < 64; ++part) {
      const double begin = std::ldexp(part, -octave - 4 - 1);
      const double end = std::ldexp(part + 1, -octave - 4 - 1);
      const auto both = [&](double v) {
        return std::pow(law.quantile(v), power) + std::pow(law.quantile(1.0 - v), power);
      };
      sum += boost::math::quadrature::gauss<double, 7>::integrate(both, begin, end);
    }
  return sum;
}

TEST_CASE("a law describes itself in the grammar of scenarios", "[unit]") {
  for (const Named& named : all_laws()) CHECK(named.law.describe() == named.text);
  CHECK(Distribution::constant(0.0).describe() == "0s");
  CHECK(Distribution::constant(2.5e-7).describe() == "250ns");
  CHECK(Distribution::constant(90.0).describe() == "90s");
}

TEST_CASE("every law never falls as the uniform rises, in seconds and in nanoseconds", "[unit]") {
  for (const Named& named : all_laws()) {
    INFO(named.text);
    double last = 0.0;
    Duration last_sample{0};
    bool rises = true;
    const auto look = [&](double u) {
      const double value = named.law.quantile(u);
      const Duration sample = named.law.sample(u);
      rises = rises && value >= last * (1.0 - 1e-15) && sample >= last_sample;
      last = value;
      last_sample = sample;
    };
    for (const double u : shares()) look(u);
    last = 0.0;
    last_sample = Duration{0};
    for (int i = 0; i < 20000; ++i) look((i + 0.5) / 20000.0);
    CHECK(rises);
  }
}

TEST_CASE("a quantile leaves the right mass on either side", "[unit]") {
  for (const Named& named : all_laws()) {
    INFO(named.text);
    bool fits = true;
    for (const double u : shares()) {
      const double x = named.law.quantile(u);
      // A point a millionth to the left has less mass than u below it, a point a millionth to the right has more.
      // Left of 0 there is none, and what is 0 stands for everything below 1e-59 s.
      const Mass left = x > 0.0 ? named.law.mass(x * (1.0 - 1e-6)) : Mass{0.0, 1.0};
      const Mass right = named.law.mass(std::max(x * (1.0 + 1e-6), 1e-59));
      const double beyond = 1.0 - u;
      const double slack = 1e-12 + 2e-7 * (u < 1e-8);  // 1 - u, of which most laws start, has 16 digits, not u
      if (u < 0.5)
        fits = fits && left.at_most <= u * (1.0 + slack) && right.at_most >= u * (1.0 - slack);
      else
        fits = fits && left.above >= beyond * (1.0 - slack) && right.above <= beyond * (1.0 + slack);
    }
    CHECK(fits);
  }
}

TEST_CASE("quantiles agree with Boost within a millionth from 1e-9 to 1 - 1e-9", "[unit]") {
  const auto compare = [](const Distribution& law, const auto& truth) {
    INFO(law.describe());
    double worst = 0.0;
    for (double v = 1e-9; v < 0.5; v *= 1.31) {
      worst = std::max(worst, std::fabs(law.quantile(v) / boost::math::quantile(truth, v) - 1.0));
      // The share above that 1 - v really leaves.
      const double above = 1.0 - (1.0 - v);
      const double value = boost::math::quantile(boost::math::complement(truth, above));
      worst = std::max(worst, std::fabs(law.quantile(1.0 - v) / value - 1.0));
    }
    CHECK(worst < 1e-6);
  };
  for (const double shape : {0.2, 0.5, 1.0, 4.0, 100.0, 10000.0})
    compare(Distribution::gamma(2.0, 1.0 / std::sqrt(shape)), boost::math::gamma_distribution<>(shape, 2.0 / shape));
  compare(Distribution::erlang(7, 2.0), boost::math::gamma_distribution<>(7.0, 2.0 / 7.0));
  compare(Distribution::lognormal(-3.0, 1.2), boost::math::lognormal_distribution<>(-3.0, 1.2));
  compare(Distribution::weibull(0.6, 2.0),
          boost::math::weibull_distribution<>(0.6, 2.0 / std::tgamma(1.0 + 1.0 / 0.6)));
}

TEST_CASE("mean and second moment of the sampler are those that the law states", "[unit]") {
  for (const Named& named : all_laws()) {
    // Their jumps lie inside panels of the quadrature (they are judged below), and this Pareto's second moment has a
    // thousandth of itself beyond the smallest uniform.
    if (named.text == "mixture(0.99:exponential(mean=20ms) 0.01:1s)") continue;
    const bool is_heavy = named.text == "pareto(alpha=2.5 min=1ms)" || named.text.starts_with("lognormal(median");
    INFO(named.text);
    const double mean = named.law.mean_s();
    const double square = mean * mean * (1.0 + named.law.scv());
    CHECK(moment(named.law, 1) == Approx(mean).epsilon(1e-7));
    if (!is_heavy) CHECK(moment(named.law, 2) == Approx(square).epsilon(2e-7));
  }
}

TEST_CASE("closed forms of mean and variation", "[unit]") {
  using D = Distribution;
  CHECK(D::lognormal_mean_cv(0.02, 1.5).mean_s() == Approx(0.02).epsilon(1e-14));
  CHECK(D::lognormal_mean_cv(0.02, 1.5).scv() == Approx(2.25).epsilon(1e-13));
  CHECK(D::lognormal_median_cv(0.02, 1.5).quantile(0.5) == Approx(0.02).epsilon(1e-14));
  CHECK(D::lognormal_median_cv(0.02, 1.5).scv() == Approx(2.25).epsilon(1e-13));
  CHECK(D::gamma(0.02, 3.0).scv() == Approx(9.0));
  CHECK(D::erlang(4, 0.02).scv() == 0.25);
  CHECK(D::pareto(1.0, 1.0).mean_s() == std::numeric_limits<double>::infinity());
  CHECK(D::pareto(1.5, 1.0).mean_s() == Approx(3.0).epsilon(1e-14));
  CHECK(D::pareto(1.5, 1.0).scv() == std::numeric_limits<double>::infinity());
  CHECK(D::pareto(3.0, 1.0).scv() == Approx(1.0 / 3.0).epsilon(1e-14));
  // alpha = 1 and 2, where the integrals of the moments are logarithms
  CHECK(D::pareto(1.0, 1.0, std::exp(1.0)).mean_s() == Approx(1.0 / (1.0 - std::exp(-1.0))).epsilon(1e-13));
  CHECK(D::pareto(2.0, 1.0, std::exp(1.0)).mean_s() ==
        Approx(2.0 * (1.0 - std::exp(-1.0)) / (1.0 - std::exp(-2.0))).epsilon(1e-13));
  const D hyper = D::hyperexponential_mean_cv(0.02, 5.0);
  CHECK(hyper.mean_s() == Approx(0.02).epsilon(1e-14));
  CHECK(hyper.scv() == Approx(25.0).epsilon(1e-12));
  const D values = D::empirical({0.001, 0.002, 0.006});
  CHECK(values.mean_s() == Approx(0.003).epsilon(1e-14));
  CHECK(values.scv() == Approx(14.0 / 27.0).epsilon(1e-13));
  // A normal far from the cut is a normal; one centred on it is half a normal.
  CHECK(D::normal(1.0, 0.01).scv() == Approx(1e-4).epsilon(1e-12));
  CHECK(D::normal(0.0, 1.0).mean_s() == Approx(1.0 / std::sqrt(2.0 * std::acos(-1.0))).epsilon(1e-12));
  CHECK(D::normal(0.0, 1.0).quantile(0.49) == 0.0);
}

TEST_CASE("a lognormal of given mean and p99 has them, with the smaller sigma", "[unit]") {
  for (const double ratio : {1.0001, 1.5, 4.5, 12.0, 14.9}) {
    const auto law = Distribution::lognormal_mean_p99(0.02, 0.02 * ratio);
    REQUIRE(law.has_value());
    CHECK(law->mean_s() == Approx(0.02).epsilon(1e-13));
    CHECK(law->quantile(0.99) == Approx(0.02 * ratio).epsilon(1e-12));
    CHECK(law->scv() < std::exp(2.3263478740408408 * 2.3263478740408408));
  }
  CHECK_FALSE(Distribution::lognormal_mean_p99(0.02, 0.02 * 15.0).has_value());
  CHECK_FALSE(Distribution::lognormal_mean_p99(0.02, 0.019).has_value());
  CHECK(Distribution::lognormal_mean_p99(0.02, 0.02)->is_constant());
  const Distribution by_median = Distribution::lognormal_median_p99(0.02, 0.5);
  CHECK(by_median.quantile(0.5) == Approx(0.02).epsilon(1e-14));
  CHECK(by_median.quantile(0.99) == Approx(0.5).epsilon(1e-12));
}

TEST_CASE("arrays of samples are the single samples, bit by bit", "[unit]") {
  for (const std::size_t length : {0u, 1u, 2u, 127u, 128u, 129u, 1000u}) {
    std::vector<double> u;
    const Draws draws{3, 4};
    for (std::uint64_t key = 0; key < length; ++key) u.push_back(draws.uniform(purpose_of("u"), key));
    if (length > 2) u[1] = 0x1p-53;
    if (length > 2) u[2] = 1.0 - 0x1p-53;
    for (const Named& named : all_laws()) {
      // Also where nanoseconds leave the range of the fast rounding, 2^51.
      for (const double factor : {1.0, 1e6, 1e12}) {
        const Distribution law = named.law.scaled(factor);
        std::vector<std::int64_t> many(length);
        law.sample(u, many);
        bool agrees = true;
        for (std::size_t i = 0; i < length; ++i) agrees = agrees && many[i] == law.sample(u[i]).count();
        INFO(law.describe());
        CHECK(agrees);
      }
    }
  }
}

TEST_CASE("samples are whole nanoseconds, rounded to the nearest, and end at 146 years", "[unit]") {
  CHECK(Distribution::constant(1.4e-9).sample(0.5) == Duration{1});
  CHECK(Distribution::constant(1.6e-9).sample(0.5) == Duration{2});
  CHECK(Distribution::constant(0.02).sample(0.5) == 20ms);
  CHECK(Distribution::pareto(0.01, 1.0).sample(1.0 - 1e-9) == Duration{std::int64_t{1} << 62});
}

TEST_CASE("a law without spread is a constant", "[unit]") {
  using D = Distribution;
  for (const D& law : {D::constant(0.02), D::lognormal_mean_cv(0.02, 0.0), D::lognormal_median_sigma(0.02, 0.0),
                       D::lognormal_median_p99(0.02, 0.02), D::normal(0.02, 0.0), D::gamma(0.02, 0.0),
                       D::uniform(0.02, 0.02), D::empirical({0.02, 0.02}), D::pareto(2.0, 0.02, 0.02),
                       D::mixture({{0.3, D::constant(0.02)}, {0.7, D::constant(0.02)}})}) {
    CHECK(law.is_constant());
    CHECK(law.mean_s() == 0.02);
    CHECK(law.scv() == 0.0);
    CHECK(law.quantile(0.3) == 0.02);
  }
  CHECK(D::exponential(0.0).sample(0.7) == Duration{0});
  CHECK_FALSE(D::exponential(0.02).is_constant());
}

TEST_CASE("scaling a law scales its mean and its quantiles, and nothing else", "[unit]") {
  for (const Named& named : all_laws()) {
    const Distribution scaled = named.law.scaled(3.0);
    INFO(named.text);
    CHECK(scaled.mean_s() == Approx(3.0 * named.law.mean_s()).epsilon(1e-13));
    CHECK(scaled.scv() == named.law.scv());
    for (const double u : {1e-6, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-9})
      CHECK(scaled.quantile(u) == Approx(3.0 * named.law.quantile(u)).epsilon(1e-13));
    CHECK_FALSE(scaled == named.law);
    CHECK(named.law.scaled(1.0) == named.law);
    CHECK(named.law.scaled(0.0).sample(0.5) == Duration{0});
  }
  CHECK(Distribution::gamma(0.02, 0.5).scaled(2.0).describe() == "gamma(mean=40ms cv=0.5)");
  CHECK(Distribution::mixture({{1.0, Distribution::exponential(1.0)}, {1.0, Distribution::constant(3.0)}})
            .scaled(2.0)
            .describe() == "mixture(0.5:exponential(mean=2s) 0.5:6s)");
}

TEST_CASE("laws are equal when they are written alike", "[unit]") {
  const std::vector<Named> once = all_laws();
  const std::vector<Named> again = all_laws();
  for (std::size_t i = 0; i < once.size(); ++i)
    for (std::size_t j = 0; j < again.size(); ++j) CHECK((once[i].law == again[j].law) == (i == j));
  CHECK_FALSE(Distribution::empirical({1.0, 2.0, 3.0}) == Distribution::empirical({0.5, 2.5, 3.0}));
}

TEST_CASE("a mixture jumps exactly where its constants stand", "[unit]") {
  using D = Distribution;
  const D law = D::mixture({{0.7, D::constant(0.001)}, {0.3, D::constant(0.002)}});
  CHECK(law.sample(0.7 - 1e-9) == 1ms);
  CHECK(law.sample(0.7 + 1e-9) == 2ms);
  CHECK(law.sample(1e-12) == 1ms);
  CHECK(law.sample(1.0 - 1e-12) == 2ms);
  CHECK(law.mean_s() == Approx(0.0013).epsilon(1e-14));
  CHECK(law.scv() == Approx(0.21e-6 / (0.0013 * 0.0013)).epsilon(1e-12));

  const D with_zero = D::mixture({{0.4, D::constant(0.0)}, {0.6, D::exponential(1.0)}});
  CHECK(with_zero.sample(0.3999) == Duration{0});
  CHECK(with_zero.quantile(0.7) == Approx(std::log(2.0)).epsilon(1e-8));

  const D gap = D::mixture({{0.25, D::uniform(0.0, 1.0)}, {0.75, D::uniform(2.0, 3.0)}});
  CHECK(gap.quantile(0.125) == Approx(0.5).epsilon(1e-9));
  CHECK(gap.quantile(0.2499999) == Approx(0.9999996).epsilon(1e-9));
  CHECK(gap.quantile(0.2500001) == Approx(2.0 + 0.0000001 / 0.75).epsilon(1e-9));
}

TEST_CASE("an empirical law gives each value its share", "[unit]") {
  const Distribution law = Distribution::empirical({0.003, 0.001, 0.002, 0.002});
  CHECK(law.sample(0.2499) == 1ms);
  CHECK(law.sample(0.2501) == 2ms);
  CHECK(law.sample(0.7499) == 2ms);
  CHECK(law.sample(0.7501) == 3ms);
  CHECK(law.sample(1.0 - 0x1p-53) == 3ms);
}

/// Draws of `sampler` in 50 cells of equal mass of `law`.
ChiSquare cells_of(const Distribution& sampler, const Distribution& law) {
  constexpr int kCells = 50;
  std::vector<std::int64_t> counts(kCells);
  const Draws draws{2026, 1};
  for (std::uint64_t key = 0; key < 100000; ++key) {
    const double share = law.mass(to_seconds(sampler.sample(draws.uniform(purpose_of("cells"), key)))).at_most;
    ++counts[static_cast<std::size_t>(std::min(share * kCells, kCells - 0.5))];
  }
  return chi_square(counts, std::vector<double>(kCells, 1.0 / kCells));
}

TEST_CASE("samples fall into the cells of their law, and not into those of a law 5 % longer", "[statistical]") {
  for (const Distribution& law : {Distribution::gamma(0.02, 0.5), Distribution::hyperexponential_mean_cv(0.02, 3.0),
                                  Distribution::lognormal_mean_cv(0.02, 1.0), Distribution::weibull(0.7, 0.02)}) {
    INFO(law.describe());
    CHECK(cells_of(law, law).fits());
    CHECK_FALSE(cells_of(law, law.scaled(1.05)).fits());
  }
}

TEST_CASE("samples of every law have the bits they always had, on every compiler and machine", "[golden]") {
  const Draws draws{1, 1};
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Named& named : all_laws())
    for (std::uint64_t key = 0; key < 1000; ++key) {
      hash ^= static_cast<std::uint64_t>(sample_scalar(named.law, draws, purpose_of("golden"), key));
      hash *= 0x100000001b3u;
    }
  CHECK(hash == 0xc78703f32724978eu);
}

}  // namespace
}  // namespace towtank

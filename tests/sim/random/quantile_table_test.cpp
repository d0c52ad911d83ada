#include "sim/random/quantile_table.hpp"

#include <catch2/catch.hpp>
#include <cmath>

namespace towtank {
namespace {

/// P(X > x) = exp(-x): the table can be held against a closed form.
class UnitExponential final : public CumulativeLaw {
 public:
  Mass mass(double x) const override { return {special::one_minus_exp(x), elementary::exp(-x)}; }
};

/// Half at 1, the rest uniform in (1, 3).
class JumpAndRamp final : public CumulativeLaw {
 public:
  Mass mass(double x) const override {
    if (x < 1.0) return {0.0, 1.0};
    const double above = x < 3.0 ? 0.25 * (3.0 - x) : 0.0;
    return {1.0 - above, above};
  }
};

TEST_CASE("a table of a smooth law needs no solving, inside its octaves and beyond them", "[unit]") {
  const QuantileTable table{std::make_unique<const UnitExponential>(), 1.0};
  CHECK(table.solved_cells() == 0);
  double worst = 0.0;
  for (double v = 0x1p-53; v < 0.5; v *= 1.0007) {
    worst = std::max(worst, std::fabs(table.quantile(v) / -std::log1p(-v) - 1.0));
    const double above = 1.0 - (1.0 - v);
    worst = std::max(worst, std::fabs(table.quantile(1.0 - v) / -std::log(above) - 1.0));
  }
  CHECK(worst < 1e-8);
  CHECK(table.quantile(0.5) == Approx(std::log(2.0)).epsilon(1e-8));
}

TEST_CASE("a table solves the cells in which the law jumps or bends", "[unit]") {
  const QuantileTable table{std::make_unique<const JumpAndRamp>(), 1.0};
  CHECK(table.solved_cells() <= 2);
  for (const double u : {1e-15, 1e-9, 0.1, 0.4999999}) CHECK(table.quantile(u) == Approx(1.0).epsilon(1e-14));
  for (const double u : {0.5000001, 0.6, 0.9, 1.0 - 1e-9})
    CHECK(table.quantile(u) == Approx(4.0 * u - 1.0).epsilon(1e-9));
}

}  // namespace
}  // namespace towtank

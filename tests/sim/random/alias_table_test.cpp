#include "sim/random/alias_table.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace towtank {
namespace {

/// How often each index comes when u runs through `points` equal steps.
std::vector<double> shares_of(const AliasTable& table, int points) {
  std::vector<double> shares(table.size());
  for (int i = 0; i < points; ++i) shares[table.pick((i + 0.5) / points)] += 1.0 / points;
  return shares;
}

TEST_CASE("an alias table gives each index the share of its weight", "[unit]") {
  const std::vector<double> weights{5.0, 0.0, 1.0, 0.25, 3.0, 1e-3, 1.0, 0.0, 2.0};
  const AliasTable table{weights};
  double sum = 0.0;
  for (const double weight : weights) sum += weight;

  constexpr int kPoints = 900000;
  const std::vector<double> shares = shares_of(table, kPoints);

  // A border between two indices falls between two points: an index has at most one border for each of the cells.
  const double resolution = static_cast<double>(weights.size()) / kPoints;
  for (std::size_t i = 0; i < weights.size(); ++i) CHECK(std::fabs(shares[i] - weights[i] / sum) < resolution);
  CHECK(shares[1] == 0.0);
  CHECK(shares[7] == 0.0);
  // The check can fail: it tells a weight that is off by a thousandth.
  CHECK_FALSE(std::fabs(shares[0] - 5.0 * 1.001 / (sum + 0.005)) < resolution);
}

TEST_CASE("an alias table of equal weights is the plain multiplication", "[unit]") {
  const AliasTable table{std::vector<double>(7, 0.3)};
  for (int i = 0; i < 700; ++i) CHECK(table.pick((i + 0.5) / 700) == static_cast<std::uint32_t>(i / 100));
}

TEST_CASE("an alias table of one weight has one answer, up to the last uniform", "[unit]") {
  const AliasTable one{std::vector<double>{0.1}};
  CHECK(one.pick(0x1p-53) == 0);
  CHECK(one.pick(1.0 - 0x1p-53) == 0);
  const AliasTable three{std::vector<double>{1.0, 1.0, 1.0}};
  CHECK(three.pick(1.0 - 0x1p-53) == 2);
}

}  // namespace
}  // namespace towtank

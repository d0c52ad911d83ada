#include "sim/random/quantile_table.hpp"

#include <algorithm>

namespace towtank {

namespace {

/// Nodes of the cubic (0, 1/4, 3/4, 1: the least error of those that join cells), and points of judgement between them.
constexpr std::array<double, 7> kPoints{0.0, 0.125, 0.25, 0.5, 0.75, 0.875, 1.0};
constexpr std::array<std::size_t, 3> kBetween{1, 3, 5};  ///< which of the points are those of judgement

std::array<double, 4> cubic_through(double f0, double f1, double f2, double f3) {
  const double d01 = (f1 - f0) * 4.0;
  const double d12 = (f2 - f1) * 2.0;
  const double d23 = (f3 - f2) * 4.0;
  const double d012 = (d12 - d01) / 0.75;
  const double d123 = (d23 - d12) / 0.75;
  const double d0123 = d123 - d012;
  return {f0, d01 - 0.25 * d012 + 0.1875 * d0123, d012 - d0123, d0123};
}

double at(const std::array<double, 4>& c, double t) { return c[0] + t * (c[1] + t * (c[2] + t * c[3])); }

double magnitude(double x) { return x < 0.0 ? -x : x; }

/// Does the cubic run one way (up: direction 1, down: -1) all through [0, 1]? `slack` forgives rounding on flat
/// stretches.
bool is_monotone(const std::array<double, 4>& c, double direction, double slack) {
  const auto slope = [&](double t) { return direction * (c[1] + t * (2.0 * c[2] + t * 3.0 * c[3])); };
  if (slope(0.0) < -slack || slope(1.0) < -slack) return false;
  if (c[3] == 0.0) return true;
  const double vertex = -c[2] / (3.0 * c[3]);
  return !(vertex > 0.0 && vertex < 1.0) || slope(vertex) >= -slack;
}

/// The largest error at the points between the nodes, in units of `scale` of the true number.
template <class Scale>
double worst_error(const std::array<double, 4>& c, const std::array<double, kPoints.size()>& truth, Scale scale) {
  double worst = 0.0;
  for (const std::size_t i : kBetween) {
    const double error = magnitude(at(c, kPoints[i]) - truth[i]);
    if (error > 0.0) worst = std::max(worst, error / scale(truth[i]));
  }
  return worst;
}

}  // namespace

QuantileTable::QuantileTable(std::unique_ptr<const CumulativeLaw> law, double typical)
    : law_{std::move(law)}, typical_{typical} {
  // One sweep in the order of growing values, so that each solution starts the next.
  double x = 0.0;
  for (std::size_t i = 0; i < kCells; ++i) cells_[0].push_back(make_cell(i, false, x));
  cells_[1].resize(kCells);
  for (std::size_t i = kCells; i-- > 0;) cells_[1][i] = make_cell(i, true, x);
}

QuantileTable::Cell QuantileTable::make_cell(std::size_t index, bool upper, double& x) const {
  const double begin = std::bit_cast<double>((kFirstCell + index) << kCellShift);
  const double end = std::bit_cast<double>((kFirstCell + index + 1) << kCellShift);
  std::array<double, kPoints.size()> value;
  for (std::size_t step = 0; step < kPoints.size(); ++step) {
    const std::size_t i = upper ? kPoints.size() - 1 - step : step;
    x = solve(begin + kPoints[i] * (end - begin), upper, x);
    value[i] = x;
  }
  const double small = upper ? value.back() : value.front();
  const double large = upper ? value.front() : value.back();
  const double direction = upper ? -1.0 : 1.0;

  constexpr double kGood = 1e-9;
  constexpr double kBearable = 2e-7;
  constexpr double kBearableInLogarithm = 5e-7;  // met only by powers as steep as u^50, in values too small to matter
  const Cell solved{{small, large, 0.0, 0.0}, Kind::solved};
  const Cell straight{cubic_through(value[0], value[2], value[4], value[6]), Kind::value};
  const bool straight_runs = is_monotone(straight.c, direction, 1e-12 * large);
  const double straight_error = worst_error(straight.c, value, [](double truth) { return truth; });
  if (straight_runs && straight_error <= kGood) return straight;
  if (!(small > 0.0)) return solved;

  std::array<double, kPoints.size()> logs;
  for (std::size_t i = 0; i < logs.size(); ++i) logs[i] = elementary::log(value[i]);
  const Cell curved{cubic_through(logs[0], logs[2], logs[4], logs[6]), Kind::logarithm};
  const bool curved_runs = is_monotone(curved.c, direction, 1e-12);
  const double curved_error = worst_error(curved.c, logs, [](double) { return 1.0; });
  // The logarithm costs an exp per draw: it must be worth it.
  if (straight_runs && straight_error <= kBearable && (!curved_runs || straight_error <= 4.0 * curved_error))
    return straight;
  return curved_runs && curved_error <= kBearableInLogarithm ? curved : solved;
}

std::size_t QuantileTable::solved_cells() const {
  std::size_t count = 0;
  for (const auto& side : cells_)
    for (const Cell& cell : side) count += cell.kind == Kind::solved;
  return count;
}

double QuantileTable::beyond_table(double beyond, bool upper) const {
  if (!upper) return solve(beyond, false, 0.0);
  // The last cell ends at the largest value of the table.
  return solve(beyond, true, quantile(1.0 - kLowest));
}

double QuantileTable::solve_in(const Cell& cell, double beyond, bool upper) const {
  return solve(beyond, upper, cell.c[0]);
}

/// Below 0 where x is left of the quantile, 0 or more from it on.
double QuantileTable::excess(double x, double log_beyond, bool upper) const {
  const Mass mass = law_->mass(x);
  const double share = upper ? mass.above : mass.at_most;
  constexpr double kTiny = 1e-300;
  const double log_share = elementary::log(share > kTiny ? share : kTiny);
  return upper ? log_beyond - log_share : log_share - log_beyond;
}

/// The least x with `excess` >= 0. Where the law is smooth in some 7 steps, where it jumps by bisection.
/// @param start  at or left of the solution; 0 = not known
/// @source Chandrupatla, Advances in Engineering Software 28(3), 1997.
double QuantileTable::solve(double beyond, bool upper, double start) const {
  const double log_beyond = elementary::log(beyond);
  const auto f = [&](double x) { return excess(x, log_beyond, upper); };

  double left = start > 0.0 ? start : kZeroBelow * typical_;
  double f_left = f(left);
  if (f_left >= 0.0) return start;
  double growth = 1.03;
  double right = left * growth;
  double f_right = f(right);
  while (f_right < 0.0) {
    left = right;
    f_left = f_right;
    growth = growth < 1e10 ? growth * growth : growth;
    right = left * growth;
    f_right = f(right);
    if (right > 1e290) return right;
  }

  double newest = right, f_newest = f_right;  // of the two ends, the one found last; `older` is the other one
  double older = left, f_older = f_left;
  double t = 0.5;
  for (int step = 0; step < 200; ++step) {
    const double x = newest + t * (older - newest);
    const double f_x = f(x);
    double dropped, f_dropped;
    if ((f_x >= 0.0) == (f_newest >= 0.0)) {
      dropped = newest;
      f_dropped = f_newest;
    } else {
      dropped = older;
      f_dropped = f_older;
      older = newest;
      f_older = f_newest;
    }
    newest = x;
    f_newest = f_x;
    const double width = magnitude(older - newest);
    if (f_x == 0.0) return x;
    const double resolution = 2.5e-16 * magnitude(newest) / width;
    if (resolution >= 0.5) break;
    const double xi = (newest - older) / (dropped - older);
    const double phi = (f_newest - f_older) / (f_dropped - f_older);
    const bool is_trusted = phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi;
    t = is_trusted ? f_newest / (f_older - f_newest) * (f_dropped / (f_older - f_dropped)) +
                         (dropped - newest) / (older - newest) * (f_newest / (f_dropped - f_newest)) *
                             (f_older / (f_dropped - f_older))
                   : 0.5;
    t = std::clamp(t, resolution, 1.0 - resolution);
  }
  return f_newest >= 0.0 ? newest : older;
}

}  // namespace towtank

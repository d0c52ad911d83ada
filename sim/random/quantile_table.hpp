#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/random/elementary.hpp"
#include "sim/random/special.hpp"

namespace towtank {

/// A law of non-negative values, known by its distribution function.
class CumulativeLaw {
 public:
  virtual ~CumulativeLaw() = default;
  /// @param x >= 0
  virtual Mass mass(double x) const = 0;
};

/// The inverse of a distribution function as a table: built once, then one look-up and one cubic per draw.
///
/// Cells follow the bits of a double: 32 to each octave of u below 1/2, and likewise of 1 - u above, down to 2^-20. So
/// both tails are as well resolved as the middle, and the cell's number is a shift of the number's bits. In each cell
/// stands a cubic for the value or, where that is better, for its logarithm; it was compared with the law at three
/// points between its nodes. Cells that no cubic fits (a jump, a kink) and draws beyond 2^-20 are solved at each draw:
/// exact, and rare.
class QuantileTable {
 public:
  /// @param typical  > 0: a value of the middle of the law. Quantiles below 1e-60 of it count as 0.
  QuantileTable(std::unique_ptr<const CumulativeLaw> law, double typical);

  /// @param u in (0, 1) @return x with P(X <= x) = u; relative error below 5e-7, mostly 1e-9. Where the law jumps over
  /// u, the place of the jump.
  double quantile(double u) const {
    const bool upper = u >= 0.5;
    double beyond = upper ? 1.0 - u : u;
    if (beyond >= 0.5) beyond = 0x1.fffffffffffffp-2;
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(beyond);
    if (beyond < kLowest) [[unlikely]]
      return beyond_table(beyond, upper);
    const Cell& cell = cells_[upper][static_cast<std::size_t>((bits >> kCellShift) - kFirstCell)];
    const double t = std::bit_cast<double>(((bits << kCellBits) & kMantissa) | kOne) - 1.0;
    const double value = cell.c[0] + t * (cell.c[1] + t * (cell.c[2] + t * cell.c[3]));
    if (cell.kind == Kind::value) [[likely]]
      return value;
    return cell.kind == Kind::logarithm ? elementary::exp(value) : solve_in(cell, beyond, upper);
  }

  /// How many cells are solved at each draw: 0 for a smooth law.
  std::size_t solved_cells() const;

  const CumulativeLaw& law() const { return *law_; }

 private:
  static constexpr int kCellBits = 5;
  static constexpr int kOctaves = 19;  // 2^-20 .. 2^-1
  static constexpr double kLowest = 0x1p-20;
  static constexpr int kCellShift = 52 - kCellBits;
  static constexpr std::uint64_t kMantissa = 0x000FFFFFFFFFFFFFu;
  static constexpr std::uint64_t kOne = 0x3FF0000000000000u;
  static constexpr std::uint64_t kFirstCell = std::uint64_t{1023 - 20} << kCellBits;
  static constexpr std::size_t kCells = std::size_t{kOctaves} << kCellBits;
  static constexpr double kZeroBelow = 1e-60;

  enum class Kind : std::uint8_t { value, logarithm, solved };

  struct Cell {
    std::array<double, 4> c;  ///< of 1, t, t^2, t^3; of `solved`: the values at both ends, small and large
    Kind kind;
  };

  Cell make_cell(std::size_t index, bool upper, double& x) const;
  double beyond_table(double beyond, bool upper) const;
  double solve_in(const Cell& cell, double beyond, bool upper) const;
  double solve(double beyond, bool upper, double start) const;
  double excess(double x, double log_beyond, bool upper) const;

  std::unique_ptr<const CumulativeLaw> law_;
  double typical_;
  std::array<std::vector<Cell>, 2> cells_;  ///< [0] by u, [1] by 1 - u
};

}  // namespace towtank

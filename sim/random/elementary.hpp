#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/// Our own log, exp and inverse normal, for libm's differ by library and by CPU. Only adds, multiplies, divisions,
/// square roots and bit tricks in a fixed order: with `-ffp-contract=off` the bits are the same everywhere, one by one
/// or in arrays. Both forms are one template, over `double` and over a pair of doubles in a vector register.
namespace towtank::elementary {

namespace detail {

/// As many doubles as fill so many bytes, and as many words.
template <std::size_t kBytes>
struct Register;
template <>
struct Register<8> {
  using Real = double;
  using Bits = std::uint64_t;
};
template <>
struct Register<16> {
  using Real = double __attribute__((vector_size(16)));
  using Bits = std::uint64_t __attribute__((vector_size(16)));
};
template <>
struct Register<32> {
  using Real = double __attribute__((vector_size(32)));
  using Bits = std::uint64_t __attribute__((vector_size(32)));
};

using Pack = Register<16>::Real;
template <class Real>
using BitsOf = typename Register<sizeof(Real)>::Bits;

template <class Real>
inline BitsOf<Real> bits_of(Real x) {
  if constexpr (sizeof x == sizeof(double))
    return std::bit_cast<std::uint64_t>(x);
  else
    return reinterpret_cast<BitsOf<Real>>(x);
}
template <class Real>
inline Real real_of(BitsOf<Real> bits) {
  if constexpr (sizeof bits == sizeof(double))
    return std::bit_cast<double>(bits);
  else
    return reinterpret_cast<Real>(bits);
}

inline double square_root(double x) { return std::sqrt(x); }  // the one libm name: IEEE 754 fixes its result
inline Pack square_root(Pack x) {
#ifdef __SSE2__
  return _mm_sqrt_pd(x);
#else
  return Pack{std::sqrt(x[0]), std::sqrt(x[1])};
#endif
}

template <class Real>
inline Real load(const double* from) {
  Real pack;
  std::memcpy(&pack, from, sizeof pack);
  return pack;
}
template <class Real>
inline void store(Real pack, double* to) {
  std::memcpy(to, &pack, sizeof pack);
}

/// c[0] + c[1] x + c[2] x^2 + ...: even and odd terms apart, two chains which the CPU runs side by side.
template <class Real, std::size_t N>
inline Real polynomial(Real x, const std::array<double, N>& c) {
  static_assert(N >= 4);
  const Real square = x * x;
  Real last = square * c[N - 1] + c[N - 3];
  Real other = square * c[N - 2] + c[N - 4];
  for (std::size_t i = N - 4; i >= 2; i -= 2) {
    last = last * square + c[i - 1];
    other = other * square + c[i - 2];
  }
  if constexpr (N % 2 == 0) return other + x * last;
  // An odd number of terms: `last` is the even chain, and c[0] is still to come.
  last = last * square + c[0];
  return last + x * other;
}

// ln 2 in two parts; the first has 21 zero bits at its end, so that an exponent times it is exact.
inline constexpr double kLog2High = 0x1.62e42fee00000p-1;
inline constexpr double kLog2Low = 0x1.a39ef35793c76p-33;

/// x = 2^k m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s), s = (m - 1) / (m + 1), as a series in s^2 whose
/// coefficients are minimax (Remez; error 1.3e-18 of the result).
template <class Real>
inline Real log_of(Real x) {
  static constexpr std::array<double, 7> kSeries{0x1.5555555555592p-1, 0x1.999999997fda0p-2, 0x1.24924941f31c6p-2,
                                                 0x1.c71c52075af17p-3, 0x1.74663f63ee784p-3, 0x1.39a1acae680d0p-3,
                                                 0x1.2f05ff51233fdp-3};
  constexpr std::uint64_t kRootHalf = 0x3FE6A09E667F3BCDu;
  constexpr std::uint64_t kOne = 0x3FF0000000000000u;
  constexpr std::uint64_t kMantissa = 0x000FFFFFFFFFFFFFu;
  const auto shifted = bits_of(x) + (kOne - kRootHalf);
  const Real mantissa = real_of<Real>((shifted & kMantissa) + kRootHalf);
  // The biased exponent, put under the exponent of 2^52, reads 2^52 + k + 1023.
  const Real exponent = real_of<Real>((shifted >> 52) | 0x4330000000000000u) - (4503599627370496.0 + 1023.0);
  const Real f = mantissa - 1.0;
  const Real half_square = 0.5 * f * f;
  const Real s = f / (2.0 + f);
  const Real z = s * s;
  const Real series = z * polynomial(z, kSeries);
  return exponent * kLog2High - ((half_square - (s * (half_square + series) + exponent * kLog2Low)) - f);
}

/// x = k ln 2 + r with |r| <= ln(2) / 2; exp r = 1 + r + r^2 q(r), q minimax (Remez; error 3.6e-18 of the result).
template <class Real>
inline Real exp_of(Real x) {
  static constexpr std::array<double, 10> kSeries{0x1.000000000000ap-1,  0x1.55555555554fap-3,  0x1.555555555087ap-5,
                                                  0x1.1111111127bd3p-7,  0x1.6c16c1842a877p-10, 0x1.a01a012a5d7bdp-13,
                                                  0x1.a0199a0b62de8p-16, 0x1.71df254611654p-19, 0x1.28ad739ab9dd8p-22,
                                                  0x1.ad7f81792ac2ap-26};
  constexpr double kInverseLog2 = 0x1.71547652b82fep+0;
  constexpr double kRoundingMagic = 6755399441055744.0;  // 1.5 * 2^52: what is added to it is rounded to an integer
  x = x < -708.0 ? Real{} - 708.0 : x;
  x = x > 709.0 ? Real{} + 709.0 : x;
  const Real rounded = x * kInverseLog2 + kRoundingMagic;
  const Real k = rounded - kRoundingMagic;
  const Real r = (x - k * kLog2High) - k * kLog2Low;
  const Real value = 1.0 + (r + r * r * polynomial(r, kSeries));
  return real_of<Real>(bits_of(value) + (bits_of(rounded) << 52));
}

/// Where the middle of the inverse normal ends: |u - 1/2| <= 0.425.
inline constexpr double kMiddle = 0.425;

/// @param q  u - 1/2, |q| <= 0.425
template <class Real>
inline Real inverse_normal_middle(Real q) {
  static constexpr std::array<double, 8> kAbove{
      3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3, 1.3731693765509461125e+4,
      4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4, 2.5090809287301226727e+3};
  static constexpr std::array<double, 8> kBelow{1.0,
                                                4.2313330701600911252e+1,
                                                6.8718700749205790830e+2,
                                                5.3941960214247511077e+3,
                                                2.1213794301586595867e+4,
                                                3.9307895800092710610e+4,
                                                2.8729085735721942674e+4,
                                                5.2264952788528545610e+3};
  const Real r = 0.180625 - q * q;
  return q * polynomial(r, kAbove) / polynomial(r, kBelow);
}

/// @param r  sqrt(-log(share beyond)), 1.6 .. 5 @return the distance from 0
template <class Real>
inline Real inverse_normal_tail(Real r) {
  static constexpr std::array<double, 8> kAbove{
      1.42343711074968357734e0, 4.63033784615654529590e0,  5.76949722146069140550e0,  3.64784832476320460504e0,
      1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr std::array<double, 8> kBelow{1.0,
                                                2.05319162663775882187e0,
                                                1.67638483018380384940e0,
                                                6.89767334985100004550e-1,
                                                1.48103976427480074590e-1,
                                                1.51986665636164571966e-2,
                                                5.47593808499534494600e-4,
                                                1.05075007164441684324e-9};
  const Real t = r - 1.6;
  return polynomial(t, kAbove) / polynomial(t, kBelow);
}

/// @param r  sqrt(-log(share beyond)), 5 .. 27: one draw in 3e10
inline double inverse_normal_far_tail(double r) {
  static constexpr std::array<double, 8> kAbove{
      6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,  2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr std::array<double, 8> kBelow{1.0,
                                                5.99832206555887937690e-1,
                                                1.36929880922735805310e-1,
                                                1.48753612908506148525e-2,
                                                7.86869131145613259100e-4,
                                                1.84631831751005468180e-5,
                                                1.42151175831644588870e-7,
                                                2.04426310338993978564e-15};
  const double t = r - 5.0;
  return polynomial(t, kAbove) / polynomial(t, kBelow);
}

/// `of(x)` for each element, two at a time; the odd one out alone. @param in, out  equally long, the same or apart
template <class Function>
inline void for_each_pack(std::span<const double> in, std::span<double> out, Function of) {
  std::size_t i = 0;
  for (; i + 2 <= in.size(); i += 2) store(of(load<Pack>(&in[i])), &out[i]);
  if (i < in.size()) out[i] = of(in[i]);
}

}  // namespace detail

/// Natural logarithm; worst error measured 0.87 ulp. @param x normal: 2.3e-308 <= x, finite
inline double log(double x) { return detail::log_of(x); }

/// Exponential function; worst error measured 1.01 ulp. x is cut to [-708, 709], so the result is always normal.
inline double exp(double x) { return detail::exp_of(x); }

/// x^y. @param x > 0, normal. Relative error about |y log x| 1e-16.
inline double power(double x, double y) { return exp(y * log(x)); }

/// The z of which the standard normal law has the share u below; worst relative error measured 8e-16.
/// @param u in (0, 1), >= 2.3e-308. @source Wichura, Algorithm AS 241, Applied Statistics 37(3), 1988 (PPND16).
inline double inverse_normal(double u) {
  const double q = u - 0.5;
  if (q >= -detail::kMiddle && q <= detail::kMiddle) return detail::inverse_normal_middle(q);
  const double beyond = q < 0.0 ? u : 1.0 - u;
  const double r = detail::square_root(-detail::log_of(beyond));
  const double distance = r <= 5.0 ? detail::inverse_normal_tail(r) : detail::inverse_normal_far_tail(r);
  return q < 0.0 ? -distance : distance;
}

/// The same bits for whole arrays. @param out as long as the input, the same memory or apart from it
inline void log(std::span<const double> x, std::span<double> out) {
  detail::for_each_pack(x, out, [](auto value) { return detail::log_of(value); });
}
inline void exp(std::span<const double> x, std::span<double> out) {
  detail::for_each_pack(x, out, [](auto value) { return detail::exp_of(value); });
}
void inverse_normal(std::span<const double> u, std::span<double> out);

}  // namespace towtank::elementary

#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/random/philox.hpp"

namespace towtank {

/// Random numbers by the 64, in vector registers: the same bits as one by one, whatever the registers' width.
/// Arrays of any alignment; where `count` is taken it is a multiple of `kMultiple`, and input and output are one array
/// or apart. Formulas and parameters: quantile_formulas.hpp.
struct BatchCode {
  static constexpr std::size_t kMultiple = 4;

  const char* registers;  ///< what they are, for messages

  /// Blocks of 64 counters that differ in word 2 only: `first[2] + i` (modulo 2^32, no carry into word 3).
  void (*blocks)(const PhiloxCounter& first, const PhiloxKey& key, PhiloxBlock* out);
  /// Of each of these blocks the uniform of lanes 0 and 1.
  void (*uniforms)(const PhiloxCounter& first, const PhiloxKey& key, double* out);
  /// Of each of them the uniform of lanes 0 and 1, then that of lanes 2 and 3: 128 in all.
  void (*uniform_pairs)(const PhiloxCounter& first, const PhiloxKey& key, double* out);

  void (*exponential)(const double* u, double* out_s, std::size_t count, double mean_s);
  void (*weibull)(const double* u, double* out_s, std::size_t count, double shape, double scale_s);
  void (*pareto)(const double* u, double* out_s, std::size_t count, double alpha, double min_s, double cut_share);
  void (*lognormal)(const double* z, double* out_s, std::size_t count, double mu, double sigma);
  /// The inverse normal by the formula of its middle: wrong but finite outside.
  void (*normal_middle)(const double* u, double* out, std::size_t count);

  /// Seconds as whole nanoseconds. @return false when one is 2^51 ns or more: then `out_ns` is of no use
  bool (*to_ns)(const double* seconds, std::int64_t* out_ns, std::size_t count);
};

/// The widest that this CPU can run; asked once.
const BatchCode& batch_code();

/// Registers of 16 bytes, which every machine has (or its compiler makes up).
const BatchCode& narrow_batch_code();

/// Registers of 32 bytes (AVX2); null where compiler or CPU have none.
const BatchCode* wide_batch_code();

#if defined(__x86_64__) && defined(__GNUC__)
#define TOWTANK_HAS_AVX2_CODE
extern const BatchCode kAvx2BatchCode;  ///< for `wide_batch_code`, which asks the CPU
#endif

}  // namespace towtank

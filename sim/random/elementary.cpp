#include "sim/random/elementary.hpp"

#include "sim/random/batch.hpp"

namespace towtank::elementary {

namespace {

/// Up to this many at a time, so that the list of tails stays on the stack.
constexpr std::size_t kChunk = 64;

void inverse_normal_chunk(const double* u, double* out, std::size_t count) {
  // The formula of the middle for all; it is wrong but finite for the 15 % outside, which are redone below, together:
  // a branch for each would be mispredicted.
  std::array<double, kChunk> beyond;
  std::array<std::uint8_t, kChunk> where;
  std::array<bool, kChunk> low;
  std::size_t tails = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double q = u[i] - 0.5;
    beyond[tails] = q < 0.0 ? u[i] : 1.0 - u[i];
    low[tails] = q < 0.0;
    where[tails] = static_cast<std::uint8_t>(i);
    tails += static_cast<std::size_t>(!(q >= -detail::kMiddle && q <= detail::kMiddle));
  }
  const std::size_t whole = count / BatchCode::kMultiple * BatchCode::kMultiple;
  batch_code().normal_middle(u, out, whole);
  for (std::size_t i = whole; i < count; ++i) out[i] = detail::inverse_normal_middle(u[i] - 0.5);

  const std::span<double> tail{beyond.data(), tails};
  std::array<double, kChunk> distance;
  detail::for_each_pack(tail, tail, [](auto value) { return detail::square_root(-detail::log_of(value)); });
  detail::for_each_pack(tail, distance, [](auto r) { return detail::inverse_normal_tail(r); });
  for (std::size_t i = 0; i < tails; ++i) {
    if (!(tail[i] <= 5.0)) distance[i] = detail::inverse_normal_far_tail(tail[i]);
    out[where[i]] = low[i] ? -distance[i] : distance[i];
  }
}

}  // namespace

void inverse_normal(std::span<const double> u, std::span<double> out) {
  for (std::size_t i = 0; i < u.size(); i += kChunk)
    inverse_normal_chunk(&u[i], &out[i], u.size() - i < kChunk ? u.size() - i : kChunk);
}

}  // namespace towtank::elementary

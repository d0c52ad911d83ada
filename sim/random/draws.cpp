#include "sim/random/draws.hpp"

#include <cstring>

namespace towtank {

void SampleSource::fill(std::uint64_t first_key, std::span<std::int64_t, kPhiloxBatch> out_ns) const {
  std::array<double, kPhiloxBatch> uniforms;
  draws_.uniforms(purpose_, first_key, uniforms);
  distribution_.sample(uniforms, out_ns);
}

void LegSource::fill(std::uint64_t first_key, std::span<Legs, kPhiloxBatch> out) const {
  std::array<double, 2 * kPhiloxBatch> uniforms;
  std::array<std::int64_t, 2 * kPhiloxBatch> samples_ns;
  draws_.uniform_pairs(purpose_, first_key, uniforms);
  distribution_.sample(uniforms, samples_ns);
  static_assert(sizeof(Legs) == 2 * sizeof(std::int64_t) && std::is_trivially_copyable_v<Legs>);
  std::memcpy(out.data(), samples_ns.data(), sizeof samples_ns);
}

}  // namespace towtank

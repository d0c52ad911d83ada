#include "sim/random/draws.hpp"

namespace towtank {

void SampleSource::fill(std::uint64_t first_key, std::span<std::int64_t, kPhiloxBatch> out_ns) const {
  std::array<PhiloxBlock, kPhiloxBatch> blocks;
  std::array<double, kPhiloxBatch> uniforms;
  draws_.blocks(purpose_, first_key, blocks);
  for (std::size_t i = 0; i < kPhiloxBatch; ++i) uniforms[i] = uniform_from(blocks[i].lane[0], blocks[i].lane[1]);
  distribution_.sample(uniforms, out_ns);
}

void LegSource::fill(std::uint64_t first_key, std::span<Legs, kPhiloxBatch> out) const {
  std::array<PhiloxBlock, kPhiloxBatch> blocks;
  std::array<double, 2 * kPhiloxBatch> uniforms;
  std::array<std::int64_t, 2 * kPhiloxBatch> samples_ns;
  draws_.blocks(purpose_, first_key, blocks);
  for (std::size_t i = 0; i < kPhiloxBatch; ++i) {
    uniforms[2 * i] = uniform_from(blocks[i].lane[0], blocks[i].lane[1]);
    uniforms[2 * i + 1] = uniform_from(blocks[i].lane[2], blocks[i].lane[3]);
  }
  distribution_.sample(uniforms, samples_ns);
  for (std::size_t i = 0; i < kPhiloxBatch; ++i) out[i] = {samples_ns[2 * i], samples_ns[2 * i + 1]};
}

}  // namespace towtank

#include <algorithm>

#include "models/balancers/balancer.hpp"

namespace towtank::balancer {

namespace {

/// Instances and endpoints lie on a ring, each kind evenly. An instance sees the arc that begins at its place; of two
/// endpoints at random by their overlap with the arc it takes that with fewer requests in flight by overlap.
class Aperture final : public Balancer {
 public:
  Aperture(std::uint32_t least, PickDraws draws) : least_{least}, draws_{std::move(draws)} { stateful = counts = true; }

  void update(const EndpointView& view) override {
    active_.resize(view.count, 0);
    ready_.assign(view.ready.begin(), view.ready.end());
    arc_.clear();
    if (ready_.empty()) return;
    // In units of 1 / (instances x endpoints), so that all is whole: an instance is `size` long, an endpoint
    // `instances`.
    const std::uint64_t size = ready_.size(), instances = view.instances, ring = size * instances;
    const std::uint64_t asked = std::min<std::uint64_t>(least_, size) * instances;
    const std::uint64_t width = std::min(ring, (asked + size - 1) / size * size);  // whole instances
    const std::uint64_t from = view.instance * size;
    for (std::uint64_t at = from; at < from + width;) {
      const std::uint64_t end = std::min(from + width, (at / instances + 1) * instances);
      const std::uint32_t endpoint = ready_[at / instances % size];
      // An arc around the whole ring ends in the endpoint in which it began.
      if (!arc_.empty() && arc_.front().endpoint == endpoint)
        arc_.front().overlap += end - at;
      else
        arc_.push_back({endpoint, end - at});
      at = end;
    }
    width_ = width;
  }

  std::uint32_t pick(const Pick& pick) override {
    if (arc_.empty()) return kNone;
    if (arc_.size() == 1) return arc_[0].endpoint;
    const PhiloxBlock words = draws_.block(pick);
    const Part& a = at(below(width_, words.lane[0], words.lane[1]), nullptr);
    const Part& b = at(below(width_ - a.overlap, words.lane[2], words.lane[3]), &a);
    // in flight / overlap, without dividing; the first drawn when equal
    return active_[b.endpoint] * a.overlap < active_[a.endpoint] * b.overlap ? b.endpoint : a.endpoint;
  }

  void started(std::uint32_t endpoint) override { ++active_[endpoint]; }
  void finished(std::uint32_t endpoint, const Feedback&) override { --active_[endpoint]; }

 private:
  struct Part {
    std::uint32_t endpoint = 0;
    std::uint64_t overlap = 0;
  };

  __extension__ using Wide = unsigned __int128;

  /// A whole number of 0 .. n-1.
  static std::uint64_t below(std::uint64_t n, std::uint32_t high, std::uint32_t low) {
    return static_cast<std::uint64_t>((Wide{n} * (std::uint64_t{high} << 32 | low)) >> 64);
  }

  /// The part in which `place` lies, when `without` is taken out of the arc.
  const Part& at(std::uint64_t place, const Part* without) const {
    for (const Part& part : arc_) {
      if (&part == without) continue;
      if (place < part.overlap) return part;
      place -= part.overlap;
    }
    return arc_.back();
  }

  std::uint32_t least_;
  std::vector<std::uint32_t> ready_;
  std::vector<Part> arc_;
  std::uint64_t width_ = 0;
  std::vector<std::uint64_t> active_;  ///< by endpoint
  PickDraws draws_;
};

}  // namespace

BalancerInfo aperture() {
  return {.name = "aperture",
          .products = {"nginx", "envoy", "ingress-nginx", "haproxy", "traefik"},
          .meaning =
              "Finagle's deterministic aperture: instances and endpoints lie evenly on a ring, an instance sees an arc "
              "from its place on, whole instances long, of at least `least` endpoints; of two of these, drawn by their "
              "overlap with the arc, that with fewer requests in flight by overlap. All endpoints are seen alike. Here "
              "for comparison",
          .scope =
              "per instance, which knows its number among the workers of all replicas, and counts its own requests "
              "only",
          .source =
              "Finagle finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/aperture, Ring.scala "
              "(models/SOURCES.md 3.7)",
          .weighs = false,
          .parameters = {{"least", "integer", "12", "endpoints that an instance sees at least"}},
          .make = [](BalancerArguments& arguments, PickDraws draws) -> std::unique_ptr<Balancer> {
            const auto least = static_cast<std::uint32_t>(arguments.integer("least", 12, 1, 65'536));
            return std::make_unique<Aperture>(least, std::move(draws));
          }};
}

}  // namespace towtank::balancer

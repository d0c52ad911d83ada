#include "models/world/request_sample.hpp"

#include <algorithm>
#include <utility>

#include "sim/random/mix.hpp"

namespace towtank {

namespace {

bool has_less_hash(const EndedRequest& a, const EndedRequest& b) { return mixed(a.request.key) < mixed(b.request.key); }

}  // namespace

void RequestSample::offer(const Request& request, Time end) {
  std::vector<EndedRequest>& heap = kept_[request.owner];
  if (heap.size() == of_each_) {
    if (mixed(request.key) >= mixed(heap.front().request.key)) return;
    std::pop_heap(heap.begin(), heap.end(), has_less_hash);
    heap.pop_back();
  }
  heap.push_back({request, end});
  std::push_heap(heap.begin(), heap.end(), has_less_hash);
}

std::vector<std::vector<EndedRequest>> RequestSample::take() {
  for (std::vector<EndedRequest>& kept : kept_)
    std::sort(kept.begin(), kept.end(), [](const EndedRequest& a, const EndedRequest& b) {
      return std::pair{a.request.arrived, a.request.key} < std::pair{b.request.arrived, b.request.key};
    });
  return std::exchange(kept_, {});
}

}  // namespace towtank

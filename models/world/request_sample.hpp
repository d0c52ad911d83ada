#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/request/request.hpp"

namespace towtank {

/// A request that has ended. Its frames are those of the last exchange, up to `Request::top`.
struct EndedRequest {
  Request request;
  Time end;
};

/// Keeps some of the requests of each traffic as they were: the ones whose hashed keys are the least. That is a uniform
/// sample without replacement, and of the same requests in every variant, since keys are.
class RequestSample {
 public:
  /// @param of_each  how many to keep of each traffic; 0 = none
  RequestSample(std::size_t traffic, std::size_t of_each) : of_each_{of_each}, kept_(of_each == 0 ? 0 : traffic) {}

  void add(const Request& request, Time end) {
    if (of_each_ != 0) offer(request, end);
  }

  /// Of each traffic by its number, in the order of arrival. Leaves nothing behind.
  std::vector<std::vector<EndedRequest>> take();

 private:
  void offer(const Request& request, Time end);

  std::size_t of_each_;
  std::vector<std::vector<EndedRequest>> kept_;  ///< by traffic, a heap: the greatest hash first
};

}  // namespace towtank

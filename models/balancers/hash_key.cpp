#include "models/balancers/hash_key.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "models/balancers/ketama.hpp"

namespace towtank {

BalancerParameter hash_key_parameter() {
  return {"key", "text", "address",
          "what is hashed: `address`, the caller's, or `request`, what the request carries (spec.traffic.request.key), as its URI or a header's value"};
}

HashKey hash_key_from(BalancerArguments& arguments) {
  const std::string text = arguments.text("key", "address");
  if (text != "address" && text != "request") arguments.complain("key", "found `" + text + "`: address or request would do");
  return text == "request" ? HashKey::request : HashKey::address;
}

void want_key(Balancer& balancer, HashKey key) {
  balancer.by_source = key == HashKey::address;
  balancer.by_content = key == HashKey::request;
}

bool hashes_requests(std::string_view algorithm, const std::vector<std::pair<std::string, std::string>>& given) {
  const BalancerInfo* info = find_balancer(algorithm);
  if (info == nullptr) return false;
  BalancerArguments arguments{given};
  return info->make(arguments, PickDraws{Draws{0, 0}, PurposeId{0}})->by_content;
}

HashKeyText::HashKeyText(HashKey key, const Pick& pick) {
  if (key == HashKey::address) {
    const AddressText address{pick.source_address};
    size_ = address.view().size();
    std::copy(address.view().begin(), address.view().end(), text_.begin());
    return;
  }
  text_[0] = '/';
  size_ = static_cast<std::size_t>(std::to_chars(text_.data() + 1, text_.data() + text_.size(), pick.content).ptr - text_.data());
}

}  // namespace towtank

#include "models/scenario/target.hpp"

#include <charconv>
#include <string_view>

namespace towtank::scenario {

Result<Target> parse_target(const std::string& text, const Mark& mark, const std::string& shown) {
  std::string_view rest = text;
  Target target;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    target.scheme = std::string{rest.substr(0, scheme_end)};
    rest.remove_prefix(scheme_end + 3);
    if (target.scheme != "http" && target.scheme != "https") {
      return Problem{mark, shown + " has the scheme " + target.scheme + ": http or https would do"};
    }
  }
  constexpr std::string_view kClusterIp = "clusterip/";
  target.is_cluster_ip = rest.substr(0, kClusterIp.size()) == kClusterIp;
  if (target.is_cluster_ip) rest.remove_prefix(kClusterIp.size());
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos)
    target.path = std::string{rest.substr(slash, rest.find_first_of("?#", slash) - slash)};
  rest = rest.substr(0, slash);
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    std::int64_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65'535) {
      return Problem{mark, shown + " has the port `" + std::string{digits} + "`: a number from 1 to 65535 would do"};
    }
    target.port = port;
    rest = rest.substr(0, colon);
  } else if (!target.scheme.empty()) {
    target.port = target.scheme == "https" ? 443 : 80;
  }
  target.host = std::string{rest};
  if (target.host.empty()) {
    return Problem{mark, shown + " names no host: write what you would curl, such as http://shop/"};
  }
  return target;
}

}  // namespace towtank::scenario

#include "models/scenario/target.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "models/cluster/address_book.hpp"

namespace towtank::scenario {
namespace {

constexpr std::string_view kClusterIp = "clusterip/";

std::string lower(std::string_view text) {
  std::string made{text};
  for (char& c : made)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return made;
}

/// What the URL has that this program does not understand; empty when there is nothing.
std::string strange_part(std::string_view authority) {
  if (authority.find('@') != std::string_view::npos)
    return "names a user (`@`): who calls is not looked at, leave it out";
  if (authority.find('[') != std::string_view::npos || std::count(authority.begin(), authority.end(), ':') > 1)
    return "has an IPv6 address, a family that is not modelled: a name or an IPv4 address would do";
  if (authority.find_first_of(" \t\r\n\\") != std::string_view::npos)
    return "has a host with a character that hosts have not";
  return "";
}

}  // namespace

bool is_loopback(const std::string& host) {
  return host == "localhost" || (host.substr(0, 4) == "127." && ipv4_of(host));
}

Result<Target> parse_target(const std::string& text, const Mark& mark, const std::string& shown) {
  std::string_view rest = text;
  Target target;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end != std::string_view::npos) {
    target.scheme = lower(rest.substr(0, scheme_end));
    rest.remove_prefix(scheme_end + 3);
    if (target.scheme != "http" && target.scheme != "https") {
      return Problem{mark, shown + " has the scheme " + target.scheme + ": http or https would do"};
    }
  }
  target.is_cluster_ip = rest.substr(0, kClusterIp.size()) == kClusterIp;
  if (target.is_cluster_ip) rest.remove_prefix(kClusterIp.size());
  const std::size_t host_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view behind = rest.substr(host_end);
  target.path = std::string{behind.substr(0, std::min(behind.find_first_of("?#"), behind.size()))};
  rest = rest.substr(0, host_end);
  if (const std::string strange = strange_part(rest); !strange.empty()) return Problem{mark, shown + " " + strange};
  const std::size_t colon = rest.rfind(':');
  // `shop:` has the scheme's port, as for curl.
  if (colon != std::string_view::npos && colon + 1 < rest.size()) {
    const std::string_view digits = rest.substr(colon + 1);
    std::int64_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port < 1 || port > 65'535) {
      return Problem{mark, shown + " has the port `" + std::string{digits} + "`: a number from 1 to 65535 would do"};
    }
    target.port = port;
  } else if (!target.scheme.empty()) {
    target.port = target.scheme == "https" ? 443 : 80;
  }
  target.host = lower(rest.substr(0, colon));
  target.is_absolute = target.host.size() > 1 && target.host.back() == '.';
  if (target.is_absolute) target.host.pop_back();
  if (target.host.empty() || target.host == ".") {
    return Problem{mark, shown + " names no host: write what you would curl, such as http://shop/"};
  }
  return target;
}

}  // namespace towtank::scenario

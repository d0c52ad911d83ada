#include "models/balancers/balancer.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "models/balancers/registry.hpp"

namespace towtank {

#define TOWTANK_BALANCER(name) \
  namespace balancer {         \
  BalancerInfo name();         \
  }
#include "models/balancers/registry.def"
#undef TOWTANK_BALANCER

namespace {

std::vector<BalancerInfo>& registry() {
#define TOWTANK_BALANCER(name) balancer::name(),
  static std::vector<BalancerInfo> all = {
#include "models/balancers/registry.def"
  };
#undef TOWTANK_BALANCER
  return all;
}

}  // namespace

std::span<const BalancerInfo> balancers() { return registry(); }

void add_balancer(BalancerInfo info) {
  const std::string name{info.name};
  if (info.make == nullptr || name.empty() || info.products.empty())
    throw std::invalid_argument{"add_balancer: `" + name + "` lacks a name, products, or make"};
  if (find_balancer(info.name) != nullptr) throw std::invalid_argument{"add_balancer: there is a `" + name + "` already: another name would do"};
  for (const std::string_view product : info.products) {
    const std::vector<BalancerInfo>& all = registry();
    if (std::none_of(all.begin(), all.end(), [&](const BalancerInfo& each) { return each.fits(product); }))
      throw std::invalid_argument{"add_balancer: `" + name + "` is for `" + std::string{product} + "`, a product that nothing balances for: nginx, ingress-nginx, envoy, haproxy, traefik, alb, l4, dns, ipvs or cilium would do"};
    if (find_balancer(product, info.written()) != nullptr)
      throw std::invalid_argument{"add_balancer: " + std::string{product} + " has a `" + std::string{info.written()} + "` already: another spelling would do"};
  }
  registry().push_back(std::move(info));
}

const BalancerInfo* find_balancer(std::string_view name) {
  for (const BalancerInfo& info : balancers())
    if (info.name == name) return &info;
  return nullptr;
}

bool BalancerInfo::fits(std::string_view product) const {
  return std::find(products.begin(), products.end(), product) != products.end();
}

const BalancerInfo* find_balancer(std::string_view product, std::string_view name) {
  for (const BalancerInfo& info : balancers())
    if (info.fits(product) && (info.written() == name || info.name == name)) return &info;
  return nullptr;
}

std::vector<std::string> balancer_names(std::string_view product) {
  std::vector<std::string> names;
  for (const BalancerInfo& info : balancers())
    if (info.fits(product)) names.emplace_back(info.written());
  return names;
}

bool BalancerArguments::has(std::string_view name) const {
  return std::any_of(given_.begin(), given_.end(), [&](const auto& each) { return each.first == name; });
}

const std::string* BalancerArguments::take(std::string_view name) {
  asked_.push_back(name);
  for (const auto& [key, value] : given_)
    if (key == name) return &value;
  return nullptr;
}

std::int64_t BalancerArguments::integer(std::string_view name, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  const std::string* text = take(name);
  if (text == nullptr) return fallback;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error == std::errc{} && end == text->data() + text->size() && value >= least && value <= most) return value;
  complaints_.push_back("parameter `" + std::string{name} + "` is `" + *text + "`: an integer from " + std::to_string(least) +
                        " to " + std::to_string(most) + " would do");
  return fallback;
}

double BalancerArguments::number(std::string_view name, double fallback, double least, double most) {
  const std::string* text = take(name);
  if (text == nullptr) return fallback;
  double value = 0.0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, value, std::chars_format::fixed);
  if (error == std::errc{} && end == last && value >= least && value <= most) return value;
  complaints_.push_back("parameter `" + std::string{name} + "` is `" + *text + "`: a number from " +
                        std::to_string(static_cast<std::int64_t>(least)) + " to " +
                        std::to_string(static_cast<std::int64_t>(most)) + " would do");
  return fallback;
}

bool BalancerArguments::boolean(std::string_view name, bool fallback) {
  const std::string* text = take(name);
  if (text == nullptr) return fallback;
  if (*text == "true" || *text == "false") return *text == "true";
  complaints_.push_back("parameter `" + std::string{name} + "` is `" + *text + "`: true or false would do");
  return fallback;
}

std::string BalancerArguments::text(std::string_view name, std::string_view fallback) {
  const std::string* text = take(name);
  return text == nullptr ? std::string{fallback} : *text;
}

Duration BalancerArguments::duration(std::string_view name, Duration fallback, Duration least, Duration most) {
  const std::string* text = take(name);
  if (text == nullptr) return fallback;
  std::int64_t number = 0;
  const char* const last = text->data() + text->size();
  const auto [end, error] = std::from_chars(text->data(), last, number);
  const std::string_view unit{end, static_cast<std::size_t>(last - end)};
  const bool in_ms = least > Duration::zero() && least < 1s;
  const Duration of_unit = unit == "ms" && in_ms ? 1ms : unit == "s" ? 1s : unit == "m" ? 1min : unit == "h" ? 1h : 0s;
  if (error == std::errc{} && of_unit > Duration::zero() && number >= 0 && number <= most / of_unit && number * of_unit >= least)
    return number * of_unit;
  complaints_.push_back("parameter `" + std::string{name} + "` is `" + *text + "`: a time from " +
                        (in_ms ? std::to_string(least / 1ms) + "ms" : std::to_string(least / 1s) + "s") + " to " +
                        std::to_string(most / 1s) + "s, such as " + (in_ms ? "500ms or 10s" : "10s or 2m") + ", would do");
  return fallback;
}

std::vector<std::string> BalancerArguments::complaints(std::string_view algorithm) const {
  std::vector<std::string> all = complaints_;
  for (const auto& [key, value] : given_) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::string known;
    for (const std::string_view name : asked_) known += (known.empty() ? "" : ", ") + std::string{name};
    all.push_back("`" + std::string{algorithm} + "` has no parameter `" + key + "`: " +
                  (known.empty() ? "it takes none" : "it takes " + known));
  }
  return all;
}

}  // namespace towtank

#include "models/kubernetes/ingress_routing.hpp"

#include <catch2/catch.hpp>

#include "models/kubernetes/manifest_reader.hpp"
#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

std::vector<Ingress> ingresses(const std::string& text) {
  const auto documents = read_yaml(text, "test.yaml");
  REQUIRE(documents);
  const Result<Objects> objects = read_objects(*documents);
  INFO(all_problems(objects));
  REQUIRE(objects);
  return objects->ingresses;
}

/// `PATH TYPE SERVICE` lines of one host.
std::string ingress(const std::string& name, const std::string& host, const std::vector<std::array<const char*, 3>>& paths,
                    const std::string& further = "") {
  std::string text = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: " + name + "}\nspec:\n  ingressClassName: nginx\n" + further +
                     "  rules:\n    - " + (host.empty() ? "" : "host: \"" + host + "\"\n      ") + "http:\n        paths:\n";
  for (const auto& [path, type, service] : paths)
    text += std::string{"          - {path: "} + path + ", pathType: " + type + ", backend: {service: {name: " + service + ", port: {number: 80}}}}\n";
  return text;
}

std::string served_by(const std::vector<Ingress>& all, const char* host, const char* path) {
  const IngressRoute found = route(all, {"nginx"}, host, path);
  if (!found) return "nobody";
  return found.backend == nullptr ? "404" : found.backend->service;
}

}  // namespace

TEST_CASE("a path of type Prefix goes by elements, Exact by all, ImplementationSpecific by letters", "[unit]") {
  const auto fits = [](const char* rule, PathType type, const char* path) { return path_matches({rule, type, {}, {}}, path); };
  // The examples of the Kubernetes documentation of Ingress paths.
  CHECK(fits("/", PathType::prefix, "/any/path"));
  CHECK(fits("/foo", PathType::exact, "/foo"));
  CHECK_FALSE(fits("/foo", PathType::exact, "/bar"));
  CHECK_FALSE(fits("/foo", PathType::exact, "/foo/"));
  CHECK_FALSE(fits("/foo/", PathType::exact, "/foo"));
  CHECK(fits("/foo", PathType::prefix, "/foo"));
  CHECK(fits("/foo", PathType::prefix, "/foo/"));
  CHECK(fits("/foo/", PathType::prefix, "/foo"));
  CHECK(fits("/foo/", PathType::prefix, "/foo/"));
  CHECK_FALSE(fits("/aaa/bb", PathType::prefix, "/aaa/bbb"));
  CHECK(fits("/aaa/bbb", PathType::prefix, "/aaa/bbb/ccc"));
  CHECK_FALSE(fits("/aaa/bbb", PathType::prefix, "/aaa/bbbxyz"));
  CHECK(fits("/aaa", PathType::implementation_specific, "/aaab"));
  CHECK(fits("", PathType::implementation_specific, "/x"));
}

TEST_CASE("a wildcard host serves exactly one label more", "[unit]") {
  CHECK(host_matches("*.foo.com", "bar.foo.com"));
  CHECK_FALSE(host_matches("*.foo.com", "baz.bar.foo.com"));
  CHECK_FALSE(host_matches("*.foo.com", "foo.com"));
  CHECK_FALSE(host_matches("*.foo.com", ".foo.com"));
  CHECK(host_matches("Foo.com", "foo.COM"));
  CHECK(host_matches("", "anything"));
}

TEST_CASE("the most special host wins, then the longest path, then an exact one", "[unit]") {
  const std::vector<Ingress> all = ingresses(ingress("a", "shop.example.com", {{"/", "Prefix", "root"}, {"/api", "Prefix", "api"}, {"/api", "Exact", "exact"}}) +
                                             ingress("b", "*.example.com", {{"/", "Prefix", "wild"}}) + ingress("c", "", {{"/c", "Prefix", "every"}}));
  CHECK(served_by(all, "shop.example.com", "/x") == "root");
  CHECK(served_by(all, "shop.example.com", "/api") == "exact");
  CHECK(served_by(all, "shop.example.com", "/api/v1") == "api");
  CHECK(served_by(all, "cart.example.com", "/api") == "wild");
  CHECK(served_by(all, "other.org", "/c/d") == "every");
  CHECK(served_by(all, "other.org", "/d") == "404");
  CHECK_FALSE(route(all, {"internal"}, "shop.example.com", "/"));
}

TEST_CASE("two Ingresses of one host share its paths, and a path that fits none is not passed on to other hosts", "[unit]") {
  const std::vector<Ingress> all = ingresses(ingress("a", "shop.example.com", {{"/a", "Prefix", "first"}}) +
                                             ingress("b", "shop.example.com", {{"/b", "Prefix", "second"}, {"/a", "Prefix", "younger"}}) +
                                             ingress("c", "", {{"/", "Prefix", "every"}}));
  CHECK(served_by(all, "shop.example.com", "/a") == "first");
  CHECK(served_by(all, "shop.example.com", "/b") == "second");
  CHECK(served_by(all, "shop.example.com", "/z") == "404");
}

TEST_CASE("a default backend serves what no rule does", "[unit]") {
  const std::vector<Ingress> all =
      ingresses(ingress("a", "shop.example.com", {{"/a", "Prefix", "first"}}, "  defaultBackend: {service: {name: rest, port: {name: http}}}\n"));
  CHECK(served_by(all, "shop.example.com", "/z") == "rest");
  CHECK(served_by(all, "other.org", "/") == "nobody");
}

TEST_CASE("an Ingress without a class belongs to the default class, the older annotation counts", "[unit]") {
  const std::string text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a%}\nspec: {defaultBackend: {service: {name: s, port: {number: 80}}}}\n";
  const auto with = [&](const char* further) { return ingresses(std::string{text}.replace(text.find('%'), 1, further)); };
  CHECK(route(with(""), {"nginx", true}, "x", "/"));
  CHECK_FALSE(route(with(""), {"nginx"}, "x", "/"));
  CHECK(route(with(", annotations: {kubernetes.io/ingress.class: nginx}"), {"nginx"}, "x", "/"));
}

TEST_CASE("a canary takes part of what goes to the backend of a rule like one of its own", "[unit]") {
  const auto canary = [](const std::string& name, const std::string& host, const char* path, const char* type, const char* service) {
    std::string text = ingress(name, host, {{path, type, service}});
    text.insert(text.find("name: " + name) + 6 + name.size(), ", annotations: {nginx.ingress.kubernetes.io/canary: \"true\"}");
    return text;
  };
  const auto taker = [](const std::string& text, const char* host, const char* path) -> std::string {
    const std::vector<Ingress> all = ingresses(text);
    const CanaryRoute found = canary_beside(all, {"nginx"}, route(all, {"nginx"}, host, path));
    return found ? found.ingress->meta.name + ":" + found.backend->service : "nobody";
  };
  const std::string stable = ingress("shop", "a.com", {{"/", "Prefix", "shop"}, {"/cart", "Prefix", "cart"}});
  const std::string next = canary("next", "a.com", "/", "Prefix", "shop-next");
  CHECK(served_by(ingresses(stable + next), "a.com", "/") == "shop");
  CHECK(taker(stable + next, "a.com", "/x") == "next:shop-next");
  CHECK(taker(stable + next, "A.com", "/x") == "next:shop-next");
  CHECK(taker(stable + next, "a.com", "/cart") == "nobody");
  // It goes by the backend: other rules that send there are split, too, whatever their host.
  const std::string other = ingress("other", "b.com", {{"/", "Prefix", "shop"}});
  CHECK(taker(stable + other + next, "b.com", "/") == "next:shop-next");
  CHECK(taker(stable + other + canary("next", "b.com", "/", "Prefix", "shop-next"), "a.com", "/") == "next:shop-next");
  // Another path, type or host than any rule has, and its own backend.
  CHECK(taker(stable + canary("next", "a.com", "/", "Exact", "shop-next"), "a.com", "/") == "nobody");
  CHECK(taker(stable + canary("next", "a.com", "/new", "Prefix", "shop-next"), "a.com", "/new") == "nobody");
  CHECK(taker(stable + canary("next", "c.com", "/", "Prefix", "shop-next"), "a.com", "/") == "nobody");
  CHECK(taker(stable + canary("next", "a.com", "/", "Prefix", "shop"), "a.com", "/") == "nobody");
  // A rule that sends to the canary's own Service, wherever.
  CHECK(taker(stable + ingress("z", "z.com", {{"/", "Prefix", "shop-next"}}) + next, "a.com", "/") == "nobody");
  // Of two the first by name, and none for a controller that knows of no canaries.
  CHECK(taker(stable + next + canary("beta", "a.com", "/", "Prefix", "shop-beta"), "a.com", "/") == "beta:shop-beta");
  const std::vector<Ingress> all = ingresses(stable + next);
  const ServedClass traefik{"nginx", false, false};
  CHECK_FALSE(canary_beside(all, traefik, route(all, traefik, "a.com", "/cart")));
}

}  // namespace towtank

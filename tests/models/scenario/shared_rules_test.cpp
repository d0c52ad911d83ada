#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "models/scenario/edge_rules.hpp"
#include "models/scenario/ingress_rules.hpp"
#include "models/scenario/pod_listeners.hpp"
#include "models/scenario/target.hpp"

/// What `run` and `curl` both build upon.
namespace towtank::scenario {
namespace {

Service service_with(const std::vector<std::pair<std::int64_t, Protocol>>& ports) {
  Service made;
  made.meta.name = "shop";
  for (const auto& [number, protocol] : ports) {
    ServicePort port;
    port.name = "p" + std::to_string(number);
    port.port = number;
    port.protocol = protocol;
    made.ports.push_back(port);
  }
  return made;
}

EdgeSpec edge_to(const std::string& service, EdgeKind kind) {
  EdgeSpec made;
  made.name = "Front";
  made.kind = kind;
  made.service = ObjectRef{"Service", "", service, {}};
  return made;
}

TEST_CASE("a listener is a port and whether others reach it, in every form of an address", "[unit]") {
  const auto is = [](const char* text, std::int64_t port, bool is_loopback) {
    const Listener listener = parse_listener(text);
    return listener.port == port && listener.is_loopback == is_loopback;
  };
  CHECK(is("8001", 8001, false));
  CHECK(is("0.0.0.0:8001", 8001, false));
  CHECK(is("[::]:8001", 8001, false));
  CHECK(is("127.0.0.1:8001", 8001, true));
  CHECK(is("localhost:8001", 8001, true));
  CHECK(is("[::1]:8001", 8001, true));
  PodModel model;
  model.listen = {"8001", "[::1]:9090", "[::]:8002", "0.0.0.0:8001"};
  CHECK(open_ports(model) == std::vector<std::int64_t>{8001, 8002});
}

TEST_CASE("an edge listens where it says, else as a proxy does, or as the Service that it balances", "[unit]") {
  const Service shop = service_with({{5001, Protocol::tcp}, {53, Protocol::udp}});
  EdgeSpec edge = edge_to("shop", EdgeKind::nginx);
  CHECK(listeners_of(edge, shop) == std::vector<std::int64_t>{80, 443});
  edge.kind = EdgeKind::nlb;
  CHECK(listeners_of(edge, shop) == std::vector<std::int64_t>{5001});
  CHECK(upstream_port(edge, shop, 5001) == std::size_t{0});
  CHECK_FALSE(upstream_port(edge, shop, 53));
  edge.listen = {8080};
  CHECK(listeners_of(edge, shop) == std::vector<std::int64_t>{8080});
  edge.service.reset();
  edge.node_port = "shop:p5001";
  CHECK(upstream_port(edge, shop, 8080) == std::size_t{0});
  edge.node_port = "shop";
  CHECK_FALSE(upstream_port(edge, shop, 8080));  // of two ports it must say which
}

TEST_CASE("an edge is called by its name and hosts in any letter case", "[unit]") {
  EdgeSpec edge = edge_to("shop", EdgeKind::nginx);
  edge.hosts = {"Shop.Example.com"};
  CHECK(is_called(edge, "front"));
  CHECK(is_called(edge, "shop.example.COM"));
  CHECK_FALSE(is_called(edge, "shop"));
  CHECK_FALSE(is_called(edge, "shop.example.co"));
}

TEST_CASE("before a Service stands the edge that names it, before those that dial its node ports", "[unit]") {
  const Service shop = service_with({{80, Protocol::tcp}});
  EdgeSpec by_port = edge_to("shop", EdgeKind::nginx), other = edge_to("else", EdgeKind::nginx);
  by_port.service.reset();
  by_port.node_port = "shop:p80";
  const std::vector<EdgeSpec> both = {other, by_port, edge_to("shop", EdgeKind::nlb)};
  CHECK(edge_before(both, shop) == &both[2]);
  CHECK(edge_before(std::span{both}.first(2), shop) == &both[1]);
  CHECK(edge_before(std::span{both}.first(1), shop) == nullptr);
}

TEST_CASE("plain HTTP goes on to https where an Ingress has TLS for the host and nothing says no", "[unit]") {
  Ingress ingress;
  CHECK_FALSE(redirects_to_https(ingress, {}, "a.example.com"));
  ingress.tls_hosts = {"a.example.com"};
  CHECK(redirects_to_https(ingress, {}, "a.example.com"));
  CHECK_FALSE(redirects_to_https(ingress, {}, "b.example.com"));
  CHECK_FALSE(redirects_to_https(ingress, {{"ssl-redirect", "false"}}, "a.example.com"));
  ingress.meta.annotations = {{"nginx.ingress.kubernetes.io/ssl-redirect", "true"}};
  CHECK(redirects_to_https(ingress, {{"ssl-redirect", "false"}}, "a.example.com"));
  ingress.meta.annotations = {{"nginx.ingress.kubernetes.io/force-ssl-redirect", "true"}};
  CHECK(redirects_to_https(ingress, {}, "b.example.com"));
}

TEST_CASE("a controller goes by its own listener, unless it is told what was ended in front and believes it",
          "[unit]") {
  Ingress ingress;
  ingress.tls_hosts = {"a.example.com"};
  Service front = service_with({{443, Protocol::tcp}, {8443, Protocol::tcp}});
  front.aws.has_certificate = true;
  front.aws.is_classic = false;
  const auto sent_on = [&](const Labels& settings, std::size_t port, bool is_https = true) {
    const Arrival arrival = arrival_of(is_https, false, tls_in_front(front, front.ports[port]), false);
    return is_sent_on(IngressController::ingress_nginx, ingress, settings, "a.example.com", arrival);
  };
  const Labels headers = {{"use-forwarded-headers", "true"}}, proxy_protocol = {{"use-proxy-protocol", "true"}};
  CHECK(sent_on({}, 0));
  CHECK(sent_on(headers, 0));  // a load balancer of connections adds none
  CHECK_FALSE(sent_on(proxy_protocol, 0));
  CHECK(sent_on(proxy_protocol, 1));  // ingress-nginx looks for 443
  CHECK(sent_on(proxy_protocol, 0, false));
  CHECK_FALSE(sent_on({{"ssl-redirect", "false"}}, 0));
  // A Classic Load Balancer that reads HTTP adds the header.
  front.aws.is_classic = true;
  front.aws.backend_protocol = "http";
  CHECK(sent_on({}, 0));
  CHECK_FALSE(sent_on(headers, 0));
  front.load_balancer_class = "service.k8s.aws/nlb";
  CHECK(sent_on(headers, 0));
  // A proxy in front adds it, and TLS all the way needs none.
  CHECK_FALSE(is_sent_on(IngressController::ingress_nginx, ingress, headers, "a.example.com",
                         arrival_of(true, true, {}, false)));
  CHECK(is_sent_on(IngressController::ingress_nginx, ingress, {}, "a.example.com", arrival_of(true, true, {}, false)));
  CHECK_FALSE(
      is_sent_on(IngressController::ingress_nginx, ingress, {}, "a.example.com", arrival_of(true, false, {}, true)));
}

TEST_CASE("TLS that a load balancer ends goes on plain, or anew where the backend protocol says so", "[unit]") {
  Service front = service_with({{80, Protocol::tcp}, {443, Protocol::tcp}});
  front.aws.is_classic = false;
  CHECK_FALSE(tls_in_front(front, front.ports[1]).is_ended);
  front.aws.has_certificate = true;
  front.aws.tls_ports = {"p443"};
  CHECK_FALSE(tls_in_front(front, front.ports[0]).is_ended);
  CHECK(tls_in_front(front, front.ports[1]).is_ended);
  CHECK_FALSE(arrival_of(true, false, tls_in_front(front, front.ports[1]), false).is_tls);
  front.aws.backend_protocol = "ssl";
  CHECK(arrival_of(true, false, tls_in_front(front, front.ports[1]), true).is_tls);
}

TEST_CASE("TLS and plain HTTP are understood by ports of their kind, by Envoy's plain HTTP everywhere", "[unit]") {
  const auto found = [](IngressController product, bool is_https, bool on_tls_port) {
    return understood(product, arrival_of(is_https, false, {}, on_tls_port));
  };
  for (const IngressController product :
       {IngressController::ingress_nginx, IngressController::nginx, IngressController::envoy}) {
    CHECK(found(product, true, true) == Understood::yes);
    CHECK(found(product, false, false) == Understood::yes);
    CHECK(found(product, true, false) == Understood::tls_on_plain);
  }
  CHECK(found(IngressController::ingress_nginx, false, true) == Understood::plain_on_tls);
  CHECK(found(IngressController::envoy, false, true) == Understood::yes);
  CHECK(understood(IngressController::nginx, arrival_of(true, true, {}, false)) ==
        Understood::yes);  // a proxy's own connection
}

TEST_CASE("a snippet that listens and sends on to https is known by its port", "[unit]") {
  constexpr IngressController kNginx = IngressController::ingress_nginx;
  const Labels shipped = {
      {"http-snippet", "server {\n  # of http\n  listen 2443;\n  return 308 https://$host$request_uri;\n}\n"}};
  CHECK(is_sent_on_by_snippet(kNginx, shipped, 2443));
  CHECK_FALSE(is_sent_on_by_snippet(kNginx, shipped, 244));
  CHECK_FALSE(is_sent_on_by_snippet(kNginx, shipped, 80));
  CHECK_FALSE(is_sent_on_by_snippet(IngressController::envoy, shipped, 2443));
  // Another server of the snippet, and lines that are none.
  const Labels two = {
      {"http-snippet", "server { listen [::]:2443; return 200 ok; } server { listen 81; return 301 https://$host; }"}};
  CHECK_FALSE(is_sent_on_by_snippet(kNginx, two, 2443));
  CHECK(is_sent_on_by_snippet(kNginx, two, 81));
  CHECK_FALSE(
      is_sent_on_by_snippet(kNginx, {{"http-snippet", "# server { listen 2443; return 308 https://$host; }"}}, 2443));
  const Labels older = {
      {"server-snippet", "listen 8000;\nif ( $server_port = 80 ) {\n  return 308 https://$host$request_uri;\n}"}};
  CHECK(is_sent_on_by_snippet(kNginx, older, 80));
  CHECK_FALSE(is_sent_on_by_snippet(kNginx, older, 8000));
}

TEST_CASE("a snippet sends all on only by what its server does without a condition", "[unit]") {
  const auto sends = [](const std::string& inside) {
    return is_sent_on_by_snippet(IngressController::ingress_nginx,
                                 {{"http-snippet", "server { listen 81; " + inside + " }"}}, 81);
  };
  const std::string go = "return 301 https://${host}$request_uri;";
  CHECK(sends(go));
  CHECK(sends("location /health { return 200 ok; } " + go));  // the server's own comes before its locations
  CHECK(sends("location / { " + go + " }"));
  CHECK(sends("server_name _; set $a 1; " + go));
  CHECK_FALSE(sends("if ($http_x_forwarded_proto = http) { " + go + " }"));
  CHECK_FALSE(sends("location /old { " + go + " }"));
  CHECK_FALSE(sends("location / { " + go + " } location /api { proxy_pass http://a; }"));
  CHECK_FALSE(sends("location / { if ($scheme = http) { " + go + " } }"));
  CHECK_FALSE(sends("return 200 ok; " + go));
  CHECK_FALSE(sends("return 30;"));
  CHECK_FALSE(sends("return 301 http://$host;"));
  const auto everywhere = [](const std::string& text) {
    return is_sent_on_by_snippet(IngressController::ingress_nginx, {{"server-snippet", text}}, 80);
  };
  CHECK(everywhere("if ($server_port = 80) { " + go + " }"));
  CHECK_FALSE(everywhere("location /old { if ($server_port = 80) { " + go + " } }"));
}

TEST_CASE("who is sent back to https is told why by who ended TLS, and whether that was told", "[unit]") {
  Service front = service_with({{443, Protocol::tcp}});
  front.aws.has_certificate = true;
  front.aws.is_classic = false;
  const auto back = [&](bool is_https, bool by_snippet = false) {
    return sent_back(arrival_of(is_https, false, tls_in_front(front, front.ports[0]), false), by_snippet);
  };
  const auto holds = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(back(false).cure.empty());
  CHECK(holds(back(true).because, "adds no header"));
  CHECK(holds(back(true).cure, "use-proxy-protocol"));
  CHECK(holds(back(true, true).cure, "a targetPort for https"));
  front.aws.is_classic = true;
  front.aws.backend_protocol = "http";
  CHECK(holds(back(true).because, "does not believe its X-Forwarded-Proto"));
  CHECK(holds(back(true).cure, "use-forwarded-headers: \"true\""));
  const SentBack by_proxy = sent_back(arrival_of(true, true, {}, false), false);
  CHECK(holds(by_proxy.because, "the proxy in front"));
  CHECK(holds(by_proxy.cure, "use-forwarded-headers"));
}

TEST_CASE("a load balancer that ends TLS cuts off what does not begin with it", "[unit]") {
  Service front = service_with({{80, Protocol::tcp}, {443, Protocol::tcp}});
  CHECK_FALSE(cuts_off(tls_in_front(front, front.ports[1]), false));
  front.aws.has_certificate = true;
  front.aws.tls_ports = {"443"};
  CHECK(cuts_off(tls_in_front(front, front.ports[1]), false));
  CHECK_FALSE(cuts_off(tls_in_front(front, front.ports[1]), true));
  CHECK_FALSE(cuts_off(tls_in_front(front, front.ports[0]), false));
}

TEST_CASE("targets are pods where the edge says so, else where AWS' load balancer is told", "[unit]") {
  Service shop = service_with({{80, Protocol::tcp}});
  shop.type = ServiceType::load_balancer;
  EdgeSpec nginx = edge_to("shop", EdgeKind::nginx), nlb = edge_to("shop", EdgeKind::nlb),
           other = edge_to("shop", EdgeKind::metallb_l2);
  EdgeSpec to_port = edge_to("shop", EdgeKind::nlb);
  to_port.service.reset();
  to_port.node_port = "shop:p80";
  const auto dials = [&](const EdgeSpec& edge) {
    const bool is_so = dials_pods(edge.kind, &edge, shop);
    if (is_so) CHECK_FALSE(needs_node_ports(edge.kind, &edge, shop));
    return is_so;
  };
  CHECK(dials(nginx));
  CHECK_FALSE(dials(nlb));
  CHECK_FALSE(dials_pods(EdgeKind::nlb, nullptr, shop));
  shop.aws.to_pods = true;
  CHECK(dials(nlb));
  CHECK(dials_pods(EdgeKind::nlb, nullptr, shop));
  CHECK_FALSE(dials(to_port));
  CHECK_FALSE(dials(other));
  nginx.targets = nlb.targets = EdgeTargets::instance;
  CHECK_FALSE(dials(nginx));
  CHECK_FALSE(dials(nlb));
  CHECK(needs_node_ports(EdgeKind::nlb, &nlb, shop));
  CHECK_FALSE(needs_node_ports(EdgeKind::metallb_l2, &other, shop));
  CHECK(needs_node_ports(EdgeKind::nlb, &to_port, shop));
}

TEST_CASE("source ranges hold at a Service's own load balancer, not at proxies nor before its node ports", "[unit]") {
  Service shop = service_with({{80, Protocol::tcp}});
  EdgeSpec nlb = edge_to("shop", EdgeKind::nlb), nginx = edge_to("shop", EdgeKind::nginx);
  CHECK_FALSE(has_source_ranges(EdgeKind::nlb, nullptr, shop));
  shop.source_ranges = {"203.0.113.0/24"};
  CHECK(has_source_ranges(EdgeKind::nlb, nullptr, shop));
  CHECK(has_source_ranges(EdgeKind::nlb, &nlb, shop));
  CHECK_FALSE(has_source_ranges(EdgeKind::nginx, &nginx, shop));
  nlb.service.reset();
  CHECK_FALSE(has_source_ranges(EdgeKind::nlb, &nlb, shop));
}

TEST_CASE("a target is read as curl reads it", "[unit]") {
  const auto parsed = [](const char* text) { return parse_target(text, Mark{}, "it").value(); };
  CHECK(parsed("HTTPS://Shop.Default.?a=b/c").host == "shop.default");
  CHECK(parsed("HTTPS://Shop.Default.?a=b/c").is_absolute);
  CHECK(parsed("HTTPS://Shop.Default.?a=b/c").path.empty());
  CHECK(parsed("HTTPS://Shop.Default.?a=b/c").port == 443);
  CHECK(parsed("http://shop:81/a/b?c#d").path == "/a/b");
  CHECK(parsed("clusterip/shop:81").is_cluster_ip);
  for (const char* text : {"http://me@shop/", "http://[::1]/", "::1", "http://sh op/", "http://./", "http:///a"})
    CHECK_FALSE(parse_target(text, Mark{}, "it"));
}

}  // namespace
}  // namespace towtank::scenario

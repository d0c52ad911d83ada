#include "models/kubernetes/annotations.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace towtank {
namespace {

/// Whose annotations change the path of a request.
constexpr std::string_view kPrefixes[] = {"nginx.ingress.kubernetes.io/",
                                          "alb.ingress.kubernetes.io/",
                                          "traefik.ingress.kubernetes.io/",
                                          "haproxy.org/",
                                          "service.beta.kubernetes.io/",
                                          "service.kubernetes.io/topology-",
                                          "networking.gke.io/",
                                          "cloud.google.com/",
                                          "metallb.universe.tf/",
                                          "metallb.io/"};
/// Read where they are used, by the Ingress and its controller.
constexpr std::string_view kReadElsewhere[] = {
    "nginx.ingress.kubernetes.io/load-balance", "nginx.ingress.kubernetes.io/service-upstream",
    "nginx.ingress.kubernetes.io/canary", "nginx.ingress.kubernetes.io/canary-weight", "nginx.ingress.kubernetes.io/canary-weight-total",
    "nginx.ingress.kubernetes.io/canary-by-header", "nginx.ingress.kubernetes.io/canary-by-header-value",
    "nginx.ingress.kubernetes.io/canary-by-header-pattern", "nginx.ingress.kubernetes.io/canary-by-cookie",
    "nginx.ingress.kubernetes.io/affinity-canary-behavior", "nginx.ingress.kubernetes.io/affinity",
    "traefik.ingress.kubernetes.io/service.nativelb", "haproxy.org/load-balance"};
constexpr std::string_view kHashBy = "nginx.ingress.kubernetes.io/upstream-hash-by";
constexpr std::string_view kSubset = "nginx.ingress.kubernetes.io/upstream-hash-by-subset";
constexpr std::string_view kSubsetSize = "nginx.ingress.kubernetes.io/upstream-hash-by-subset-size";
constexpr std::string_view kWeighted[2] = {"networking.gke.io/weighted-load-balancing", "pods-per-node"};
/// Read there, too, but not whatever they say.
constexpr std::string_view kReadForValues[][2] = {{kWeighted[0], kWeighted[1]},
                                                  {"nginx.ingress.kubernetes.io/affinity-mode", "balanced"},
                                                  {"nginx.ingress.kubernetes.io/affinity-mode", "persistent"},
                                                  {kHashBy, "$remote_addr"},
                                                  {kHashBy, "$binary_remote_addr"}};
constexpr std::string_view kAws = "service.beta.kubernetes.io/aws-load-balancer-";
constexpr std::string_view kAzure = "service.beta.kubernetes.io/azure-load-balancer-";
constexpr std::string_view kGke[] = {"networking.gke.io/", "cloud.google.com/"};
constexpr std::string_view kScheme = "service.beta.kubernetes.io/aws-load-balancer-scheme";
/// With the values that make a load balancer internal.
constexpr std::string_view kInternal[][2] = {{kScheme, "internal"},
                                             {"service.beta.kubernetes.io/aws-load-balancer-internal", "true"},
                                             {"service.beta.kubernetes.io/aws-load-balancer-internal", "0.0.0.0/0"},
                                             {"service.beta.kubernetes.io/azure-load-balancer-internal", "true"},
                                             {"networking.gke.io/load-balancer-type", "Internal"},
                                             {"cloud.google.com/load-balancer-type", "Internal"},
                                             {"cloud.google.com/load-balancer-type", "internal"}};
constexpr std::string_view kCrossZone = "load_balancing.cross_zone.enabled";

bool begins_with(std::string_view text, std::string_view begin) { return text.substr(0, begin.size()) == begin; }

bool is_path_annotation(std::string_view key) {
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return begins_with(key, prefix); }) &&
         std::find(std::begin(kReadElsewhere), std::end(kReadElsewhere), key) == std::end(kReadElsewhere);
}

bool is_read_for_value(const Value::Entry& entry) {
  return std::any_of(std::begin(kReadForValues), std::end(kReadForValues),
                     [&](const auto& each) { return each[0] == entry.key && each[1] == entry.value.scalar; });
}

/// Groups are read where the hash is that they are chosen by.
bool is_read_elsewhere(const Value::Entry& entry, const Value& annotations) {
  if (entry.key != kSubset && entry.key != kSubsetSize) return is_read_for_value(entry);
  return std::any_of(annotations.entries.begin(), annotations.entries.end(), [](const Value::Entry& each) {
    return begins_with(each.key, kHashBy) && is_read_for_value(each);
  });
}

/// Whether it says if the load balancer is internal, whatever it says.
bool is_about_reach(std::string_view key) {
  return std::any_of(std::begin(kInternal), std::end(kInternal), [&](const auto& each) { return each[0] == key; });
}

InternalLoadBalancer internal_by(const Value::Entry& entry, std::string cure) {
  return {"annotation " + entry.key + ": " + entry.value.scalar, std::move(cure), entry.mark};
}

/// The first annotation that makes it internal. @param whose  how keys of the provider begin
const Value::Entry* internal_entry(const Value& annotations, std::string_view whose) {
  for (const Value::Entry& entry : annotations.entries)
    for (const auto& [key, value] : kInternal)
      if (entry.key == key && entry.value.scalar == value && begins_with(key, whose)) return &entry;
  return nullptr;
}

std::optional<InternalLoadBalancer> internal_by_other(const Value& annotations, std::string_view whose) {
  const Value::Entry* found = internal_entry(annotations, whose);
  if (found == nullptr) return std::nullopt;
  return internal_by(*found, "leave the annotation out");
}

/// Empty: nothing says so. AWS' own controller, which `type: external`, nlb-ip and its class ask for, makes internal ones
/// unless it is told not to. @source AWS Load Balancer Controller, Service annotations, "aws-load-balancer-scheme"
/// (default), "Secure by default"; EKS Auto Mode, "Use Service Annotations to configure Network Load Balancers"
/// @param class_entry  spec.loadBalancerClass, if it is one of AWS'; null = no
std::optional<InternalLoadBalancer> internal_by_aws(const Value& annotations, const Value::Entry* class_entry) {
  const std::string faces_internet = std::string{kScheme} + ": internet-facing";
  const std::string of_aws_controller = std::string{kAws} + "internal";
  const Value::Entry *by_default = nullptr, *first = internal_entry(annotations, kAws);
  bool has_scheme = false, is_told = false;
  for (const Value::Entry& entry : annotations.entries) {
    const std::string_view text = entry.value.scalar;
    if (entry.key == kScheme && text == "internal") return internal_by(entry, faces_internet);
    has_scheme = has_scheme || entry.key == kScheme;
    is_told = is_told || entry.key == of_aws_controller;
    if (entry.key == std::string{kAws} + "type" && (text == "external" || text == "nlb-ip")) by_default = &entry;
  }
  // AWS' controller looks at the scheme first, then at the older annotation, then at its default.
  const bool is_overruled = has_scheme && first != nullptr && first->key == of_aws_controller;
  if (first != nullptr && !is_overruled) return internal_by(*first, "leave the annotation out");
  if (has_scheme || is_told) return std::nullopt;
  if (by_default != nullptr) return internal_by(*by_default, faces_internet);
  if (class_entry == nullptr) return std::nullopt;
  return InternalLoadBalancer{"as loadBalancerClass " + class_entry->value.scalar + " makes them", faces_internet, class_entry->mark};
}

/// The annotations of one Service that AWS' controllers know.
class AwsReader {
 public:
  explicit AwsReader(ObjectReading& reading) : reading_{reading} {}

  void read(std::string_view key, std::string_view text, const Mark& mark) {
    key_ = key;
    mark_ = mark;
    given_.said.push_back({std::string{key}, mark});
    const std::string_view what = key.substr(kAws.size());
    if (what == "cross-zone-load-balancing-enabled") {
      if (const std::optional<bool> given = truth(text)) given_.cross_zone = given;
    } else if (what == "attributes") {
      read_attributes(text);
    } else if (what == "nlb-target-type") {
      read_targets(text == "ip", text == "instance" || text == "ip");
    } else if (what == "type") {
      read_targets(text == "nlb-ip", text == "nlb" || text == "external" || text == "nlb-ip");
      given_.is_classic = false;
    } else if (what == "ssl-cert") {
      given_.has_certificate = !text.empty();
    } else if (what == "ssl-ports") {
      read_tls_ports(text);
    } else if (what == "backend-protocol") {
      given_.backend_protocol = text;
    } else if (!is_about_reach(key)) {
      reading_.ignore(mark, field(), kNotModelledYet);
    }
  }

  /// An annotation of its own counts before the list of attributes.
  AwsLoadBalancer answer() const {
    AwsLoadBalancer answer = given_;
    if (!answer.cross_zone) answer.cross_zone = by_attribute_;
    return answer;
  }

 private:
  std::string field() const { return "annotation " + std::string{key_}; }

  std::optional<bool> truth(std::string_view text) {
    const std::optional<bool> value = truth_of(text);
    if (!value) reading_.ignore(mark_, field(), "neither true nor false, its controller refuses it");
    return value;
  }

  void read_targets(bool to_pods, bool is_modelled) {
    given_.to_pods = given_.to_pods || to_pods;
    if (!is_modelled) reading_.ignore(mark_, field(), kNotModelledYet);
  }

  /// `443,https`, or `*`
  void read_tls_ports(std::string_view text) {
    for (std::size_t start = 0; text != "*" && start <= text.size();) {
      const std::size_t end = std::min(text.find(',', start), text.size());
      if (end > start) given_.tls_ports.emplace_back(text.substr(start, end - start));
      start = end + 1;
    }
  }

  /// `NAME=VALUE,NAME=VALUE`
  void read_attributes(std::string_view text) {
    for (std::size_t start = 0; start <= text.size();) {
      const std::size_t end = std::min(text.find(',', start), text.size());
      const std::string_view attribute = text.substr(start, end - start);
      start = end + 1;
      const std::size_t sign = attribute.find('=');
      const std::string_view name = attribute.substr(0, sign);
      if (name == kCrossZone && sign != std::string_view::npos) {
        by_attribute_ = truth(attribute.substr(sign + 1));
      } else if (!name.empty()) {
        reading_.ignore(mark_, field() + ' ' + std::string{name}, kNotModelledYet);
      }
    }
  }

  ObjectReading& reading_;
  std::string_view key_;
  Mark mark_;
  AwsLoadBalancer given_;
  std::optional<bool> by_attribute_;
};

const Value::Entry* aws_class(const Value& object) {
  const Value* spec = object.at({"spec"});
  if (spec == nullptr) return nullptr;
  for (const Value::Entry& entry : spec->entries)
    if (entry.key == "loadBalancerClass" && is_aws_class(entry.value.scalar)) return &entry;
  return nullptr;
}

}  // namespace

std::optional<bool> truth_of(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

bool is_aws_class(std::string_view name) { return name == "service.k8s.aws/nlb" || name == "eks.amazonaws.com/nlb"; }

LoadBalancerAnnotations read_annotations(const Value& object, ObjectReading& reading) {
  static const Value kNone = Value::make_map({});
  AwsReader aws{reading};
  const Value* given = object.at({"metadata", "annotations"});
  const Value& annotations = given == nullptr ? kNone : *given;
  for (const Value::Entry& entry : annotations.entries) {
    if (begins_with(entry.key, kAws)) {
      aws.read(entry.key, entry.value.scalar, entry.mark);
    } else if (is_path_annotation(entry.key) && !is_about_reach(entry.key) && !is_read_elsewhere(entry, annotations)) {
      reading.ignore(entry.mark, "annotation " + entry.key, kNotModelledYet);
    }
  }
  LoadBalancerAnnotations made{aws.answer(), std::nullopt, internal_by_other(annotations, kAzure)};
  made.aws.internal = internal_by_aws(annotations, aws_class(object));
  for (const std::string_view whose : kGke)
    if (!made.by_gke) made.by_gke = internal_by_other(annotations, whose);
  made.weighs_pods = std::any_of(annotations.entries.begin(), annotations.entries.end(), [](const Value::Entry& entry) {
    return entry.key == kWeighted[0] && entry.value.scalar == kWeighted[1];
  });
  return made;
}

}  // namespace towtank

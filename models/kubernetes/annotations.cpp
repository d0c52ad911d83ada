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
                                          "service.beta.kubernetes.io/",
                                          "service.kubernetes.io/topology-",
                                          "networking.gke.io/",
                                          "cloud.google.com/",
                                          "metallb.universe.tf/",
                                          "metallb.io/"};
/// Read where they are used, by the Ingress and its controller.
constexpr std::string_view kReadElsewhere[] = {"nginx.ingress.kubernetes.io/load-balance",
                                               "nginx.ingress.kubernetes.io/service-upstream",
                                               "nginx.ingress.kubernetes.io/canary"};
constexpr std::string_view kAws = "service.beta.kubernetes.io/aws-load-balancer-";
constexpr std::string_view kCrossZone = "load_balancing.cross_zone.enabled";

bool begins_with(std::string_view text, std::string_view begin) { return text.substr(0, begin.size()) == begin; }

bool is_path_annotation(std::string_view key) {
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view prefix) { return begins_with(key, prefix); }) &&
         std::find(std::begin(kReadElsewhere), std::end(kReadElsewhere), key) == std::end(kReadElsewhere);
}

/// As Go's strconv.ParseBool, by which its controller reads it.
std::optional<bool> truth_of(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return std::nullopt;
}

/// The annotations of one Service that AWS' controllers know.
class AwsReader {
 public:
  explicit AwsReader(ObjectReading& reading) : reading_{reading} {}

  void read(std::string_view key, std::string_view text, const Mark& mark) {
    key_ = key;
    mark_ = mark;
    const std::string_view what = key.substr(kAws.size());
    if (what == "cross-zone-load-balancing-enabled") {
      if (const std::optional<bool> given = truth(text)) given_.cross_zone = given;
    } else if (what == "attributes") {
      read_attributes(text);
    } else if (what == "nlb-target-type") {
      read_targets(text == "ip", text == "instance");
    } else if (what == "type") {
      read_targets(text == "nlb-ip", text == "nlb" || text == "external");
    } else {
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

}  // namespace

AwsLoadBalancer read_annotations(const Value& object, ObjectReading& reading) {
  AwsReader aws{reading};
  const Value* annotations = object.at({"metadata", "annotations"});
  if (annotations == nullptr) return {};
  for (const Value::Entry& entry : annotations->entries) {
    if (begins_with(entry.key, kAws)) {
      aws.read(entry.key, entry.value.scalar, entry.mark);
    } else if (is_path_annotation(entry.key)) {
      reading.ignore(entry.mark, "annotation " + entry.key, kNotModelledYet);
    }
  }
  return aws.answer();
}

}  // namespace towtank

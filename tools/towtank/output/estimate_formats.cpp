#include "tools/towtank/output/csv.hpp"
#include "tools/towtank/output/estimate.hpp"
#include "tools/towtank/output/json.hpp"

namespace towtank::tool {
namespace {

constexpr const char* kCsvHeader =
    "variant,traffic,level,name,node,zone,entered_share,served_share,requests_share,relative_load,rate_per_s,"
    "utilization,"
    "second_hop_share,zone_crossings,dropped_share,refused_share,headroom,capacity_per_s,ideal_headroom,"
    "ideal_capacity_per_s,bottleneck,ideal_bottleneck";

constexpr const char* kAllTraffic = "*";

using Number = std::optional<double>;

/// The numbers of one line; those of other levels stay empty.
struct CsvNumbers {
  Number entered{}, served{}, requests{}, relative{}, rate{}, utilization{};
  Number second_hop{}, crossings{}, dropped{}, refused{};
  CapacityEstimate spread{}, ideal{};
};

class EstimateCsv {
 public:
  std::string text(const StudyEstimate& study) {
    for (const VariantEstimate& variant : study.variants) {
      for (const TrafficEstimate& traffic : variant.traffic) add(variant.variant, traffic);
      CsvNumbers numbers;
      numbers.spread = variant.spread;
      numbers.ideal = variant.ideal;
      begin(variant.variant, {}, "variant", variant.variant, {}, {});
      end(numbers);
    }
    return csv_.text();
  }

 private:
  void add(const std::string& variant, const TrafficEstimate& traffic) {
    const std::string name = traffic.traffic.empty() ? kAllTraffic : traffic.traffic;
    for (const PlaceEstimate& zone : traffic.zones) {
      begin(variant, name, "zone", zone.name, {}, zone.name);
      end({.entered = zone.entered_share, .served = zone.served_share});
    }
    for (const PlaceEstimate& node : traffic.nodes) {
      begin(variant, name, "node", node.name, node.name, node.zone);
      end({.entered = node.entered_share, .served = node.served_share, .second_hop = node.second_hop_share});
    }
    for (const PodEstimate& pod : traffic.pods) {
      begin(variant, name, "pod", pod.pod, pod.node, pod.zone);
      end({.requests = pod.requests_share,
           .relative = pod.relative_load,
           .rate = pod.rate_per_s,
           .utilization = pod.utilization});
    }
    begin(variant, name, "traffic", name, {}, {});
    end({.rate = traffic.rate_per_s,
         .second_hop = traffic.second_hop_share,
         .crossings = traffic.zone_crossings,
         .dropped = traffic.dropped_share,
         .refused = traffic.refused_share});
  }

  void begin(const std::string& variant, const std::string& traffic, const char* level, const std::string& name,
             const std::string& node, const std::string& zone) {
    csv_.cell(variant).cell(traffic).cell(level).cell(name).cell(node).cell(zone);
  }

  void end(const CsvNumbers& numbers) {
    csv_.cell(numbers.entered).cell(numbers.served).cell(numbers.requests).cell(numbers.relative).cell(numbers.rate);
    csv_.cell(numbers.utilization).cell(numbers.second_hop).cell(numbers.crossings);
    csv_.cell(numbers.dropped).cell(numbers.refused);
    csv_.cell(numbers.spread.factor).cell(numbers.spread.rate_per_s);
    csv_.cell(numbers.ideal.factor).cell(numbers.ideal.rate_per_s);
    csv_.cell(first_of(numbers.spread.bottlenecks)).cell(first_of(numbers.ideal.bottlenecks));
    csv_.end_row();
  }

  /// Of stations that are full together one will do: which others are, the utilizations say.
  static std::string first_of(const std::vector<std::string>& names) {
    return names.empty() ? std::string{} : names.front();
  }

  CsvText csv_{kCsvHeader};
};

Json json_of(const Number& number) { return number ? Json(*number) : Json(nullptr); }

Json json_of(const CapacityEstimate& capacity) {
  return {{"factor", json_of(capacity.factor)},
          {"capacity_per_s", json_of(capacity.rate_per_s)},
          {"bottlenecks", capacity.bottlenecks}};
}

Json json_of(const PlaceEstimate& place, bool is_node) {
  Json made{{"name", place.name}};
  if (is_node) made["zone"] = place.zone;
  made["entered_share"] = json_of(place.entered_share);
  made["served_share"] = json_of(place.served_share);
  if (is_node) made["second_hop_share"] = json_of(place.second_hop_share);
  return made;
}

Json json_of(const PodEstimate& pod) {
  return {{"name", pod.pod},
          {"node", pod.node},
          {"zone", pod.zone},
          {"requests_share", json_of(pod.requests_share)},
          {"relative_load", json_of(pod.relative_load)},
          {"rate_per_s", json_of(pod.rate_per_s)},
          {"utilization", json_of(pod.utilization)}};
}

Json json_of(const TrafficEstimate& traffic) {
  Json made;
  made["traffic"] = traffic.traffic.empty() ? Json(nullptr) : Json(traffic.traffic);
  made["path"] = traffic.path;
  made["rate_per_s"] = json_of(traffic.rate_per_s);
  made["second_hop_share"] = traffic.second_hop_share;
  made["zone_crossings"] = traffic.zone_crossings;
  made["dropped_share"] = traffic.dropped_share;
  made["refused_share"] = traffic.refused_share;
  made["assumptions"] = traffic.assumptions;
  for (const char* list : {"zones", "nodes", "pods"}) made[list] = Json::array();
  for (const PlaceEstimate& zone : traffic.zones) made["zones"].push_back(json_of(zone, false));
  for (const PlaceEstimate& node : traffic.nodes) made["nodes"].push_back(json_of(node, true));
  for (const PodEstimate& pod : traffic.pods) made["pods"].push_back(json_of(pod));
  return made;
}

}  // namespace

std::string estimate_csv(const StudyEstimate& study) { return EstimateCsv{}.text(study); }

std::string estimate_json(const StudyEstimate& study) {
  Json json;
  json["schemaVersion"] = 1;
  json["scenario"] = study.scenario;
  json["variants"] = Json::array();
  for (const VariantEstimate& variant : study.variants) {
    Json made{{"variant", variant.variant}, {"state", variant.state}};
    made["spread"] = json_of(variant.spread);
    made["ideal"] = json_of(variant.ideal);
    made["traffic"] = Json::array();
    for (const TrafficEstimate& traffic : variant.traffic) made["traffic"].push_back(json_of(traffic));
    json["variants"].push_back(std::move(made));
  }
  json["assumptions"] = study.assumptions;
  json["warnings"] = study.warnings;
  return json_text(json);
}

}  // namespace towtank::tool

#include "tools/towtank/output/estimate_cells.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "tools/towtank/output/numbers.hpp"
#include "tools/towtank/output/text.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kMostRows = 12, kShown = 10;
constexpr std::size_t kMostNames = 3;
constexpr double kWasted = 0.0005;  // less than what the percentage shows

std::string share_cell(const std::optional<double>& share) { return share ? percentage(*share) : ""; }
std::string number_cell(const std::optional<double>& value) { return value ? significant(*value) : ""; }

/// The busiest rows in place of all, in the order given. @param busy  the greater, the busier
template <class Row, class Busy>
std::vector<Row> shown(const std::vector<Row>& rows, bool all, Busy&& busy) {
  if (all || rows.size() <= kMostRows) return rows;
  std::vector<Row> busiest = rows;
  std::stable_sort(busiest.begin(), busiest.end(), [&](const Row& a, const Row& b) { return busy(a) > busy(b); });
  busiest.resize(kShown);
  return busiest;
}

/// Takes out the columns that have no value in any row.
void drop_empty_columns(EstimateTable& table) {
  for (std::size_t column = table.header.size(); column-- > 0;) {
    const auto is_empty = [column](const std::vector<std::string>& row) { return row[column].empty(); };
    if (!std::all_of(table.rows.begin(), table.rows.end(), is_empty)) continue;
    const auto place = static_cast<std::ptrdiff_t>(column);
    table.header.erase(table.header.begin() + place);
    table.is_text.erase(table.is_text.begin() + place);
    for (std::vector<std::string>& row : table.rows) row.erase(row.begin() + place);
  }
}

/// @param kind  "zone" or "node"
EstimateTable place_table(const std::vector<PlaceEstimate>& places, const char* kind, bool all) {
  EstimateTable table{{kind, "in zone", "entered", "served", "second hop"}, {true, true, false, false, false}, {}, 0};
  const auto busy = [](const PlaceEstimate& place) {
    return std::max(place.served_share.value_or(0.0), place.entered_share.value_or(0.0));
  };
  for (const PlaceEstimate& place : shown(places, all, busy))
    table.rows.push_back({printable(place.name), printable(place.zone), share_cell(place.entered_share),
                          share_cell(place.served_share), share_cell(place.second_hop_share)});
  table.left_out = places.size() - table.rows.size();
  return table;
}

EstimateTable pod_table(const std::vector<PodEstimate>& pods, bool all) {
  EstimateTable table{{"pod", "node", "in zone", "share", "relative load", "req/s", "utilization"},
                      {true, true, true, false, false, false, false},
                      {},
                      0};
  const auto busy = [](const PodEstimate& pod) { return pod.utilization.value_or(pod.relative_load.value_or(0.0)); };
  for (const PodEstimate& pod : shown(pods, all, busy))
    table.rows.push_back({printable(pod.pod), printable(pod.node), printable(pod.zone), share_cell(pod.requests_share),
                          pod.relative_load ? with_decimals(*pod.relative_load, 2) : "", number_cell(pod.rate_per_s),
                          share_cell(pod.utilization)});
  table.left_out = pods.size() - table.rows.size();
  return table;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    text += (i > 0 ? ", " : "") + printable(names[i]);
  if (names.size() > kMostNames) text += fmt::format(" and {} more", names.size() - kMostNames);
  return text;
}

std::string verb_for(const std::vector<std::string>& names, const char* one, const char* many) {
  return names.size() == 1 && names[0].rfind("all ", 0) != 0 ? one : many;
}

std::vector<std::string> capacity_row(const char* how, const CapacityEstimate& capacity, const char* one,
                                      const char* many) {
  return {how, fmt::format("{} req/s", significant(*capacity.rate_per_s)),
          fmt::format("{} times the load", significant(*capacity.factor)),
          list_of(capacity.bottlenecks) + ' ' + verb_for(capacity.bottlenecks, one, many)};
}

}  // namespace

std::vector<EstimateTable> estimate_tables(const TrafficEstimate& traffic, bool all) {
  std::vector<EstimateTable> tables;
  if (traffic.zones.size() > 1) tables.push_back(place_table(traffic.zones, "zone", all));
  tables.push_back(place_table(traffic.nodes, "node", all));
  if (!traffic.pods.empty()) tables.push_back(pod_table(traffic.pods, all));
  for (EstimateTable& table : tables) drop_empty_columns(table);
  return tables;
}

std::string flow_text(const TrafficEstimate& traffic) {
  std::string text = traffic.rate_per_s ? significant(*traffic.rate_per_s) + " req/s" : "rate not known";
  text += fmt::format(", second hop {}, {} zone crossings a request", percentage(traffic.second_hop_share),
                      significant(traffic.zone_crossings));
  if (traffic.dropped_share > 0.0)
    text += fmt::format(", {} dropped without an answer", percentage(traffic.dropped_share));
  if (traffic.refused_share > 0.0) text += fmt::format(", {} refused", percentage(traffic.refused_share));
  return text;
}

std::vector<std::vector<std::string>> capacity_rows(const VariantEstimate& variant) {
  std::vector<std::vector<std::string>> rows;
  if (variant.spread.factor)
    rows.push_back(capacity_row("as the path spreads the load", variant.spread, "saturates first", "saturate first"));
  if (variant.ideal.factor)
    rows.push_back(capacity_row("if every balancer split ideally", variant.ideal, "is full", "are full"));
  return rows;
}

std::vector<std::string> capacity_remarks(const VariantEstimate& variant) {
  const auto is_closed = [](const TrafficEstimate& traffic) { return !traffic.traffic.empty() && !traffic.rate_per_s; };
  if (std::any_of(variant.traffic.begin(), variant.traffic.end(), is_closed))
    return {"not known before a run: closed loops set their own rate"};
  const auto is_lost = [](const TrafficEstimate& traffic) {
    return traffic.dropped_share + traffic.refused_share > 1.0 - 1e-9;
  };
  if (std::all_of(variant.traffic.begin(), variant.traffic.end(), is_lost)) return {"no request is served"};
  if (!variant.spread.factor) return {"no pod on the way takes time: nothing limits the load"};
  std::vector<std::string> remarks;
  if (variant.ideal.factor && 1.0 - *variant.spread.factor / *variant.ideal.factor > kWasted)
    remarks.push_back(fmt::format("the way the load is spread leaves {} of the capacity unused",
                                  percentage(1.0 - *variant.spread.factor / *variant.ideal.factor)));
  const std::string station = list_of(variant.spread.bottlenecks);
  if (variant.state == "unstable")
    remarks.push_back(fmt::format(
        "overloaded: {} {} offered {} of what can be served, so the queue grows without bound",
        list_of(variant.endless), verb_for(variant.endless, "is", "are"), percentage(variant.endless_utilization)));
  if (variant.state == "saturated")
    remarks.push_back(fmt::format(
        "saturated: {} {} offered {} of what can be served; {}", station, verb_for(variant.spread.bottlenecks, "is", "are"),
        percentage(1.0 / *variant.spread.factor),
        variant.waits_at_edge ? "the rest waits at the edge until timeout_queue, and gets 503" : "a queue that is limited turns the rest away"));
  return remarks;
}

std::string estimate_meaning() {
  return "Expected values in closed form, of first attempts: nothing was simulated, and queues, timeouts and retries "
         "are "
         "not in them. entered: by a node port of that node; served: by the pods there; second hop: forwarded to "
         "another "
         "node; relative load: over an equal share. Ideal balancing is the max-flow over the same edges, nodes and "
         "pods.";
}

}  // namespace towtank::tool

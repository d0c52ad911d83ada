#include "models/scenario/field_table.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "models/cluster/network_presets.hpp"

namespace towtank::scenario {

TEST_CASE("every field is listed once, below a field that is listed before it", "[unit]") {
  std::set<std::string_view> paths;
  for (const Field& field : scenario_fields()) {
    INFO(field.path);
    CHECK(paths.insert(field.path).second);
    const std::string_view key = key_of(field);
    if (key.size() < field.path.size())
      CHECK(paths.count(field.path.substr(0, field.path.size() - key.size() - 1)) == 1);
  }
  CHECK(paths.size() > 120);
}

TEST_CASE("every field is explained in a sentence, and every choice has choices", "[unit]") {
  for (const Field& field : scenario_fields()) {
    INFO(field.path);
    REQUIRE(field.doc.size() > 5);
    CHECK(field.doc.back() == '.');
    if (field.type == FieldType::choice || field.type == FieldType::several)
      CHECK_FALSE(split_choices(field.choices).empty());
    CHECK_FALSE(words_for(field.type).empty());
  }
}

TEST_CASE("what a later field holds is later too", "[unit]") {
  for (const Field& field : scenario_fields()) {
    if (field.support != FieldSupport::later) continue;
    for (const Field* below : fields_below(field.path)) CHECK(below->support == FieldSupport::later);
  }
}

TEST_CASE("a field is found by the path that users write", "[unit]") {
  const auto path = [](const char* written) {
    const Field* field = find_scenario_field(written);
    return field == nullptr ? std::string{"none"} : std::string{field->path};
  };
  CHECK(path("spec.cluster.network.preset") == "spec.cluster.network.preset");
  CHECK(path("spec.traffic[0].timeout") == "spec.traffic.timeout");
  CHECK(path("spec.traffic[name=api.v2].timeout") == "spec.traffic.timeout");
  CHECK(path("spec.ingress[class=nginx].balance") == "spec.ingress.balance");
  CHECK(path("spec.edge[name=nlb].balance.choices") == "spec.edge.balance");
  CHECK(path("spec.pods.Deployment/shop.cpu") == "spec.pods.*.cpu");
  CHECK(path("spec.pods[\"Deployment/shop.v2\"].cpu") == "spec.pods.*.cpu");
  CHECK(path("spec.pods") == "spec.pods");
  CHECK(path("spec.podz") == "none");
  CHECK(path("") == "none");
  CHECK(path("spec.traffic[") == "none");
}

TEST_CASE("the fields below a path are its keys", "[unit]") {
  std::set<std::string_view> keys;
  for (const Field* field : fields_below("spec.run")) keys.insert(key_of(*field));
  CHECK(keys == std::set<std::string_view>{"duration", "warmup", "seed", "replications", "precision", "confidence",
                                           "interval", "coldStart"});
}

TEST_CASE("the round trips that are documented are those of the networks", "[unit]") {
  const towtank::NetworkPreset network{NetworkName::aws};
  for (std::size_t i = 0; i < kLegKinds; ++i) {
    const auto leg = static_cast<LegKind>(i);
    const Field* field = find_scenario_field("spec.cluster.network." + std::string{name_of(leg)});
    REQUIRE(field != nullptr);
    CHECK(field->default_value == network.round_trip(leg).text);
  }
}

TEST_CASE("where a path leaves the format, the message says what is there", "[unit]") {
  const auto message = [](const char* path) { return unknown_field_message(path); };
  CHECK(message("spec.trafic[0].timeout") ==
        "the scenario has no field `spec.trafic[0].timeout`: `trafic` is not known; did you mean \"traffic\"?");
  CHECK(message("spec.whenFull") ==
        "the scenario has no field `spec.whenFull`: `whenFull` is not known; there is spec.pods.*.queue.whenFull");
  CHECK(message("spec.pods[\"Deployment/a.b\"].queue.xyz") ==
        "the scenario has no field `spec.pods[\"Deployment/a.b\"].queue.xyz`: `xyz` is not known; there is limit, "
        "whenFull");
  CHECK(message("spec.load.x") == "the scenario has no field `spec.load.x`: there is nothing below spec.load");
}

}  // namespace towtank::scenario

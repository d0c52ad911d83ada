#pragma once

#include "models/study/study.hpp"
#include "tests/models/study/studies.hpp"

namespace towtank::test {

/// What `check` warns of in a scenario.
inline std::vector<std::string> warnings_of(const std::string& text) {
  const Result<report::CheckReport> checked = check_study(loaded(text));
  INFO(text << (checked ? "" : text_of(checked.error())));
  REQUIRE(checked);
  return checked->warnings;
}

/// The load balancer of Deployment/web, three replicas on three nodes: nothing to find.
inline ScenarioText sound() {
  ScenarioText made;
  made.cluster = {"nodePools: [{name: worker, count: 3, zones: [a, b, c]}]", "network: {preset: ideal}"};
  made.pods = {"Deployment/web: {model: workers, workers: 1, serviceTime: 1ms}"};
  made.traffic = {"{name: api, to: \"http://web/\", arrivals: poisson(5/s), connections: {reuse: per_request}}"};
  made.documents = {deployment("web", 3), service("web")};
  return made;
}

/// The warnings of a sound scenario to which documents were added.
inline std::vector<std::string> warnings_beside(std::vector<std::string> documents) {
  ScenarioText made = sound();
  made.documents.insert(made.documents.end(), documents.begin(), documents.end());
  return warnings_of(made.text());
}

/// A Service of type ClusterIP. @param selector, port  in flow style, without the braces
inline std::string cluster_service(const std::string& name, const std::string& selector, const std::string& port,
                                   const std::string& name_space = "default") {
  return "{apiVersion: v1, kind: Service, metadata: {name: " + name + ", namespace: " + name_space +
         "}, spec: {selector: {" + selector + "}, ports: [{" + port + "}]}}";
}

/// A Deployment of two replicas. @param labels, ports  in flow style, without the braces
inline std::string labelled(const std::string& name, const std::string& labels, const std::string& ports,
                            const std::string& name_space = "default") {
  return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: " + name + ", namespace: " + name_space +
         "}, spec: {replicas: 2, selector: {matchLabels: {" + labels + "}}, template: {metadata: {labels: {" + labels +
         "}}, spec: {containers: [{name: app, ports: [" + ports + "]}]}}}}";
}

using Lines = std::vector<std::string>;

}  // namespace towtank::test

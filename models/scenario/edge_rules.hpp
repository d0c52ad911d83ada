#pragma once

#include <string>

#include "models/scenario/scenario.hpp"

/// What follows from an edge as it is written, for those who simulate it and for those who walk through it.
namespace towtank::scenario {

/// It ends connections and reads requests.
bool is_l7(EdgeKind kind);

/// The load balancer that a provider puts in front of a Service of type LoadBalancer.
EdgeKind implied_kind(NetworkPreset preset);

/// Of `upstream: {nodePort: "[NAMESPACE/]SERVICE[:PORT]"}`.
struct NodePortRef {
  ObjectRef service;
  std::string port;  ///< name or number; empty = the only one
};
NodePortRef node_port_ref(const std::string& text);

/// Whether the reference means this Service: same name, and same namespace if it gives one.
bool means(const ObjectRef& ref, const Service& service);

}  // namespace towtank::scenario

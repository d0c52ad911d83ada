#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towtank {

/// What the manifest reader does with a field that Kubernetes' own type has.
enum class FieldUse : std::uint8_t {
  read,         ///< part of the model
  bookkeeping,  ///< written by the API server; skipped without a word
  off_path,     ///< plays no part in how a request travels
  later,        ///< would matter, but is not modelled yet
};

struct KnownField {
  std::string_view key;
  FieldUse use;
};

using KnownFields = std::span<const KnownField>;

/// The fields of the types we read, from the API reference of Kubernetes 1.25 to 1.34.
KnownFields object_fields();
KnownFields metadata_fields();
KnownFields service_spec_fields();
KnownFields service_port_fields();

/// Of the kinds with pods (pod_fields.cpp).
KnownFields deployment_spec_fields();
KnownFields stateful_set_spec_fields();
KnownFields daemon_set_spec_fields();
KnownFields replica_set_spec_fields();
KnownFields label_selector_fields();
KnownFields label_requirement_fields();
KnownFields pod_template_fields();
KnownFields pod_spec_fields();
KnownFields toleration_fields();
KnownFields affinity_fields();
KnownFields affinity_rules_fields();
KnownFields node_selector_term_fields();
KnownFields pod_affinity_term_fields();
KnownFields spread_constraint_fields();
KnownFields container_fields();
KnownFields container_port_fields();

/// Of the other kinds (path_fields.cpp).
KnownFields ingress_spec_fields();
KnownFields ingress_rule_fields();
KnownFields ingress_http_fields();
KnownFields ingress_path_fields();
KnownFields ingress_backend_fields();
KnownFields backend_service_fields();
KnownFields backend_port_fields();
KnownFields ingress_tls_fields();
KnownFields ingress_class_spec_fields();
KnownFields node_spec_fields();
KnownFields taint_fields();
KnownFields endpoint_slice_fields();
KnownFields endpoint_fields();
KnownFields endpoint_conditions_fields();
KnownFields endpoint_hints_fields();
KnownFields endpoint_port_fields();
KnownFields config_map_fields();
KnownFields autoscaler_spec_fields();
KnownFields autoscaler_v1_spec_fields();
KnownFields scale_target_fields();

const KnownField* find_field(KnownFields fields, std::string_view key);
std::vector<std::string_view> field_names(KnownFields fields);

/// Where a key that stands directly in an object of `kind` would belong: `metadata`, `spec`, or an item of a list as
/// `spec.ports`; empty when it is known nowhere.
std::string_view home_of_field(std::string_view kind, std::string_view key);

/// What to do about a field of `kind` that many write and Kubernetes does not know there (or no longer), as
/// `remove it`; empty when the key is none of those.
std::string_view advice_on_field(std::string_view kind, std::string_view key);

}  // namespace towtank

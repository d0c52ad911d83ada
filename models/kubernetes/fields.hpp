#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace towtank {

enum class WorkloadKind : std::uint8_t;

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
KnownFields config_map_fields();
KnownFields metadata_fields();
KnownFields service_spec_fields();
KnownFields service_port_fields();
KnownFields deployment_spec_fields();
KnownFields workload_spec_fields(WorkloadKind kind);
KnownFields label_selector_fields();
KnownFields label_requirement_fields();
KnownFields pod_template_fields();
KnownFields pod_spec_fields();
KnownFields container_fields();
KnownFields container_port_fields();

const KnownField* find_field(KnownFields fields, std::string_view key);
std::vector<std::string_view> field_names(KnownFields fields);

/// Where a key that stands directly in an object of `kind` would belong: `metadata`, `spec`, or an item of a list as
/// `spec.ports`; empty when it is known nowhere.
std::string_view home_of_field(std::string_view kind, std::string_view key);

}  // namespace towtank

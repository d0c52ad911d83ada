#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/cluster/cluster_state.hpp"

/// The cluster in the columns of `kubectl get`.
namespace towtank::tool {

enum class Resource : std::uint8_t { pods, services, nodes, endpoints, ingresses };

/// All of them, in the order in which they are shown.
inline constexpr Resource kResources[] = {Resource::nodes, Resource::pods, Resource::services, Resource::endpoints,
                                          Resource::ingresses};

/// By any name that kubectl takes, in any letter case: `svc`, `services`, `Service`.
std::optional<Resource> resource_named(std::string_view name);

/// For messages: what kubectl's users type.
std::vector<std::string> resource_names();

/// `services`
std::string_view plural_of(Resource resource);

/// Rows of cells below a header.
struct ResourceTable {
  Resource resource = Resource::pods;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// As kubectl, without AGE and RESTARTS, which a model has not. A column NAMESPACE stands in front when the cluster's
/// objects have several namespaces.
/// @param wide  more columns, and lists in full
ResourceTable resource_table(const ClusterState& state, Resource resource, bool wide);

/// Aligned columns. Of several tables each name begins with its kind, as in `service/shop`, and what is empty is left
/// out; of a single one that is empty it says so.
std::string resources_text(const std::vector<ResourceTable>& tables);
std::string resources_markdown(const std::vector<ResourceTable>& tables);
std::string resource_csv(const ResourceTable& table);

std::string resources_json(const ClusterState& state, std::span<const Resource> resources);

}  // namespace towtank::tool

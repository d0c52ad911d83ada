#pragma once

#include <cstdint>
#include <string_view>

#include "models/scenario/study_documents.hpp"

namespace towtank::scenario {

/// Label of the objects that stand for what a scenario describes and its resources lack.
inline constexpr const char* kMadeLabel = "towtank.io/made-for";

/// Adds the Deployment and the Service of each ingress controller that `spec.ingress` describes without a `deployment`
/// and that the resources do not hold: `ingress-nginx/ingress-nginx-controller` or `traefik/traefik`, or
/// `ingress-CLASS/CLASS-controller` from the second one on. Patches and other readers then meet them as if they had
/// been written.
void make_missing_objects(StudyDocuments& documents);

/// Lets the Deployments that `make_missing_objects` made for `base` have the replicas that `changed` now asks for.
void follow_replicas(const StudyDocuments& base, StudyDocuments& changed);

/// The ingress controllers that are known by the labels of their pods. What else is modelled stands in for
/// ingress-nginx.
enum class KnownController : std::uint8_t { ingress_nginx, traefik };

/// Whether labels are those of this controller's pods. @source the projects' own manifests and charts
bool is_ingress_controller(const Value& labels, KnownController which);

/// Which one serves a class. @param controller  of its IngressClass; empty: there is none, and the name tells
/// @source traefik pkg/provider/kubernetes/ingress (traefik.io/ingress-controller)
KnownController controller_of_class(std::string_view class_name, std::string_view controller);

}  // namespace towtank::scenario

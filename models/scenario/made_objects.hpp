#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/objects.hpp"
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

/// The ingress controllers that are known by their pods. What else is modelled stands in for ingress-nginx.
enum class KnownController : std::uint8_t { ingress_nginx, traefik, haproxy };

/// Whether pods are this controller's, by their labels or by the image of a container. @source the projects' own manifests
/// and charts; their images registry.k8s.io/ingress-nginx/controller and traefik
bool is_ingress_controller(const Labels& labels, std::span<const std::string> images, KnownController which);

/// The controller of the IngressClass of that name, in lists too; empty: there is none.
std::string controller_named_by_class(const std::vector<Value>& objects, const std::string& class_name);

/// Which one serves a class. @param controller  of its IngressClass; empty: there is none, and the name tells
/// @source traefik pkg/provider/kubernetes/ingress (traefik.io/ingress-controller)
KnownController controller_of_class(std::string_view class_name, std::string_view controller);

}  // namespace towtank::scenario

#include "models/scenario/made_objects.hpp"

#include <algorithm>

namespace towtank::scenario {
namespace {

constexpr const char* kDefaultReplicas = "2";

Value map_of(const Mark& mark, std::initializer_list<std::pair<const char*, Value>> entries) {
  Value map = Value::make_map(mark);
  for (const auto& [key, value] : entries) map.set(key, value);
  return map;
}

Value scalar(const char* content, const Mark& mark) { return Value::make_scalar(content, mark); }

Value list_of(const Mark& mark, std::initializer_list<Value> items) {
  Value list = Value::make_sequence(mark);
  list.items.assign(items.begin(), items.end());
  return list;
}

std::string scalar_at(const Value& value, std::string_view key) {
  const Value* found = value.find(key);
  return found != nullptr && found->is_scalar() ? found->scalar : std::string{};
}

bool holds_controller(const std::vector<Value>& objects, KnownController which) {
  return std::any_of(objects.begin(), objects.end(), [which](const Value& object) {
    const Value* items = object.find("items");
    if (items != nullptr && holds_controller(items->items, which)) return true;
    const Value* labels = object.at({"spec", "template", "metadata", "labels"});
    const Value* containers = object.at({"spec", "template", "spec", "containers"});
    Labels known;
    if (labels != nullptr)
      for (const Value::Entry& entry : labels->entries) known[entry.key] = entry.value.scalar;
    std::vector<std::string> images;
    if (containers != nullptr)
      for (const Value& container : containers->items) images.push_back(scalar_at(container, "image"));
    return is_ingress_controller(known, images, which);
  });
}

KnownController controller_of(const Value& entry, const std::vector<Value>& objects) {
  const std::string given = scalar_at(entry, "controller"), class_name = scalar_at(entry, "class");
  if (given.empty()) return controller_of_class(class_name, controller_named_by_class(objects, class_name));
  return given == "traefik" ? KnownController::traefik : given == "haproxy" ? KnownController::haproxy : KnownController::ingress_nginx;
}

struct Names {
  std::string name_space, name;
};

Value metadata(const Names& names, const std::string& class_name, const Mark& mark) {
  Value labels = map_of(mark, {{"app.kubernetes.io/component", scalar("controller", mark)}});
  labels.set("app.kubernetes.io/name", Value::make_scalar(names.name, mark));
  labels.set(kMadeLabel, Value::make_scalar(class_name, mark));
  Value made = map_of(mark, {});
  made.set("name", Value::make_scalar(names.name, mark));
  made.set("namespace", Value::make_scalar(names.name_space, mark));
  made.set("labels", std::move(labels));
  return made;
}

Value labels_of_pods(const Names& names, const Mark& mark) {
  Value labels = map_of(mark, {});
  labels.set("app.kubernetes.io/name", Value::make_scalar(names.name, mark));
  return labels;
}

Value deployment(const Names& names, const Value& entry) {
  const Mark& mark = entry.mark;
  const std::string replicas = scalar_at(entry, "replicas");
  const Value ports = list_of(mark, {map_of(mark, {{"name", scalar("http", mark)}, {"containerPort", scalar("80", mark)}}),
                                     map_of(mark, {{"name", scalar("https", mark)}, {"containerPort", scalar("443", mark)}})});
  const Value container = map_of(mark, {{"name", scalar("controller", mark)}, {"ports", ports}});
  Value pod_meta = map_of(mark, {});
  pod_meta.set("labels", labels_of_pods(names, mark));
  const Value pods = map_of(mark, {{"metadata", pod_meta}, {"spec", map_of(mark, {{"containers", list_of(mark, {container})}})}});
  Value spec = map_of(mark, {});
  // What is no number is the scenario reader's to complain of.
  const bool is_number = !replicas.empty() && replicas.find_first_not_of("0123456789") == std::string::npos;
  spec.set("replicas", Value::make_scalar(is_number ? replicas : kDefaultReplicas, mark));
  spec.set("selector", map_of(mark, {{"matchLabels", labels_of_pods(names, mark)}}));
  spec.set("template", pods);
  return map_of(mark, {{"apiVersion", scalar("apps/v1", mark)},
                       {"kind", scalar("Deployment", mark)},
                       {"metadata", metadata(names, scalar_at(entry, "class"), mark)},
                       {"spec", spec}});
}

Value service(const Names& names, const Value& entry) {
  const Mark& mark = entry.mark;
  const auto port = [&](const char* name, const char* number) {
    return map_of(mark, {{"name", scalar(name, mark)}, {"port", scalar(number, mark)}, {"targetPort", scalar(name, mark)}});
  };
  Value spec = map_of(mark, {{"type", scalar("LoadBalancer", mark)}});
  spec.set("selector", labels_of_pods(names, mark));
  spec.set("ports", list_of(mark, {port("http", "80"), port("https", "443")}));
  return map_of(mark, {{"apiVersion", scalar("v1", mark)},
                       {"kind", scalar("Service", mark)},
                       {"metadata", metadata(names, scalar_at(entry, "class"), mark)},
                       {"spec", spec}});
}

}  // namespace

std::string controller_named_by_class(const std::vector<Value>& objects, const std::string& class_name) {
  for (const Value& object : objects) {
    if (const Value* items = object.find("items"); items != nullptr)
      if (std::string found = controller_named_by_class(items->items, class_name); !found.empty()) return found;
    const Value *name = object.at({"metadata", "name"}), *controller = object.at({"spec", "controller"});
    if (scalar_at(object, "kind") == "IngressClass" && name != nullptr && name->scalar == class_name && controller != nullptr)
      return controller->scalar;
  }
  return {};
}

bool is_ingress_controller(const Labels& labels, std::span<const std::string> images, KnownController which) {
  const bool is_traefik = which == KnownController::traefik, is_haproxy = which == KnownController::haproxy;
  const auto is_its_image = [=](const std::string& image) {
    const std::string path = "/" + image.substr(0, image.find('@'));
    const std::string repository = path.substr(0, path.find(':', path.rfind('/')));
    const std::string end = is_traefik ? "/traefik" : is_haproxy ? "/haproxytech/kubernetes-ingress" : "/ingress-nginx/controller";
    return repository.size() >= end.size() && repository.compare(repository.size() - end.size(), end.size(), end) == 0;
  };
  if (std::any_of(images.begin(), images.end(), is_its_image)) return true;
  const auto text = [&](const char* key) {
    const auto found = labels.find(key);
    return found == labels.end() ? std::string{} : found->second;
  };
  const std::string name = text("app.kubernetes.io/name"), component = text("app.kubernetes.io/component");
  if (is_traefik) return name == "traefik";
  if (is_haproxy) return false;  // its chart's labels say kubernetes-ingress, whoever's that is
  const bool is_known = name == "ingress-nginx" || name == "ingress-nginx-controller";
  return is_known && (component.empty() || component == "controller");
}

KnownController controller_of_class(std::string_view class_name, std::string_view controller) {
  const bool is_traefik = controller.empty() ? class_name == "traefik" : controller.substr(0, 8) == "traefik.";
  const bool is_haproxy = controller.empty() ? class_name == "haproxy" : controller.substr(0, 12) == "haproxy.org/";
  if (is_haproxy) return KnownController::haproxy;
  return is_traefik ? KnownController::traefik : KnownController::ingress_nginx;
}

void make_missing_objects(StudyDocuments& documents) {
  const Value* ingress = documents.scenario.at({"spec", "ingress"});
  if (ingress == nullptr || !ingress->is_sequence()) return;
  const auto names_deployment = [](const Value& entry) { return entry.is_map() && entry.find("deployment") != nullptr; };
  const bool is_named = std::any_of(ingress->items.begin(), ingress->items.end(), names_deployment);
  bool is_first[3], is_there[3];
  for (const KnownController which : {KnownController::ingress_nginx, KnownController::traefik, KnownController::haproxy}) {
    const auto at = static_cast<std::size_t>(which);
    is_first[at] = !holds_controller(documents.objects, which);
    is_there[at] = !is_first[at] && !is_named;
  }
  for (const Value& entry : ingress->items) {
    if (!entry.is_map() || entry.find("deployment") != nullptr) continue;
    const std::string class_name = scalar_at(entry, "class");
    if (class_name.empty()) continue;  // the reader complains
    const KnownController which = controller_of(entry, documents.objects);
    const auto at = static_cast<std::size_t>(which);
    if (is_there[at]) {  // the first entry is the one in the resources
      is_there[at] = false;
      continue;
    }
    const Names usual = which == KnownController::traefik   ? Names{"traefik", "traefik"}
                        : which == KnownController::haproxy ? Names{"haproxy-controller", "haproxy-kubernetes-ingress"}
                                                            : Names{"ingress-nginx", "ingress-nginx-controller"};
    const Names names = is_first[at] ? usual : Names{"ingress-" + class_name, class_name + "-controller"};
    is_first[at] = false;
    documents.objects.push_back(deployment(names, entry));
    documents.objects.push_back(service(names, entry));
  }
}

void follow_replicas(const StudyDocuments& base, StudyDocuments& changed) {
  const Value* before = base.scenario.at({"spec", "ingress"});
  const Value* after = changed.scenario.at({"spec", "ingress"});
  if (before == nullptr || after == nullptr || before->items.size() != after->items.size()) return;
  for (std::size_t i = 0; i < after->items.size(); ++i) {
    const Value& entry = after->items[i];
    const Value* replicas = entry.find("replicas");
    if (replicas == nullptr || scalar_at(before->items[i], "replicas") == scalar_at(entry, "replicas")) continue;
    for (Value& object : changed.objects) {
      const Value* made = object.at({"metadata", "labels", kMadeLabel});
      if (made == nullptr || made->scalar != scalar_at(entry, "class") || scalar_at(object, "kind") != "Deployment") continue;
      if (Value* spec = object.find("spec")) spec->set("replicas", *replicas);
    }
  }
}

}  // namespace towtank::scenario

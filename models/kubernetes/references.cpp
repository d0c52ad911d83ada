#include "models/kubernetes/references.hpp"

#include <algorithm>

#include "models/kubernetes/nearest_key.hpp"

namespace towtank {
namespace {

struct KindNames {
  std::string_view kind;
  std::string_view plural;
  std::string_view short_name;  ///< may be empty
};

/// @source `kubectl api-resources`
constexpr KindNames kKindNames[] = {{"Service", "services", "svc"},
                                    {"Deployment", "deployments", "deploy"},
                                    {"StatefulSet", "statefulsets", "sts"},
                                    {"DaemonSet", "daemonsets", "ds"},
                                    {"ReplicaSet", "replicasets", "rs"},
                                    {"ReplicationController", "replicationcontrollers", "rc"},
                                    {"Pod", "pods", "po"},
                                    {"Ingress", "ingresses", "ing"},
                                    {"IngressClass", "ingressclasses", ""},
                                    {"Node", "nodes", "no"},
                                    {"ConfigMap", "configmaps", "cm"},
                                    {"Endpoints", "endpoints", "ep"},
                                    {"EndpointSlice", "endpointslices", ""},
                                    {"HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa"},
                                    {"PodDisruptionBudget", "poddisruptionbudgets", "pdb"},
                                    {"Namespace", "namespaces", "ns"},
                                    {"NetworkPolicy", "networkpolicies", "netpol"},
                                    {"Job", "jobs", ""},
                                    {"CronJob", "cronjobs", "cj"},
                                    {"Secret", "secrets", ""},
                                    {"ServiceAccount", "serviceaccounts", "sa"}};

bool equal_but_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string text_at(const Value& object, std::initializer_list<std::string_view> keys) {
  const Value* value = object.at(keys);
  return value == nullptr ? std::string{} : value->scalar;
}

std::string namespace_of(const Value& object) {
  const std::string name_space = text_at(object, {"metadata", "namespace"});
  return name_space.empty() ? "default" : name_space;
}

std::string full_name(const Value& object) {
  return text_at(object, {"kind"}) + '/' + namespace_of(object) + '/' + text_at(object, {"metadata", "name"});
}

/// Objects in the order written; a list stands for its items.
void gather_objects(std::vector<Value>& values, std::vector<Value*>& objects) {
  for (Value& value : values) {
    if (!value.is_map()) continue;
    const std::string kind = text_at(value, {"kind"});
    Value* items = value.find("items");
    const bool is_list = kind.size() >= 4 && kind.compare(kind.size() - 4, 4, "List") == 0 && items != nullptr;
    if (is_list) {
      gather_objects(items->items, objects);
    } else {
      objects.push_back(&value);
    }
  }
}

std::string no_such_object(std::string_view reference, const ObjectReference& wanted,
                           const std::vector<Value*>& objects) {
  std::vector<std::string> names;
  std::vector<std::string> kinds;
  for (const Value* object : objects) {
    const std::string name = text_at(*object, {"metadata", "name"});
    kinds.push_back(text_at(*object, {"kind"}));
    names.push_back(kinds.back() + '/' + (wanted.name_space.empty() ? "" : namespace_of(*object) + '/') + name);
  }
  for (const KindNames& known : kKindNames) kinds.emplace_back(known.kind);
  const std::string sought =
      wanted.kind + '/' + (wanted.name_space.empty() ? "" : wanted.name_space + '/') + wanted.name;
  std::string hint = did_you_mean(sought, names);
  if (std::find(kinds.begin(), kinds.end(), wanted.kind) == kinds.end()) hint = did_you_mean(wanted.kind, kinds);
  return "no object is named `" + std::string{reference} + '`' + hint;
}

}  // namespace

std::string_view full_kind(std::string_view name) {
  for (const KindNames& known : kKindNames) {
    const bool is_short = !known.short_name.empty() && equal_but_case(name, known.short_name);
    if (is_short || equal_but_case(name, known.kind) || equal_but_case(name, known.plural)) return known.kind;
  }
  return {};
}

Result<ObjectReference> parse_object_reference(std::string_view text, const Mark& mark) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const bool has_empty_part = std::any_of(parts.begin(), parts.end(), [](const auto& part) { return part.empty(); });
  if (parts.size() < 2 || parts.size() > 3 || has_empty_part)
    return Problem{
        mark, "expected KIND/NAME or KIND/NAMESPACE/NAME, as in `Service/shop`, found \"" + std::string{text} + '"'};
  ObjectReference reference{parts[0], parts.size() == 3 ? parts[1] : "", parts.back()};
  if (const std::string_view kind = full_kind(reference.kind); !kind.empty()) reference.kind = kind;
  return reference;
}

Result<Value*> find_object(std::vector<Value>& documents, std::string_view reference, const Mark& mark) {
  const Result<ObjectReference> wanted = parse_object_reference(reference, mark);
  if (!wanted) return wanted.error();
  std::vector<Value*> objects;
  gather_objects(documents, objects);
  std::vector<Value*> fitting;
  for (Value* object : objects) {
    if (text_at(*object, {"kind"}) != wanted->kind || text_at(*object, {"metadata", "name"}) != wanted->name) continue;
    if (wanted->name_space.empty() || namespace_of(*object) == wanted->name_space) fitting.push_back(object);
  }
  if (fitting.size() == 1) return fitting.front();
  if (fitting.empty()) return Problem{mark, no_such_object(reference, *wanted, objects)};
  std::string message = '`' + std::string{reference} + "` fits several objects; name one of";
  for (const Value* object : fitting)
    message += (object == fitting.front() ? " " : ", ") + full_name(*object) + " (" + object->mark.file + ':' +
               std::to_string(object->mark.line) + ')';
  return Problem{mark, message};
}

}  // namespace towtank

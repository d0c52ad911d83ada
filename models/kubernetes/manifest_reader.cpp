#include "models/kubernetes/manifest_reader.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/object_kinds.hpp"
#include "models/kubernetes/object_reading.hpp"

namespace towtank {
namespace {

constexpr std::string_view kOffPathKinds[] = {"APIService",
                                              "CertificateSigningRequest",
                                              "ClusterRole",
                                              "ClusterRoleBinding",
                                              "CustomResourceDefinition",
                                              "Event",
                                              "Lease",
                                              "LimitRange",
                                              "MutatingWebhookConfiguration",
                                              "Namespace",
                                              "PersistentVolume",
                                              "PersistentVolumeClaim",
                                              "PriorityClass",
                                              "ResourceQuota",
                                              "Role",
                                              "RoleBinding",
                                              "RuntimeClass",
                                              "Secret",
                                              "ServiceAccount",
                                              "StorageClass",
                                              "ValidatingWebhookConfiguration"};

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

std::string place(const Mark& mark) { return mark.file + ':' + std::to_string(mark.line); }

/// `a Service`, `an Ingress`.
std::string with_article(std::string_view kind) {
  return (std::string_view{"AEIO"}.find(kind.front()) == std::string_view::npos ? "a " : "an ") + std::string{kind};
}

class ManifestReader {
 public:
  void read_document(const Value& document, std::string_view kind_of_list, std::string_view version_of_list) {
    if (document.is_null()) return;
    if (!document.is_map()) {
      complain(document.mark, "expected a Kubernetes object (`apiVersion:`, `kind:`, `metadata:`, `spec:`), found " +
                                  document.description());
      return;
    }
    std::string kind{kind_of_list};
    std::string api_version{version_of_list};
    const bool has_kind = take_text(document, "kind", kind);
    const bool has_version = take_text(document, "apiVersion", api_version);
    if (api_version.substr(0, 8) == "towtank/") return;
    if (!has_kind) complain_missing(document, "kind", "such as `kind: Service`");
    if (!has_version) {
      const ObjectKind* known = find_object_kind(kind, "");
      complain_missing(document, "apiVersion",
                       known == nullptr ? "such as `apiVersion: v1`" : "`apiVersion: " + std::string{known->api_version} + '`');
    }
    if (!has_kind) return;
    if (document.find("$patch") != nullptr) {
      complain(document.mark, "this is a patch (it has `$patch:`), no object; a patch belongs to a variant");
    } else if (api_version.substr(0, 21) == "kustomize.config.k8s.") {
      complain(document.mark, "a kustomization is not read; render it: `kubectl kustomize DIR | towtank run -`");
    } else if (ends_with(kind, "List") && document.find("items") != nullptr) {
      read_list(document, kind, api_version);
    } else {
      read_object(document, kind, api_version);
    }
  }

  Result<Objects> finish() {
    check_node_ports();
    if (problems_.empty()) return std::move(objects_);
    return std::move(problems_);
  }

 private:
  void complain(const Mark& mark, std::string message) { problems_.push_back({mark, std::move(message)}); }

  void complain_missing(const Value& object, const std::string& key, const std::string& example) {
    complain(object.mark, "the line `" + key + ":` of this object is missing; write it, " + example);
  }

  /// @return whether `text` has a value now; a bad one is complained of and counts as there
  bool take_text(const Value& object, std::string_view key, std::string& text) {
    const Value* value = ObjectReading::child(&object, key);
    if (value == nullptr) return !text.empty();
    const Result<std::string> read = as_string(*value);
    if (read) {
      text = *read;
    } else {
      complain(value->mark, std::string{key} + ": " + read.error()[0].message);
    }
    return true;
  }

  void read_list(const Value& list, const std::string& kind, const std::string& api_version) {
    const Value& items = *list.find("items");
    if (items.is_null()) return;
    if (!items.is_sequence()) {
      complain(items.mark, kind + " items: expected a list, found " + items.description());
      return;
    }
    // Items of a plain `List` name their own kind; those of a ServiceList need not.
    const std::string item_kind = kind.substr(0, kind.size() - 4);
    for (const Value& item : items.items) read_document(item, item_kind, item_kind.empty() ? "" : api_version);
  }

  void read_object(const Value& object, const std::string& kind, const std::string& api_version) {
    const ObjectKind* known = find_object_kind(kind, api_version);
    if (known == nullptr || !is_builtin_group(api_version)) {
      ignore(object, kind);
      return;
    }
    if (!api_version.empty() && api_version != known->api_version) {
      const std::string upgrade = known->upgrade.empty() ? "" : "; " + std::string{known->upgrade};
      complain(object.find("apiVersion") != nullptr ? object.find("apiVersion")->mark : object.mark,
               "apiVersion of " + with_article(kind) + ": expected " + versions_read(kind) + ", found \"" + api_version + '"' + upgrade);
      if (!known->upgrade.empty()) return;  // the rest would be told in words of another version
    }
    ObjectMeta meta = read_meta(object, kind, known->has_namespace);
    ObjectReading reading{kind, meta, problems_, objects_.ignored};
    reading.check_fields(object, known->fields(), "");
    if (known->needs_spec && ObjectReading::child(&object, "spec") == nullptr)
      reading.complain(object.mark, "", "the line `spec:` is missing; it says what the object shall be");
    check_duplicate(kind, meta);
    known->read(object, reading, objects_);
    leave_out_unbuilt(object, kind);
  }

  /// Kinds that are read and checked, but that no part of the model is made from yet.
  void leave_out_unbuilt(const Value& object, const std::string& kind) {
    if (kind == "HorizontalPodAutoscaler") ignore(object, kind);
  }

  ObjectMeta read_meta(const Value& object, const std::string& kind, bool has_namespace) {
    ObjectMeta meta;
    meta.mark = object.mark;
    if (!has_namespace) meta.name_space.clear();
    const Value* metadata = ObjectReading::child(&object, "metadata");
    // Known before anything is complained of, so that each message can name the object.
    if (const Value* name = ObjectReading::child(metadata, "name"); name != nullptr && name->is_scalar())
      meta.name = name->scalar;
    if (const Value* space = ObjectReading::child(metadata, "namespace"); space != nullptr && space->is_scalar())
      if (has_namespace) meta.name_space = space->scalar;
    ObjectReading reading{kind, meta, problems_, objects_.ignored};
    if (metadata == nullptr) {
      reading.complain(object.mark, "", "the line `metadata:` is missing; it holds the `name:`");
      return meta;
    }
    if (reading.map_at(metadata, "metadata") == nullptr) return meta;
    reading.check_fields(*metadata, metadata_fields(), "metadata");
    std::string ignored_text;
    const Value* name = ObjectReading::child(metadata, "name");
    if (name == nullptr || (name->is_scalar() && name->scalar.empty())) {
      reading.complain(metadata->mark, "metadata", "the line `name:` is missing");
    } else {
      reading.take(metadata, "name", "metadata", ignored_text, as_string);
    }
    reading.take(metadata, "namespace", "metadata", ignored_text, as_string);
    meta.labels = reading.labels(metadata, "labels", "metadata");
    meta.annotations = reading.labels(metadata, "annotations", "metadata");
    return meta;
  }

  void ignore(const Value& object, const std::string& kind, const char* reason = nullptr) {
    const bool off_path =
        std::find(std::begin(kOffPathKinds), std::end(kOffPathKinds), kind) != std::end(kOffPathKinds);
    if (reason == nullptr) reason = off_path ? "not on the request path" : "not modelled yet";
    Ignored ignored{kind, "default", {}, {}, object.mark, reason};
    const Value* metadata = object.find("metadata");
    if (const Value* name = ObjectReading::child(metadata, "name"); name != nullptr) ignored.name = name->scalar;
    if (const Value* space = ObjectReading::child(metadata, "namespace"); space != nullptr)
      ignored.name_space = space->scalar;
    objects_.ignored.push_back(std::move(ignored));
  }

  void check_duplicate(const std::string& kind, const ObjectMeta& meta) {
    if (meta.name.empty()) return;
    const auto [first, is_new] = seen_.emplace(std::tuple{kind, meta.name_space, meta.name}, meta.mark);
    if (!is_new)
      complain(meta.mark, kind + '/' + meta.full_name() + " is given twice, first at " + place(first->second) +
                              "; remove one of them or give it another name");
  }

  struct NodePortOwner {
    const Service* service = nullptr;
    Protocol protocol = Protocol::tcp;
    bool is_health_check = false;
    Mark mark;
  };

  /// One number on every node: two owners collide, unless one Service uses it for two protocols.
  void claim(std::map<std::int64_t, std::vector<NodePortOwner>>& owners, std::int64_t number, NodePortOwner owner) {
    std::vector<NodePortOwner>& others = owners[number];
    for (const NodePortOwner& other : others) {
      const bool shared = other.service == owner.service && other.protocol != owner.protocol &&
                          !other.is_health_check && !owner.is_health_check;
      if (shared) continue;
      complain(owner.mark, "Service/" + owner.service->meta.full_name() + ": node port " + std::to_string(number) +
                               " is taken by Service/" + other.service->meta.full_name() + " at " + place(other.mark) +
                               "; choose another, or leave it out to have one given");
      return;
    }
    others.push_back(std::move(owner));
  }

  void check_node_ports() {
    std::map<std::int64_t, std::vector<NodePortOwner>> owners;
    for (const Service& service : objects_.services) {
      for (const ServicePort& port : service.ports)
        if (port.node_port) claim(owners, *port.node_port, {&service, port.protocol, false, port.mark});
      if (service.health_check_node_port)
        claim(owners, *service.health_check_node_port, {&service, Protocol::tcp, true, service.meta.mark});
    }
  }

  Objects objects_;
  Problems problems_;
  std::map<std::tuple<std::string, std::string, std::string>, Mark> seen_;
};

}  // namespace

Result<Objects> read_objects(std::span<const Value> documents) {
  ManifestReader reader;
  for (const Value& document : documents) reader.read_document(document, {}, {});
  return reader.finish();
}

}  // namespace towtank

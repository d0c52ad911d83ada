#include "models/scenario/matrix_all.hpp"

#include <algorithm>

#include "models/balancers/balancer.hpp"
#include "models/kubernetes/patch.hpp"
#include "models/scenario/change.hpp"
#include "models/scenario/edge_rules.hpp"
#include "models/scenario/field_table.hpp"
#include "models/scenario/made_objects.hpp"

namespace towtank::scenario {
namespace {

constexpr const char* kPlaceholder = "\x01 whose place is looked for";

std::string scalar_of(const Value& map, std::string_view key) {
  const Value* value = map.find(key);
  return value != nullptr && value->is_scalar() ? value->scalar : "";
}

/// The map that holds the placeholder; null when there is none below.
const Value* holder_of_placeholder(const Value& value) {
  for (const Value::Entry& entry : value.entries) {
    if (entry.value.is_scalar() && entry.value.scalar == kPlaceholder) return &value;
    if (const Value* found = holder_of_placeholder(entry.value)) return found;
  }
  for (const Value& item : value.items)
    if (const Value* found = holder_of_placeholder(item)) return found;
  return nullptr;
}

/// Whose algorithms fit: of an ingress controller the one that the class stands for, of an edge its own or, where it
/// balances connections, those of load balancers.
std::string product_at(const Value& place, const Field& field, const StudyDocuments& documents) {
  if (field.path == "spec.edge.balance") return product_of_edge(scalar_of(place, "kind"));
  const std::string controller = scalar_of(place, "controller"), name = scalar_of(place, "class");
  if (!controller.empty()) return controller;
  const KnownController named = controller_of_class(name, controller_named_by_class(documents.objects, name));
  return named == KnownController::traefik ? "traefik" : named == KnownController::haproxy ? "haproxy" : "ingress-nginx";
}

Problem has_no_end(const std::string& target, const Mark& mark, const Field* field) {
  const std::string takes =
      field == nullptr ? "a field of a Kubernetes object" : "it takes " + std::string{words_for(field->type)};
  return {mark,
          "`all` stands for all values of a balance, a choice or a boolean, as in "
          "`scenario:spec.ingress[class=nginx].balance`; `" +
              target + "` has no list of its values (" + takes + "): a list, such as [2, 4, 8], would do"};
}

class Expansion {
 public:
  Expansion(const std::string& target, const Mark& mark, const StudyDocuments& documents)
      : target_{target}, mark_{mark}, documents_{documents}, found_{Value::make_sequence(mark), {}} {}

  Result<AllValues> balances(const Field& field, const std::string& path) && {
    Value scenario = documents_.scenario;
    if (const auto problem = set_path(scenario, path, Value::make_scalar(kPlaceholder, mark_, true)))
      return Problem{mark_, problem->message};
    const Value* place = holder_of_placeholder(scenario);
    if (place == nullptr) return Problem{mark_, "`" + target_ + "` leads to no balance"};
    const std::string product = product_at(*place, field, documents_);
    std::string blind;
    const auto is_blind = [&](const BalancerInfo& info) {
      if (info.asks && dials_nodes(*place)) return true;
      return (is_given(*place, "weights") && !info.weighs) || (is_given(*place, "priorities") && info.host_sets == HostSetUse::none);
    };
    for (const BalancerInfo& info : balancers()) {
      if (!info.fits(product)) continue;
      if (is_blind(info))
        blind += (blind.empty() ? "`" : ", `") + std::string{info.written()} + '`';
      else
        add(info.written(), true);
    }
    if (!blind.empty())
      found_.left_out.push_back("matrix, all of `" + target_ + "`: without " + blind + ", which ask pods that the edge does not dial, or would not look at the weights or priorities that it gives its nodes");
    if (found_.list.items.empty())
      return Problem{mark_, "nothing balances as `" + product + "` does: a list of values would do"};
    return std::move(found_);
  }

  Result<AllValues> choices(const Field& field) && {
    const std::vector<std::string> fitting = schedulers_of_mode(field);
    for (const std::string_view choice : split_choices(field.choices))
      if (fitting.empty() || std::find(fitting.begin(), fitting.end(), choice) != fitting.end()) add(choice, true);
    return std::move(found_);
  }

  Result<AllValues> booleans() && {
    add("true", false);
    add("false", false);
    return std::move(found_);
  }

 private:
  static bool dials_nodes(const Value& edge) { return edge.find("upstream") != nullptr || scalar_of(edge, "targets") == "instance"; }

  static bool is_given(const Value& edge, const char* numbers) {
    const Value* given = edge.at({"upstream", numbers});
    return given != nullptr && !given->is_null();
  }

  /// Of the schedulers those of the mode, of modes without any those of ipvs. Empty: all values of the field fit.
  std::vector<std::string> schedulers_of_mode(const Field& field) const {
    if (field.path != "spec.cluster.kubeProxy.scheduler") return {};
    const Value* const mode = documents_.scenario.at({"spec", "cluster", "kubeProxy", "mode"});
    return balancer_names(mode != nullptr && mode->is_scalar() && mode->scalar == "cilium" ? "cilium" : "ipvs");
  }

  void add(std::string_view text, bool quoted) {
    found_.list.items.push_back(Value::make_scalar(std::string{text}, mark_, quoted));
  }

  const std::string& target_;
  const Mark& mark_;
  const StudyDocuments& documents_;
  AllValues found_;
};

}  // namespace

Result<AllValues> all_values_of(const std::string& target, const Mark& target_mark, const Mark& mark,
                                const StudyDocuments& documents) {
  const Result<SetTarget> parsed = parse_set_target(target, target_mark);
  if (!parsed) return parsed.error();
  const Field* field = parsed->object.empty() ? find_scenario_field(parsed->path) : nullptr;
  if (field == nullptr) return has_no_end(target, mark, field);
  Expansion expansion{target, mark, documents};
  if (field->type == FieldType::balance) return std::move(expansion).balances(*field, parsed->path);
  if (field->type == FieldType::choice) return std::move(expansion).choices(*field);
  if (field->type == FieldType::boolean) return std::move(expansion).booleans();
  return has_no_end(target, mark, field);
}

}  // namespace towtank::scenario

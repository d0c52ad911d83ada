#include "models/scenario/variant_plan.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "models/scenario/names.hpp"

namespace towtank::scenario {
namespace {

/// One line of the matrix.
struct Axis {
  const Value::Entry* entry = nullptr;
  std::string label;
  std::vector<std::pair<std::string, const Value*>> values;  ///< text for the cell's name, and the value
};

/// Only letters, digits and . _ - space = / stay: names of cells stand in file names and CSV fields.
std::string usable_in_names(std::string_view text) {
  std::string usable;
  for (const char c : text) {
    const bool stays = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view{"._- =/"}.find(c) != std::string_view::npos;
    usable += stays ? c : '_';
  }
  return usable;
}

std::string name_part_of(const Value& value) {
  if (value.is_scalar()) return value.scalar.empty() ? "empty" : usable_in_names(value.scalar);
  if (value.is_null()) return "null";
  std::string text;
  for (const Value& item : value.items) text += (text.empty() ? "" : "-") + name_part_of(item);
  for (const Value::Entry& entry : value.entries) {
    if (!text.empty()) text += '-';
    if (entry.key != "name") text += usable_in_names(entry.key) + '=';
    text += name_part_of(entry.value);
  }
  return text.empty() ? "empty" : text;
}

/// The keys of a path without what chooses items of lists.
std::vector<std::string> keys_of(std::string_view path) {
  std::vector<std::string> keys(1);
  int depth = 0;
  for (const char c : path) {
    if (c == '[') ++depth;
    if (c == '.' && depth == 0) {
      keys.emplace_back();
    } else if (depth == 0) {
      keys.back() += c;
    }
    if (c == ']') --depth;
  }
  return keys;
}

/// `replicas` (0), `shop.replicas` or `edge.balance` (1), the whole target (2).
std::string label_of(const std::string& target, int detail) {
  const std::size_t colon = target.find(':');
  const std::string object = colon == std::string::npos ? "" : target.substr(0, colon);
  const std::vector<std::string> keys = keys_of(colon == std::string::npos ? target : target.substr(colon + 1));
  if (detail == 0) return usable_in_names(keys.back());
  if (detail == 2) return usable_in_names(target);
  const bool is_scenario = object.empty() || object == "scenario";
  const std::string before =
      is_scenario ? (keys.size() > 1 ? keys[keys.size() - 2] : "scenario") : object.substr(object.rfind('/') + 1);
  return usable_in_names(before + '.' + keys.back());
}

class Planner {
 public:
  Result<std::vector<VariantPlan>> plan(const Value& scenario) {
    read_variants(scenario);
    read_matrix(scenario);
    return crossed();
  }

  Result<std::vector<VariantPlan>> plan(const VariantPlan& variant, const Value& axes) {
    where_.clear();  // the mark says the flag
    variants_.push_back(variant);
    variants_.front().name.clear();
    for (const Value::Entry& entry : axes.entries) read_axis(entry);
    name_axes();
    Result<std::vector<VariantPlan>> plans = crossed();
    if (!plans) return plans;
    for (VariantPlan& plan : *plans) {
      plan.name.erase(0, 1);  // the space behind the variant's name
      plan.variant = plan.name;
    }
    return plans;
  }

 private:
  Result<std::vector<VariantPlan>> crossed() {
    if (problems_.empty()) cross();
    if (!problems_.empty()) return std::move(problems_);
    return std::move(plans_);
  }

  void complain(const Mark& mark, std::string message) { problems_.push_back({mark, std::move(message)}); }

  void read_variants(const Value& scenario) {
    const Value* variants = scenario.at({"spec", "variants"});
    DistinctNames names{"spec.variants", problems_};
    if (variants != nullptr && variants->is_sequence()) {
      for (const Value& variant : variants->items) {
        if (!variant.is_map()) continue;  // the reader of the scenario complains
        read_variant(variant);
        names.add(variants_.back().name, variants_.back().mark);
      }
    }
    if (variants_.empty()) variants_.push_back({"baseline", "baseline", scenario.mark, {}});
  }

  void read_variant(const Value& variant) {
    VariantPlan plan;
    plan.mark = variant.mark;
    const Value* name = variant.find("name");
    if (name == nullptr) {
      complain(variant.mark, "spec.variants: the key `name` is missing; add it, as `name: Local`");
    } else if (Result<std::string> text = as_variant_name(*name)) {
      plan.name = *text;
    } else {
      complain(name->mark, "spec.variants: " + text.error()[0].message);
    }
    plan.variant = plan.name;
    read_changes(variant, "patch", Change::Kind::patch, plan.changes);
    read_changes(variant, "set", Change::Kind::set, plan.changes);
    variants_.push_back(std::move(plan));
  }

  void read_changes(const Value& variant, std::string_view key, Change::Kind kind, std::vector<Change>& changes) {
    const Value* map = variant.find(key);
    if (map == nullptr || map->is_null()) return;
    if (!map->is_map()) {
      const bool is_set = kind == Change::Kind::set;
      complain(map->mark, "spec.variants." + std::string{key} + ": expected a map such as " +
                              (is_set ? "{\"Deployment/shop:spec.replicas\": 8}"
                                      : "{Service/shop: {spec: {externalTrafficPolicy: Local}}}") +
                              ", found " + map->description());
      return;
    }
    for (const Value::Entry& entry : map->entries) changes.push_back({kind, entry.key, entry.mark, &entry.value});
  }

  void read_matrix(const Value& scenario) {
    const Value* matrix = scenario.at({"spec", "matrix"});
    if (matrix == nullptr || matrix->is_null()) return;
    if (!matrix->is_map()) {
      complain(matrix->mark, "spec.matrix: expected a map such as {\"Deployment/shop:spec.replicas\": [2, 4]}, found " +
                                 matrix->description());
      return;
    }
    for (const Value::Entry& entry : matrix->entries) read_axis(entry);
    name_axes();
  }

  void read_axis(const Value::Entry& entry) {
    Axis axis;
    axis.entry = &entry;
    const Result<SetTarget> target = parse_set_target(entry.key, entry.mark);
    if (!target) complain(entry.mark, where_ + target.error()[0].message);
    const Value& list = entry.value;
    if (!list.is_sequence() || list.items.empty()) {
      complain(list.is_null() ? entry.mark : list.mark, where_ + "expected a list of at least one value for `" +
                                                            entry.key + "`, found " + list.description() +
                                                            "; write e.g. [2, 4, 8], or `all` of a balance");
      return;
    }
    for (const Value& value : list.items) add_value(axis, value);
    axes_.push_back(std::move(axis));
  }

  void add_value(Axis& axis, const Value& value) {
    std::string text = name_part_of(value);
    int taken = 0;
    for (const auto& [other_text, other] : axis.values) {
      if (other->same_content(value)) {
        complain(value.mark, where_ + "the value " + value.description() + " is given twice for `" +
                                 axis.entry->key + "`; remove one of them");
        return;
      }
      if (other_text == text || other_text.substr(0, text.size() + 1) == text + '.') ++taken;
    }
    if (taken > 0) text += '.' + std::to_string(taken + 1);
    axis.values.emplace_back(std::move(text), &value);
  }

  /// As short as they can be while they differ.
  void name_axes() {
    for (Axis& axis : axes_) {
      for (int detail = 0; detail <= 2; ++detail) {
        axis.label = label_of(axis.entry->key, detail);
        const auto as_long = [&](const Axis& other) { return label_of(other.entry->key, detail) == axis.label; };
        if (std::count_if(axes_.begin(), axes_.end(), as_long) == 1) break;
      }
    }
  }

  void cross() {
    std::size_t cells = variants_.size();
    for (const Axis& axis : axes_) {
      cells *= axis.values.size();
      if (cells <= kMostCells) continue;
      complain(axis.entry->mark, where_ + "variants times values make more than " + std::to_string(kMostCells) +
                                     " cells; leave out values, or split the study");
      return;
    }
    for (const VariantPlan& variant : variants_) cross_axis(variant, 0);
    std::set<std::string> names;
    for (const VariantPlan& plan : plans_)
      if (!names.insert(plan.name).second)
        complain(plan.mark, where_ + "two cells would be named \"" + plan.name +
                                "\"; rename the variant, or write the paths differently");
  }

  void cross_axis(const VariantPlan& plan, std::size_t index) {
    if (index == axes_.size()) {
      plans_.push_back(plan);
      return;
    }
    const Axis& axis = axes_[index];
    for (const auto& [text, value] : axis.values) {
      VariantPlan cell = plan;
      cell.name += ' ' + axis.label + '=' + text;
      cell.changes.push_back({Change::Kind::set, axis.entry->key, axis.entry->mark, value});
      cross_axis(cell, index + 1);
    }
  }

  std::string where_ = "spec.matrix: ";  ///< before messages about axes
  std::vector<VariantPlan> variants_;
  std::vector<Axis> axes_;
  std::vector<VariantPlan> plans_;
  Problems problems_;
};

}  // namespace

Result<std::vector<VariantPlan>> plan_variants(const Value& scenario) { return Planner{}.plan(scenario); }

Result<std::vector<VariantPlan>> plan_settings(const VariantPlan& variant, const Value& axes) {
  return Planner{}.plan(variant, axes);
}

}  // namespace towtank::scenario

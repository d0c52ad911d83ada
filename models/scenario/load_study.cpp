#include "models/scenario/load_study.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "models/kubernetes/manifest_reader.hpp"
#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/object_reading.hpp"
#include "models/scenario/made_objects.hpp"
#include "models/scenario/matrix_all.hpp"
#include "models/scenario/scenario_reader.hpp"
#include "models/scenario/study_documents.hpp"
#include "models/scenario/variant_plan.hpp"
#include "models/scenario/wording.hpp"
#include "models/scenario/yaml_reader.hpp"

namespace towtank::scenario {
namespace {

constexpr std::size_t kEnoughProblems = 200;

/// A value of the command line has no place in a file, only the flag.
void put_mark(Value& value, const Mark& mark) {
  value.mark = mark;
  for (Value& item : value.items) put_mark(item, mark);
  for (Value::Entry& entry : value.entries) {
    entry.mark = mark;
    put_mark(entry.value, mark);
  }
}

/// Problems of all variants, each told once.
class ProblemList {
 public:
  /// @param variant  named behind messages that the baseline does not share; empty for the baseline
  void add(const Problems& problems, const std::string& variant) {
    for (const Problem& problem : problems) {
      const auto key = std::tuple{problem.mark.file, problem.mark.line, problem.mark.column, problem.message};
      if (!seen_.insert(key).second) continue;
      problems_.push_back({problem.mark, problem.message + (variant.empty() ? "" : " (variant \"" + variant + "\")")});
    }
  }

  bool empty() const { return problems_.empty(); }
  bool is_enough() const { return problems_.size() >= kEnoughProblems; }

  Problems in_order() && {
    std::stable_sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
      return std::tie(a.mark.file, a.mark.line, a.mark.column) < std::tie(b.mark.file, b.mark.line, b.mark.column);
    });
    return std::move(problems_);
  }

 private:
  std::set<std::tuple<std::string, int, int, std::string>> seen_;
  Problems problems_;
};

class StudyLoader {
 public:
  StudyLoader(FileSource& files, const LoadOptions& options) : files_{files}, options_{options} {}

  Result<Study> load(const std::string& path) {
    Result<StudyDocuments> documents =
        read_study_documents(path, files_, options_.needs_scenario, options_.scenario, options_.resources);
    if (!documents) {
      problems_.add(documents.error(), "");
      return std::move(problems_).in_order();
    }
    base_ = std::move(documents.value());
    make_missing_objects(base_);
    apply_command_line();
    expand_matrix();
    if (!problems_.empty()) return std::move(problems_).in_order();
    const Result<std::vector<VariantPlan>> plans = plan_variants(base_.scenario);
    if (!plans) {
      problems_.add(plans.error(), "");
      // The rest is judged too, so that one round of corrections does.
      if (const Result<Scenario> scenario = read_scenario(base_.scenario, files_, needs_traffic()); !scenario)
        problems_.add(scenario.error(), "");
      if (const Result<Objects> objects = read_objects(base_.objects); !objects) problems_.add(objects.error(), "");
      return std::move(problems_).in_order();
    }
    check_selection(*plans);
    if (options_.vary.empty()) {
      make_variants(*plans);
      resolve_objectives(*plans);
    } else {
      make_settings(first_selected(*plans));
      resolve_objectives(*plans);
      keep_objectives_of(first_selected(*plans));
    }
    if (!problems_.empty()) return std::move(problems_).in_order();
    if (options_.vary.empty()) select_variants(*plans);
    study_.name = study_.variants.front().scenario.name;
    for (auto& [text, part] : noted_) study_.ignored.push_back(std::move(part));
    return std::move(study_);
  }

 private:
  bool needs_traffic() const { return options_.needs_traffic && !base_.is_made; }

  void apply_command_line() {
    for (const auto& [path, text] : options_.set) {
      const std::optional<Value> value = value_of_flag("--set " + path, text);
      if (value) problems_.add(apply({Change::Kind::set, path, value->mark, &*value}, base_), "");
    }
    if (options_.objectives.empty()) return;
    const Mark mark{"--objective", 0, 0};
    Value objectives = Value::make_sequence(mark);
    for (const std::string& text : options_.objectives) objectives.items.push_back(Value::make_scalar(text, mark, true));
    if (Value* spec = base_.scenario.find("spec"); spec != nullptr && spec->is_map())
      spec->set("objectives", std::move(objectives));
  }

  void expand_matrix() {
    Value* const spec = base_.scenario.find("spec");
    Value* const matrix = spec == nullptr ? nullptr : spec->find("matrix");
    if (matrix == nullptr || !matrix->is_map()) return;
    for (Value::Entry& axis : matrix->entries)
      if (axis.value.is_scalar() && axis.value.scalar == "all")
        expand(axis.key, axis.mark, axis.value, "spec.matrix: ");
  }

  /// Puts the list in place of the word `all`.
  void expand(const std::string& path, const Mark& path_mark, Value& all, const std::string& where) {
    Result<AllValues> values = all_values_of(path, path_mark, all.mark, base_);
    if (!values) {
      Problems problems = values.error();
      for (Problem& problem : problems) problem.message = where + problem.message;
      return problems_.add(problems, "");
    }
    all = std::move(values->list);
    for (std::string& sentence : values->left_out) warn_once(std::move(sentence));
    study_.is_tournament = true;
  }

  std::optional<Value> value_of_flag(const std::string& flag, const std::string& text) {
    const Mark mark{flag, 0, 0};
    Result<std::vector<Value>> values = read_yaml(text, mark.file);
    if (!values || values->size() != 1) {
      problems_.add({{mark, "expected a value in YAML, as in " + flag + "=VALUE, found \"" + text + '"'}}, "");
      return std::nullopt;
    }
    put_mark(values->front(), mark);
    return std::move(values->front());
  }

  bool is_selected(const VariantPlan& plan) const {
    const auto fits = [&](const std::string& name) { return name == plan.name || name == plan.variant; };
    return options_.only_variants.empty() ||
           std::any_of(options_.only_variants.begin(), options_.only_variants.end(), fits);
  }

  const VariantPlan& first_selected(const std::vector<VariantPlan>& plans) const {
    const auto found = std::find_if(plans.begin(), plans.end(), [&](const VariantPlan& p) { return is_selected(p); });
    return found == plans.end() ? plans.front() : *found;
  }

  void make_settings(const VariantPlan& of) {
    study_.settings_of = of.name;
    varied_ = Value::make_map({});
    for (const Variation& variation : options_.vary) {
      const Mark mark{"--vary " + variation.path, 0, 0};
      if (varied_.find(variation.path) != nullptr) {
        problems_.add({{mark, "the same path is varied twice; give all its values at once, as in " + variation.path +
                                  "=2,4,8"}},
                      "");
        continue;
      }
      Value list = Value::make_sequence(mark);
      for (const std::string& text : variation.values)
        if (std::optional<Value> value = value_of_flag(mark.file, text)) list.items.push_back(std::move(*value));
      if (list.items.size() == 1 && list.items[0].is_scalar() && list.items[0].scalar == "all") {
        Value word = list.items[0];
        list = std::move(word);
        expand(variation.path, mark, list, "");
      }
      varied_.entries.push_back({variation.path, mark, std::move(list)});
    }
    if (!problems_.empty()) return;
    const Result<std::vector<VariantPlan>> settings = plan_settings(of, varied_);
    if (settings)
      make_variants(*settings);
    else
      problems_.add(settings.error(), "");
  }

  /// The objectives that bind the variant bind every setting of it.
  void keep_objectives_of(const VariantPlan& variant) {
    for (VariantInput& setting : study_.variants) {
      std::vector<Objective> kept;
      for (Objective& objective : setting.scenario.objectives) {
        const std::vector<std::string>& bound = objective.variants;
        if (!bound.empty() && std::find(bound.begin(), bound.end(), variant.name) == bound.end()) continue;
        objective.variants.clear();
        kept.push_back(std::move(objective));
      }
      setting.scenario.objectives = std::move(kept);
    }
  }

  void check_selection(const std::vector<VariantPlan>& plans) {
    for (const std::string& wanted : options_.only_variants) {
      const auto fits = [&](const VariantPlan& plan) { return plan.name == wanted || plan.variant == wanted; };
      if (std::any_of(plans.begin(), plans.end(), fits)) continue;
      std::vector<std::string> names;
      std::string listed;
      for (const VariantPlan& plan : plans) {
        if (!names.empty() && names.back() == plan.variant) continue;
        names.push_back(plan.variant);
        listed += (listed.empty() ? "" : ", ") + plan.variant;
      }
      problems_.add({{{"--variant", 0, 0},
                      "no variant is named \"" + wanted + "\"; there is " + listed + did_you_mean(wanted, names)}},
                    "");
    }
  }

  void make_variants(const std::vector<VariantPlan>& plans) {
    for (std::size_t i = 0; i < plans.size() && !problems_.is_enough(); ++i) make_variant(plans[i], i == 0);
  }

  void make_variant(const VariantPlan& plan, bool is_baseline) {
    StudyDocuments documents = base_;
    const std::string told_name = is_baseline ? "" : plan.name;
    Problems change_problems;
    for (const Change& change : plan.changes) {
      const Problems found = apply(change, documents);
      change_problems.insert(change_problems.end(), found.begin(), found.end());
    }
    problems_.add(change_problems, "");
    follow_replicas(base_, documents);
    Result<Scenario> scenario = read_scenario(documents.scenario, files_, needs_traffic());
    if (!scenario) problems_.add(scenario.error(), told_name);
    Result<Objects> objects = read_objects(documents.objects);
    if (!objects) problems_.add(objects.error(), told_name);
    if (is_baseline) {
      baseline_ = documents;
    } else if (change_problems.empty() && documents.same_content(baseline_)) {
      study_.warnings.push_back("variant \"" + plan.name + "\" changes nothing: it equals the baseline");
    }
    if (!scenario || !objects) return;
    if (!is_baseline) check_run(plan, documents.scenario.at({"spec", "run"}));
    warn_of_idle_changes(plan);
    note_ignored(*scenario, *objects);
    override_run(scenario->run);
    study_.variants.push_back({plan.name, std::move(scenario.value()), std::move(objects.value()), 0, std::nullopt, {}});
    if (options_.keeps_documents) study_.variants.back().documents = std::move(documents);
  }

  /// Variants are compared within the same replications.
  void check_run(const VariantPlan& plan, const Value* run) {
    const Value* of_study = baseline_.scenario.at({"spec", "run"});
    if (run == of_study || (run != nullptr && of_study != nullptr && run->same_content(*of_study))) return;
    problems_.add({{plan.mark, "variant \"" + plan.name + "\" changes spec.run, which all variants of a study share: "
                               "set it in spec.run itself, or make two scenarios"}},
                  "");
  }

  /// A patch of an object that is not modelled is well formed and moves nothing.
  void warn_of_idle_changes(const VariantPlan& plan) {
    for (const Change& change : plan.changes) {
      const std::string kind = kind_changed(change);
      static const std::set<std::string> kModelled = {"",          "Service", "Deployment", "StatefulSet",  "DaemonSet", "ReplicaSet",
                                                      "Pod",       "Ingress", "Node",       "IngressClass", "ConfigMap", "EndpointSlice"};
      if (kModelled.count(kind) > 0) continue;
      warn_once("variant \"" + plan.variant + "\" changes " +
                change.target.substr(0, change.target.find(':')) + ", which plays no part in this version");
    }
  }

  void warn_once(std::string warning) {
    if (std::find(study_.warnings.begin(), study_.warnings.end(), warning) == study_.warnings.end())
      study_.warnings.push_back(std::move(warning));
  }

  void note_ignored(const Scenario& scenario, const Objects& objects) {
    for (const IgnoredKey& key : scenario.ignored)
      note_once({"", key.path, "", key.reason, key.mark});
    for (const ConfigMap& map : objects.config_maps) {
      const auto configured = [&](const Workload& workload) {
        return workload.meta.name_space == map.meta.name_space && (workload.meta.name == map.meta.name || map.meta.name == "ingress-nginx-controller");
      };
      if (std::none_of(objects.workloads.begin(), objects.workloads.end(), configured))
        note_once({"ConfigMap", short_name(map.meta), "", kNotOnRequestPath, map.meta.mark});
    }
    std::set<std::string> whole;
    for (const Ignored& part : objects.ignored)
      if (part.field.empty()) whole.insert(part.kind + '/' + part.name_space + '/' + part.name);
    for (const Ignored& part : objects.ignored) {
      // Of an object that is not there for the model its fields need no line.
      if (!part.field.empty() && whole.count(part.kind + '/' + part.name_space + '/' + part.name) > 0) continue;
      const bool is_plain = part.name_space.empty() || part.name_space == "default";
      note_once({part.kind, (is_plain ? "" : part.name_space + '/') + part.name, part.field, part.reason, part.mark});
    }
  }

  void note_once(IgnoredPart part) {
    std::string text = part.text();
    noted_.emplace(std::move(text), std::move(part));
  }

  void override_run(Run& run) const {
    if (options_.seed) run.seed = options_.seed;
    if (options_.duration) run.duration = options_.duration;
    if (options_.precision) run.precision = options_.precision;
    if (options_.confidence) run.confidence = options_.confidence;
    run.requests = options_.requests;
  }

  /// `for Local` means all cells of Local. Names are resolved to those of cells.
  void resolve_objectives(const std::vector<VariantPlan>& plans) {
    for (VariantInput& variant : study_.variants)
      for (Objective& objective : variant.scenario.objectives) resolve_objective(plans, objective);
  }

  void resolve_objective(const std::vector<VariantPlan>& plans, Objective& objective) {
    std::vector<std::string> cells;
    for (const std::string& wanted : objective.variants) {
      const std::size_t before = cells.size();
      std::vector<std::string> names;
      for (const VariantPlan& plan : plans) {
        names.push_back(plan.variant);
        if (plan.name == wanted || plan.variant == wanted) cells.push_back(plan.name);
      }
      if (cells.size() > before) continue;
      std::string listed;
      for (std::size_t i = 0; i < names.size(); ++i)
        if (i == 0 || names[i] != names[i - 1]) listed += (i == 0 ? "" : ", ") + names[i];
      problems_.add({{objective.mark, "spec.objectives: no variant is named \"" + wanted + "\"; there is " + listed +
                                          did_you_mean(wanted, names)}},
                    "");
    }
    objective.variants = std::move(cells);
  }

  void select_variants(const std::vector<VariantPlan>& plans) {
    if (options_.only_variants.empty()) return;
    std::vector<VariantInput> selected;
    for (std::size_t i = 0; i < plans.size(); ++i)
      if (is_selected(plans[i])) selected.push_back(std::move(study_.variants[i]));
    study_.variants = std::move(selected);
  }

  FileSource& files_;
  const LoadOptions& options_;
  StudyDocuments base_;
  StudyDocuments baseline_;
  Value varied_;  ///< holds the values that the plans of settings point to
  Study study_;
  std::map<std::string, IgnoredPart> noted_;
  ProblemList problems_;
};

}  // namespace

Result<Study> load_study(const std::string& path, FileSource& files, const LoadOptions& options) {
  return StudyLoader{files, options}.load(path);
}

}  // namespace towtank::scenario

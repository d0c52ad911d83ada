#include "models/kubernetes/patch.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace towtank {
namespace {

constexpr std::string_view kDirective = "$patch";

constexpr std::string_view kKindsWithPods[] = {"Deployment", "StatefulSet",           "DaemonSet", "ReplicaSet",
                                               "Pod",        "ReplicationController", "Job",       "CronJob"};

/// The field by which Kubernetes merges the list under `key`; empty = the list is replaced.
std::string_view merge_key(std::string_view kind, std::string_view key) {
  if (kind == "Service") return key == "ports" ? "port" : "";
  if (std::find(std::begin(kKindsWithPods), std::end(kKindsWithPods), kind) == std::end(kKindsWithPods)) return {};
  if (key == "ports") return "containerPort";
  if (key == "volumeMounts") return "mountPath";
  if (key == "volumeDevices") return "devicePath";
  if (key == "hostAliases") return "ip";
  if (key == "topologySpreadConstraints") return "topologyKey";
  for (const std::string_view named : {"containers", "initContainers", "volumes", "env", "imagePullSecrets"})
    if (key == named) return "name";
  return {};
}

std::string_view directive_of(const Value& patch) {
  const Value* directive = patch.is_map() ? patch.find(kDirective) : nullptr;
  return directive == nullptr ? std::string_view{} : std::string_view{directive->scalar};
}

class StrategicMerge {
 public:
  explicit StrategicMerge(std::string_view kind) : kind_{kind} {}

  Problems problems;

  /// Merges a map of the patch into `target`, whatever that was. @return false when `target` is to be deleted
  bool merge_map(Value& target, const Value& patch) {
    const std::string_view directive = directive_of(patch);
    if (directive == "delete") return false;
    if (!directive.empty() && directive != "replace" && directive != "merge")
      problems.push_back({patch.find(kDirective)->mark,
                          "`$patch` is delete, replace or merge, found " + patch.find(kDirective)->description()});
    if (!target.is_map() || directive == "replace") target = Value::make_map(patch.mark);
    for (const Value::Entry& entry : patch.entries) merge_entry(target, entry);
    return true;
  }

 private:
  void merge_entry(Value& target, const Value::Entry& entry) {
    if (entry.key == kDirective) return;
    if (entry.key.substr(0, 1) == "$") {
      problems.push_back({entry.mark, "the directive `" + entry.key + "` of patches is not read; `$patch` is"});
      return;
    }
    if (entry.value.is_null()) {
      target.erase(entry.key);
      return;
    }
    Value* present = target.find(entry.key);
    const bool is_new = present == nullptr;
    if (is_new) {
      target.entries.push_back({entry.key, entry.mark, Value{}});
      present = &target.entries.back().value;
    }
    const std::string_view key = merge_key(kind_, entry.key);
    bool stays = true;
    if (entry.value.is_map()) {
      stays = merge_map(*present, entry.value);
    } else if (entry.value.is_sequence() && !key.empty()) {
      merge_list(*present, entry.value, key);
    } else {
      *present = entry.value;
    }
    if (!stays) target.erase(entry.key);
  }

  void merge_list(Value& target, const Value& patch, std::string_view key) {
    const bool replace = std::any_of(patch.items.begin(), patch.items.end(), [](const Value& item) {
      return directive_of(item) == "replace" && item.entries.size() == 1;
    });
    if (!target.is_sequence() || replace) target = Value::make_sequence(patch.mark);
    for (const Value& item : patch.items) {
      if (replace && directive_of(item) == "replace" && item.entries.size() == 1) continue;
      merge_item(target, item, key);
    }
  }

  void merge_item(Value& list, const Value& patch, std::string_view key) {
    const Value* wanted = patch.is_map() ? patch.find(key) : nullptr;
    if (wanted == nullptr || !wanted->is_scalar()) {
      problems.push_back({patch.mark, "items of this list are merged by `" + std::string{key} +
                                          "`; give it, or begin the list with `- $patch: replace`"});
      return;
    }
    const auto same = [&](const Value& item) {
      const Value* value = item.find(key);
      return value != nullptr && value->is_scalar() && value->scalar == wanted->scalar;
    };
    const auto found = std::find_if(list.items.begin(), list.items.end(), same);
    if (found == list.items.end()) {
      Value added;
      if (merge_map(added, patch)) list.items.push_back(std::move(added));
    } else if (!merge_map(*found, patch)) {
      list.items.erase(found);
    }
  }

  std::string_view kind_;
};

/// One step of a path.
struct Step {
  enum class Kind : std::uint8_t { key, index, match } kind = Kind::key;
  std::string key;    ///< of `key` and `match`
  std::string value;  ///< of `match`
  std::size_t index = 0;

  std::string text() const {
    if (kind == Kind::key) return key;
    return '[' + (kind == Kind::match ? key + '=' + value : std::to_string(index)) + ']';
  }
};

/// What stands in brackets: an index, `KEY=VALUE`, or a key in quotes. False when it is none of them.
bool parse_bracket(std::string_view inside, Step& step) {
  if (inside.size() >= 2 && inside.front() == '"' && inside.back() == '"') {
    step.key = inside.substr(1, inside.size() - 2);
    return !step.key.empty();
  }
  const std::size_t equals = inside.find('=');
  if (equals != std::string_view::npos) {
    step.kind = Step::Kind::match;
    step.key = inside.substr(0, equals);
    step.value = inside.substr(equals + 1);
    return !step.key.empty() && !step.value.empty();
  }
  step.kind = Step::Kind::index;
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), step.index);
  return error == std::errc{} && end == inside.data() + inside.size();
}

/// The steps of a path; empty when it is malformed.
std::vector<Step> parse_path(std::string_view path) {
  std::vector<Step> steps;
  std::size_t at = 0;
  bool key_may_follow = true;
  while (at < path.size()) {
    Step step;
    if (path[at] == '[') {
      const bool quoted = path.substr(at + 1, 1) == "\"";
      const std::size_t end = quoted ? path.find("\"]", at + 2) : path.find(']', at);
      if (end == std::string_view::npos) return {};
      const std::size_t close = quoted ? end + 1 : end;
      if (!parse_bracket(path.substr(at + 1, close - at - 1), step)) return {};
      at = close + 1;
    } else {
      if (!key_may_follow) return {};
      const std::size_t end = std::min(path.size(), path.find_first_of(".[", at));
      step.key = path.substr(at, end - at);
      if (step.key.empty()) return {};
      at = end;
    }
    steps.push_back(std::move(step));
    key_may_follow = at < path.size() && path[at] == '.';
    if (key_may_follow && ++at == path.size()) return {};
    if (key_may_follow && path[at] == '[') return {};
  }
  return steps;
}

std::string present_values(const Value& list, const std::string& key) {
  std::string text;
  for (const Value& item : list.items)
    if (const Value* value = item.find(key); value != nullptr && value->is_scalar())
      text += (text.empty() ? "" : ", ") + value->scalar;
  return text.empty() ? "none of its items has `" + key + '`' : "there are: " + text;
}

/// The part of `value` that `step` leads to; a map's key is made when it is absent. On failure null, with the reason.
Value* follow(Value& value, const Step& step, std::string& reason) {
  if (step.kind == Step::Kind::key) {
    if (value.is_null()) value = Value::make_map(value.mark);
    if (!value.is_map()) {
      reason = "it is " + value.description() + ", which has no keys";
      return nullptr;
    }
    Value* present = value.find(step.key);
    if (present != nullptr) return present;
    Value absent;
    absent.mark = value.mark;
    return &value.set(step.key, std::move(absent));
  }
  if (!value.is_sequence()) {
    reason = "it is " + value.description() + ", no list";
    return nullptr;
  }
  if (step.kind == Step::Kind::index) {
    if (step.index < value.items.size()) return &value.items[step.index];
    reason = "the list has " + std::to_string(value.items.size()) + " items, counted from 0";
    return nullptr;
  }
  Value* found = nullptr;
  for (Value& item : value.items) {
    const Value* key = item.find(step.key);
    if (key == nullptr || key->scalar != step.value) continue;
    if (found != nullptr) {
      reason = "several items have it; choose one by its index";
      return nullptr;
    }
    found = &item;
  }
  if (found == nullptr) reason = present_values(value, step.key);
  return found;
}

}  // namespace

Result<PatchEffect> strategic_merge(Value& object, const Value& patch, std::string_view kind) {
  if (!patch.is_map())
    return Problem{patch.mark, "expected a patch (a map like the object), found " + patch.description()};
  StrategicMerge merge{kind};
  const bool stays = merge.merge_map(object, patch);
  if (!merge.problems.empty()) return std::move(merge.problems);
  return stays ? PatchEffect::merged : PatchEffect::deleted;
}

std::optional<Problem> set_path(Value& object, std::string_view path, const Value& value) {
  const std::vector<Step> steps = parse_path(path);
  if (steps.empty())
    return Problem{value.mark, "expected a path such as `spec.replicas` or `spec.ports[name=http].port`, found \"" +
                                   std::string{path} + '"'};
  Value* target = &object;
  std::string walked;
  for (const Step& step : steps) {
    std::string reason;
    target = follow(*target, step, reason);
    if (target == nullptr)
      return Problem{value.mark, "the path `" + std::string{path} + "` leads nowhere at `" + step.text() +
                                     "` behind `" + (walked.empty() ? "the object" : walked) + "`: " + reason};
    walked += (walked.empty() || step.kind != Step::Kind::key ? "" : ".") + step.text();
  }
  *target = value;
  return std::nullopt;
}

}  // namespace towtank

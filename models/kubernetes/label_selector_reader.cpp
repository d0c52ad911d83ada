#include "models/kubernetes/label_selector_reader.hpp"

namespace towtank {
namespace {

using Operator = LabelRequirement::Operator;

constexpr std::pair<std::string_view, Operator> kOperators[] = {{"In", Operator::in},
                                                                {"NotIn", Operator::not_in},
                                                                {"Exists", Operator::exists},
                                                                {"DoesNotExist", Operator::does_not_exist}};

Result<Operator> as_operator(const Value& value) { return as_choice(value, kOperators); }

}  // namespace

LabelRequirement read_requirement(const Value& item, const std::string& path, ObjectReading& reading) {
  LabelRequirement requirement;
  requirement.mark = item.mark;
  reading.check_fields(item, label_requirement_fields(), path);
  reading.require(item, "key", path, requirement.key, as_string, "");
  if (!reading.require(item, "operator", path, requirement.op, as_operator, ": In, NotIn, Exists or DoesNotExist"))
    return requirement;
  requirement.values = reading.texts(&item, "values", path);
  const bool takes_values = requirement.op == Operator::in || requirement.op == Operator::not_in;
  if (takes_values == requirement.values.empty())
    reading.complain(
        item.mark, path,
        takes_values ? "In and NotIn need at least one of `values`" : "Exists and DoesNotExist take no `values`");
  return requirement;
}

LabelSelector read_label_selector(const Value& value, const std::string& path, ObjectReading& reading) {
  LabelSelector selector;
  selector.mark = value.mark;
  reading.check_fields(value, label_selector_fields(), path);
  selector.match_labels = reading.labels(&value, "matchLabels", path);
  reading.each(&value, "matchExpressions", path, [&](const Value& item, const std::string& item_path) {
    selector.match_expressions.push_back(read_requirement(item, item_path, reading));
  });
  return selector;
}

}  // namespace towtank

#include "models/scenario/ignored_part.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/kubernetes/object_reading.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::scenario {
namespace {

constexpr std::size_t kNamesTold = 4;

struct Group {
  std::vector<std::string> names;
  Mark mark;
};

bool is_off_path(const std::string& reason) { return reason == kNotOnRequestPath; }

/// `shop`, `{cart, shop}`, `{a, b, c, d and 9 more}`
std::string braced(const std::vector<std::string>& names, std::size_t told) {
  if (names.size() == 1) return names.front();
  if (names.size() <= told + 1) return '{' + listed(names) + '}';
  const std::vector<std::string> first{names.begin(), names.begin() + static_cast<std::ptrdiff_t>(told)};
  return '{' + listed(first) + " and " + std::to_string(names.size() - told) + " more}";
}

/// `spec.template.spec.containers[0].env` -> its parent with the dot, and `env`; `annotation example.com/key` likewise.
std::pair<std::string, std::string> taken_apart(const std::string& field) {
  const bool is_annotation = field.find(' ') != std::string::npos;
  const std::size_t end = is_annotation ? field.find('/') : field.rfind('.');
  if (end == std::string::npos) return {"", field};
  return {field.substr(0, end + 1), field.substr(end + 1)};
}

/// By (reason, kind, parent of the field, fields) the objects that have just these.
std::map<std::tuple<std::string, std::string, std::string, std::vector<std::string>>, Group> grouped(
    const std::vector<IgnoredPart>& parts) {
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Group> by_object;
  for (const IgnoredPart& part : parts) {
    const auto [parent, name] = taken_apart(part.field);
    Group& group = by_object[{part.reason, part.kind, part.object, parent}];
    if (group.names.empty()) group.mark = part.mark;
    group.names.push_back(name);
  }
  std::map<std::tuple<std::string, std::string, std::string, std::vector<std::string>>, Group> by_fields;
  for (auto& [key, fields] : by_object) {
    const auto& [reason, kind, object, parent] = key;
    std::sort(fields.names.begin(), fields.names.end());
    Group& group = by_fields[{reason, kind, parent, fields.names}];
    if (group.names.empty()) group.mark = fields.mark;
    group.names.push_back(object);
  }
  return by_fields;
}

}  // namespace

std::string IgnoredPart::text() const {
  const std::string title = kind.empty() ? object : kind + '/' + object;
  return title + (field.empty() ? "" : ' ' + field) + ": " + reason;
}

std::vector<std::string> summed_up(const std::vector<IgnoredPart>& parts) {
  std::vector<std::string> mattering, off_path;
  for (const auto& [key, group] : grouped(parts)) {
    const auto& [reason, kind, parent, fields] = key;
    std::string line = (kind.empty() ? "" : kind + '/') + braced(group.names, kNamesTold);
    if (!fields.front().empty()) line += ' ' + parent + braced(fields, fields.size());
    line += ": " + reason;
    if (!is_off_path(reason) && group.mark.line > 0)
      line +=
          " (" + group.mark.file + ':' + std::to_string(group.mark.line) + (group.names.size() > 1 ? ", ...)" : ")");
    (is_off_path(reason) ? off_path : mattering).push_back(std::move(line));
  }
  mattering.insert(mattering.end(), off_path.begin(), off_path.end());
  return mattering;
}

}  // namespace towtank::scenario

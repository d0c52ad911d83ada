#include "models/lint/finding.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/scenario/wording.hpp"

namespace towtank::lint {
namespace {

constexpr std::size_t kNamesTold = 4;

/// The same finding in all the variants that have it.
struct Gathered {
  Finding first;
  std::vector<std::string> alike, otherwise;  ///< variants with the message of the first, with other figures
};

std::string variants_text(const Gathered& gathered, std::size_t variants) {
  const std::size_t having = gathered.alike.size() + gathered.otherwise.size();
  if (variants == 1 || (having == variants && gathered.otherwise.empty())) return "";
  std::string text = gathered.alike.size() == 1 ? " (variant " : " (variants ";
  text += some_of(gathered.alike);
  if (!gathered.otherwise.empty()) text += "; with other figures in " + some_of(gathered.otherwise);
  return text + ')';
}

}  // namespace

std::vector<std::string> told(const std::vector<VariantFindings>& variants) {
  std::map<std::tuple<std::string, int, int, std::string>, Gathered> all;
  for (const VariantFindings& variant : variants)
    for (const Finding& finding : variant.findings) {
      const Mark& mark = finding.mark;
      const auto [entry, is_new] =
          all.try_emplace({mark.file, mark.line, mark.column, finding.about}, Gathered{finding, {}, {}});
      Gathered& gathered = entry->second;
      (finding.message == gathered.first.message ? gathered.alike : gathered.otherwise)
          .push_back('"' + variant.variant + '"');
    }
  std::vector<std::string> lines;
  for (const auto& [place, gathered] : all)
    lines.push_back(
        Problem{gathered.first.mark, gathered.first.message + variants_text(gathered, variants.size())}.text());
  return lines;
}

std::string title(std::string_view kind, const ObjectMeta& meta) {
  return std::string{kind} + '/' + scenario::short_name(meta);
}

std::string title(const Workload& workload) { return title(name_of(workload.kind), workload.meta); }

std::string text_of(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) text += (text.empty() ? "" : ",") + key + '=' + value;
  return text;
}

std::string some_of(const std::vector<std::string>& names) {
  if (names.size() <= kNamesTold + 1) return scenario::listed(names);
  const std::vector<std::string> first{names.begin(), names.begin() + kNamesTold};
  return scenario::listed(first) + " and " + std::to_string(names.size() - kNamesTold) + " more";
}

}  // namespace towtank::lint

#include "tools/towtank/compared/report_reader.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tools/towtank/files.hpp"

namespace towtank::tool {
namespace {

constexpr std::size_t kLargestResults = std::size_t{1} << 30;
constexpr int kSchemaVersion = 1;

using nlohmann::json;

/// Reads members of a JSON object; the first that is missing or of another kind is remembered, and read as nothing.
class Members {
 public:
  explicit Members(std::string& wrong) : wrong_{wrong} {}

  std::string text(const json& object, const char* key) {
    return get<std::string>(object, key, &json::is_string, "a text");
  }
  double number(const json& object, const char* key) { return get<double>(object, key, &json::is_number, "a number"); }
  std::uint64_t count(const json& object, const char* key) {
    return get<std::uint64_t>(object, key, &json::is_number_unsigned, "a whole number");
  }
  bool flag(const json& object, const char* key) { return get<bool>(object, key, &json::is_boolean, "true or false"); }

  /// null is empty.
  std::optional<double> optional_number(const json& object, const char* key) {
    if (object.is_object() && object.contains(key) && object[key].is_null()) return std::nullopt;
    return number(object, key);
  }

  const json& list(const json& object, const char* key) {
    static const json kNone = json::array();
    if (object.is_object() && object.contains(key) && object[key].is_array()) return object[key];
    note(key, "a list");
    return kNone;
  }

 private:
  template <class T>
  T get(const json& object, const char* key, bool (json::*is)() const noexcept, const char* what) {
    if (object.is_object() && object.contains(key) && (object[key].*is)()) return object[key].get<T>();
    note(key, what);
    return T{};
  }

  void note(const char* key, const char* what) {
    if (wrong_.empty()) wrong_ = fmt::format("expected {} under \"{}\"", what, key);
  }

  std::string& wrong_;
};

report::Report report_in(const json& root, std::string& wrong) {
  Members members{wrong};
  report::Report report;
  report.scenario = members.text(root, "scenario");
  report.seed = members.count(root, "seed");
  report.confidence = members.number(root, "confidence");
  report.complete = members.flag(root, "complete");
  for (const json& name : members.list(root, "variants"))
    if (name.is_string()) report.variants.push_back(name.get<std::string>());
  for (const json& line : members.list(root, "assumptions"))
    if (line.is_string()) report.assumptions.push_back(line.get<std::string>());
  for (const json& note : members.list(root, "notes")) {
    report::VariantNote made;
    made.variant = members.text(note, "variant");
    made.state = members.text(note, "state");
    made.replications = members.count(note, "replications");
    made.duration_s = members.number(note, "duration_s");
    made.bottleneck = members.text(note, "bottleneck");
    made.headroom = members.optional_number(note, "headroom");
    made.fingerprint = members.text(note, "fingerprint");
    report.notes.push_back(std::move(made));
  }
  for (const json& row : members.list(root, "summary")) {
    report::SummaryRow made;
    made.variant = members.text(row, "variant");
    made.traffic = members.text(row, "traffic");
    made.metric = members.text(row, "metric");
    made.unit = members.text(row, "unit");
    made.estimate = {members.optional_number(row, "estimate"), members.optional_number(row, "ci_low"),
                     members.optional_number(row, "ci_high")};
    made.replications = members.count(row, "replications");
    report.summary.push_back(std::move(made));
  }
  if (wrong.empty() && (report.variants.empty() || report.summary.empty()))
    wrong = "expected variants and their summary";
  if (wrong.empty() && !(report.confidence > 0.0 && report.confidence < 1.0))
    wrong = "expected a confidence between 0 and 1";
  return report;
}

}  // namespace

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

Result<report::Report> read_report(const std::string& folder) {
  const std::string path = folder + "/results.json";
  const Result<std::string> text = read_file(path, kLargestResults);
  if (!text) {
    Problem problem = text.error().front();
    problem.message +=
        "; `towtank run` writes it, and `towtank compare` wants two folders that it wrote, two scenarios, or "
        "two folders of manifests and `--load SCENARIO`";
    return problem;
  }
  const json root = json::parse(*text, nullptr, false);
  const Mark mark{path, 0, 0};
  if (root.is_discarded() || !root.is_object())
    return Problem{mark, "this is no JSON object; was it written by `towtank run`, and whole?"};
  const auto version = root.find("schemaVersion");
  if (version == root.end() || *version != kSchemaVersion)
    return Problem{
        mark, fmt::format("expected schemaVersion {}, found {}: run the scenario again with this version of towtank",
                          kSchemaVersion, version == root.end() ? "none" : version->dump())};
  std::string wrong;
  report::Report report = report_in(root, wrong);
  if (!wrong.empty()) return Problem{mark, wrong + "; is this a file that `towtank run` wrote?"};
  return report;
}

}  // namespace towtank::tool

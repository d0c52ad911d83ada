#include "models/scenario/study_documents.hpp"

#include <algorithm>
#include <set>

#include "models/scenario/scenario_reader.hpp"
#include "models/scenario/yaml_reader.hpp"

namespace towtank::scenario {
namespace {

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_kustomization(std::string_view path) {
  const std::string_view name = base_name(path);
  return name == "kustomization.yaml" || name == "kustomization.yml" || name == "Kustomization";
}

bool is_manifest(std::string_view path) {
  return ends_with(path, ".yaml") || ends_with(path, ".yml") || ends_with(path, ".json");
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "." : std::string{path.substr(0, slash)};
}

class DocumentReader {
 public:
  DocumentReader(const std::string& path, FileSource& files, bool needs_scenario, const std::string& beside,
                 const std::optional<std::string>& instead)
      : path_{path}, files_{files}, needs_scenario_{needs_scenario}, beside_{beside}, instead_{instead} {}

  Result<StudyDocuments> read() {
    const bool may_be_folder = !needs_scenario_ || !beside_.empty();
    if (may_be_folder && is_folder(path_, files_)) return read_folder();
    const Result<std::string> text = files_.read(path_);
    if (!text) return at(Mark{path_, 0, 0}, text.error(), "");
    Result<std::vector<Value>> documents = read_yaml(*text, path_);
    if (!documents) return std::move(documents.error());
    files_read_.insert(path_);
    if (auto problem = sort_documents(*documents)) return *problem;
    if (auto problems = take_scenario_beside()) return *problems;
    read_resources();
    if (!problems_.empty()) return std::move(problems_);
    return std::move(documents_);
  }

 private:
  static Problems at(const Mark& mark, const Problems& problems, const std::string& prefix) {
    Problems placed;
    for (const Problem& problem : problems)
      placed.push_back({problem.mark.line > 0 ? problem.mark : mark, prefix + problem.message});
    return placed;
  }

  void complain(const Mark& mark, std::string message) { problems_.push_back({mark, std::move(message)}); }

  /// The scenario apart from the objects of its file.
  std::optional<Problem> sort_documents(std::vector<Value>& documents) {
    const std::string add = "add one that begins with `apiVersion: towtank/v1` and `kind: Scenario`";
    if (documents.empty()) return Problem{{path_, 0, 0}, "the file holds no document; " + add};
    const Value* first = nullptr;
    for (Value& document : documents) {
      if (!is_scenario_document(document)) {
        documents_.objects.push_back(std::move(document));
      } else if (!beside_.empty()) {
        return Problem{document.mark, "a scenario begins here, and --rps and --to make another: they go with manifests "
                                      "alone; leave them out, or its load and target"};
      } else if (first != nullptr) {
        return Problem{document.mark, "a second scenario begins here, the first is at line " +
                                          std::to_string(first->mark.line) +
                                          "; a study has one: move this to its own file"};
      } else {
        documents_.scenario = std::move(document);
        first = &documents_.scenario;
      }
    }
    if (first != nullptr || !beside_.empty()) return std::nullopt;
    if (needs_scenario_)
      return Problem{documents_.objects.front().mark,
                     "none of the documents of this file is a scenario; " + add +
                         ", or give `--rps RATE --to URL` beside manifests"};
    make_scenario();
    return std::nullopt;
  }

  /// The one that the command line brings.
  std::optional<Problems> take_scenario_beside() {
    if (beside_.empty()) return std::nullopt;
    Result<std::vector<Value>> documents = read_yaml(beside_, "--to");
    if (!documents) return std::move(documents.error());
    documents_.scenario = std::move(documents->front());
    return std::nullopt;
  }

  Result<StudyDocuments> read_folder() {
    make_scenario();
    read_path(Value::make_scalar(path_, Mark{path_, 0, 0}), path_);
    if (!problems_.empty()) return std::move(problems_);
    if (beside_.empty()) return std::move(documents_);
    if (auto problems = take_scenario_beside()) return *problems;
    documents_.is_made = false;
    return std::move(documents_);
  }

  /// For those who ask about manifests alone.
  void make_scenario() {
    const Mark mark{path_, 0, 0};
    documents_.is_made = true;
    documents_.scenario = Value::make_map(mark);
    documents_.scenario.set("apiVersion", Value::make_scalar("towtank/v1", mark));
    documents_.scenario.set("kind", Value::make_scalar("Scenario", mark));
    Value metadata = Value::make_map(mark);
    metadata.set("name", Value::make_scalar("manifests", mark));
    documents_.scenario.set("metadata", std::move(metadata));
    documents_.scenario.set("spec", Value::make_map(mark));
  }

  void read_resources() {
    if (instead_) {
      read_path(Value::make_scalar(*instead_, Mark{}), *instead_);  // messages name the path themselves
      return;
    }
    const Value* resources = documents_.scenario.at({"spec", "resources"});
    if (resources == nullptr || resources->is_null()) return;
    if (!resources->is_sequence()) {
      complain(resources->mark, "spec.resources: expected a list of files, folders, globs or objects, found " +
                                    resources->description() + "; begin each item with `- `");
      return;
    }
    for (const Value& item : resources->items) {
      if (item.is_map()) {
        documents_.objects.push_back(item);
      } else if (item.is_scalar() && !item.scalar.empty()) {
        read_path(item, path_beside(path_, item.scalar));
      } else {
        complain(item.mark, "spec.resources: expected a file, a folder, a glob or an object, found " +
                                item.description() + "; write e.g. manifests/shop.yaml");
      }
    }
  }

  /// @param item  that names the path, for problems
  void read_path(const Value& item, std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    const Result<std::vector<std::string>> paths = files_.list(path);
    if (!paths) {
      for (Problem& problem : at(item.mark, paths.error(), where()))
        complain(problem.mark, problem.message + seen_from());
      return;
    }
    const bool is_file = paths->size() == 1 && paths->front() == path;
    std::size_t manifests = 0;
    for (const std::string& one : *paths) {
      if (is_kustomization(one)) {
        complain(item.mark, where() + "found a kustomization, " + one +
                                ", which is not read; render it: `kubectl kustomize " + folder_of(one) +
                                (instead_ ? " > FILE` and name the file" : " | towtank run -`, or list its files"));
        return;
      }
      if (!is_file && !is_manifest(one)) continue;
      ++manifests;
      read_file(one, item.mark);
    }
    if (manifests == 0)
      complain(item.mark, where() + "found no *.yaml, *.yml or *.json in \"" + item.scalar + '"' + seen_from());
  }

  void read_file(const std::string& path, const Mark& named_at) {
    if (!files_read_.insert(path).second) return;
    const Result<std::string> text = files_.read(path);
    if (!text) {
      for (Problem& problem : at(named_at, text.error(), where())) problems_.push_back(std::move(problem));
      return;
    }
    Result<std::vector<Value>> documents = read_yaml(*text, path);
    if (!documents) {
      problems_.insert(problems_.end(), documents.error().begin(), documents.error().end());
      return;
    }
    for (Value& document : *documents)
      if (!is_scenario_document(document)) documents_.objects.push_back(std::move(document));
  }

  /// Of problems with a path: the key that names it, unless it is the one given to the program.
  std::string where() const { return documents_.is_made || instead_ ? "" : "spec.resources: "; }
  std::string seen_from() const {
    return documents_.is_made || instead_ ? "" : "; paths are seen from the folder of the scenario file";
  }

  const std::string& path_;
  FileSource& files_;
  bool needs_scenario_;
  const std::string& beside_;
  const std::optional<std::string>& instead_;
  StudyDocuments documents_;
  std::set<std::string> files_read_;
  Problems problems_;
};

}  // namespace

bool StudyDocuments::same_content(const StudyDocuments& other) const {
  const auto same = [](const Value& a, const Value& b) { return a.same_content(b); };
  return scenario.same_content(other.scenario) &&
         std::equal(objects.begin(), objects.end(), other.objects.begin(), other.objects.end(), same);
}

Result<StudyDocuments> read_study_documents(const std::string& path, FileSource& files, bool needs_scenario,
                                            const std::string& beside, const std::optional<std::string>& resources) {
  return DocumentReader{path, files, needs_scenario, beside, resources}.read();
}

}  // namespace towtank::scenario

#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "models/scenario/yaml_reader.hpp"

namespace towtank {

/// The documents of a text that must be good YAML.
inline std::vector<Value> yaml_documents(std::string_view text) {
  Result<std::vector<Value>> documents = read_yaml(text, "test.yaml");
  if (!documents) FAIL(documents.error().front().text());
  return std::move(documents).value();
}

inline Value yaml_value(std::string_view text) {
  std::vector<Value> documents = yaml_documents(text);
  REQUIRE(documents.size() == 1);
  return documents.front();
}

/// All problems of a failed result, each as it is printed.
template <class T>
std::vector<std::string> problem_texts(const Result<T>& result) {
  std::vector<std::string> texts;
  if (result) return texts;
  for (const Problem& problem : result.error()) texts.push_back(problem.text());
  return texts;
}

/// All of them in one text, one a line: to be searched.
template <class T>
std::string all_problems(const Result<T>& result) {
  std::string all;
  for (const std::string& text : problem_texts(result)) all += text + '\n';
  return all;
}

/// Catch2's matcher for a part of a text: version 3 gave it another name.
inline auto has_text(const std::string& part) {
#if __has_include(<catch2/catch_all.hpp>)
  return Catch::Matchers::ContainsSubstring(part);
#else
  return Catch::Matchers::Contains(part);
#endif
}

}  // namespace towtank

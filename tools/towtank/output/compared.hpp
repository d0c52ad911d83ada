#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/study/compare.hpp"

/// The answer of `compare` for people, for comments on pull requests, and for programs.
namespace towtank::tool {

struct ComparedStyle {
  bool wide = false;   ///< all metrics and all settings that differ
  bool quiet = false;  ///< without the explanations below
  bool colour = false;
  std::size_t width = 110;  ///< columns to stay within where names allow it
};

std::string compared_text(const StudyComparison& comparison, const ComparedStyle& style);
std::string compared_markdown(const StudyComparison& comparison);
std::string compared_json(const StudyComparison& comparison);
/// One line for each metric, traffic and pair of variants.
std::string compared_csv(const StudyComparison& comparison);

// Pieces of the above: output/compared_cells.cpp.

/// `98.7 ms`, `0.02 %`, `1.67`; "-" where there is none.
std::string figure_text(const std::string& unit, const std::optional<double>& value);

/// `+18.4 ms [13.8, 23.1] (+8.7 %)`, shares in points; `0` where the sides are one.
std::string difference_text(const ComparedMetric& row);

/// `cannot tell`; of a difference that more replications would tell, how many.
std::string verdict_words(const ComparedMetric& row);

/// Whether a row is shown unasked: primary ones, and those that differ.
bool is_shown(const ComparedMetric& row);

/// `Deployment/shop spec.replicas: 5 -> 4 (shop.yaml:12)`, and in which variants where not in all.
std::string setting_text(const ComparedSetting& setting);

/// What was done: replications, seed, how the sides are related. One line.
std::string comparison_method(const StudyComparison& comparison);

/// The answers to "is B worse?", the gravest first; at least one line.
std::vector<std::string> conclusions(const StudyComparison& comparison);

/// What stands beside the figures: what only one side has, and warnings.
std::vector<std::string> comparison_remarks(const StudyComparison& comparison);

/// What verdicts and intervals mean.
std::string comparison_meaning(const StudyComparison& comparison);

// What would turn the verdict: output/sensitivity_text.cpp.

std::string sensitivity_title(const Sensitivity& sensitivity);

/// Sentences: the settings that turn it, those where nobody can tell, those for which it holds, and what was done.
std::vector<std::string> sensitivity_lines(const Sensitivity& sensitivity);

}  // namespace towtank::tool

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/scenario/document_changes.hpp"
#include "models/study/sensitivity.hpp"
#include "models/study/study.hpp"
#include "sim/stats/comparison.hpp"

namespace towtank {

struct CompareOptions {
  double indifference = 0.01;  ///< share of A's figure within which nobody minds a difference, > 0
};

/// One metric of one traffic on both sides.
struct ComparedMetric {
  std::string metric, unit;
  report::Estimate a, b;          ///< in `unit`
  PairedDifference difference{};  ///< B minus A, in `unit`; the p is its own
  std::size_t replications = 0;   ///< behind the difference
  double adjusted_p = 1.0;        ///< among its family
  std::string verdict;            ///< better|worse|same|cannot_tell|unresolved, of B
  /// Of cannot_tell: in all; empty where even `kMostReplicationsToTell` would not do.
  std::optional<std::size_t> replications_to_tell;
};

struct ComparedTraffic {
  std::string name;
  std::vector<ComparedMetric> metrics;  ///< primary ones first
};

/// A variant of A and the one of B that stands against it.
struct ComparedVariants {
  std::string a, b;                  ///< their names; equal but for a first against a first
  std::string state_a, state_b;      ///< steady|saturated|unstable|drifting|cut
  std::string trouble_a, trouble_b;  ///< why a side has no figures that could be compared; empty where it has
  std::vector<ComparedTraffic> traffics;

  bool is_compared() const { return trouble_a.empty() && trouble_b.empty(); }
  std::string name() const { return a == b ? a : a + " / " + b; }
};

/// A setting that differs, and in which of the pairs.
struct ComparedSetting {
  scenario::SettingChange change;
  bool is_modelled = true;
  std::vector<std::string> variants;  ///< empty = in all
};

struct StudyComparison {
  std::string a, b;  ///< what was compared, as the user named it
  std::vector<ComparedVariants> variants;
  std::vector<std::string> only_in_a, only_in_b;  ///< "variant Local", "traffic api"
  std::vector<ComparedSetting> changes;
  bool is_simulated = true;  ///< and so paired; false: from result files
  bool complete = true;
  std::uint64_t seed = 0, replications = 0, events = 0;
  double duration_s = 0.0;
  double confidence = 0.95, indifference = 0.01;
  std::vector<std::string> assumptions, warnings;
  std::vector<Sensitivity> sensitivity;  ///< of each pair, where it was asked for
};

/// Two numbers are told by `run` in another way: what is not an error, and what was offered.
bool is_compared(std::string_view metric);

/// The metrics that decide: mean and p99 of the latency, and the share of errors (availability is its complement).
bool is_primary(const std::string& metric);

/// Whether more of it is better.
Preference preference_of(const std::string& metric);

/// What nobody minds of a metric whatever A has, in its unit: of an error rate the indifference of 0.1 %.
double indifference_floor(const std::string& metric, double indifference);

/// Fills in the verdicts, by Holm over the primary metrics of all pairs and traffics, and over all others. A difference
/// that lies within the indifference with all of its interval is `same`. Of error rates the indifference is of A's rate
/// or of 0.1 %, whichever is more; where nothing failed on either side it is of 1 %, and the row belongs to no family. Differences without any spread and distance belong to no family: they are sure.
void judge(StudyComparison& comparison);

/// Both studies as one: each variant of A against that of the same name in B, or where no name is common the first
/// against the first; A's spec.run counts for both. The same customers arrive on both sides, whatever else differs.
struct PairedStudies {
  scenario::Study study;  ///< `A/Local`, `B/Local`, ...; of one scenario its variants under their own names
  struct Pair {
    std::size_t a = 0, b = 0;  ///< indices of variants of `study`
    std::string a_name, b_name;
  };
  std::vector<Pair> pairs;
  std::vector<std::string> only_in_a, only_in_b, warnings;
};
PairedStudies paired_studies(const scenario::Study& a, const scenario::Study& b);

/// Of one study its baseline as A against each other variant as B. @error it has one variant only
Result<PairedStudies> paired_variants(const scenario::Study& study);

/// What `run` would report, and the pairs of its variants side by side.
struct ComparedStudies {
  StudyComparison comparison;
  report::Report report;
};

/// @param paired  its variants with documents where changes are to be told
/// @error what makes one of the studies impossible to run, and pairs without common traffic
Result<ComparedStudies> compare_studies(const PairedStudies& paired, const CompareOptions& options, Executor& executor,
                                        ProgressSink& progress);

}  // namespace towtank

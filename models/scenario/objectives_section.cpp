#include <algorithm>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

constexpr std::string_view kForm = "TRAFFIC METRIC OP VALUE, as in `api p99 < 250ms`";
constexpr std::string_view kMetrics[] = {"p50",  "p90",        "p95",          "p99",       "p99.9",
                                         "mean", "error_rate", "availability", "throughput"};

std::vector<Piece> words_of(const Piece& piece) {
  std::vector<Piece> words;
  const std::string_view text = piece.text();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = text.find_first_not_of(" \t\n\r", at);
    if (start == std::string_view::npos) break;
    const std::size_t end = std::min(text.size(), text.find_first_of(" \t\n\r", start));
    words.push_back(piece.part(start, end - start));
    at = end;
  }
  return words;
}

bool is_latency(std::string_view metric) { return metric == "mean" || metric[0] == 'p'; }

/// The name in the table of metrics; `latency_p99` is `p99`. Empty when there is none.
std::string_view known_metric(std::string_view text) {
  constexpr std::string_view kPrefix = "latency_";
  const bool prefixed = text.substr(0, kPrefix.size()) == kPrefix;
  if (prefixed) text.remove_prefix(kPrefix.size());
  for (const std::string_view metric : kMetrics)
    if (metric == text && (!prefixed || is_latency(metric))) return metric;
  return {};
}

std::string unknown_metric_message(std::string_view found) {
  std::string message = "unknown metric " + described(found) + "; the metrics are ";
  for (const std::string_view metric : kMetrics) message += (metric == kMetrics[0] ? "" : ", ") + std::string{metric};
  return message + did_you_mean(found, kMetrics);
}

class ObjectiveReader {
 public:
  ObjectiveReader(const Value& value, const std::vector<Traffic>& traffic) : value_{value}, traffic_{traffic} {}

  Result<Objective> read() {
    objective_.text = value_.scalar;
    objective_.mark = value_.mark;
    const Piece whole = Piece::of(value_);
    const std::size_t sign = whole.text().find_first_of("<>");
    if (sign == std::string_view::npos)
      return Problem{value_.mark,
                     "found no `<` or `>` in " + described(whole.text()) + "; write " + std::string{kForm}};
    const bool or_equal = whole.text().substr(sign + 1, 1) == "=";
    objective_.upper_bound = whole.text()[sign] == '<';
    const std::vector<Piece> left = words_of(whole.part(0, sign));
    const std::vector<Piece> right = words_of(whole.part(sign + (or_equal ? 2 : 1)));
    if (left.size() != 2 || right.empty())
      return Problem{value_.mark, "expected " + std::string{kForm} + ", found " + described(whole.text())};
    read_left(left);
    read_value(right[0]);
    read_rest(whole, right);
    if (!problems_.empty()) return problems_;
    return objective_;
  }

 private:
  void complain(const Piece& piece, std::string message) { problems_.push_back({piece.mark(), std::move(message)}); }

  void read_left(const std::vector<Piece>& words) {
    objective_.traffic = words[0].text();
    std::vector<std::string> names;
    for (const Traffic& one : traffic_) names.push_back(one.name);
    if (std::find(names.begin(), names.end(), objective_.traffic) == names.end()) {
      std::string listed;
      for (const std::string& name : names) listed += (listed.empty() ? "" : ", ") + name;
      complain(words[0], "no traffic is named " + described(objective_.traffic) + "; there is " +
                             (listed.empty() ? "none" : listed) + did_you_mean(objective_.traffic, names));
    }
    metric_ = known_metric(words[1].text());
    if (metric_.empty()) {
      complain(words[1], unknown_metric_message(words[1].text()));
    } else {
      objective_.metric = (is_latency(metric_) ? "latency_" : "") + std::string{metric_};
    }
  }

  void read_value(const Piece& piece) {
    if (metric_.empty()) return;
    const bool latency = is_latency(metric_);
    const Result<double> bound = latency                   ? parse_seconds(piece.text(), piece.mark())
                                 : metric_ == "throughput" ? parse_rate_per_s(piece.text(), piece.mark())
                                                           : parse_share(piece.text(), piece.mark());
    if (bound) {
      objective_.bound = latency ? *bound * 1000.0 : *bound;
    } else {
      complain(piece, std::string{metric_} + ": " + bound.error()[0].message);
    }
  }

  void read_rest(const Piece& whole, const std::vector<Piece>& words) {
    if (words.size() == 1) return;
    const std::string_view next = words[1].text();
    if (next == "during" || next == "from") {
      complain(words[1], not_modelled_message('`' + std::string{next} + '`'));
    } else if (next != "for" || words.size() == 2) {
      complain(words[1], "expected the end, or `for VARIANT,...`, found " + described(next));
    } else {
      read_variants(whole, words[2]);
    }
  }

  /// Names may hold spaces, so only commas separate them.
  void read_variants(const Piece& whole, const Piece& first) {
    const auto start = static_cast<std::size_t>(first.text().data() - whole.text().data());
    Piece rest = whole.part(start);
    for (;;) {
      const std::size_t comma = rest.text().find(',');
      const Piece name = rest.part(0, comma).without_outer_spaces();
      if (name.empty()) {
        complain(rest, "expected the name of a variant after `for` and after each comma; write `for A,B`");
      } else {
        objective_.variants.emplace_back(name.text());
      }
      if (comma == std::string_view::npos) return;
      rest = rest.part(comma + 1);
    }
  }

  const Value& value_;
  const std::vector<Traffic>& traffic_;
  Objective objective_;
  std::string_view metric_;
  Problems problems_;
};

}  // namespace

void read_objectives_section(SectionReader& spec, const std::vector<Traffic>& traffic,
                             std::vector<Objective>& objectives) {
  const std::vector<const Value*> items = spec.items("objectives");
  for (std::size_t i = 0; i < items.size(); ++i) {
    Objective objective;
    const auto read = [&traffic](const Value& value) -> Result<Objective> {
      if (value.is_scalar()) return ObjectiveReader{value, traffic}.read();
      return Problem{value.mark,
                     "expected " + std::string{kForm} + ", found " + value.description() + "; put the text in quotes"};
    };
    if (spec.take_value(*items[i], spec.path_of("objectives") + '[' + std::to_string(i) + ']', objective, read))
      objectives.push_back(std::move(objective));
  }
}

}  // namespace towtank::scenario

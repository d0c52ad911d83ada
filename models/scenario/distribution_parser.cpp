#include "models/scenario/distribution_parser.hpp"

#include <optional>
#include <string>
#include <utility>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/empirical_file.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

constexpr int kDeepestNesting = 8;  // of mixtures
constexpr double kGreatestCv = 1000.0;
constexpr double kGreatestSigma = 10.0;

class Parser {
 public:
  Parser(FileSource& files, Problems& problems) : files_{files}, problems_{problems} {}

  std::optional<Distribution> parse(const Piece& piece, int depth);

  std::optional<Distribution> constant(const Call& call, int);
  std::optional<Distribution> exponential(const Call& call, int);
  std::optional<Distribution> lognormal(const Call& call, int);
  std::optional<Distribution> normal(const Call& call, int);
  std::optional<Distribution> gamma(const Call& call, int);
  std::optional<Distribution> erlang(const Call& call, int);
  std::optional<Distribution> weibull(const Call& call, int);
  std::optional<Distribution> pareto(const Call& call, int);
  std::optional<Distribution> hyperexponential(const Call& call, int);
  std::optional<Distribution> uniform(const Call& call, int);
  std::optional<Distribution> empirical(const Call& call, int);
  std::optional<Distribution> mixture(const Call& call, int depth);

 private:
  void complain(const Mark& mark, std::string message) { problems_.push_back({mark, std::move(message)}); }

  FileSource& files_;
  Problems& problems_;
};

struct Law {
  LawForm form;
  std::optional<Distribution> (Parser::*read)(const Call&, int depth);
};

constexpr Law kLaws[] = {
    {{"constant", "constant(3ms)", "always the same; a bare duration means this too"}, &Parser::constant},
    {{"exponential", "exponential(mean=3ms)", "memoryless"}, &Parser::exponential},
    {{"lognormal", "lognormal(mean=20ms p99=90ms)",
      "its logarithm is normal; mean= or median=, with p99=, sigma= (of the logarithm) or cv="},
     &Parser::lognormal},
    {{"normal", "normal(mean=20ms sd=5ms)", "cut at 0: what falls below becomes 0"}, &Parser::normal},
    {{"gamma", "gamma(mean=20ms cv=0.5)", "cv = standard deviation over mean, 0.01 to 10"}, &Parser::gamma},
    {{"erlang", "erlang(k=4 mean=20ms)", "the sum of k exponentials"}, &Parser::erlang},
    {{"weibull", "weibull(shape=0.7 mean=20ms)", "shape below 1: heavier tail than the exponential"}, &Parser::weibull},
    {{"pareto", "pareto(alpha=2.2 min=5ms max=2s)", "power law from min=, cut at max= when that is given"},
     &Parser::pareto},
    {{"hyperexponential", "hyperexponential(mean=20ms cv=2)",
      "two exponentials: mean= and cv= (balanced means), or p=, mean1= and mean2="},
     &Parser::hyperexponential},
    {{"uniform", "uniform(5ms 15ms)", "every value between the two is equally likely"}, &Parser::uniform},
    {{"empirical", "empirical(times.csv)", "the values of a file, each equally likely; column=NAME picks a column"},
     &Parser::empirical},
    {{"mixture", "mixture(0.99:exponential(mean=3ms) 0.01:200ms)", "one of several laws, by weight"}, &Parser::mixture},
};

std::string_view example_of(std::string_view name) {
  for (const Law& law : kLaws)
    if (law.form.name == name) return law.form.example;
  return {};
}

std::optional<Distribution> Parser::constant(const Call& call, int) {
  ArgumentReader arguments{call, example_of("constant"), {"value"}, {"value"}, problems_};
  const auto value_s = arguments.seconds("value");
  if (!value_s) return std::nullopt;
  return Distribution::constant(*value_s);
}

std::optional<Distribution> Parser::exponential(const Call& call, int) {
  ArgumentReader arguments{call, example_of("exponential"), {"mean"}, {"mean"}, problems_};
  const auto mean_s = arguments.seconds("mean");
  if (!mean_s) return std::nullopt;
  return Distribution::exponential(*mean_s);
}

std::optional<Distribution> Parser::lognormal(const Call& call, int) {
  ArgumentReader arguments{call, example_of("lognormal"), {"mean", "median", "p99", "sigma", "cv"}, {}, problems_};
  if (arguments.is_broken()) return std::nullopt;
  const bool by_mean = arguments.has("mean");
  const int spreads = (arguments.has("p99") ? 1 : 0) + (arguments.has("sigma") ? 1 : 0) + (arguments.has("cv") ? 1 : 0);
  if (by_mean == arguments.has("median") || spreads != 1) {
    complain(call.whole.mark(),
             "lognormal: expected one of mean= and median=, and one of p99=, sigma= and cv=, found " +
                 described(call.whole.text()) + "; write e.g. " + std::string{example_of("lognormal")});
    return std::nullopt;
  }
  const auto centre_s = arguments.seconds_above_zero(by_mean ? "mean" : "median");
  if (arguments.has("cv")) {
    const auto cv = arguments.number("cv", 0.0, kGreatestCv);
    if (!centre_s || !cv) return std::nullopt;
    return by_mean ? Distribution::lognormal_mean_cv(*centre_s, *cv)
                   : Distribution::lognormal_median_cv(*centre_s, *cv);
  }
  if (arguments.has("sigma")) {
    const auto sigma = arguments.number("sigma", 0.0, kGreatestSigma);
    if (!centre_s || !sigma) return std::nullopt;
    return by_mean ? Distribution::lognormal_mean_sigma(*centre_s, *sigma)
                   : Distribution::lognormal_median_sigma(*centre_s, *sigma);
  }
  const auto p99_s = arguments.seconds_above_zero("p99");
  if (!centre_s || !p99_s) return std::nullopt;
  if (by_mean) {
    if (auto law = Distribution::lognormal_mean_p99(*centre_s, *p99_s)) return law;
    arguments.complain("p99", "no lognormal law has this mean and this p99: the p99 must be 1 to 14.96 times the mean");
    return std::nullopt;
  }
  if (*p99_s >= *centre_s) return Distribution::lognormal_median_p99(*centre_s, *p99_s);
  arguments.complain("p99", "it is below the median; it must be at least that");
  return std::nullopt;
}

std::optional<Distribution> Parser::normal(const Call& call, int) {
  ArgumentReader arguments{call, example_of("normal"), {"mean", "sd"}, {}, problems_};
  const auto mean_s = arguments.seconds("mean");
  const auto sd_s = arguments.seconds("sd");
  if (!mean_s || !sd_s) return std::nullopt;
  return Distribution::normal(*mean_s, *sd_s);
}

std::optional<Distribution> Parser::gamma(const Call& call, int) {
  ArgumentReader arguments{call, example_of("gamma"), {"mean", "cv"}, {}, problems_};
  const auto mean_s = arguments.seconds("mean");
  const auto cv = arguments.number("cv", 0.0, 10.0);
  if (!mean_s || !cv) return std::nullopt;
  if (*cv == 0.0 || *cv >= 0.01) return Distribution::gamma(*mean_s, *cv);
  arguments.complain("cv", "expected 0, or a number from 0.01 to 10");
  return std::nullopt;
}

std::optional<Distribution> Parser::erlang(const Call& call, int) {
  ArgumentReader arguments{call, example_of("erlang"), {"k", "mean"}, {}, problems_};
  const auto k = arguments.whole_number("k", 1, 10000);
  const auto mean_s = arguments.seconds("mean");
  if (!k || !mean_s) return std::nullopt;
  return Distribution::erlang(*k, *mean_s);
}

std::optional<Distribution> Parser::weibull(const Call& call, int) {
  ArgumentReader arguments{call, example_of("weibull"), {"shape", "mean"}, {}, problems_};
  const auto shape = arguments.number("shape", 0.1, 1000.0);
  const auto mean_s = arguments.seconds("mean");
  if (!shape || !mean_s) return std::nullopt;
  return Distribution::weibull(*shape, *mean_s);
}

std::optional<Distribution> Parser::pareto(const Call& call, int) {
  ArgumentReader arguments{call, example_of("pareto"), {"alpha", "min", "max"}, {}, problems_};
  const auto alpha = arguments.number_above_zero("alpha", 1000.0);
  const auto min_s = arguments.seconds_above_zero("min");
  const bool is_cut = arguments.has("max");
  const auto max_s = is_cut ? arguments.seconds_above_zero("max") : std::nullopt;
  if (!alpha || !min_s || (is_cut && !max_s)) return std::nullopt;
  if (!is_cut || *max_s >= *min_s) return Distribution::pareto(*alpha, *min_s, max_s);
  arguments.complain("max", "it is below min; it must be at least that");
  return std::nullopt;
}

std::optional<Distribution> Parser::hyperexponential(const Call& call, int) {
  ArgumentReader arguments{call, example_of("hyperexponential"), {"mean", "cv", "p", "mean1", "mean2"}, {}, problems_};
  const bool balanced = arguments.has("mean") || arguments.has("cv");
  const bool branches = arguments.has("p") || arguments.has("mean1") || arguments.has("mean2");
  if (balanced && branches) {
    complain(call.whole.mark(), "hyperexponential: expected mean= and cv=, or p=, mean1= and mean2=, found " +
                                    described(call.whole.text()) + "; use one form, e.g. " +
                                    std::string{example_of("hyperexponential")});
    return std::nullopt;
  }
  if (branches) {
    const auto p = arguments.number("p", 0.0, 1.0);
    const auto mean1_s = arguments.seconds_above_zero("mean1");
    const auto mean2_s = arguments.seconds_above_zero("mean2");
    if (!p || !mean1_s || !mean2_s) return std::nullopt;
    return Distribution::hyperexponential(*p, *mean1_s, *mean2_s);
  }
  const auto mean_s = arguments.seconds("mean");
  const auto cv = arguments.number("cv", 1.0, kGreatestCv);
  if (!mean_s || !cv) return std::nullopt;
  return Distribution::hyperexponential_mean_cv(*mean_s, *cv);
}

std::optional<Distribution> Parser::uniform(const Call& call, int) {
  ArgumentReader arguments{call, example_of("uniform"), {"low", "high"}, {"low", "high"}, problems_};
  const auto low_s = arguments.seconds("low");
  const auto high_s = arguments.seconds("high");
  if (!low_s || !high_s) return std::nullopt;
  if (*high_s >= *low_s) return Distribution::uniform(*low_s, *high_s);
  arguments.complain("high", "it is below the first value; write the smaller one first");
  return std::nullopt;
}

std::optional<Distribution> Parser::empirical(const Call& call, int) {
  ArgumentReader arguments{call, example_of("empirical"), {"file", "column"}, {"file"}, problems_};
  const auto file = arguments.piece("file");
  if (!file) return std::nullopt;
  const auto column = arguments.has("column") ? arguments.piece("column") : std::nullopt;
  const std::string path = path_beside(call.whole.mark().file, file->text());
  const Result<std::string> text = files_.read(path);
  if (!text) {
    for (const Problem& problem : text.error())
      complain(file->mark(), "empirical: " + problem.message + "; the path is seen from the folder of this file");
    return std::nullopt;
  }
  Result<std::vector<double>> values_s =
      read_empirical_values(*text, path, column ? column->text() : std::string_view{});
  if (values_s) return Distribution::empirical(std::move(values_s.value()));
  for (const Problem& problem : values_s.error()) problems_.push_back(problem);
  return std::nullopt;
}

std::optional<Distribution> Parser::mixture(const Call& call, int depth) {
  const std::string example{example_of("mixture")};
  std::vector<std::pair<double, Distribution>> parts;
  double sum = 0.0;
  bool good = true;
  for (const Argument& argument : call.arguments) {
    if (argument.weight.empty()) {
      const Piece& wrong = argument.name.empty() ? argument.value : argument.name;
      complain(wrong.mark(),
               "mixture: expected WEIGHT:LAW, found " + described(wrong.text()) + "; write e.g. " + example);
      good = false;
      continue;
    }
    const Result<double> weight = parse_share(argument.weight.text(), argument.weight.mark());
    if (!weight)
      complain(argument.weight.mark(), "mixture: weight: " + weight.error()[0].message + "; write e.g. " + example);
    const std::optional<Distribution> part = parse(argument.value, depth + 1);
    if (weight && part) {
      parts.emplace_back(*weight, *part);
      sum += *weight;
    } else {
      good = false;
    }
  }
  if (!good) return std::nullopt;
  constexpr double kRounding = 1e-6;
  if (parts.empty() || sum < 1.0 - kRounding || sum > 1.0 + kRounding) {
    complain(call.whole.mark(),
             "mixture: the weights of " + described(call.whole.text()) + " must add up to 1; write e.g. " + example);
    return std::nullopt;
  }
  return Distribution::mixture(std::move(parts));
}

bool begins_with_digit_or_sign(std::string_view text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
}

std::optional<Distribution> Parser::parse(const Piece& piece, int depth) {
  if (depth > kDeepestNesting) {
    complain(piece.mark(), "mixtures are nested more than " + std::to_string(kDeepestNesting) +
                               " deep; write the parts side by side");
    return std::nullopt;
  }
  const Result<Call> call = parse_call(piece);
  if (!call) {
    problems_.push_back(call.error()[0]);
    return std::nullopt;
  }
  const std::string_view name = call->name.text();
  std::vector<std::string_view> names;
  for (const Law& law : kLaws) {
    names.push_back(law.form.name);
    if (law.form.name != name) continue;
    if (call->has_brackets) return (this->*law.read)(*call, depth);
    complain(piece.mark(),
             "found " + described(name) + " without its arguments; write e.g. " + std::string{law.form.example});
    return std::nullopt;
  }
  if (!call->has_brackets && begins_with_digit_or_sign(name)) {
    const Result<double> seconds = parse_seconds(name, piece.mark());
    if (seconds) return Distribution::constant(*seconds);
    problems_.push_back(seconds.error()[0]);
    return std::nullopt;
  }
  std::string listed;
  for (const std::string_view law : names) listed += (listed.empty() ? "" : ", ") + std::string{law};
  complain(piece.mark(), "expected a duration such as 3ms, or one of the distributions " + listed + ", found " +
                             described(piece.text()) + did_you_mean(name, names));
  return std::nullopt;
}

}  // namespace

std::vector<LawForm> law_forms() {
  std::vector<LawForm> forms;
  for (const Law& law : kLaws) forms.push_back(law.form);
  return forms;
}

Result<Distribution> parse_distribution(const Piece& piece, FileSource& files) {
  Problems problems;
  const std::optional<Distribution> law = Parser{files, problems}.parse(piece, 0);
  if (law && problems.empty()) return *law;
  return problems;
}

Result<Distribution> as_distribution(const Value& value, FileSource& files) {
  if (value.is_scalar()) return parse_distribution(Piece::of(value), files);
  return Problem{value.mark, "expected a duration such as 3ms or a distribution such as exponential(mean=3ms), found " +
                                 value.description() + "; write one line of text"};
}

}  // namespace towtank::scenario

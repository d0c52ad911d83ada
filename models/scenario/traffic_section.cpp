#include <algorithm>
#include <cmath>
#include <iterator>

#include "models/kubernetes/nearest_key.hpp"
#include "models/kubernetes/scalars.hpp"
#include "models/scenario/call_expression.hpp"
#include "models/scenario/names.hpp"
#include "models/scenario/scenario_sections.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

constexpr std::int64_t kMostClients = 100'000'000;
constexpr std::int64_t kLargestBatch = 1'000'000;

Result<std::int64_t> as_count(const Value& value) { return as_int(value, 1, kMostClients); }
Result<std::int64_t> as_retry_count(const Value& value) { return as_int(value, 0, 100); }

Result<Duration> as_positive_duration(const Value& value) {
  const Result<Duration> duration = as_duration(value);
  if (!duration || *duration > Duration::zero()) return duration;
  return Problem{value.mark,
                 "expected a duration above 0, found " + value.description() + "; write e.g. 2s, or leave the key out"};
}

Result<std::string> as_url(const Value& value) {
  const Result<std::string> text = as_string(value);
  if (text && !text->empty() && text->find_first_of(" \t\r\n") == std::string::npos) return text;
  return Problem{value.mark,
                 "expected a URL as for curl, such as https://shop.example.com/api, found " + value.description()};
}

constexpr LawForm kArrivalForms[] = {
    {"poisson", "poisson(600/s)", "independent of each other, at this mean rate"},
    {"deterministic", "deterministic(600/s)", "evenly spaced, at this rate"},
    {"batch", "batch(600/s size=20)",
     "`size` requests at one instant, the batches independent of each other; the rate counts requests"},
    {"mmpp", "mmpp(calm=400/s calmFor=30s burst=1600/s burstFor=10s)",
     "bursts: poisson at one rate, then at the other, in turn; each state lasts an exponential time with the mean "
     "given"},
    {"closed", "closed(users=50 think=exponential(mean=1s))",
     "each user waits for the answer, thinks (a distribution) and calls again"},
};

std::string_view form_of_arrivals(std::string_view name) {
  for (const LawForm& form : kArrivalForms)
    if (form.name == name) return form.example;
  return {};
}

void read_batches(const Call& call, ArrivalSpec& arrivals, Problems& problems) {
  arrivals.kind = ArrivalSpec::Kind::batch;
  ArgumentReader arguments{call, form_of_arrivals("batch"), {"rate", "size"}, {"rate"}, problems};
  arrivals.rate_per_s = arguments.rate_above_zero_per_s("rate").value_or(0.0);
  arrivals.batch_size = arguments.whole_number("size", 1, kLargestBatch).value_or(1);
}

void read_bursts(const Call& call, ArrivalSpec& arrivals, Problems& problems) {
  arrivals.kind = ArrivalSpec::Kind::mmpp;
  ArgumentReader arguments{call, form_of_arrivals("mmpp"), {"calm", "calmFor", "burst", "burstFor"}, {}, problems};
  arrivals.calm = {arguments.rate_above_zero_per_s("calm").value_or(0.0),
                   arguments.seconds_above_zero("calmFor").value_or(0.0)};
  arrivals.burst = {arguments.rate_above_zero_per_s("burst").value_or(0.0),
                    arguments.seconds_above_zero("burstFor").value_or(0.0)};
  if (!problems.empty()) return;
  const double both_s = arrivals.calm.mean_s + arrivals.burst.mean_s;
  arrivals.rate_per_s =
      (arrivals.calm.rate_per_s * arrivals.calm.mean_s + arrivals.burst.rate_per_s * arrivals.burst.mean_s) / both_s;
}

/// The law of arrivals that `call` asks for, its arguments checked.
void read_arrival_arguments(const Call& call, ArrivalSpec& arrivals, FileSource& files, Problems& problems) {
  if (call.name.text() == "batch") return read_batches(call, arrivals, problems);
  if (call.name.text() == "mmpp") return read_bursts(call, arrivals, problems);
  if (call.name.text() != "closed") {
    const bool poisson = call.name.text() == "poisson";
    arrivals.kind = poisson ? ArrivalSpec::Kind::poisson : ArrivalSpec::Kind::deterministic;
    ArgumentReader arguments{call, form_of_arrivals(call.name.text()), {"rate"}, {"rate"}, problems};
    arrivals.rate_per_s = arguments.rate_above_zero_per_s("rate").value_or(0.0);
    return;
  }
  arrivals.kind = ArrivalSpec::Kind::closed;
  ArgumentReader arguments{call, form_of_arrivals("closed"), {"users", "think"}, {}, problems};
  arrivals.users = arguments.whole_number("users", 1, kMostClients).value_or(0);
  const auto think = arguments.piece("think");
  if (!think) return;
  const Result<Distribution> law = parse_distribution(*think, files);
  if (law) {
    arrivals.think = *law;
  } else {
    for (const Problem& problem : law.error()) problems.push_back({problem.mark, "think: " + problem.message});
  }
}

Result<ArrivalSpec> as_arrivals(const Value& value, FileSource& files) {
  const Field& field = *find_scenario_field("spec.traffic.arrivals");
  const std::string forms =
      "poisson(600/s), deterministic(600/s), batch(600/s size=20), mmpp(...) or closed(users=50 think=1s)";
  if (!value.is_scalar()) return Problem{value.mark, "expected " + forms + ", found " + value.description()};
  const Result<Call> call = parse_call(Piece::of(value));
  if (!call) return call.error();
  const std::string name{call->name.text()};
  for (const std::string_view later : split_choices(field.later_choices))
    if (later == name) return Problem{value.mark, not_modelled_message('`' + name + '`') + ", or choose " + forms};
  const std::vector<std::string_view> known = split_choices(field.choices);
  const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
  if (!is_known || !call->has_brackets)
    return Problem{value.mark, "expected " + forms + ", found " + value.description() +
                                   (is_known ? "" : did_you_mean(name, known))};
  Problems problems;
  ArrivalSpec arrivals;
  read_arrival_arguments(*call, arrivals, files, problems);
  if (!problems.empty()) return problems;
  return arrivals;
}

struct Backoff {
  Duration base;
  Duration most;
};

Result<Backoff> as_backoff(const Value& value) {
  const std::string expected = "expected a back-off such as exponential(25ms 250ms)";
  if (!value.is_scalar()) return Problem{value.mark, expected + ", found " + value.description()};
  const Result<Call> call = parse_call(Piece::of(value));
  if (!call) return call.error();
  if (call->name.text() != "exponential" || !call->has_brackets)
    return Problem{value.mark,
                   expected + ", found " + value.description() + "; the arguments are its base and its maximum"};
  Problems problems;
  ArgumentReader arguments{*call, "exponential(25ms 250ms)", {"base", "max"}, {"base", "max"}, problems};
  const auto base_s = arguments.seconds("base");
  const auto max_s = arguments.seconds("max");
  if (base_s && max_s && *max_s < *base_s)
    arguments.complain("max", "it is below the base; write the smaller one first");
  if (!problems.empty()) return problems;
  return Backoff{from_seconds(*base_s), from_seconds(*max_s)};
}

void read_connections(SectionReader& section, ConnectionSpec& connections) {
  if (const Value* protocol = section.child("protocol")) section.is_choice(*protocol, "protocol");
  section.take_choice(
      "reuse", connections.reuse,
      {{"keepalive", ConnectionSpec::Reuse::keepalive}, {"per_request", ConnectionSpec::Reuse::per_request}});
  section.take_choice("setup", connections.setup,
                      {{"real", ConnectionSpec::Setup::real}, {"free", ConnectionSpec::Setup::free}});
  section.take_choice("tls", connections.tls, {{"1.2", "1.2"}, {"1.3", "1.3"}});
  section.take("perClient", connections.per_client, as_count);
  section.take("maxRequests", connections.max_requests, as_count);
  section.take("idleTimeout", connections.idle_timeout, as_positive_duration);
  section.take("maxAge", connections.max_age, as_positive_duration);
  section.take("maxAgeJitter", connections.max_age_jitter, as_share);
  const Value* jitter = section.child("maxAgeJitter");
  if (jitter != nullptr && section.child("maxAge") == nullptr)
    section.complain(jitter->mark, "maxAgeJitter", "it varies `maxAge`, which is absent; add maxAge, or leave it out");
}

void read_retries(SectionReader& section, RetrySpec& retries) {
  section.take_required("max", retries.max, as_retry_count);
  retries.on_connect_failure = section.child("when") == nullptr;
  for (const Value* item : section.items("when")) {
    if (!section.is_choice(*item, "when")) continue;
    retries.on_connect_failure = retries.on_connect_failure || item->scalar == "connect_failure";
    retries.on_timeout = retries.on_timeout || item->scalar == "timeout";
    retries.on_5xx = retries.on_5xx || item->scalar == "5xx";
  }
  const Value* when = section.child("when");
  if (when != nullptr && when->is_sequence() && when->items.empty())
    section.complain(when->mark, "when", "found an empty list; name at least one of connect_failure, timeout, 5xx");
  Backoff backoff{};
  if (section.take("backoff", backoff, as_backoff)) {
    retries.backoff_base = backoff.base;
    retries.backoff_max = backoff.most;
  }
  section.take("budget", retries.budget, as_share);
}

/// `zipf(KEYS EXPONENT)` or `uniform(KEYS)`.
Result<RequestKeyLaw> as_request_keys(const Value& value) {
  constexpr std::int64_t kMostKeys = 1'000'000;
  constexpr double kSteepest = 100.0;
  const std::string forms = "zipf(10000 1.1) or uniform(10000)";
  if (!value.is_scalar()) return Problem{value.mark, "expected " + forms + ", found " + value.description()};
  const Result<Call> call = parse_call(Piece::of(value));
  if (!call) return call.error();
  const std::string_view name = call->name.text();
  if ((name != "zipf" && name != "uniform") || !call->has_brackets) return Problem{value.mark, "expected " + forms + ", found " + value.description()};
  Problems problems;
  RequestKeyLaw law;
  std::vector<std::string_view> names = {"keys"};
  if (name == "zipf") names.push_back("exponent");
  ArgumentReader arguments{*call, name == "zipf" ? "zipf(10000 1.1)" : "uniform(10000)", names, names, problems};
  law.keys = static_cast<std::uint32_t>(arguments.whole_number("keys", 1, kMostKeys).value_or(1));
  if (name == "zipf") law.exponent = arguments.number("exponent", 0.0, kSteepest).value_or(0.0);
  if (!problems.empty()) return problems;
  return law;
}

Traffic read_one_traffic(SectionReader& section) {
  Traffic traffic;
  traffic.mark = section.mark();
  FileSource& files = section.reading().files;
  section.take_required("name", traffic.name, as_name);
  if (section.take_required("to", traffic.to, as_url)) traffic.to_mark = section.child("to")->mark;
  if (section.take("from", traffic.from, as_string)) traffic.from_mark = section.child("from")->mark;
  section.take_required("arrivals", traffic.arrivals,
                        [&files](const Value& value) { return as_arrivals(value, files); });
  section.take("clients", traffic.clients, as_count);
  if (auto connections = section.section("connections")) read_connections(*connections, traffic.connections);
  if (auto request = section.section("request")) {
    if (const Value* method = request->child("method"); method != nullptr && request->is_choice(*method, "method"))
      traffic.method = method->scalar;
    request->take("size", traffic.request_bytes, as_size_bytes);
    request->take("responseSize", traffic.response_bytes, as_size_bytes);
    request->take("key", traffic.request_keys, as_request_keys);
  }
  section.take("timeout", traffic.timeout, as_positive_duration);
  if (auto retries = section.section("retries")) {
    traffic.retries.emplace();
    read_retries(*retries, *traffic.retries);
  }
  return traffic;
}

}  // namespace

std::vector<LawForm> arrival_forms() { return {std::begin(kArrivalForms), std::end(kArrivalForms)}; }

void read_traffic_section(SectionReader& spec, std::vector<Traffic>& traffic) {
  const Value* all = spec.required("traffic");
  if (all != nullptr && all->is_sequence() && all->items.empty())
    spec.complain(all->mark, "traffic", "found an empty list; write at least one traffic with name, to and arrivals");
  DistinctNames names{spec.path_of("traffic"), spec.reading().problems};
  for (SectionReader& item : spec.sections("traffic")) {
    traffic.push_back(read_one_traffic(item));
    names.add(traffic.back().name, item.mark());
  }
}

}  // namespace towtank::scenario

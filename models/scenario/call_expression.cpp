#include "models/scenario/call_expression.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/units.hpp"

namespace towtank::scenario {
namespace {

constexpr std::string_view kSpaces = " \t\n\r";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }

Problem torn(const Piece& piece) {
  return {
      piece.mark(),
      "the bracket of " + described(piece.text()) +
          " does not close; close it (inside {...} or [...] a comma ends the text: separate the arguments by spaces, "
          "or put the whole in quotes)"};
}

/// Where the argument that begins at `at` ends: at the first space or comma outside brackets. Spaces around `=` and
/// before a bracket belong to it.
std::size_t argument_end(std::string_view text, std::size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (depth > 0) continue;
    if (c == ',') return at;
    if (!is_space(c)) continue;
    const std::size_t next = text.find_first_not_of(kSpaces, at);
    const bool glued = next != std::string_view::npos &&
                       (text[next] == '=' || text[next] == ':' || text[at - 1] == '=' || text[at - 1] == ':');
    if (!glued) return at;
    at = next - 1;
  }
  return at;
}

Argument split_argument(const Piece& piece) {
  const std::string_view text = piece.text();
  const std::size_t sign = text.find_first_of("=:(");
  if (sign == std::string_view::npos || text[sign] == '(') return {piece.part(0, 0), piece.part(0, 0), piece};
  const Piece before = piece.part(0, sign).without_outer_spaces();
  const Piece after = piece.part(sign + 1).without_outer_spaces();
  if (text[sign] == '=') return {before, piece.part(0, 0), after};
  return {piece.part(0, 0), before, after};
}

/// The bracket that closes the one at `open`; npos when none does.
std::size_t closing_bracket(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < text.size(); ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::string described(std::string_view text) { return Value::make_scalar(std::string{text}, {}).description(); }

Piece Piece::of(const Value& scalar) {
  Piece piece;
  piece.text_ = scalar.scalar;
  piece.scalar_mark_ = scalar.mark;
  piece.quoted_ = scalar.quoted;
  return piece;
}

Piece Piece::part(std::size_t at, std::size_t length) const {
  Piece part = *this;
  part.text_ = text_.substr(at, length);
  part.offset_ += at;
  return part;
}

Piece Piece::without_outer_spaces() const {
  const std::size_t first = text_.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return part(0, 0);
  return part(first, text_.find_last_not_of(kSpaces) - first + 1);
}

Mark Piece::mark() const {
  Mark mark = scalar_mark_;
  if (!quoted_ && mark.column > 0) mark.column += static_cast<int>(offset_);
  return mark;
}

bool is_torn_half(std::string_view key) {
  return !key.empty() && key.back() == ')' &&
         std::count(key.begin(), key.end(), '(') < std::count(key.begin(), key.end(), ')');
}

Result<Call> parse_call(const Piece& piece) {
  Call call;
  call.whole = piece.without_outer_spaces();
  const std::string_view text = call.whole.text();
  const std::size_t open = text.find('(');
  call.name = call.whole.part(0, open).without_outer_spaces();
  if (open == std::string_view::npos) {
    if (is_torn_half(text))
      return Problem{call.whole.mark(), "found " + described(text) +
                                            ", the second half of a text that a comma has torn; separate the arguments "
                                            "by spaces, or put the whole in quotes"};
    return call;
  }
  call.has_brackets = true;
  const std::size_t close = closing_bracket(text, open);
  if (close == std::string_view::npos) return torn(call.whole);
  if (close + 1 < text.size())
    return Problem{call.whole.part(close + 1).mark(),
                   "found " + described(text.substr(close + 1)) + " after the closing bracket; remove it"};
  if (call.name.empty())
    return Problem{call.whole.mark(),
                   "found " + described(text) + ", no name stands before the bracket; write NAME(...)"};
  const Piece inside = call.whole.part(0, close);
  for (std::size_t at = open + 1; at < close;) {
    if (is_space(text[at]) || text[at] == ',') {
      ++at;
      continue;
    }
    const std::size_t end = argument_end(inside.text(), at);
    call.arguments.push_back(split_argument(inside.part(at, end - at)));
    at = end;
  }
  return call;
}

ArgumentReader::ArgumentReader(const Call& call, std::string_view form, std::vector<std::string_view> names,
                               std::vector<std::string_view> positional, Problems& problems)
    : call_{call}, form_{form}, names_{std::move(names)}, positional_{std::move(positional)}, problems_{problems} {
  const std::size_t problems_before = problems.size();
  std::size_t next_positional = 0;
  for (const Argument& argument : call.arguments) take(argument, next_positional);
  is_broken_ = problems.size() > problems_before;
}

void ArgumentReader::take(const Argument& argument, std::size_t& next_positional) {
  if (!argument.weight.empty()) {
    complain_at(argument.weight.mark(),
                "only the parts of a mixture have a weight before a colon, found " + described(argument.weight.text()));
    return;
  }
  if (argument.name.empty()) {
    if (next_positional == positional_.size()) {
      complain_at(argument.value.mark(), positional_.empty()
                                             ? "the argument " + described(argument.value.text()) +
                                                   " has no name; its names are " + listed_names()
                                             : "found the argument " + described(argument.value.text()) + " too many");
      return;
    }
    given_.push_back({positional_[next_positional++], argument.value});
    return;
  }
  const auto known = std::find(names_.begin(), names_.end(), argument.name.text());
  if (known == names_.end()) {
    complain_at(argument.name.mark(),
                "unknown argument " + described(argument.name.text()) + ", its arguments are " + listed_names(),
                did_you_mean(argument.name.text(), names_));
  } else if (has(*known)) {
    complain_at(argument.name.mark(), "the argument `" + std::string{*known} + "` is given twice; keep one of them");
  } else {
    given_.push_back({*known, argument.value});
  }
}

std::string ArgumentReader::listed_names() const {
  std::string listed;
  for (const std::string_view name : names_) listed += (listed.empty() ? "" : ", ") + std::string{name};
  return listed;
}

const ArgumentReader::Given* ArgumentReader::find(std::string_view name) const {
  for (const Given& given : given_)
    if (given.name == name) return &given;
  return nullptr;
}

void ArgumentReader::complain_at(const Mark& mark, const std::string& message, const std::string& hint) {
  problems_.push_back(
      {mark, std::string{call_.name.text()} + ": " + message + "; write e.g. " + std::string{form_} + hint});
}

void ArgumentReader::complain(std::string_view name, const std::string& message) {
  const Given* given = find(name);
  complain_at(given == nullptr ? call_.whole.mark() : given->value.mark(), std::string{name} + ": " + message);
}

std::optional<Piece> ArgumentReader::piece(std::string_view name) {
  const Given* given = find(name);
  if (given == nullptr) {
    if (!is_broken_) complain_at(call_.whole.mark(), "the argument `" + std::string{name} + "` is missing");
    return std::nullopt;
  }
  return given->value;
}

std::optional<double> ArgumentReader::seconds(std::string_view name) {
  const auto value = piece(name);
  if (!value) return std::nullopt;
  const Result<double> seconds = parse_seconds(value->text(), value->mark());
  if (seconds) return *seconds;
  complain(name, seconds.error()[0].message);
  return std::nullopt;
}

std::optional<double> ArgumentReader::seconds_above_zero(std::string_view name) {
  const auto value = seconds(name);
  constexpr double kLeast_s = 1e-12;
  if (!value || *value >= kLeast_s) return value;
  complain(name, "expected a duration above 0, found " + described(find(name)->value.text()));
  return std::nullopt;
}

std::optional<double> ArgumentReader::number(std::string_view name, double least, double greatest) {
  const auto value = piece(name);
  if (!value) return std::nullopt;
  const Result<double> number = parse_number(value->text(), value->mark());
  if (!number) {
    complain(name, number.error()[0].message);
    return std::nullopt;
  }
  if (*number >= least && *number <= greatest) return *number;
  const auto shown = [](double x) {
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, x);
    return error == std::errc{} ? std::string(text, end) : std::string{};
  };
  complain(name,
           "expected a number from " + shown(least) + " to " + shown(greatest) + ", found " + described(value->text()));
  return std::nullopt;
}

std::optional<double> ArgumentReader::number_above_zero(std::string_view name, double greatest) {
  const auto value = number(name, 0.0, greatest);
  if (!value || *value > 0.0) return value;
  complain(name, "expected a number above 0, found " + described(find(name)->value.text()));
  return std::nullopt;
}

std::optional<double> ArgumentReader::rate_above_zero_per_s(std::string_view name) {
  const auto value = piece(name);
  if (!value) return std::nullopt;
  const Result<double> rate = parse_rate_per_s(value->text(), value->mark());
  if (rate && *rate > 0.0) return *rate;
  complain(name, rate ? "expected a rate above 0, found " + described(value->text()) : rate.error()[0].message);
  return std::nullopt;
}

std::optional<std::int64_t> ArgumentReader::whole_number(std::string_view name, std::int64_t least,
                                                         std::int64_t greatest) {
  const auto value = piece(name);
  if (!value) return std::nullopt;
  const std::string_view text = value->text();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc{} && end == text.data() + text.size() && number >= least && number <= greatest) return number;
  complain(name, "expected a whole number from " + std::to_string(least) + " to " + std::to_string(greatest) +
                     ", found " + described(text));
  return std::nullopt;
}

}  // namespace towtank::scenario

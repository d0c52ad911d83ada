#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/kubernetes/document.hpp"
#include "sim/core/result.hpp"

/// The one notation with brackets of scenario files, `NAME(argument argument ...)`: distributions, arrivals, back-offs.
namespace towtank::scenario {

/// A stretch of a scalar's text that still knows its place. The text must outlive it.
class Piece {
 public:
  static Piece of(const Value& scalar);

  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }
  Piece part(std::size_t at, std::size_t length = std::string_view::npos) const;
  Piece without_outer_spaces() const;

  /// Of the first character when the scalar was written plainly; else of the scalar, for quotes and line breaks hide
  /// where a character stood. (A plain scalar over several lines gives a column beyond its first line's end.)
  Mark mark() const;

 private:
  std::string_view text_;
  Mark scalar_mark_;
  std::size_t offset_ = 0;
  bool quoted_ = false;
};

/// How messages speak of a text: in quotes, cut short when it is long.
std::string described(std::string_view text);

/// `mean=20ms`, `0.99:exponential(3ms)` or `40/s`.
struct Argument {
  Piece name;    ///< before `=`; empty when there is none
  Piece weight;  ///< before `:`; empty when there is none
  Piece value;
};

struct Call {
  Piece whole;
  Piece name;
  bool has_brackets = false;  ///< without them it is a bare word such as `40ms`
  std::vector<Argument> arguments;
};

/// Splits a text into name and arguments; arguments are separated by spaces or commas, brackets may be nested.
/// @error brackets that do not close (the torn half of a text with commas inside `{...}` gets a message that says so),
/// text after the last bracket, a missing name
Result<Call> parse_call(const Piece& piece);

/// Whether `key` of a flow map can only be the second half of such a torn text, as `p99=90ms)`.
bool is_torn_half(std::string_view key);

/// The arguments of one call, taken out by name with units and ranges checked. Complaints go to `problems` and name the
/// argument, what was found and the whole form that would do.
class ArgumentReader {
 public:
  /// @param form        an example of what would do, as `lognormal(mean=20ms p99=90ms)`
  /// @param names       every name that may be given
  /// @param positional  the names of arguments written without one, in their order
  ArgumentReader(const Call& call, std::string_view form, std::vector<std::string_view> names,
                 std::vector<std::string_view> positional, Problems& problems);

  bool has(std::string_view name) const { return find(name) != nullptr; }

  /// Whether an argument was refused already; what then seems to be missing is not complained of.
  bool is_broken() const { return is_broken_; }

  /// Each is empty, and has complained, when the argument is missing or bad.
  std::optional<double> seconds(std::string_view name);
  /// At least a picosecond.
  std::optional<double> seconds_above_zero(std::string_view name);
  std::optional<double> number(std::string_view name, double least, double greatest);
  std::optional<double> number_above_zero(std::string_view name, double greatest);
  std::optional<double> rate_above_zero_per_s(std::string_view name);
  std::optional<std::int64_t> whole_number(std::string_view name, std::int64_t least, std::int64_t greatest);
  std::optional<Piece> piece(std::string_view name);

  void complain(std::string_view name, const std::string& message);

 private:
  struct Given {
    std::string_view name;
    Piece value;
  };

  const Given* find(std::string_view name) const;
  void take(const Argument& argument, std::size_t& next_positional);
  void complain_at(const Mark& mark, const std::string& message, const std::string& hint = {});
  std::string listed_names() const;

  const Call& call_;
  std::string_view form_;
  std::vector<std::string_view> names_;
  std::vector<std::string_view> positional_;
  Problems& problems_;
  std::vector<Given> given_;
  bool is_broken_ = false;
};

}  // namespace towtank::scenario

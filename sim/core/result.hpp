#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace towtank {

/// Where in the user's input something stands. `line` and `column` count from 1; 0 = not known.
struct Mark {
  std::string file;
  int line = 0;
  int column = 0;
};

/// One thing that a user got wrong: where, what was found, what would do.
struct Problem {
  Mark mark;
  std::string message;

  /// `file:line:column: message`, as compilers print it (parts that are not known are left out).
  std::string text() const;
};

using Problems = std::vector<Problem>;

/// A value, or all the problems that kept it from being made. Named as std::expected, which g++ 12 lacks.
template <class T>
class Result {
 public:
  Result(T value) : content_{std::move(value)} {}
  Result(Problem problem) : content_{Problems{std::move(problem)}} {}
  Result(Problems problems) : content_{std::move(problems)} {}

  bool has_value() const { return std::holds_alternative<T>(content_); }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<T>(content_); }
  const T& value() const& { return std::get<T>(content_); }
  T&& value() && { return std::get<T>(std::move(content_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Problems& error() const { return std::get<Problems>(content_); }

 private:
  std::variant<T, Problems> content_;
};

}  // namespace towtank

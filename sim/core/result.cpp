#include "sim/core/result.hpp"

namespace towtank {

std::string Problem::text() const {
  std::string where = mark.file;
  if (mark.line > 0) {
    where += ':' + std::to_string(mark.line);
    if (mark.column > 0) where += ':' + std::to_string(mark.column);
  }
  return where.empty() ? message : where + ": " + message;
}

}  // namespace towtank

#pragma once

#include <cstddef>
#include <string>

#include "models/scenario/field_table.hpp"

/// The documentation of scenario fields, from the table that the reader uses.
namespace towtank::tool {

/// One field in the manner of `kubectl explain`: what it means, its type, unit, default and source, the grammar of
/// laws, arrivals and balancing algorithms, and the fields below it with a line each.
/// @param field  null pointer: the whole scenario
/// @param width  columns of the terminal
std::string field_page(const scenario::Field* field, std::size_t width);

/// The same with the whole tree of names and types below it instead of lines.
std::string field_tree_page(const scenario::Field* field, std::size_t width);

/// The field and all below it as JSON, each with everything that the table knows; with the grammars.
/// @param field  null pointer: the whole scenario
std::string fields_json(const scenario::Field* field);

/// All balancing algorithms: what they do, for which products, with which parameters.
std::string balancers_page(std::size_t width);
std::string balancers_json();

}  // namespace towtank::tool

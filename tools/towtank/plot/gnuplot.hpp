#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/result.hpp"

/// What all pictures share: quoting, colours, the frame around the plot, and the program that draws.
namespace towtank::tool {

/// A picture: a gnuplot script and the data it reads, as files that stand beside each other.
struct Picture {
  std::string name;    ///< of its files, without their endings: "latency-api"
  std::string script;  ///< NAME.gp
  std::string data;    ///< NAME.dat
};

/// Text as a gnuplot string in single quotes, in which gnuplot neither runs commands nor expands anything.
/// Control characters become '?'.
std::string gnuplot_quoted(const std::string& text);

/// Line style of the n-th variant: a colour that people of all kinds of colour vision tell from the others, by dashes
/// where the colours begin again.
/// @source Okabe and Ito, Color Universal Design, 2008
std::string line_style(std::size_t n);
/// The colour alone, as '#RRGGBB' in quotes.
std::string line_colour(std::size_t n);

/// How strongly the bars of the n-th variant are filled, 0..1: fainter where the colours begin again.
double fill_strength(std::size_t n);

/// A number for a data file; NaN, which the scripts declare missing, when there is none.
std::string data_number(std::optional<double> value);

/// Whether latencies differ so much that a linear axis hides the small ones. @param smallest, largest  in ms
bool wants_logarithm(double smallest, double largest);
/// Commands for a logarithmic y axis of latencies with plain numbers at it. @param smallest  > 0, in ms
std::string logarithmic_latency(double smallest, double largest);

/// A whole script: for each format the terminal and output, then `commands`, which ends in a plot command.
/// @param formats  of "png", "svg"     @param width, height  in pixels of the PNG
std::string script(const std::string& name, const std::vector<std::string>& formats, int width, int height,
                   const std::string& commands);

/// Runs gnuplot on a script in its folder, without a shell and without the user's own settings.
/// @error gnuplot is not installed (with the command that installs it), or it failed (with its own words)
std::optional<Problem> run_gnuplot(const std::string& program, const std::string& folder, const std::string& script);

}  // namespace towtank::tool

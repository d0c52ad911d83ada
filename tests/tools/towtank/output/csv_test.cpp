#include "tools/towtank/output/csv.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace towtank::tool {
namespace {

TEST_CASE("a cell is quoted where a comma, a quote or a line break would break it", "[unit]") {
  CsvText csv{"a,b,c,d"};
  csv.cell("plain text = 1").cell("one, two").cell("say \"hi\"").cell("two\nlines").end_row();
  CHECK(csv.text() == "a,b,c,d\nplain text = 1,\"one, two\",\"say \"\"hi\"\"\",\"two\nlines\"\n");
}

TEST_CASE("what was written is read back equal", "[unit]") {
  const std::vector<std::string> cells = {"", "a,b", "\"", "x\r\ny", "\"\"\"", " space ", "ü"};
  CsvText csv{"1,2,3,4,5,6,7"};
  for (const std::string& cell : cells) csv.cell(cell);
  csv.end_row();
  const Result<CsvTable> table = parse_csv(csv.text(), "t.csv");
  REQUIRE(table);
  REQUIRE(table->rows.size() == 1);
  CHECK(table->rows.front() == cells);
  CHECK(table->column("3") == std::optional<std::size_t>{2});
  CHECK_FALSE(table->column("8"));
}

TEST_CASE("numbers are written in the shortest form that reads back equal, and never as nan or inf", "[unit]") {
  CHECK(exact_number(0.1) == "0.1");
  CHECK(exact_number(600) == "600");
  CHECK(exact_number(0.1 + 0.2) == "0.30000000000000004");
  CHECK(exact_number(-0.0) == "0");
  CHECK(exact_number(std::numeric_limits<double>::quiet_NaN()).empty());
  CHECK(exact_number(-std::numeric_limits<double>::infinity()).empty());
}

TEST_CASE("what is not resolved is an empty cell, never 0", "[unit]") {
  CsvText csv{"a,b,c,d"};
  csv.cell(std::optional<double>{}).bounds({1.0, std::nullopt, 2.0}).cell(std::optional<bool>{}).end_row();
  CHECK(csv.text() == "a,b,c,d\n,,2,\n");
}

TEST_CASE("CSV of a wrong shape is refused with its line", "[unit]") {
  CHECK(parse_csv("a,b\n1,2\n\"x\ny\",3\n1\n", "t.csv").error().front().text() ==
        "t.csv:5:1: 1 fields where the first line names 2");
  CHECK(parse_csv("a,b\n1,\"2\n", "t.csv").error().front().text() ==
        "t.csv:2:1: a quoted field is opened here and never closed");
  CHECK_FALSE(parse_csv("", "t.csv"));
}

TEST_CASE("line ends of other systems and a missing last one are understood", "[unit]") {
  const Result<CsvTable> table = parse_csv("a,b\r\n1,2\r\n3,", "t.csv");
  REQUIRE(table);
  CHECK(table->header == std::vector<std::string>{"a", "b"});
  CHECK(table->rows == std::vector<std::vector<std::string>>{{"1", "2"}, {"3", ""}});
}

}  // namespace
}  // namespace towtank::tool

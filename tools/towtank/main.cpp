#include <iostream>

#include "tools/towtank/cli.hpp"
#include "tools/towtank/counted_heap.hpp"

int main(int argc, char** argv) {
  return towtank::tool::run_cli(argc, argv, std::cout, std::cerr, towtank::tool::counted_heap());
}

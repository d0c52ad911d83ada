#include <iostream>

#include "tools/towtank/cli.hpp"

int main(int argc, char** argv) { return towtank::tool::run_cli(argc, argv, std::cout, std::cerr); }

// The one file that holds Catch2's own main; version 3 brings it in its library and ignores the macro.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

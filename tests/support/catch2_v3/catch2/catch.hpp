#pragma once

// On the include path only where Catch2 is version 3: gives the tests, which are written for version 2, its old header.
#include <catch2/catch_all.hpp>

using Catch::Approx;

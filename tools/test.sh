#!/usr/bin/env bash
# Builds with sanitizers and runs all tests but the slow ones; then builds as shipped and runs every test.
# Warnings are errors in both. TOWTANK_TEST_SANITIZE=0 leaves out the first. Ends with ctest's own summary.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=$(nproc)
check() {  # preset
  cmake --preset "$1" -DTOWTANK_WARNINGS_AS_ERRORS=ON -DTOWTANK_UNITY=ON
  cmake --build --preset "$1"
  ctest --preset "$1" -j "$jobs"
}

tools/install_packages.sh
if [[ ${TOWTANK_TEST_SANITIZE:-1} != 0 ]]; then check asan; fi
check release

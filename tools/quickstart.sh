#!/usr/bin/env bash
# From a fresh clone to a first answer: installs what is missing, builds, runs scenarios/quickstart.yaml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/install_packages.sh
cmake --preset release -DTOWTANK_UNITY=ON
cmake --build --preset release --target towtank
build/release/towtank run scenarios/quickstart.yaml

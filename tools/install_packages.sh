#!/usr/bin/env bash
# Installs those packages of packages.txt that are missing. Does nothing, and needs no rights, when all are there.
# TOWTANK_INSTALL=0 skips it: for systems that are not Debian-like and have the libraries from elsewhere.
set -euo pipefail

say() { printf '%s\n' "towtank: $*"; }
fail() { printf '%s\n' "towtank: $*" >&2; exit 1; }

if [[ ${TOWTANK_INSTALL:-1} == 0 ]]; then exit 0; fi

list=$(dirname "${BASH_SOURCE[0]}")/packages.txt
mapfile -t packages < <(sed -E 's/#.*//; s/[[:space:]]+//g; /^$/d' "$list")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "this script knows Debian and Ubuntu only. Install what corresponds to: ${packages[*]}" \
       "- and run again with TOWTANK_INSTALL=0"
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  if [[ $status != installed ]]; then missing+=("$package"); fi
done
if (( ${#missing[@]} == 0 )); then exit 0; fi

as_root=()
if (( $(id -u) != 0 )); then
  command -v sudo >/dev/null ||
    fail "these packages are missing, and there is neither root nor sudo to install them: ${missing[*]}"
  as_root=(sudo)
  if [[ ! -t 0 ]]; then as_root+=(-n); fi    # nobody there to type a password: fail instead of waiting
fi
apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@"; }
install() { apt install -y --no-install-recommends "${missing[@]}"; }

say "installing ${missing[*]}"
# The package lists of a fresh container are empty, those of an old one may name files that are gone.
if ! apt-get install --simulate --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || ! install; then
  say "refreshing the package lists"
  apt update
  install
fi

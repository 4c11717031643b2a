# shellcheck shell=bash
# Shared by the scripts: sourced, never run. Leaves the caller in the root of the source tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

step() { printf '\n== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Runs a command as root: directly, or through sudo, which must not ask for anything when there is no terminal.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
  else
    die "needs root to run: $*. Run this script as root, or install sudo"
  fi
}

# Installs the Debian packages named in scripts/packages/<list>.txt that are missing.
need_packages() {
  local list package missing=()
  for list in "$@"; do
    while read -r package; do
      dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done <"scripts/packages/$list.txt"
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null ||
    die "this machine has no apt-get: install by hand what Debian calls ${missing[*]}"
  step "Installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# build <preset> [target...]: configures with build_options and builds; the output ends up in build/<preset>.
build_options=()
build() {
  local preset=$1
  shift
  step "Building ($preset)"
  cmake --preset "$preset" "${build_options[@]}" >"build/configure-$preset.log" 2>&1 || {
    cat "build/configure-$preset.log" >&2
    die "cmake could not configure the build"
  }
  if [ $# -eq 0 ]; then
    cmake --build --preset "$preset"
  else
    cmake --build --preset "$preset" --target "$@"
  fi
}

# A Python environment with the pinned clients of the interop tests; prints the path of its python.
test_python() {
  local stamp=build/venv/requirements.txt
  if ! cmp -s tests/interop/requirements.txt "$stamp"; then
    rm -rf build/venv
    python3 -m venv build/venv
    build/venv/bin/pip install --quiet --disable-pip-version-check -r tests/interop/requirements.txt >&2
    cp tests/interop/requirements.txt "$stamp"
  fi
  echo build/venv/bin/python
}

mkdir -p build

#!/usr/bin/env bash
# Makes sure that tools are there: installs Debian packages when it may, else says the command.
#
#   Scripts/prerequisites.sh swift|eigen|c++|fortran|cmake|pkg-config|python|valgrind ...
set -euo pipefail

packages=()
need() { # package, then a command that succeeds when nothing is missing
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || packages+=("$package")
}

for tool in "$@"; do
  case $tool in
    swift)
      if ! command -v "${SWIFT:-swift}" >/dev/null; then
        echo "hone needs Swift 6.2 or newer: see https://www.swift.org/install" >&2
        exit 1
      fi
      ;;
    eigen)
      need pkg-config command -v pkg-config
      need libeigen3-dev test -e /usr/include/eigen3/Eigen/Core -o -n "$(
        pkg-config --cflags eigen3 2>/dev/null || true)"
      ;;
    c++) need g++ command -v g++ ;;
    fortran) need gfortran command -v gfortran ;;
    cmake) need cmake command -v cmake ;;
    pkg-config) need pkg-config command -v pkg-config ;;
    python) need python3-venv python3 -c 'import ensurepip, venv' ;;
    valgrind) need valgrind command -v valgrind ;;
    *)
      echo "unknown prerequisite: $tool" >&2
      exit 2
      ;;
  esac
done

[ ${#packages[@]} -eq 0 ] && exit 0
command="apt-get install -y ${packages[*]}"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing what is missing: $command"
  export DEBIAN_FRONTEND=noninteractive
  $command >/dev/null 2>&1 || { apt-get update >/dev/null && $command >/dev/null; }
else
  echo "missing; run: sudo $command" >&2
  exit 1
fi

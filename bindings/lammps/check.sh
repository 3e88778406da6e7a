#!/usr/bin/env bash
# Checks pair_style hone in the LAMMPS that `make lammps` installed, on one to four ranks.
#
#   bindings/lammps/check.sh [BUILD [PART ...]]
#
# PART is one of structures, differences, restart, rerun, energy, styles, distances, radius, guard,
# adapt, failures, versions; all of them by default.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
build=$(cd "${1:-build}" && pwd)
shift || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -e "$build/lib/honeplugin.so" ] || {
  echo "no $build/lib/honeplugin.so: run make lammps first" >&2
  exit 1
}

for program in compute_dump fit_model adapt; do
  "${CC:-cc}" -std=c99 -O2 -Wall -Wextra -Wpedantic -Werror -Iinclude \
    "bindings/lammps/checks/$program.c" -o "$work/$program" -L"$build/lib" -lhone -lm \
    "-Wl,-rpath,$build/lib"
done

# Plugins that say they were made for another LAMMPS.
mapfile -t compile <"$build/lammps-objects/compile.txt"
objects=()
for object in "$build"/lammps-objects/*.o; do
  [ "$(basename "$object")" = honeplugin.o ] || objects+=("$object")
done
other() { # folder, flags
  local folder=$work/$1
  shift
  mkdir -p "$folder"
  "${compile[@]}" "$@" -c bindings/lammps/honeplugin.cpp -o "$folder/honeplugin.o"
  "${compile[0]}" -shared -o "$folder/honeplugin.so" "$folder/honeplugin.o" \
    "${objects[@]}" -L"$build/lib" -lhone -ldl "-Wl,-rpath,$build/lib"
}
other version -UHONE_LAMMPS_VERSION -DHONE_LAMMPS_VERSION=20240101
if printf '%s\n' "${compile[@]}" | grep -q BIGBIG; then
  other integers -ULAMMPS_BIGBIG -DLAMMPS_SMALLBIG
else
  other integers -ULAMMPS_SMALLBIG -DLAMMPS_BIGBIG
fi

"${PYTHON:-python3}" bindings/lammps/check.py "$build" "$work/compute_dump" "$work" "$@"

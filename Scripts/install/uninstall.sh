#!/usr/bin/env bash
# Removes what install.sh put into a prefix, and nothing else.
#
#   Scripts/install/uninstall.sh PREFIX
set -euo pipefail

cd "$1"
rm -f include/hone.h include/hone.hpp include/hone.mod bin/hone
rm -f lib/libhone.so lib/libhone.so.[0-9]* lib/libhone_fortran.a
rm -f lib/pkgconfig/hone.pc lib/pkgconfig/hone-fortran.pc
rm -f lib/cmake/hone/hone-config.cmake lib/cmake/hone/hone-config-version.cmake
rm -f share/hone/fortran/hone.f90 share/hone/organic-xtb.safetensors share/doc/hone/LICENSE share/doc/hone/LICENSE-THIRD-PARTY.md
for folder in lib/cmake/hone share/hone/fortran share/hone share/doc/hone; do
  if [ -d "$folder" ]; then rmdir --ignore-fail-on-non-empty "$folder"; fi
done

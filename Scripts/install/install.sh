#!/usr/bin/env bash
# Copies what was built into a prefix.
#
#   Scripts/install/install.sh BUILD_FOLDER PREFIX VERSION
set -euo pipefail

built=$1 prefix=$2 version=$3
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

place() { # mode, source, folder under the prefix
  mkdir -p "$prefix/$3"
  install -m "$1" "$2" "$prefix/$3/"
}
fill() { # template, folder under the prefix
  mkdir -p "$prefix/$2"
  local name
  name=$(basename "$1" .in)
  sed -e "s/@VERSION@/$version/g" -e "s/@MAJOR@/${version%%.*}/g" "$1" >"$prefix/$2/$name"
  chmod 644 "$prefix/$2/$name"
}

place 644 "$root/include/hone.h" include
place 644 "$root/bindings/cpp/hone.hpp" include
"$here/place-library.sh" "$built/lib/libhone.so.$version" "$prefix/lib" "$version"
fill "$here/hone.pc.in" lib/pkgconfig
fill "$here/hone-config.cmake.in" lib/cmake/hone
fill "$here/hone-config-version.cmake.in" lib/cmake/hone
place 644 "$root/bindings/fortran/hone.f90" share/hone/fortran
place 644 "$root/share/hone/organic-xtb.safetensors" share/hone
place 644 "$root/LICENSE" share/doc/hone
place 644 "$root/LICENSE-THIRD-PARTY.md" share/doc/hone
if [ -e "$built/lib/libhone_fortran.a" ]; then
  place 644 "$built/lib/libhone_fortran.a" lib
  place 644 "$built/include/hone.mod" include
  fill "$here/hone-fortran.pc.in" lib/pkgconfig
else
  echo "no gfortran: the Fortran module is installed as source, share/hone/fortran/hone.f90"
fi
if [ -e "$built/bin/hone" ]; then place 755 "$built/bin/hone" bin; fi
echo "installed hone $version in $prefix"

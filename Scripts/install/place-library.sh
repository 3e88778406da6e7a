#!/usr/bin/env bash
# Puts a stripped library into a folder under its full name, with the links that linkers and loaders
# look for.
#
#   Scripts/install/place-library.sh LIBRARY FOLDER VERSION
set -euo pipefail

library=$1 folder=$2 version=$3
mkdir -p "$folder"
target=$folder/libhone.so.$version
strip --strip-unneeded -o "$target.new" "$library"
chmod 755 "$target.new"
# Replaced, not written into: programs that run keep the old file. Left alone when nothing changed.
if cmp -s "$target.new" "$target"; then
  rm "$target.new"
else
  mv -f "$target.new" "$target"
fi
ln -sf "libhone.so.$version" "$folder/libhone.so.${version%%.*}"
ln -sf "libhone.so.${version%%.*}" "$folder/libhone.so"

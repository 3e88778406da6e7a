#!/usr/bin/env bash
# Trains the models of docs/training.md on 3BPA and prints their errors by temperature: 40 minutes of
# one core.
#
#   Scripts/studies/3bpa.sh FOLDER OUTPUT [RUN ...]      runs: mace mace-long nequip
#
# FOLDER holds train_300K.xyz, train_mixedT.xyz and iso_atoms.xyz of the data set (arXiv:2010.12271). The
# mixed file has 167 frames each of 300 and of 600 K, then 166 of 1200 K.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
hone=${HONE_COMMAND:-$here/../../build/bin/hone}
if [ $# -lt 2 ]; then
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
data=$(cd "$1" && pwd)
mkdir -p "$2"
output=$(cd "$2" && pwd)
shift 2
[ $# -gt 0 ] || set -- mace mace-long nequip
for name in train_300K.xyz train_mixedT.xyz iso_atoms.xyz; do
  if [ ! -e "$data/$name" ]; then
    echo "3bpa.sh: expected $data/$name" >&2
    exit 1
  fi
  ln -sf "$data/$name" "$output/$name"
done
# A frame of 27 atoms has 29 lines.
frames() { sed -n "$((29 * $1 + 1)),$((29 * $2))p" "$output/train_mixedT.xyz"; }
frames 0 167 >"$output/300K.xyz"
frames 167 334 >"$output/600K.xyz"
frames 334 500 >"$output/1200K.xyz"

for run in "$@"; do
  cp "$here/3bpa/$run.toml" "$output/"
  resume=()
  [ ! -e "$output/$run/checkpoint.safetensors" ] || resume=(--resume)
  "$hone" train "$output/$run.toml" --output "$output/$run" "${resume[@]}"
  for temperature in 300 600 1200; do
    echo "$run, $temperature K"
    "$hone" evaluate "$output/$run/model.safetensors" "$output/${temperature}K.xyz"
  done
done

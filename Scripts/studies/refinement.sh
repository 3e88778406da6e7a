#!/usr/bin/env bash
# The study of docs/studies/refinement.md: labels of a prior, a model with two heads, refinement on molecules
# it was not trained on, dynamics, tables. Three hours of two cores; what is there is not made again.
#
#   Scripts/studies/refinement.sh FOLDER OUTPUT
#
# FOLDER holds what Scripts/organic-xtb/generate.py writes. PYTHON needs ase and tblite
# (Scripts/organic-xtb/requirements.txt), the library libxtb (apt install libxtb-dev).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
hone=${HONE_COMMAND:-$here/../../build/bin/hone}
python=${PYTHON:-python3}
if [ $# -ne 2 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
source=$(cd "$1" && pwd)
mkdir -p "$2/data"
output=$(cd "$2" && pwd)
data=$output/data
scripts=$here/refinement

for name in train validation test-frames test-molecules isolated_atoms; do
  ln -sf "$source/$name.xyz" "$data/$name.xyz"
  [ -e "$data/prior-$name.xyz" ] ||
    "$python" "$scripts/label.py" "$data/$name.xyz" "$data/prior-$name.xyz" --processes 2
done
[ -e "$output/sets/train.xyz" ] || "$python" "$scripts/split.py" "$data" "$output/sets"

cp "$scripts/joint.toml" "$output/sets/"
model=$output/sets/joint/model.safetensors
if [ ! -e "$output/joint.safetensors" ]; then
  resume=()
  [ ! -e "$output/sets/joint/checkpoint.safetensors" ] || resume=(--resume)
  "$hone" train "$output/sets/joint.toml" --output "$output/sets/joint" "${resume[@]}"
  "$hone" diagnose "$model" --fit "$output/sets/train-main.xyz" --head main \
    --output "$output/joint.safetensors"
fi

study=("$hone" "$output/joint.safetensors" "$output/sets" "$output")
"$python" "$scripts/study.py" "${study[@]}"
"$python" "$scripts/stability.py" "${study[@]}"
"$python" "$scripts/tables.py" "$output"

#!/usr/bin/env bash
# Fetches the trained SevenNet models (Park et al., J. Chem. Theory Comput. 20, 4857 (2024)) that
# come in the wheel of sevenn; nothing else of it is used.
#
#   Scripts/fetch-sevennet.sh FOLDER
#
# Leaves FOLDER/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth and its kin; does nothing where they
# are already. Ends with status 1 when they cannot be had.
set -euo pipefail

folder=$1
version=0.13.0
[ ! -e "$folder/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth" ] || exit 0

cd "$(dirname "$0")/.."
mkdir -p "$folder"
work=$(mktemp -d "$folder/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-python3}
if ! "$python" -m pip --version >/dev/null 2>&1; then
  Scripts/prerequisites.sh python
  "$python" -m venv "$work/venv"
  python=$work/venv/bin/python
fi
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --dest "$work" \
  "sevenn==$version"
"$python" -m zipfile -e "$work"/sevenn-"$version"-*.whl "$work/wheel"
mv "$work"/wheel/sevenn/pretrained_potentials/SevenNet_* "$folder"

#!/bin/sh
# Times hone against mace-torch and sevenn on this machine: docs/performance.md says how.
#
# HONE_MACE_PYTHON, HONE_SEVENN_PYTHON: Python interpreters that have these packages; without them
# two virtual environments are made under build/ (the packages need different versions of e3nn).
# HONE_PIP_ARGUMENTS: for pip, such as an index with the CPU build of PyTorch.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
mkdir -p build

# The Python of an environment that holds a package, made when missing.
environment() {
  if [ ! -x "build/venv-$1/bin/python" ] || [ ! -e "build/venv-$1/complete" ]; then
    echo "making build/venv-$1" >&2
    rm -rf "build/venv-$1"
    "${PYTHON:-python3}" -m venv "build/venv-$1" >&2
    # shellcheck disable=SC2086
    "build/venv-$1/bin/python" -m pip install --quiet ${HONE_PIP_ARGUMENTS:-} "$2" >&2
    : >"build/venv-$1/complete"
  fi
  echo "$root/build/venv-$1/bin/python"
}

# Says which package an interpreter lacks.
holds() {
  if ! "$1" -W ignore -c "import ase, torch, $2" >/dev/null 2>&1; then
    echo "run.sh: expected ase, torch and $2 in the environment of $1" >&2
    exit 1
  fi
}

if [ -z "${HONE_MACE_PYTHON:-}" ] || [ -z "${HONE_SEVENN_PYTHON:-}" ]; then
  Scripts/prerequisites.sh python
fi
HONE_MACE_PYTHON=${HONE_MACE_PYTHON:-$(environment mace mace-torch==0.3.16)}
HONE_SEVENN_PYTHON=${HONE_SEVENN_PYTHON:-$(environment sevenn sevenn==0.13.0)}
HONE_COMMAND=${HONE_COMMAND:-$root/build/bin/hone}
export HONE_MACE_PYTHON HONE_SEVENN_PYTHON HONE_COMMAND

if [ ! -x "$HONE_COMMAND" ]; then
  echo "run.sh: expected the command at $HONE_COMMAND; make builds it" >&2
  exit 1
fi
holds "$HONE_MACE_PYTHON" mace
holds "$HONE_SEVENN_PYTHON" sevenn
"$HONE_MACE_PYTHON" -W ignore Scripts/benchmark/make_mace_models.py build/models
exec "$HONE_MACE_PYTHON" -W ignore Scripts/benchmark/benchmark.py

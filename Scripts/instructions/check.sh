#!/usr/bin/env bash
# Counts the instructions of standard computations and compares them with those of expected.txt.
#
#   Scripts/instructions/check.sh [--update] [NAME ...]
#
# The count does not depend on what else the machine does, as times do. It is that of one computation
# in a steady state, by valgrind, in a library built for x86-64-v3: valgrind does not know AVX-512. A
# count further than 5 % from the expected one fails, in both directions: who made it faster says so
# with --update, which writes expected.txt anew.
#
# Needs valgrind and python3, which write the wide models to build/instructions.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=Scripts/instructions
work=build/instructions
tolerance=5
update=false
if [ "${1:-}" = --update ]; then
  update=true
  shift
fi
wanted=("$@")

if [ "$(uname -m)" != x86_64 ]; then
  echo "instructions: expected.txt holds counts for x86-64, this is $(uname -m)" >&2
  exit 1
fi
Scripts/prerequisites.sh valgrind
if ! command -v "${PYTHON:-python3}" >/dev/null; then
  echo "instructions: expected python3, which writes models with random weights" >&2
  exit 1
fi

if ! echo '#include <valgrind/callgrind.h>' | "${CC:-cc}" -E -x c - >/dev/null 2>&1; then
  echo "instructions: expected valgrind/callgrind.h; it comes with Debian's valgrind or with" \
    "valgrind-devel" >&2
  exit 1
fi

mkdir -p "$work"
echo "building the library for x86-64-v3"
if ! make --no-print-directory lib HONE_CPU=x86-64-v3 OUT="$work/library" >"$work/make.log" 2>&1; then
  cat "$work/make.log"
  exit 1
fi
"${CC:-cc}" -std=gnu99 -O2 -Wall -Wextra -Wpedantic -Werror -Iinclude "$folder/computations.c" \
  -o "$work/computations" -L"$work/library/lib" -Wl,-rpath,"$PWD/$work/library/lib" -lhone -lm
for degree in 0 1; do
  "${PYTHON:-python3}" Scripts/benchmark/random_mace.py "$work/mace-128-degree-$degree.safetensors" \
    --degree $degree
done

# Name, model, precision, atoms per edge, spacing in Å.
computations() {
  cat <<END
small-mace-float64 Tests/Golden/mace/parity.model float64 4 2.0
small-nequip-float64 Tests/Golden/sevennet/l2-parity.pth float64 4 2.0
mace-128x0e-float32 $work/mace-128-degree-0.safetensors float32 2 2.8
mace-128x0e+128x1o-float32 $work/mace-128-degree-1.safetensors float32 2 2.8
mace-128x0e+128x1o-float64 $work/mace-128-degree-1.safetensors float64 2 2.8
END
}

# The instructions of one computation: $1 names a log, the rest is for the program.
count() {
  local log=$work/$1.log
  shift
  # Tables of hashed keys in the same order every time.
  if ! env -i PATH="$PATH" SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind \
    --callgrind-out-file=/dev/null --instr-atstart=no \
    "$work/computations" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
  sed -n 's/^==[0-9]*== Collected *: *\([0-9]*\)$/\1/p' "$log"
}

passed=0 failed=0
results=$work/counts.txt
: >"$results"
while read -r name model precision edge spacing; do
  if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" $name "* ]]; then continue; fi
  if ! found=$(count "$name" "$model" "$precision" "$edge" "$spacing") || [ -z "$found" ] ||
    [ "$found" -eq 0 ]; then
    echo "FAILED  $name: valgrind counted nothing; see $work/$name.log"
    failed=$((failed + 1))
    continue
  fi
  echo "$name $found" >>"$results"
  expected=$(awk -v name="$name" '$1 == name { print $2 }' "$folder/expected.txt" 2>/dev/null || true)
  if verdict=$(awk -v found="$found" -v expected="${expected:-0}" -v limit=$tolerance '
    BEGIN {
      if (expected == 0) { printf "%.1f million, not in expected.txt", found / 1e6; exit 1 }
      change = 100 * (found / expected - 1)
      printf "%.1f million, %+.2f %% of %.1f million", found / 1e6, change, expected / 1e6
      if (change < -limit) printf ": faster; keep it with --update"
      if (change > limit) printf ": slower"
      exit change < -limit || change > limit
    }') || $update; then
    passed=$((passed + 1))
    echo "ok      $name: $verdict"
  else
    failed=$((failed + 1))
    echo "FAILED  $name: $verdict"
  fi
done < <(computations)

if $update; then
  {
    echo "# Instructions of one computation, by Scripts/instructions/check.sh --update; $("${SWIFT:-swift}" \
      --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/Swift \1/p' | head -1),"
    echo "# x86-64-v3. What a run by name left out stands as it was."
    {
      cat "$results"
      grep -v '^#' "$folder/expected.txt" 2>/dev/null || true
    } | awk '!($1 in seen) { seen[$1] = $2 } END { for (name in seen) print name, seen[name] }' | sort
  } >"$work/expected.txt"
  mv "$work/expected.txt" "$folder/expected.txt"
fi
if [ $((passed + failed)) -eq 0 ]; then
  echo "no computation has a name among: ${wanted[*]}" >&2
  exit 2
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

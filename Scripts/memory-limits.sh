#!/bin/bash
# Runs the library in too little memory: it must say so, and never end the process.
#
#   Scripts/memory-limits.sh [model ...]
#
# A program loads a model and computes structures of 100 to 200,000 atoms under limits on its
# address space (`ulimit -v`) that rise in small steps from what the program itself needs. Every run
# must end in success or in the out-of-memory error, with a sentence. Where `make` has left
# build/lib/libhone.so, a C program that links it does the same.
set -euo pipefail
cd "$(dirname "$0")/.."
models=("$@")
if [ ${#models[@]} -eq 0 ]; then
  models=(Tests/Golden/mace/strided.model Tests/Golden/mace/parity.model)
  real=${HONE_SEVENNET:-build/sevennet}/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth
  if [ -f "$real" ]; then
    models+=("$real")
  else
    echo "skipped: SevenNet-0 (Scripts/fetch-sevennet.sh build/sevennet)"
  fi
fi

ulimit -c 0
export SWIFT_BACKTRACE=enable=no
mkdir -p build/limits
scratch=.build-sanitize-plain
HONE_CPU=${HONE_CPU:-x86-64-v3} swift build --package-path Tests/Fuzz --scratch-path "$scratch" \
  -c release --quiet --product Limits
programs=("$scratch/release/Limits")
if [ -f build/lib/libhone.so ]; then
  cc -std=c99 -O2 -Wall -Wextra -Werror -Ibuild/include Tests/Fuzz/Tools/limits.c \
    -o build/limits/limits -Lbuild/lib -Wl,-rpath,"$PWD/build/lib" -lhone
  programs+=(build/limits/limits)
else
  echo "skipped the C program: build/lib/libhone.so is not there (run make)"
fi

passed=0
failed=0

# attempt <kilobytes> <program> <arguments>
attempt() {
  local limit=$1 status=0 text
  shift
  text=$( (ulimit -v "$limit"; exec "$@") 2>&1) || status=$?
  case $status in
    0) complete=$((complete + 1)) ;;
    3) refused=$((refused + 1)) ;;
    *)
      failed=$((failed + 1))
      echo "FAILED  $limit kB: status $status: $(tail -n 1 <<<"$text" | cut -c 1-200)"
      return
      ;;
  esac
  passed=$((passed + 1))
}

for program in "${programs[@]}"; do
  complete=0
  refused=0
  # The program's own needs: found by the smallest limit under which it answers at all.
  base=8192
  until (ulimit -v "$base"; "$program" >/dev/null 2>&1) || [ $? -eq 2 ]; do
    base=$((base + 1024))
  done
  for model in "${models[@]}"; do
    # Small steps through the whole of loading, wider ones through growing structures.
    for ((limit = base + 1024; limit < base + 49152; limit += 768)); do
      attempt "$limit" "$program" "$model" 1 100 1000
    done
  done
  model=${models[0]}
  for megabytes in 64 96 128 192 256 384 512 768 1024 1536 2048 4096; do
    attempt $((base + megabytes * 1024)) "$program" "$model" 100 1000 10000 100000 200000
  done
  echo "$program: needs $base kB itself; $complete runs succeeded, $refused ran out of memory"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

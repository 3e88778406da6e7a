#!/bin/bash
# Runs the library under AddressSanitizer, LeakSanitizer, UndefinedBehaviorSanitizer (the C and C++
# parts) and ThreadSanitizer; valgrind is for the library, in bindings/check.sh --valgrind.
#
#   Scripts/sanitize.sh [step ...]
#
# Steps: plain, address, tests, thread; all by default. HONE_SEVENNET names the folder
# `sevenn/pretrained_potentials` of the sevenn package; without it the real model is skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(plain address tests thread)

ulimit -c 0
# Swift's own crash reports get in the sanitizers' way.
export SWIFT_BACKTRACE=enable=no
mkdir -p build/sanitize
sevennet=Tests/Golden/sevennet/readout-network.pth
mace=Tests/Golden/mace/strided.model
real=${HONE_SEVENNET:-build/sevennet}/SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth
[ -f "$real" ] || { echo "skipped: SevenNet-0 (Scripts/fetch-sevennet.sh build/sevennet)"; real=; }

passed=0
failed=0

# check <name> <command ...>: its output is kept in build/sanitize/<name>.log.
check() {
  local name=$1 log=build/sanitize/$1.log start=$SECONDS
  shift
  if timeout 900 "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name ($((SECONDS - start)) s)"
  else
    failed=$((failed + 1))
    echo "FAILED  $name: see $log"
    grep -E 'ERROR|WARNING|SUMMARY|lost:|failed|error:' "$log" | head -8
  fi
}

# The programs of Tests/Fuzz; the scratch folder follows.
build=(swift build --package-path Tests/Fuzz -c release --quiet --scratch-path)

for step in "${steps[@]}"; do
  case $step in
    plain)
      # Resident memory is flat over cycles of loading, computing and letting go.
      export HONE_CPU=x86-64-v3
      check plain-build "${build[@]}" .build-sanitize-plain
      soak=.build-sanitize-plain/release/Soak
      check plain-soak-sevennet "$soak" "$sevennet" 1000 flat
      check plain-soak-mace "$soak" "$mace" 200 flat
      [ -z "$real" ] || check plain-soak-real "$soak" "$real" 40 flat
      check plain-crowd .build-sanitize-plain/release/Crowd "$sevennet" 50
      unset HONE_CPU
      ;;
    address)
      export HONE_INSTRUMENT=address
      export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
      check address-build "${build[@]}" .build-sanitize-address --sanitize=address
      folder=.build-sanitize-address/release
      check address-soak-sevennet "$folder/Soak" "$sevennet" 1000
      check address-soak-mace "$folder/Soak" "$mace" 100
      [ -z "$real" ] || check address-soak-real "$folder/Soak" "$real" 20
      check address-crowd "$folder/Crowd" "$sevennet" 20
      check address-limits "$folder/Limits" "$mace" 1 100 1000
      unset HONE_INSTRUMENT ASAN_OPTIONS
      ;;
    tests)
      # The runner of the tests keeps memory of its own, so leaks are for the step before.
      export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
      check address-tests swift test --sanitize=address --scratch-path .build-sanitize-tests \
        --filter 'HoneFormatsTests|HoneStructureTests'
      unset ASAN_OPTIONS
      ;;
    thread)
      export HONE_INSTRUMENT=thread
      check thread-build "${build[@]}" .build-sanitize-thread --sanitize=thread
      export TSAN_OPTIONS=halt_on_error=0:exitcode=66
      check thread-crowd .build-sanitize-thread/release/Crowd "$sevennet" 20
      check thread-crowd-mace .build-sanitize-thread/release/Crowd "$mace" 3
      unset HONE_INSTRUMENT TSAN_OPTIONS
      ;;
    *)
      echo "unknown step '$step'"
      exit 2
      ;;
  esac
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

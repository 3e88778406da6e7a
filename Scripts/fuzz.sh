#!/bin/bash
# Fuzzes every parser with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz.sh [seconds per target] [target ...]
#
# HONE_FUZZ_SEED fixes the order of mutations (0, the default, draws one).
#
# Ends with status 1 when a target crashes, hangs for ten seconds or takes more memory than its
# input justifies; the input that did it is left in build/fuzz/<target>/.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  targets=(Zip Inflate Pickle TorchArchive Importer OwnModel Safetensors JSON ExtendedXYZ DataSet
    Training Statistics)
fi

scratch=.build-fuzz
output=build/fuzz
mkdir -p "$output/bin"

echo "Building the fuzz targets"
HONE_INSTRUMENT=fuzzer swift build --package-path Tests/Fuzz --scratch-path "$scratch" -c release --quiet
libraries=$(HONE_INSTRUMENT=fuzzer swift build --package-path Tests/Fuzz --scratch-path "$scratch" -c release \
  --show-bin-path)

# A small input cannot ask for a large block (-malloc_limit_mb); what does not fit is refused
# with an error and not a crash (allocator_may_return_null).
# Swift's own crash reports get in AddressSanitizer's way.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=1:abort_on_error=0
ulimit -c 0

# fuzz <target>: leaves the number of inputs and the status in build/fuzz/<target>/result.
fuzz() {
  local target=$1 folder=$output/$1 binary=$output/bin/$1 length=4096 status=0
  local -a corpus=("$folder/corpus" "$folder/seeds")
  mkdir -p "${corpus[@]}"
  swiftc -sanitize=fuzzer,address "$libraries/libFuzz$target.a" -o "$binary" -lstdc++ \
    >"$folder/log" 2>&1 || { echo "0 1" >"$folder/result"; return; }
  HONE_FUZZ_SEEDS=$folder/seeds "$binary" >"$folder/log" 2>&1 \
    || { echo "0 1" >"$folder/result"; return; }
  if [ -d "Tests/Fuzz/Corpus/$target" ]; then corpus+=("Tests/Fuzz/Corpus/$target"); fi
  case $target in
    Zip) length=8192 ;;
    Importer) length=200000 ;;
    OwnModel) length=16384 ;;
    Statistics) length=65536 ;;
  esac
  "$binary" "${corpus[@]}" -max_total_time="$seconds" -max_len=$length -timeout=10 \
    -seed="${HONE_FUZZ_SEED:-0}" -rss_limit_mb=2048 -malloc_limit_mb=256 -artifact_prefix="$folder/" -print_final_stats=1 \
    >"$folder/log" 2>&1 || status=$?
  local tried
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  echo "${tried:-0} $status" >"$folder/result"
}

# As many at once as there are processors: a target uses one.
jobs=${HONE_JOBS:-$(nproc)}
running=0
for target in "${targets[@]}"; do
  rm -f "$output/$target/result"
  if [ "$running" -ge "$jobs" ]; then
    wait -n
    running=$((running - 1))
  fi
  fuzz "$target" &
  running=$((running + 1))
done
wait

passed=0
failed=0
inputs=0
for target in "${targets[@]}"; do
  tried=0
  status=1
  if [ -f "$output/$target/result" ]; then read -r tried status <"$output/$target/result"; fi
  inputs=$((inputs + tried))
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok      $target: $tried inputs"
  else
    failed=$((failed + 1))
    echo "FAILED  $target: $tried inputs, status $status; see $output/$target"
    grep -E 'rror:|ERROR|SUMMARY|Test unit written' "$output/$target/log" | head -8 || true
  fi
done
echo "$inputs inputs tried"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

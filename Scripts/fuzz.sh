#!/bin/bash
# Fuzzes every parser with libFuzzer and AddressSanitizer.
#
#   Scripts/fuzz.sh [seconds per target] [target ...]
#
# Ends with status 1 when a target crashes, hangs for ten seconds or takes more memory than its
# input justifies; the input that did it is left in build/fuzz/<target>/.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  targets=(Zip Inflate Pickle TorchArchive Importer OwnModel Safetensors JSON ExtendedXYZ)
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

passed=0
failed=0
inputs=0
for target in "${targets[@]}"; do
  folder=$output/$target
  binary=$output/bin/$target
  swiftc -sanitize=fuzzer,address "$libraries/libFuzz$target.a" -o "$binary" -lstdc++ \
    2>"$output/link.log" || { cat "$output/link.log" >&2; exit 1; }
  mkdir -p "$folder/seeds" "$folder/corpus"
  HONE_FUZZ_SEEDS=$folder/seeds "$binary" >"$folder/seeds.log" 2>&1 \
    || { cat "$folder/seeds.log" >&2; exit 1; }
  case $target in
    Zip) length=8192 ;;
    Importer) length=200000 ;;
    OwnModel) length=16384 ;;
    *) length=4096 ;;
  esac
  status=0
  "$binary" "$folder/corpus" "$folder/seeds" Tests/Fuzz/Corpus/"$target" \
    -max_total_time="$seconds" -max_len=$length -timeout=10 -rss_limit_mb=2048 \
    -malloc_limit_mb=256 -artifact_prefix="$folder/" -print_final_stats=1 \
    >"$folder/log" 2>&1 || status=$?
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  inputs=$((inputs + ${tried:-0}))
  if [ "$status" -eq 0 ]; then
    passed=$((passed + 1))
    echo "ok      $target: ${tried:-0} inputs"
  else
    failed=$((failed + 1))
    echo "FAILED  $target: ${tried:-0} inputs, status $status; see $folder"
    grep -E 'ERROR|SUMMARY|Fatal error|Test unit written' "$folder/log" | head -8 || true
  fi
done
echo "$inputs inputs tried"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

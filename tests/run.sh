#!/usr/bin/env bash
# Every test from cheap to dear; the last line is "N passed, N failed". `quick` stops before the dear ones.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
export MW_SHARED=${MW_SHARED:-$PWD/../shared}
mode=${1:-all}
passed=0 failed=0
left_out=()
jobs=$(nproc)

# count NAME COMMAND...: one test that is not ctest's.
count() {
  local name=$1 start=$SECONDS
  shift
  if "$@" >"build/test-$name.log" 2>&1; then
    passed=$((passed + 1))
    printf '  passed  %-28s %4d s\n' "$name" $((SECONDS - start))
  else
    failed=$((failed + 1))
    printf '  FAILED  %-28s %4d s\n' "$name" $((SECONDS - start))
    tail -n 40 "build/test-$name.log" | sed 's/^/          /'
  fi
}

build() {
  printf 'build %s\n' "$1"
  mkdir -p build
  { cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs"; } >"build/$1.log" 2>&1 && return 0
  tail -n 60 "build/$1.log"
  failed=$((failed + 1))
  return 1
}

# ctest_tier PRESET NAME PARALLEL ARGUMENTS...: the tests of some labels, one count per ctest entry.
ctest_tier() {
  local preset=$1 name=$2 parallel=$3 log="build/test-$1-$2.log" start=$SECONDS total bad skipped
  shift 3
  ctest --test-dir "build/$preset" --output-on-failure -j "$parallel" "$@" >"$log" 2>&1
  total=$(sed -n 's/.* tests failed out of \([0-9]*\)$/\1/p' "$log")
  bad=$(sed -n 's/.*passed, \([0-9]*\) tests failed out of .*/\1/p' "$log")
  skipped=$(grep -c '\*\*\*Skipped' "$log")
  if [ -z "$total" ]; then
    total=1 bad=1
  fi
  [ "$skipped" -eq 0 ] || left_out+=("$(grep -o '[a-z_0-9]* \.*\*\*\*Skipped' "$log" | sed 's/ .*//' | tr '\n' ' ')")
  passed=$((passed + total - bad - skipped))
  failed=$((failed + bad))
  printf '  %-36s %3d of %3d passed %5d s\n' "$preset: $name" $((total - bad - skipped)) "$total" $((SECONDS - start))
  [ "$bad" -eq 0 ] || grep -vE '^ +Start |Passed' "$log" | tail -n 120
}

finish() {
  if [ ! -d "$MW_SHARED" ]; then
    left_out+=("what needs the public data sets (MW_SHARED)")
  fi
  for what in "${left_out[@]:-}"; do [ -z "$what" ] || echo "left out: $what"; done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

start=$SECONDS
build dev || finish
ctest_tier dev "architecture, unit, property" "$jobs" -L 'architecture|unit|property'
if [ "$mode" = quick ]; then finish; fi

ctest_tier dev component "$jobs" -L component
ctest_tier dev replay "$jobs" -L replay
ctest_tier dev golden "$jobs" -L golden

if build asan; then
  ctest_tier asan "unit, property" "$jobs" -L 'unit|property'
fi
for script in tests/fuzz/run.sh tests/replay/kill.sh tests/replay/same_bytes.sh tests/replay/datasets.sh tests/replay/readme.sh; do
  [ -x "$script" ] || continue
  count "$(basename "$(dirname "$script")")-$(basename "$script" .sh)" "$script"
done
printf 'all of it: %d s\n' $((SECONDS - start))
finish

#!/usr/bin/env bash
# Each harness for MW_FUZZ_SECONDS (60) from its seeds, under address and undefined-behaviour checks; finds nothing,
# and runs at least 80 % of the lines of what it fuzzes.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${MW_FUZZ_SECONDS:-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)" --target fuzz_decode fuzz_csv fuzz_ingest >/dev/null

fuzz() { # fuzz NAME SOURCES...: sources whose coverage counts
  local name=$1 covered
  shift
  LLVM_PROFILE_FILE="$work/$name.profraw" "build/fuzz/bin/$name" -max_total_time="$seconds" -rss_limit_mb=4096 \
    -print_final_stats=1 "$work/$name" >"$work/$name.log" 2>&1 || { tail -n 60 "$work/$name.log"; exit 1; }
  llvm-profdata-14 merge -o "$work/$name.profdata" "$work/$name.profraw" 2>/dev/null ||
    llvm-profdata merge -o "$work/$name.profdata" "$work/$name.profraw"
  covered=$( (llvm-cov-14 export -summary-only -instr-profile "$work/$name.profdata" "build/fuzz/bin/$name" "$@" 2>/dev/null ||
    llvm-cov export -summary-only -instr-profile "$work/$name.profdata" "build/fuzz/bin/$name" "$@") |
    python3 -c 'import json,sys; print("%.1f" % json.load(sys.stdin)["data"][0]["totals"]["lines"]["percent"])')
  echo "$name: $(grep -o 'stat::number_of_executed_units: *[0-9]*' "$work/$name.log" | grep -o '[0-9]*$') runs, $covered % of lines"
  python3 -c "import sys; sys.exit(0 if float('$covered') >= 80 else 1)" || { echo "$name covers too little"; exit 1; }
}

mkdir -p "$work/fuzz_decode" "$work/fuzz_csv" "$work/fuzz_ingest"
python3 tests/fuzz/seeds_decode.py schemas "$work/fuzz_decode"
python3 tests/fuzz/seeds_csv.py tests/golden/table "$work/fuzz_csv"
fuzz fuzz_decode common/wire/mw_decode.c common/wire/mw_check.c common/wire/mw_encode.c common/wire/mw_number.c common/wire/mw_charset.c
fuzz fuzz_csv services/cli/table/mw_csv.c services/cli/table/mw_number.c services/cli/table/mw_datecell.c services/cli/table/mw_text.c
fuzz fuzz_ingest services/ingest/*.c

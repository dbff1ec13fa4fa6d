#!/usr/bin/env bash
# The measured figures: JSON lines as they come, one table at the end. README.md beside this says what each
# figure means.   tests/bench/run.sh [NAME...]   with the names of `benches` below; all of them without.
set -euo pipefail
cd "$(dirname "$0")/../.."
export MW_SHARED=${MW_SHARED:-$PWD/../shared}
benches=(replay model ingest guard start num wire accuracy)
here=tests/bench
bin=$PWD/build/bench/bin
jobs=$(nproc)
work=$(mktemp -d)

# Each bench runs in a subshell (its output goes through tee), so what it leaves behind is known by files.
clean_up() {
  if [ -f "$work/monitor" ]; then kill -INT "$(cat "$work/monitor")" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap clean_up EXIT

# build PRESET TARGET...: what the build says is shown only when it fails.
build() {
  local preset=$1 log=build/$1.log
  shift
  mkdir -p build
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" -j "$jobs" --target "$@"; } >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    echo "bench: the build failed; all of it is in $log" >&2
    exit 1
  fi
}

# figure NAME VALUE UNIT [LIMIT]
figure() {
  local limit=
  if [ $# -gt 3 ]; then
    limit=$(awk -v value="$2" -v limit="$4" \
      'BEGIN {printf ",\"limit\":%g,\"within\":%s", limit, value + 0 <= limit + 0 ? "true" : "false"}')
  fi
  printf '{"name":"%s","value":%s,"unit":"%s"%s}\n' "$1" "$2" "$3" "$limit"
}

leave_out() {
  echo "left out: $1" >>"$work/left_out"
}

needs_shared() {
  [ -d "$MW_SHARED/reference/nuts" ] && return 0
  leave_out "$1 (needs the reference posteriors in the folder that MW_SHARED names)"
  return 1
}

bench_replay() {
  local one_core=()
  if command -v taskset >/dev/null && taskset -c 0 true 2>/dev/null; then one_core=(taskset -c 0); fi
  "$bin/mixwatch" simulate --out "$work/market" --channels 6 --periods 730 2>/dev/null
  python3 $here/measured.py --name "replay/6 channels x 730 days" --seconds 15 --megabytes 200 -- \
    "${one_core[@]}" "$bin/mixwatch" replay --quiet --data "$work/market/table.csv" \
    --table "$work/market/table.json" --out "$work/replayed"
}

bench_model() {
  needs_shared model || return 0
  "$bin/model_bench" simulated-daily 1024
  "$bin/model_bench" simulated-daily 1024 free
}

bench_ingest() {
  "$bin/ingest_bench" "$work"
}

# await_live PID: until the monitor is through its history and publishes.
await_live() {
  for _ in $(seq 600); do
    grep -q '^Live' "$work/monitor.log" && return 0
    kill -0 "$1" || break
    sleep 0.1
  done
  cat "$work/monitor.log" >&2
  echo "bench: mixwatch run did not come up" >&2
  return 1
}

bench_guard() {
  local monitor
  "$bin/guard_bench" "$work/guard.db"
  "$bin/mixwatch" simulate --out "$work/small" --channels 2 --periods 60 --grid week 2>/dev/null
  "$bin/mixwatch" run --data "$work/small/table.csv" --table "$work/small/table.json" --state "$work/state" \
    --publish "ipc://$work/publisher" >"$work/monitor.log" 2>&1 &
  monitor=$!
  echo "$monitor" >"$work/monitor"
  await_live "$monitor"
  "$bin/guard_bench" "$work/state/mixwatch.db" "ipc://$work/publisher"
  kill -INT "$monitor"
  wait "$monitor"
  rm "$work/monitor"
}

# Of what is committed, in a folder of its own, with the packages that are there.
bench_start() {
  if ! git rev-parse --git-dir >/dev/null 2>&1; then
    leave_out "start (needs a git repository to clone)"
    return 0
  fi
  local start=$EPOCHREALTIME built first
  git clone --quiet . "$work/clone"
  (cd "$work/clone" && exec stdbuf -oL ./mw run --once --publish "ipc://$work/started") 2>"$work/start.log" |
    while IFS= read -r line; do
      case $line in "Best split"*) echo "$EPOCHREALTIME" >>"$work/recommended" ;; esac
    done
  built=$(stat -c %.6Y "$work/clone/build/release/bin/mixwatch")
  first=$(head -n 1 "$work/recommended")
  figure "start/clone to built" "$(awk -v a="$start" -v b="$built" 'BEGIN {printf "%.2f", b - a}')" s
  figure "start/clone to recommendation" "$(awk -v a="$start" -v b="$first" 'BEGIN {printf "%.2f", b - a}')" s 60
}

bench_num() {
  "$bin/num_bench"
}

bench_wire() {
  "$bin/wire_bench"
}

# golden LABEL TESTS: those tests print "CASE worst mean 0.043 sd, worst sd 5.1 %"; one that fails still counts.
golden() {
  local log=$work/golden.log
  build/dev/bin/model_golden --filter "model_golden/$2" >"$log" 2>&1 || cat "$log" >&2
  sed -n 's/^\([a-z-]*\) *worst mean \([0-9.]*\) sd, worst sd \([0-9.]*\) %$/\1 \2 \3/p' "$log" >"$work/golden"
  if [ ! -s "$work/golden" ]; then
    cat "$log" >&2
    echo "bench: model_golden printed no accuracy" >&2
    return 1
  fi
  while read -r case mean sd; do
    figure "accuracy/$case, $1/worst mean" "$mean" "posterior sd" 0.12
    figure "accuracy/$case, $1/worst sd" "$sd" "% off" 12
  done <"$work/golden"
}

bench_accuracy() {
  needs_shared accuracy || return 0
  build dev model_golden
  golden "5 x 1024" "five_*"
  golden "1 x 4096" "one_*"
  golden "5 x 1024" "a_*restatement*"
}

chosen=("$@")
[ $# -gt 0 ] || chosen=("${benches[@]}")
for name in "${chosen[@]}"; do
  if [ "$(type -t "bench_$name")" != function ]; then
    echo "bench: there is no \"$name\"; there are ${benches[*]}" >&2
    exit 2
  fi
done

build bench all
for name in "${chosen[@]}"; do
  "bench_$name" | tee -a "$work/figures"
done
echo
python3 $here/table.py <"$work/figures"
if [ -f "$work/left_out" ]; then cat "$work/left_out"; fi

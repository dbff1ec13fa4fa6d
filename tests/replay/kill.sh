#!/usr/bin/env bash
# Kill -9 at 20 random moments of a replay: outputs and states are those of a run that nobody disturbed, and little is
# done twice. The moments are drawn in processor time, so that a busy machine does not move them.
set -euo pipefail
cd "$(dirname "$0")/../.."
mixwatch=$PWD/build/dev/bin/mixwatch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RANDOM=20

"$mixwatch" simulate --out "$work/market" --channels 6 --periods 730 --seed 7 2>/dev/null
start_run() { # start_run STATE: in the background, its process id in $pid
  "$mixwatch" run --once --data "$work/market/table.csv" --table "$work/market/table.json" --state "$1" \
    --journal kill-test --redis none --publish none >"$1.log" 2>&1 &
  pid=$!
}
cpu_ms() { # processor time of $pid so far; fails when it has ended
  local stat
  stat=$(cat "/proc/$pid/stat" 2>/dev/null) || return 1
  read -r -a fields <<<"${stat##*) }"
  [ "${fields[0]}" != Z ] && echo $(((fields[11] + fields[12]) * 10))
}
facts_read() { "$mixwatch" status --state "$work/killed" 2>/dev/null | awk '/^  updater/ {print $3}'; }

start_run "$work/whole"
while now=$(cpu_ms); do
  whole_ms=$now
  sleep 0.05
done
wait "$pid"
echo "undisturbed: $whole_ms ms of processor time"

kills=0 stalls=0 before=-1 spent_ms=0
while [ "$kills" -lt 20 ]; do
  limit_ms=$((whole_ms / 40 + RANDOM % (whole_ms / 30 + 1) + 40))
  start_run "$work/killed"
  while now=$(cpu_ms) && [ "$now" -lt "$limit_ms" ]; do sleep 0.01; done
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null && break # it came through before the kill
  kills=$((kills + 1))
  spent_ms=$((spent_ms + limit_ms))
  now=$(facts_read)
  echo "kill $kills at $limit_ms ms: the updater has read ${now:-0} facts"
  [ "${now:-0}" -gt "$before" ] || stalls=$((stalls + 1))
  before=${now:-0}
done
start_run "$work/killed"
while now=$(cpu_ms); do
  last_ms=$now
  sleep 0.05
done
wait "$pid"
spent_ms=$((spent_ms + last_ms))
echo "$kills kills, $stalls of them without a commit since the one before; $spent_ms ms of processor time in all"
[ "$kills" -eq 20 ] || { echo "too few kills: the run is too short for this test"; exit 1; }
[ "$stalls" -le 4 ] || { echo "the kills came without commits between them"; exit 1; }
[ $((2 * spent_ms)) -le $((3 * whole_ms)) ] || { echo "more than 1.5 times the work"; exit 1; }

for state in whole killed; do
  "$mixwatch" verify --state "$work/$state" | tee "$work/$state.verify"
  "$mixwatch" export --state "$work/$state" --out "$work/$state.out"
done
diff <(sed 's/ *[0-9]* snapshots//' "$work/whole.verify") <(sed 's/ *[0-9]* snapshots//' "$work/killed.verify")
diff -rq "$work/whole.out" "$work/killed.out" || { echo "outputs differ"; exit 1; }
echo "same outputs, same states"

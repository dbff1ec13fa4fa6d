#!/usr/bin/env bash
# Kill -9 at 20 random moments of a replay: outputs and states are those of a run that nobody disturbed.
set -euo pipefail
cd "$(dirname "$0")/../.."
mixwatch=$PWD/build/dev/bin/mixwatch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
RANDOM=20

"$mixwatch" simulate --out "$work/market" --channels 3 --periods 400 --seed 7 2>/dev/null
run() { # run STATE [PREFIX...]
  local state=$1
  shift
  "$@" "$mixwatch" run --once --data "$work/market/table.csv" --table "$work/market/table.json" --state "$state" \
    --particles 512 --journal kill-test --redis none --publish none
}

# The undisturbed run says how long the whole is, so that the kills fall all over it.
start=$(date +%s%N)
run "$work/whole" >"$work/whole.log" 2>&1
took_ms=$(( ($(date +%s%N) - start) / 1000000 ))
echo "undisturbed: $took_ms ms"

kills=0 stalls=0 before=-1
while [ "$kills" -lt 20 ]; do
  limit_ms=$(( took_ms / 30 + RANDOM % (took_ms / 15 + 1) + 150 ))
  if run "$work/killed" timeout -s KILL "$(printf '%d.%03d' $((limit_ms / 1000)) $((limit_ms % 1000)))" \
    >"$work/killed.log" 2>&1; then
    break # it came through before the kill
  fi
  kills=$((kills + 1))
  now=$("$mixwatch" status --state "$work/killed" 2>/dev/null | awk '/^  updater/ {print $3}') || now=0
  echo "kill $kills after $limit_ms ms: the updater has read ${now:-0} facts"
  if [ "${now:-0}" -le "$before" ]; then stalls=$((stalls + 1)); fi
  before=${now:-0}
done
run "$work/killed" >"$work/killed.log" 2>&1
echo "$kills kills, $stalls of them without a commit since the one before"
[ "$kills" -ge 12 ] || { echo "too few kills: the run is too short for this test"; exit 1; }

for state in whole killed; do
  "$mixwatch" verify --state "$work/$state" | tee "$work/$state.verify"
  "$mixwatch" export --state "$work/$state" --out "$work/$state.out"
done
diff <(sed 's/ *[0-9]* snapshots//' "$work/whole.verify") <(sed 's/ *[0-9]* snapshots//' "$work/killed.verify")
diff -r "$work/whole.out" "$work/killed.out" >/dev/null || { echo "outputs differ"; diff -rq "$work/whole.out" "$work/killed.out"; exit 1; }
echo "same outputs, same states"

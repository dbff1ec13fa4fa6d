#!/usr/bin/env bash
# The commands as a person uses them, on a small market. Usage: cli.sh MIXWATCH SCHEMAS
set -uo pipefail
mixwatch=$(realpath "$1")
schemas=$(realpath "$2")
work=$(mktemp -d)
children=()
clean() {
  for pid in "${children[@]:-}"; do [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null; done
  rm -rf "$work"
}
trap clean EXIT
cd "$work" || exit 1
failures=0

fail() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}
expect() { # expect WHAT COMMAND...
  local what=$1
  shift
  "$@" || fail "$what"
}
wait_for() { # wait_for SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.05
  done
}
count() { wc -l <"$1"; }

# ---- help: every command says its options and exits with 0 ---------------------------------------------------------

declare -A options=(
  [run]="data table state fresh once day rules redis publish seed particles journal"
  [replay]="data table out until seed particles rules check no-report quiet"
  [subscribe]="endpoint json count for" [status]="state" [verify]="state" [export]="state out"
  [simulate]="out events tenant channels periods grid first geos seed media-share noise rho test-start scales"
  [schema]=""
)
"$mixwatch" --help >help || fail "--help exits with $?"
for command in "${!options[@]}"; do
  grep -q "^  $command " help || fail "--help does not name $command"
  "$mixwatch" "$command" --help >"help.$command" || fail "$command --help exits with $?"
  for option in ${options[$command]} help; do
    grep -qE -- "^  --$option( |\$)" "help.$command" || fail "$command --help does not name --$option"
  done
done
while read -r command _; do
  [ -n "${options[$command]+x}" ] || fail "the command $command is not under test"
done < <(grep -E '^  [a-z]+ ' help)
expect "--version" grep -qE '^mixwatch [0-9]' <("$mixwatch" --version)

# ---- schema: what the program says is what is committed ------------------------------------------------------------

for file in "$schemas"/mw.*.v1.schema.json; do
  topic=$(basename "$file" .schema.json)
  "$mixwatch" schema "$topic" | cmp -s - "$file" || fail "schema $topic differs from the committed file"
done
[ "$("$mixwatch" schema | wc -l)" -eq "$(find "$schemas" -name 'mw.*.v1.schema.json' | wc -l)" ] || fail "schema lists other types"

# ---- simulate: the same seed, the same bytes -----------------------------------------------------------------------

simulate() { "$mixwatch" simulate --channels 2 --periods 120 --events "$@" 2>/dev/null; }
simulate --out market --seed 3
simulate --out again --seed 3
simulate --out other --seed 4
expect "simulate twice" diff -r market again
for file in table.csv truth.json events.jsonl; do
  cmp -s "market/$file" "other/$file" && fail "another seed, the same $file"
done

# ---- replay --until: the history as it would have been on that day ---------------------------------------------

table=(--data market/table.csv --table market/table.json --particles 64)
"$mixwatch" replay --quiet "${table[@]}" --out whole 2>/dev/null || fail "replay exits with $?"
"$mixwatch" replay --quiet "${table[@]}" --out early --until 2024-03-15 2>/dev/null || fail "replay --until exits with $?"
expect "the last estimate is of that day" grep -q '"as_of":"2024-03-15"' <(tail -n 1 early/mw.estimate.v1.jsonl)
cells() { grep '"kind":"cell"' "$1" | grep -o '"cell":{.*'; }
n=$(cells early/mw.fact.v1.jsonl | wc -l)
expect "75 days of cells" test "$n" -ge $((75 * 4))
expect "the same facts up to there" cmp -s <(cells early/mw.fact.v1.jsonl) <(cells whole/mw.fact.v1.jsonl | head -n "$n")
"$mixwatch" replay --quiet "${table[@]}" --out short --until 2024-01-20 >log 2>&1 || fail "a short history exits with $?"
expect "a short history says so" grep -q 'no estimate yet' log
expect "and leaves its facts" test -s short/mw.fact.v1.jsonl
expect "nothing under way is left" test -z "$(find . -name '*.part')"
for file in summary.csv report.html table.json mw.estimate.v1.jsonl; do expect "replay wrote $file" test -s "whole/$file"; done

# ---- run, verify, export -----------------------------------------------------------------------------------------

quiet=(--redis none --publish none)
"$mixwatch" run --once "${table[@]}" "${quiet[@]}" --state state >log 2>&1 || fail "run --once exits with $?"
"$mixwatch" verify --state state >verify.log || fail "verify exits with $?"
[ "$(grep -c ' same ' verify.log)" -eq 4 ] || fail "verify does not speak of four services"
"$mixwatch" export --state state --out exported || fail "export exits with $?"
expect "run and replay say the same" cmp -s <(cut -d'"' -f4- exported/mw.estimate.v1.jsonl) <(cut -d'"' -f4- whole/mw.estimate.v1.jsonl)

python3 - <<'PY' || fail "the log could not be changed"
import sqlite3
db = sqlite3.connect("state/mixwatch.db")
row = db.execute("select seq, value from records join topics on topics.id = topic where name = 'mw.estimate.v1' "
                 "order by seq limit 1").fetchone()
value = bytearray(row[1])
at = value.index(b'"mean":') + 8
value[at] = ord("1") if value[at] != ord("1") else ord("2")
db.execute("update records set value = ? where seq = ?", (bytes(value), row[0]))
db.commit()
PY
code=0
"$mixwatch" verify --state state >verify.log 2>&1 || code=$?
[ "$code" -eq 3 ] || fail "verify of a changed byte exits with $code"
expect "verify names the service" grep -qE '^updater +[^s]' verify.log
expect "verify speaks of the others" test "$(grep -c ' same ' verify.log)" -eq 3

# ---- a monitor that runs: status beside it, Ctrl-C, and on it goes -----------------------------------------------

# The demo's history is two years: the smallest population, and a day of live stream ten times a second.
start() { # start LOG OPTION...
  local log=$1
  shift
  "$mixwatch" run --state live --particles 64 --day 100ms --seed 3 "$@" >"$log" 2>"$log.err" &
  monitor=$!
  children+=("$monitor")
}
stop() { # stop SIGNAL: its exit code, and how long it took
  local from=${EPOCHREALTIME/./} code=0
  kill "-$1" "$monitor"
  wait "$monitor" || code=$?
  took_ms=$(((${EPOCHREALTIME/./} - from) / 1000))
  [ "$code" -eq 0 ] || fail "SIG$1: exit code $code"
  [ "$took_ms" -lt 2000 ] || fail "SIG$1: took $took_ms ms"
}
facts() { "$mixwatch" status --state live 2>/dev/null | awk '/^  updater/ {print $3}'; }
more_than() { [ "$(facts || echo 0)" -gt "$1" ] 2>/dev/null; }

start first --redis none --publish none
expect "the history begins" wait_for 20 more_than 500
stop INT # in the midst of the history
expect "it says that it goes on" grep -q 'goes on from here' first.err
before=$(facts)

start second --publish 'tcp://127.0.0.1:*'
expect "the monitor goes live" wait_for 90 grep -q '^Live' second
expect "it goes on where it stopped" test "$(facts)" -gt "$before"
"$mixwatch" status --state live >status || fail "status beside a monitor exits with $?"
expect "status says what runs" grep -q "^running: .*process $monitor" status
for line in '^  ingest ' '^  publisher ' '^last estimates' '^last allocations' '^open alerts'; do
  expect "status says $line" grep -q "$line" status
done
code=0
"$mixwatch" run --once --state live --seed 3 "${quiet[@]}" >log 2>&1 || code=$?
[ "$code" -eq 2 ] && grep -q "process $monitor" log || fail "a second monitor on the same folder: exit code $code"
"$mixwatch" verify --state live >/dev/null || fail "verify beside a monitor exits with $?"

endpoint=$(grep -o 'tcp://127.0.0.1:[0-9]*' second | head -n 1)
"$mixwatch" subscribe --endpoint "$endpoint" --count 5 --for 20s estimate allocation >received 2>remarks || fail "subscribe exits with $?"
[ "$(count received)" -eq 5 ] && grep -q estimate received || fail "subscribe received $(count received) records"

# ---- Redis: emptied, then killed: the monitor goes on, and all is there again ----------------------------------

if command -v redis-cli >/dev/null; then
  redis() { redis-cli -s live/redis.sock "$@" 2>/dev/null; }
  filled() { [ "$(redis dbsize | tr -dc 0-9)" -gt 0 ] 2>/dev/null; }
  expect "the cache is filled" wait_for 20 filled
  redis flushall >/dev/null
  expect "the cache is filled again after FLUSHALL" wait_for 20 filled
  server=$(redis info server | tr -d '\r' | sed -n 's/^process_id://p')
  kill -KILL "$server" || fail "no private Redis was found"
  at=$(facts)
  expect "the monitor goes on without Redis" wait_for 20 more_than $((at + 20))
  expect "it says that it is degraded" wait_for 20 grep -q degraded second.err
  expect "another Redis is filled" wait_for 20 filled
else
  echo "left out: Redis (no redis-cli)"
fi

stop TERM
"$mixwatch" verify --state live >verify.log || fail "verify after all that exits with $?"
if command -v redis-cli >/dev/null; then
  expect "the private Redis has ended" test "$(redis ping)" != PONG
fi

# ---- kill -9: no private Redis stays behind --------------------------------------------------------------------

start third --publish none
expect "the monitor is live at once" wait_for 30 grep -q '^Live' third
if command -v redis-cli >/dev/null; then
  expect "its Redis answers" test "$(redis ping)" = PONG
fi
kill -KILL "$monitor"
wait "$monitor" 2>/dev/null
if command -v redis-cli >/dev/null; then
  gone() { [ "$(redis ping)" != PONG ]; }
  expect "a killed monitor leaves no Redis" wait_for 5 gone
fi

# ---- a table that has grown goes on; its rows so far must be the same -----------------------------------------------

grown() { "$mixwatch" run --once --redis none --publish none --particles 64 --state grown --table market/table.json --data "$1" >grown.out 2>&1; }
head -101 market/table.csv >part.csv
expect "the first hundred days" grown part.csv
expect "the days since" grown market/table.csv
expect "only those are new" grep -q '120 of 120 periods\|history: 120 periods' grown.out
"$mixwatch" run --once --redis none --publish none --particles 64 --state whole --table market/table.json --data market/table.csv >/dev/null 2>&1
facts_of() { "$mixwatch" status --state "$1" | awk '/^  updater/ {print $3}'; }
expect "as many facts as in one go" test "$(facts_of grown)" -ge "$(facts_of whole)"
expect "verify after growing" "$mixwatch" verify --state grown >/dev/null
if grown part.csv; then fail "a table that has lost rows is taken"; fi

[ "$failures" -eq 0 ] && echo "all commands do what they say"
[ "$failures" -eq 0 ]

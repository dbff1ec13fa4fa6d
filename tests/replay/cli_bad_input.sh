#!/usr/bin/env bash
# Every way in which input can be bad: exit code 2, a message that names file, row, column and what to do, and nothing
# half-written. Usage: cli_bad_input.sh MIXWATCH
set -uo pipefail
mixwatch=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/here"
cd "$work/here" || exit 1
log=$work/log
failures=0 cases=0

fail() {
  echo "FAILED: $1"
  head -n 8 "$log" | sed 's/^/    /'
  failures=$((failures + 1))
}

# refused NAME PATTERN COMMAND...: exit code 2, a message with every part of PATTERN (parts between '|'), and no file
# or folder beside those that were there before.
refused() {
  local name=$1 pattern=$2 code=0 part
  shift 2
  cases=$((cases + 1))
  find . | sort >"$work/before"
  "$@" >"$log" 2>&1 || code=$?
  find . | sort >"$work/after"
  [ "$code" -eq 2 ] || fail "$name: exit code $code"
  while [ -n "$pattern" ]; do
    part=${pattern%%|*}
    grep -qF -- "$part" "$log" || fail "$name: nothing is said of '$part'"
    [ "$part" = "$pattern" ] && break
    pattern=${pattern#*|}
  done
  if ! cmp -s "$work/before" "$work/after"; then
    fail "$name: something was left behind: $(comm -13 "$work/before" "$work/after" | tr '\n' ' ')"
    rm -rf out out.part state
  fi
}
table() { # table NAME PATTERN FILE [OPTION...]: a table that replay and run both refuse
  local name=$1 pattern=$2 file=$3
  shift 3
  refused "$name" "$pattern" "$mixwatch" replay --data "$file" --out out "$@"
  refused "$name (run)" "$pattern" "$mixwatch" run --once --redis none --publish none --data "$file" --state state "$@"
}

"$mixwatch" simulate --out market --channels 2 --periods 60 --seed 3 2>/dev/null
cp market/table.csv good.csv
edit() { awk -F, -v OFS=, "$1" good.csv >"$2"; } # edit PROGRAM FILE

# ---- the table -----------------------------------------------------------------------------------------------------

table "no such file" 'none.csv|No such file|check the name' none.csv
mkdir folder.csv
table "a folder" 'folder.csv|directory|name a file' folder.csv
: >empty.csv
table "an empty file" 'empty.csv: the file is empty|header' empty.csv
head -n 1 good.csv >header.csv
table "a header alone" 'header.csv|no rows|a row for each date' header.csv
cut -d, -f2- good.csv >no-date.csv
table "no dates" 'no-date.csv|no column holds dates|revenue, search|{"date":{"column":' no-date.csv
cut -d, -f1,3- good.csv >no-outcome.csv
table "no outcome" 'no-outcome.csv|no column looks like the outcome|search, social|{"outcome":{"column":' no-outcome.csv
edit 'NR==5{$1="the fourth"}1' words.csv
table "a date in words" 'words.csv: row 5, column "date": "the fourth"|2026-01-31' words.csv
edit 'NR==40{$1="2024-02-31"}1' calendar.csv
table "a date that no calendar has" 'calendar.csv: row 40, column "date": "2024-02-31"' calendar.csv
edit 'NR==5{$1="2024-01-03"}1' twice.csv
table "a date twice" 'twice.csv: row 5, column "date": "2024-01-03" is there already, in row 4|keep one row' twice.csv
edit 'NR!=9' missing.csv
table "a missing date" 'missing.csv: row 9, column "date"|2024-01-08 has no row|{"fill":"zero"}' missing.csv
edit 'NR==7{$3="-5"}1' negative.csv
table "negative spend" 'negative.csv: row 7, column "search"|negative (-5)|refund' negative.csv
edit 'NR==7{$3="abc"}1' text.csv
table "text for a number" 'text.csv: row 7, column "search": "abc" is not a number|leave the cell blank' text.csv
for word in inf 1e999; do # nan is how some exports write a blank
  edit "NR==7{\$2=\"$word\"}1" infinite.csv
  table "$word for a number" "infinite.csv: row 7, column \"revenue\": \"$word\"" infinite.csv
done
edit 'NR>1{$4="0"}1' never.csv
table "a channel that never spends" 'never.csv: column "social"|never spends|{"ignored":["COLUMN"]}|--table' never.csv
head -n 12 good.csv >few.csv
table "fewer rows than parameters" 'few.csv|11 days|26 parameters|more history' few.csv
edit 'NR==7{$3="€"$3}NR==8{$3="$"$3}1' currencies.csv
table "mixed currencies" 'currencies.csv: row 8, column "search"|EUR|one currency' currencies.csv

# ---- what stands beside it -----------------------------------------------------------------------------------------

table "no such description" 'none.json|No such file' good.csv --table none.json
echo '{' >open.json
table "a description that is no JSON" 'open.json|line 2|near end of file' good.csv --table open.json
echo '{"outcome":{"column":"sale"}}' >short.json
table "a description of an outcome that is not there" 'good.csv|"sale"|revenue, search' good.csv --table short.json
edit 'NR==7{$3="n/a"}1' words.csv
table "a blank that words describe" 'words.csv: row 7, column "search"|blank ("n/a")|{"fill":"zero"}|--table' words.csv
sed 's/"column":"search"/"column":"serch"/' market/table.json >misspelt.json
table "a description of another table" 'good.csv|"serch"|search, social' good.csv --table misspelt.json
sed 's/"grid":"day"/"grid":"day","model":{"particles":100,"seed":1}/' market/table.json >odd.json
table "an odd population in the description" 'odd.json: 100 particles|multiple of 16' good.csv --table odd.json
table "an odd population" '--particles: 100 particles|multiple of 16' good.csv --particles 100
table "a tiny population" '--particles: 16 particles|at least 64' good.csv --particles 16
table "a negative seed" 'seed: -1' good.csv --seed -1
table "no such rules" 'none.yaml|No such file' good.csv --rules none.yaml
printf 'version: 1\nrules:\n  - name: x\n    whn: {}\n' >rules.yaml
table "a misspelt rule" 'rules.yaml:4:5|whn|when' good.csv --rules rules.yaml
refused "a date that is none" '--until|2024-13-01' "$mixwatch" replay --data good.csv --out out --until 2024-13-01
refused "an end before the beginning" '--until 2023-12-31|2024-01-01' "$mixwatch" replay --data good.csv --out out --until 2023-12-31
refused "nowhere to write to" '--out DIR' "$mixwatch" replay --data good.csv
refused "a folder that is a file" 'good.csv is a file' "$mixwatch" replay --data good.csv --out good.csv
refused "a folder in no folder" 'a/b/c' "$mixwatch" replay --data good.csv --out a/b/c
refused "a Redis that is no place" 'redis' "$mixwatch" run --once --data good.csv --state state --redis nowhere --publish none

# ---- what a refusal says to write is enough by itself ------------------------------------------------------------

answered() { # answered NAME TABLE LINE
  cases=$((cases + 1))
  echo "$3" >answer.json
  "$mixwatch" replay --quiet --particles 64 --data "$2" --table answer.json --out answered >"$log" 2>&1 || fail "$1: still refused"
  rm -rf answered answer.json
}
answered "missing dates" missing.csv '{"fill":"zero"}'
answered "blanks of words" words.csv '{"fill":"zero"}'
answered "a channel that never spends" never.csv '{"ignored":["social"]}'
answered "a currency" good.csv '{"currency":"EUR"}'

# ---- commands and options ------------------------------------------------------------------------------------------

refused "an unknown command" '"rnu"|did you mean "run"' "$mixwatch" rnu
refused "no command" 'usage: mixwatch COMMAND' "$mixwatch"
refused "an unknown option" '"dta"|did you mean "data"' "$mixwatch" replay --dta x
refused "an unknown message" '"estimat"|mixwatch schema' "$mixwatch" schema estimat
refused "a required option left out" 'out' "$mixwatch" simulate
for command in status verify; do
  refused "$command of nothing" 'none|mixwatch run --state none' "$mixwatch" $command --state none
done
refused "export of nothing" 'none|mixwatch run' "$mixwatch" export --state none --out out

# ---- a state folder that cannot be used ----------------------------------------------------------------------------

quick=(--once --redis none --publish none --particles 64)
"$mixwatch" run "${quick[@]}" --data good.csv --state newer >"$log" 2>&1 || fail "a run that should go well"
python3 -c 'import sqlite3; d = sqlite3.connect("newer/mixwatch.db"); d.execute("PRAGMA user_version = 999"); d.commit()'
for command in "run ${quick[*]} --data good.csv" status verify; do
  # shellcheck disable=SC2086
  refused "a newer version ($command)" 'newer/mixwatch.db|newer mixwatch|999' "$mixwatch" $command --state newer
done
mkdir foreign
echo 'not a log' >foreign/mixwatch.db
touch foreign/mixwatch.db.lock
refused "a file that is no log" 'foreign/mixwatch.db' "$mixwatch" run "${quick[@]}" --data good.csv --state foreign
[ "$(cat foreign/mixwatch.db)" = 'not a log' ] || fail "a foreign file was changed"
edit 'NR==7{$3="5"}1' other.csv
"$mixwatch" run "${quick[@]}" --data good.csv --state kept >"$log" 2>&1 || fail "a run that should go well"
"$mixwatch" run "${quick[@]}" --data good.csv --state kept >"$log" 2>&1 || fail "the same table again"
sed '1s/revenue/net_revenue/' good.csv >renamed.csv
refused "another outcome with the same numbers" '--fresh|--state DIR' "$mixwatch" run "${quick[@]}" --data renamed.csv --state kept
refused "another table for the same folder" '--fresh|--state DIR' "$mixwatch" run "${quick[@]}" --data other.csv --state kept

# ---- a full disk: no file may grow beyond so many blocks of 1,024 bytes ------------------------------------------

full() (
  trap '' XFSZ
  ulimit -f "$1"
  shift
  exec "$@"
)
for blocks in 1 40 300; do
  refused "a full disk after $blocks KiB (replay)" 'out' full "$blocks" "$mixwatch" replay --quiet --particles 64 --data good.csv --out out
done
code=0
full 300 "$mixwatch" run "${quick[@]}" --data good.csv --state full >"$log" 2>&1 || code=$?
[ "$code" -eq 2 ] && grep -qE 'full/mixwatch.db|disk' "$log" || fail "a full disk (run): exit code $code"
"$mixwatch" run "${quick[@]}" --data good.csv --state full --journal j >"$log" 2>&1 || fail "with room again it does not go on"
"$mixwatch" verify --state full >"$log" 2>&1 || fail "what the full disk left is damaged"

echo "$cases refusals, $failures failures"
[ "$failures" -eq 0 ]

#!/usr/bin/env bash
# Every public table of spend and outcome goes through without a word of description; every other table is refused
# with the reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${MW_SHARED:-$PWD/../shared}/data
mixwatch=$PWD/build/dev/bin/mixwatch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -d "$data" ] || { echo "left out: $data is absent"; exit 0; }

through() { # through NAME FILE CHANNELS
  "$mixwatch" replay --quiet --data "$data/$2" --particles 256 --out "$work/$1"
  local rows
  rows=$(($(wc -l <"$work/$1/summary.csv") - 1))
  [ "$rows" -eq "$3" ] || { echo "$1: $rows channels instead of $3"; exit 1; }
  [ ! -s "$work/$1/mw.deadletter.v1.jsonl" ] || { echo "$1: dead letters"; head -2 "$work/$1/mw.deadletter.v1.jsonl"; exit 1; }
  grep -q '</html>' "$work/$1/report.html"
  echo "$1: $rows channels, $(wc -l <"$work/$1/mw.estimate.v1.jsonl") estimates"
}
refused() { # refused FILE
  local code=0
  "$mixwatch" replay --quiet --data "$data/$1" --out "$work/refused" >"$work/log" 2>&1 || code=$?
  [ "$code" -eq 2 ] || { echo "$1: exit code $code"; cat "$work/log"; exit 1; }
  [ ! -e "$work/refused" ] || { echo "$1: something was written"; exit 1; }
  echo "$1: refused: $(head -c 160 "$work/log" | tr '\n' ' ')"
}

through robyn robyn-simulated-weekly/dt_simulated_weekly.csv 5
through pymc pymc-mmm-example/mmm_example.csv 2
through daily simulated-daily/simulated_daily.csv 6
through meridian meridian-simulated/national_all_channels.csv 5
through meridian-geo meridian-simulated/geo_all_channels.csv 5
refused geolift-walkthrough/GeoLift_Test.csv
refused prop99-synthdid/california_prop99.csv
refused confseq-ate/ate_data.csv
refused causalimpact-toy/causalimpact_toy.csv
refused orbit-iclaims/iclaims_example.csv

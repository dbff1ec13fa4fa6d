#!/usr/bin/env bash
# What the README says is what happens: its transcript is what its command prints, and every command in it exists.
# MW_README_UPDATE=1 writes the transcript anew; the difference is then reviewed.
set -euo pipefail
cd "$(dirname "$0")/../.."
mixwatch=$PWD/build/dev/bin/mixwatch
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Times follow the machine and are masked on both sides. Everything else must agree to the letter.
mask() { sed -E 's/, [0-9.]+ s$/, N s/'; }

"$mixwatch" run --once --fresh --first 2024-01-01 --state "$work/state" --redis none --publish none >"$work/out" 2>"$work/err"
{ tail -n 1 "$work/err" && cat "$work/out"; } >"$work/transcript"
if [ "${MW_README_UPDATE:-}" = 1 ]; then
  python3 - "$work/transcript" <<'PY'
import re, sys
text = open("README.md").read()
printed = open(sys.argv[1]).read().rstrip()
pattern = re.compile(r"(<!-- transcript: .*? -->\n```\n).*?(```\n<!-- end -->)", re.S)
open("README.md", "w").write(pattern.sub(lambda m: m.group(1) + printed + "\n" + m.group(2), text))
PY
fi
sed -n '/^<!-- transcript/,/^<!-- end/p' README.md | sed '1,2d;$d' | sed '$d' | mask >"$work/said"
mask <"$work/transcript" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$work/happens"
diff "$work/said" "$work/happens" || { echo "the README's transcript is not what its command prints (MW_README_UPDATE=1 writes it)"; exit 1; }

grep -oE '^mixwatch [a-z]+' README.md | sort -u | while read -r _ name; do
  "$mixwatch" "$name" --help >/dev/null || { echo "README: mixwatch $name does not exist"; exit 1; }
done
./mw --help | grep -q 'bench'
echo "the README holds"

#!/usr/bin/env bash
# The same input gives the same bytes: twice, at -O2 and -O3, with plain SSE2 code instead of AVX, and on an emulated
# processor that has no AVX.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jobs=$(nproc)

build/dev/bin/mixwatch simulate --out "$work/market" --channels 4 --periods 260 --seed 3 --rho 0.4 2>/dev/null
replay() { # replay NAME BINARY
  "$2" replay --quiet --data "$work/market/table.csv" --table "$work/market/table.json" --particles 256 --out "$work/$1"
  (cd "$work/$1" && sha256sum -- * >"$work/$1.sums")
  diff "$work/first.sums" "$work/$1.sums" || { echo "$1 differs from -O2"; exit 1; }
  echo "$1: the same $(wc -l <"$work/$1.sums") files"
}
variant() { # variant NAME FLAGS
  cmake -S . -B "build/bytes-$1" -G Ninja -DCMAKE_BUILD_TYPE=None -DMW_TESTS=OFF -DCMAKE_C_FLAGS="$2" >/dev/null
  cmake --build "build/bytes-$1" -j "$jobs" --target mixwatch >/dev/null
}

mkdir "$work/first"
build/dev/bin/mixwatch replay --quiet --data "$work/market/table.csv" --table "$work/market/table.json" \
  --particles 256 --out "$work/first"
(cd "$work/first" && sha256sum -- * >"$work/first.sums")
replay again build/dev/bin/mixwatch
variant O3 -O3
replay O3 build/bytes-O3/bin/mixwatch
variant sse2 "-O2 -DMW_NO_CLONES"
replay without-avx build/bytes-sse2/bin/mixwatch

# Emulation is slow: a smaller market for it.
small() { # small NAME COMMAND...
  local name=$1
  shift
  "$@" build/dev/bin/mixwatch replay --quiet --data "$work/small/table.csv" --table "$work/small/table.json" \
    --particles 128 --out "$work/$name"
}
build/dev/bin/mixwatch simulate --out "$work/small" --channels 3 --periods 150 --seed 3 --rho 0.4 2>/dev/null
small native env
small masked qemu-x86_64 -cpu Nehalem
diff -r "$work/native" "$work/masked" || { echo "a processor without AVX gives other bytes"; exit 1; }
echo "masked: the same $(find "$work/masked" -type f | wc -l) files on a processor without AVX"

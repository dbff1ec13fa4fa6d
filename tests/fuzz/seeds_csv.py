#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds for fuzz_csv from the golden tables: usage: seeds_csv.py TESTS/golden/table CORPUS"""
import pathlib
import sys

NUMBERS = ["1,234.5", "1.234,56 €", "(12.5)", "$-5", "12%", "1e-3", "n/a", "CHF 1'000.00", "1\u202f234,5 kr"]
DATES = ["2024-01-31T00:00:00Z", "1/31/24", "31.1.2024", "2-Jan-24", "Tue, 2 Jan 2024", "20240131", "Jan 2024"]
LONG = "date,channel,spend,sales\n" + "".join(f"2024-01-{i:02d},tv,{i % 3},{i * 7 % 11}\n2024-01-{i:02d},x,{i % 5}.5,{i * 7 % 11}\n" for i in range(1, 25))
WEEKS = "date,geo,sales,tv_S,t,events,price\n" + "".join(
    f"{i % 28 + 1} Jan 2024,{g},{i * 7 % 11}.5,{i % 3},{i},{'na' if i % 5 else 'e'},{i % 4}\n" for i in range(20) for g in "ab")


def main():
    golden, corpus = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for path in sorted(golden.glob("*/input.csv")):
        for kind in (2, 3):
            (corpus / f"{path.parent.name}-{kind}").write_bytes(bytes([kind]) + path.read_bytes())
    for kind, texts in ((0, NUMBERS), (1, DATES), (3, [LONG, WEEKS])):
        for i, text in enumerate(texts):
            (corpus / f"kind-{kind}-{i}").write_bytes(bytes([kind]) + text.encode())


if __name__ == "__main__":
    main()

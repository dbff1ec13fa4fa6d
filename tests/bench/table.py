#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures (JSON lines, bench_figure.h) on standard input become one aligned table."""
import json
import sys

HEADS = ("figure", "value", "unit", "limit", "", "anchor", "anchor's value", "ratio")
RIGHT = {1, 3, 6, 7}  # columns of numbers


def number(value):
    if value is None:
        return ""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def row(figure):
    within = {True: "met", False: "MISSED", None: ""}[figure.get("within")]
    return (figure["name"], number(figure["value"]), figure["unit"], number(figure.get("limit")), within,
            figure.get("anchor", ""), number(figure.get("anchor_value")), number(figure.get("ratio")))


def main():
    rows = [HEADS] + [row(json.loads(line)) for line in sys.stdin if line.strip()]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(HEADS))]
    for cells in rows:
        aligned = (cell.rjust(width) if i in RIGHT else cell.ljust(width)
                   for i, (cell, width) in enumerate(zip(cells, widths)))
        print("  ".join(aligned).rstrip())


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds for fuzz_decode from the examples: usage: seeds_decode.py SCHEMAS CORPUS"""
import pathlib
import re
import sys

# The order of mw_types in common/wire/mw_messages.c.
TYPES = ("tenant spend outcome factor test command clock fact deadletter estimate allocation experiment metric alert "
         "decision scenario notification").split()


def main():
    schemas, corpus = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for path in sorted((schemas / "examples").glob("*/*.json")):
        kind = re.fullmatch(r"mw\.(\w+)\.v1", path.parent.name).group(1)
        seed = bytes([TYPES.index(kind)]) + path.read_bytes()
        (corpus / f"{kind}-{path.stem}").write_bytes(seed)
    headers = ("ce_specversion 1.0 ce_id a ce_source ingest ce_type mw.spend.v1 ce_subject channel/tv "
               "ce_time 2026-01-31T08:00:00Z content-type application/json").split()
    (corpus / "headers").write_bytes(bytes([len(TYPES)]) + "\0".join(headers).encode())


if __name__ == "__main__":
    main()

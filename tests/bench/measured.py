#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command and prints what it took as figures: wall and processor time, peak memory.

    measured.py --name NAME [--seconds LIMIT] [--megabytes LIMIT] -- COMMAND [ARGUMENT...]

Peak memory is the largest resident set of any one process that the command was (getrusage), in units of 10^6 bytes.
"""
import argparse
import json
import resource
import subprocess
import sys
import time


def figure(name, value, unit, limit=None):
    out = {"name": name, "value": float(f"{value:.6g}"), "unit": unit}
    if limit is not None:
        out |= {"limit": limit, "within": value <= limit}
    print(json.dumps(out, separators=(",", ":")), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--megabytes", type=float)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    command = arguments.command
    start = time.monotonic()
    status = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
    took = time.monotonic() - start
    if status != 0:
        sys.exit(f"measured.py: {command[0]} failed with status {status}")
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figure(arguments.name + "/wall", took, "s", arguments.seconds)
    figure(arguments.name + "/processor", usage.ru_utime + usage.ru_stime, "s")
    figure(arguments.name + "/peak memory", usage.ru_maxrss * 1024 / 1e6, "MB", arguments.megabytes)


if __name__ == "__main__":
    main()

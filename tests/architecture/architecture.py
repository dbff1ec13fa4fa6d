"""The promises about structure, checked: cores are pure, includes follow the arrows.

    architecture.py symbols ARCHIVE...            what a core's archive needs from outside
    architecture.py includes SOURCE_DIR           base <- num, wire <- bus, cache <- run <- services
    architecture.py flags COMMANDS.json CORE...   cores compile as strict C17 without POSIX macros
"""
# SPDX-License-Identifier: Apache-2.0
import json
import pathlib
import re
import subprocess
import sys

MEMORY = {"malloc", "calloc", "realloc", "free", "aligned_alloc", "memcpy", "memmove", "memset", "memcmp", "memchr"}
TEXT = {"strlen", "strcmp", "strncmp", "snprintf", "vsnprintf"}  # for messages and names: no locale, no state
MATHS = {"sqrt", "fabs", "floor", "ceil", "trunc", "round", "rint", "nearbyint", "fmin", "fmax", "ldexp", "frexp", "copysign"}
COMPILER = {"__cpu_model", "__cpu_indicator_init", "__cpu_features2", "_GLOBAL_OFFSET_TABLE_"}
# The one place that may speak: a broken invariant names itself before the process ends.
INVARIANT = {"fprintf", "stderr", "abort"}
INSTRUMENTS = re.compile(r"^__(asan|ubsan|tsan|sanitizer|gcov|llvm|stack_chk)")


def nm(archive, flag):
    text = subprocess.run(["nm", flag, archive], check=True, capture_output=True, text=True).stdout
    return {line.split()[-1] for line in text.splitlines() if line.strip() and not line.rstrip().endswith(":")}


def check_symbols(archives):
    wrong = []
    for archive in archives:
        allowed = MEMORY | TEXT | MATHS | COMPILER | nm(archive, "--defined-only")
        if pathlib.Path(archive).name == "libmw_base.a":
            allowed |= INVARIANT
        for name in sorted(nm(archive, "-u") - allowed):
            if not name.startswith("mw_") and not INSTRUMENTS.match(name):
                wrong.append(f"{pathlib.Path(archive).name} needs {name}")
    return wrong


# A folder may include headers of itself and of what stands to its right.
ARROWS = {
    "common/base": [],
    "common/num": ["common/base"],
    "common/wire": ["common/base"],
    "common/bus": ["common/base", "common/wire"],
    "common/cache": ["common/base", "common/wire"],
    "common/run": ["common/base", "common/wire", "common/bus", "common/cache"],
}
COMMON = sorted(ARROWS)
SERVICE_MAY = COMMON
PUBLISHED_CORES = re.compile(r"^mw_[a-z_]+\.h$")


def home(path, root):
    parts = path.relative_to(root).parts
    return "/".join(parts[:2])


def check_includes(root):
    root = pathlib.Path(root)
    sources = [p for top in ("common", "services") for p in (root / top).rglob("*.[ch]")]
    owner = {}
    for path in sources:
        if path.suffix == ".h":
            owner.setdefault(path.name, set()).add(home(path, root))
    wrong = []
    for path in sources:
        here = home(path, root)
        for name in re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.M):
            name = name.rsplit("/", 1)[-1]
            there = owner.get(name)
            if there is None:
                wrong.append(f"{path.relative_to(root)} includes {name}, which nobody has")
            elif here not in there and not may_include(here, min(there), name):
                wrong.append(f"{path.relative_to(root)} includes {name} of {min(there)}")
    return wrong


def may_include(here, there, name):
    if here.startswith("common/"):
        return there in ARROWS[here]
    if there in SERVICE_MAY:
        return True
    # The command line holds all services together; no service includes another's.
    return here == "services/cli" and PUBLISHED_CORES.match(name) is not None


def check_flags(commands, cores):
    wrong, seen = [], set()
    for entry in json.loads(pathlib.Path(commands).read_text()):
        match = re.search(r"CMakeFiles/([^/]+)\.dir/", entry["command"])
        if not match or match.group(1) not in cores:
            continue
        seen.add(match.group(1))
        flags = entry["command"].split()
        if "-std=c17" not in flags or "-ffp-contract=off" not in flags:
            wrong.append(f"{entry['file']}: not strict C17 with separate multiply and add")
        if any(re.match(r"-D_(POSIX|XOPEN|GNU|DEFAULT)", flag) for flag in flags):
            wrong.append(f"{entry['file']}: a POSIX macro is defined")
    return wrong + [f"{core} was not compiled" for core in cores if core not in seen]


def main():
    what, arguments = sys.argv[1], sys.argv[2:]
    wrong = {"symbols": lambda: check_symbols(arguments), "includes": lambda: check_includes(arguments[0]),
             "flags": lambda: check_flags(arguments[0], set(arguments[1:]))}[what]()
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())

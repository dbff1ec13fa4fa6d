#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Our decoder and an independent JSON Schema validator accept and refuse the same.

usage: wire_agreement.py SCHEMAS WIRE_LINES

Every example under SCHEMAS/examples, then mutations of the valid ones from a fixed seed: 2,000 of single fields and
500 of the text. What the schema cannot see belongs to the text layer (common/wire/mw_wire.h): it is I-JSON, written
here a second time, from RFC 7493.
"""
import copy
import json
import pathlib
import random
import subprocess
import sys

from jsonschema import Draft202012Validator

SEED = 20260131
FIELD_MUTATIONS = 2000
TEXT_MUTATIONS = 500


class NotJson(ValueError):
    pass


def refuse_constant(name):
    raise NotJson(f"{name} is not a JSON number")


def read_real(text):
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise NotJson("beyond the range of doubles")
    return value


def read_integer(text):
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise NotJson("beyond 64 bits")
    return value


def read_object(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or any("\0" in name for name in names):
        raise NotJson("a key twice, or NUL in a key")
    return dict(pairs)


def read_json(text: bytes):
    """I-JSON, or NotJson."""
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=refuse_constant, parse_float=read_real,
                           parse_int=read_integer, object_pairs_hook=read_object)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # lone surrogates
    except (UnicodeError, ValueError, RecursionError) as error:
        raise NotJson(str(error)) from error
    return value


# ---- mutations -------------------------------------------------------------------------------------------------

NUMBERS = [0, 1, -1, 0.5, 1.0, -0.0, 1e3, 63, 64, 65536, 65537, 100.5, 1e-9, 1e17, 1e300, -1e300, 5e-324, 2**31,
           2**53 + 1, 9 * 10**18, 9 * 10**18 + 1, -9 * 10**18, 2**63 - 1, -(2**63), 2**63, 1e19, 0.05, 0.99, 1.5]
TEXTS = ["", "a", "A", " ", "tv", "tv\n", "\n", "a b", "a/b:c.d-e_f", "USD", "usd", "EURO", "US\n", "x" * 64, "x" * 65,
         "x" * 256, "x" * 257, "é" * 256, "é" * 257, "é" * 4096, "é" * 4097, "\u0000", "a\u0007b", "\u007f", "\u2028",
         "😀" * 256, "😀" * 257, "=", "!=", "==", "=\n", "zero", "zero\n", "day", "week", "ymd", "dmy", ".", ",", "..",
         "snapshot", "delta", "Snapshot", "lift", "declared", "tick", "null", "1", "١٢"]
DATES = ["2026-01-31", "2026-02-29", "2024-02-29", "2000-02-29", "1900-02-29", "2100-02-29", "2400-02-29",
         "1600-01-01", "1600-02-29", "1599-12-31", "9999-12-31", "0000-01-01", "2026-00-10", "2026-13-01",
         "2026-04-31", "2026-06-30", "2026-1-31", "2026-01-31 ", "2026-01-31\n", "2026-01-00", "20260131",
         "2026/01/31", "+2026-01-31", "٢026-01-31"]
ZONES = ["Z", "z", "+00:00", "-23:59", "+24:00", "+12:60", "", "+0200", " Z", "Z\n", "+02"]
CLOCKS = ["00:00:00", "23:59:59", "23:59:60", "24:00:00", "12:60:00", "12:00:61", "12:00", "12:00:00.1",
          "12:00:00.123456789012", "12:00:00.", "12:00:00,5", "1:00:00"]


def a_time(rng):
    return rng.choice(DATES[:9]) + rng.choice("TTTt ") + rng.choice(CLOCKS) + rng.choice(ZONES)


def a_value(rng):
    return rng.choice([
        lambda: rng.choice(NUMBERS), lambda: rng.choice(TEXTS), lambda: rng.choice(DATES), lambda: a_time(rng),
        lambda: None, lambda: True, lambda: False, lambda: [], lambda: {}, lambda: [None], lambda: {"a": 1},
    ])()


def places(value, path=()):
    """Every place in a value but its root."""
    if isinstance(value, dict):
        for key in value:
            yield path + (key,)
            yield from places(value[key], path + (key,))
    if isinstance(value, list):
        for i, element in enumerate(value):
            yield path + (i,)
            yield from places(element, path + (i,))


def same_kind(rng, value):
    """Another value of the same JSON type, so that bounds and patterns are met and not only types."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return rng.choice([rng.choice(NUMBERS), value + 1, -value, value * 2, float(value), value + 0.5])
    if isinstance(value, str) and value[:2] in ("20", "19"):
        return a_time(rng) if len(value) > 10 else rng.choice(DATES)
    if isinstance(value, str):
        return rng.choice([rng.choice(TEXTS), value + "x", value + "\n", value.upper(), value[:-1], value * 30])
    if isinstance(value, list):
        return rng.choice([[], value * 2, value[:1], value + [a_value(rng)], value * 400])
    if isinstance(value, dict):
        return rng.choice([{}, {**value, rng.choice(TEXTS): a_value(rng)}, dict(reversed(list(value.items())))])
    return a_value(rng)


def parent(body, path):
    for step in path[:-1]:
        body = body[step]
    return body


def mutate_field(rng, body):
    body = copy.deepcopy(body)
    path = rng.choice(list(places(body)))
    owner, last = parent(body, path), path[-1]
    kind = rng.random()
    if kind < 0.50:
        owner[last] = same_kind(rng, owner[last])
    elif kind < 0.65:
        owner[last] = a_value(rng)
    elif kind < 0.75:
        owner[last] = None
    elif kind < 0.87 or not isinstance(owner, dict):
        del owner[last]
    elif kind < 0.93:
        owner[last.swapcase() if isinstance(last, str) else last] = owner.pop(last)
    else:
        owner[rng.choice(["extra", "kind", "value", "tenant", "", "a b"])] = a_value(rng)
    return body


def mutate_text(rng, text: bytes):
    at = rng.randrange(len(text))
    return rng.choice([
        lambda: text[:at] + text[at + 1:],
        lambda: text[:at],
        lambda: text[:at] + bytes([rng.choice(b'{}[]",:0123456789eE+-.\\nul\x00\x01\x7f\xc3\xff ')]) + text[at:],
        lambda: text[:at] + bytes([text[at] ^ 1 << rng.randrange(8)]) + text[at + 1:],
        lambda: text.replace(b":", rng.choice([b":NaN,", b": ", b":\t", b":-", b":0", b":1e400,"]), 1),
        lambda: text.replace(b"\"", b"\"\\u" + rng.choice([b"0000", b"d800", b"00e9", b"d83d\\ude00", b"12"]), 1),
        lambda: text[:-1] + b"," + text[1:],
        lambda: text + rng.choice([b" ", b"{}", b"\x00", b","]),
        lambda: b"\xef\xbb\xbf" + text,
    ])().replace(b"\n", b" ")


# ---- comparison ------------------------------------------------------------------------------------------------

def load_validators(schemas):
    validators = {}
    for path in sorted(schemas.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        validators[path.name[:-len(".schema.json")]] = Draft202012Validator(schema)
    return validators


def judge(validator, text: bytes):
    """(is JSON, is accepted) by the independent reading."""
    try:
        return True, validator.is_valid(read_json(text))
    except NotJson:
        return False, False


def ask_decoder(tool, cases):
    lines = b"".join(topic.encode() + b" " + text + b"\n" for topic, text in cases)
    run = subprocess.run([tool], input=lines, stdout=subprocess.PIPE, check=True)
    answers = run.stdout.split(b"\n")[:-1]
    assert len(answers) == len(cases), f"{len(answers)} answers to {len(cases)} records"
    return answers


def load_examples(schemas):
    examples = []
    for path in sorted((schemas / "examples").glob("*/*.json")):
        text = path.read_bytes().replace(b"\n", b" ")
        examples.append((path.parent.name, path.stem, text))
    return examples


def main():
    schemas, tool = pathlib.Path(sys.argv[1]), sys.argv[2]
    validators, rng = load_validators(schemas), random.Random(SEED)
    examples = load_examples(schemas)
    valid = [(topic, json.loads(text)) for topic, name, text in examples if name.startswith("valid")]

    cases = [(topic, text) for topic, _, text in examples]
    wanted = [name.startswith("valid") for _, name, _ in examples]
    for i in range(FIELD_MUTATIONS + TEXT_MUTATIONS):
        topic, body = valid[i % len(valid)]
        if i < FIELD_MUTATIONS:
            body = mutate_field(rng, body)
        text = json.dumps(body, ensure_ascii=rng.random() < 0.5, separators=(",", ":")).encode("utf-8", "surrogatepass")
        cases.append((topic, text if i < FIELD_MUTATIONS else mutate_text(rng, text)))

    faults, n_json, n_accepted = 0, 0, 0
    for i, ((topic, text), answer) in enumerate(zip(cases, ask_decoder(tool, cases))):
        is_json, accepted = judge(validators[topic], text)
        ours = answer.startswith(b"ok ")
        canonical_accepted = not ours or judge(validators[topic], answer[3:])[1]
        if ours != accepted or not canonical_accepted or (i < len(wanted) and ours != wanted[i]):
            faults += 1
            what = examples[i][1] if i < len(wanted) else f"mutation {i - len(wanted)}"
            print(f"{topic} {what}: schema {accepted}, decoder {answer[:200]!r}\n  {text[:600]!r}")
        if i >= len(wanted):
            n_json += is_json
            n_accepted += accepted

    n = len(cases) - len(wanted)
    print(f"{len(wanted)} examples, {n} mutations: {n_json} are JSON, {n_accepted} accepted, {faults} disagreements")
    if faults or n_json < 0.4 * n or n_accepted < 300:
        sys.exit(1)


if __name__ == "__main__":
    main()

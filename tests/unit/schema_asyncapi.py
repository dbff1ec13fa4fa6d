#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""schemas/asyncapi.yaml is YAML, keeps the rules of AsyncAPI 3.0 that matter here, and every reference in it ends
somewhere: usage: schema_asyncapi.py SCHEMAS. (Debian has no AsyncAPI validator; the rules are from the specification,
sections "Channel Object", "Operation Object", "Message Object".)"""
import json
import pathlib
import re
import sys

import yaml


def resolve(document, pointer):
    for step in pointer.lstrip("#/").split("/"):
        document = document[step.replace("~1", "/").replace("~0", "~")]
    return document


def references(node, path=""):
    if isinstance(node, dict):
        if "$ref" in node:
            yield path, node["$ref"]
        for key, value in node.items():
            yield from references(value, f"{path}/{key}")
    if isinstance(node, list):
        for i, value in enumerate(node):
            yield from references(value, f"{path}/{i}")


def check_references(document, folder):
    n = 0
    for path, target in references(document):
        if target.startswith("#/"):
            assert resolve(document, target) is not None, f"{path}: {target}"
        else:
            schema = json.loads((folder / target).read_text(encoding="utf-8"))
            assert schema["$schema"].endswith("2020-12/schema"), f"{path}: {target}"
        n += 1
    return n


def check_channel(name, channel, document):
    assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name
    parameters = set(re.findall(r"{(\w+)}", channel["address"]))
    assert parameters == set(channel.get("parameters", {})), f"{name}: parameters of its address"
    for message in channel["messages"].values():
        assert message["$ref"].startswith("#/components/messages/"), name
    for server in channel["servers"]:
        assert resolve(document, server["$ref"])["protocol"] in ("kafka", "zeromq"), name


def check_operations(document):
    used = set()
    for name, operation in document["operations"].items():
        assert operation["action"] in ("send", "receive"), name
        used.add(operation["channel"]["$ref"].rsplit("/", 1)[1])
    assert used == set(document["channels"]), "every channel has an operation"


def main():
    folder = pathlib.Path(sys.argv[1])
    document = yaml.safe_load((folder / "asyncapi.yaml").read_text(encoding="utf-8"))
    assert document["asyncapi"] == "3.0.0" and document["info"]["title"] and document["info"]["version"]
    n = check_references(document, folder)
    for name, channel in document["channels"].items():
        check_channel(name, channel, document)
    check_operations(document)
    topics = {path.name[:-len(".schema.json")] for path in folder.glob("*.schema.json")}
    assert topics <= set(document["channels"]), "every schema has a topic"
    print(f"{len(document['channels'])} channels, {n} references")


if __name__ == "__main__":
    main()

"""A skops file rewritten so that equal models are equal files.

skops names shared objects by their address in memory, in `schema.json` and in the names of the zip's
members, and the zip carries the time of day. Here both kinds of name become numbers, counted in order of
first appearance, and every member gets the same date.
"""

import io
import json
import zipfile
from pathlib import PurePosixPath

BEGINNING = (1980, 1, 1, 0, 0, 0)  # the earliest date a zip can hold
SCHEMA = "schema.json"
MACHINE = {"n_threads": "1"}  # facts of the machine that fitted the model; no prediction reads them


def canonical_bytes(content: bytes) -> bytes:
    """The skops file with its addresses renumbered, its members in order and its dates fixed."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    objects: dict[int, int] = {}
    files: dict[str, str] = {}
    schema = _renumber(json.loads(members.pop(SCHEMA)), objects, files)
    text = json.dumps(schema, separators=(",", ":")).encode()
    return _zip({SCHEMA: text, **{new: members[old] for old, new in files.items()}})


def _renumber(node, objects: dict[int, int], files: dict[str, str]):
    """A copy of the schema with every object's id and every member's name replaced by its number."""
    if isinstance(node, list):
        return [_renumber(item, objects, files) for item in node]
    if not isinstance(node, dict):
        return node
    # Plain values (numbers, texts) need no identity, and whether two equal ones are one object is chance.
    plain = node.get("__loader__") == "JsonNode"
    kept = {key: value for key, value in node.items() if not (plain and key == "__id__")}
    return {key: _value(key, value, objects, files) for key, value in kept.items()}


def _value(key, value, objects, files):
    if key == "__id__" and isinstance(value, int):
        return objects.setdefault(value, len(objects) + 1)
    if key == "file" and isinstance(value, str):
        return files.setdefault(value, f"{len(files) + 1}{PurePosixPath(value).suffix}")
    if key in MACHINE and isinstance(value, dict) and value.get("__loader__") == "JsonNode":
        value = {**value, "content": MACHINE[key]}
    return _renumber(value, objects, files)


def _zip(members: dict[str, bytes]) -> bytes:
    """A zip of stored members: nothing in it depends on the version of a compressor, the clock or the system."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, BEGINNING)
            entry.create_system = 3
            file.writestr(entry, data)
    return buffer.getvalue()

"""What a model file may consist of, looked at before skops is: a plain zip, and nodes that hold values.

skops audits the types. It also has nodes that stand for functions, methods and calls, which no model of ours needs;
and it calls whatever trusted class a list or a dictionary names as its own. Neither gets as far as that.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from churn_mlops.archive.parsing import parse_json
from churn_mlops.errors import DataError, UntrustedModel
from churn_mlops.models.canonical import SCHEMA

_MEMBER = re.compile(r"[A-Za-z0-9_-]{1,64}\.(npy|npz|bin)")
_MOST = 200_000  # members
PROTOCOL = 2  # of skops 0.16; what reads older ones audits less
# The kinds of nodes, and the classes that each may name; None: those that the audit of types lets pass.
NODES = {
    **dict.fromkeys(("ObjectNode", "TypeNode", "NdArrayNode", "LossNode", "DTypeNode", "RandomGeneratorNode"), None),
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "SetNode": {"builtins.set"},
    "DictNode": {"builtins.dict", "collections.OrderedDict"},
    "JsonNode": {"builtins.str"},
    "BytesNode": {"builtins.bytes"},
    "BytearrayNode": {"builtins.bytearray"},
    "SliceNode": {"builtins.slice"},
    "CachedNode": None,  # another name of a node that was there before
}


def check_container(content: bytes, path: Path) -> None:
    """Raise DataError for a zip that is not as skops writes it, UntrustedModel for nodes that are more than values."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        members = file.infolist()
        if flaw := _flaw(content, members):
            raise DataError(f"{path}: not a complete model file ({flaw}). Cure: load only what this project wrote.")
        schema = parse_json(file.read(SCHEMA), f"{path}, {SCHEMA}")
    if not isinstance(schema, dict) or type(schema.get("protocol")) is not int or schema["protocol"] < PROTOCOL:
        raise DataError(f"{path}: not a complete model file (its protocol is too old). Cure: make it again.")
    unknown = {told for node in _nodes(schema) if (told := _unknown(node))}
    if unknown:
        raise UntrustedModel(path, sorted(unknown))


def _flaw(content: bytes, members: list[zipfile.ZipInfo]) -> str | None:
    """What is wrong with the members of the zip."""
    names = [member.filename for member in members]
    if not content.startswith(b"PK\x03\x04"):
        return "something stands before the zip"
    if len(names) > _MOST or len(set(names)) < len(names):
        return "a member is there twice, or there are too many"
    if odd := next((name for name in names if name != SCHEMA and not _MEMBER.fullmatch(name)), None):
        return f"a member is called {odd[:60]!a}"
    packed = next((m.filename for m in members if m.compress_type != zipfile.ZIP_STORED or m.flag_bits & 1), None)
    if packed:
        return f"{packed} is compressed or encrypted"
    if sum(member.file_size for member in members) > len(content):
        return "its members have more bytes than it has"
    return None if SCHEMA in names else f"no {SCHEMA}"


def _nodes(value) -> Iterator[dict]:
    """Every node of a schema; without recursion, for it may be nested deeply."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            if "__loader__" in value:
                yield value
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


def _unknown(node: dict) -> str | None:
    """A node that is none of values, as a name to show."""
    kind, named = node["__loader__"], f"{node.get('__module__')}.{node.get('__class__')}"
    if not isinstance(kind, str) or kind not in NODES:
        return f"{named} ({kind})"
    return None if NODES[kind] is None or named in NODES[kind] else f"{named} ({kind})"

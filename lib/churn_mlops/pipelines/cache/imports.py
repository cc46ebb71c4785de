"""What a piece of Python imports and does, read from its syntax tree and never run.

Comments and layout do not count: the digest is that of the tree. What is imported by a computed name cannot be seen
here; the watch in the kernel reports it.
"""

import ast
import hashlib
import io
import re
import tokenize
from pathlib import Path

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # ast.parse raises all of these for bad source
_MAGIC = re.compile(r"^(\s*)(?:[%!?]|[\w.,\s]+=\s*[%!]|.*\?\s*$).*$", re.MULTILINE)
_IMPORT = re.compile(r"^\s*((?:import|from)\s.*)$", re.MULTILINE)


def digest_code(source: str) -> str:
    """Digest of what a piece of Python does; of its text where it is not plain Python (a magic, a mistake)."""
    try:
        source = ast.dump(ast.parse(source))
    except _UNREADABLE:
        source = f"not parsed: {source}"
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def is_empty(source: str) -> bool:
    """Whether there is nothing in it to execute: blank lines and comments."""
    try:
        return not ast.parse(source).body
    except _UNREADABLE:
        return False


def imported_names(source: str) -> list[str]:
    """Dotted names that the code imports anywhere; `from a import b` gives `a.b`, relative ones begin with dots."""
    return sorted({name for node in ast.walk(_parse_what_can_be(source)) for name in _names(node)})


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        start = "." * node.level + (f"{node.module}." if node.module else "")
        return [start + alias.name for alias in node.names]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        name = node.args[0].value
        return [name] if called in ("import_module", "__import__") and isinstance(name, str) else []
    return []


def _parse_what_can_be(source: str) -> ast.AST:
    """The tree of a cell with its magics left out; of its import lines alone where there is more that is no Python."""
    found = [line.split("(")[0] + "*" * ("(" in line) for line in _IMPORT.findall(source)]
    for text in (source, _MAGIC.sub(r"\1pass", source)):
        try:
            return ast.parse(text)
        except _UNREADABLE:
            continue
    return ast.Module([tree for line in found for tree in _parse_line(line)], [])


def _parse_line(line: str) -> list[ast.stmt]:
    try:
        return ast.parse(line.strip()).body
    except _UNREADABLE:
        return []


def describe_module(path: Path) -> dict:
    """What `Remembered` keeps of a source file: its digest, and what it imports."""
    source = _decode(path.read_bytes())
    names = imported_names(source)
    if path.name == "__init__.py":  # `from package import *` imports the modules that it lists
        names += [f".{name}" for name in _listed(source)]
    return {"digest": digest_code(source), "imports": names}


def _decode(content: bytes) -> str:
    """The text of a source file as Python reads it; of any bytes, so that a file that is none has a digest too."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding)
    except (SyntaxError, ValueError, LookupError):
        return content.decode("latin-1")


def _listed(source: str) -> list[str]:
    """The texts in what a module assigns to `__all__`."""
    found = []
    for node in _parse_what_can_be(source).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(getattr(target, "id", None) == "__all__" for target in targets) and getattr(node, "value", None):
            found += [n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return found

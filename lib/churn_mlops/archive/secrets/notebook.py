"""The parts of an executed notebook that may hold a secret, which is all of them."""

import re
from collections.abc import Iterator

from churn_mlops.archive.secrets.images import JPEG_BASE64, PNG_BASE64, clean_base64

_PICTURES = ("image/png", "image/jpeg")
_placeholder = re.compile(r"\[secret(?: [\w.-]+)?\]")


def redact_notebook(redactor, notebook) -> list[str]:
    """Redact a notebook in place; returns the placeholders that stand in it afterwards.

    Sources, attachments, metadata (widgets' state and papermill's record of parameters too) and outputs of any
    kind. The texts that a cell has printed are read as one, for a print may be cut anywhere.
    """
    before = "\0".join(_all_texts(notebook))
    near = redactor.narrowed(before)
    for key in [key for key in notebook if key != "cells"]:
        notebook[key] = near.value(notebook[key])
    for cell in notebook["cells"]:
        for group in _streams(cell):
            for output, text in zip(group, near.pieces([output["text"] for output in group]), strict=True):
                output["text"] = text
        for key in [key for key in cell if key not in ("outputs", "attachments")]:
            cell[key] = near.value(cell[key])
        if "attachments" in cell:
            bundles = {near.text(name): _bundle(redactor, near, b) for name, b in cell["attachments"].items()}
            cell["attachments"] = type(cell["attachments"])(bundles)
        for output in cell.get("outputs", []):
            for key in list(output):
                output[key] = _bundle(redactor, near, output[key]) if key == "data" else near.value(output[key])
    return sorted(set(_placeholder.findall(before if near.idle else "\0".join(_texts(notebook)))))


def _bundle(redactor, near, bundle):
    """What is shown, by MIME type: a picture keeps its pixels, all else is text or JSON."""
    made = type(bundle)()
    for kind, content in bundle.items():
        if kind in _PICTURES and _is_picture(content):
            picture = clean_base64("".join(content))
            made[kind] = redactor.value(content) if picture is None else picture
        else:
            made[near.text(kind)] = near.value(content)
    return made


def _is_picture(content) -> bool:
    return isinstance(content, str | list) and "".join(content).startswith((PNG_BASE64, JPEG_BASE64))


def _streams(cell) -> list[list]:
    """The outputs that a cell has printed, as they were shown, and those of each stream by themselves."""
    streams = [output for output in cell.get("outputs", []) if output["output_type"] == "stream"]
    for output in streams:
        output["text"] = "".join(output["text"])
    return [streams, *([s for s in streams if s["name"] == name] for name in ("stdout", "stderr"))] if streams else []


def _all_texts(notebook) -> Iterator[str]:
    """Every text of the notebook but pictures, and those that are read as one also joined."""
    yield from _texts(notebook)
    for cell in notebook["cells"]:
        for group in _streams(cell):
            yield "".join(output["text"] for output in group)


def _texts(value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            if not (key in _PICTURES and _is_picture(inner)):
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        yield "".join(item for item in value if isinstance(item, str))
        for inner in value:
            yield from _texts(inner)

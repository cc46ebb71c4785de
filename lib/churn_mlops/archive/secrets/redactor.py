"""Replacing secrets in texts, JSON values, notebooks and log records, and finding them in files."""

import logging
from collections.abc import Iterable
from copy import copy
from pathlib import Path

from churn_mlops.archive.secrets.files import chunks
from churn_mlops.archive.secrets.finding import Secret
from churn_mlops.archive.secrets.images import JPEG_BASE64, PNG_BASE64, clean_image, clean_pictures
from churn_mlops.archive.secrets.shapes import shapes
from churn_mlops.archive.secrets.spellings import Spelling, View

UNNAMED = "[secret]"
_SHORTEST = 6
_ROUNDS = 4  # what is left and right of a replacement may, very rarely, give a secret again


class Redactor:
    """Knows the secrets of a run and replaces them by `[secret NAME]`, and tokens known by shape by `[secret]`.

    The same input gives the same output, and what holds no secret comes back as it is. Make one a process: the
    patterns are built when first needed. A value that stands in a replacement itself (`secret`) is not hidden.
    """

    def __init__(self, secrets: Iterable[Secret] = ()):
        named = [(secret.value, f"[secret {_plain_name(secret.name)}]") for secret in secrets]
        shown = "\n".join([UNNAMED, *(placeholder for _, placeholder in named)])
        self._spellings = [Spelling(value, shown_as) for value, shown_as in named if value not in shown]
        self._numbers = {int(s.value): s.placeholder for s in self._spellings if s.value.isdecimal()}
        self._shapes = shapes()
        self.idle = False  # whether there is nothing to look for

    def text(self, text: str) -> str:
        """The text without secrets, also where they are escaped, in base64, or in a picture's metadata."""
        return self.pieces([text])[0]

    def pieces(self, texts: list[str]) -> list[str]:
        """As many texts without secrets, also without those that begin in one and end in another."""
        if self.idle:
            return texts
        texts = [clean_pictures(text) for text in texts]
        for _ in range(_ROUNDS):
            spans = self._spans("".join(texts))
            if not spans:
                break
            texts = _replace(texts, spans)
        return texts

    def value(self, value):
        """A JSON value of the same shape, its keys redacted too. Lists of texts are also read as one text."""
        if self.idle:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._dict(value)
        if isinstance(value, list | tuple):
            if value and all(isinstance(item, str) for item in value):
                return type(value)(self.pieces(list(value)))
            return type(value)([self.value(item) for item in value])
        if type(value) is int and value in self._numbers:
            return self._numbers[value]
        return value

    def _dict(self, value: dict) -> dict:
        made = type(value)()
        for key, inner in value.items():
            name = shown = self.text(key) if isinstance(key, str) else key
            count = 1
            while name in made:  # two keys that were secrets of one name
                count += 1
                name = f"{shown} {count}"
            made[name] = self.value(inner)
        return made

    def bytes(self, data: bytes) -> bytes:
        """A text file's bytes, or a picture's, without secrets. Other binary data would not survive it."""
        picture = clean_image(data)
        if picture is not None:
            return picture
        return self.text(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")

    def notebook(self, notebook) -> list[str]:
        """Redact an nbformat node in place, all of it; returns the placeholders that stand in it now."""
        from churn_mlops.archive.secrets.notebook import redact_notebook

        return redact_notebook(self, notebook)

    def log(self, record: logging.LogRecord) -> bool:
        """Redact a log record; for `handler.addFilter(redactor.log)`, so it always says yes."""
        record.msg, record.args = self.text(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_text = record.exc_text and self.text(record.exc_text)
        record.stack_info = record.stack_info and self.text(record.stack_info)
        return True

    def narrowed(self, text: str) -> "Redactor":
        """One that knows only what may be in `text`: quicker for the many small texts of which it is made."""
        view, small = View(text), copy(self)
        small._spellings = [spelling for spelling in self._spellings if spelling.may_be_in(view)]
        small._shapes = [shape for shape in self._shapes if shape.spans(text)]
        pictured = PNG_BASE64 in text or JPEG_BASE64 in text
        small.idle = not (small._spellings or small._shapes or small._numbers or pictured)
        return small

    def find(self, text: str) -> list[str]:
        """The names of the secrets in a text; of a token known by its shape, the kind."""
        view = View(text)
        named = [s.placeholder[8:-1] for s in self._spellings if s.may_be_in(view) and s.pattern.search(text)]
        return sorted({*named, *(shape.label for shape in self._shapes if shape.spans(text))})

    def find_in_file(self, path: Path) -> list[str]:
        """The names of the secrets in a file of any kind, which is not changed: an artifact would break.

        Members of zip files and gzip files are looked into; other compression hides what is in it. In what is no
        text nothing is escaped, and what has the shape of a token is chance.
        """
        found = set()
        for chunk in chunks(path):
            binary = "\0" in chunk
            found.update(self._find_in_bytes(chunk) if binary else self.find(chunk))
        return sorted(found)

    def _find_in_bytes(self, data: str) -> list[str]:
        return [spelling.placeholder[8:-1] for spelling in self._spellings if spelling.is_in_bytes(data)]

    def _spans(self, text: str) -> list[tuple[int, int, str]]:
        """Where secrets stand and what to write instead: in order, none touching another."""
        if len(text) < _SHORTEST or not (self._spellings or self._shapes):
            return []
        view = View(text) if self._spellings else None
        found = [
            (*match.span(), spelling.placeholder)
            for spelling in self._spellings
            if spelling.may_be_in(view)
            for match in spelling.pattern.finditer(text)
        ]
        for shape in self._shapes:
            found += [(*span, UNNAMED) for span in shape.spans(text) if text[slice(*span)] != UNNAMED]
        return _merged(found)


def _plain_name(name: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "_.-") else "_" for c in name)


def _merged(spans: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Spans that overlap as one, under the first that has a name."""
    merged: list[tuple[int, int, str]] = []
    for start, end, shown in sorted(spans, key=lambda span: (span[0], -span[1])):
        if merged and start < merged[-1][1]:
            first, last, before = merged[-1]
            merged[-1] = (first, max(last, end), shown if before == UNNAMED else before)
        else:
            merged.append((start, end, shown))
    return merged


def _replace(texts: list[str], spans: list[tuple[int, int, str]]) -> list[str]:
    """The texts with spans of their joined text replaced, each in the text in which it starts."""
    made, start = [], 0
    for text in texts:
        end, at, parts = start + len(text), start, []
        for first, last, shown in spans:
            if first < end and last > start:
                parts.append(text[at - start : max(first, start) - start])
                parts.append(shown if first >= start else "")
                at = min(last, end)
        made.append("".join([*parts, text[at - start :]]))
        start = end
    return made

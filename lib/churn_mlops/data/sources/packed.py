"""From the bytes of a file to plain UTF-8 text that DuckDB can read: compression and encoding are found out.

All of the file is looked at, not its head alone: a single letter at its end may tell the encoding.
"""

import codecs
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.data.engine import fresh
from churn_mlops.errors import DataError

_CHUNK = 1 << 22
_HEAD = 1 << 16
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
_FOREIGN = {
    b"PK\x03\x04": ("a zip archive, as spreadsheets are", "unpack it, or export it as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "export it as CSV"),
    b"SQLite format 3\0": ("an SQLite database", "name it as sqlite:///PATH and say which `table` in [dataset]"),
    b"PAR1": ("a Parquet file", "let its name end in .parquet"),
    b"%PDF": ("a PDF", "export the table behind it as CSV"),
}
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_BREAKS = (OSError, EOFError, ValueError, zlib.error)


@dataclass(frozen=True)
class Text:
    """A file as UTF-8 text: where that is, and what was found out about it."""

    path: Path  # of the file itself where it is plain, of a copy otherwise
    notes: tuple[str, ...]
    nul: bool  # whether it holds NUL bytes


def as_text(path: Path, encoding: str = "") -> Text:
    """The file as UTF-8 text, unpacked; raises DataError where it is torn, binary, or not in its encoding."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    packing = next((name for magic, name in _PACKED.items() if head.startswith(magic)), "")
    notes = [f"compression {packing}"] * bool(packing)
    plain = _unpacked(path, packing) if packing else path
    with plain.open("rb") as file:
        head = file.read(_HEAD)
    _check_is_text(head, path)
    found = encoding or _encoding(plain, head)
    if codecs.lookup(found).name not in ("utf-8", "utf-8-sig", "ascii"):
        plain = _recoded(plain, found, path)
    elif encoding:
        _check_decodes(plain, path, found)
    if found not in ("utf-8", "utf-8-sig"):
        notes.append(f"encoding {found}")
    return Text(plain, tuple(notes), any(b"\0" in chunk for chunk in _chunks(plain)))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _unpacked(path: Path, packing: str) -> Path:
    copy = fresh("unpacked")
    try:
        with _open(path, packing) as packed, copy.open("wb") as plain:
            while chunk := packed.read(_CHUNK):
                plain.write(chunk)
    except _BREAKS as error:
        why = str(error).strip().rstrip(".")
        raise DataError(
            f"{path}: cannot be read: broken off or damaged {packing}: {why}. Cure: copy or export it again."
        ) from None
    return copy


def _open(path: Path, packing: str):
    if packing == "zstd":
        import pyarrow as pa

        return pa.input_stream(str(path), compression="zstd")
    from importlib import import_module

    return import_module({"xz": "lzma"}.get(packing, packing)).open(path, "rb")


def _check_is_text(head: bytes, path: Path) -> None:
    """Raise DataError for bytes that are no text in any encoding."""
    for magic, (what, cure) in _FOREIGN.items():
        if head.startswith(magic):
            raise DataError(f"{path}: cannot be read: not a text file but {what}. Cure: {cure}.")
    if any(head.startswith(bom) for bom in _BOMS) or _utf16(head):
        return
    strange = sum(byte < 32 and byte not in b"\t\n\r\f\v" for byte in head)
    if strange > max(len(head) / 50, 2):
        raise DataError(f"{path}: cannot be read: binary, not text. Cure: export it again as CSV or Parquet.")


def _utf16(head: bytes) -> str:
    """`utf-16-le` or `-be` where every other byte is zero, as in Latin letters of two bytes each."""
    half = max(len(head) // 2, 1)
    shares = {"utf-16-be": head[0::2].count(0) / half, "utf-16-le": head[1::2].count(0) / half}
    likely = max(shares, key=shares.get)
    return likely if shares[likely] > 0.4 and sum(shares.values()) < 1.1 else ""


def _encoding(path: Path, head: bytes) -> str:
    marked = next((name for bom, name in _BOMS.items() if head.startswith(bom)), "") or _utf16(head)
    if marked and marked != "utf-8-sig":
        return marked
    if _decodes(path, "utf-8"):
        return marked or "utf-8"
    return "cp1252" if _decodes(path, "cp1252") else "latin-1"  # Latin-1 as Windows writes it


def _decodes(path: Path, encoding: str) -> bool:
    try:
        _decode(path, encoding)
    except UnicodeError:
        return False
    return True


def _decode(path: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in _chunks(path):
        decoder.decode(chunk)
    decoder.decode(b"", final=True)


def _check_decodes(path: Path, original: Path, encoding: str) -> None:
    try:
        _decode(path, encoding)
    except UnicodeError as error:
        raise _not_in(original, encoding, error) from None


def _recoded(plain: Path, encoding: str, original: Path) -> Path:
    copy, decoder = fresh("recoded"), codecs.getincrementaldecoder(encoding)()
    try:
        with copy.open("wb") as out:
            for chunk in _chunks(plain):
                out.write(decoder.decode(chunk).encode())
            out.write(decoder.decode(b"", final=True).encode())
    except UnicodeError as error:
        raise _not_in(original, encoding, error) from None
    return copy


def _not_in(path: Path, encoding: str, error: UnicodeError) -> DataError:
    return DataError(
        f"{path}: cannot be read as {encoding}: {error}. "
        "Cure: name its encoding in the definition, [source] encoding, or export it again as UTF-8."
    )


def with_even_newlines(path: Path) -> Path:
    """A copy in which every line ends in LF."""
    copy = fresh("newlines")
    with path.open(encoding="utf-8", newline=None) as lines, copy.open("w", encoding="utf-8", newline="\n") as out:
        while chunk := lines.read(_CHUNK):
            out.write(chunk)
    return copy


def ends_within_quotes(path: Path, delimiter: str, quote: str) -> bool:
    """Whether a file of UTF-8 text ends in a field whose quote was not closed: the line's end is part of it then."""
    import csv
    import sys
    from itertools import chain

    csv.field_size_limit(sys.maxsize)
    last: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.reader(chain(lines, ["\n"]), delimiter=delimiter, quotechar=quote):
            last = row or last
    return bool(last) and last[-1].endswith("\n")

"""A file's bytes as texts to search, one character a byte; archives are opened."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

_CHUNK, _OVERLAP = 8 << 20, 64 << 10


def chunks(path: Path) -> Iterator[str]:
    """Pieces of a file, and of what is packed in it, that overlap by more than any secret is long."""
    path = Path(path)
    with path.open("rb") as file:
        yield from _pieces(file)
        file.seek(0)
        gzipped = file.read(2) == b"\x1f\x8b"
    try:
        if zipfile.is_zipfile(path):
            yield from _members(path)
        elif gzipped:
            with gzip.open(path) as file:
                yield from _pieces(file)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return  # packed in a way that is not known here, or broken


def _members(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            with packed.open(name) as file:
                yield from _pieces(file)


def _pieces(file) -> Iterator[str]:
    before = b""
    while data := file.read(_CHUNK):
        data = before + data
        yield data.decode("latin-1")
        before = data[-_OVERLAP:]

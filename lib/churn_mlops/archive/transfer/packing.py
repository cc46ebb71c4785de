"""Files into one archive: digest and seal are known when all is written, and then stand at its beginning."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import clear_part, write_all, writing
from churn_mlops.archive.transfer.blocks import END, MOST, header, padding
from churn_mlops.archive.transfer.head import SIZE, Head
from churn_mlops.archive.transfer.names import Names, oddity
from churn_mlops.errors import ArchiveDamaged, TransferRefused

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Packed:
    """A file to put into an archive: its name there, its size, and where its bytes are or what they are."""

    name: str
    size: int
    source: Path | bytes
    digest: str | None = None  # SHA-256 that its bytes must have


def pack(path: Path, files: Iterable[Packed], seal: Callable[[int, str], Head]) -> Head:
    """Write an archive of these files, beside its place first; `seal(bytes, sha256)` makes what it begins with.

    The same files and the same seal are the same bytes. Raises TransferRefused for a name or a size that no archive
    holds, and ArchiveDamaged for a file that is not what its digest says.
    """
    files = sorted(files, key=lambda file: file.name.encode("utf-8", "surrogatepass"))
    _check(path, files)
    for left in path.parent.glob(f".{path.name[:100]}.*.part"):
        clear_part(left)
    total, written = hashlib.sha256(), 0
    with writing(path) as out:
        out.write(bytes(SIZE))
        for piece in _stream(files):
            total.update(piece)
            written += out.write(piece)
        head = seal(written, total.hexdigest())
        os.lseek(out.handle, 0, os.SEEK_SET)
        write_all(out.handle, head.to_bytes())
    return head


def _check(path: Path, files: list[Packed]) -> None:
    names = Names()
    cure = "rename the file where it is made, and run again"
    if len(files) > MOST:
        raise TransferRefused(path, f"the version has {len(files):,} files; an archive holds at most {MOST:,}", cure)
    for file in files:
        if seen := oddity(file.name) or names.clash(file.name):
            raise TransferRefused(path, f"`{file.name!a}`: {seen}", cure)
        try:
            header(file.name, file.size)
        except ValueError as error:
            raise TransferRefused(path, f"`{file.name}` of {file.size:,} bytes: {error}", cure) from None


def _stream(files: list[Packed]) -> Iterator[bytes]:
    for file in files:
        yield header(file.name, file.size)
        yield from _content(file)
        yield padding(file.size)
    yield END


def _content(file: Packed) -> Iterator[bytes]:
    """The bytes of a file, which must be those of its digest to the last."""
    if isinstance(file.source, bytes):
        yield file.source
        return
    found = hashlib.sha256()
    with file.source.open("rb") as opened:
        while piece := opened.read(_CHUNK):
            found.update(piece)
            yield piece
    if found.hexdigest() != file.digest:
        seen = f"it changed while it was read, to {found.hexdigest()[:12]}"
        raise ArchiveDamaged(file.name, f"its digest is {file.digest[:12]}", seen, "python pipeline.py verify")

"""A tar of plain files and nothing else: written in one way only, and read only where it was written so.

Any tar, and `tarfile` in streaming mode, reads it. Reading here is stricter: a header must be, to the byte, the one
that writing makes of its name and size. So there is nothing for links, devices, sparse files, long or extended headers,
owners and times to hide in, and nothing is allocated that a header asks for.
"""

import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

BLOCK = 512
END = bytes(2 * BLOCK)  # closes a tar
LARGEST = 8**11 - 1  # bytes of a file that a header can say: 8 GiB
MOST = 10_000  # files of an archive
_CHUNK = 1 << 20
_KINDS = {
    tarfile.LNKTYPE: "a hard link",
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.CHRTYPE: "a character device",
    tarfile.BLKTYPE: "a block device",
    tarfile.DIRTYPE: "a folder",
    tarfile.FIFOTYPE: "a named pipe",
    tarfile.CONTTYPE: "a contiguous file",
    tarfile.GNUTYPE_LONGNAME: "a long name of GNU tar",
    tarfile.GNUTYPE_LONGLINK: "a long link of GNU tar",
    tarfile.GNUTYPE_SPARSE: "a sparse file",
    tarfile.XHDTYPE: "an extended (pax) header",
    tarfile.XGLTYPE: "a global extended (pax) header",
    tarfile.SOLARIS_XHDTYPE: "an extended (Solaris) header",
}


class Broken(Exception):
    """Why a stream is not such a tar: which member, and what is wrong with it."""


@dataclass(frozen=True)
class Member:
    """A file in the stream; its content must be taken before the next one is asked for."""

    name: str
    size: int
    pieces: Iterator[bytes]


def header(name: str, size: int) -> bytes:
    """The block before a file: read-only, of nobody, from 1970. Raises ValueError for what it cannot hold."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o444
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")


def padding(size: int) -> bytes:
    """What fills the last block of a file."""
    return bytes(-size % BLOCK)


def members(read: Callable[[int], bytes]) -> Iterator[Member]:
    """The files of a tar that `read(n)` gives the next n bytes of, fewer at its end. Raises Broken."""
    count = 0
    while (block := read(BLOCK)) != bytes(BLOCK):
        count += 1
        if count > MOST:
            raise Broken(f"it holds more than {MOST:,} files")
        name, size = _parse(block, count)
        pieces = _pieces(read, name, size)
        yield Member(name, size, pieces)
        for _ in pieces:
            pass
    if read(BLOCK) != bytes(BLOCK):
        raise Broken("it has no end, or half of one")
    if read(1):
        raise Broken("something follows its end")


def _parse(block: bytes, place: int) -> tuple[str, int]:
    """Name and size of a file from its header."""
    if len(block) < BLOCK:
        raise Broken(f"it ends where file {place} or its end should begin")
    try:
        info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError) as error:
        raise Broken(f"file {place} has no header of a tar: {error}") from None
    if b"\0" in block[:100].rstrip(b"\0") or b"\0" in block[345:500].rstrip(b"\0"):
        raise Broken(f"file {place}, `{info.name}`: a NUL within its name")
    if info.type != tarfile.REGTYPE:
        kind = _KINDS.get(info.type, f"of type {info.type!r}")
        raise Broken(f"`{info.name}` is {kind}; only plain files are taken")
    if not 0 <= info.size <= LARGEST:
        raise Broken(f"`{info.name}` says that it has {info.size:,} bytes; expected 0 to {LARGEST:,}")
    if not _is_ours(block, info.name, info.size):
        raise Broken(f"`{info.name}` has a header that export does not write: mode, owner, time or hidden fields")
    return info.name, info.size


def _is_ours(block: bytes, name: str, size: int) -> bool:
    try:
        return header(name, size) == block
    except ValueError:
        return False


def _pieces(read: Callable[[int], bytes], name: str, size: int) -> Iterator[bytes]:
    left = size
    while left:
        piece = read(min(left, _CHUNK))
        if not piece:
            raise Broken(f"it ends within `{name}`, {left:,} of {size:,} bytes short")
        left -= len(piece)
        yield piece
    if read(-size % BLOCK) != padding(size):
        raise Broken(f"`{name}`: what fills its last block is not empty, or missing")

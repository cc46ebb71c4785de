"""An archive of another hand, in this order: is it whole and sealed, who signed it, and only then what it holds.

Nothing of the content is looked at, not even a tar header, before the digest and the signature of all of it are right.
Of the container only plain files are taken, below a folder of ours, and no value in it is parsed here.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from churn_mlops.archive.transfer.blocks import Broken, Member, members
from churn_mlops.archive.transfer.head import SIZE, Head, read_head
from churn_mlops.archive.transfer.names import Names, oddity
from churn_mlops.errors import TransferRefused

MOST_BYTES = 256 << 30  # of an archive
AGAIN = "get the file again, whole, from who exported it"
_CHUNK = 1 << 20
_OTHERS = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PK": "zip",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x80": "pickle",
}


def check_outside(file: BinaryIO, path: Path) -> Head:
    """The seal of an archive that is whole: its length and digest are right. Raises TransferRefused for any other."""
    content = file.read(SIZE)
    head = read_head(content) if len(content) == SIZE else None
    if head is None:
        raise TransferRefused(path, f"it is no archive of a version: {_likeness(content)}", AGAIN)
    size = file.seek(0, 2) - SIZE
    if size != head.bytes:
        seen = f"it was cut: {size:,} of {head.bytes:,} bytes" if size < head.bytes else "something follows its end"
        raise TransferRefused(path, seen, AGAIN)
    if size > MOST_BYTES:
        raise TransferRefused(path, f"it has {size:,} bytes; at most {MOST_BYTES:,} are taken", AGAIN)
    file.seek(SIZE)
    found = hashlib.sha256()
    while piece := file.read(_CHUNK):
        found.update(piece)
    if found.hexdigest() != head.sha256:
        seen = (
            f"its digest is {found.hexdigest()[:12]}, and its seal says {head.sha256[:12]}: it was changed or damaged"
        )
        raise TransferRefused(path, seen, AGAIN)
    return head


def _likeness(content: bytes) -> str:
    """What a file that has no seal is instead."""
    for magic, kind in _OTHERS.items():
        if content.startswith(magic):
            return f"it looks like {kind}; an archive is a plain tar, and nothing is unpacked to look into it"
    if len(content) < SIZE:
        return f"it has {len(content):,} bytes, and the seal alone {SIZE:,}"
    return "its first kilobyte is not the seal that export writes"


def unpack(file: BinaryIO, path: Path, head: Head, take: Callable[[Member], None]) -> None:
    """Give each file of a checked archive to `take`; the bytes must be those of the seal once more when all is taken.

    Raises TransferRefused for what is no tar of plain files in order, with names that lead nowhere else.
    """
    file.seek(SIZE)
    total, names = hashlib.sha256(), Names()

    def read(size: int) -> bytes:
        piece = file.read(size)
        total.update(piece)
        return piece

    try:
        for member in members(read):
            if seen := oddity(member.name) or names.clash(member.name):
                raise Broken(f"`{member.name!a}`: {seen}")
            take(member)
    except Broken as error:
        raise TransferRefused(path, str(error), AGAIN) from None
    if total.hexdigest() != head.sha256:
        raise TransferRefused(path, "it changed while it was read", "let nobody write to it meanwhile")

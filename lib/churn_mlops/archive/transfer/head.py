"""The seal of an archive: its first kilobyte, in a fixed form, with the digest of all that follows and its signature.

It is a tar member like the others, so that any tar lists the archive; who imports reads it by its place alone.
"""

import re
from dataclasses import dataclass

from churn_mlops.archive.transfer.blocks import BLOCK, header

NAME = "seal"  # of the member
SIZE = 2 * BLOCK  # of its tar header and its text: where the content begins
_TEXT = re.compile(
    r"churn-mlops version 1\n"
    r"version (?P<version>\d{8}-\d{6}-[0-9a-f]{6})\n"
    r"dataset (?P<dataset>[A-Za-z0-9][A-Za-z0-9._-]{0,63})\n"
    r"bytes (?P<bytes>0|[1-9]\d{0,14})\n"
    r"sha256 (?P<sha256>[0-9a-f]{64})\n"
    r"key (?P<key>none|[A-Za-z0-9+/]{43}=)\n"
    r"signature (?P<signature>none|[A-Za-z0-9+/]{86}==)\n"
    r" *\n"
)


@dataclass(frozen=True)
class Head:
    """What the seal says."""

    version: str
    dataset: str
    bytes: int  # of all that follows the seal
    sha256: str  # of the same
    key: str | None = None  # public key, base64
    signature: str | None = None  # Ed25519 of `signed_part`, base64

    def signed_part(self) -> bytes:
        """What a signature is of; it begins as nothing else does that the same key may sign."""
        lines = (
            "churn-mlops version 1",
            f"version {self.version}",
            f"dataset {self.dataset}",
            f"bytes {self.bytes}",
            f"sha256 {self.sha256}",
            f"key {self.key or 'none'}",
        )
        return "".join(f"{line}\n" for line in lines).encode()

    def to_bytes(self) -> bytes:
        """The first SIZE bytes of an archive."""
        text = self.signed_part() + f"signature {self.signature or 'none'}\n".encode()
        return header(NAME, BLOCK) + text.ljust(BLOCK - 1, b" ") + b"\n"


def read_head(content: bytes) -> Head | None:
    """The seal in the first SIZE bytes of a file; None where they are not, to the byte, what `to_bytes` makes."""
    try:
        found = _TEXT.fullmatch(content[BLOCK:].decode("ascii"))
    except UnicodeDecodeError:
        return None
    if not found:
        return None
    said = {name: None if value == "none" else value for name, value in found.groupdict().items()}
    head = Head(**said | {"bytes": int(said["bytes"])})
    return head if head.to_bytes() == content else None

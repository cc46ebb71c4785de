"""Archives by hand: a good one taken apart, and any other put together and sealed as its maker could."""

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass

from tests.registry.published import publish

from churn_mlops.archive.seal import seal
from churn_mlops.archive.transfer.blocks import END, header, padding
from churn_mlops.archive.transfer.head import SIZE, Head, read_head
from churn_mlops.registry.transfer.exporting import export_version

COMPLETE = {
    "verdict": "Succeeded",
    "started": "2026-11-01T10:00:00Z",
    "finished": "2026-11-01T10:00:09Z",
    "seconds": 9.0,
    "stages": [
        {"name": "01_make", "title": "Make", "status": "succeeded", "seconds": 1.5, "cells": 3, "cells_run": 3},
        {"name": "02_use", "title": "Use", "status": "not run", "seconds": 0.0, "cells": 0, "cells_run": 0, "key": ""},
    ],
    "parameters": {"train": {"seed": 1}},
    "data": {"source": "shop.csv", "version": "d" * 64, "oldest": None, "newest": "2026-10-31", "rows": 9},
}


def publish_complete(runs, model=b"model", **changes):
    """A published run, on record, whose manifest has all that commands read; returns its version."""
    return publish(runs, model, **COMPLETE | changes)


@dataclass(frozen=True)
class Good:
    """A good archive in pieces."""

    version: str
    raw: bytes
    members: dict[str, bytes]

    @property
    def manifest_name(self) -> str:
        return f"{self.version}/manifest.json"

    @property
    def manifest(self) -> dict:
        return json.loads(self.members[self.manifest_name])

    def sealed(self, content: bytes, **changes) -> bytes:
        """A file that holds this content, under a seal that fits."""
        told = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        return Head(**{"version": self.version, "dataset": "shop"} | told | changes).to_bytes() + content

    def made(self, members: dict | list, end=END, **changes) -> bytes:
        """The archive of these members, in order of their names or as listed."""
        listed = members if isinstance(members, list) else sorted(members.items(), key=lambda m: m[0].encode())
        blocks = (header(name, len(content)) + content + padding(len(content)) for name, content in listed)
        return self.sealed(b"".join(blocks) + end, **changes)

    def changed(self, **manifest) -> bytes:
        """The archive with other values in its manifest, sealed anew as whoever makes archives can."""
        told = {name: value for name, value in (self.manifest | manifest).items() if name != "seal"}
        return self.with_manifest(json.dumps(seal(told)).encode())

    def with_manifest(self, content: bytes) -> bytes:
        return self.made(self.members | {self.manifest_name: content})

    def with_file(self, name: str, content: bytes) -> bytes:
        """The archive with a further file, which its manifest names."""
        facts = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        silent = {"audit/head": b"", "audit/records.jsonl": b"", f"{self.version}/{name}": content}
        other = Good(self.version, self.raw, self.members | silent)
        return other.changed(files=self.manifest["files"] | {name: facts})

    def with_block(self, block: bytes, content: bytes = b"") -> bytes:
        """The archive with a tar header of one's own before all else."""
        return self.sealed(block + content + padding(len(content)) + self.raw[SIZE:])

    def with_info(self, name="0", content=b"", form=tarfile.GNU_FORMAT, **fields) -> bytes:
        """The archive with a member that tarfile makes from these fields before all else."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o444
        for field, value in fields.items():
            setattr(info, field, value)
        return self.with_block(info.tobuf(form, "utf-8", "surrogateescape"), content)


def good_archive(place) -> Good:
    """The archive of a small version, and what it holds."""
    version = publish_complete(place / "origin")
    export_version(place / "origin", version, place / "good.tar")
    raw = (place / "good.tar").read_bytes()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        members = {info.name: tar.extractfile(info).read() for info in tar}
    members.pop("seal")
    return Good(version, raw, members)


def head_of(raw: bytes) -> Head:
    return read_head(raw[:SIZE])

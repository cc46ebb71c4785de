"""A run in small: three stages that write files, reuse between runs, publishing, a champion, an index."""

import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from churn_mlops.archive import reuse, versions
from churn_mlops.archive.digest import digest_file, digest_json
from churn_mlops.archive.files import locked, read_json, write_json, write_text
from churn_mlops.errors import ArchiveDamaged, GenerationMoved
from churn_mlops.registry.champion import MODEL, promote, read_champion, read_history
from churn_mlops.registry.verify import verify

VERSION = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
AROUND = {"latest", "index.html", "registry", "grids", ".building", ".store", ".stages"}


def _bytes(*parts: str) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest() * 400


def contents(seed: int) -> dict[str, bytes]:
    """What the artifacts of a run have to hold: all follows from its seed."""
    table = _bytes("table", str(seed))
    model = _bytes("model", hashlib.sha256(table).hexdigest())
    return {"artifacts/table.bin": table, MODEL: model, "artifacts/sub/same.bin": _bytes("same for all")}


def _stage(building, name: str, make, *reads: str) -> None:
    """Make a file from others, or take it from where an earlier run has made it from the same."""
    read = [(building.folder / other).read_bytes() for other in reads]
    key = digest_json([name, make.__name__, [hashlib.sha256(content).hexdigest() for content in read], make()])
    entry = building.runs / ".stages" / f"{key}.json"
    if entry.is_file():
        try:
            return reuse.link_in(building, name, None, read_json(entry)["digest"])
        except ArchiveDamaged:
            pass
    path = building.folder / name
    path.write_bytes(contents(make())[name])  # as notebooks write: in place, not flushed
    write_json(entry, {"digest": reuse.keep_files(building, [name])[name]})
    return None


def run(runs, seed: int) -> str:
    """A run from beginning to end; returns its version."""
    building = versions.begin(runs)
    try:
        _stage(building, "artifacts/table.bin", lambda: seed)
        _stage(building, MODEL, lambda: seed, "artifacts/table.bin")
        path = building.folder / "artifacts/sub/same.bin"
        path.parent.mkdir()
        path.write_bytes(contents(seed)["artifacts/sub/same.bin"])  # never reused, always the same
        write_json(building.folder / "parameters.json", {"seed": seed})
        digest = digest_file(building.folder / MODEL)
        versions.publish(building, {"dataset": "shop", "status": "succeeded", "model": {"digest": digest}})
    except BaseException:
        versions.discard(building)
        raise
    _promote(runs, building.version, digest)
    with locked(runs / ".building" / "index.lock"):
        write_text(runs / "index.html", "\n".join([*versions.versions(runs), "end"]))
    return building.version


def _promote(runs, version: str, digest: str) -> None:
    while True:
        champion = read_champion(runs, "shop")
        try:
            promote(runs, "shop", version, digest, champion.generation if champion else 0)
        except GenerationMoved:
            continue
        return


def check(runs, known: set) -> None:
    """Whatever has happened: each version is complete, right and verified, and the champion is one of them.

    `known` are versions that were looked at before; they are added to.
    """
    present = versions.versions(runs)
    for version in set(present) - known:
        assert verify(runs, version) == []
        for name, content in contents(read_json(runs / version / "parameters.json")["seed"]).items():
            assert (runs / version / name).read_bytes() == content, (version, name)
    assert known <= set(present)
    known |= set(present)
    names = {path.name for path in runs.iterdir()} if runs.exists() else set()
    seen = {name for name in names - AROUND if VERSION.fullmatch(name)}
    assert seen == set(present)
    assert {name for name in names - AROUND - seen if not name.endswith(".part")} == set()
    champion, history = read_champion(runs, "shop"), read_history(runs, "shop")
    assert (champion is None and not history) or (champion == history[-1] and champion.version in known)
    assert [one.generation for one in history] == list(range(1, len(history) + 1))
    if (runs / "index.html").exists():
        assert (runs / "index.html").read_text().endswith("end")
    if (runs / "latest").exists():
        assert (runs / "latest").resolve().name in known


def check_clean(runs) -> None:
    """Nothing is left of runs that have ended, of whatever kind their end was."""
    versions.clear_leftovers(runs)
    left = [path for path in runs.rglob("*") if path.name.endswith(".part")]
    locks = ("latest.lock", "index.lock", "gc.lock")
    left += [path for path in (runs / ".building").glob("*") if path.name not in locks]
    assert [path for path in left if path.name != "latest.new"] == []


def check_undisturbed(runs, seed: int) -> None:
    """The next run gives what a run in an empty archive gives, becomes champion, and all of the archive verifies."""
    version = run(runs, seed)
    champion = read_champion(runs, "shop")
    assert champion.version == version == versions.versions(runs)[0] == (runs / "latest").resolve().name
    assert champion.digest == hashlib.sha256(contents(seed)[MODEL]).hexdigest()
    assert verify(runs) == []
    check(runs, set())
    check_clean(runs)


class Shim:
    """Counts the operations that change the disk and does `act(n, half)` before each; `half` does half a write."""

    NAMES = ("open", "write", "fsync", "ftruncate", "replace", "rename", "link", "symlink", "mkdir", "chmod")

    def __init__(self, act):
        self.act, self.real, self.kinds = act, {name: getattr(os, name) for name in self.NAMES}, []

    def __enter__(self):
        for name in self.NAMES:
            setattr(os, name, self._wrap(name, self.real[name]))
        return self

    def __exit__(self, *_):
        for name, real in self.real.items():
            setattr(os, name, real)

    def _wrap(self, name, real):
        def operation(*args, **kwargs):
            if name == "open" and not args[1] & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
                return real(*args, **kwargs)
            self.kinds.append(name)
            self.act(len(self.kinds), lambda: name == "write" and real(args[0], args[1][: len(args[1]) // 2]))
            return real(*args, **kwargs)

        return operation


@pytest.fixture
def place(tmp_path):
    """A folder in memory where there is such a thing: a kill leaves what the kernel knows, so no disk is needed."""
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(dir=memory, prefix="churn-archive-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def tiny():
    """The run in small and what has to hold of it."""
    return SimpleNamespace(
        run=run,
        check=check,
        check_clean=check_clean,
        check_undisturbed=check_undisturbed,
        contents=contents,
        Shim=Shim,
    )

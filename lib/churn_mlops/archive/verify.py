"""Is a version what it was when it was published? Every digest is taken again; light to import."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json
from churn_mlops.archive.seal import SEAL, is_sealed
from churn_mlops.archive.store import stored
from churn_mlops.archive.versions import LATEST, MANIFEST, SCHEMA, STORE, versions
from churn_mlops.errors import ArchiveDamaged, UnreadableFile

_DIGEST = re.compile("[0-9a-f]{64}")
_RERUN = "do not use this version; take it from a copy of the archive, or remove its folder and run again"


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it should be: file below `runs/`, rule, what was seen, cure."""

    file: str
    rule: str
    seen: str
    cure: str

    def __str__(self) -> str:
        return f"{self.file}: {self.rule}; {self.seen}. Cure: {self.cure}."


@dataclass
class _Reader:
    """Digests, each file on disk read once, however many versions hold it."""

    runs: Path
    known: dict = field(default_factory=dict)

    def digest(self, path: Path) -> str:
        """The digest of a plain file; `absent`, or that it is none, or why it cannot be read."""
        try:
            stat = path.lstat()
            if path.is_symlink() or not path.is_file():
                return "no plain file"
            key = (stat.st_dev, stat.st_ino)
            if key not in self.known:
                self.known[key] = digest_file(path)
            return self.known[key]
        except FileNotFoundError:
            return "absent"
        except OSError as error:
            return f"unreadable ({error.strerror})"


def verify_version(runs: Path, version: str) -> list[Problem]:
    """What is wrong with one version: its manifest, its files, the store's files of the same digests."""
    return _verify_version(_Reader(Path(runs)), version)


def check_files(folder: Path, names: Iterable[str]) -> None:
    """Raise ArchiveDamaged unless these files of a published version are what its manifest says, before any is parsed.

    A version in the making has no manifest yet, and nothing to be held against.
    """
    if _was_published(folder):
        for problem in verify_files(folder.parent, folder.name, names):
            raise ArchiveDamaged(problem.file, problem.rule, problem.seen, problem.cure)


def _was_published(folder: Path) -> bool:
    """Whether there is a manifest, or what may have been one; `publish` always writes these names."""
    if not (folder / MANIFEST).is_file():
        return False
    try:
        manifest = read_json(folder / MANIFEST)
    except UnreadableFile:
        return True
    return not isinstance(manifest, dict) or bool({"files", SEAL} & set(manifest))


def verify_files(runs: Path, version: str, names: Iterable[str]) -> list[Problem]:
    """What is wrong with the manifest of a version, or with these of its files: what one who uses only them needs.

    The store is not looked at: the version stands alone.
    """
    reader, manifest = _Reader(Path(runs)), _read_manifest(Path(runs) / version)
    if isinstance(manifest, Problem):
        return [manifest]
    problems = _verify_identity(version, manifest)
    for name in names:
        if name in manifest["files"]:
            problems += _verify_file(reader, version, name, manifest["files"][name])
        else:
            problems.append(Problem(f"{version}/{name}", "the manifest names it", "it does not", _RERUN))
    return problems


def verify_all(runs: Path) -> list[Problem]:
    """What is wrong with any version, with the store, and with where `latest` leads."""
    runs = Path(runs)
    reader, problems = _Reader(runs), []
    for folder in sorted(runs.glob("[0-9]*")):
        problems += _verify_version(reader, folder.name)
    named = {problem.file for problem in problems}
    problems += [problem for problem in _verify_store(reader) if problem.file not in named]
    return problems + _verify_latest(runs)


def _verify_version(reader: _Reader, version: str) -> list[Problem]:
    manifest = _read_manifest(reader.runs / version)
    if isinstance(manifest, Problem):
        return [manifest]
    files, problems = manifest["files"], _verify_identity(version, manifest)
    for name, facts in sorted(files.items()):
        problems += _verify_file(reader, version, name, facts) + _verify_stored(reader, version, name, facts)
    return problems + _beyond(reader.runs / version, files)


def _verify_identity(version: str, manifest: dict) -> list[Problem]:
    """Whether a manifest is this version's, as it was written."""
    problems = []
    if manifest.get("version") != version:
        seen = f"its manifest is that of {manifest.get('version')}"
        problems.append(Problem(version, "a version's folder bears its name", seen, "give the folder its name back"))
    if not is_sealed(manifest):
        rule, seen = "its seal is the digest of all else in it", "it was changed, or made without a seal"
        problems.append(Problem(f"{version}/{MANIFEST}", rule, seen, _RERUN))
    return problems


def _read_manifest(folder: Path) -> dict | Problem:
    """The manifest, or why it cannot be used."""

    def problem(rule, seen, cure=_RERUN):
        return Problem(f"{folder.name}/{MANIFEST}", rule, seen, cure)

    try:
        manifest = read_json(folder / MANIFEST)
    except FileNotFoundError:
        return problem("a version has a manifest", "absent" if folder.exists() else "there is no such version")
    except OSError as error:
        return problem("a manifest is JSON", f"it cannot be read: {error}")
    except UnreadableFile as error:
        return problem("a manifest is JSON", str(error).partition("expected JSON; ")[2].partition(". Cure: ")[0])
    if not isinstance(manifest, dict) or manifest.get("schema") != SCHEMA:
        seen = f"schema is {manifest.get('schema')!r}" if isinstance(manifest, dict) else "it is no object"
        return problem(f"a manifest has schema {SCHEMA}", seen, "verify it with the release that made it")
    if not _are_files(manifest.get("files")):
        return problem("`files` gives each file's path, sha256 and bytes", "it does not")
    return manifest


def _are_files(files) -> bool:
    return isinstance(files, dict) and all(
        isinstance(facts, dict)
        and isinstance(facts.get("sha256"), str)
        and _DIGEST.fullmatch(facts["sha256"])  # it becomes a path into the store
        and type(facts.get("bytes")) is int
        and not (set(Path(name).parts) & {"..", "/"} or "\0" in name)
        for name, facts in files.items()
    )


def _verify_file(reader: _Reader, version: str, name: str, facts: dict) -> list[Problem]:
    path, expected = reader.runs / version / name, facts["sha256"]
    found, problems = reader.digest(path), []
    if found != expected:
        rule = f"the manifest says digest {expected[:12]}"
        problems.append(Problem(f"{version}/{name}", rule, f"found {_short(found)}", _cure(reader, expected)))
    elif path.stat().st_size != facts["bytes"]:
        seen = f"found {path.stat().st_size}"
        problems.append(Problem(f"{version}/{name}", f"the manifest says {facts['bytes']} bytes", seen, _RERUN))
    return problems


def _verify_stored(reader: _Reader, version: str, name: str, facts: dict) -> list[Problem]:
    """Whether the store still has what later runs would take from it."""
    kept = stored(reader.runs / STORE, facts["sha256"])
    if (there := reader.digest(kept)) == facts["sha256"]:
        return []
    return [_store_problem(reader, kept, f"found {_short(there)}, needed by {version}/{name}")]


def _cure(reader: _Reader, digest: str) -> str:
    kept = stored(reader.runs / STORE, digest)
    if reader.digest(kept) == digest:
        return f"copy {kept.relative_to(reader.runs).as_posix()} to its place"
    return _RERUN


def _short(found: str) -> str:
    return f"digest {found[:12]}" if len(found) == 64 else found


def _store_problem(reader: _Reader, kept: Path, seen: str) -> Problem:
    cure = "remove it; the next run that makes the same content puts it right, and versions keep their own files"
    return Problem(kept.relative_to(reader.runs).as_posix(), "a file of the store has its digest as name", seen, cure)


def _beyond(folder: Path, files: dict) -> list[Problem]:
    """What stands in a version that its manifest does not name."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    names = {path.relative_to(folder).as_posix() for path in paths}
    rule, cure = "the manifest names every file of a version", "remove it"
    return [
        Problem(f"{folder.name}/{name}", rule, "this one is not named", cure)
        for name in sorted(names - set(files) - {MANIFEST})
    ]


def _verify_store(reader: _Reader) -> list[Problem]:
    kept = (path for path in sorted((reader.runs / STORE).glob("??/*")) if len(path.name) == 64)
    found = ((path, reader.digest(path)) for path in kept)
    return [_store_problem(reader, path, f"found {_short(digest)}") for path, digest in found if digest != path.name]


def _verify_latest(runs: Path) -> list[Problem]:
    path = runs / LATEST
    if not path.exists() and not path.is_symlink():
        return []  # a kill may come between a version and its link; the next run makes it
    leads = path.read_text().strip() if path.is_file() else path.resolve().name
    if leads in versions(runs):  # looked up after the link: a run may be publishing
        return []
    return [Problem(LATEST, "it leads to a version", f"it leads to {leads}", "remove it; the next run makes it anew")]

"""`source.tar`: the sources that a run is made from, so that it can be made again without this folder and its history.

The library as it is imported, the notebooks, definitions, `pipeline.py`, the lock, and every other module and file
that the stages declare or import. Not the data, which the stages archive as they read it.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import churn_mlops
from churn_mlops.archive.digest import digest_bytes, digest_json
from churn_mlops.archive.packing import members, pack
from churn_mlops.archive.shared import share
from churn_mlops.archive.versions import Building
from churn_mlops.errors import ArchiveDamaged
from churn_mlops.pipelines.cache.inputs import Inputs
from churn_mlops.pipelines.cache.modules import source_folders
from churn_mlops.pipelines.hiding import Hiding
from churn_mlops.pipelines.stage import files_of

SOURCE, LIST = "source.tar", "SOURCE.json"  # in a version; in the tar, what is in it
_LIBRARY = "lib/churn_mlops/"
_BESIDE = ("pipeline.py", "pyproject.toml", "requirements.lock", "README.md", "Makefile", "*.py")
_FOLDERS = {"notebooks": (".ipynb", ".py", ".md"), "configs": (".toml",), "lib": ()}  # endings; none: whatever it is
_SCHEMA = 1
_RACY_NS = 2_000_000_000  # a file changed so shortly ago may change again within the clock's step


def keep_source(building: Building, inputs: Inputs, hiding: Hiding) -> None:
    """Let a version hold its source, unless a file of it was changed since the run's keys were taken."""
    files, now = source_files(inputs), time.time_ns()
    marks = {name: _mark(path) for name, path in files.items()}
    newest = max(mark[2] for mark in marks.values())
    if newest > inputs.taken_ns:
        return  # what the kernels load may be the one or the other: this run cannot be vouched for

    def make() -> bytes:
        return pack(_with_list({name: path.read_bytes() for name, path in files.items()}, hiding))

    share(building, SOURCE, digest_json([_SCHEMA, marks]), make, remember=now - newest > _RACY_NS)


def _mark(path: Path) -> list[int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def source_files(inputs: Inputs) -> dict[str, Path]:
    """The files by the name that they have below a project's folder."""
    project = inputs.project
    found = {path.name: path for pattern in _BESIDE for path in project.root.glob(pattern)}
    for folder, endings in _FOLDERS.items():
        found |= {f"{folder}/{name}": path for name, path in _below(project.root / folder, endings)}
    found |= {_LIBRARY + name: path for name, path in _below(Path(churn_mlops.__file__).parent, ())}
    found |= _imported(inputs)
    declared = {name for stage in project.stages for name in files_of(stage.files, project.root)}
    found |= {name: project.root / name for name in declared}
    return {name: path for name, path in sorted(found.items()) if path.is_file()}


def _below(folder: Path, endings: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """The files in and below a folder but for hidden and compiled ones, by their names from there."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith(".") or path.name == "__pycache__" or path.suffix == ".pyc":
            continue
        if path.is_dir():
            if path.is_symlink():
                continue  # it may lead round in a circle; what is imported through it is found by its name
            yield from ((f"{path.name}/{name}", inner) for name, inner in _below(path, endings))
        elif not endings or path.suffix in endings:
            yield path.name, path


def _imported(inputs: Inputs) -> dict[str, Path]:
    """Modules that stages import from elsewhere: where they stand in the project, else as if beside the library."""
    project = inputs.project
    folders, root = source_folders(project.notebooks, project.root), project.root.resolve()
    labels = {label for modules, _ in inputs.behind.values() for label in modules}
    found = {}
    for label in sorted(label for label in labels if not label.startswith("churn_mlops/")):
        path = next((folder / label for folder in folders if (folder / label).is_file()), None)
        if path:
            found[path.relative_to(root).as_posix() if path.is_relative_to(root) else f"lib/{label}"] = path
    return found


def _with_list(files: dict[str, bytes], hiding: Hiding) -> dict[str, bytes]:
    """The files and their list: the digest of each, and the names of secrets that stood in it and do not any more."""
    listed = {}
    for name, content in files.items():
        hidden = [] if name.startswith(_LIBRARY) else hiding.redactor.find(content.decode("utf-8", "replace"))
        if hidden:
            files[name] = content = hiding.redactor.bytes(content)
        listed[name] = {"sha256": digest_bytes(content)} | ({"hidden": hidden} if hidden else {})
    return files | {LIST: json.dumps(listed, indent=1, sort_keys=True).encode() + b"\n"}


def read_source(path: Path) -> tuple[dict[str, bytes], dict[str, dict]]:
    """The files of a `source.tar`, and what its list says of each; raises ArchiveDamaged where it has no list."""
    files = dict(members(path))
    try:
        return files, json.loads(files.pop(LIST))
    except (KeyError, ValueError) as error:
        raise ArchiveDamaged(path, f"it holds its list, {LIST}", "it does not", "take it from a copy") from error


def changed_in(files: dict[str, bytes], listed: dict[str, dict]) -> list[str]:
    """The files that are not what their list says, those that it lacks or has beyond them included."""
    return sorted(
        name
        for name in {*files, *listed}
        if name not in files or digest_bytes(files[name]) != listed.get(name, {}).get("sha256")
    )

"""What a stage opened and does not declare. Its key knows nothing of that, so its result must not be found by it."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.pipelines.execution import UNDECLARED, Failure
from churn_mlops.pipelines.stage import Stage, belongs

LIST = "pipeline.py"
_CACHE = "__pycache__"


@dataclass(frozen=True)
class Undeclared:
    """One thing that was opened: by which code cell (from 1), how, what, and how to declare it."""

    cell: int
    action: str  # read, wrote or connected to
    what: str  # an artifact, a path from the project's folder, or an address
    cure: str

    def told(self, stage: Stage) -> str:
        """The finding as a sentence."""
        declare = "declare to write" if self.action == "wrote" else "declare"
        seen = f"{stage.name}, cell {self.cell} {self.action} `{self.what}`, which it does not {declare}."
        return f"{seen} Cure: {self.cure}."


@dataclass(frozen=True)
class Declared:
    """All that a stage may open, in absolute paths whose links are followed."""

    stage: Stage
    root: Path
    runs: Path
    artifacts: Path
    others: tuple[str, ...] = ()  # what other stages write into the artifacts
    modules: frozenset[str] = frozenset()  # source files that its key knows, as paths below one of the next
    sources: tuple[str, ...] = ()  # folders that modules are imported from
    files: frozenset[str] = frozenset()  # files that it may read: config, data, declared ones
    folders: tuple[str, ...] = ()  # folders that it may read: the champion's, declared ones
    free: tuple[str, ...] = ()  # folders that nothing depends on: caches, the environment
    known: tuple[tuple[str, str], ...] = ()  # what it could declare as a parameter: path -> name
    addresses: frozenset[str] = frozenset()  # HOST:PORT of the scheduler of --scheduler


def free_folders(root: Path, runs: Path, prefixes: tuple[str, ...]) -> tuple[str, ...]:
    """The environment's and the caches' folders within the project; a project within one of them is not free."""
    inside = (Path(folder).resolve() for folder in (*prefixes, tempfile.gettempdir()))
    within = [folder for folder in inside if folder != root and folder.is_relative_to(root)]
    return tuple(map(str, (*within, root / ".venv", runs / ".cache")))


def find_undeclared(events: list[dict], declared: Declared, numbers: dict[int, int]) -> list[Undeclared]:
    """The events that nothing allows, each once, in order; `numbers` gives a cell's number for the kernel's."""
    found: dict[tuple, Undeclared] = {}
    for event in events:
        judged = _connected(event, declared) if event["kind"] == "connect" else _opened(event, declared)
        if judged:
            action, what, cure = judged
            cell = numbers.get(event["cell"], event["cell"])
            found.setdefault((action, what), Undeclared(cell, action, what, cure))
    return list(found.values())


def as_failure(stage: Stage, found: list[Undeclared]) -> Failure:
    """What --strict makes of the findings."""
    message = "\n".join(undeclared.told(stage) for undeclared in found)
    return Failure(stage.name, found[0].cell, "UndeclaredInput", message, "", UNDECLARED)


def _connected(event: dict, declared: Declared) -> tuple[str, str, str] | None:
    local = event["what"].removeprefix("unix:")
    own = local != event["what"] and (local.startswith("\0") or _within(local, [tempfile.gettempdir()]))
    if own or event["what"] in declared.addresses or "network" in declared.stage.watches:
        return None
    cure = (
        "fetch it before the run and hand it over as a file, or add `network` to the "
        f"`watches` of {declared.stage.name} in {LIST}, which then runs every time"
    )
    return "connected to", event["what"].replace("\0", "@"), cure


def _opened(event: dict, declared: Declared) -> tuple[str, str, str] | None:
    """How, what, and the cure, where the stage may not open that file."""
    path = _source_of(event["what"])
    write = event["kind"] == "write" and path == event["what"]  # bytecode is written by whoever reads the source
    action = "wrote" if write else "read"
    if _within(path, [str(declared.artifacts)]):
        name = Path(path).relative_to(declared.artifacts).as_posix()
        if _artifact_is_declared(name, write, declared):
            return None
        return action, name, f"add it to the `{'writes' if write else 'reads'}` of {declared.stage.name} in {LIST}"
    readable = path in declared.files or _within(path, declared.folders) or _is_known_module(path, declared)
    if _within(path, declared.free) or (readable and not write):
        return None
    return action, _name(path, declared), _cure(path, write, declared)


def _is_known_module(path: str, declared: Declared) -> bool:
    return any(path.removeprefix(f"{folder}/") in declared.modules for folder in declared.sources)


def _artifact_is_declared(name: str, write: bool, declared: Declared) -> bool:
    """Whether the stage declares an artifact, or it was a file of its own that is gone again."""
    stage = declared.stage
    mine = stage.writes if write else (*stage.writes, *stage.reads)
    if belongs(name, mine) or belongs(f"{name}/", mine):
        return True
    return not belongs(name, (*declared.others, *stage.reads)) and not (declared.artifacts / name).exists()


def _cure(path: str, write: bool, declared: Declared) -> str:
    stage, parameter = declared.stage.name, dict(declared.known).get(path)
    if write:
        return "write into the run's artifacts, and declare that, or into a temporary folder"
    if parameter:
        return f"take its path as the parameter `{parameter}` of the notebook"
    if path.endswith(".py"):
        return f"import it by its name, or add it to the `files` of {stage} in {LIST}"
    if _within(path, [str(declared.runs / "registry")]):
        return f"add `champion` to the `watches` of {stage} in {LIST}, and look at that of the run's dataset only"
    if _within(path, [str(declared.runs)]):
        return f"read what this run has made, or `champion` and declare it in the `watches` of {stage} in {LIST}"
    return f"add it to the `files` of {stage} in {LIST}, or pass what it says as a parameter"


def _source_of(path: str) -> str:
    """The source file behind compiled bytecode; any other path as it is."""
    folder, slash, name = path.rpartition(f"/{_CACHE}/")
    return f"{folder}/{name.split('.')[0]}.py" if slash else path


def _name(path: str, declared: Declared) -> str:
    """A path as the project sees it; what lies in an archive elsewhere, as if that were in it."""
    if _within(path, [str(declared.root)]):
        return Path(path).relative_to(declared.root).as_posix()
    return f"runs/{Path(path).relative_to(declared.runs).as_posix()}"


def _within(path: str, folders) -> bool:
    return any(path.startswith(f"{folder.rstrip('/')}/") for folder in folders)

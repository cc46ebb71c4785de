"""What it takes to make a version again, read from the archive: what its stages were given, and what they saw.

Light: nothing here may import pandas.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from churn_mlops.archive import moment
from churn_mlops.archive.versions import MANIFEST
from churn_mlops.config import SIMULATOR
from churn_mlops.data.sources.archived import archived_files, is_archived
from churn_mlops.errors import ConfigError, RegistryError
from churn_mlops.pipelines.differences.archived import Archived
from churn_mlops.pipelines.parameters import RESERVED
from churn_mlops.pipelines.reproducing.source import SOURCE
from churn_mlops.registry.champion import Champion, read_history
from churn_mlops.registry.known import newest_day

DONE = ("succeeded", "reused")
_HIDDEN = "[secret"  # begins what stands in place of a secret
_OUTSIDE = "let the stage take it from the environment, and run the pipeline again"
_RERUN = "run the pipeline again; from then on its version can be reproduced"


@dataclass(frozen=True)
class Order:
    """A version to be made again."""

    run: Archived
    stages: tuple[str, ...]  # those whose results are compared, in order
    last: str  # the last stage that is run
    data: str  # name of the folder that its data goes to; empty where it reads none
    champions: tuple[Champion, ...]  # those that its stages saw, the one that served last
    gone: str  # why stages are left out; empty: none is

    @property
    def facts(self) -> dict:
        """What the process that runs it is told, as JSON."""
        manifest = self.run.manifest
        given = self.run.given.items()
        return {
            "parameters": {stage: {n: v for n, v in own.items() if n not in RESERVED} for stage, own in given},
            "as_of": manifest.get("as_of") or "",
            "last": self.last,
            "data": self.data,
            "moment": self._moment(),
        }

    def _moment(self) -> dict:
        """The time and the last run's data, as the stages saw them."""
        now, watched = self.run.manifest["started"], watched_by(self.run)
        day = watched.get("today") or ""
        if day[:1].isdigit() and not now.startswith(day) and not self.run.manifest.get("as_of"):
            now = f"{day}T00:00:00Z"  # it began before midnight
        return {moment.NOW: now, moment.LAST_DATA: watched.get("last_data")}


def read_order(runs: Path, version: str) -> Order:
    """Find out what a version needs; raises ConfigError for one that cannot be made again, with the reason."""
    run = Archived(Path(runs), version)
    _check(run)
    stages = [name for name, stage in run.stages.items() if stage["status"] in DONE]
    champions, gone = _champions(run)
    if gone:
        first = next(name for name in stages if (run.inputs(name, "watches") or {}).get("champion"))
        stages = stages[: stages.index(first)]
        if not stages:
            raise _refused(run, gone, "put that version back from a copy of the archive")
    return Order(run, tuple(stages), stages[-1], _data(run), champions, gone)


def _check(run: Archived) -> None:
    manifest = run.manifest
    if manifest.get("status") != "succeeded":
        cure = f"python pipeline.py debug {run.version} opens the stage that failed"
        raise _refused(run, "the run failed, so there is no result to compare with", cure)
    if SOURCE not in manifest["files"]:
        seen = f"it has no {SOURCE}: it is older than that, or a source was changed while the run began"
        raise _refused(run, seen, _RERUN)
    if missing := [n for n, stage in run.stages.items() if stage["status"] in DONE and not stage.get("inputs")]:
        raise _refused(run, f"what {', '.join(missing)} depended on is not on record", _RERUN)
    if secret := _secret(run):
        raise _refused(run, f"{secret} was a secret, and no secret is archived", _OUTSIDE)


def _secret(run: Archived) -> str | None:
    """What the archive holds a placeholder for: a parameter, or a value of the definition."""
    given = ((stage, name, value) for stage, own in run.given.items() for name, value in own.items())
    hidden = [f"the parameter {stage}.{name}" for stage, name, value in given if _HIDDEN in str(value)]
    return next(iter(hidden + ["a value of config.toml"] * (_HIDDEN in run.config)), None)


def _refused(run: Archived, seen: str, cure: str) -> ConfigError:
    return ConfigError(f"{run.version}/{MANIFEST}: this version cannot be made again: {seen}. Cure: {cure}.")


def _data(run: Archived) -> str:
    """The name under which the data is laid out: its source's, which the version of the data holds too."""
    reads = [name for name, given in run.given.items() if "data" in given]
    source = run.facts("data").get("source")
    if not reads or source == SIMULATOR:
        return ""
    if not is_archived(data_folder(run)):
        seen = f"{reads[0]} read data that is not archived (no artifacts/read/tables.json)"
        raise _refused(run, seen, "read the data with `checking.read_tables` in that stage, and run the pipeline again")
    if beyond := [name for name in data_files(run) if f"artifacts/{name}" not in run.manifest["files"]]:
        raise _refused(run, f"its data is said to be in `{beyond[0]}`, which is no artifact of it", "do not use it")
    name = PurePosixPath(source or "").name
    return name if name.strip(".") else "data"


def data_folder(run: Archived) -> Path:
    """Where a version has the data that it read."""
    return run.runs / run.version / "artifacts"


def data_files(run: Archived) -> list[str]:
    """The files of that data, below its folder."""
    return archived_files(data_folder(run))


def watched_by(run: Archived) -> dict:
    """What the stages saw of the moment, by name."""
    found: dict = {}
    for stage in run.stages:
        found = (run.inputs(stage, "watches") or {}) | found
    return found


def _champions(run: Archived) -> tuple[tuple[Champion, ...], str]:
    """The champions that the stages saw; or, where one is gone from the archive, why it cannot be seen again."""
    seen = watched_by(run).get("champion")
    if not seen:
        return (), ""
    known = [one for one in _history(run) if one.generation <= seen["generation"]]
    current = next((one for one in known if one.generation == seen["generation"]), None)
    if current is None or (current.version, current.digest) != (seen["version"], seen["digest"]):
        return (), f"the registry does not know since when {seen['version']}, the champion of then, had served"
    needed = [*_known_on_the_day(run, known), current]
    lost = [one.version for one in needed if not (run.runs / one.version / MANIFEST).is_file()]
    if lost:
        return (), f"{lost[0]}, the champion that it was compared with, is gone from the archive"
    return tuple(needed), ""


def _history(run: Archived) -> list[Champion]:
    try:
        return read_history(run.runs, run.manifest["dataset"])
    except (RegistryError, OSError):
        return []


def _known_on_the_day(run: Archived, known: list[Champion]) -> list[Champion]:
    """For a run that looked back, the champion of its day, where that is another: see `registry.known`."""
    as_of = run.manifest.get("as_of")
    days = ((one, newest_day(run.runs / one.version / "artifacts")) for one in reversed(known) if as_of)
    newest = next((one for one, day in days if day and day <= as_of), known[-1])
    return [] if newest == known[-1] else [newest]

"""The data versions of the archive, and the runs and models that were made from each. Light to import."""

from contextlib import suppress
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.remembered import Remembered
from churn_mlops.archive.versions import MANIFEST, versions
from churn_mlops.registry.champion import read_champion

_SCHEMA = 1  # of what is remembered of a manifest: raised when it changes
_DATA = ("rows", "rows_quarantined", "oldest", "newest", "tables")


def describe_data(runs: Path) -> list[dict]:
    """One entry a data version, that of the newest run first; `runs` in it are newest first, too."""
    champions, found = {}, {}
    for run in _runs(Path(runs)):
        data, dataset = run.pop("data"), run["dataset"]
        if dataset not in champions:
            champions[dataset] = read_champion(runs, dataset)
        champion, model = champions[dataset], run["model"]
        run["champion"] = bool(champion and champion.version == run["version"])
        if model:
            model["champion"] = bool(champion and champion.digest == model["digest"])
        _add(found.setdefault(data["version"], _entry(data)), data["source"], run)
    return list(found.values())


def _entry(data: dict) -> dict:
    """A version without its uses; what older runs did not note is null."""
    told = {name: data.get(name) for name in _DATA}
    return {"version": data["version"], "datasets": [], "sources": [], **told, "runs": [], "models": []}


def _add(entry: dict, source: str, run: dict) -> None:
    for name, value in (("datasets", run["dataset"]), ("sources", source), ("models", run["model"])):
        if value is not None and value not in entry[name]:
            entry[name].append(value)
    entry["runs"].append(run)


def _runs(runs: Path) -> list[dict]:
    """What is to be known of each run that came to its data; each manifest is read once."""
    known = Remembered(runs / ".cache" / f"data-{_SCHEMA}.json", _read)
    paths = [runs / version / MANIFEST for version in versions(runs)]
    there = {str(path.absolute()) for path in paths}
    if stale := known.facts.keys() - there:  # of runs that were removed
        known.facts, known.changed = {name: known.facts[name] for name in known.facts.keys() - stale}, True
    found = []
    for path in paths:
        with suppress(OSError):
            found.append(known[path])
    known.save()
    return [_copy(fact) for fact in found if fact]


def _read(path: Path) -> dict | None:
    """The facts of one manifest; None where the run did not come to its data, or it cannot be read."""
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        manifest = read_json(path)
        data, model = manifest["data"], manifest["model"]
        if data:
            told = {name: manifest.get(name) for name in ("version", "dataset", "status", "verdict", "experiment")}
            kept = {name: data.get(name) for name in ("version", "source", *_DATA)}
            return told | {"data": kept, "model": model and {name: model[name] for name in ("name", "digest")}}
    return None


def _copy(fact: dict) -> dict:
    """A fact that may be added to: what is remembered stays as it is."""
    return fact | {"data": dict(fact["data"]), "model": fact["model"] and dict(fact["model"])}

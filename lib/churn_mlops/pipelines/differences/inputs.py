"""What differs in the inputs that runs have recorded for each stage: files, champion and day, modules, packages.

Older runs have not recorded them; then what the manifest says of the whole run has to do.
"""

from pathlib import PurePosixPath

from churn_mlops.pipelines.differences.archived import Archived, in_both
from churn_mlops.pipelines.differences.values import change, changed_values


def _by_stage(old: Archived, new: Archived, key: str) -> list[dict]:
    """Names whose values differ in the stages where both runs recorded them, with these stages."""
    found: dict[str, dict] = {}
    for stage in in_both(old, new):
        a, b = old.inputs(stage, key), new.inputs(stage, key)
        for entry in changed_values(a, b) if a is not None and b is not None else []:
            found.setdefault(entry["name"], {**entry, "stages": []})["stages"].append(stage)
    return list(found.values())


def changed_files(old: Archived, new: Archived) -> list[dict]:
    """Files that are neither an artifact of an earlier stage nor the definition, whose lines are told elsewhere."""
    given = [values for run in (old, new) for values in run.given.values()]
    configs = {PurePosixPath(values["config"]).name for values in given if "config" in values} | {"config"}
    made = {**old.artifacts, **new.artifacts}
    return [
        {**entry, "file": True, "follows": False}
        for entry in _by_stage(old, new, "reads")
        if PurePosixPath(entry["name"]).name not in configs and not _is_artifact(entry["name"], made)
    ]


def _is_artifact(name: str, made: dict) -> bool:
    bare = name.removeprefix("artifacts/").rstrip("/")
    return any(path == bare or path.startswith(f"{bare}/") for path in made)


def is_same_file(old: Archived, new: Archived, source: str) -> bool:
    """Whether both runs recorded the digest of the file of this name, and the same."""

    def digests(run):
        reads = [run.inputs(stage, "reads") or {} for stage in run.stages]
        return {d for names in reads for name, d in names.items() if PurePosixPath(name).name == source and d}

    return bool(digests(old)) and digests(old) == digests(new)


def changed_moment(old: Archived, new: Archived) -> list[dict]:
    """What changes by itself and stages look at: the champion that served, the day."""
    found = [entry for entry in _by_stage(old, new, "watches") if entry["name"] != "last_data"]  # follows from the data
    a, b = old.facts("promotion"), new.facts("promotion")
    if found or not (a and b):
        return found
    return changed_values({"champion": a.get("champion_before")}, {"champion": b.get("champion_before")}, stages=[])


def changed_modules(old: Archived, new: Archived) -> list[dict]:
    """Modules of the project by name, with the stages that import them; the library as a whole where none is told."""
    if not any(old.inputs(s, "modules") is not None and new.inputs(s, "modules") is not None for s in old.stages):
        a, b = ({"the library": run.facts("code").get("library")} for run in (old, new))
        return changed_values(a, b, change="changed", stages=[])
    found = [{**entry, "change": change(entry)} for entry in _by_stage(old, new, "modules")]
    return sorted(found, key=lambda entry: entry["name"])


def changed_packages(old: Archived, new: Archived) -> list[dict]:
    """Versions as the environment has them, and those that only single stages have recorded."""
    a, b = (run.facts("environment").get("packages") or {} for run in (old, new))
    told = {entry["name"]: {**entry, "stages": []} for entry in changed_values(a, b)}
    told |= {entry["name"]: entry for entry in _by_stage(old, new, "packages")}
    return [told[name] for name in sorted(told)]

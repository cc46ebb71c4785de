"""Why a stage runs: what differs between its inputs now and those of its newest result."""

import contextlib

from churn_mlops.archive import versions
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.cache.inputs import with_champion
from churn_mlops.registry.champion import Champion

DONE = ("succeeded", "reused")
SHOWN = 3  # differences that are named; the rest are counted


def manifests(runs, dataset: str):
    """The manifests of the dataset's versions, newest first; `verify` is there for those that cannot be read.

    Nor does one count that `gc` removes at this moment.
    """
    for version in versions.versions(runs):
        with contextlib.suppress(ConfigError, OSError, ValueError, KeyError, TypeError):
            manifest = versions.read_manifest(runs, version)
            if manifest["dataset"] == dataset and manifest["stages"]:
                yield manifest


def previous_inputs(runs, dataset: str, champion: Champion | None = None) -> dict[str, dict]:
    """For each stage by name the inputs of its newest result that succeeded for this dataset.

    Where that run has made the champion, this is no change since: it counts as if it had served already.
    """
    found: dict[str, dict] = {}
    for manifest in manifests(runs, dataset):
        for stage in manifest["stages"]:
            if stage.get("inputs") and stage["status"] in DONE:
                own = champion and champion.version == manifest["version"]
                found.setdefault(stage["name"], with_champion(stage["inputs"], champion) if own else stage["inputs"])
        if all(stage["status"] in DONE for stage in manifest["stages"]):
            break
    return found


def why(inputs: dict, before: dict | None) -> str:
    """A short reason: `first run`, or what changed since."""
    if before is None:
        return "it has no result yet"
    if before.get("undeclared"):
        return f"it has opened `{'`, `'.join(before['undeclared'][:SHOWN])}`, which it does not declare"
    found = list(_differences(inputs, before))
    if not found:
        return "its last result is not to be had"
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(found[:SHOWN]) + more + " changed"


def _differences(now: dict, before: dict):
    if now["cells"] != before.get("cells"):
        yield "its code cells"
    yield from _of("parameter `{}`", now["parameters"], before.get("parameters"))
    yield from _of("`{}`", now["reads"], before.get("reads"))
    yield from _of("{}", _named(now["watches"]), _named(before.get("watches")))
    yield from _of("`{}`", now["modules"], before.get("modules"))
    yield from _of("package {}", now["packages"], before.get("packages"))
    yield from (name.capitalize() for name in ("python", "platform") if now[name] != before.get(name))
    if now["writes"] != before.get("writes"):
        yield "what it writes"
    if now["schema"] != before.get("schema"):
        yield "the making of keys"


def _named(watches: dict | None) -> dict:
    """What is watched, in the words of a reader."""
    return {_WATCHED.get(name, f"the {name}"): value for name, value in (watches or {}).items()}


def _of(shape: str, now: dict, before: dict | None):
    before = before or {}
    for name in sorted(now.keys() | before.keys()):
        if now.get(name, _ABSENT) != before.get(name, _ABSENT):
            yield shape.format(name.removeprefix("churn_mlops/"))


_ABSENT = object()
_WATCHED = {
    "last_data": "the data of the last run",
    "today": "the date",
    "service": "the service's log",
    "offers": "the offers",
}

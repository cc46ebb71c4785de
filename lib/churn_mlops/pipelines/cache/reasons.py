"""Why a stage runs: what differs between its inputs now and those of its newest result."""

from churn_mlops.archive import versions

SHOWN = 3  # differences that are named; the rest are counted


def previous_inputs(runs, dataset: str) -> dict[str, dict]:
    """For each stage by name the inputs of its newest result that succeeded for this dataset."""
    found: dict[str, dict] = {}
    for version in versions.versions(runs):
        manifest = versions.read_manifest(runs, version)
        if manifest["dataset"] != dataset:
            continue
        for stage in manifest["stages"]:
            if stage.get("inputs") and stage["status"] in ("succeeded", "reused"):
                found.setdefault(stage["name"], stage["inputs"])
        if manifest["status"] == "succeeded":
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
    yield from _of("the {}", now["watches"], before.get("watches"))
    yield from _of("`{}`", now["modules"], before.get("modules"))
    yield from _of("package {}", now["packages"], before.get("packages"))
    yield from (name.capitalize() for name in ("python", "platform") if now[name] != before.get(name))
    if now["schema"] != before.get("schema"):
        yield "the making of keys"


def _of(shape: str, now: dict, before: dict | None):
    before = before or {}
    for name in sorted(now.keys() | before.keys()):
        if now.get(name, _ABSENT) != before.get(name, _ABSENT):
            yield shape.format(name.removeprefix("churn_mlops/"))


_ABSENT = object()

"""The status of every dataset as plain values: what `status` prints and the page over all runs shows.

Light: nothing here may import pandas.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.archive.versions import read_manifest
from churn_mlops.config import SIMULATOR, Schedule, read_schedule
from churn_mlops.errors import ChurnError, ConfigError
from churn_mlops.monitoring.freshness import Age, measure_freshness
from churn_mlops.pipelines.alerts.describing import alerts_of
from churn_mlops.pipelines.status.advice import advise
from churn_mlops.pipelines.status.seen import Seen, look_back
from churn_mlops.pipelines.status.trouble import BROKEN, IN_ORDER, STALE, find_trouble
from churn_mlops.pipelines.timetable.describing import watch_of
from churn_mlops.registry.audit.log import scan
from churn_mlops.registry.champion import Champion, read_champion
from churn_mlops.registry.models import Model, people, replay
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.reports.verdicts import state

_LIMITS = ("max_data_age_days", "max_champion_age_days")  # parameters of the stage that monitors


def describe_status(runs: Path, now: datetime | None = None, dataset: str = "") -> dict:
    """Of every dataset, or of one: its last run, its champion, what is due, stale or broken, and what to do next.

    `now` is the moment to judge from; None: the present.
    """
    runs, now = Path(runs), now or datetime.now(UTC)
    seen = look_back(runs, dataset)
    if dataset and not seen:
        known = ", ".join(look_back(runs)) or "none yet"
        raise ConfigError(f"--dataset {dataset}: the archive has no run of it. There: {known}.")
    described = {name: _describe(runs, name, one, now) for name, one in seen.items()}
    last = [one["last_run"] for one in described.values() if one["last_run"]]
    return {
        "asked": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "state": _worst([one["state"] for one in described.values()]),
        "last_run": max(last, key=lambda run: run["version"], default=None),
        "datasets": described,
    }


def _worst(states: list[str]) -> str:
    return next((state for state in (BROKEN, STALE) if state in states), IN_ORDER)


def _describe(runs: Path, dataset: str, seen: Seen, now: datetime) -> dict:
    log = scan(registry_folder(runs, dataset))
    models = replay(log.records)
    champion = _pointer(runs, dataset)
    made = champion and _manifest(runs, champion.version)
    alerts, suspected = alerts_of(runs, dataset, log.records)
    told = {
        "last_run": _run(seen.last),
        "champion": champion and _champion(runs, champion, made or {}, models.get(champion.version)),
        "shadow": next((model.version for model in models.values() if model.shadow), None),
        "due": _due(runs, dataset, seen.whole, now),
        "ages": _ages(seen.whole, champion, made, now),
        "alerts": alerts,
        "seen": suspected,
        "watched": seen.watched and _page(seen.watched["version"]),
        "watch": watch_of(runs, dataset, now),
    }
    trouble = find_trouble(runs, dataset, told, champion, log)
    return {
        "state": _worst([one["kind"] for one in trouble]),
        **told,
        "trouble": trouble,
        "next": advise(dataset, told, trouble, seen, models),
    }


def _pointer(runs: Path, dataset: str) -> Champion | None:
    """The champion; None also where its pointer cannot be read, which is among the trouble."""
    try:
        return read_champion(runs, dataset)
    except ChurnError:
        return None


def _manifest(runs: Path, version: str) -> dict | None:
    """The manifest of a run; None where it is gone or torn."""
    try:
        return read_manifest(runs, version)
    except (ChurnError, OSError, ValueError):
        return None


def _run(manifest: dict | None) -> dict | None:
    if manifest is None:
        return None
    told = {key: manifest[key] for key in ("version", "dataset", "status", "verdict", "finished")}
    error = manifest.get("error") or {}
    return {**told, "state": state(manifest), "error": error.get("message"), "page": _page(manifest["version"])}


def _page(version: str) -> str:
    return f"{version}/index.html"  # below the archive


def _champion(runs: Path, champion: Champion, made: dict, model: Model | None) -> dict:
    """The model that serves: what it is, by whose word it serves, what it was trained on."""
    move = model.moved[-1] if model and model.moved else None
    data, code = made.get("data") or {}, made.get("code") or {}
    return {
        "version": champion.version,
        "since": champion.since,
        "digest": champion.digest,
        "generation": champion.generation,
        "model": (made.get("model") or {}).get("name"),
        "author": made.get("author"),
        "promoted_by": move and move.by,
        "promoted_as": move and move.kind,
        "policy": move and move.facts.get("policy"),
        "approved_by": people(model.approvals) if model else [],
        "data": {key: data.get(key) for key in ("source", "version", "oldest", "newest", "rows")},
        "code": {key: code.get(key) for key in ("git_commit", "git_dirty", "library")},
        "readiness": _readiness(runs / champion.version),
        "page": _page(champion.version),
    }


def _readiness(run: Path) -> dict | None:
    try:
        found = read_json(run / "readiness.json")
        return {name: found[name] for name in ("score", "level")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _simulated(run: dict) -> bool:
    """Whether the data of a run is the simulation's, which has a time of its own and never any news."""
    return (run.get("data") or {}).get("source") == SIMULATOR


def _due(runs: Path, dataset: str, run: dict | None, now: datetime) -> dict | None:
    """The day on which the next run is due; None where none ever is."""
    every = _schedule(runs, dataset, run).every_days if run and not _simulated(run) else 0
    if not every:
        return None
    day = date.fromisoformat(run["finished"][:10]) + timedelta(days=every)
    return {"day": f"{day}", "every_days": every, "overdue": now.astimezone(UTC).date() > day}


def _schedule(runs: Path, dataset: str, run: dict) -> Schedule:
    """When runs are due, by the definition that the last one was made with."""
    try:
        return read_schedule(runs / run["version"] / "config.toml", dataset) or Schedule()
    except ChurnError:
        return Schedule()


def _ages(run: dict | None, champion: Champion | None, made: dict | None, now: datetime) -> dict | None:
    """The age of the newest data and of the champion against the limits that monitoring was given.

    Simulated time stands still: data is as old there as on the simulation's last day, and so is the model.
    """
    if run is None or champion is None:
        return None
    newest = (run.get("data") or {}).get("newest")
    own_time = _simulated(run)
    since = ((made or {}).get("data") or {}).get("newest") if own_time else champion.since
    ages = measure_freshness(newest, since, newest if own_time and newest else now, **_limits(run))
    return {"data": _age(ages.data, own_time), "champion": _age(ages.champion, own_time)}


def _age(age: Age, simulated: bool) -> dict:
    days = None if age.days is None else int(age.days)
    told = {name: getattr(age, name) for name in ("since", "limit_days", "verdict", "message")}
    return {"days": days, "simulated": simulated, **told}


def _limits(run: dict) -> dict[str, float]:
    """The limits of age that a run was given; those of `measure_freshness` where it had none."""
    given = [(stage.get("inputs") or {}).get("parameters") or {} for stage in run.get("stages") or []]
    return {name: one[name] for one in given for name in _LIMITS if isinstance(one.get(name), int | float)}

"""Which data version a user means: its digest or the beginning of it, or a run that used it."""

from pathlib import Path

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.datasets.history import describe_data
from churn_mlops.pipelines.naming import resolve

SHORT = 12  # digits of a digest that are shown


def resolve_data(runs: Path, text: str) -> tuple[dict, dict]:
    """The data version that `text` names, as `describe_data` has it, and a run that holds it.

    Raises ConfigError where there is none, or several begin so.
    """
    known = describe_data(runs)
    found = [entry for entry in known if text and entry["version"].startswith(text.lower())]
    named = _runs_that_begin(known, text)
    if len(found) > 1 or (found and named):
        listed = [entry["version"][:SHORT] for entry in found] + named
        raise ConfigError(
            f"data version `{text}`: {len(listed)} begin so: {', '.join(listed[:5])}{', ...' * (len(listed) > 5)}. "
            "Cure: more of the one meant."
        )
    if found:
        return found[0], found[0]["runs"][0]
    return _of_run(known, _resolve(runs, known, text))


def _runs_that_begin(known: list[dict], text: str) -> list[str]:
    return [run["version"] for entry in known for run in entry["runs"] if text and run["version"].startswith(text)]


def _resolve(runs: Path, known: list[dict], text: str) -> str:
    try:
        return resolve(runs, text)
    except ConfigError as error:
        if "no such version" not in str(error):
            raise
        listed = ", ".join(entry["version"][:SHORT] for entry in known[:3]) or "none yet"
        raise ConfigError(
            f"`{text}`: neither a data version nor a run. The newest data versions: {listed}. "
            "Cure: python pipeline.py data lists them, python pipeline.py runs the runs."
        ) from None


def _of_run(known: list[dict], version: str) -> tuple[dict, dict]:
    for entry in known:
        for run in entry["runs"]:
            if run["version"] == version:
                return entry, run
    raise ConfigError(
        f"run {version}: it has no data version, because it ended before its data was stored. "
        "Cure: python pipeline.py data lists those there are."
    )

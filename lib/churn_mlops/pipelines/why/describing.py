"""The answer of `why` as plain values; links are paths from the archive."""

from pathlib import Path

from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.why.customers import known_predictions
from churn_mlops.pipelines.why.ids import Listed, listed, parse
from churn_mlops.pipelines.why.origin import describe_origin, links
from churn_mlops.pipelines.why.scores import SCORES, read_score, reasons_of
from churn_mlops.pipelines.why.served import explain_served
from churn_mlops.registry.scored import scored_by
from churn_mlops.serving.finding import find_prediction, unreadable

BATCH, SERVICE = "batch", "service"


def describe_prediction(runs: Path, id: str) -> dict:
    """One prediction: what it says, its reasons, what it came of. Raises ConfigError for an id that none has."""
    asked = parse(id)
    return _of_list(Path(runs), asked) if isinstance(asked, Listed) else _of_service(Path(runs), asked)


def describe_customer(runs: Path, dataset: str, customer: str, version: str | None = None) -> dict:
    """The newest prediction that the champion has made of a customer, or that of a version, and `others`, newest first.

    Where the champion has made none, it is the newest one there is. Raises ConfigError for a customer without any.
    """
    if version:
        return describe_prediction(runs, listed(version, customer)) | {"others": []}
    known = known_predictions(Path(runs), dataset, customer)
    if not known:
        raise ConfigError(
            f"customer `{customer}`: no run of {dataset} has scored them, and the service was not asked. Cure: an id "
            "as it stands in the data; artifacts/scores.csv of a run has all that it scored."
        )
    first = next((one for one in known if one["champion"]), known[0])
    return describe_prediction(runs, first["id"]) | {"others": [one for one in known if one is not first]}


def _of_list(runs: Path, asked: Listed) -> dict:
    manifest = read_manifest(runs, asked.version)
    run, dataset = runs / asked.version, manifest["dataset"]
    row = read_score(run, asked.customer)
    if row is None:
        raise ConfigError(
            f"prediction `{listed(*asked)}`: that run has not scored customer `{asked.customer}`. "
            f"Cure: python pipeline.py why --customer {asked.customer} lists what is known of them."
        )
    digest, supposed = scored_by(run, manifest)
    origin = describe_origin(runs, dataset, supposed, digest)
    stage = next((s["name"] for s in manifest.get("stages") or [] if "scores.parquet" in (s.get("outputs") or {})), "")
    places = {"run": f"{asked.version}/index.html", "scores": f"{asked.version}/{SCORES}"}
    places["scoring page"] = f"{asked.version}/pages/{stage}.html"
    plain = {name: value for name, value in row.items() if not name.startswith(("reason_", "contribution_"))}
    return {
        "id": listed(asked.version, row["customer"]),
        "kind": BATCH,
        "dataset": dataset,
        "at": manifest.get("finished"),
        **plain,
        "reasons": reasons_of(row),
        "no_reasons": None,
        "run": {name: manifest.get(name) for name in ("version", "verdict", "author", "finished", "experiment")},
        **origin,
        "links": links(runs, places) | origin["links"],
    }


def _of_service(runs: Path, id: str) -> dict:
    entry = find_prediction(runs, id)
    if entry is None:
        torn = unreadable(runs)
        seen = f" Not readable: {', '.join(torn[:3])}." if torn else ""
        raise ConfigError(
            f"prediction `{id}`: it is not in the service's log, {runs / 'predictions'}.{seen} Cure: an id as the "
            "service has answered it, a second later; python pipeline.py why --customer ID lists those of a customer."
        )
    origin = describe_origin(runs, entry["dataset"], entry["version"], entry["digest"])
    told, missing = explain_served(runs / origin["model"]["version"] / "artifacts", entry)
    names = ("id", "dataset", "at", "customer", "probability", "decision", "role", "route", "seconds", "request")
    return {
        **{name: entry[name] for name in names},
        "as_of": None,
        "kind": SERVICE,
        "reasons": told,
        "no_reasons": missing,
        "shadow": entry["shadow"] and {n: entry["shadow"][n] for n in ("version", "digest", "probability", "decision")},
        "run": None,
        **origin,
        "links": links(runs, {"prediction log": entry["file"]}) | origin["links"],
    }

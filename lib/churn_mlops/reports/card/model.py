"""What kind of model it is, how it was found, and how much of that was chance."""

from churn_mlops.reports.card.parts import code, items, listed, missing, named, section, table, text
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, number, share

OUT_OF_FOLD = "artifacts/out_of_fold.parquet"
MODEL, TRIALS, STABILITY = "artifacts/model.json", "artifacts/trials.parquet", "artifacts/stability.json"


def model(facts: Facts) -> dict:
    """The model, its settings, the search that found them, and its stability."""
    described = facts.object(MODEL)
    if not described:
        return section("model", "Model", missing("No model was made in this run", "03 Train"))
    return section(
        "model",
        "Model",
        text(str(described.get("reason") or "")) if described.get("reason") else None,
        named(_facts(facts, described)),
        lenient(_settings)(described),
        lenient(_search)(facts) or missing("No search is on record: the settings are the defaults", "03 Train"),
        lenient(_stability)(facts) or missing("How much another seed would change was not measured", "03 Train"),
    )


def _facts(facts: Facts, described: dict) -> list:
    metrics = facts.metrics
    cv = (
        number(metrics["cv_roc_auc"])
        + (f" (standard error {number(metrics['cv_roc_auc_se'], 2)})" if "cv_roc_auc_se" in metrics else "")
        if "cv_roc_auc" in metrics
        else ""
    )
    return [
        ["Kind", code(described.get("name"))],
        ["Cross-validated ROC AUC", cv],
        ["Calibration", "on what it said of rows that it had not seen" if facts.has(OUT_OF_FOLD) else ""],
        ["Decision threshold", _threshold(described)],
        ["Left in training", share(described.get("churn_rate"))],
        ["Digest", code(str(described.get("digest"))[:16])],
    ]


def _threshold(described: dict) -> str:
    value, by = number(described.get("threshold")), str(described.get("decides_by", "probability"))
    return f"{'an' if by[:1] in 'aeiou' else 'a'} {by} of {value}"


def _settings(described: dict) -> dict | None:
    """The members of the model with their weights and settings; of a model that is no blend there is one."""
    settings = described["settings"]
    rows = [
        [code(name), share(weight), listed([[code(key), f" {_value(value)}"] for key, value in settings[name].items()])]
        for name, weight in described["members"].items()
    ]
    rows = [[name, weight, found or "as they are by default"] for name, weight, found in rows]
    return table(["Family", "Weight", "Settings"], rows, "-n-")


def _value(value) -> str:
    return number(value) if is_number(value) else str(value)


def _search(facts: Facts) -> dict | None:
    """What the search tried, by family."""
    trials = facts.rows(TRIALS)
    rows = [
        _family(name, [t for t in trials if t["family"] == name]) for name in dict.fromkeys(t["family"] for t in trials)
    ]
    note = f"{number(len(trials))} trials, by folds of the training part."
    return table(["Family", "Trials", "Complete", "Pruned", "Best ROC AUC"], rows, "-nnnn", note)


def _family(name: str, trials: list[dict]) -> list:
    states = [trial["state"] for trial in trials]
    best = max((t["roc_auc"] for t in trials if t["state"] == "complete" and is_number(t["roc_auc"])), default=None)
    return [
        code(name),
        number(len(trials)),
        number(states.count("complete")),
        number(states.count("pruned")),
        number(best, 4),
    ]


def _stability(facts: Facts) -> dict | None:
    stability = facts.object(STABILITY)
    changed = stability.get("share_of_decisions_changed")
    return items(
        f"The ROC AUC of the same model with {len(stability['seeds'])} seeds: standard deviation "
        f"{number(stability['sd'], 2)}.",
        f"Another seed changes the decision about {share(changed)} of the customers." if is_number(changed) else "",
    )

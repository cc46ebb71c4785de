"""What it has shown on customers whose future it had not seen: measures, calibration, the duel with the champion."""

from functools import partial
from itertools import pairwise

from churn_mlops.reports.card.parts import missing, named, section, signed, span, table, text
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, money, number, share
from churn_mlops.reports.headlines import RIVALS

EVALUATION, COMPARISON, SCORES = (
    "artifacts/evaluation.json",
    "artifacts/comparison.json",
    "artifacts/test_scores.parquet",
)
BANDS = 5
MEASURES = {
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
    "lift_at_5": "Lift at 5%",
    "lift_at_10": "Lift at 10%",
    "lift_at_20": "Lift at 20%",
    "recall_at_5": "Leavers found in the top 5%",
    "recall_at_10": "Leavers found in the top 10%",
    "recall_at_20": "Leavers found in the top 20%",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
    "profit": "Profit",
    "profit_per_1000": "Profit per 1,000 customers",
}


def results(facts: Facts, currency: str) -> dict:
    """Every measure with its interval beside what it must beat."""
    measured = facts.object(EVALUATION)
    if not measured:
        return section("results", "Results", missing("The model was not held against a test part", "04 Evaluate"))
    rivals = [
        (prefix, title) for prefix, _, title in RIVALS if any(f"{prefix}{name}" in facts.metrics for name in MEASURES)
    ]
    rows = [_row(name, measured, facts.metrics, rivals, currency) for name in MEASURES if name in measured]
    note = (
        "On the test part, opened once. Intervals: 95%, over resampled customers. "
        "Of log loss, Brier score and calibration error less is better."
    )
    heads = ["Measure", "This model", "95% interval", *(title[0].upper() + title[1:] for _, title in rivals)]
    beside = _intervals_beside(facts.metrics, rivals, [name for name in MEASURES if name in measured], currency)
    return section("results", "Results", table(heads, rows, "-" + "n" * (len(heads) - 1), note), beside)


def _intervals_beside(metrics: dict, rivals: list, names: list[str], currency: str) -> dict | None:
    """The intervals of those that the model stands beside; a guess that is the same for all has none."""
    held = {title: [_spread(metrics, f"{prefix}{name}", _writer(name, currency)) for name in names]
            for prefix, title in rivals}  # fmt: skip
    held = {title: spans for title, spans in held.items() if any(spans)}
    rows = [[MEASURES[name], *spans] for name, *spans in zip(names, *held.values(), strict=True)] if held else []
    heads = ["Measure", *(title[0].upper() + title[1:] for title in held)]
    return table(heads, rows, "-" + "n" * len(held), fold="95% intervals of what it stands beside")


def _spread(metrics: dict, name: str, write) -> str:
    low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
    told = span(low, high, write)
    return "" if told and write(low) == write(high) else told


def _row(name: str, measured: dict, metrics: dict, rivals: list, currency: str) -> list:
    write = _writer(name, currency)
    beside = [write(metrics.get(f"{prefix}{name}")) for prefix, _ in rivals]
    return [
        MEASURES[name],
        write(measured[name]),
        span(measured.get(f"{name}_low"), measured.get(f"{name}_high"), write),
        *beside,
    ]


def _writer(name: str, currency: str):
    """How values of a measure are written."""
    return partial(money, currency=currency) if name.startswith("profit") else number


def calibration(facts: Facts) -> dict:
    """Whether a probability means what it says."""
    measured = facts.object(EVALUATION)
    if "calibration_error" not in measured:
        return section("calibration", "Calibration", missing("Calibration was not measured", "04 Evaluate"))
    error, low, high = (measured.get(f"calibration_error{end}") for end in ("", "_low", "_high"))
    return section(
        "calibration",
        "Calibration",
        named(
            [
                [
                    "Mean gap between probability and share who left",
                    f"{number(error)} ({span(low, high)})" if is_number(low) else number(error),
                ],
                ["Brier score", f"{number(measured.get('brier'))}, naive {number(facts.metrics.get('naive_brier'))}"],
            ]
        ),
        _chosen_by_outcome(facts)
        or lenient(_bands)(facts)
        or missing("The scores of the test part are not there", "04 Evaluate"),
    )


def _chosen_by_outcome(facts: Facts) -> dict | None:
    """With a prior the rows are no picture of the world: the share that left in a band would mislead."""
    prior = facts.definition("dataset").get("prior")
    said = f"Rows count so that {share(prior)} of them leave, as in the real world; 04 Evaluate draws the bands."
    return text(said) if prior else None


def _bands(facts: Facts) -> dict | None:
    """Test customers in fifths by their probability, and what came of them."""
    import pyarrow.compute as pc

    scored = facts.columns(SCORES, "probability", "churned")
    scored = scored.take(pc.sort_indices(scored, sort_keys=[("probability", "ascending")]))
    ends = [round(len(scored) * band / BANDS) for band in range(BANDS + 1)]
    parts = [scored.slice(low, high - low) for low, high in pairwise(ends) if high > low]
    rows = [[_fifth(i), *_band(part["probability"], part["churned"])] for i, part in enumerate(parts)]
    heads = ["Risk", "Customers", "Probability", "Expected to leave", "Left"]
    return table(heads, rows, "-nnnn", "Test customers in fifths, by their probability.")


def _fifth(band: int) -> str:
    return {0: "Lowest fifth", BANDS - 1: "Highest fifth"}.get(band, f"Fifth {band + 1}")


def _band(p, left) -> list[str]:
    import pyarrow.compute as pc

    low, high = pc.min_max(p).as_py().values()
    expected, came = pc.mean(p).as_py(), pc.mean(left).as_py()
    return [number(len(p)), f"{share(low)} to {share(high)}", share(expected), share(came)]


def champion(facts: Facts, currency: str) -> dict:
    """The duel with the model that served before."""
    if facts.says_nothing(COMPARISON):
        return section("champion", "Beside the champion", text("There was no champion yet to compare with."))
    duel = facts.object(COMPARISON)
    if not duel:
        return section("champion", "Beside the champion", missing("There was no duel with a champion", "04 Evaluate"))
    return section(
        "champion",
        "Beside the champion",
        text(f"{str(duel.get('verdict')).capitalize()}: {duel.get('reason')}"),
        lenient(_duel)(duel, currency),
    )


def _duel(duel: dict, currency: str) -> dict | None:
    metrics, rows = duel["metrics"], []
    for name, title in MEASURES.items():
        value, low, high = (metrics.get(f"{name}_difference{end}") for end in ("", "_low", "_high"))
        if is_number(value):
            write = partial(signed, write=_writer(name, currency))
            rows.append([title, write(value), span(low, high, write)])
    return table(
        ["Measure", "Difference", "95% interval"],
        rows,
        "-nn",
        "This model minus the champion, on the same test customers and draws.",
    )

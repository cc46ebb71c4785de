"""What it looks at: the columns that it would miss most, and what they do to the risk."""

from churn_mlops.reports.card.parts import code, missing, section, table, text
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, number, share

IMPORTANCE, EFFECTS, SCORES = "artifacts/importance.parquet", "artifacts/effects.parquet", "artifacts/scores.parquet"
_SHOWN = 8


def explanations(facts: Facts) -> dict:
    """The strongest columns, the shape of their effects, and whether single scores come with reasons."""
    return section(
        "explanations",
        "What it looks at",
        lenient(_importance)(facts)
        or missing("What the ranking loses without each column was not measured", "045 Judge"),
        lenient(_effects)(facts) or missing("The shape of the strongest effects was not measured", "045 Judge"),
        lenient(_reasons)(facts) or missing("Scores come without reasons", "05 Deploy"),
    )


def _importance(facts: Facts) -> dict | None:
    rows = sorted(facts.rows(IMPORTANCE), key=lambda row: -row["importance"])
    idle = sum(row["importance"] <= 0 for row in rows)
    more = f" {idle} of {len(rows)} columns bring nothing by themselves." if idle else ""
    note = f"How much ROC AUC is lost when the column is shuffled among test customers.{more}"
    return table(
        ["Column", "Loss of ROC AUC"],
        [[code(row["column"]), number(row["importance"])] for row in rows[:_SHOWN]],
        "-n",
        note,
    )


def _effects(facts: Facts) -> dict | None:
    rows = facts.rows(EFFECTS)
    found = []
    for name in dict.fromkeys(row["column"] for row in rows):
        own = [row for row in rows if row["column"] == name and is_number(row["probability"])]
        if own:
            low, high = (pick(own, key=lambda row: row["probability"]) for pick in (min, max))
            found.append([code(name), _at(low), share(low["probability"]), _at(high), share(high["probability"])])
    heads = ["Column", "Least risk at", "Mean probability", "Most risk at", "Mean probability"]
    return table(heads, found, "--n-n", "All else as it is, this column set to each of its values in turn.")


def _at(row: dict) -> str:
    value = row.get("value")
    return number(value) if is_number(value) else str(value)


def _reasons(facts: Facts) -> dict | None:
    reasons = facts.columns(SCORES, "reason_1")["reason_1"]
    return (
        text(
            f"Each of {number(len(reasons))} scored customers comes with the strongest reasons for the score, in words."
        )
        if len(reasons)
        else None
    )

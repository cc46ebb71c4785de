"""What it looks at: the columns that it would miss most, and what they do to the risk."""

from churn_mlops.reports.card.parts import code, missing, section, signed, span, table, text
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import number

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
    idle = sum(row["importance_low"] <= 0 for row in rows)
    more = f" Of {idle} of {len(rows)} columns it is not sure that they help." if idle else ""
    cells = [
        [code(row["column"]), number(row["importance"]), span(row["importance_low"], row["importance_high"])]
        for row in rows[:_SHOWN]
    ]
    note = f"How much ROC AUC is lost when the column is shuffled among test customers.{more}"
    return table(["Column", "Loss of ROC AUC", "95% interval"], cells, "-nn", note)


def _effects(facts: Facts) -> dict | None:
    """Where along each of the strongest columns the risk is least and most."""
    rows = facts.rows(EFFECTS)
    cells = [_ends([row for row in rows if row["column"] == name]) for name in dict.fromkeys(r["column"] for r in rows)]
    heads = ["Column", "Lowers it most", "Log-odds", "Raises it most", "Log-odds"]
    note = "What a column adds to the log-odds of leaving, on average over the test customers in a band of its values."
    return table(heads, cells, "--n-n", note)


def _ends(rows: list[dict]) -> list:
    low, high = (pick(rows, key=lambda row: row["effect"]) for pick in (min, max))
    ends = [part for row in (low, high) for part in (str(row["band"]), signed(row["effect"]))]
    return [code(rows[0]["column"]), *ends]


def _reasons(facts: Facts) -> dict | None:
    reasons = facts.columns(SCORES, "reason_1")["reason_1"]
    return (
        text(
            f"Each of {number(len(reasons))} scored customers comes with the strongest reasons for the score, in words."
        )
        if len(reasons)
        else None
    )

"""Where in the customer base it is weaker, and how groups that need care come off."""

from churn_mlops.reports.card.parts import code, missing, section, sign, span, table, text
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import is_number, number, share

SLICES, GROUPS = "artifacts/slices.parquet", "artifacts/groups.parquet"
_SHOWN = 12  # slices on the card; all of them are in the table of the run


def slices(facts: Facts) -> dict:
    """The flagged slices, the weakest ones, and those along sensitive columns."""
    rows = facts.rows(SLICES)
    if not rows:
        return section("slices", "Slices", missing("The model was not looked at slice by slice", "045 Judge"))
    return section(
        "slices",
        "Slices",
        lenient(_summary)(rows),
        lenient(_weakest)(rows),
        lenient(_groups)(facts)
        or missing(
            "No column is marked sensitive in the dataset definition, so how groups of people come off was not compared"
        ),
    )


def _summary(rows: list[dict]) -> dict:
    flagged = [row for row in rows if row["flag"]]
    said = f"{len(flagged)} of {len(rows)} slices are flagged" if flagged else f"None of {len(rows)} slices is flagged"
    columns = list(dict.fromkeys(row["column"] for row in rows))
    small = sum(not is_number(row["roc_auc"]) for row in rows)
    few = f" {small} are too small, or have too few leavers, for a ROC AUC." if small else ""
    return text(f"{said} as clearly worse, along {len(columns)} columns.{few}")


def _weakest(rows: list[dict]) -> dict | None:
    def rank(row):
        return not row["flag"], row["roc_auc"] if is_number(row["roc_auc"]) else 2

    shown = sorted(rows, key=rank)[:_SHOWN]
    cells = [
        [
            [code(row["column"]), " ", str(row["slice"])],
            number(row["rows"]),
            number(row["roc_auc"]),
            span(row["roc_auc_low"], row["roc_auc_high"]),
            share(row["mean_probability"]),
            share(row["churn_rate"]),
            sign("warn", row["flag"]) if row["flag"] else "",
        ]
        for row in shown
    ]
    heads = ["Slice", "Customers", "ROC AUC", "95% interval", "Expected", "Left", "Flag"]
    return table(heads, cells, "-nnnnn-", f"Flagged ones first, then the weakest; {len(shown)} of {len(rows)}.")


def _groups(facts: Facts) -> dict | None:
    """How often each group of people is contacted, rightly and wrongly, beside everybody else."""
    heads = ["Group", "Customers", "Contacted", "Gap to the others", "Of leavers", "Gap", "Of stayers", "Gap"]
    rows = [
        [[code(row["column"]), " ", str(row["group"])], number(row["rows"]), *_rates(row)] for row in facts.rows(GROUPS)
    ]
    note = (
        "Along columns marked sensitive: share contacted of all, of those who left, of those who stayed, with its gap."
    )
    return table(heads, rows, "-nnnnnnn", note)


def _rates(row: dict) -> list[str]:
    rates = ("selection_rate", "true_positive_rate", "false_positive_rate")
    return [share(row.get(f"{rate}{end}")) for rate in rates for end in ("", "_gap")]

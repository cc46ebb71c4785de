"""Features and data: what speaks for each of the seven tests."""

from churn_mlops.reports.facts import Facts
from churn_mlops.reports.formats import number
from churn_mlops.reports.readiness.rubric import Proof, Test
from churn_mlops.reports.readiness.seen import covers, fast_enough, ran

SIGNATURE, DEFINITION = "artifacts/signature.json", "artifacts/definition.json"
VERSION, QUARANTINE = "artifacts/data_version.json", "artifacts/quarantine.parquet"
IMPORTANCE, GATES = "artifacts/importance.parquet", "artifacts/gates.json"
NOTEBOOK = "notebooks/02_features.ipynb"


def _schema(facts: Facts) -> str | None:
    columns = facts.signature()
    known = [c for c in columns if c["kind"] and (c.get("categories") or c.get("low") is not None)]
    return f"Kind and range or levels of {len(known)} of {len(columns)} features are on record." if known else None


def _contract(facts: Facts) -> str | None:
    version, aside = facts.object(VERSION), facts.count(QUARANTINE)
    read = version["rows_read"]
    if aside is None or not read:
        return None
    return f"The contract was held against {number(read)} rows; {number(version['rows_quarantined'])} were set aside."


def _measured(facts: Facts) -> str | None:
    rows = facts.rows(IMPORTANCE)
    return (
        f"What the ranking loses without it was measured for all {len(rows)} features." if covers(facts, rows) else None
    )


def _beneficial(facts: Facts) -> str | None:
    rows = facts.rows(IMPORTANCE)
    useful = covers(facts, rows) and all(row["importance_low"] > 0 for row in rows)
    return "The ranking is clearly worse without any of them." if useful else None


def _no_role(facts: Facts) -> str | None:
    dataset, read = facts.definition("dataset"), {column["name"] for column in facts.signature()}
    barred = {dataset["id"], dataset["target"], *dataset["drop"]} - {""}
    return (
        f"None of the {len(barred)} columns that no model may see is among {len(read)} features."
        if (read and not barred & read)
        else None
    )


def _known_in_time(facts: Facts) -> str | None:
    return (
        "No feature tells the outcome: the check for leaks passed."
        if ran(facts, "02_features", "check_leaks(")
        else None
    )


def _made_again(facts: Facts) -> str | None:
    again = ran(facts, "02_features", "time_travel.check(")
    return "Features made again from what was known at the time came out the same." if again else None


DATA = (
    Test(
        "schema",
        "data",
        "Is it written down, and checked, what each feature may hold?",
        (Proof(0.5, (SIGNATURE,), _schema), Proof(0.5, (VERSION, QUARANTINE), _contract)),
        "01 Data and 02 Features, run to their ends.",
    ),
    Test(
        "beneficial",
        "data",
        "Does every feature help?",
        (Proof(0.5, (IMPORTANCE, SIGNATURE), _measured), Proof(0.5, (IMPORTANCE, SIGNATURE), _beneficial)),
        "Permutation importance of every feature, and none left in without which the model would be as good.",
    ),
    Test(
        "cost",
        "data",
        "Is any feature dearer than it is worth?",
        (Proof(0.5, (GATES,), fast_enough),),
        "What each feature costs in time, memory and upkeep, not only how fast the model answers.",
    ),
    Test(
        "rules",
        "data",
        "Do the features keep the rules that are set for them?",
        (Proof(0.5, (DEFINITION, SIGNATURE), _no_role), Proof(0.5, (NOTEBOOK,), _known_in_time)),
        "No feature among the dropped columns, and a passed check for leaks.",
    ),
    Test(
        "privacy",
        "data",
        "Are personal data protected on their way through the pipeline?",
        (),
        "Who may read a customer's data, for how long, and how it is erased, enforced and recorded by the run.",
    ),
    Test(
        "new features",
        "data",
        "Can a new feature be in use quickly?",
        (),
        "How long the last features took from the idea to serving, on record.",
    ),
    Test(
        "feature code",
        "data",
        "Is the code that makes the features tested?",
        (Proof(0.5, (NOTEBOOK,), _made_again),),
        "The result of the feature code's tests for this commit, kept in the run.",
    ),
)

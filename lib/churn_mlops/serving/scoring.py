"""Scores of the active customers: whom to contact, highest risk first."""

from pathlib import Path

import numpy as np
import pandas as pd

from churn_mlops.archive.files import write_json, write_text
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.errors import CheckError, DataError
from churn_mlops.features.examples import load_examples
from churn_mlops.models.explaining import breakdown, reasons
from churn_mlops.models.money import contacted, expected_profit, ranked_by
from churn_mlops.models.predictor import Predictor
from churn_mlops.models.stakes import Stakes, stakes
from churn_mlops.models.threshold import usable_threshold

CONTACT, LEAVE = "contact", "leave"


def compare_with_evaluation(run_dir: str, predictor: Predictor) -> dict[str, float]:
    """Score the test part again and compare with what was evaluated; raises CheckError for any difference."""
    test = load_examples(run_dir, "test")
    judged = read_table(Path(run_dir) / "test_scores.parquet")["probability"].to_numpy()
    differing = int((predictor.predict(test.X) != judged).sum())
    if differing:
        raise CheckError(
            f"the model from its file gives {differing:,} of {len(judged):,} test customers another score than the one "
            "it was judged by. It must not serve. Cure: look for a library or a feature that changed in between."
        )
    return {"customers compared": len(judged), "scores that differ": differing}


def score(predictor: Predictor, active, money) -> pd.DataFrame:
    """One row a customer, highest risk first: probability, decision, and what an offer is expected to earn.

    By customer the highest expected profit stands first. It is empty, and the decision is to leave alone, where the
    money at stake is not known.
    """
    keys = pd.DataFrame({column.name: column for column in (active.customers, active.dates) if column is not None})
    scores, rank = rate(predictor, keys, active.X, stakes(money, active.X))
    return scores.iloc[np.argsort(-rank, kind="stable")].reset_index(drop=True)


def rate(predictor: Predictor, keys: pd.DataFrame, X, money: Stakes) -> tuple[pd.DataFrame, np.ndarray]:
    """The scores of rows in their own order beside their keys, and what they are ranked by, highest first."""
    p = predictor.predict(X)
    chosen = contacted(p, money, usable_threshold(predictor, money))
    scores = keys.assign(
        probability=p,
        decision=np.where(chosen, CONTACT, LEAVE),
        expected_profit=np.round(expected_profit(p, money), 2),
    )
    return scores, ranked_by(p, money)


def add_reasons(scores: pd.DataFrame, predictor: Predictor, active, top: int = 3) -> pd.DataFrame:
    """The list with each customer's strongest reasons in words, and what they add to the log-odds of leaving.

    They are those of the probability beside them: with all other columns' they add up to it.
    """
    told = reasons(predictor.model, predictor.signature, active.X, top).set_axis(active.customers, axis=0)
    told = told[~told.index.duplicated()].reindex(scores.iloc[:, 0])
    return scores.join(told.reset_index(drop=True))


def explain(predictor: Predictor, active, customer) -> pd.DataFrame:
    """One customer's way from the average to the score, the strongest reasons one by one."""
    rows = active.X[(active.customers == customer).to_numpy()]
    if rows.empty:
        raise DataError(f"customer {customer!r} is not among the {len(active):,} to score. Cure: an id of the list.")
    return breakdown(predictor.model, predictor.signature, rows)


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """Customers, mean probability and expected profit by decision."""
    grouped = scores.groupby("decision")
    columns = {"customers": grouped.size(), "mean probability": grouped["probability"].mean()}
    return pd.DataFrame(columns | {"expected profit": grouped["expected_profit"].sum()}).reset_index()


def check_scores(scores: pd.DataFrame, active) -> None:
    """Raise CheckError for a missing score, one outside 0 to 1, or a customer who is lost or stands twice."""
    wrong = int((~scores["probability"].between(0, 1)).sum())
    lost = set(active.customers) ^ set(scores.iloc[:, 0])
    twice = int(scores.iloc[:, 0].duplicated().sum())
    if wrong or lost or twice:
        raise CheckError(
            f"the list of scores has {wrong} outside 0 to 1, {len(lost)} customers lost or added and {twice} twice; "
            "expected none. Cure: check the ids of the active customers in 02_features."
        )


def save_scores(run_dir: str, scores: pd.DataFrame, predictor: Predictor, active) -> None:
    """Write the list as Parquet and CSV, and one customer with the answer that a server must give."""
    folder = Path(run_dir)
    write_table(folder / "scores.parquet", scores)
    write_text(folder / "scores.csv", scores.to_csv(index=False, lineterminator="\n"))
    write_json(folder / "example.json", {"digest": predictor.digest, **_example(predictor, active.X.head(1))})


def _example(predictor: Predictor, row) -> dict:
    """The request, its probability and its reasons, of a single row; of none all are null."""
    if row.empty:
        return {"request": None, "probability": None, "reasons": None}
    told = reasons(predictor.model, predictor.signature, row).iloc[0].to_dict()
    return {
        "request": {name: None if pd.isna(value) else value for name, value in row.iloc[0].items()},
        "probability": float(predictor.predict(row)[0]),
        "reasons": [
            {"reason": words, "contribution": told[name.replace("reason", "contribution")]}
            for name, words in told.items()
            if name.startswith("reason_") and words
        ],
    }


def count_scores(scores: pd.DataFrame) -> dict[str, float]:
    """The figures of the list that belong on the run's page."""
    contacted = scores["decision"] == CONTACT
    return {
        "scored_rows": len(scores),
        "contacted_rows": int(contacted.sum()),
        "expected_profit": float(scores.loc[contacted, "expected_profit"].sum()),
    }

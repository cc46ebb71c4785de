"""Scores of the active customers: whom to contact, highest risk first."""

from pathlib import Path

import numpy as np
import pandas as pd

from churn_mlops.archive.files import write_json, write_text
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.errors import CheckError
from churn_mlops.features.examples import load_examples
from churn_mlops.models.money import contacted, expected_profit, ranked_by
from churn_mlops.models.predictor import Predictor
from churn_mlops.models.stakes import stakes
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
    p, money = predictor.predict(active.X), stakes(money, active.X)
    scores = pd.DataFrame({active.customers.name: active.customers})
    if active.dates is not None:
        scores[active.dates.name] = active.dates
    scores["probability"] = p
    scores["decision"] = np.where(contacted(p, money, usable_threshold(predictor, money)), CONTACT, LEAVE)
    scores["expected_profit"] = expected_profit(p, money).round(2)
    return scores.iloc[np.argsort(-ranked_by(p, money), kind="stable")].reset_index(drop=True)


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
    row = active.X.head(1)
    request = {name: None if pd.isna(value) else value for name, value in row.iloc[0].items()} if len(row) else None
    answer = float(predictor.predict(row)[0]) if len(row) else None
    write_json(folder / "example.json", {"digest": predictor.digest, "request": request, "probability": answer})


def count_scores(scores: pd.DataFrame) -> dict[str, float]:
    """The figures of the list that belong on the run's page."""
    contacted = scores["decision"] == CONTACT
    return {
        "scored_rows": len(scores),
        "contacted_rows": int(contacted.sum()),
        "expected_profit": float(scores.loc[contacted, "expected_profit"].sum()),
    }

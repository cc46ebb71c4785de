"""Scores held against each other, customer by customer."""

import pandas as pd
import pytest
from tests.registry.published import publish

from churn_mlops.archive.tables import write_table
from churn_mlops.pipelines.differences.archived import Archived
from churn_mlops.pipelines.reproducing.comparing import compare_scores

ROWS = {"id": ["a", "b", "c"], "probability": [0.1, 0.5, 0.9]}


def scored(runs, frame):
    version = publish(runs, record=False)
    if frame is not None:
        write_table(runs / version / "artifacts/scores.parquet", pd.DataFrame(frame))
    return Archived(runs, version)


@pytest.mark.parametrize(
    ("frame", "different", "largest"),
    [
        (ROWS, 0, 0.0),
        (ROWS | {"probability": [0.1, 0.25, 0.9]}, 1, 0.25),
        (ROWS | {"id": ["a", "b", "d"]}, 2, 0.0),
        ({"id": ["a"], "probability": [0.1]}, 2, 0.0),
        ({"id": ["a", "b", "c"], "probability": [0.1, None, 0.9]}, 1, 0.0),
        ({"id": ["c", "a", "b"], "probability": [0.9, 0.1, 0.5]}, 0, 0.0),
        ({"id": ["a", "b", "c"], "risk": [0.1, 0.5, 0.9]}, 3, None),
        (None, 3, None),
    ],
)
def test_customers_whose_score_or_presence_differs_are_counted(tmp_path, frame, different, largest):
    found = compare_scores(scored(tmp_path / "a", ROWS), scored(tmp_path / "b", frame))
    assert found == {"customers": 3, "different": different, "largest_difference": largest}

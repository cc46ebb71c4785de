"""A log becomes snapshots whose features are those that one computes by hand, and know nothing of what comes later."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.features.events import reference
from tests.features.events.reference import SERVICE, SHOP, log

from churn_mlops.errors import DataError
from churn_mlops.features.events import build_events, units_of
from churn_mlops.features.events.building import features_of, opened
from churn_mlops.features.events.dates import number_of

pytestmark = pytest.mark.slow

DEFINITIONS = pytest.mark.parametrize("definition", [SHOP, SERVICE], ids=["shop", "service"])
MINUTES = st.sampled_from([0, 1, 600, 1439])  # midnight, its neighbours, and the day
TIMES = st.builds(
    lambda day, minute: datetime(2024, 1, 15) + timedelta(days=day, minutes=minute), st.integers(0, 80), MINUTES
)
LINES = st.tuples(
    st.sampled_from(["ann", "bob", "cem", "dan", None]),
    TIMES,
    st.sampled_from(["1", "2", "3", "C4"]),
    st.sampled_from(["mug", "pen", "hat"]),
    st.integers(-2, 5).map(float),
    st.sampled_from([0.0, 0.55, 2.1]),
    st.sampled_from(["call", "visit", "buy", "refund", "goodbye", None]),
    st.sampled_from([0.0, 1.25, 20.0, None]),
)
LOGS = st.lists(LINES, min_size=20, max_size=60)


def closing(rows):
    """A log that reaches to the same day whatever else is in it, so that snapshots are the same."""
    return log(*rows, ("zoe", datetime(2024, 4, 20), "9", "pen", 1.0, 1.0, "buy", 1.0))


def check_features(definition, frame, features):
    for snapshot, some in features.groupby("snapshot_date"):
        expected = reference.expected(definition, frame, snapshot)
        assert sorted(expected) == some["who"].tolist()
        for row in some.to_dict("records"):
            wanted = expected[row["who"]]
            assert set(wanted) | {"who", "snapshot_date"} == set(row)
            for name, value in wanted.items():
                assert row[name] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), (snapshot, row["who"], name)


@pytest.mark.nightly
@DEFINITIONS
@settings(max_examples=60)
@given(rows=LOGS)
def test_features_of_many_logs_are_what_one_computes_by_hand(definition, rows):
    check_all(definition, closing(rows))


@DEFINITIONS
@settings(max_examples=8)
@given(rows=LOGS)
def test_features_and_labels_are_what_one_computes_by_hand(definition, rows):
    check_all(definition, closing(rows))


def check_all(definition, frame):
    features, labels, active = build_events(definition, frame)
    assert features[["who", "snapshot_date"]].equals(labels[["who", "snapshot_date"]])
    check_features(definition, frame, features)
    check_features(definition, frame, active)
    for row in labels.itertuples():
        assert row.churned == reference.leaves(definition, frame, row.who, row.snapshot_date)


def known_on(definition, frame, day):
    with opened(definition, frame) as found:
        return features_of(definition, found, number_of(day.date())).to_pyarrow().to_pandas()


@DEFINITIONS
@settings(max_examples=8)
@given(rows=LOGS, later=LOGS)
def test_no_event_after_the_snapshot_changes_a_feature(definition, rows, later):
    day = datetime(2024, 3, 10)
    known = log(
        *[row for row in rows if row[1] <= day], ("ann", datetime(2024, 3, 1), "7", "pen", 1.0, 1.0, "buy", 1.0)
    )
    after = [(who, max(at, day + timedelta(microseconds=1)), *rest) for who, at, *rest in later]
    more = pd.concat([log(*after), known], ignore_index=True)
    pd.testing.assert_frame_equal(known_on(definition, known, day), known_on(definition, more, day), check_exact=True)


def bought(who, *days):
    return [(who, pd.Timestamp(day), f"{who}{day}", "pen", 1.0, 2.0, "buy", 2.0) for day in days]


@pytest.mark.parametrize(
    ("event", "events", "churned"),
    [
        ("2024-03-01 00:00:00", 2, 1),  # at the snapshot: known, and no sign of staying
        ("2024-03-01 00:00:01", 1, 0),
        ("2024-03-21 00:00:00", 1, 0),  # the last moment of the horizon
        ("2024-03-21 00:00:00.000001", 1, 1),
        ("2024-02-27 00:00:00.000001", 2, 1),
    ],
)
def test_an_event_is_known_until_the_snapshot_and_counts_for_the_label_until_the_horizon(event, events, churned):
    frame = log(*bought("ann", "2024-02-20", event), *bought("zoe", "2024-02-25", "2024-03-22"))
    features, labels, _ = build_events(SHOP, frame)
    row = (features["who"] == "ann") & (features["snapshot_date"] == "2024-03-01")
    assert features.loc[row, "events_all"].tolist() == [events]
    assert labels.loc[row, "churned"].tolist() == [churned]


@pytest.mark.parametrize(
    ("event", "enters"),
    [("2024-02-15 00:00:00", False), ("2024-02-15 00:00:00.000001", True), ("2024-03-01 00:00:00", True)],
)
def test_only_who_had_an_event_in_the_active_days_enters(event, enters):
    features, _, _ = build_events(SHOP, log(*bought("ann", event), *bought("zoe", "2024-02-25", "2024-03-22")))
    assert ("ann" in set(features.loc[features["snapshot_date"] == "2024-03-01", "who"])) == enters


def test_who_has_said_goodbye_enters_again_with_the_next_event_only():
    goodbye = ("ann", pd.Timestamp("2024-02-25"), None, None, None, None, "goodbye", None)
    rows = [*bought("ann", "2024-02-20", "2024-03-09"), goodbye, *bought("zoe", "2024-02-25", "2024-04-22")]
    features, _, _ = build_events(SERVICE, log(*rows))
    seen = features[features["who"] == "ann"]["snapshot_date"].dt.strftime("%Y-%m-%d").tolist()
    assert seen == ["2024-03-10", "2024-03-19", "2024-03-28"]


def test_active_are_those_of_the_newest_snapshot_and_labels_end_where_the_horizon_is_open():
    frame = log(*bought("ann", "2024-02-20", "2024-03-05", "2024-03-15"), *bought("zoe", "2024-04-05 12:00"))
    features, labels, active = build_events(SHOP, frame)
    assert labels["snapshot_date"].dt.strftime("%m-%d").unique().tolist() == ["03-01", "03-10"]
    assert active["snapshot_date"].dt.strftime("%m-%d").unique().tolist() == ["03-28"]
    assert active["who"].tolist() == ["ann"]
    assert list(active) == list(features) == ["who", "snapshot_date", *units_of(SHOP)]


def test_rows_in_another_order_give_the_same_bytes():
    rng = np.random.default_rng(3)
    days = [f"2024-02-{1 + n % 28:02} {n % 24:02}:00" for n in range(300)]
    rows = [
        (f"c{n % 7}", pd.Timestamp(day), f"{n}", "pen", 3.0, rng.random(), "buy", 1.0) for n, day in enumerate(days)
    ]
    frame = pd.concat([log(*rows), log(*bought("zoe", "2024-03-30"))])
    for one, other in zip(build_events(SHOP, frame), build_events(SHOP, frame.sample(frac=1)), strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (bought(None, "2024-03-05"), "no event with a customer and a time"),
        (bought("ann", "2024-01-05"), "no snapshot lies between 2024-03-01 and 2024-01-05"),
        (bought("ann", "2024-02-20", "2024-03-20"), "no snapshot has a label yet: 3 from 2024-03-01 to 2024-03-19"),
    ],
)
def test_a_log_that_is_too_short_is_refused_with_what_it_spans(rows, told):
    with pytest.raises(DataError, match=told):
        build_events(SHOP, log(*rows))

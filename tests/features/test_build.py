import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Dataset, Definition, Events, Money
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.errors import ConfigError, DataError
from churn_mlops.features.build import build, summarise, units
from churn_mlops.features.signature import conform, make_signature

MONEY = Money(100, 10, 0.5)


def telco(*answers):
    """One row a customer, as the contract leaves it; the answer of the target may be missing."""
    rows = len(answers)
    return pd.DataFrame(
        {
            "customerID": [f"c{n}" for n in range(rows)],
            "Partner": [True, False] * (rows // 2) + [True] * (rows % 2),
            "Paperless": pd.Series((["yes", "no", None] * rows)[:rows], dtype="str"),
            "MonthlyCharges": np.arange(rows) * 10.0,
            "since": pd.Series(pd.to_datetime((["2024-01-31", "2024-01-01", None] * rows)[:rows])),
            "note": pd.Series(["x"] * rows, dtype="str"),
            "Churn": pd.Series(answers, dtype="str"),
        }
    )


def snapshots(*rows):
    """One row a customer and snapshot date: (customer, day, since, answer)."""
    frame = pd.DataFrame(rows, columns=["id", "day", "since", "left"])
    return frame.astype({"day": "datetime64[us]", "since": "datetime64[us]", "left": "str"})


def built(table, **settings):
    given = {"id": "customerID", "target": "Churn", "positive": "Yes", "drop": ("note",), **settings}
    return build(Definition(Dataset("d", "d.csv", **given), MONEY), {"table": table})


TIMED = {"id": "id", "target": "left", "positive": "1", "snapshot_date": "day", "drop": ()}


def test_features_hold_neither_the_target_nor_what_is_dropped():
    found = built(telco("Yes", "No", "No"))
    assert list(found.features) == ["customerID", "Partner", "Paperless", "MonthlyCharges", "since"]
    assert list(found.active) == list(found.features)
    assert list(found.labels) == ["customerID", "churned"]


def test_truths_become_yes_and_no_and_what_is_missing_stays_missing():
    found = built(telco("Yes", "No", "No")).features
    assert found["Partner"].tolist() == ["yes", "no", "yes"]
    assert found["Paperless"].isna().tolist() == [False, False, True]


def test_dates_stay_dates_where_there_is_no_snapshot_to_count_from():
    since = built(telco("Yes", "No", "No")).features["since"]
    assert since.isna().tolist() == [False, False, True]
    assert since[0] == pd.Timestamp("2024-01-31")


@pytest.mark.parametrize("row", range(6))
@pytest.mark.parametrize(
    ("table", "settings"),
    [
        (telco(*["Yes", "No"] * 3), {}),
        (snapshots(*[(f"c{n}", f"2024-03-{n + 1:02}", f"2024-02-{20 - n}", "0") for n in range(6)]), TIMED),
    ],
    ids=["one row a customer", "by snapshot"],
)
def test_a_customer_alone_has_the_same_features_as_among_others(table, settings, row):
    together, alone = built(table, **settings).features, built(table.iloc[[row]], **settings).features
    keys = settings.get("id", "customerID"), settings.get("snapshot_date", "")
    signature = make_signature(together, *keys)
    expected = conform(together, signature).iloc[[row]].reset_index(drop=True)
    pd.testing.assert_frame_equal(conform(alone, signature), expected)


def test_dates_become_days_before_their_own_snapshot():
    table = snapshots(("a", "2024-03-01", "2024-02-01", "0"), ("b", "2024-02-01", "2024-02-11", "1"))
    found = built(table, **TIMED).features
    assert found["since"].tolist() == [29.0, -10.0]
    assert found["day"].dtype == "datetime64[us]"  # the snapshot date itself stays


def test_features_and_labels_have_the_same_rows_in_the_same_order():
    found = built(telco("No", None, "Yes", "No", None))
    assert found.features["customerID"].tolist() == found.labels["customerID"].tolist() == ["c0", "c2", "c3"]
    assert found.labels["churned"].tolist() == [0, 1, 0]
    assert found.labels["churned"].dtype == "int8"
    assert all(list(frame.index) == list(range(len(frame))) for frame in (found.features, found.labels, found.active))


@pytest.mark.parametrize(
    ("answers", "active"),
    [
        (("Yes", "No", "No"), ["c1", "c2"]),  # those who have not left
        (("Yes", None, "No"), ["c1"]),  # those of whom it is not known yet
        (("Yes", "Yes"), []),
    ],
)
def test_the_customers_to_score_are_open_or_else_still_there(answers, active):
    assert built(telco(*answers)).active["customerID"].tolist() == active


@pytest.mark.parametrize(
    ("march", "active"),
    [
        (("0", "0"), ["a", "b"]),
        (("1", "0"), ["b"]),
        ((None, "0"), ["a"]),
        ((None, None), ["a", "b"]),
    ],
)
@pytest.mark.parametrize("february", ["0", "1", None])
def test_only_the_newest_snapshot_is_scored_whatever_older_ones_lack(march, active, february):
    table = snapshots(
        ("a", "2024-03-01", None, march[0]),
        ("old", "2024-02-01", None, february),
        ("b", "2024-03-01", None, march[1]),
    )
    found = built(table, **TIMED).active
    assert found["id"].tolist() == active
    assert set(found["day"]) == {pd.Timestamp("2024-03-01")}


def test_labels_of_timed_data_carry_their_snapshot():
    table = snapshots(("a", "2024-03-01", None, None), ("a", "2024-02-01", None, "1"))
    assert list(built(table, **TIMED).labels) == ["id", "day", "churned"]
    assert built(table, **TIMED).labels["day"].tolist() == [pd.Timestamp("2024-02-01")]


def test_a_summary_has_one_row_a_snapshot_or_one_for_all():
    dataset = Dataset("d", "d.csv", id="customerID", target="Churn")
    (row,) = summarise(built(telco("Yes", "No", "No", None)), dataset).to_dict("records")
    assert row == {"snapshot": "all", "rows": 3, "customers": 3, "churned": 1, "churn rate": 0.3333}
    table = snapshots(("a", "2024-03-01", None, "0"), ("a", "2024-02-01", None, "1"), ("b", "2024-02-01", None, "0"))
    timed = summarise(built(table, **TIMED), Dataset("d", "d.csv", **TIMED))
    assert timed[["snapshot", "rows", "churn rate"]].to_numpy().tolist() == [
        ["2024-02-01", 2, 0.5],
        ["2024-03-01", 1, 0],
    ]


def simulated(months, **settings):
    dataset = Dataset("s", "simulator", "customer_id", "churned", snapshot_date="snapshot_date", **settings)
    return Definition(dataset, MONEY, {"customers": 200, "months": months})


@pytest.fixture(scope="module")
def business():
    definition = simulated(9)
    tables = simulate(SimulatorSettings.from_dict(definition.simulator))
    return definition, tables, build(definition, tables, history_months=5)


@pytest.mark.slow
def test_the_simulators_newest_snapshot_is_scored_and_the_older_ones_learned_from(business):
    _, _, found = business
    learned = found.features["snapshot_date"].unique()
    assert len(learned) == 4
    assert found.active["snapshot_date"].nunique() == 1
    assert found.active["snapshot_date"].min() > max(learned)


@pytest.mark.slow
def test_the_simulators_features_and_labels_have_the_same_rows_and_the_truth_beside_them(business):
    _, _, found = business
    keys = ["customer_id", "snapshot_date"]
    pd.testing.assert_frame_equal(found.features[keys], found.labels[keys])
    assert found.labels["best_probability"].between(0, 1).all()
    assert "churned" not in found.features
    assert "best_probability" not in found.features


def test_units_are_known_for_the_simulators_features_only(business):
    definition, _, found = business
    assert set(units(definition)) <= set(found.features)
    assert units(Definition(Dataset("d", "d.csv", "id", "left"), MONEY)) == {}


def test_history_that_leaves_no_months_to_learn_from_is_told():
    with pytest.raises(DataError, match=r"9 months with 8 as history leave too few.*Cure"):
        build(simulated(9), {}, history_months=8)


def test_a_log_of_events_becomes_snapshots_with_units():
    events = Events("at", amount="worth", windows=(30, 90), first="2024-02-01", active_days=60)
    log = Definition(Dataset("d", "d.csv", id="id", snapshot_date="day", horizon_days=30), MONEY, events=events)
    rows = [
        ("ann", "2024-01-20", 3.0),
        ("bob", "2024-01-25", 5.0),
        ("ann", "2024-02-10", 4.0),
        ("ann", "2024-03-20", 1.0),
    ]
    table = pd.DataFrame(rows, columns=["id", "at", "worth"]).astype({"at": "datetime64[us]"})
    found = build(log, {"table": table})
    assert found.labels.to_numpy().tolist() == [
        ["ann", pd.Timestamp("2024-02-01"), 0],
        ["bob", pd.Timestamp("2024-02-01"), 1],
    ]
    assert found.active[["id", "value_all"]].to_numpy().tolist() == [["ann", 7.0], ["bob", 5.0]]
    assert list(units(log)) == [name for name in found.features if name not in ("id", "day")]
    assert units(log)["value_30d"] == "EUR"
    assert summarise(found, log.dataset)["churn rate"].tolist() == [0.5]


def test_a_lever_that_is_no_feature_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match=r"`levers` names no feature: `MonthlyCharge`.*MonthlyCharges.*Cure"):
        built(telco("Yes", "No"), levers=("MonthlyCharge",))
    assert built(telco("Yes", "No"), levers=("MonthlyCharges",)).aside is not None

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn_mlops.config import Dataset
from churn_mlops.errors import CheckError, DataError
from churn_mlops.features.split import TEST, TRAIN, UNUSED, check, describe, split, split_by_customer, split_by_time

TIMED = Dataset("d", "d.csv", id="id", target="left", snapshot_date="day", horizon_days=30)
UNTIMED = Dataset("d", "d.csv", id="id", target="left")


def months(count, rows=2):
    return pd.Series(pd.date_range("2024-01-01", periods=count, freq="MS").repeat(rows))


def used(dates, part, name):
    return sorted(dates[part == name].dt.strftime("%m").unique())


@pytest.mark.parametrize(
    ("horizon", "gap", "test", "train", "expected"),
    [
        (30, 0, 2, 0, ["01", "02", "03"]),  # from 1 March, 30 days end on 31 March, before April
        (31, 0, 2, 0, ["01", "02", "03"]),  # and 31 days on 1 April itself
        (32, 0, 2, 0, ["01", "02"]),
        (30, 2, 2, 0, ["01", "02"]),
        (30, 0, 1, 0, ["01", "02", "03", "04"]),
        (30, 0, 1, 2, ["03", "04"]),  # of the training snapshots the newest
        (30, 0, 1, 99, ["01", "02", "03", "04"]),
        (90, 0, 1, 0, ["01", "02"]),
    ],
)
def test_training_ends_where_its_labels_would_reach_into_the_test(horizon, gap, test, train, expected):
    dates = months(5)
    part = split_by_time(dates, horizon, gap, test, train)
    assert used(dates, part, TRAIN) == expected
    assert used(dates, part, TEST) == ["01", "02", "03", "04", "05"][-test:]
    assert (part.index == dates.index).all()


@settings(max_examples=40)
@given(
    days=st.lists(st.integers(0, 700), min_size=1, max_size=20),
    horizon=st.integers(1, 120),
    gap=st.integers(0, 60),
    test=st.integers(1, 5),
    train=st.integers(0, 5),
)
def test_no_window_of_a_training_label_reaches_into_the_evaluated_period(days, horizon, gap, test, train):
    dates = pd.Timestamp("2023-01-01") + pd.to_timedelta(pd.Series(days), unit="D")
    try:
        part = split_by_time(dates, horizon, gap, test, train)
    except DataError:
        first_test = sorted(set(days))[-test:][0]
        assert min(days) + horizon + gap > first_test  # there was indeed nothing to train on
        return
    closes = dates[part == TRAIN] + pd.Timedelta(days=horizon + gap)
    assert closes.max() <= dates[part == TEST].min()
    assert dates[part == TEST].nunique() == min(test, len(set(days)))
    assert dates[part == TRAIN].nunique() <= (train or 99)
    assert part.groupby(dates).nunique().max() == 1  # a snapshot is never torn


@pytest.mark.parametrize(
    ("dates", "test", "told"),
    [
        (
            months(3),
            3,
            r"3 labelled snapshots from 2024-01-01 to 2024-03-01: none is left.*3 for the test.*test_snapshots",
        ),
        (months(1), 1, "1 labelled snapshots"),
        (months(0), 1, "no snapshot has a label yet: no horizon of 30 days has closed"),
    ],
)
def test_too_little_time_is_told_with_the_figures_and_the_cure(dates, test, told):
    with pytest.raises(DataError, match=f"{told}") as caught:
        split_by_time(dates, 30, 0, test)
    assert "Cure: " in str(caught.value)


def customers(left=20, stayed=80, rows_each=3):
    ids = np.repeat([f"c{n:03}" for n in range(left + stayed)], rows_each)
    labels = np.repeat(np.arange(left + stayed) < left, rows_each).astype("int8")
    labels[: left * rows_each] &= np.tile([0, 0, 1], left)[: left * rows_each].astype("int8")  # left in the last row
    order = np.random.default_rng(3).permutation(len(ids))
    return pd.Series(labels[order]), pd.Series(ids[order])


@pytest.mark.parametrize(("share", "left", "stayed"), [(0.2, 4, 16), (0.5, 10, 40), (0.05, 1, 4)])
def test_the_test_has_its_share_of_the_customers_and_of_the_leavers(share, left, stayed):
    labels, ids = customers()
    part = split_by_customer(labels, ids, share, seed=0)
    ever_left = labels[part == TEST].groupby(ids[part == TEST]).max()
    assert (ever_left.sum(), (ever_left == 0).sum()) == (left, stayed)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), share=st.floats(0.1, 0.9))
def test_no_customer_stands_on_both_sides_and_every_row_has_a_side(seed, share):
    labels, ids = customers()
    part = split_by_customer(labels, ids, share, seed)
    assert not set(ids[part == TRAIN]) & set(ids[part == TEST])
    assert set(part) == {TRAIN, TEST}


def test_the_same_seed_gives_the_same_split_whatever_the_order_of_rows_and_another_seed_another():
    labels, ids = customers()
    part = split_by_customer(labels, ids, 0.2, seed=1)
    pd.testing.assert_series_equal(part, split_by_customer(labels, ids, 0.2, seed=1))
    turned = split_by_customer(labels[::-1].reset_index(drop=True), ids[::-1].reset_index(drop=True), 0.2, seed=1)
    assert set(ids[::-1].reset_index(drop=True)[turned == TEST]) == set(ids[part == TEST])
    assert not part.equals(split_by_customer(labels, ids, 0.2, seed=2))


@pytest.mark.parametrize(
    ("left", "stayed", "share", "told"),
    [
        (2, 50, 0.2, "2 customers with label 1: too few.*test_share = 0.2"),
        (50, 1, 0.5, "1 customers with label 0: too few"),
        (0, 50, 0.2, "0 customers with label 1"),
        (20, 50, 0.0, "too few to learn from and to judge by with features.test_share = 0"),
        (20, 50, 1.0, "features.test_share = 1"),
    ],
)
def test_a_part_without_a_class_is_told_with_the_figures_and_the_cure(left, stayed, share, told):
    with pytest.raises(DataError, match=f"{told}.*Cure"):
        split_by_customer(*customers(left, stayed), share, seed=0)


def labelled(parts, churned, days=None, ids=None):
    frame = pd.DataFrame({"id": ids or list(range(len(parts))), "churned": churned, "split": parts})
    return frame if days is None else frame.assign(day=pd.to_datetime(days))


def test_a_group_stays_together_and_the_parts_keep_their_sizes_nearly():
    ids = pd.Series(np.arange(1_000))
    labels, groups = pd.Series((ids % 5 == 0).astype("int8")), pd.Series(np.where(ids < 100, ids // 20, ids))
    part = split_by_customer(labels, groups, 0.2, seed=0)
    assert part.groupby(groups).nunique().max() == 1
    assert abs((part == TEST).sum() - 200) <= 20


def test_data_with_a_snapshot_date_is_split_by_time_and_other_data_by_customer():
    labels, ids = customers()
    untimed = split(pd.DataFrame({"id": ids, "churned": labels}), UNTIMED, 1, 0, 0, 0.2, 0)
    assert untimed.equals(split_by_customer(labels, ids, 0.2, 0))
    dates = months(5)
    timed = split(pd.DataFrame({"id": 1, "churned": 0, "day": dates}), TIMED, 1, 2, 0, 0.2, 0)
    assert (used(dates, timed, TRAIN), used(dates, timed, UNUSED)) == (["03", "04"], ["01", "02"])


FAR = ["2024-01-01", "2024-01-01", "2024-03-01", "2024-03-01"]
NEAR = ["2024-02-15", "2024-02-15", "2024-03-01", "2024-03-01"]
BOTH = [TRAIN, TRAIN, TEST, TEST]


def test_a_sound_split_passes():
    check(labelled(BOTH, [0, 1, 0, 1], FAR), TIMED, gap_days=30)
    check(labelled(BOTH, [0, 1, 0, 1]), UNTIMED, gap_days=0)


@pytest.mark.parametrize(
    ("labels", "dataset", "gap", "told"),
    [
        (labelled(BOTH, [0, 0, 0, 1]), UNTIMED, 0, "the train part has 2 rows of one class only.*Cure"),
        (labelled(BOTH, [0, 1, 1, 1]), UNTIMED, 0, "the test part has 2 rows of one class only.*Cure"),
        (labelled(BOTH, [0, 1, 0, 1], NEAR), TIMED, 0, "reach to 2024-03-16, the test begins on 2024-03-01"),
        (labelled(BOTH, [0, 1, 0, 1], FAR), TIMED, 31, "reach to 2024-03-02, the test begins on 2024-03-01"),
        (labelled(BOTH, [0, 1, 0, 1], ids=[1, 2, 2, 3]), UNTIMED, 0, "customers of `id` stand in the training and"),
        (labelled(BOTH, [0, 1, 0, 1]).assign(group=[1, 2, 2, 3]), UNTIMED, 0, "the same under two ids stand in both"),
    ],
)
def test_a_split_that_would_flatter_the_model_stops_the_stage(labels, dataset, gap, told):
    with pytest.raises(CheckError, match=told) as caught:
        check(labels, dataset, gap)
    assert caught.value.exit_code == 4


def test_the_parts_are_described_in_order_and_empty_ones_left_out():
    table = describe(labelled(BOTH, [0, 1, 1, 1], FAR), TIMED)
    assert table.to_numpy().tolist() == [
        [TRAIN, 2, 2, 1, 0.5, "2024-01-01", "2024-01-01"],
        [TEST, 2, 2, 2, 1.0, "2024-03-01", "2024-03-01"],
    ]

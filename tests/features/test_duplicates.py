import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn_mlops.config import Dataset
from churn_mlops.features.duplicates import describe, group_customers
from churn_mlops.features.split import TEST, TRAIN, split

PLAIN = Dataset("d", "d.csv", id="id", target="left")
TIMED = Dataset("d", "d.csv", id="id", target="left", snapshot_date="day")


def customers(rows=300, seed=0):
    """All different: numbers, categories, dates and gaps."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"id": [f"c{n:04}" for n in range(rows)], "spend": rng.normal(50, 20, rows)})
    frame["use"] = rng.normal(size=rows)
    frame["months"] = rng.integers(0, 60, rows).astype("float64")
    frame["plan"] = rng.choice(["basic", "plus", "pro"], rows)
    frame["region"] = pd.Series(rng.choice(["north", "south", None], rows), dtype="str")
    frame["since"] = pd.Timestamp("2024-01-01") - pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    frame["score"] = pd.Series(rng.random(rows)).where(rng.random(rows) < 0.7)
    return frame


def with_doubles(change, count=20, frame=None):
    """The customers, and `count` of them again under ids that are last in order, each changed."""
    frame = customers() if frame is None else frame
    again = frame.head(count).copy()
    again["id"] = "x" + again["id"]
    return pd.concat([frame, change(again)], ignore_index=True)


def pairs(frame, dataset=PLAIN):
    """Which ids are taken as one: a set of groups of two or more."""
    grouped = frame[["id"]].assign(group=group_customers(frame, dataset)).drop_duplicates()
    return {tuple(sorted(ids)) for _, ids in grouped.groupby("group")["id"] if len(ids) > 1}


def nudge(share):
    return lambda rows: rows.assign(
        spend=rows["spend"] * (1 + share), use=rows["use"] * (1 - share), score=rows["score"]
    )


PLANTED = {(f"c{n:04}", f"xc{n:04}") for n in range(20)}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda rows: rows, True),
        (nudge(1e-6), True),
        (nudge(1e-9), True),
        (lambda rows: rows.assign(plan="other"), True),
        (lambda rows: rows.assign(spend=rows["spend"] + 30), True),
        (lambda rows: rows.assign(since=rows["since"] + pd.Timedelta(days=40)), True),
        (lambda rows: nudge(1e-7)(rows).assign(region="nowhere"), True),
        (lambda rows: rows.assign(score=0.5), True),  # filled where nothing was known
        (nudge(0.02), False),
        (lambda rows: rows.assign(plan="other", spend=rows["spend"] + 30), False),
    ],
    ids=["equal", "1e-6", "1e-9", "a category", "a number", "a date", "both", "a gap", "2 percent", "two columns"],
)
def test_equal_and_nearly_equal_rows_under_two_ids_are_one_customer(change, found):
    assert pairs(with_doubles(change)) == (PLANTED if found else set())


def test_many_copies_are_one_group_named_by_its_first_id():
    frame = pd.concat([customers(), *(customers().head(1).assign(id=f"z{n}") for n in range(8))], ignore_index=True)
    group = group_customers(frame, PLAIN)
    assert (group[frame["id"].str.startswith("z") | (frame["id"] == "c0000")] == "c0000").all()
    labels = frame[["id"]].assign(group=group)
    told = {"customers": 308, "taken as one with another": 9, "groups of them": 1, "largest": 9}
    assert describe(labels, PLAIN) == told


@pytest.mark.parametrize(
    "columns",
    [["plan"], ["plan", "region"], ["months"], ["plan", "region", "months"], []],
    ids=lambda names: " ".join(names) or "none",
)
def test_columns_that_cannot_tell_customers_apart_make_no_doubles(columns):
    assert pairs(customers(2_000)[["id", *columns]]) == set()


def test_columns_that_say_one_thing_in_many_ways_chain_nobody():
    """Twelve columns made of the plan and the region alone: equal rows are a profile, not a person."""
    frame = customers(2_000)[["id", "plan", "region"]]
    repeated = {f"{name}{n}": frame[name] + str(n) for name in ("plan", "region") for n in range(6)}
    assert pairs(frame.assign(**repeated)) == set()


def test_pairs_that_would_chain_a_large_part_of_the_customers_count_only_where_they_are_equal():
    """A walk in single steps, each row with one column other than the row before."""
    steps, columns = 400, 12
    rows = np.zeros((steps, columns))
    for n in range(1, steps):
        rows[n] = rows[n - 1]
        rows[n, n % columns] += 1 + n / 7
    frame = pd.DataFrame(rows, columns=[f"x{n}" for n in range(columns)]).assign(id=[f"c{n:04}" for n in range(steps)])
    frame = pd.concat([frame, frame.tail(3).assign(id=["x1", "x2", "x3"])], ignore_index=True)
    assert {group[-1] for group in pairs(frame)} == {"x1", "x2", "x3"}


def test_the_order_of_rows_and_columns_changes_nothing():
    frame = with_doubles(nudge(1e-8))
    turned = frame.sample(frac=1, random_state=1)[frame.columns[::-1]]
    assert pairs(turned) == pairs(frame) == PLANTED
    assert group_customers(turned, PLAIN).sort_index().equals(group_customers(frame, PLAIN))


def test_with_snapshots_the_newest_rows_decide_and_all_rows_of_a_customer_are_in_its_group():
    months = [customers(seed=seed).assign(day=pd.Timestamp(f"2024-0{seed + 1}-01")) for seed in range(3)]
    frame = pd.concat([with_doubles(lambda rows: rows, frame=month) for month in months], ignore_index=True)
    assert pairs(frame, TIMED) == PLANTED
    assert (group_customers(frame, TIMED).groupby(frame["id"]).nunique() == 1).all()
    other_days = with_doubles(lambda rows: rows.assign(day=pd.Timestamp("2023-12-01")), frame=months[2])
    assert pairs(other_days.assign(use=other_days["use"] * 2), TIMED) == PLANTED  # the day is a column like others


@pytest.mark.slow
@settings(max_examples=25)
@given(
    seed=st.integers(0, 1_000),
    share=st.floats(0.1, 0.5),
    planted=st.lists(st.tuples(st.integers(0, 299), st.sampled_from([0.0, 1e-9, 1e-7])), min_size=1, max_size=60),
)
def test_a_double_never_stands_on_the_other_side_and_the_split_keeps_its_sizes(seed, share, planted):
    frame, (positions, sizes) = customers(), map(list, zip(*planted, strict=True))
    again = frame.iloc[positions].assign(id=[f"x{n}" for n in range(len(planted))])
    again = again.assign(spend=again["spend"] * (1 + np.array(sizes)))
    whole = pd.concat([frame, again], ignore_index=True).sample(frac=1, random_state=seed).reset_index(drop=True)
    labels = pd.DataFrame({"id": whole["id"], "churned": (whole["use"] > 0.8).astype("int8")})
    labels["group"] = group_customers(whole, PLAIN)
    part = split(labels, PLAIN, 1, 0, 0, share, seed)
    for n, position in enumerate(positions):
        sides = part[whole["id"].isin([f"x{n}", f"c{position:04}"])]
        assert sides.nunique() == 1
    largest = labels["group"].value_counts().max()
    for label in (0, 1):
        rows = part[labels["churned"] == label]
        assert abs((rows == TEST).sum() - share * len(rows)) <= largest
    assert set(part) == {TRAIN, TEST}

"""Poisoned batches are never promoted; clean months, and changes that are real, are."""

import numpy as np
import pandas as pd
import pytest
from tests.monitoring.quality.poison import BATCHES, spoilt

from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.data.simulator.business import simulate
from churn_mlops.data.simulator.settings import SimulatorSettings
from churn_mlops.features.build import build
from churn_mlops.features.signature import make_signature
from churn_mlops.monitoring.quality import Limits, check_months, load_quality, save_quality, strangest, take_months
from churn_mlops.registry.decision import decide_promotion
from churn_mlops.registry.judgement import judge_months

pytestmark = pytest.mark.slow

DATASET = Dataset("s", "simulator", id="customer_id", target="churned", snapshot_date="snapshot_date")
EVENTS = {"a price rise": {"price_rise_month": 26}, "a new market": {"new_market_month": 24}}


def business(seed=1, customers=5_000, **events):
    """Features and labels of a simulated business of 18 labelled months."""
    settings = {"customers": customers, "months": 30, "seed": seed, **events}
    definition = Definition(DATASET, Money(300, 4, 0.3), settings)
    built = build(definition, simulate(SimulatorSettings.from_dict(settings)), 12)
    return built.features, built.labels


def seen(features, labels, **how):
    signature = make_signature(features, "customer_id", "snapshot_date")
    return check_months(take_months(features, labels, signature), **how)


def held(features, labels, **how):
    """The gates that hold a model of these rows back, by name, with their messages."""
    gates = judge_months(seen(features, labels, **how))
    assert decide_promotion(gates, "digest", None).promoted == all(gate.passed for gate in gates)
    return {gate.name: gate.message for gate in gates if not gate.passed}


@pytest.fixture(scope="module")
def clean():
    return business()


def test_there_are_thirty_batches_of_every_kind():
    assert len(BATCHES) == 30
    assert {how.__name__ for how, _, _ in BATCHES.values()} == {
        *("flip", "swap", "lose", "scale", "copy", "inject", "brand"),
    }


@pytest.mark.parametrize("batch", BATCHES)
def test_no_poisoned_batch_is_promoted(clean, batch):
    assert held(*spoilt(batch, *clean))


@pytest.mark.nightly
def test_of_thirty_batches_of_four_other_businesses_hardly_any_is_promoted():
    """Not none: those who were planted to stay may be customers who would have stayed."""
    passed = [(seed, b) for seed in range(2, 6) for b in BATCHES if not held(*spoilt(b, *business(seed), seed))]
    assert len(passed) <= 0.03 * 4 * len(BATCHES), passed


def test_clean_months_are_promoted(clean):
    assert held(*clean) == {}


@pytest.mark.parametrize("event", EVENTS)
def test_a_change_that_is_real_is_promoted(event):
    assert held(*business(2, **EVENTS[event])) == {}


@pytest.mark.nightly
def test_at_most_one_in_twenty_clean_batches_is_held_back():
    kinds = ({}, *EVENTS.values())
    found = [held(*business(seed, **events)) for seed in range(10, 24) for events in kinds]
    assert sum(map(bool, found)) <= len(found) / 20, found


@pytest.mark.parametrize(
    ("batch", "named"),
    [
        ("50% of labels flipped, 4 months", ["In 2026-03 the ROC AUC of a probe is", "features.known"]),
        ("price in cents", ["In 2026-03 `price` is 100 times what it was"]),
        ("all copied", ["In 2026-04 3", "% of the rows repeat another, where 0.0% is usual (0.0% to"]),
        ("10% of a new channel, who stay", ["Since 2026-04 there are", "rows of `channel` = affiliate"]),
    ],
)
def test_a_gate_names_the_months_what_was_seen_the_limit_and_the_cure(clean, batch, named):
    told = " ".join(held(*spoilt(batch, *clean)).values())
    for part in named:
        assert part in told


def test_a_month_that_was_delivered_again_is_named(clean):
    features, labels = clean
    dates = np.sort(labels["snapshot_date"].unique())
    last, before = (np.flatnonzero(labels["snapshot_date"] == date) for date in (dates[-1], dates[-2]))
    earlier = features.iloc[before].set_index("customer_id")
    both = [row for row in last if features["customer_id"].iloc[row] in earlier.index]
    again = features.copy()
    columns = features.columns.drop(["customer_id", "snapshot_date"])
    again.loc[both, columns] = earlier.loc[features["customer_id"].iloc[both], columns].to_numpy()
    assert "are as they were the month before" in held(again, labels)["learned from no copies"]


def test_what_is_known_to_be_real_is_excused_and_said(clean):
    dearer = spoilt("price doubled", *clean)
    assert held(*dearer)
    for known in ("price", "2026-06", "region, price"):
        gates = judge_months(seen(*dearer, known=known))
        assert all(gate.passed for gate in gates)
        assert "Known to be real: 2026-06." in next(g.message for g in gates if "one unit" in g.name)


def test_a_limit_is_the_readers(clean):
    assert held(*spoilt("price doubled", *clean), limits=Limits(column_factor=3)) == {}


def test_what_is_odd_stands_on_top_and_is_kept(clean, tmp_path):
    table = seen(*spoilt("price in cents", *clean))
    assert strangest(table)["what"].iloc[0] == "price"
    save_quality(str(tmp_path), table)
    pd.testing.assert_frame_equal(load_quality(str(tmp_path)), table)


@pytest.mark.parametrize("months", [0, 3])
def test_without_dates_or_with_few_months_nothing_is_held_back_and_that_is_said(clean, months):
    features, labels = clean
    first = labels["snapshot_date"].isin(np.sort(labels["snapshot_date"].unique())[: max(months, 1)]).to_numpy()
    features, labels = features[first].reset_index(drop=True), labels[first].reset_index(drop=True)
    date = "snapshot_date" if months else ""
    features = features if months else features.drop(columns="snapshot_date")
    table = check_months(take_months(features, labels, make_signature(features, "customer_id", date)))
    gates = judge_months(table)
    assert all(gate.passed and np.isnan(gate.value) for gate in gates)
    assert "no months that could be held against others" in gates[0].message

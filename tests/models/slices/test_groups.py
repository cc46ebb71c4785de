import numpy as np
import pandas as pd
import pytest

from churn_mlops.models.slices import group_table, widest_gap

ROWS = 4_000


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    p = rng.beta(1, 4, ROWS)
    groups = pd.DataFrame({"gender": rng.choice(["female", "male"], ROWS), "age": rng.normal(40, 10, ROWS)})
    return groups, (rng.random(ROWS) < p).astype(int), p > 0.25


def passed_over(people, group="male", share=0.7):
    """The decisions, with so many of a group passed over."""
    groups, _, contacted = people
    return contacted & ~((groups["gender"] == group).to_numpy() & (np.random.default_rng(1).random(ROWS) < share))


def test_each_rate_is_that_of_its_group_at_the_decisions_made(people):
    groups, y, contacted = people
    row = group_table(groups, y, contacted).set_index(["column", "group"]).loc[("gender", "female")]
    inside = (groups["gender"] == "female").to_numpy()
    assert (row["rows"], row["leavers"]) == (inside.sum(), y[inside].sum())
    shares = {
        "selection_rate": contacted[inside].mean(),
        "true_positive_rate": contacted[inside & (y == 1)].mean(),
        "false_positive_rate": contacted[inside & (y == 0)].mean(),
    }
    for name, share in shares.items():
        assert row[name] == pytest.approx(share)
        assert row[f"{name}_low"] < share < row[f"{name}_high"]
    others = contacted[~inside & (y == 1)].mean()
    assert row["true_positive_rate_gap"] == pytest.approx(shares["true_positive_rate"] - others)


def test_groups_that_are_treated_alike_have_no_sure_gap(people):
    groups, y, contacted = people
    gap, told = widest_gap(group_table(groups, y, contacted))
    assert gap == 0
    assert told.startswith("`")


def test_a_group_that_is_passed_over_is_named_with_its_rate_and_gap(people):
    groups, y, _ = people
    gap, told = widest_gap(group_table(groups, y, passed_over(people)))
    assert 0.2 < gap < 0.5
    assert told.startswith("`gender` = ")
    assert "true positive rate of" in told


def test_numbers_are_looked_at_in_quarters_and_missing_ones_apart(people):
    groups, y, contacted = people
    ages = groups[["age"]].where(np.arange(ROWS)[:, None] % 10 > 0)
    assert len(group_table(ages, y, contacted)) == 5


def test_the_months_of_one_customer_make_an_interval_no_narrower(people):
    groups, y, contacted = people
    once = group_table(groups[["gender"]], y, contacted)
    often = group_table(
        pd.concat([groups[["gender"]]] * 5), np.tile(y, 5), np.tile(contacted, 5), np.tile(np.arange(ROWS), 5)
    )
    np.testing.assert_allclose(often["true_positive_rate_low"], once["true_positive_rate_low"], atol=1e-9)


def test_a_group_of_a_few_has_no_rates_to_be_judged_by(people):
    _, y, contacted = people
    few = pd.DataFrame({"gender": np.where(np.arange(ROWS) < 15, "rare", "common")})
    rare = group_table(few, y, contacted).set_index("group").loc["rare"]
    assert np.isnan(rare[["selection_rate", "true_positive_rate", "true_positive_rate_gap_sure"]].astype(float)).all()
    assert np.isnan(widest_gap(group_table(few, y, contacted))[0])


@pytest.mark.parametrize("columns", [[], ["only"]])
def test_without_groups_to_compare_there_is_no_gap(people, columns):
    _, y, contacted = people
    table = group_table(pd.DataFrame({"only": ["one"] * ROWS})[columns], y, contacted)
    assert len(table) == len(columns)
    assert widest_gap(table)[1] == ""

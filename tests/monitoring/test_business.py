import numpy as np
import pandas as pd
import pytest

from churn_mlops.config import Offers, read_config
from churn_mlops.errors import ConfigError, DataError, MissingColumns
from churn_mlops.models import Stakes
from churn_mlops.monitoring.business import ABSENT, UNKNOWN, business_table, load_offers, uplift

MONEY = Stakes(100.0, 5.0, 0.5)


def told(offered, control=()):
    """The one row about an offer, of outcomes (1: left, NaN: not known yet)."""
    rows = [("call", left) for left in offered] + [("", left) for left in control]
    table = pd.DataFrame(rows, columns=["offer", "left"]).assign(customer=[f"c{n}" for n in range(len(rows))])
    return business_table(table, [f"c{n}" for n in range(10)], np.full(10, 0.4), MONEY).iloc[0]


def test_with_a_control_group_the_saved_and_their_profit_are_known_with_intervals():
    row = told([1.0] * 20 + [0.0] * 180, [1.0] * 50 + [0.0] * 150)
    assert row["uplift"] == pytest.approx(0.25 - 0.10)
    assert row["saved"] == pytest.approx(30)
    assert row["profit"] == pytest.approx(30 * 100 - 200 * 5)
    assert row["profit_low"] < row["profit"] < row["profit_high"]
    assert row["effect"] == "is certain"


def test_without_one_the_effect_cannot_be_known_and_no_number_pretends_otherwise():
    row = told([0.0] * 100)
    assert row["effect"] == UNKNOWN
    assert row[["uplift", "saved", "profit", "profit_low"]].isna().all()
    assert row["left"] == 0


def test_a_difference_within_its_interval_may_be_chance():
    assert told([1.0, 0.0, 0.0], [1.0, 1.0, 0.0])["effect"] == "may be chance"


def test_outcomes_that_are_not_known_yet_count_nothing():
    row = told([np.nan] * 5, [1.0, 0.0])
    assert (row["customers"], row["known"], row["effect"]) == (5, 0, "not known yet")


def test_predicted_profit_is_that_of_the_offered_who_were_scored():
    assert told([0.0] * 4, [0.0])["predicted_profit"] == pytest.approx(4 * (0.5 * 100 * 0.4 - 5))


def test_where_no_offers_are_declared_the_page_says_so():
    assert business_table(None, [], [], MONEY)["effect"].tolist() == [ABSENT]


def test_newcombe_s_published_intervals_are_met():
    """Newcombe (1998), table II, method 10: 56/70 - 48/80 and 9/10 - 3/10."""
    for (a, m), (b, n), low, high in (((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)):
        held, offered = (pd.Series([1.0] * k + [0.0] * (size - k)) for k, size in ((a, m), (b, n)))
        assert uplift(held, offered) == pytest.approx((a / m - b / n, low, high), abs=1e-4)


OFFERS = Offers("offers.csv")


def write(folder, text):
    (folder / "offers.csv").write_text(text)
    return str(folder)


def test_the_table_is_read_with_control_and_outcomes_told_apart(tmp_path):
    folder = write(
        tmp_path, "customer,time,offer,outcome\n1,2026-01-01,call,left\n2,2026-01-01,control,stayed\n3,x,call,\n"
    )
    table = load_offers(folder, OFFERS)
    assert table["customer"].tolist() == ["1", "2", "3"]
    assert table["offer"].tolist() == ["call", "", "call"]
    assert table["left"].tolist() == pytest.approx([1.0, 0.0, np.nan], nan_ok=True)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (None, DataError, "offers.csv is not there"),
        ("customer,time,offer\n1,x,call\n", MissingColumns, "outcome"),
        ("customer,time,offer,outcome\n1,x,call,gone\n", DataError, "which no outcome is"),
    ],
)
def test_a_table_that_is_not_as_declared_is_refused_by_name(tmp_path, text, error, message):
    if text:
        write(tmp_path, text)
    with pytest.raises(error, match=message):
        load_offers(str(tmp_path), OFFERS)


def test_nothing_is_read_where_nothing_is_declared():
    assert load_offers("nowhere", None) is None


DEFINITION = """
[dataset]
name = "shop"
source = "shop.csv"
id = "id"
target = "left"
[money]
value_kept = 1
offer_cost = 1
success_rate = 0.5
[offers]
"""


def test_the_definition_names_the_table_from_its_own_folder(tmp_path):
    (tmp_path / "shop.toml").write_text(DEFINITION + 'file = "offers.csv"\nleft = "gone"')
    config = read_config(tmp_path / "shop.toml")
    assert config.offers_file == (tmp_path / "offers.csv").resolve()
    assert type(config.definition).from_json(config.definition.to_json()).offers == config.definition.offers


def test_a_wrong_key_is_told(tmp_path):
    (tmp_path / "shop.toml").write_text(DEFINITION + 'file = "offers.csv"\noutcom = "x"')
    with pytest.raises(ConfigError, match="outcom"):
        read_config(tmp_path / "shop.toml")

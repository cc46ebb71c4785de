from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.real import real_file

from churn_mlops.config import Dataset, Definition, Money, read_config
from churn_mlops.data.checking import take_in
from churn_mlops.data.simulator import SimulatorSettings, simulate
from churn_mlops.data.sources import open_source
from churn_mlops.errors import CheckError, ConfigError
from churn_mlops.features.build import build
from churn_mlops.features.leaks import check_leaks, leak_table, load_leaks, save_leaks, worst_first
from churn_mlops.features.leaks.suspicion import TRACELESS

pytestmark = pytest.mark.slow

CONFIGS = Path(__file__).parents[3] / "configs"
PLAIN = Dataset("d", "d.csv", id="id", target="left")
TIMED = replace(PLAIN, snapshot_date="day")


def customers(rows=4_000, seed=0, rate=0.2):
    """Honest columns that have to do with each other and with who leaves; one row a customer."""
    rng = np.random.default_rng(seed)
    use, plan = rng.normal(size=rows), rng.choice(["basic", "plus", "pro"], rows)
    spend = use + 0.5 * (plan == "pro") + rng.normal(0, 0.5, rows)
    odds = np.log(rate / (1 - rate)) - 1.2 * use + 0.8 * (plan == "basic")
    left = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype("int8")
    features = pd.DataFrame({"id": [f"c{n}" for n in range(rows)], "use": use, "plan": plan, "spend": spend})
    features["since"] = pd.Timestamp("2024-01-01") - pd.to_timedelta(rng.integers(0, 900, rows), unit="D")
    features["note"] = pd.Series(rng.choice(["a", "b", None], rows), dtype="str")
    features["noise"] = rng.normal(size=rows)
    return features, pd.DataFrame({"id": features["id"], "churned": left})


def planted(column, kind=PLAIN, made=customers):
    """The suspects among honest columns and a planted one; `column(labels, rng)` makes it."""
    features, labels = made()
    features = features.assign(planted=column(labels, np.random.default_rng(1)))
    table = leak_table(features, labels, kind)
    return table[table["suspect"] != ""].set_index("column")["suspect"].to_dict()


def noisy(spread):
    return lambda labels, rng: labels["churned"] + rng.normal(0, spread, len(labels))


def only_for(label, share, values):
    """Filled for a share of those with that label, and for nobody else."""

    def column(labels, rng):
        chosen = (labels["churned"] == label) & (rng.random(len(labels)) < share)
        return pd.Series(rng.choice(values, len(labels))).where(chosen)

    return column


DAYS = pd.date_range("2024-02-01", periods=28).to_numpy()
WORDS = ["price", "moved", "service"]
LEAKS = [
    ("a copy of the label", lambda labels, rng: labels["churned"].astype("float64"), "alone reaches"),
    ("its opposite, in words", lambda labels, rng: labels["churned"].map({0: "stays", 1: "gone"}), "alone reaches"),
    ("a reason for all who left", only_for(1, 1.0, WORDS), "alone reaches"),
    ("a reason for a third of them", only_for(1, 0.3, WORDS), "is filled for .* of those who left and 0.0%"),
    ("a reason for one in twenty", only_for(1, 0.05, WORDS), "is filled for .* of those who left and 0.0%"),
    ("a date of cancellation", only_for(1, 1.0, DAYS), "alone reaches"),
    ("a date of cancellation for half", only_for(1, 0.5, DAYS), "is filled for"),
    ("a renewal that only stayers have", only_for(0, 0.8, DAYS), "is filled for 0.0% of those who left"),
    (
        "a reason with a word for those who stay",
        lambda labels, rng: only_for(1, 0.3, WORDS)(labels, rng).fillna("none"),
        r"is '\w+' for .* of those who left and 0.0% of the others",
    ),
    ("a score, ROC AUC 0.99", noisy(0.3), "alone reaches"),
    ("a score, 0.92", noisy(0.5), "shares only the label"),
    ("a score, 0.84", noisy(0.7), "shares only the label"),
    ("a score, 0.79", noisy(0.85), "shares only the label"),
]


@pytest.mark.parametrize(("column", "told"), [leak[1:] for leak in LEAKS], ids=[leak[0] for leak in LEAKS])
def test_a_planted_leak_is_found_and_nothing_else(column, told):
    found = planted(column)
    assert list(found) == ["planted"]
    assert pd.Series(found).str.contains(told).all(), found


def test_a_score_that_also_knows_the_customer_is_found_once_it_beats_all_others_together():
    features, labels = customers()
    score = 1.2 * labels["churned"] - 0.25 * features["use"] + np.random.default_rng(1).normal(0, 0.6, len(labels))
    table = leak_table(features.assign(planted=score), labels, PLAIN).set_index("column")["suspect"]
    assert table[table != ""].index.tolist() == ["planted"]
    assert "all weaker columns together" in table["planted"]


def test_below_the_least_auc_a_score_is_like_any_good_column_and_passes():
    assert planted(noisy(1.3)) == {}  # ROC AUC 0.71
    assert TRACELESS == 0.75


@pytest.mark.parametrize("rate", [0.03, 0.2, 0.6])
@pytest.mark.parametrize("seed", range(3))
def test_honest_columns_raise_no_alarm(seed, rate):
    table = leak_table(*customers(seed=seed, rate=rate), PLAIN, seed)
    assert (table["suspect"] == "").all(), table


def test_an_honest_column_that_has_nothing_to_do_with_the_others_raises_no_alarm():
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=6_000) for name in ("a", "b", "c")}
    left = rng.random(6_000) < 1 / (1 + np.exp(1.5 - 2 * columns["a"] - columns["b"]))
    features = pd.DataFrame({"id": np.arange(6_000), **columns})
    table = leak_table(features, pd.DataFrame({"id": features["id"], "churned": left.astype("int8")}), PLAIN)
    assert table["roc_auc"].max() > 0.8
    assert (table["suspect"] == "").all(), table


@pytest.mark.parametrize("rows", [40, 200])
def test_few_rows_are_no_evidence_against_a_good_column(rows):
    features, labels = customers(rows)
    good = labels["churned"] + np.random.default_rng(0).normal(0, 0.7, rows)
    assert "planted" in planted(noisy(0.01), made=lambda: customers(rows=200))
    table = leak_table(features.assign(good=good), labels, PLAIN).set_index("column")["suspect"]
    assert (table.drop("good") == "").all()


def snapshots(people=600, months=8, seed=0):
    """Several snapshots a customer, who is gone once they have left."""
    rng = np.random.default_rng(seed)
    level, leaves_in = rng.normal(size=people), rng.integers(0, 3 * months, people)
    rows = [(f"c{n}", m, level[n], int(m == leaves_in[n])) for n in range(people) for m in range(months)]
    table = pd.DataFrame(rows, columns=["id", "m", "level", "churned"])
    table = table[table["m"] <= leaves_in[table["id"].str[1:].astype(int)]].reset_index(drop=True)
    table["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(30 * table["m"], unit="D")
    table["use"] = table["level"] - table["churned"] + rng.normal(0, 1, len(table))
    table["spend"] = table["use"] + rng.normal(0, 1, len(table))
    table["gone_on"] = table["day"] - pd.Timestamp("2024-01-01") + pd.Timedelta(days=1)
    columns = ["id", "day", "use", "spend", "level"]
    return table[columns], table[["id", "day", "churned"]]


def status_of_last_row(labels, rng):
    return pd.Series(np.where(labels["churned"] & (rng.random(len(labels)) < 0.5), "closing", "open"))


def closed_for_all_time(labels, rng):
    """Written over in the older snapshots too, once the customer had left."""
    return labels.groupby("id")["churned"].transform("max").map({0: "open", 1: "closed"})


def cancelled_days_before(labels, rng):
    """A date of cancellation, as 02 makes features of dates: days before the snapshot, so those to come are below 0."""
    gone = labels["day"].where(labels["churned"] == 1).groupby(labels["id"]).transform("max") + pd.Timedelta(days=9)
    return (labels["day"] - gone).dt.days.astype("float64")


@pytest.mark.parametrize(
    ("column", "told"),
    [
        (status_of_last_row, "differs from the customer's snapshot before|is 'closing' for"),
        (closed_for_all_time, "tells long before who leaves|shares only the label"),
        (cancelled_days_before, "alone reaches"),
    ],
)
def test_what_is_written_once_the_label_is_known_is_found_in_snapshots(column, told):
    found = planted(column, TIMED, snapshots)
    assert list(found) == ["planted"]
    assert pd.Series(found).str.contains(told).all(), found


def test_snapshots_raise_no_alarm_and_show_how_well_later_leavers_are_told():
    table = leak_table(*snapshots(), TIMED)
    assert (table["suspect"] == "").all()
    assert list(table) == ["column", "roc_auc", "roc_auc_later", "filled_left", "filled_stayed", "suspect"]


def test_a_suspect_stops_the_run_with_name_figure_reason_and_cure():
    features, labels = customers()
    table = leak_table(features.assign(reason=only_for(1, 0.3, WORDS)(labels, np.random.default_rng(0))), labels, PLAIN)
    assert worst_first(table)["column"].iloc[0] == "reason"
    with pytest.raises(
        CheckError, match=r"1 column may tell(.|\n)*`reason` is filled for \d\d.\d%(.|\n)*drop = \["
    ) as e:
        check_leaks(table)
    assert e.value.exit_code == 4
    check_leaks(table, ("reason",))


def test_a_name_that_allows_nothing_is_a_mistake():
    table = leak_table(*customers(), PLAIN)
    check_leaks(table, ("spend",))
    with pytest.raises(ConfigError, match="`allow` names no feature: `spent`; did you mean `spend`"):
        check_leaks(table, ("spent",))


def test_the_sample_is_of_whole_customers_and_the_same_for_the_same_seed(monkeypatch):
    monkeypatch.setattr("churn_mlops.features.leaks.rows.ROWS", 1_000)
    one, again = (leak_table(*customers(), PLAIN, 3) for _ in range(2))
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(leak_table(*customers(), PLAIN, 4))


MONEY = Money(100, 10, 0.5)


def simulated(**settings):
    dataset = Dataset("s", "simulator", "customer_id", "churned", snapshot_date="snapshot_date")
    definition = Definition(dataset, MONEY, {"customers": 4_000, "months": 18, **settings})
    built = build(definition, simulate(SimulatorSettings.from_dict(definition.simulator)), 6)
    return built.features, built.labels, dataset


@pytest.mark.parametrize(
    "settings",
    [
        {"seed": 1},
        {"seed": 2},
        {"seed": 3},
        {"price_rise_month": 12},
        {"price_rise_month": 12, "price_rise": 2.0},
        {"new_market_month": 10},
        {"broken_feed_month": 12},
    ],
    ids=str,
)
def test_the_simulator_raises_no_alarm_whatever_happens_in_it(settings):
    table = leak_table(*simulated(**settings))
    assert (table["suspect"] == "").all(), table[table["suspect"] != ""]


def of_file(folder, name, config):
    """Features and labels of a real table, as 01 and 02 make them; `config` is a file of the project or a text."""
    path = real_file(name)
    if isinstance(config, str):
        (folder / "real.toml").write_text(config)
        config = folder / "real.toml"
    definition = read_config(config).definition
    checked = take_in(str(folder), definition, open_source(definition, str(path)))
    found = build(definition, checked.tables())
    return found.features, found.labels, definition.dataset


MLC = """
[dataset]
name = "mlc"
source = "mlc.csv"
id = "row"
target = "churn"
[source]
number_rows = "row"
[money]
value_kept = 100
offer_cost = 10
success_rate = 0.5
"""
REAL = {
    "telco": ("telco.csv", CONFIGS / "telco.toml"),
    "mlc_churn": ("mlc_churn.csv", MLC),
    "online_retail": ("online_retail.csv.gz", CONFIGS / "online_retail.toml"),
}


@pytest.fixture(scope="module", params=REAL)
def real(request, tmp_path_factory):
    return of_file(tmp_path_factory.mktemp(request.param), *REAL[request.param])


@pytest.mark.parametrize("seed", range(3))
def test_real_tables_raise_no_alarm(real, seed):
    table = leak_table(*real, seed)
    assert (table["suspect"] == "").all(), table


@pytest.mark.parametrize(("column", "told"), [leak[1:] for leak in LEAKS], ids=[leak[0] for leak in LEAKS])
def test_a_leak_planted_in_real_tables_is_found_and_nothing_else(real, column, told):
    features, labels, dataset = real
    features = features.assign(planted=column(labels, np.random.default_rng(1)))
    table = leak_table(features, labels, dataset)
    assert table.loc[table["suspect"] != "", "column"].tolist() == ["planted"]


def test_the_table_is_kept_as_it_was(tmp_path):
    table = leak_table(*customers(), PLAIN)
    save_leaks(tmp_path, table)
    pd.testing.assert_frame_equal(load_leaks(tmp_path), table, check_dtype=False)

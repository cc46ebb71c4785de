import numpy as np
import pytest

from churn_mlops import models, plots
from churn_mlops.config import Money
from churn_mlops.plots.style import FALLEN

MONEY = Money(value_kept=100, offer_cost=10, success_rate=0.5)
RNG = np.random.default_rng(0)
P = RNG.beta(1, 4, 400)
Y = (RNG.random(400) < P).astype(int)


def amount(value):
    return f"{value:,.0f} GBP".replace("-", FALLEN)


def test_the_profit_figure_names_the_exact_profit_of_the_threshold_and_of_both_baselines(words):
    threshold = models.choose_threshold(Y, P, MONEY)
    for curve in (models.profit_curve(Y, P, MONEY), models.earnings(Y, P, MONEY, threshold.value, replicates=5).curve):
        shown = words(plots.profit(curve, threshold, "GBP"))
        assert f"contact at {threshold.value:.1%} or more: {amount(threshold.profit)}" in shown
        assert "contact nobody: 0" in shown
        assert f"contact everybody: {amount(threshold.profit_contact_everybody)}" in shown


def test_by_customer_the_profit_figure_speaks_of_an_expected_profit(words):
    money = models.Stakes(RNG.gamma(2, 50, 400), 10, 0.5)
    chosen = models.choose_threshold(Y, P, money)
    ax = plots.profit(models.profit_curve(Y, P, money), chosen, "GBP")
    assert f"contact for 0 GBP or more: {amount(chosen.profit)}" in words(ax)
    assert "highest expected profit first" in ax.get_xlabel()


@pytest.mark.parametrize("replicates", [0, 20])
def test_the_band_is_drawn_where_the_curve_has_one(replicates):
    curve = models.earnings(Y, P, MONEY, 0.2, replicates=20).curve
    curve = curve if replicates else curve.drop(columns=["profit_low", "profit_high"])
    ax = plots.profit(curve, 0.2)
    assert bool(ax.collections) is bool(replicates)
    assert ("interval" in ax.get_ylabel()) is bool(replicates)


def test_the_gains_are_written_beside_their_decisions(words):
    table = models.earnings(Y, P, MONEY, 0.2, replicates=20).table
    ax = plots.gains(table, "GBP")
    assert words(ax) == [amount(gain) for gain in table["gain"][::-1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"than: {name}" for name in table["decision"][::-1]]


def test_the_figure_of_wrong_money_names_what_is_assumed_and_where_it_stops_to_pay(words):
    table = models.sensitivity_table(P, MONEY, 0.2, models.earnings(Y, P, MONEY, 0.2, replicates=20))
    shown = words(plots.sensitivity(table))
    row = table.set_index("assumption").loc["offer_cost"]
    assert {"100", "10", "50%", f"{10 * row.pays_low:.3g}", f"{10 * row.pays_high:.3g}"} <= set(shown)


def test_large_amounts_are_written_out(words):
    table = models.sensitivity_table(P, MONEY, 0.2, models.earnings(Y, P, MONEY, 0.2, replicates=20))
    shown = words(plots.sensitivity(table.assign(assumed=12_345.0)))
    assert "12,300" in shown
    assert not any("e+" in word for word in shown)

"""The figures of the money: what contacting earns, what it gains, and how wrong its assumptions may be."""

import numpy as np
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from churn_mlops.plots.parts import as_money, in_thousands, mark, name_rows, new_axes, with_title, write
from churn_mlops.plots.style import BLUE, GREY, INK, ORANGE, PALE

FACTORS = (1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8)
NAMES = {"value_kept": "value of who stays", "offer_cost": "cost of an offer", "success_rate": "success rate"}


def profit(curve, threshold, currency: str = "EUR", ax=None):
    """Profit by share of customers contacted, the chosen threshold and both baselines marked.

    `curve`: `models.profit_curve`, or `models.earnings(...).curve`, whose interval is drawn as a band;
    `threshold`: a number or what `models.choose_threshold` gives.
    """
    ax = new_axes(ax, 3.6)
    value = getattr(threshold, "value", threshold)
    chosen, last = curve[curve["threshold"] >= value].iloc[-1], curve.iloc[-1]
    ax.axhline(0, color=GREY, linewidth=1)
    drawn = curve.iloc[
        np.unique(np.searchsorted(curve["share"], np.linspace(0, 1, 401) - 1e-12).clip(0, len(curve) - 1))
    ]
    if "profit_low" in curve:
        ax.fill_between(drawn["share"], drawn["profit_low"], drawn["profit_high"], color=BLUE, alpha=0.18, linewidth=0)
    ax.plot(drawn["share"], drawn["profit"], color=BLUE)
    mark(ax, 0, 0, "contact nobody: 0", GREY, (6, -15), "left")
    mark(ax, last["share"], last["profit"], f"contact everybody: {as_money(last['profit'], currency)}", GREY,
         (4, -17), "right")  # fmt: skip
    label = f"{_decision(curve, value, currency)}: {as_money(chosen['profit'], currency)}"
    place = "left" if chosen["share"] < 0.5 else "right"
    mark(ax, chosen["share"], chosen["profit"], label, ORANGE, (0, 11), place)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.yaxis.set_major_formatter(in_thousands())
    ax.margins(x=0.03, y=0.16)
    by_customer = _is_amount(curve)
    ax.set_xlabel(f"customers contacted, highest {'expected profit' if by_customer else 'risk'} first")
    ax.set_ylabel(f"expected profit, {currency}" + (", with 95% interval" if "profit_low" in curve else ""))
    return with_title(ax, "Profit of contacting customers", "y")


def _is_amount(curve) -> bool:
    """Whether the thresholds of the curve are amounts and not probabilities."""
    finite = curve["threshold"][np.isfinite(curve["threshold"])]
    return bool(len(finite)) and bool(finite.min() < 0 or finite.max() > 1)


def _decision(curve, value, currency) -> str:
    if _is_amount(curve):
        return f"contact for {as_money(value, currency)} or more"
    return f"contact at {value:.1%} or more"


def gains(table, currency: str = "EUR", ax=None):
    """What the model earns more than deciding without it, with 95% intervals. `table`: `models.earnings(...).table`."""
    shown = table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, 1.2 + 0.5 * len(shown))
    colours = [BLUE if low > 0 else ORANGE for low in shown["low"]]
    ax.axvline(0, color=GREY, linewidth=1)
    ax.hlines(shown.index, shown["low"], shown["high"], color=colours, alpha=0.45, linewidth=3)
    ax.scatter(shown["gain"], shown.index, color=colours, s=44, zorder=3)
    for place, row, colour in zip(shown.index, shown.itertuples(), colours, strict=True):
        write(ax, row.gain, place, as_money(row.gain, currency), colour, (0, 9), "center")
    name_rows(ax, [f"than: {name}" for name in shown["decision"]])
    ax.set_ylim(-0.6, len(shown) - 0.2)
    ax.xaxis.set_major_formatter(in_thousands())
    ax.margins(x=0.1)
    ax.set_xlabel(f"profit gained by contacting whom the model picks, {currency} (lines: 95% intervals)")
    return with_title(ax, "How much more it earns", "x")


def sensitivity(table, ax=None):
    """How wrong each assumption may be. `table`: `models.sensitivity_table`; ends beyond 8 times run off the axes."""
    shown = table.iloc[::-1].reset_index(drop=True)
    ax = new_axes(ax, 1.5 + 0.55 * len(shown))
    for place, row in shown.iterrows():
        _bar(ax, place, row["pays_low"], row["pays_high"], PALE, 16)
        _bar(ax, place, row["sure_low"], row["sure_high"], BLUE, 16, 0.45)
        _bar(ax, place, row["alike_low"], row["alike_high"], INK, 3)
        for end in ("pays_low", "pays_high"):
            if _drawn(row[end]):
                write(
                    ax, row[end], place, _amount(row["assumption"], row["assumed"] * row[end]), GREY, (0, 11), "center"
                )
        mark(ax, 1, place, _amount(row["assumption"], row["assumed"]), ORANGE, (0, 11), "center")
    ax.set_xscale("log")
    ax.set_xlim(FACTORS[0], FACTORS[-1])
    ax.set_xticks(FACTORS, [f"{factor:.3g}\N{MULTIPLICATION SIGN}" for factor in FACTORS])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    name_rows(ax, [NAMES.get(name, name) for name in shown["assumption"]])
    ax.set_ylim(-0.6, len(shown) - 0.1)
    ax.set_xlabel(
        "truth, as a multiple of what is assumed (dot). Pale: the model's choice still earns most;\n"
        "blue: with 97.5% confidence; line: at most 5% of customers would be decided differently"
    )
    return with_title(ax, "How wrong the money may be", "x")


def _bar(ax, place, low, high, colour, width, alpha=1.0) -> None:
    """A bar from factor to factor, which ends at the axes; none where the range is empty."""
    if np.isnan(low) or np.isnan(high):
        return
    ends = np.clip([low, high], FACTORS[0], FACTORS[-1])
    ax.hlines(place, *ends, color=colour, linewidth=width, alpha=alpha, capstyle="butt")


def _drawn(factor: float) -> bool:
    return FACTORS[0] < factor < FACTORS[-1]


def _amount(assumption: str, value: float) -> str:
    return f"{value:.0%}" if assumption == "success_rate" else f"{float(f'{value:.3g}'):,.10g}"

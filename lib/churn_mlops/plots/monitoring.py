"""The figures of a model at work: whom it scores, what has moved, what came true."""

import numpy as np
from mpl_toolkits.axes_grid1 import make_axes_locatable

from churn_mlops.plots.parts import (
    in_percent,
    in_thousands,
    name_periods,
    name_rows,
    new_axes,
    with_title,
    write,
    write_beside,
)
from churn_mlops.plots.style import BLUE, GREY, INK, ORANGE, PALE


def scores(p, threshold: float | None = None, ax=None):
    """Distribution of the probabilities; those at or above the threshold are contacted."""
    ax, p = new_axes(ax, 2.9), np.asarray(p, dtype=float)
    counts, edges = np.histogram(p, bins=np.linspace(0, max(float(p.max()), 0.05) * 1.0001, 41))
    ax.stairs(counts, edges, color=PALE if threshold is not None else BLUE, fill=True)
    if threshold is not None:
        above, above_edges = np.histogram(p[p >= threshold], bins=np.union1d(edges, [threshold]))
        ax.stairs(above * _stretch(edges, above_edges), above_edges, color=ORANGE, fill=True)
        ax.axvline(threshold, color=INK, linewidth=1)
        share = float(np.mean(p >= threshold))
        ax.annotate(f"contact at {threshold:.1%} or more: {share:.1%} of customers", (threshold, 1), (6, -4),
                    xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
                    color=ORANGE, weight="bold")  # fmt: skip
    in_percent(ax.xaxis, edges[-1])
    ax.yaxis.set_major_formatter(in_thousands())
    ax.set(xlabel="probability of leaving", ylabel="customers", xlim=(0, None))
    return with_title(ax, "Risk of the customers scored", "y")


def drift(table, ax=None, top: int = 15):
    """Population stability index of the columns that moved most, beside each one's limit.

    `table`: column, psi, psi_limit, verdict ("stable" or "moved").
    """
    shown = table.sort_values("psi", ascending=False, kind="stable").head(top).iloc[::-1]
    ax = new_axes(ax, 1.2 + 0.27 * len(shown))
    places, moved = np.arange(len(shown)), (shown["verdict"] == "moved").to_numpy()
    ax.barh(places, shown["psi"], color=np.where(moved, ORANGE, BLUE), height=0.6)
    ax.vlines(shown["psi_limit"], places - 0.42, places + 0.42, color=INK, linewidth=1.6)
    write(ax, shown["psi_limit"].iloc[0], 0, "limit", INK, (5, -3))
    name_rows(ax, shown["column"])
    ax.set_xlabel("population stability index (0: the same distribution; orange: above its limit)")
    return with_title(ax, "Columns that differ from the reference", "x")


def performance(table, ax=None, reference: float | None = None):
    """ROC AUC by month, and below it who left: what came true beside what was expected, or promised by probabilities.

    `table`: month, roc_auc (`_low`, `_high`), observed_rate, expected_rate, and where there are estimates
    estimated_roc_auc (`_low`, `_high`), estimated_rate; `reference`: the ROC AUC at evaluation.
    """
    ax = new_axes(ax, 4.4)
    below = make_axes_locatable(ax).append_axes("bottom", size="75%", pad=0.55, sharex=ax)
    x = np.arange(len(table))
    if "estimated_roc_auc" in table:
        _line(ax, x - 0.12, table, "estimated_roc_auc", GREY, "D--")
    _line(ax, x, table, "roc_auc", BLUE, "o-")
    if reference is not None and np.isfinite(reference):
        ax.axhline(reference, color=INK, linewidth=1)
        write_beside(ax, reference, f"evaluation\n{reference:.3f}")
    if table["roc_auc"].isna().all():
        ax.annotate("not enough customers of both kinds yet", (0.5, 0.5), xycoords="axes fraction", ha="center")
        ax.set_yticks([])
    ax.set_ylabel("ROC AUC, 95% interval")
    ax.tick_params(labelbottom=False)
    expected = table["estimated_rate"].fillna(table["expected_rate"]) if "estimated_rate" in table else None
    rates = {"expected": table["expected_rate"] if expected is None else expected, "left": table["observed_rate"]}
    below.plot(
        x, rates["expected"], "D--" if "estimated_rate" in table else "D-", color=GREY, linewidth=1.2, markersize=5
    )
    below.plot(x, rates["left"], "o-", color=BLUE, linewidth=1.2)
    _ends(below, x[-1], {name: (_last(rates[name]), c) for name, c in (("expected", GREY), ("left", BLUE))})
    top = max(float(rate.max()) for rate in rates.values() if rate.notna().any())
    below.set_ylim(0, 1.15 * top)
    in_percent(below.yaxis, top)
    below.set_ylabel("customers leaving")
    below.grid(axis="x", visible=False)
    name_periods(below, table["month"])
    ax.set_xlim(-0.6, len(table) - 0.4)
    title = "Performance that came true" + (" (blue) and was promised (grey)" if "estimated_roc_auc" in table else "")
    return with_title(ax, title + ", by month" * (len(table) > 1), "y")


def _line(ax, x, table, name: str, color, style: str) -> None:
    """A line through the months with their intervals."""
    ax.vlines(x, table[f"{name}_low"], table[f"{name}_high"], color=color, alpha=0.45, linewidth=3)
    ax.plot(x, table[name], style, color=color, linewidth=1.2, markersize=5)


def _last(values) -> float:
    """The last value that is known."""
    known = values.dropna()
    return float(known.iloc[-1]) if len(known) else 0.0


def _stretch(edges, finer) -> np.ndarray:
    """What makes the bars of cut bins as tall as those of whole ones: heights are customers per whole bin."""
    return (edges[1] - edges[0]) / np.diff(finer)


def _ends(ax, x, lines: dict) -> None:
    """Each line's name at its right end; of two that end close together, one above and one below."""
    ordered = sorted(lines, key=lambda name: lines[name][0])
    for name, shift in zip(ordered, (-6, 6), strict=True):
        value, colour = lines[name]
        ax.annotate(name, (x, value), (8, shift), textcoords="offset points", va="center", color=colour, weight="bold")

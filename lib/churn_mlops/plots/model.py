"""The figures of a model: how it ranks, what it is worth, whether it is true, what it relies on."""

import numpy as np
from matplotlib.ticker import PercentFormatter
from mpl_toolkits.axes_grid1 import make_axes_locatable

from churn_mlops.plots.parts import (
    in_percent,
    in_roots,
    mark,
    name_rows,
    new_axes,
    readable,
    shorten,
    with_title,
    write,
)
from churn_mlops.plots.style import BLUE, GREY, INK, ORANGE, PALE


def candidates(table, ax=None):
    """ROC AUC of each candidate: a dot a fold, a bar at the mean. `table`: candidate, fold, roc_auc."""
    names = list(dict.fromkeys(table["candidate"]))[::-1]
    ax = new_axes(ax, 1.1 + 0.5 * len(names))
    best, edge = table.groupby("candidate")["roc_auc"].mean().idxmax(), _edge(table)
    for place, name in enumerate(names):
        values = table.loc[table["candidate"] == name, "roc_auc"].to_numpy()
        colour = BLUE if name == best else GREY
        if values.max() < edge:
            write(ax, edge, place, f"\N{LEFTWARDS ARROW} {values.mean():.3f}", colour, (4, -4))
            continue
        ax.plot(values, np.full(len(values), place), "o", color=colour, alpha=0.45, markersize=7, markeredgewidth=0)
        ax.plot([values.mean()] * 2, [place - 0.25, place + 0.25], color=colour, linewidth=3)
        ax.annotate(f"{values.mean():.3f}", (values.max(), place), (9, 0), textcoords="offset points",
                    va="center", color=readable(colour), weight="bold")  # fmt: skip
    name_rows(ax, names)
    ax.margins(x=0.1)
    ax.set_xlim(left=edge if np.isfinite(edge) else None)
    ax.set_xlabel("ROC AUC on customers not seen: a dot a fold, a bar at the mean (0.5 is chance)")
    return with_title(ax, "How well each candidate ranks customers", "x")


def _edge(table) -> float:
    """Where the axis begins: one that is far behind all others would leave these no room."""
    means = table.groupby("candidate")["roc_auc"].mean()
    others = table.loc[table["candidate"] != means.idxmin(), "roc_auc"]
    room = others.max() - others.min()
    far = len(means) > 2 and means.min() < others.min() - room
    return float(others.min() - room / 2) if far else -np.inf


def reliability(table, ax=None):
    """Churn rate beside the mean probability in each bin, with 95% intervals. `table`: `models.reliability_table`.

    Where most bins would crowd near 0, both axes show square roots: the diagonal stays one.
    """
    ax = new_axes(ax, 4.6, width=5.4)
    top = float(max(table["churn_high"].max(), table["mean_probability"].max())) * 1.04
    crowded = bool(table["mean_probability"].median() < top / 6)
    ax.plot([0, top], [0, top], color=GREY, linewidth=1, dashes=(4, 3))
    write(ax, 0.66 * top, 0.66 * top, "as predicted", GREY, (12, -12))
    ax.vlines(table["mean_probability"], table["churn_low"], table["churn_high"], color=BLUE, alpha=0.45, linewidth=3)
    ax.plot(table["mean_probability"], table["churn_rate"], "o", color=BLUE, markersize=6)
    ax.set_xlabel("predicted probability, mean of the bin" + ", on a scale of square roots" * crowded)
    ax.set_ylabel("customers who left, with 95% interval")
    for axis in (ax.xaxis, ax.yaxis):
        (in_roots if crowded else in_percent)(axis, top)
    ax.set(xlim=(0, top), ylim=(0, top), aspect="equal")
    return with_title(ax, "Are the probabilities true?", "both")


def gain(table, ax=None, measured: dict | None = None):
    """Leavers found by share of customers contacted. `table`: `models.gain_table`; `measured`: intervals of recall."""
    ax = new_axes(ax, 4.2, width=5.8)
    share, tenth = table["share"], np.interp(0.1, table["share"], table["captured"])
    ax.plot(share, table["best"], color=GREY, linewidth=1.2)
    ax.plot(share, share, color=GREY, linewidth=1.2, dashes=(4, 3))
    ax.plot(share, table["captured"], color=BLUE, linewidth=2.4)
    for top in (5, 10, 20) if measured and "recall_at_5_low" in measured else ():
        ax.vlines(top / 100, measured[f"recall_at_{top}_low"], measured[f"recall_at_{top}_high"], color=BLUE,
                  alpha=0.45, linewidth=3)  # fmt: skip
    mark(ax, 0.1, tenth, f"a tenth contacted finds {tenth:.0%}", ORANGE, (9, -5), "left")
    write(ax, 0.4, np.interp(0.4, share, table["captured"]), "model", BLUE, (8, -12))
    write(ax, 0.62, 0.62, "at random", GREY, (10, -14))
    write(ax, min(1.0, float(share[table["best"] >= 1].min())), 1, "best possible order", GREY, (6, 5))
    ax.set(xlim=(0, 1.01), ylim=(0, 1.06), xlabel="customers contacted, highest risk first", ylabel="leavers found")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    return with_title(ax, "How many leavers are found", "both")


def importance(table, ax=None, top: int = 15):
    """Drop in ROC AUC when a column is shuffled, with its interval. `table`: `models.importance_table`."""
    shown = table.head(top).iloc[::-1]
    ax = new_axes(ax, 1.2 + 0.27 * len(shown))
    places = np.arange(len(shown))
    colours = np.where(shown["importance_low"] > 0, BLUE, PALE)
    ax.barh(places, shown["importance"], color=colours, height=0.68)
    ax.hlines(places, shown["importance_low"], shown["importance_high"], color=INK, linewidth=1.2)
    name_rows(ax, shown["column"])
    ax.set_xlabel("loss of ROC AUC when the column is shuffled\n(line: 95% interval; pale: may be none)")
    return with_title(ax, "What the model relies on", "x")


def slices(table, ax=None, columns: int = 4):
    """ROC AUC by slice, and the churn rate beside what was predicted, of columns with a flag first.

    `table`: `models.slice_table`.
    """
    flags = (table["flag"] != "").groupby(table["column"], sort=False).any()
    rank = {name: place for place, name in enumerate(sorted(flags.index, key=lambda name: not flags[name]))}
    ranks = table["column"].map(rank).sort_values(kind="stable")
    shown = table.loc[ranks.index[ranks < columns]].iloc[::-1].reset_index(drop=True)
    begins = (shown["column"] != shown["column"].shift()).to_numpy()
    places = np.arange(len(shown)) + 0.9 * np.cumsum(begins)  # room above each column's slices for its name
    ax = new_axes(ax, 1.3 + 0.27 * (places[-1] - places[0]))
    right = make_axes_locatable(ax).append_axes("right", size="100%", pad=0.25, sharey=ax)
    colours = np.where(shown["flag"] == "", BLUE, ORANGE)
    ax.hlines(places, shown["roc_auc_low"], shown["roc_auc_high"], color=colours, alpha=0.45, linewidth=3)
    ax.scatter(shown["roc_auc"], places, color=colours, s=34, zorder=3)
    right.hlines(places, shown["churn_low"], shown["churn_high"], color=colours, alpha=0.45, linewidth=3)
    right.scatter(shown["churn_rate"], places, color=colours, s=34, zorder=3)
    right.scatter(shown["mean_probability"], places, facecolor="white", edgecolor=INK, s=26, zorder=4, marker="D")
    _flags(right, shown, places)
    ax.set_yticks(places, shown["slice"])
    ax.set_ylim(places[0] - 0.7, places[-1] + 1.3)
    _headings(ax, shown, places)
    right.tick_params(labelleft=False)
    in_percent(right.xaxis, shown["churn_high"].max())
    ax.set_xlabel("ROC AUC (lines: 95% intervals)")
    right.set_xlabel("who left (dot), predicted (diamond)")
    right.grid(axis="y", visible=False)
    return with_title(ax, "Results by slice", "x")


def _headings(ax, shown, places) -> None:
    """The column's name above its slices, left of the axes."""
    for name, group in shown.groupby("column", sort=False):
        ax.annotate(shorten(name), (0, places[group.index[-1]]), (-6, 11), xycoords=("axes fraction", "data"),
                    textcoords="offset points", ha="right", weight="bold", color=GREY)  # fmt: skip


def _flags(ax, shown, places) -> None:
    """What is wrong with a slice, right of its marks."""
    ends = shown[["churn_high", "mean_probability"]].max(axis=1)
    flagged = shown["flag"] != ""
    ax.set_xlim(0, ends.max() * 1.06)
    for place, end, flag in zip(places[flagged], ends[flagged], shown["flag"][flagged], strict=True):
        crowded = end > 0.5 * ends.max()  # then there is more room on the left
        ax.annotate(flag, (0.02 * ends.max() if crowded else end, place), (8, 0), textcoords="offset points",
                    va="center", color=ORANGE, weight="bold")  # fmt: skip

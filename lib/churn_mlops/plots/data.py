"""The figures of the data: who left, and which rows are learned from."""

import numpy as np
from matplotlib.ticker import PercentFormatter

from churn_mlops.plots.parts import (
    in_percent,
    in_thousands,
    name_periods,
    name_rows,
    new_axes,
    readable,
    with_title,
    write,
    write_beside,
)
from churn_mlops.plots.style import BLUE, INK, ORANGE, PALE


def outcomes(table, ax=None):
    """Churn rate by period, or one bar of who left and who stayed where the data has no time.

    `table`: period, left, stayed, rate.
    """
    if len(table) == 1:
        return _balance(table.iloc[0], ax)
    ax = new_axes(ax, 2.9)
    ax.bar(range(len(table)), table["rate"], color=BLUE, width=0.75)
    mean = table["left"].sum() / (table["left"].sum() + table["stayed"].sum())
    ax.axhline(mean, color=INK, linewidth=1)
    write_beside(ax, mean, f"mean\n{mean:.1%}")
    name_periods(ax, table["period"])
    ax.set_ylabel("customers who left")
    in_percent(ax.yaxis, table["rate"].max())
    return with_title(ax, "Customers who left, by period", "y")


def split(labels, snapshot_date: str = "", ax=None):
    """How many rows are learned from and how many are kept to judge by, by snapshot where there is time.

    `labels`: churned (0/1), split ("train", "test", "unused") and the column of snapshot dates, if one is named.
    """
    if not snapshot_date:
        return _split_bars(labels, ax)
    ax = new_axes(ax, 2.9)
    counts = labels.groupby([snapshot_date, "split"]).size().unstack(fill_value=0).sort_index()
    base = np.zeros(len(counts))
    for part, colour in _parts(counts):
        ax.bar(range(len(counts)), counts[part], bottom=base, color=colour, width=0.75)
        middle = float(np.average(np.arange(len(counts)), weights=counts[part]))
        ax.annotate(part, (middle, (base + counts[part]).max()), (0, 4), textcoords="offset points",
                    ha="center", color=readable(colour), weight="bold")  # fmt: skip
        base += counts[part].to_numpy()
    name_periods(ax, [f"{date:%Y-%m-%d}" for date in counts.index])
    ax.set_ylim(0, 1.15 * base.max())
    ax.set_ylabel("rows")
    ax.yaxis.set_major_formatter(in_thousands())
    return with_title(ax, "Rows to learn from and rows to judge by, by snapshot date", "y")


def _parts(counts):
    colours = {"train": BLUE, "unused": PALE, "test": ORANGE}
    return [(part, colour) for part, colour in colours.items() if part in counts]


def _balance(row, ax):
    ax = new_axes(ax, 1.5)
    total = row["left"] + row["stayed"]
    for start, name, colour in ((0, "left", ORANGE), (row["left"], "stayed", PALE)):
        share = row[name] / total
        ax.barh([0], [share], left=[start / total], color=colour, height=0.6)
        write(ax, start / total, 0.3, f"{name}: {row[name]:,} ({share:.1%})", colour, (2, 5))
    ax.set(yticks=[], xlim=(0, 1), ylim=(-0.4, 0.75))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("customers")
    return with_title(ax, "Who left and who stayed", "x")


def _split_bars(labels, ax):
    grouped = labels.groupby("split")["churned"].agg(["size", "mean"])
    parts = _parts(grouped.index)[::-1]
    ax = new_axes(ax, 1.0 + 0.4 * len(parts))
    for place, (part, colour) in enumerate(parts):
        rows, rate = grouped.loc[part]
        ax.barh([place], [rows], color=colour, height=0.62)
        write(ax, rows, place, f"{rows:,.0f}, {rate:.1%} left", readable(colour), (6, -3))
    name_rows(ax, [part for part, _ in parts])
    ax.margins(x=0.22)
    ax.xaxis.set_major_formatter(in_thousands())
    ax.set_xlabel("customers")
    return with_title(ax, "Customers to learn from and customers to judge by", "x")

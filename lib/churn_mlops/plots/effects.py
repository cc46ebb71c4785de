"""The figures of why a model says what it says: effects of columns, and one customer's score."""

from textwrap import fill

import numpy as np
from matplotlib import pyplot as plt

from churn_mlops.plots.parts import new_axes, shorten, with_title
from churn_mlops.plots.style import BLUE, FALLEN, GREY, INK, ORANGE, WIDTH

ACROSS = 2  # panels beside each other


def effects(table, top: int = 6):
    """What the strongest columns add to the log-odds along their values, a panel each, on one scale.

    `table`: `models.effects_table`. Orange bands raise the risk, blue ones lower it; returns the first panel's axes.
    """
    names = list(dict.fromkeys(table["column"]))[:top]
    table = table[table["column"].isin(names)]
    axes = _panels(len(names), int(table.groupby("column").size().max()))
    low, high = min(table["effect_low"].min(), 0), max(table["effect_high"].max(), 0)
    margin = 0.05 * (high - low) or 1
    for ax, name in zip(axes, names, strict=False):
        _effect(ax, table[table["column"] == name])
        ax.set_xlim(low - margin, high + margin)
    for ax in axes[len(names) :]:
        ax.remove()
    return axes[0]


def breakdown(table, ax=None):
    """One customer from the average to the score, a bar a column. `table`: `models.explaining.breakdown`."""
    ends = table["log_odds"].to_numpy()
    moved, starts = np.diff(ends), ends[:-1]
    places = np.arange(len(table), 0, -1)
    ax = new_axes(ax, 1.2 + 0.42 * (len(table) + 1))
    colours = np.where(moved > 0, ORANGE, BLUE)
    ax.barh(places[1:], moved, left=starts, color=colours, height=0.62)
    ax.vlines(ends[:-1], places[1:] - 0.31, places[:-1] + 0.31, color=GREY, linewidth=1)
    for place, end, move, colour in zip(places[1:], ends[1:], moved, colours, strict=True):
        _beside(ax, end, place, f"{move:+.2f}".replace("-", FALLEN), colour, right=move > 0)
    for place, row in ((places[0], 0), (0, -1)):
        ax.plot([ends[row]], [place], "o", color=INK, markersize=8)
        _beside(ax, ends[row], place, f"{table['probability'].iloc[row]:.1%}", INK, right=True)
    ax.set_yticks([*places, 0], [*(_literal(fill(what, 34), 68) for what in table["what"]), "this customer"])
    ax.set(ylim=(-0.6, len(table) + 0.6), xlabel="log-odds of leaving (at the dots: probability)")
    ax.use_sticky_edges = False  # so that there is room for the numbers
    ax.margins(x=0.14)
    return with_title(ax, "From the average customer to this one", "x")


def _beside(ax, x, y, text, colour, right: bool) -> None:
    ax.annotate(text, (x, y), (8 if right else -8, 0), textcoords="offset points", va="center", weight="bold",
                ha="left" if right else "right", color=colour)  # fmt: skip


def _panels(count: int, most: int) -> np.ndarray:
    """Axes for so many panels, each high enough for so many bands."""
    down = -(-count // ACROSS)
    return plt.subplots(down, ACROSS, figsize=(WIDTH, down * (0.9 + 0.2 * most)), squeeze=False)[1].ravel()


def _effect(ax, part) -> None:
    """A column's bands from top to bottom: a dot at the mean, a line over most rows, the size by its rows."""
    part = part.iloc[::-1]
    places, colours = np.arange(len(part)), np.where(part["effect"] > 0, ORANGE, BLUE)
    ax.axvline(0, color=GREY, linewidth=1)
    ax.hlines(places, part["effect_low"], part["effect_high"], color=colours, alpha=0.45, linewidth=3)
    sizes = 12 + 60 * np.sqrt(part["rows"] / part["rows"].sum())
    ax.scatter(part["effect"], places, color=colours, s=sizes, zorder=3)
    ax.set_yticks(places, [_literal(band, 22) for band in part["band"]])
    ax.set_ylim(-0.6, len(part) - 0.4)
    ax.set_xlabel("part of the log-odds")
    with_title(ax, _literal(part["label"].iloc[0], 30), "x").set_title(ax.get_title(loc="left"), fontsize=9.5)


def _literal(text, most: int) -> str:
    """A name that is data: no sign in it is taken for mathematics."""
    return shorten(str(text), most).replace("$", r"\$")

"""The figures of why a model says what it says: effects of columns, and one customer's score."""

import numpy as np
from matplotlib import pyplot as plt

from churn_mlops.plots.parts import name_rows, new_axes, readable, shorten, with_title
from churn_mlops.plots.style import BLUE, FALLEN, GREY, INK, ORANGE, WIDTH

ACROSS = 2  # panels beside each other


def effects(table, axes=None, top: int = 6):
    """What the strongest columns add to the log-odds along their values, a panel each, on one scale.

    `table`: `models.effects_table`. Orange bands raise the risk, blue ones lower it; returns the panels' axes.
    """
    names = list(dict.fromkeys(table["column"]))[:top]
    axes = _panels(len(names), table) if axes is None else np.ravel(axes)
    parts = [table[table["column"] == name] for name in names]
    for ax, part in zip(axes, parts, strict=False):
        _effect(ax, part)
    for ax in axes[len(names) :]:
        ax.set_visible(False)
    low, high = table["effect_low"].min(), table["effect_high"].max()
    margin = 0.05 * (high - low) or 1
    for ax in axes[: len(names)]:
        ax.set_xlim(min(low, 0) - margin, max(high, 0) + margin)
    return axes


def breakdown(table, ax=None):
    """One customer from the average to the score, a bar a column. `table`: `models.explaining.breakdown`."""
    ends = table["log_odds"].to_numpy()
    starts = np.concatenate([[ends[0]], ends[:-1]])
    last = len(table)
    ax = new_axes(ax, 1.2 + 0.34 * (last + 1))
    places = np.arange(last, 0, -1)
    moved = ends - starts
    ax.barh(places, moved, left=starts, color=np.where(moved > 0, ORANGE, BLUE), height=0.62)
    ax.vlines(ends[:-1], places[1:] - 0.31, places[:-1] + 0.31, color=GREY, linewidth=1)
    ax.plot([ends[0], ends[-1]], [last, 0], "o", color=INK, markersize=8)
    for place, end, start, move in zip(places[1:], ends[1:], starts[1:], moved[1:], strict=True):
        right = move > 0
        ax.annotate(_signed(move), (end, place), (5 if right else -5, 0), textcoords="offset points", va="center",
                    ha="left" if right else "right", color=readable(ORANGE if right else BLUE), weight="bold")  # fmt: skip
    for place, row in ((last, 0), (0, -1)):
        ax.annotate(f"{table['probability'].iloc[row]:.1%}", (ends[row], place), (8, 0), textcoords="offset points",
                    va="center", weight="bold")  # fmt: skip
    name_rows(ax, [])
    ax.set_yticks([*places, 0], [*(_literal(what, 60) for what in table["what"]), "this customer"])
    ax.set_ylim(-0.6, last + 0.6)
    ax.margins(x=0.14)
    ax.set_xlabel("log-odds of leaving (beside the dots: the probability)")
    return with_title(ax, "From the average customer to this one", "x")


def _panels(count: int, table) -> np.ndarray:
    down = -(-count // ACROSS)
    most = int(table.groupby("column").size().max())
    size = (WIDTH, max(1, down) * (0.9 + 0.2 * most))
    return plt.subplots(max(1, down), ACROSS, figsize=size, squeeze=False)[1].ravel()


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
    with_title(ax, _literal(part["label"].iloc[0], 40), "x")
    ax.title.set_size(9.5)
    ax._left_title.set_size(9.5)


def _literal(text, most: int) -> str:
    """A name that is data: no sign in it is taken for mathematics."""
    return shorten(str(text), most).replace("$", r"\$")


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", FALLEN)

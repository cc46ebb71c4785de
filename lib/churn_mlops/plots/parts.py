"""What the figures are put together from: axes, ticks, words and marks."""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, PercentFormatter

from churn_mlops.plots.style import FALLEN, GREY, PALE, WIDTH

ROUND = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1)  # shares that are read at a glance


def new_axes(ax, height: float, width: float = WIDTH):
    """The axes given, or those of a new figure, in inches."""
    return plt.subplots(figsize=(width, height))[1] if ax is None else ax


def with_title(ax, title: str, grid: str):
    """The axes with their title at the left edge and the grid in one direction."""
    ax.set_title(title)
    if grid != "both":
        ax.grid(axis="x" if grid == "y" else "y", visible=False)
    return ax


def name_rows(ax, names) -> None:
    """Names of bars or dots along the y axis, the first at the bottom."""
    ax.set_yticks(range(len(names)), [shorten(name) for name in names])
    ax.set_ylim(-0.6, len(names) - 0.4)


def shorten(name, most: int = 32) -> str:
    """A name that fits beside the axes."""
    return name if len(str(name)) <= most else f"{str(name)[: most - 1]}…"


def name_periods(ax, names) -> None:
    """Names of periods along the x axis, as many as fit."""
    names = list(names)
    fits = max(1, int(72 // (2 + max(len(str(name)) for name in names))))
    kept = range((len(names) - 1) % -(-len(names) // fits), len(names), -(-len(names) // fits))
    ax.set_xticks(list(kept), [names[i] for i in kept])
    ax.grid(axis="x", visible=False)


def in_percent(axis, top: float) -> None:
    """Shares as percentages, with a decimal where they are small; `top` is the largest."""
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.06 else 1))


def in_roots(axis, top: float) -> None:
    """Shares as percentages on a scale of square roots, which gives small ones room."""
    set_scale = getattr(axis.axes, f"set_{axis.axis_name}scale")
    set_scale("function", functions=(lambda share: np.sqrt(np.maximum(share, 0)), np.square))
    shown = [0.0]
    for share in ROUND:
        if share <= top and share**0.5 - shown[-1] ** 0.5 > 0.12 * top**0.5:
            shown.append(share)
    axis.set_major_locator(FixedLocator(shown))
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}%"))


def in_thousands():
    """Whole numbers with separators."""
    return FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", FALLEN))


def as_money(value: float, currency: str) -> str:
    """An amount as it stands in a figure."""
    return f"{value:,.0f} {currency}".replace("-", FALLEN)


def readable(colour: str) -> str:
    """Pale is for areas; words need a colour that can be read."""
    return GREY if colour == PALE else colour


def write(ax, x, y, text, colour, offset, align="left") -> None:
    """Words beside a point, on white so that no line runs through them."""
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    ax.annotate(text, (x, y), offset, textcoords="offset points", color=readable(colour), ha=align, weight="bold",
                bbox=behind)  # fmt: skip


def mark(ax, x, y, text, colour, offset, align) -> None:
    """A dot with words beside it."""
    ax.plot([x], [y], "o", color=colour, markersize=8, markeredgecolor="white", zorder=5, clip_on=False)
    write(ax, x, y, text, colour, offset, align)


def write_beside(ax, y, text) -> None:
    """A word on a horizontal line, right of the axes."""
    ax.annotate(text, (1, y), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center")

"""A strip a policy: which champion served when, when it trained, and which alerts opened."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.lines import Line2D

from churn_mlops.plots.parts import shorten
from churn_mlops.plots.style import BLUE, GREY, INK, ORANGE

SHADES = (0.16, 0.34)  # of champions in turn
SIGNS = {  # words -> marker, its face, its edge, and how far above the middle of the strip it stands
    "trained, promoted": ("o", BLUE, BLUE, -0.13),
    "trained, not promoted": ("o", "white", BLUE, -0.13),
    "alert": ("v", ORANGE, ORANGE, 0.2),
    "false alarm": ("v", "white", ORANGE, 0.2),
}


def draw_strips(ax, months: Sequence[str], strips: Mapping[str, Sequence[dict]], chosen: str) -> None:
    """Draw the strips, the first on top; a month has champion, trained, promoted, alarms and false_alarms."""
    names = list(strips)
    edges = np.array([*months, _month_after(months[-1])], dtype="datetime64[D]")
    middles = edges[:-1] + np.diff(edges) // 2
    for place, name in enumerate(reversed(names)):
        _champions(ax, place, edges, strips[name])
        for sign, x in _signs(middles, strips[name]):
            marker, face, edge, height = SIGNS[sign]
            ax.plot([x], [place + height], marker, color=edge, markerfacecolor=face, markersize=6, zorder=4)
    ax.set_yticks(range(len(names)), [shorten(name, 18) for name in reversed(names)])
    for label, name in zip(ax.get_yticklabels(), reversed(names), strict=True):
        colour, weight = (BLUE, "bold") if name == chosen else (INK, "normal")
        label.set(color=colour, weight=weight, parse_math=False)
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_xlabel("each change of shade is another champion")
    _explain(ax)


def _champions(ax, place: int, edges: np.ndarray, months: Sequence[dict]) -> None:
    """A bar for the months of each champion, in turn pale and less pale."""
    begin, turn = 0, 0
    for n in range(1, len(months) + 1):
        if n == len(months) or months[n]["champion"] != months[begin]["champion"]:
            width = edges[n] - edges[begin]
            ax.barh(place, width, left=edges[begin], height=0.74, color=BLUE, alpha=SHADES[turn % 2], linewidth=0)
            begin, turn = n, turn + 1


def _signs(middles: np.ndarray, months: Sequence[dict]):
    """What happened in each month, as the words of SIGNS, and where."""
    for x, month in zip(middles, months, strict=True):
        if month["trained"]:
            yield ("trained, promoted" if month["promoted"] else "trained, not promoted"), x
        if month["false_alarms"]:
            yield "false alarm", x
        elif month["alarms"]:
            yield "alert", x


def _explain(ax) -> None:
    """The signs and their words, below."""
    handles = [
        Line2D([], [], marker=marker, linestyle="", color=edge, markerfacecolor=face, label=words)
        for words, (marker, face, edge, _) in SIGNS.items()
    ]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, -0.2), ncols=4, frameon=False, labelcolor=GREY,
              handletextpad=0.1, columnspacing=1.2, borderaxespad=0)  # fmt: skip


def _month_after(day: str) -> str:
    return str(np.datetime64(day, "M") + 1)

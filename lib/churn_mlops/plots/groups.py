"""The figure of the groups of sensitive columns."""

import numpy as np

from churn_mlops.plots.parts import new_axes, shorten, with_title
from churn_mlops.plots.style import BLUE, GREY, ORANGE

PANELS = {
    "selection_rate": "of all contacted",
    "true_positive_rate": "of leavers contacted",
    "false_positive_rate": "of stayers contacted",
}


def groups(table, limit: float = 0.2, ax=None):
    """Rates of each group with 95% intervals, side by side; a gap surely wider than `limit` stands out.

    `table`: `models.group_table`; empty where no column is sensitive.
    """
    from mpl_toolkits.axes_grid1 import make_axes_locatable

    shown = table.iloc[::-1].reset_index(drop=True)
    places = np.arange(len(shown)) + 0.9 * np.cumsum((shown["column"] != shown["column"].shift()).to_numpy())
    ax = new_axes(ax, 1.5 + 0.3 * (places[-1] - places[0] if len(shown) else 0))
    divider, panels = make_axes_locatable(ax), [ax]
    panels += [divider.append_axes("right", size="100%", pad=0.3, sharey=ax) for _ in list(PANELS)[1:]]
    for panel, (rate, words) in zip(panels, PANELS.items(), strict=True):
        _panel(panel, shown, places, rate, limit)
        panel.set_xlabel(words)
    ax.set_yticks(places, [shorten(name, 18) for name in shown["group"]])
    _headings(ax, shown, places)
    for panel in panels[1:]:
        panel.tick_params(labelleft=False)
        panel.grid(axis="y", visible=False)
    return with_title(ax, "Are groups treated alike?" if len(shown) else "No column is marked as sensitive", "x")


def _panel(ax, shown, places, rate: str, limit: float) -> None:
    wide = (shown[f"{rate}_gap_sure"] > limit).to_numpy(bool) & (rate != "selection_rate")
    colours = np.where(wide, ORANGE, BLUE)
    ax.hlines(places, shown[f"{rate}_low"], shown[f"{rate}_high"], color=colours, alpha=0.45, linewidth=3)
    ax.scatter(shown[rate], places, color=colours, s=34, zorder=3)
    ax.set_xlim(-0.04, 1.04)
    ax.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    if len(places):
        ax.set_ylim(places[0] - 0.7, places[-1] + 1.3)


def _headings(ax, shown, places) -> None:
    """The column's name above its groups, left of the axes."""
    for name, group in shown.groupby("column", sort=False):
        ax.annotate(shorten(name, 18), (0, places[group.index[-1]]), (-6, 11), xycoords=("axes fraction", "data"),
                    textcoords="offset points", ha="right", weight="bold", color=GREY)  # fmt: skip

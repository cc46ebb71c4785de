"""The figure of a search: what was tried, and what it brought."""

import numpy as np

from churn_mlops.plots.parts import new_axes, shorten, with_title, write
from churn_mlops.plots.style import BLUE, GREY

MARKS = "os^Dv<>ph"
REACH = 4.0  # how far down the figure goes, in distances from the best trial to the middle one


def trials(table, ax=None):
    """ROC AUC of each trial in the order tried, a mark a family, and the best so far. `table`: as `Search.trials`.

    What lies too far below the others to matter stands at the lower edge.
    """
    ax = new_axes(ax, 3.8)
    done = table[table["state"] != "failed"]
    families = list(dict.fromkeys(done["family"]))
    complete = done[done["state"] == "complete"]
    best = complete.loc[complete["roc_auc"].idxmax()]
    bottom = _bottom(complete["roc_auc"], best["roc_auc"])
    for mark, name in zip(MARKS * len(families), families, strict=False):
        _dots(ax, done[done["family"] == name], mark, BLUE if name == best["family"] else GREY, name, bottom)
    ax.step(table["number"], table["best_so_far"], where="post", color=BLUE, linewidth=1.2, zorder=1)
    write(ax, best["number"], best["roc_auc"], f"{best['roc_auc']:.4f}", BLUE, (0, 9), "center")
    room = done["roc_auc"].max() - bottom  # one given up may lie above the best: its fold was an easy one
    ax.set_ylim(bottom - 0.06 * room, bottom + 1.22 * room)
    ax.set_xlabel("trial, in the order tried (hollow: given up after a fold or two; line: the best so far)")
    ax.set_ylabel("ROC AUC on customers not seen")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, handletextpad=0.2)
    return with_title(ax, "What the search tried", "y")


def _bottom(values, best) -> float:
    """The lower edge: all trials, or those that are near enough to the best to be told apart."""
    middle = best - float(np.median(values))
    lowest = float(values.min())
    return min(best - 1e-3, max(lowest, best - REACH * middle) if middle else lowest)


def _dots(ax, some, mark, colour, name, bottom) -> None:
    hollow = (some["state"] != "complete").to_numpy()
    height = some["roc_auc"].clip(lower=bottom)
    faces = np.where(hollow, "white", colour)
    ax.scatter(some["number"], height, marker=mark, s=34, facecolors=faces, edgecolors=colour, linewidths=1.2, zorder=3)
    ax.scatter([], [], marker=mark, s=34, color=colour, label=shorten(name, 18))

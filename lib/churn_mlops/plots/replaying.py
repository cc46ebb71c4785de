"""The figures of a replay: what each policy earned, and what happened month by month, all along one axis of time."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from churn_mlops.plots.parts import in_thousands, shorten
from churn_mlops.plots.strips import draw_strips
from churn_mlops.plots.style import BLUE, GREY, INK, ORANGE, STYLE

WIDE = 9.4  # inches
OTHERS = ("#009E73", "#CC79A7", "#B07C00", "#6B4FA0", "#8C564B", "#4E7F8C")  # told apart also by colour-blind readers
NEVER = "never"
_FAR = 5  # limits


@dataclass(frozen=True)
class Track:
    """A policy as it is drawn: values by month, NaN where not known."""

    name: str
    profit: np.ndarray  # earned up to each month
    more: np.ndarray  # of that, more than by never training
    ends: dict[str, tuple[float, float]]  # intervals of the last of both
    drift: np.ndarray  # 1 is the limit
    roc_auc: np.ndarray
    strip: Sequence[dict]  # what happened in each month: champion, trained, promoted, alarms, false_alarms


def money(months, tracks: Sequence[Track], changes: Sequence[dict], chosen: str, currency: str) -> str:
    """Two panels as SVG: what had been earned by each month, and how much more than by never training."""
    figure, (above, below) = _panels(["Profit so far", "More than by never training"], [1, 1.35], 7.6)
    for ax, values in ((above, "profit"), (below, "more")):
        _draw_lines(ax, months, tracks, values, chosen, ends=True)
        _mark_changes(ax, changes, months, named=ax is above)
        ax.yaxis.set_major_formatter(in_thousands())
        ax.set_ylabel(f"{currency}, 95% interval at the end", parse_math=False)
    return _svg(figure, {above: "profit", below: "more"}, tracks, chosen)


def course(months, tracks: Sequence[Track], changes: Sequence[dict], chosen: str) -> str:
    """Three panels as SVG: drift against its limit, how well the champion ranked, and each policy's months."""
    titles = (
        "Drift of the column that moved most",
        "How well the champion ranked its customers",
        "Champions, trainings and alerts",
    )
    figure, (drift, ranked, strips) = _panels(titles, [1, 1, 0.25 + 0.27 * len(tracks)], 6 + 0.4 * len(tracks))
    _draw_lines(drift, months, tracks, "drift", chosen)
    _draw_limit(drift, tracks)
    _draw_lines(ranked, months, tracks, "roc_auc", chosen)
    ranked.set_ylabel("ROC AUC")
    draw_strips(strips, months, {track.name: track.strip for track in tracks}, chosen)
    for ax in (drift, ranked, strips):
        _mark_changes(ax, changes, months, named=ax is drift)
    strips.grid(visible=False)
    return _svg(figure, {drift: "drift", ranked: "roc_auc"}, tracks, chosen)


def _panels(titles: Sequence[str], heights: Sequence[float], height: float):
    """A figure with panels that share the axis of time; above the first there is room for the names of changes."""
    with plt.rc_context(STYLE):
        figure = Figure(figsize=(WIDE, height), layout="constrained")
        panels = figure.subplots(len(heights), 1, sharex=True, gridspec_kw={"height_ratios": heights})
        for place, (ax, title) in enumerate(zip(panels, titles, strict=True)):
            ax.set_title(title, pad=12 if place else 40)
            ax.grid(axis="x", visible=False)
        return figure, panels


def _draw_lines(ax, months, tracks: Sequence[Track], values: str, chosen: str, ends: bool = False) -> None:
    """A line a policy; the chosen one in front, what all are held against dashed."""
    x = _days(months)
    for place, track in enumerate(tracks):
        y = getattr(track, values)
        known = np.isfinite(y)
        if not known.any():
            continue
        colour, width, style = colour_of(track.name, tracks, chosen)
        front = 4 if track.name == chosen else 3
        ax.plot(x[known], y[known], style, color=colour, linewidth=width, zorder=front)
        if ends and values in track.ends:
            at = x[known][-1] + np.timedelta64(5 + 5 * place, "D")
            ax.vlines([at], *([end] for end in track.ends[values]), color=colour, alpha=0.5, linewidth=3)
    ax.set_xlim(x[0] - np.timedelta64(6, "D"), x[-1] + np.timedelta64(36, "D"))
    ax.margins(y=0.08)


def colour_of(name: str, tracks: Sequence[Track], chosen: str) -> tuple[str, float, str]:
    """Colour, width and style of a policy's line."""
    if name == chosen:
        return BLUE, 2.6, "-"
    if name == NEVER:
        return INK, 1.6, "--"
    others = [track.name for track in tracks if track.name not in (chosen, NEVER)]
    place = others.index(name)
    return OTHERS[place % len(OTHERS)], 1.3, "-" if place < len(OTHERS) else ":"


def _name_ends(ax, tracks: Sequence[Track], values: str, chosen: str) -> None:
    """The names right of the axes, beside their lines' ends and pushed apart where these are close."""
    ends = {track.name: known[-1] for track in tracks if len(known := _known(getattr(track, values)))}
    names = sorted(ends, key=ends.get)
    low, high = ax.transData.transform([(0, end) for end in ax.get_ylim()])[:, 1]
    heights = [(ax.transData.transform((0, ends[name]))[1] - low) / (high - low) for name in names]
    step = 12.5 / ((high - low) * 72 / ax.figure.dpi)
    for name, place in zip(names, spread(heights, step), strict=True):
        ax.annotate(shorten(name, 18), (1, place), (6, 0), xycoords="axes fraction", textcoords="offset points",
                    va="center", color=colour_of(name, tracks, chosen)[0], weight="bold", annotation_clip=False,
                    parse_math=False)  # fmt: skip


def _known(values: np.ndarray) -> np.ndarray:
    return values[np.isfinite(values)]


def spread(wanted: Sequence[float], step: float) -> list[float]:
    """Places in ascending order, at least `step` apart, as near to those wanted as they can be, none above 1."""
    groups = []
    for place in wanted:
        groups.append([place, 1])  # middle of a group, members
        while len(groups) > 1 and groups[-1][0] - groups[-2][0] < step * (groups[-1][1] + groups[-2][1]) / 2:
            (second, m), (first, n) = groups.pop(), groups.pop()
            groups.append([(first * n + second * m) / (n + m), n + m])
    placed = [middle + step * (i - (members - 1) / 2) for middle, members in groups for i in range(members)]
    beyond = max(0.0, placed[-1] - 1) if placed else 0.0
    return [place - beyond for place in placed]


def _draw_limit(ax, tracks: Sequence[Track]) -> None:
    """The limit of drift, on a scale that is squeezed above it where something lies far above."""
    seen = np.concatenate([[1.0], *(_known(track.drift) for track in tracks)])
    ax.axhline(1, color=ORANGE, linewidth=1.4, zorder=2)
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    ax.annotate("limit", (1, 1), (-4, 4), xycoords=("axes fraction", "data"), textcoords="offset points", color=ORANGE,
                weight="bold", ha="right", bbox=behind)  # fmt: skip
    steps = (0, 0.5, 1, 2, 3, 4, 5)
    if seen.max() > _FAR:
        ax.set_yscale("symlog", linthresh=1)
        steps = (0, 1, 10, 100, 1000)
    ax.set_ylim(0, 1.3 * float(seen.max()))
    ax.set_yticks([step for step in steps if step <= 1.3 * float(seen.max())])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}\N{MULTIPLICATION SIGN}"))
    ax.set_ylabel("PSI, in limits")


def _mark_changes(ax, changes: Sequence[dict], months, named: bool) -> None:
    """A line where each change begins: solid where customers change, dashed for a feed, dotted for what is none."""
    x, row, before = _days(months), 0, None
    for change in sorted(changes, key=lambda c: c["month"]):
        day = np.datetime64(change["month"], "D")
        if not x[0] <= day <= x[-1]:
            continue
        style = "--" if change.get("kind") == "feed" else "-" if change["real"] else ":"
        colour = ORANGE if change["real"] else GREY
        ax.axvline(day, color=colour, linestyle=style, linewidth=1.1, zorder=1.5)
        if named:
            near = before is not None and day - before < 0.16 * (x[-1] - x[0])
            row, before = (row + 1) % 3 if near else 0, day
            ax.annotate(shorten(change["what"], 22), (day, 1), (0, 2 + 11 * row), xycoords=("data", "axes fraction"),
                        textcoords="offset points", color=colour, fontsize=8.5, parse_math=False)  # fmt: skip


def _days(months) -> np.ndarray:
    return np.array(list(months), dtype="datetime64[D]")


def _svg(figure, named: dict, tracks: Sequence[Track], chosen: str) -> str:
    """The figure as SVG without a date: equal data, equal bytes. Lines are named once it is known where they end."""
    with plt.rc_context(STYLE):
        locator = AutoDateLocator(minticks=3, maxticks=10)
        figure.axes[-1].xaxis.set_major_locator(locator)
        figure.axes[-1].xaxis.set_major_formatter(ConciseDateFormatter(locator))
        figure.get_layout_engine().set(rect=(0, 0, 0.87, 1))  # the names stand right of it
        figure.draw_without_rendering()
        for ax, values in named.items():
            _name_ends(ax, tracks, values, chosen)
        figure.get_layout_engine().set(rect=(0, 0, 0.87, 1))
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

"""The figures: each takes its table and, if wanted, the axes to draw on, and returns the axes.

The only module that imports a plotting library. Colours are those of Okabe and Ito (2008), told apart by
colour-blind readers: blue is the model, orange what needs attention, grey what it is compared with.
"""

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter
from mpl_toolkits.axes_grid1 import make_axes_locatable

BLUE, ORANGE, GREY, INK, PALE = "#0072B2", "#D55E00", "#7A828C", "#23272E", "#E4E7EB"
WIDTH = 7.2  # inches; what a report's column shows at full size
STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": GREY,
    "axes.labelsize": 9.5,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.constrained_layout.use": True,
    "figure.dpi": 96,
    "font.size": 9.5,
    "grid.color": PALE,
    "grid.linewidth": 0.8,
    "lines.linewidth": 2,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",  # letters as shapes: the same look where the font is missing
    "svg.hashsalt": "churn-mlops",  # the same names within the file each time
    "text.color": INK,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
    "ytick.major.size": 0,
}
FALLEN = "\N{MINUS SIGN}"


def use_style() -> None:
    """Set the house style; in a notebook also SVG figures, without a date, so that equal data is equal bytes."""
    plt.rcParams.update(STYLE)
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return
    if get_ipython() is not None:
        set_matplotlib_formats("svg", metadata={"Date": None})


def outcomes(table, ax=None):
    """Churn rate by period, or one bar of who left and who stayed where the data has no time.

    `table`: period, left, stayed, rate.
    """
    if len(table) == 1:
        return _balance(table.iloc[0], ax)
    ax = _axes(ax, 2.9)
    ax.bar(range(len(table)), table["rate"], color=BLUE, width=0.75)
    mean = table["left"].sum() / (table["left"].sum() + table["stayed"].sum())
    ax.axhline(mean, color=INK, linewidth=1)
    _beside(ax, mean, f"mean\n{mean:.1%}")
    _periods(ax, table["period"])
    ax.set_ylabel("customers who left")
    _percent(ax.yaxis, table["rate"].max())
    return _titled(ax, "Customers who left, by period", "y")


def split(labels, snapshot_date: str = "", ax=None):
    """How many rows are learned from and how many are kept to judge by, by snapshot where there is time.

    `labels`: churned (0/1), split ("train", "test", "unused") and the column of snapshot dates, if one is named.
    """
    if not snapshot_date:
        return _split_bars(labels, ax)
    ax = _axes(ax, 2.9)
    counts = labels.groupby([snapshot_date, "split"]).size().unstack(fill_value=0).sort_index()
    base = np.zeros(len(counts))
    for part, colour in _parts(counts):
        ax.bar(range(len(counts)), counts[part], bottom=base, color=colour, width=0.75)
        middle = float(np.average(np.arange(len(counts)), weights=counts[part]))
        ax.annotate(part, (middle, (base + counts[part]).max()), (0, 4), textcoords="offset points",
                    ha="center", color=_text(colour), weight="bold")  # fmt: skip
        base += counts[part].to_numpy()
    _periods(ax, [f"{date:%Y-%m-%d}" for date in counts.index])
    ax.margins(y=0.15)
    ax.set_ylabel("rows")
    ax.yaxis.set_major_formatter(_thousands())
    return _titled(ax, "Rows to learn from and rows to judge by, by snapshot date", "y")


def candidates(table, ax=None):
    """ROC AUC of each candidate: a dot a fold, a bar at the mean. `table`: candidate, fold, roc_auc."""
    names = list(dict.fromkeys(table["candidate"]))[::-1]
    ax = _axes(ax, 1.1 + 0.5 * len(names))
    best = table.groupby("candidate")["roc_auc"].mean().idxmax()
    for place, name in enumerate(names):
        values = table.loc[table["candidate"] == name, "roc_auc"].to_numpy()
        colour = BLUE if name == best else GREY
        ax.plot(values, np.full(len(values), place), "o", color=colour, alpha=0.45, markersize=7, markeredgewidth=0)
        ax.plot([values.mean()] * 2, [place - 0.25, place + 0.25], color=colour, linewidth=3)
        ax.annotate(f"{values.mean():.3f}", (values.max(), place), (9, 0), textcoords="offset points",
                    va="center", color=_text(colour), weight="bold")  # fmt: skip
    _rows(ax, names)
    ax.margins(x=0.1)
    ax.set_xlabel("ROC AUC on customers not seen: a dot a fold, a bar at the mean (0.5 is chance)")
    return _titled(ax, "How well each candidate ranks customers", "x")


def profit(curve, threshold, currency: str = "EUR", ax=None):
    """Profit by share of customers contacted, the chosen threshold and both baselines marked.

    `curve`: `models.profit_curve`; `threshold`: a number or what `models.choose_threshold` gives.
    """
    ax = _axes(ax, 3.6)
    value = getattr(threshold, "value", threshold)
    chosen = curve[curve["threshold"] >= value].iloc[-1]
    last = curve.iloc[-1]
    ax.axhline(0, color=GREY, linewidth=1)
    drawn = curve.iloc[np.unique(np.searchsorted(curve["share"], np.linspace(0, 1, 401) - 1e-12))]
    ax.plot(drawn["share"], drawn["profit"], color=BLUE)
    _mark(ax, 0, 0, "contact nobody: 0", GREY, (6, -15), "left")
    _mark(ax, 1, last["profit"], f"contact everybody: {_money(last['profit'], currency)}", GREY, (4, -17), "right")
    label = f"contact at {value:.1%} or more: {_money(chosen['profit'], currency)}"
    place = "left" if chosen["share"] < 0.5 else "right"
    _mark(ax, chosen["share"], chosen["profit"], label, ORANGE, (0, 11), place)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.yaxis.set_major_formatter(_thousands())
    ax.margins(x=0.03, y=0.16)
    ax.set_xlabel("customers contacted, highest risk first")
    ax.set_ylabel(f"expected profit, {currency}")
    return _titled(ax, "Profit of contacting customers", "y")


def reliability(table, ax=None):
    """Churn rate beside the mean probability in each bin, with 95% intervals. `table`: `models.reliability_table`."""
    ax = _axes(ax, 4.6, width=5.4)
    top = float(max(table["churn_high"].max(), table["mean_probability"].max())) * 1.04
    ax.plot([0, top], [0, top], color=GREY, linewidth=1, dashes=(4, 3))
    _label(ax, 0.66 * top, 0.66 * top, "as predicted", GREY, (12, -12))
    ax.vlines(table["mean_probability"], table["churn_low"], table["churn_high"], color=BLUE, alpha=0.45, linewidth=3)
    ax.plot(table["mean_probability"], table["churn_rate"], "o", color=BLUE, markersize=6)
    ax.set(xlim=(0, top), ylim=(0, top), aspect="equal", xlabel="predicted probability, mean of the bin")
    ax.set_ylabel("customers who left, with 95% interval")
    for axis in (ax.xaxis, ax.yaxis):
        _percent(axis, top)
    return _titled(ax, "Are the probabilities true?", "both")


def gain(table, ax=None):
    """Leavers found by share of customers contacted. `table`: `models.gain_table`."""
    ax = _axes(ax, 4.2, width=5.8)
    share, tenth = table["share"], np.interp(0.1, table["share"], table["captured"])
    ax.plot(share, table["best"], color=GREY, linewidth=1.2)
    ax.plot(share, share, color=GREY, linewidth=1.2, dashes=(4, 3))
    ax.plot(share, table["captured"], color=BLUE, linewidth=2.4)
    _mark(ax, 0.1, tenth, f"a tenth contacted finds {tenth:.0%}", ORANGE, (9, -5), "left")
    _label(ax, 0.4, np.interp(0.4, share, table["captured"]), "model", BLUE, (8, -12))
    _label(ax, 0.62, 0.62, "at random", GREY, (10, -14))
    _label(ax, min(1.0, float(share[table["best"] >= 1].min())), 1, "best possible order", GREY, (6, 5))
    ax.set(xlim=(0, 1.01), ylim=(0, 1.06), xlabel="customers contacted, highest risk first", ylabel="leavers found")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
    return _titled(ax, "How many leavers are found", "both")


def importance(table, ax=None, top: int = 15):
    """Drop in ROC AUC when a column is shuffled, with its standard deviation. `table`: column, importance, sd."""
    shown = table.head(top).iloc[::-1]
    ax = _axes(ax, 1.2 + 0.27 * len(shown))
    colours = [
        BLUE if value > deviation else PALE for value, deviation in zip(shown["importance"], shown["sd"], strict=True)
    ]
    places = np.arange(len(shown))
    ax.barh(places, shown["importance"], color=colours, height=0.68)
    ax.hlines(places, shown["importance"] - shown["sd"], shown["importance"] + shown["sd"], color=INK, linewidth=1.2)
    _rows(ax, shown["column"])
    ax.set_xlabel("loss of ROC AUC when the column is shuffled (line: one standard deviation; pale: no more than that)")
    return _titled(ax, "What the model relies on", "x")


def slices(table, ax=None, columns: int = 4):
    """ROC AUC by slice, and the churn rate beside what was predicted. `table`: `models.slice_table`."""
    names = list(dict.fromkeys(table["column"]))[:columns]
    shown = table[table["column"].isin(names)].iloc[::-1].reset_index(drop=True)
    begins = (shown["column"] != shown["column"].shift()).to_numpy()
    places = np.arange(len(shown)) + 0.9 * np.cumsum(begins)  # room above each column's slices for its name
    ax = _axes(ax, 1.3 + 0.27 * (places[-1] - places[0]))
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
    _percent(right.xaxis, shown["churn_high"].max())
    ax.set_xlabel("ROC AUC, with 95% interval")
    right.set_xlabel("dot: who left, with 95% interval; diamond: predicted")
    right.grid(axis="y", visible=False)
    return _titled(ax, "Results by slice", "x")


def scores(p, threshold: float | None = None, ax=None):
    """Distribution of the probabilities; those at or above the threshold are contacted."""
    ax, p = _axes(ax, 2.9), np.asarray(p, dtype=float)
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
    _percent(ax.xaxis, edges[-1])
    ax.yaxis.set_major_formatter(_thousands())
    ax.set(xlabel="probability of leaving", ylabel="customers", xlim=(0, None))
    return _titled(ax, "Risk of the customers scored", "y")


def drift(table, ax=None, top: int = 15):
    """Population stability index of the columns that moved most, beside each one's limit.

    `table`: column, psi, psi_limit, verdict ("stable" or "moved").
    """
    shown = table.sort_values("psi", ascending=False, kind="stable").head(top).iloc[::-1]
    ax = _axes(ax, 1.2 + 0.27 * len(shown))
    places, moved = np.arange(len(shown)), (shown["verdict"] == "moved").to_numpy()
    ax.barh(places, shown["psi"], color=np.where(moved, ORANGE, BLUE), height=0.6)
    ax.vlines(shown["psi_limit"], places - 0.42, places + 0.42, color=INK, linewidth=1.6)
    _label(ax, shown["psi_limit"].iloc[0], 0, "limit", INK, (5, -3))
    _rows(ax, shown["column"])
    ax.set_xlabel("population stability index (0: the same distribution; orange: above its limit)")
    return _titled(ax, "Columns that differ from the reference", "x")


def performance(table, ax=None, reference: float | None = None):
    """ROC AUC that came true by month, and below it who left beside what was expected.

    `table`: month, roc_auc (`_low`, `_high`), observed_rate, expected_rate; `reference`: the ROC AUC at evaluation.
    """
    ax = _axes(ax, 4.4)
    below = make_axes_locatable(ax).append_axes("bottom", size="75%", pad=0.55, sharex=ax)
    x = np.arange(len(table))
    ax.vlines(x, table["roc_auc_low"], table["roc_auc_high"], color=BLUE, alpha=0.45, linewidth=3)
    ax.plot(x, table["roc_auc"], "o-", color=BLUE, linewidth=1.2)
    if reference is not None:
        ax.axhline(reference, color=INK, linewidth=1)
        _beside(ax, reference, f"evaluation\n{reference:.3f}")
    if table["roc_auc"].isna().all():
        ax.annotate("not enough customers of both kinds yet", (0.5, 0.5), xycoords="axes fraction", ha="center")
        ax.set_yticks([])
    ax.set_ylabel("ROC AUC, 95% interval")
    ax.tick_params(labelbottom=False)
    below.plot(x, table["expected_rate"], "D-", color=GREY, linewidth=1.2, markersize=5)
    below.plot(x, table["observed_rate"], "o-", color=BLUE, linewidth=1.2)
    _ends(
        below,
        x[-1],
        {"expected": (table["expected_rate"].iloc[-1], GREY), "left": (table["observed_rate"].iloc[-1], BLUE)},
    )
    below.set_ylim(0, 1.15 * table[["observed_rate", "expected_rate"]].max(axis=None))
    _percent(below.yaxis, table[["observed_rate", "expected_rate"]].max(axis=None))
    below.set_ylabel("customers leaving")
    below.grid(axis="x", visible=False)
    _periods(below, table["month"])
    ax.set_xlim(-0.6, len(table) - 0.4)
    return _titled(ax, "Performance that came true, by month", "y")


def _axes(ax, height: float, width: float = WIDTH):
    return plt.subplots(figsize=(width, height))[1] if ax is None else ax


def _titled(ax, title: str, grid: str):
    """The axes with their title at the left edge and the grid in one direction."""
    ax.set_title(title)
    if grid != "both":
        ax.grid(axis="x" if grid == "y" else "y", visible=False)
    return ax


def _rows(ax, names) -> None:
    ax.set_yticks(range(len(names)), [_short(name) for name in names])
    ax.set_ylim(-0.6, len(names) - 0.4)


def _short(name, most: int = 32) -> str:
    return name if len(str(name)) <= most else f"{str(name)[: most - 1]}…"


def _periods(ax, names) -> None:
    """Names of periods along the x axis, as many as fit."""
    names = list(names)
    fits = max(1, int(72 // max(len(str(name)) for name in names)))
    kept = range((len(names) - 1) % -(-len(names) // fits), len(names), -(-len(names) // fits))
    ax.set_xticks(list(kept), [names[i] for i in kept])
    ax.grid(axis="x", visible=False)


def _percent(axis, top: float) -> None:
    axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.06 else 1))


def _thousands():
    return FuncFormatter(lambda value, _: f"{value:,.0f}".replace("-", FALLEN))


def _money(value: float, currency: str) -> str:
    return f"{value:,.0f} {currency}".replace("-", FALLEN)


def _text(colour: str) -> str:
    """Pale is for areas; words need a colour that can be read."""
    return GREY if colour == PALE else colour


def _label(ax, x, y, text, colour, offset, align="left") -> None:
    """Words beside a point, on white so that no line runs through them."""
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}
    ax.annotate(text, (x, y), offset, textcoords="offset points", color=_text(colour), ha=align, weight="bold",
                bbox=behind)  # fmt: skip


def _mark(ax, x, y, text, colour, offset, align) -> None:
    ax.plot([x], [y], "o", color=colour, markersize=8, markeredgecolor="white", zorder=5, clip_on=False)
    _label(ax, x, y, text, colour, offset, align)


def _beside(ax, y, text) -> None:
    """A word on a horizontal line, right of the axes."""
    ax.annotate(text, (1, y), (5, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center")


def _ends(ax, x, lines: dict) -> None:
    """Each line's name at its right end; of two that end close together, one above and one below."""
    ordered = sorted(lines, key=lambda name: lines[name][0])
    for name, shift in zip(ordered, (-6, 6), strict=True):
        value, colour = lines[name]
        ax.annotate(name, (x, value), (8, shift), textcoords="offset points", va="center", color=colour, weight="bold")


def _stretch(edges, finer) -> np.ndarray:
    """What makes the bars of cut bins as tall as those of whole ones: heights are customers per whole bin."""
    return (edges[1] - edges[0]) / np.diff(finer)


def _parts(counts):
    colours = {"train": BLUE, "unused": PALE, "test": ORANGE}
    return [(part, colour) for part, colour in colours.items() if part in counts]


def _balance(row, ax):
    ax = _axes(ax, 1.5)
    total = row["left"] + row["stayed"]
    for start, name, colour in ((0, "left", ORANGE), (row["left"], "stayed", PALE)):
        share = row[name] / total
        ax.barh([0], [share], left=[start / total], color=colour, height=0.6)
        _label(ax, start / total, 0.3, f"{name}: {row[name]:,} ({share:.1%})", colour, (2, 5))
    ax.set(yticks=[], xlim=(0, 1), ylim=(-0.4, 0.75))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("customers")
    return _titled(ax, "Who left and who stayed", "x")


def _split_bars(labels, ax):
    grouped = labels.groupby("split")["churned"].agg(["size", "mean"])
    parts = _parts(grouped.index)[::-1]
    ax = _axes(ax, 1.0 + 0.4 * len(parts))
    for place, (part, colour) in enumerate(parts):
        rows, rate = grouped.loc[part]
        ax.barh([place], [rows], color=colour, height=0.62)
        _label(ax, rows, place, f"{rows:,.0f}, {rate:.1%} left", _text(colour), (6, -3))
    _rows(ax, [part for part, _ in parts])
    ax.margins(x=0.22)
    ax.xaxis.set_major_formatter(_thousands())
    ax.set_xlabel("customers")
    return _titled(ax, "Customers to learn from and customers to judge by", "x")


def _headings(ax, shown, places) -> None:
    """The column's name above its slices, left of the axes."""
    for name, group in shown.groupby("column", sort=False):
        ax.annotate(_short(name), (0, places[group.index[-1]]), (-6, 11), xycoords=("axes fraction", "data"),
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

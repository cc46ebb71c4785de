"""The page over all runs: how things stand, which model serves, how the metrics have moved, and every run."""

from pathlib import Path

from churn_mlops.reports import page
from churn_mlops.reports.charts import course
from churn_mlops.reports.currency import currency
from churn_mlops.reports.formats import MISSING, moment, segment
from churn_mlops.reports.grid import grid_entry
from churn_mlops.reports.headlines import HEADLINES, headline_of, interval, written
from churn_mlops.reports.replay.page import newest_replay
from churn_mlops.reports.verdicts import sign, state, verdict

_DRAWN = ("roc_auc", "profit")
_BADGES = {"in order": ("good", "✓ in order"), "stale": ("warn", "! stale"), "broken": ("bad", "✗ broken")}


def render_archive(runs: Path, entries: list[dict], grids: list[dict] = (), status: list[dict] = ()) -> None:
    """Write `runs/index.html`. Each entry has `manifest`, `metrics` and `champion` (bool) of one run, in any order.

    `grids` are what their grid.json hold, newest first. `status` is what the command of that name says of each dataset:
    `name`, `state`, `alerts` (number), `lines` (label, said, href), `next` (command, reason), `asked`. Experiments are
    in the table only. The newest replay under `runs` is linked where there is one.
    """
    rows = [_row(Path(runs), entry) for entry in entries]
    rows.sort(key=lambda row: str(row["version"]), reverse=True)
    real = [row for row in rows if not row["experiment"]] or rows
    html = page.render(
        "archive.html.j2",
        rows=rows,
        grids=[grid_entry(grid) for grid in grids],
        replay=newest_replay(Path(runs)),
        status=[{**block, "badge": _badge(block)} for block in status],
        champions=[row for row in rows if row["champion"]],
        datasets=_datasets(real),
    )
    page.write(Path(runs) / "index.html", html)


def _badge(block: dict) -> tuple[str, str]:
    """The state as colour and text; what is in order is not green while an alert is open."""
    if block["state"] == "in order" and block["alerts"]:
        return "warn", f"✓ in order, {block['alerts']} alert{'s' * (block['alerts'] != 1)} open"
    return _BADGES[block["state"]]


def _row(runs: Path, entry: dict) -> dict:
    """What the page says of one run."""
    manifest, metrics = entry["manifest"], entry.get("metrics") or {}
    money = currency(runs / str(manifest["version"]))
    return {
        "version": manifest["version"],
        "href": f"{segment(manifest['version'])}/index.html",
        "when": moment(manifest.get("started")),
        "day": moment(str(manifest.get("started") or "")[:10]),
        "dataset": manifest.get("dataset") or MISSING,
        "state": state(manifest),
        "sign": sign(manifest),
        "verdict": _verdict(manifest),
        "experiment": bool(manifest.get("experiment")),
        "seconds": manifest.get("seconds"),
        "newest": (manifest.get("data") or {}).get("newest"),
        "champion": bool(entry.get("champion")),
        "currency": money,
        "metrics": metrics,
        **{name: _shown(name, metrics, money) for name in _DRAWN},
    }


def _verdict(manifest: dict) -> str:
    """The verdict without the result that the sign beside it gives already."""
    text = verdict(manifest).removeprefix("Succeeded").lstrip(": ")
    return text[:1].upper() + text[1:]


def _shown(name: str, metrics: dict, currency: str) -> tuple[str, str]:
    """A metric and its interval, written out."""
    headline = headline_of(name)
    low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
    return written(headline, metrics.get(name), currency), interval(headline, low, high, currency)


def _datasets(rows: list[dict]) -> list[dict]:
    """For every dataset the course of each drawn metric over its runs; datasets in order of their newest run."""
    names = list(dict.fromkeys(row["dataset"] for row in rows))
    return [{"name": name, "charts": _charts([r for r in rows if r["dataset"] == name])} for name in names]


def _charts(rows: list[dict]) -> list[dict]:
    from markupsafe import Markup

    charts = []
    for headline in (h for name in _DRAWN for h in HEADLINES if h.name == name):
        points = [_point(row, headline.name) for row in reversed(rows) if _has_point(row, headline.name)]
        drawn = course(points, _writer(headline, rows[0]["currency"]), f"{headline.title} over the runs")
        if drawn:
            limit = any(point["limit"] is not None for point in points)
            charts.append({"title": headline.title, "svg": Markup(drawn), "limit": limit})
    return charts


def _writer(headline, currency: str):
    return lambda value: written(headline, value, currency)


def _has_point(row: dict, name: str) -> bool:
    """Runs that have the metric, and those that failed to; not those that nobody asked for it."""
    return row["state"] != "in part" or row["metrics"].get(name) is not None


def _point(row: dict, name: str) -> dict:
    get = row["metrics"].get
    return {
        "label": f"{row['version']}, {row['when']}",
        "when": row["day"],
        "href": row["href"],
        "value": get(name) if row["state"] in ("succeeded", "in part") else None,
        "low": get(f"{name}_low"),
        "high": get(f"{name}_high"),
        "limit": get(f"best_possible_{name}"),
        "champion": row["champion"],
    }

"""The page of a grid: which setting is best and by how much, a drawing of each metric, and a row for every setting."""

from pathlib import Path

from churn_mlops.reports import page
from churn_mlops.reports.charts import beside
from churn_mlops.reports.currency import currency
from churn_mlops.reports.formats import MISSING, is_number, moment, number, segment
from churn_mlops.reports.headlines import Headline, headline_of, interval, written

_DRAWN = ("profit", "roc_auc")
_COLUMNS = ("profit", "roc_auc", "average_precision")
_SIGNS = {"succeeded": ("good", "✓"), "failed": ("bad", "✗"), "interrupted": ("warn", "✗"), "running": ("accent", "…")}


def render_grid(runs: Path, grid: dict) -> None:
    """Write `runs/grids/<id>/index.html` from what its grid.json holds, with links to the pages of its runs.

    A run that has been removed from the archive keeps its figures here, and has no link.
    """
    made = [row["version"] for row in grid["settings"] if row["version"] and _is_there(runs, row)]
    grid = {**grid, "settings": [{**row, "there": _is_there(runs, row)} for row in grid["settings"]]}
    money = currency(Path(runs) / str(made[0])) if made else "EUR"
    columns = [headline_of(n) for n in _COLUMNS if any(is_number(row["metrics"].get(n)) for row in grid["settings"])]
    best = next((row for row in grid["settings"] if row["number"] == grid["best"]), None)
    html = page.render(
        "grid.html.j2",
        grid=grid,
        columns=columns,
        rows=[_row(row, best, columns, money) for row in grid["settings"]],
        best=best and _row(best, best, columns, money),
        caution=best and _caution(grid["settings"], best),
        counts=_counts(grid["settings"]),
        charts=_charts(grid, best, money),
    )
    page.write(Path(runs) / "grids" / segment(grid["grid"]) / "index.html", html)


def _is_there(runs: Path, row: dict) -> bool:
    return bool(row["version"]) and (Path(runs) / segment(row["version"]) / "index.html").is_file()


def grid_entry(grid: dict) -> dict:
    """What the page over all runs says of a grid."""
    settings = grid.get("settings") or []
    best = next((row for row in settings if row["number"] == grid.get("best")), None)
    return {
        "href": f"grids/{segment(grid['grid'])}/index.html",
        "when": moment(grid.get("started")),
        "dataset": grid.get("dataset") or MISSING,
        "varied": ", ".join(map(str, grid.get("varied") or [])) or MISSING,
        "best": _label(best) if best else MISSING,
        "settings": len(settings),
        "status": grid.get("status"),
        "seconds": grid.get("seconds"),
    }


def _row(row: dict, best: dict | None, columns: list[Headline], money: str) -> dict:
    """What the page says of one setting."""
    kind, sign = _SIGNS.get(row["status"], ("soft", ""))
    error = row.get("error") or {}
    return {
        **row,
        "href": _href(row),
        "label": _label(row),
        "pairs": [(name, _value(value)) for name, value in row["parameters"].items()],
        "metrics": [(h.title, *_shown(h, row["metrics"], money)) for h in columns],
        "best": row is best,
        "kind": kind,
        "badge": f"{sign} {row['status']}".strip(),
        "why": (str(error.get("message") or "").splitlines() or [""])[0],
    }


def _href(row: dict) -> str:
    return f"../../{segment(row['version'])}/index.html" if row["there"] else ""


def _value(value) -> str:
    """A value as it is set, but for a text without anything in it."""
    return str(value).lower() if isinstance(value, bool) or value is None else str(value) or "(empty)"


def _label(row: dict) -> str:
    return ", ".join(f"{name} = {_value(value)}" for name, value in row["parameters"].items()) or "as it is"


def _shown(headline: Headline, metrics: dict, money: str) -> tuple[str, str]:
    low, high = metrics.get(f"{headline.name}_low"), metrics.get(f"{headline.name}_high")
    return written(headline, metrics.get(headline.name), money), interval(headline, low, high, money)


def _counts(rows: list[dict]) -> str:
    """`5 succeeded, 1 failed`."""
    statuses = [row["status"] for row in rows]
    return ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))


def _caution(rows: list[dict], best: dict) -> str:
    """How sure it is that the best is better: how many others have an interval that overlaps with its own."""
    name = next((n for n in _DRAWN if is_number(best["metrics"].get(f"{n}_low"))), None)
    others = [row for row in rows if row is not best and is_number(row["metrics"].get(f"{name}_high"))]
    if not name or not others:
        return ""
    near = sum(row["metrics"][f"{name}_high"] >= best["metrics"][f"{name}_low"] for row in others)
    if not near:
        return "No other interval reaches up to its own."
    several = "interval overlaps" if near == 1 else "intervals overlap"
    return (
        f"{near} of {len(others)} other {several} with its own: the difference may be chance, and the best of "
        "several looks better than it is. Where in doubt, take the simpler one."
    )


def _charts(grid: dict, best: dict | None, money: str) -> list[dict]:
    from markupsafe import Markup

    charts = []
    for headline in map(headline_of, _DRAWN):
        points = [_point(row, headline.name, row is best) for row in grid["settings"]]
        drawn = beside(points, _writer(headline, money), f"{headline.title} of the settings")
        if drawn:
            champion = any(is_number(point["limit"]) for point in points)
            charts.append({"title": headline.title, "svg": Markup(drawn), "limit": champion})
    return charts


def _writer(headline: Headline, money: str):
    return lambda value: written(headline, value, money)


def _point(row: dict, name: str, best: bool) -> dict:
    get = row["metrics"].get
    return {
        "label": f"{number(row['number'])}: {_label(row)}",
        "when": row["number"],
        "href": _href(row),
        "value": get(name),
        "low": get(f"{name}_low"),
        "high": get(f"{name}_high"),
        "limit": get(f"champion_{name}"),
        "champion": best,
    }

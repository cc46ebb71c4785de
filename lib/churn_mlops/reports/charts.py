"""Small drawings in SVG, made from numbers: an interval beside its rivals, and a metric's course over the runs."""

import math

from churn_mlops.reports.formats import is_number

_WIDTH, _HEIGHT = 380, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 14, 28
SHOWN = 60  # runs in a chart; the table below it has them all


def strip(value, low, high, rivals: dict) -> str:
    """A value with its interval on a line, beside its rivals: {"naive": 0.5, "best": 0.87}; empty without a number."""
    rivals = {kind: x for kind, x in rivals.items() if is_number(x)}
    interval = [x for x in (low, high) if is_number(x)]
    if not is_number(value) or not (rivals or len(interval) == 2):
        return ""
    scale = _scale([value, *interval, *rivals.values()], 8, 232)
    drawn = ['<line class="axis" x1="4" x2="236" y1="12" y2="12"/>']
    if len(interval) == 2:
        drawn.append(f'<line class="range" x1="{scale(low):.1f}" x2="{scale(high):.1f}" y1="12" y2="12"/>')
    drawn += [mark(kind, scale(x), 12) for kind, x in rivals.items()]
    drawn.append(mark("this", scale(value), 12))
    return _svg("strip", 240, 24, drawn)


def key(kind: str) -> str:
    """The sign of one rival, for the legend."""
    return _svg("", 12, 12, [mark(kind, 6, 6)])


def mark(kind: str, x: float, y: float) -> str:
    """The sign that stands for this model, a rival or a bound; their shapes differ, not only their colours."""
    if kind == "best":
        return f'<line class="best" x1="{x:.1f}" x2="{x:.1f}" y1="{y - 6}" y2="{y + 6}"/>'
    if kind == "champion":
        return f'<path class="champion" d="M{x:.1f} {y - 6}l6 6-6 6-6-6z"/>'
    if kind == "linear":
        return f'<rect class="linear" x="{x - 4:.1f}" y="{y - 4}" width="8" height="8"/>'
    return f'<circle class="{kind if kind == "naive" else "this"}" cx="{x:.1f}" cy="{y}" r="5"/>'


def course(points: list[dict], write, name: str) -> str:
    """The course of a metric over the runs, oldest first, each point a link to its run.

    A point has label, href, value, low, high, limit (numbers or None) and champion (bool); one without a
    value, such as a failed run, is a cross at the foot. `write` formats a value. Labels may hold anything.
    """
    points = points[-SHOWN:]
    values = [p[k] for p in points for k in ("value", "low", "high", "limit") if is_number(p[k])]
    if not values:
        return ""
    y = _scale(values, _HEIGHT - _BOTTOM, _TOP)
    step = (_WIDTH - _LEFT - _RIGHT) / max(1, len(points) - 1)
    xs = [_LEFT + step * i if len(points) > 1 else (_LEFT + _WIDTH - _RIGHT) / 2 for i in range(len(points))]
    placed = list(zip(xs, points, strict=True))
    drawn = [_gridline(tick, y(tick), write) for tick in ticks(min(values), max(values))]
    drawn += [_line("limit", placed, "limit", y), _line("course", placed, "value", y)]
    drawn += [_point(x, point, y, write) for x, point in placed]
    return _svg("", _WIDTH, _HEIGHT, drawn + _ends(placed), label=name)


def beside(points: list[dict], write, name: str) -> str:
    """A metric of several settings side by side: each a point with its interval, and a line for what to beat.

    A point has what one of `course` has and is named by `when` below; the best is one whose `champion` is true.
    """
    values = [p[k] for p in points for k in ("value", "low", "high", "limit") if is_number(p[k])]
    if not any(is_number(p["value"]) for p in points):
        return ""
    y = _scale(values, _HEIGHT - _BOTTOM, _TOP)
    step = (_WIDTH - _LEFT - _RIGHT) / len(points)
    placed = [(_LEFT + step * (i + 0.5), point) for i, point in enumerate(points)]
    drawn = [_gridline(tick, y(tick), write) for tick in ticks(min(values), max(values))]
    limits = [p["limit"] for p in points if is_number(p["limit"])]
    if limits:
        ends = f'x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y(limits[0]):.1f}" y2="{y(limits[0]):.1f}"'
        drawn.append(f'<line class="limit" {ends}/>')
    drawn += [_point(x, point, y, write, "best") for x, point in placed]
    every = math.ceil(len(points) / 12)
    named = [(x, point) for i, (x, point) in enumerate(placed) if i % every == 0]
    return _svg("", _WIDTH, _HEIGHT, drawn + [_name(x, point, "middle") for x, point in named], label=name)


def ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers within the range that is drawn."""
    low, high = _aired([low, high])
    step = 10 ** math.floor(math.log10((high - low) / 3))
    step = next(step * k for k in (5, 2.5, 2, 1) if k == 1 or (high - low) / (step * k) >= 3)
    return [float(f"{step * i:.12g}") for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _scale(values, start: float, end: float):
    """Maps the range of the values, with some air around it, onto a stretch of the drawing."""
    low, high = _aired(values)
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _aired(values) -> tuple[float, float]:
    """The range of the values with some air; values that are equal but for rounding get a range around them."""
    low, high = min(values), max(values)
    size = max(abs(low), abs(high))
    span = high - low if high - low > 1e-9 * max(size, 1e-9) else max(size, 1e-6)
    return low - span * 0.06, high + span * 0.06


def _gridline(tick: float, y: float, write) -> str:
    line = f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_escape(write(tick))}</text>'


def _line(kind: str, placed, field: str, y) -> str:
    corners = " ".join(f"{x:.1f},{y(p[field]):.1f}" for x, p in placed if is_number(p[field]))
    return f'<polyline class="{kind}" points="{corners}"/>' if corners.count(",") > 1 else ""


def _point(x: float, point: dict, y, write, crowned: str = "champion") -> str:
    if not is_number(point["value"]):
        foot = _HEIGHT - _BOTTOM - 5
        sign = f'<path class="cross" d="M{x - 4:.1f} {foot - 4}l8 8m0-8l-8 8"/>'
        return _linked(point, "no value", sign)
    kind, radius = ("crown", 6) if point["champion"] else ("dot", 4)
    sign = f'<circle class="{kind}" cx="{x:.1f}" cy="{y(point["value"]):.1f}" r="{radius}"/>'
    if is_number(point["low"]) and is_number(point["high"]):
        ends = f'y1="{y(point["low"]):.1f}" y2="{y(point["high"]):.1f}"'
        sign = f'<line class="spread" x1="{x:.1f}" x2="{x:.1f}" {ends}/>{sign}'
    return _linked(point, write(point["value"]) + (f", {crowned}" if point["champion"] else ""), sign)


def _linked(point: dict, says: str, sign: str) -> str:
    title = f"<title>{_escape(point['label'])}: {_escape(says)}</title>"
    if not point["href"]:
        return f"<g>{title}{sign}</g>"
    return f'<a href="{_escape(point["href"])}">{title}{sign}</a>'


def _ends(placed) -> list[str]:
    """The first and the last run, named below."""
    ends = placed if len(placed) < 2 else [placed[0], placed[-1]]
    anchors = ["middle"] if len(ends) < 2 else ["start", "end"]
    return [_name(x, point, anchor) for (x, point), anchor in zip(ends, anchors, strict=True)]


def _name(x: float, point: dict, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{_escape(point["when"])}</text>'


def _svg(kind: str, width: int, height: int, drawn: list[str], label: str = "") -> str:
    role = f'role="group" aria-label="{_escape(label)}"' if label else 'aria-hidden="true"'
    name = f' class="{kind}"' if kind else ""
    return f'<svg{name} viewBox="0 0 {width} {height}" {role}>{"".join(drawn)}</svg>'


def _escape(text) -> str:
    from html import escape

    return escape(str(text))

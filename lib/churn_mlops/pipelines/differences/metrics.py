"""Which metrics differ between two runs, with their intervals and whether these overlap."""

from churn_mlops.pipelines.differences.values import changed_values


def points(metrics: dict) -> dict[str, tuple]:
    """Metric -> value, low and high end of its interval (None where it has none)."""
    ends = {f"{name}{end}" for name in metrics for end in ("_low", "_high")}
    names = [name for name in metrics if name not in ends]
    return {name: (metrics[name], metrics.get(f"{name}_low"), metrics.get(f"{name}_high")) for name in names}


def changed_metrics(old: dict, new: dict) -> list[dict]:
    """An entry for each metric that differs, or that only one run has; `difference` is new minus old.

    `apart`: the intervals do not overlap; None where one is not known.
    """
    return [
        {
            "name": entry["name"],
            "a": _named(entry["a"]),
            "b": _named(entry["b"]),
            "difference": _minus(entry["b"], entry["a"]),
            "apart": _apart(entry["a"], entry["b"]),
        }
        for entry in changed_values(points(old), points(new))
    ]


def _named(point: tuple | None) -> dict | None:
    return None if point is None else dict(zip(("value", "low", "high"), point, strict=True))


def _minus(x: tuple | None, y: tuple | None) -> float | None:
    return None if x is None or y is None or x[0] is None or y[0] is None else x[0] - y[0]


def _apart(x: tuple | None, y: tuple | None) -> bool | None:
    if x is None or y is None or None in x[1:] or None in y[1:]:
        return None
    return x[2] < y[1] or y[2] < x[1]

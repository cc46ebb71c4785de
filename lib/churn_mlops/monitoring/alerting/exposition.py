"""Gauges in the text format that Prometheus reads.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Gauge:
    """One measurement of several things, each told by its labels; what is None is left out."""

    name: str
    help: str
    samples: list[tuple[dict[str, str], float | None]] = field(default_factory=list)


def exposition(gauges: Iterable[Gauge]) -> str:
    """The gauges as text; one without samples is left out."""
    return "".join(map(_gauge, gauges))


def _gauge(gauge: Gauge) -> str:
    lines = [f"{gauge.name}{_labels(labels)} {value:.15g}" for labels, value in gauge.samples if value is not None]
    if not lines:
        return ""
    head = [f"# HELP {gauge.name} {_escaped(gauge.help, quotes=False)}", f"# TYPE {gauge.name} gauge"]
    return "\n".join([*head, *lines]) + "\n"


def _labels(labels: dict[str, str]) -> str:
    inner = ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items())
    return f"{{{inner}}}" if inner else ""


def _escaped(text: str, quotes: bool = True) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text

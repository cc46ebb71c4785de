"""The rubric as a table: what is asked, what would prove it, what a proof is worth, what would earn the rest.

The tests are those of Breck, Cai, Nielsen, Salib, Sculley, "The ML Test Score: A Rubric for ML Production Readiness and
Technical Debt Reduction" (2017), in words of our own. As there, what was done by hand and is on record is worth half a
point, what is done by itself in every run a whole one, and the score is that of the weakest section.
"""

from collections.abc import Callable
from dataclasses import dataclass

from churn_mlops.reports.facts import Facts

SECTIONS = {
    "data": "Features and data",
    "model": "Model development",
    "infrastructure": "Infrastructure",
    "monitoring": "Monitoring",
}


@dataclass(frozen=True)
class Proof:
    """One fact that counts: `look` returns it in words, with what it read in this run, or None where it is not so."""

    points: float  # 0.5 or 1
    files: tuple[str, ...]  # that hold it, from the run's folder; all are needed
    look: Callable[[Facts], str | None]


@dataclass(frozen=True)
class Test:
    """One of the 28; its proofs add up, to at most a point."""

    key: str
    section: str  # one of SECTIONS
    asks: str
    proofs: tuple[Proof, ...]
    earns: str  # what would earn what is missing of the point, in one line
    __test__ = False  # not one of pytest's

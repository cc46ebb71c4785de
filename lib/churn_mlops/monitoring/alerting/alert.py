"""An alert over several looks, and by what it is known again."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

SEEN, OPEN, ACKNOWLEDGED, RESOLVED = "seen", "open", "acknowledged", "resolved"  # states; seen: not often enough yet
STANDING = (OPEN, ACKNOWLEDGED)
RANKS = {"low": 1, "medium": 2, "high": 3}  # of severities
_COLUMN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Alert:
    """One cause, from the look that first saw it to the one that ends it."""

    name: str  # the kind of cause, as monitoring names it
    columns: tuple[str, ...]  # that the cause names; empty where it names none
    state: str
    severity: str  # by money where that is known, else as it was found
    message: str  # what the last look that saw it has seen
    cause: str
    cure: str
    money: float | None  # estimated effect on profit
    share: float | None  # of the expected profit, where both are known
    since: str  # day: as monitoring found, else that of the look that first saw it
    looks: tuple[bool, ...]  # whether each look since then saw it, newest last
    version: str  # run of the last look that saw it
    id: str = ""  # once it has opened
    told: str = ""  # the worst severity that anybody was told
    opened: str | None = None  # moment
    resolved: str | None = None
    acknowledged_by: str | None = None
    reason: str | None = None  # of the acknowledgement

    @property
    def quiet(self) -> int:
        """Looks in a row, up to the last, that did not see it."""
        return len(self.looks) - 1 - max((i for i, seen in enumerate(self.looks) if seen), default=-1)

    def seen_in(self, last: int) -> tuple[int, int]:
        """In how many of the last looks it was seen, and how many of them there were since it first was."""
        newest = self.looks[-last:]
        return sum(newest), len(newest)


def columns_of(finding: dict) -> tuple[str, ...]:
    """The columns that a finding's cause names, or else its message."""
    found = _COLUMN.findall(str(finding.get("cause") or "")) or _COLUMN.findall(str(finding.get("message") or ""))
    return tuple(sorted(set(found)))


def is_same_cause(alert: Alert, name: str, columns: Iterable[str]) -> bool:
    """Whether a finding goes on with an alert: of the same name, and of a column in common where both name any."""
    columns = set(columns)
    return alert.name == name and (not columns or not alert.columns or bool(columns & set(alert.columns)))

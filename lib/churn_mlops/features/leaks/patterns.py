"""What belongs to one class only: a column that is filled, a value that occurs, or a value that changed."""

from dataclasses import dataclass

CHANCE = 1e-6  # likelihood, below it nobody believes that so many leavers came together by accident
PURE = 0.98  # share of the rows with a pattern, from which it belongs to those who left only
ABSENT, COMMON = 0.02, 0.5  # of those who left at most, and of those who stayed at least: it belongs to the latter only


@dataclass(frozen=True)
class Counts:
    """How often something is so: among those who left, and among those who stayed."""

    left: int
    stayed: int
    all_left: int
    all_stayed: int

    @property
    def of_left(self) -> float:
        """Share of those who left, 0 to 1."""
        return self.left / max(self.all_left, 1)

    @property
    def of_stayed(self) -> float:
        """Share of those who stayed, 0 to 1."""
        return self.stayed / max(self.all_stayed, 1)

    @property
    def says_left(self) -> bool:
        """Whether, with more rows than chance brings together, it is so for those who left only."""
        from math import log

        share = self.all_left / max(self.all_left + self.all_stayed, 1)
        enough = 0 < share < 1 and self.left * log(share) < log(CHANCE)
        return enough and self.left >= PURE * (self.left + self.stayed)

    @property
    def says_stayed(self) -> bool:
        """Whether it is so for many of those who stayed, and for none of those who left to speak of."""
        enough = self.all_left >= 20 and self.all_stayed >= 20
        return enough and self.of_left <= ABSENT and self.of_stayed >= COMMON


def counts(mask, y) -> Counts:
    """How often `mask`, an array of truths, is true in each class."""
    left, all_left = int((mask & (y == 1)).sum()), int((y == 1).sum())
    return Counts(left, int(mask.sum()) - left, all_left, len(y) - all_left)


def one_class_only(column, bins, y, changed=None) -> str:
    """What about a column occurs for one class only, as a clause, or nothing. `changed`: against the row before."""
    filled = column.notna().to_numpy()
    found = counts(filled, y)
    if found.says_left or found.says_stayed:
        return f"is filled for {found.of_left:.1%} of those who left and {found.of_stayed:.1%} of those who stayed"
    found = counts(~filled, y)
    if found.says_left:
        return f"is empty for {found.of_left:.1%} of those who left and {found.of_stayed:.1%} of those who stayed"
    if changed is not None and (found := counts(changed, y)).says_left:
        told = f"{found.of_left:.1%} of those who left and {found.of_stayed:.1%} of those who stayed"
        return f"differs from the customer's snapshot before for {told}"
    return _of_values(column, bins, y)


def _of_values(column, bins, y) -> str:
    """A level that only leavers have, or numbers below zero: for a date, days after the snapshot."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        found = counts((column < 0).to_numpy(), y)
        below = "lies below 0, which for a date is after the snapshot,"
        return f"{below} for {found.of_left:.1%} of those who left only" if found.says_left else ""
    left = np.bincount(bins, weights=y)
    for level in np.argsort(-left)[:50]:
        found = counts(bins == level, y)
        if level and found.says_left:
            value = column[bins == level].iloc[0]
            return f"is {value!r} for {found.of_left:.1%} of those who left and {found.of_stayed:.1%} of the others"
    return ""


def changed_since(column, customers, dates):
    """Whether each row's value differs from that of the same customer's snapshot before; False where there is none."""
    import numpy as np
    import pandas as pd

    value, customer = pd.factorize(column)[0], pd.factorize(np.asarray(customers))[0]
    order = np.lexsort((np.asarray(dates), customer))
    value, customer = value[order], customer[order]
    changed = np.zeros(len(value), dtype=bool)
    changed[order[1:]] = (value[1:] != value[:-1]) & (customer[1:] == customer[:-1])
    return changed

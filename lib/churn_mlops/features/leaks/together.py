"""What the other columns say: about who leaves, and about a column that alone says much about it."""

from dataclasses import dataclass
from functools import cached_property

from churn_mlops.features.leaks.ranking import FOLDS, area, rate_out_of_fold
from churn_mlops.features.leaks.rows import Rows

TRACES = 0.01  # share of a column within a class that some other one explains, where they have to do with each other


@dataclass(frozen=True)
class Others:
    """The columns that a strong one is held against, as their bins."""

    bins: list
    rows: Rows

    @cached_property
    def said(self):
        """What they say together, out of fold."""
        return said_together(self.bins, self.rows.y, self.rows.fold)

    @cached_property
    def roc_auc(self) -> float:
        """How well they rank together."""
        y, fold = self.rows.y, self.rows.fold
        return sum(area(self.said[fold == k], y[fold == k]) for k in range(FOLDS)) / FOLDS

    def share_only_the_label(self, bins) -> bool:
        """Whether a column agrees with them, and no longer does once it is known who left."""
        y, fold = self.rows.y, self.rows.fold
        return bool(self.bins) and traces(bins, self.bins, y, fold) < TRACES and agrees(bins, self.said, y, fold)


def said_together(bins: list, y, fold):
    """What all these columns say, added up, out of fold (logistic regression on the log odds of their bins)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    said = np.zeros(len(y))
    if not bins:
        return said
    rates = np.column_stack([rate_out_of_fold(one, y, fold) for one in bins]).clip(1e-4, 1 - 1e-4)
    odds = np.log(rates / (1 - rates))
    for k in range(FOLDS):
        if 0 < y[fold != k].sum() < (fold != k).sum():
            fitted = LogisticRegression(C=0.1, solver="newton-cholesky").fit(odds[fold != k], y[fold != k])
            said[fold == k] = fitted.decision_function(odds[fold == k])
    return said


def agrees(bins, said, y, fold) -> bool:
    """Whether a column says the same as the others more often than chance allows, by four standard errors.

    One that was made from the label does, through the label alone. One that merely has nothing to do with the
    others, as columns may in data made up by a program, does not.
    """
    import numpy as np

    one, other = (np.argsort(np.argsort(part, kind="stable")) for part in (rate_out_of_fold(bins, y, fold), said))
    return bool(said.any() and np.corrcoef(one, other)[0, 1] > 4 / np.sqrt(len(y)))


def traces(bins, others: list, y, fold) -> float:
    """How much of a column's variation within each class the best of the others explains, 0 to 1.

    What a customer does leaves traces in more than one column. A column made from the label alone has none,
    however much noise was added: once it is known who left, no other column tells anything about it.
    """
    import numpy as np

    rank = np.empty(len(y))
    for label in (0, 1):
        rank[y == label] = _middle_rank(bins[y == label])
    spread = np.mean((rank - rank.mean()) ** 2)
    unexplained = min(
        (np.mean((rank - rate_out_of_fold(2 * other + y, rank, fold)) ** 2) for other in others), default=spread
    )
    return float(1 - unexplained / spread) if spread else 1.0


def _middle_rank(bins):
    """0 to 1, equal ones in the middle of their places."""
    import numpy as np

    count = np.bincount(bins)
    return ((np.cumsum(count) - count / 2) / max(len(bins), 1))[bins]

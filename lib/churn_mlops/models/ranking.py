"""Every metric of a set of scores, for many weightings of its rows at once.

The rows are sorted once; each metric is then a cumulative or plain sum over weighted rows. Rows with equal
scores form one group, so that no metric depends on the order among them.
"""

import numpy as np

from churn_mlops.models.money import contacted, earned

TOPS = (5, 10, 20)  # per cent of the customers: what a retention team can call
BINS = 10  # of equal numbers of rows, for the calibration error


class Ranking:
    """Scores sorted from highest risk to lowest, ready to be measured under any row weights.

    `y` 0/1 and `p` 0 to 1 must have been checked; `money` and `threshold` may be None, then there is no profit.
    `base` is what each row counts for before anything is drawn (`row_weights`); None: 1.
    """

    def __init__(self, y, p, money=None, threshold=None, base=None):
        self.order = np.argsort(-p, kind="stable")
        self.y, self.p = y[self.order], p[self.order]
        self.base = None if base is None else np.asarray(base, dtype=float)[self.order]
        self.left = np.flatnonzero(self.y)  # the rows that left; only they and their ties decide an order's worth
        self.edges = np.flatnonzero(np.concatenate([[True], np.diff(self.p) != 0, [True]]))  # of equal scores
        group = np.unique(np.searchsorted(self.edges, self.left, side="right"))
        self.start, self.end = self.edges[group - 1], self.edges[group]  # of the groups that hold a leaver
        self.left_to_start, self.left_to_end = np.searchsorted(self.left, [self.start, self.end])
        self.bins = _bin_edges(self.edges, np.ones(len(y)) if base is None else self.base)
        self.sums = self._row_values()
        if money is not None:
            self.sums["profit"] = earned(y, p, money, threshold)[self.order]
            self.sums["contacted"] = contacted(p, money, threshold)[self.order].astype(float)
            self.sums["found"] = self.sums["contacted"] * self.y

    def _row_values(self) -> dict[str, np.ndarray]:
        """What each row adds to the metrics that are plain sums."""
        held = np.clip(self.p, 1e-15, 1 - 1e-15)
        return {
            "brier": (self.p - self.y) ** 2,
            "log_loss": -np.where(self.y == 1, np.log(held), np.log1p(-held)),
        }

    def measure(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The metrics under each row of `weights`, shape (replicates, rows), the rows in `order`.

        NaN where all weight falls on one class. Whole weights are added without rounding.
        """
        weights = weights if self.base is None else weights * self.base
        seen, caught = _cumulative(weights), _cumulative(weights[:, self.left])
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                **self._order(seen, caught),
                **self._tops(seen, caught),
                **self._plain(weights, seen[:, -1]),
                "calibration_error": self._calibration_error(weights, seen[:, -1]),
            }

    def _order(self, seen, caught) -> dict[str, np.ndarray]:
        """ROC AUC (ties count one half) and average precision, from the groups that hold a leaver."""
        seen_to, caught_to, caught_before = (
            seen[:, self.end],
            caught[:, self.left_to_end],
            caught[:, self.left_to_start],
        )
        here = caught_to - caught_before
        stayed_before = seen[:, self.start] - caught_before
        above = (stayed_before + seen_to - caught_to) / 2  # of those who stayed, ranked above; half of the group
        left, stayed = caught[:, -1], seen[:, -1] - caught[:, -1]
        return {
            "roc_auc": 1 - (here * above).sum(axis=1) / (left * stayed),
            # where nobody has been seen, nobody was caught either: any divisor above 0 will do
            "average_precision": (here * caught_to / np.where(seen_to > 0, seen_to, 1)).sum(axis=1) / left,
        }

    def _tops(self, seen, caught) -> dict[str, np.ndarray]:
        """Lift and recall among the top 5, 10 and 20% of the weight."""
        recalls = {top: self._caught_in_top(seen, caught, top / 100) / caught[:, -1] for top in TOPS}
        lifts = {f"lift_at_{top}": recall / (top / 100) for top, recall in recalls.items()}
        return lifts | {f"recall_at_{top}": recall for top, recall in recalls.items()}

    def _caught_in_top(self, seen, caught, top) -> np.ndarray:
        """Leavers among the top; a group of equal scores that crosses its edge counts in part."""
        return np.array([self._caught_above(row, leavers, top) for row, leavers in zip(seen, caught, strict=True)])

    def _caught_above(self, seen, caught, top) -> float:
        wanted = top * seen[-1]
        row = np.searchsorted(seen, wanted) - 1  # the row whose weight crosses the edge of the top
        group = np.searchsorted(self.edges, row, side="right")
        start, end = self.edges[group - 1], self.edges[group]
        before, to = caught[np.searchsorted(self.left, [start, end])]
        return before + (wanted - seen[start]) / (seen[end] - seen[start]) * (to - before)

    def _plain(self, weights, total) -> dict[str, np.ndarray]:
        sums = {name: weights @ values for name, values in self.sums.items()}
        measured = {name: sums[name] / total for name in ("brier", "log_loss")}
        if "profit" in sums:
            measured |= {"profit": sums["profit"], "profit_per_1000": 1000 * sums["profit"] / total}
            measured["precision"] = sums["found"] / np.maximum(sums["contacted"], 1e-300)
        return measured

    def _calibration_error(self, weights, total) -> np.ndarray:
        """Expected calibration error: mean absolute gap between probability and churn rate over the bins.

        Naeini, Cooper and Hauskrecht (2015), "Obtaining well calibrated probabilities using Bayesian binning".
        """
        gap, edges = self.p - self.y, zip(self.bins[:-1], self.bins[1:], strict=True)
        return sum(np.abs(weights[:, a:b] @ gap[a:b]) for a, b in edges) / total


def _cumulative(weights) -> np.ndarray:
    """Cumulative sums along the rows, beginning with 0."""
    out = np.zeros((weights.shape[0], weights.shape[1] + 1))
    np.cumsum(weights, axis=1, out=out[:, 1:])
    return out


def _bin_edges(edges, base) -> np.ndarray:
    """Edges of about ten bins of equal weight; a group of equal scores is never split between two."""
    reached = np.append(0, np.cumsum(base))[edges]
    wanted = np.arange(1, BINS) * reached[-1] / BINS
    return np.unique(np.concatenate([[0], edges[np.searchsorted(reached, wanted)], [len(base)]]))

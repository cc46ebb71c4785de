"""Gates of what a model has learned from: labels, columns and rows of each month beside those of the months before.

`quality` is the table of `monitoring.quality.check_months`, which says of each finding whether it is odd.
"""

import math
from collections.abc import Callable

from churn_mlops.registry.gates.gate import Gate, make_gate

_TOLD = 3  # findings that a message names, the worst first
_KNOWN = "If it is real, name the column, or the month, in features.known: the run says by whom."


def ranks_every_month(quality) -> Gate:
    """Can customers of every month be ranked about as well as those of the months before?"""
    return _sound(
        "learned from labels that can be ranked",
        quality[quality["check"] == "labels: order"],
        lambda row: f"in {row.month} the ROC AUC of a probe is {row.value:.3f}, where {_usual(row, '.3f')}",
        "the ROC AUC may fall by {:g} at most",
        "Labels of that month are news about nobody, as if flipped: look how they were made, and bring them again.",
    )


def leaves_as_expected(quality) -> Gate:
    """Do as many leave in every month as is expected of such customers?"""
    return _sound(
        "learned from labels that are all there",
        quality[quality["check"] == "labels: rate"],
        lambda row: (
            f"in {row.month} {row.value:.2f} left for each whose columns let expect it, where " + _usual(row, ".2f")
        ),
        "it may differ by a factor of {:g} at most",
        "Labels of that month were lost or added, or were not all in: look how they were made.",
    )


def keeps_units(quality) -> Gate:
    """Is every column in the unit that it was in, for all rows?"""
    return _sound(
        "learned from columns in one unit",
        quality[quality["check"].isin(["columns: factor", "columns: reach"])],
        lambda row: f"in {row.month} `{row.what}` {_factor_told(row)}",
        "a factor of {:g} is allowed",
        "Look for another unit or currency upstream, and bring the month again.",
    )


def keeps_arriving(quality) -> Gate:
    """Is every column filled as often as it was?"""
    return _sound(
        "learned from columns that arrive",
        quality[quality["check"] == "columns: missing"],
        lambda row: f"in {row.month} {row.value:.0%} of `{row.what}` are missing, where {_usual(row, '.0%')}",
        "the share may rise by {:.0%} at most",
        "Repair the source, and bring the month again.",
    )


def holds_no_copies(quality) -> Gate:
    """Is every row of a month a customer of its own, and of that month?"""
    return _sound(
        "learned from no copies",
        quality[quality["check"].isin(["rows: copies", "rows: unchanged"])],
        lambda row: (
            f"in {row.month} {row.value:.1%} of the rows "
            f"{'repeat another' if row.check == 'rows: copies' else 'are as they were the month before'}, where "
            + _usual(row, ".1%")
        ),
        "the share may rise by {:.1%} at most",
        "A month was exported twice, or rows were multiplied: look at the export.",
    )


def holds_no_planted_segment(quality) -> Gate:
    """Does no group that is new leave as nobody like them does?"""
    return _sound(
        "learned from no planted segment",
        quality[quality["check"] == "segments"],
        lambda row: (
            f"since {row.month} there are {row.what}, of whom {row.value:.2f} left for each whose columns let "
            f"expect it (surely {row.low:.2f} to {row.high:.2f})"
        ),
        "a new segment may differ by a factor of {:g} at most, surely",
        "Ask where these rows come from, and leave them out if nobody knows.",
        "There is no segment that was not there before.",
    )


def _usual(row, form: str) -> str:
    return f"{row.usual:{form}} is usual ({row.low:{form}} to {row.high:{form}})"


def _factor_told(row) -> str:
    if row.check == "columns: reach":
        return f"has values {row.value:,.3g} times as far from zero as ever before, in a part of the rows"
    return f"is {row.value:,.3g} times what it was, in the same shape, where {_usual(row, ',.3g')}"


_NO_MONTHS = "There are no months that could be held against others: rows have no dates, or there are too few."


def _sound(name: str, rows, told: Callable, allowed: str, cure: str, nothing: str = _NO_MONTHS) -> Gate:
    """The gate of some of the findings; one that judges nothing is passed, has no value, and says so."""
    judged = rows[rows["verdict"] != "not known"]
    if judged.empty:
        return Gate(name, True, math.nan, float(rows["limit"].max()) if len(rows) else 0.0, nothing)
    odd, limit = judged[judged["verdict"] == "odd"].sort_values("excess", ascending=False), judged["limit"].iloc[0]
    worst, known = judged["excess"].max(), sorted({row.month for row in judged.itertuples() if row.verdict == "known"})
    excused = f" Known to be real: {', '.join(known)}." if known else ""
    if odd.empty:
        return Gate(
            name, True, worst, limit, f"No month stands out from those before; {allowed.format(limit)}.{excused}"
        )
    facts = "; ".join(told(row) for row in odd.head(_TOLD).itertuples())
    more = f", and {len(odd) - _TOLD} more" if len(odd) > _TOLD else ""
    fact = f"{facts[0].upper()}{facts[1:]}{more}; {allowed.format(limit)}.{excused}"
    return make_gate(name, False, worst, limit, fact, f"{cure} {_KNOWN}")

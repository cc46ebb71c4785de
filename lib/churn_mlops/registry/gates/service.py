"""Gates of whether a model can be put to work: the same with another seed, quick enough, small enough."""

import math
from collections.abc import Mapping

from churn_mlops.registry.gates.gate import Gate, make_gate

_UNTOLD = "It was; the time stands on the page alone, because it is another one in each run."


def ranks_steadily(stability: Mapping | None, limit: float = 0.02) -> Gate:
    """Does it rank alike whatever the seed? `stability` is stability.json of 03_train; None where it is missing."""
    sd = math.nan if stability is None else stability["sd"]
    fact = f"With other seeds its ROC AUC has a standard deviation of {sd:.4f}; it must not be above {limit:.4f}."
    return _steady("ranks alike with other seeds", stability, sd, limit, fact)


def decides_steadily(stability: Mapping | None, limit: float = 0.15) -> Gate:
    """Does it decide alike about customers whatever the seed?"""
    share = math.nan if stability is None else stability["share_of_decisions_changed"]
    fact = f"With another seed {share:.1%} of customers are decided differently; it must not be above {limit:.1%}."
    return _steady("decides alike with other seeds", stability, share, limit, fact)


def answers_in_time(p95_ms: float, limit: float = 1000.0) -> Gate:
    """Is one customer scored in time, 19 times of 20? The time is told only where it is too long."""
    fact = f"One customer is to be scored within {limit:g} ms, 19 times of 20."
    return _timed("answers in time", p95_ms <= limit, p95_ms, limit, fact, f"It took {p95_ms:,.0f} ms.")


def keeps_pace(rows_per_s: float, limit: float = 500.0) -> Gate:
    """Are many customers scored fast enough? The pace is told only where it is too slow."""
    fact = f"At least {limit:,.0f} customers are to be scored a second."
    return _timed("keeps pace", rows_per_s >= limit, rows_per_s, limit, fact, f"It scored {rows_per_s:,.0f}.")


def small_enough(size_mb: float, limit: float = 100.0) -> Gate:
    """Is the model's file small enough to be moved and loaded?"""
    fact = f"The model's file has {size_mb:.2f} MB; it must not be above {limit:g} MB."
    cure = "Allow fewer or smaller trees, or a simpler family."
    return make_gate("is small enough", size_mb <= limit, size_mb, limit, fact, cure)


def answers_alike(found: Mapping | None, lacking: str = "", limit: float = 1e-6) -> Gate:
    """Does the service give the model's own scores? `found` has `rows` asked, `largest` difference, what it `refused`.

    None where nobody could ask, for `lacking`: that stops nothing, and is said.
    """
    name = "answers as it was judged"
    if found is None:
        return Gate(name, True, math.nan, limit, f"It was not measured, because the service is {lacking}")
    largest = round(found["largest"], 9)  # beyond, it is the order of sums
    fact = f"Of {found['rows']:,} evaluation rows that the service answered, the probability that differs most from "
    fact += f"the model's own differs by {largest:g}; it must not be above {limit:g}."
    if math.isinf(largest):
        fact = f"The service did not answer all of the evaluation rows ({found['refused'] or 'no number'})."
    cure = "Give a column whose values are refused its bounds in [columns]; else the service is not this model."
    return make_gate(name, largest <= limit, math.nan if math.isinf(largest) else largest, limit, fact, cure)


def _steady(name, stability, value, limit, fact) -> Gate:
    if stability is None:
        cure = "Cure: run 03_train again."
        return Gate(name, False, math.nan, limit, f"03_train has left no stability.json, so nobody knows. {cure}")
    cure = "The model is partly luck: more rows, stronger regularisation, or a blend of several seeds."
    return make_gate(name, value <= limit, value, limit, fact, cure)


def _timed(name, passed, value, limit, fact, seen) -> Gate:
    if passed:
        return Gate(name, True, math.nan, limit, f"{fact} {_UNTOLD}")
    cure = "Choose a simpler family or fewer trees, or measure again when nothing else runs."
    return make_gate(name, False, value, limit, fact, f"{seen} {cure}")

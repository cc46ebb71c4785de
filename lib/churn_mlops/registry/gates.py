"""Gates: named checks with a threshold that can stop a promotion, each with a message that says what to do."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from churn_mlops.errors import GateFailed

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Gate:
    """One check of a challenger: what was measured, against which threshold, and what it means."""

    name: str
    passed: bool
    value: float  # NaN when it could not be measured, or there is nothing to compare with
    threshold: float
    message: str  # full sentences: value, threshold and, where it failed, the cure


def beats_naive_ranking(roc_auc_low: float, margin: float = 0.02) -> Gate:
    """Does it rank customers better than chance, by the lower end of the ROC AUC's interval?"""
    limit = 0.5 + margin
    fact = f"The lower end of the ROC AUC's interval is {roc_auc_low:.3f}; it must be above {limit:.3f}."
    cure = "Look for features that are known before the snapshot date, or for more churned customers."
    return _gate("beats the naive baseline", roc_auc_low > limit, roc_auc_low, limit, fact, cure)


def beats_naive_profit(profit: float, naive_profits: Mapping[str, float]) -> Gate:
    """Does it earn more than the best decision that needs no model?

    `naive_profits` maps the decision ("contact nobody", "contact everybody") to its profit in the unit of `profit`.
    """
    best = max(naive_profits, key=naive_profits.__getitem__)
    limit = naive_profits[best]
    fact = f"The profit is {profit:,.0f}; it must be above {limit:,.0f}, which '{best}' earns without a model."
    cure = "Check the money in the dataset definition, then the decision threshold and the calibration."
    return _gate("earns more than naive decisions", profit > limit, profit, limit, fact, cure)


def calibrated(calibration_error: float, limit: float = 0.05) -> Gate:
    """Do its probabilities mean what they say, by the expected calibration error (0 to 1)?"""
    fact = f"The expected calibration error is {calibration_error:.4f}; it must be below {limit:.4f}."
    cure = "Calibrate on newer or on more rows: the threshold by profit relies on true probabilities."
    return _gate("is calibrated", calibration_error < limit, calibration_error, limit, fact, cure)


def ranks_no_worse(comparison: Mapping[str, float] | None, tolerance: float = 0.0) -> Gate:
    """Is there no evidence that it ranks worse than the champion on the same rows?

    `comparison` is paired, challenger minus champion: `roc_auc_difference`, `_low` and `_high`;
    None when there is no champion. It fails only when the whole interval lies below `-tolerance`.
    """
    return _no_worse("ranks no worse than the champion", "ROC AUC", "roc_auc", comparison, tolerance, ".4f")


def earns_no_less(comparison: Mapping[str, float] | None, tolerance: float = 0.0) -> Gate:
    """Is there no evidence that it earns less than the champion on the same rows?

    `comparison` holds `profit_difference`, `_low` and `_high`, in currency; see `ranks_no_worse`.
    """
    return _no_worse("earns no less than the champion", "profit", "profit", comparison, tolerance, ",.0f")


def not_suspicious(roc_auc: float, ceiling: float = 0.99) -> Gate:
    """Is it not too good to be true? Churn is never known that well: a feature then holds the answer."""
    fact = f"The ROC AUC is {roc_auc:.4f}; it must be below {ceiling:.4f}."
    cure = "A column probably knows the future: drop the most important feature, or correct its date."
    return _gate("is not suspiciously good", roc_auc < ceiling, roc_auc, ceiling, fact, cure)


def check_gate(gate: Gate) -> Gate:
    """Stop the run at a gate that must not be passed by; raises GateFailed, returns the gate otherwise."""
    if not gate.passed:
        raise GateFailed(gate)
    return gate


def gates_table(gates: Iterable[Gate]) -> "pd.DataFrame":
    """The gates as a table, one row a gate, failed ones first."""
    import pandas as pd

    rows = [asdict(gate) for gate in sorted(gates, key=lambda gate: gate.passed)]
    return pd.DataFrame(rows, columns=["name", "passed", "value", "threshold", "message"])


def gates_to_json(gates: Iterable[Gate]) -> list[dict]:
    """The gates as JSON values, as `gates.json` and the manifest hold them; NaN and infinity become null."""
    return [{key: _finite(value) for key, value in asdict(gate).items()} for gate in gates]


def load_gates(run_dir: str | Path) -> list[Gate]:
    """The gates that 04_evaluate has written in this run."""
    return gates_from_json((Path(run_dir) / "gates.json").read_text(encoding="utf-8"))


def gates_from_json(values: str | list[dict]) -> list[Gate]:
    """The inverse of `gates_to_json`, also from its text."""
    values = json.loads(values) if isinstance(values, str) else values
    return [Gate(**{key: math.nan if item is None else item for key, item in v.items()}) for v in values]


def _gate(name, passed, value, threshold, fact, cure) -> Gate:
    value, threshold = float(value), float(threshold)
    if math.isnan(value):
        fact = f"Its value could not be measured. {fact}"
    return Gate(name, bool(passed), value, threshold, fact if passed else f"{fact} {cure}")


def _no_worse(name, label, key, comparison, tolerance, digits) -> Gate:
    if comparison is None:
        return Gate(name, True, math.nan, 0.0 - tolerance, "There is no champion yet to compare with.")
    middle, low, high = (float(comparison[f"{key}_difference{end}"]) for end in ("", "_low", "_high"))
    fact = (
        f"Its {label} differs from the champion's by {middle:+{digits}} ({low:+{digits}} to {high:+{digits}}); "
        f"the upper end must not be below {0.0 - tolerance:g}."
    )
    cure = "The champion stays; look at the slices where the challenger loses."
    return _gate(name, high >= -tolerance, high, 0.0 - tolerance, fact, cure)


def _finite(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value

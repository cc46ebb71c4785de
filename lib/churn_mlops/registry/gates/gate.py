"""A gate: a named check with a threshold that can stop a promotion, with a message that says what to do."""

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from churn_mlops.archive.files import read_json
from churn_mlops.archive.parsing import understood
from churn_mlops.errors import GateFailed

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ["name", "passed", "value", "threshold", "message"]  # of the table for readers
_YES_NO = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Gate:
    """One check of a challenger: what was measured, against which threshold, what it means, and where it is shown."""

    name: str
    passed: bool
    value: float  # NaN when it could not be measured, is not told, or there is nothing to compare with
    threshold: float
    message: str  # full sentences: value, threshold and, where it failed, the cure
    evidence: str = ""  # where the run shows it: `pages/045_judge.html#Gates`


def make_gate(name: str, passed, value, threshold, fact: str, cure: str) -> Gate:
    """A gate with its message: the fact and, where it failed, the cure; a value that is NaN was not measured."""
    value, threshold = float(value), float(threshold)
    if math.isnan(value):
        fact = f"Its value could not be measured. {fact}"
    return Gate(name, bool(passed), value, threshold, fact if passed else f"{fact} {cure}")


def check_gate(gate: Gate) -> Gate:
    """Stop the run at a gate that must not be passed by; raises GateFailed, returns the gate otherwise."""
    if not gate.passed:
        raise GateFailed(gate)
    return gate


def gates_table(gates: Iterable[Gate]) -> "pd.DataFrame":
    """The gates as a table to read, one row a gate by its name, failed ones first."""
    import pandas as pd

    rows = [asdict(gate) | {"passed": _YES_NO[gate.passed]} for gate in sorted(gates, key=lambda gate: gate.passed)]
    return pd.DataFrame(rows, columns=COLUMNS).set_index("name")


def gates_to_json(gates: Iterable[Gate]) -> list[dict]:
    """The gates as JSON values, as `gates.json` and the manifest hold them; NaN and infinity become null."""
    return [{key: _finite(value) for key, value in asdict(gate).items()} for gate in gates]


def load_gates(run_dir: str | Path) -> list[Gate]:
    """The gates that 045_judge has written in this run."""
    path = Path(run_dir) / "gates.json"
    with understood(path, "expected gates as 045_judge writes them"):
        return gates_from_json(read_json(path))


def gates_from_json(values: str | list[dict]) -> list[Gate]:
    """The inverse of `gates_to_json`, also from its text."""
    values = json.loads(values) if isinstance(values, str) else values
    return [Gate(**{key: math.nan if item is None else item for key, item in v.items()}) for v in values]


def _finite(value):
    return None if isinstance(value, float) and not math.isfinite(value) else value

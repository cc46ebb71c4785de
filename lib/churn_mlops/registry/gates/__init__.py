"""Gates: named checks with a threshold that can stop a promotion, each with a message that says what to do."""

from churn_mlops.registry.gates.gate import (
    Gate,
    check_gate,
    gates_from_json,
    gates_table,
    gates_to_json,
    load_gates,
)
from churn_mlops.registry.gates.trust import not_suspicious
from churn_mlops.registry.gates.worth import (
    beats_naive_profit,
    beats_naive_ranking,
    calibrated,
    earns_no_less,
    ranks_no_worse,
)

__all__ = [
    "Gate",
    "beats_naive_profit",
    "beats_naive_ranking",
    "calibrated",
    "check_gate",
    "earns_no_less",
    "gates_from_json",
    "gates_table",
    "gates_to_json",
    "load_gates",
    "not_suspicious",
    "ranks_no_worse",
]

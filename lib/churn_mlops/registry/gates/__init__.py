"""Gates: named checks with a threshold that can stop a promotion, each with a message that says what to do."""

from churn_mlops.registry.gates.gate import (
    Gate,
    check_gate,
    gates_from_json,
    gates_table,
    gates_to_json,
    load_gates,
)
from churn_mlops.registry.gates.service import (
    answers_alike,
    answers_in_time,
    decides_steadily,
    keeps_pace,
    ranks_steadily,
    small_enough,
)
from churn_mlops.registry.gates.trust import (
    knows_no_outcome,
    name_culprit,
    no_slice_collapsed,
    not_suspicious,
    treats_groups_alike,
)
from churn_mlops.registry.gates.worth import (
    beats_naive_profit,
    beats_naive_ranking,
    calibrated,
    earns_no_less,
    ranks_no_worse,
)

__all__ = [
    "Gate",
    "answers_alike",
    "answers_in_time",
    "beats_naive_profit",
    "beats_naive_ranking",
    "calibrated",
    "check_gate",
    "decides_steadily",
    "earns_no_less",
    "gates_from_json",
    "gates_table",
    "gates_to_json",
    "keeps_pace",
    "knows_no_outcome",
    "load_gates",
    "name_culprit",
    "no_slice_collapsed",
    "not_suspicious",
    "ranks_no_worse",
    "ranks_steadily",
    "small_enough",
    "treats_groups_alike",
]

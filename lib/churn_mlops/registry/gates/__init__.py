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
from churn_mlops.registry.gates.sound import (
    holds_no_copies,
    holds_no_planted_segment,
    keeps_arriving,
    keeps_units,
    leaves_as_expected,
    ranks_every_month,
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
    "holds_no_copies",
    "holds_no_planted_segment",
    "keeps_arriving",
    "keeps_pace",
    "keeps_units",
    "knows_no_outcome",
    "leaves_as_expected",
    "load_gates",
    "name_culprit",
    "no_slice_collapsed",
    "not_suspicious",
    "ranks_every_month",
    "ranks_no_worse",
    "ranks_steadily",
    "small_enough",
    "treats_groups_alike",
]

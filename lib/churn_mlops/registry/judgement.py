"""May this model be trusted? From what the stages before have measured to gates, each with where it is shown."""

from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.tables import write_table
from churn_mlops.registry import gates
from churn_mlops.registry.gates import Gate

# Where a reader finds what a gate is about: the stage, and the heading on its page.
SHOWN = {
    "beats the naive baseline": ("04_evaluate", "Beside what it has to beat"),
    "earns more than naive decisions": ("04_evaluate", "What does it earn?"),
    "is calibrated": ("04_evaluate", "Does a probability mean what it says?"),
    "ranks no worse than the champion": ("04_evaluate", "Beside the champion"),
    "earns no less than the champion": ("04_evaluate", "Beside the champion"),
    "is not suspiciously good": ("045_judge", "What does it look at?"),
}


@dataclass(frozen=True)
class Case:
    """What 04_evaluate has measured of the model; NaN for what does not exist there."""

    metrics: dict[str, float]
    naive_profits: dict[str, float]  # contact nobody, contact everybody
    differences: dict[str, float] | None  # from the champion's metrics; None without a champion


def load_case(run_dir: str | Path) -> Case:
    """The case that this run has made so far."""
    folder = Path(run_dir)
    duel = read_json(folder / "comparison.json")
    naive = read_json(folder / "money.json")["naive_profits"]
    return Case(_numbers(read_json(folder / "evaluation.json")), _numbers(naive), duel and _numbers(duel["metrics"]))


def _numbers(values: dict) -> dict[str, float]:
    return {name: float("nan") if value is None else value for name, value in values.items()}


def judge_worth(case: Case, min_roc_auc: float, max_calibration_error: float) -> list[Gate]:
    """Is it worth more than no model, and no less than the champion?"""
    metrics = case.metrics
    return _shown(
        gates.beats_naive_ranking(metrics["roc_auc_low"], margin=min_roc_auc - 0.5),
        gates.beats_naive_profit(metrics["profit"], case.naive_profits),
        gates.calibrated(metrics["calibration_error"], max_calibration_error),
        gates.ranks_no_worse(case.differences),
        gates.earns_no_less(case.differences),
    )


def judge_looks(case: Case, max_roc_auc: float) -> list[Gate]:
    """Is what it looks at known in time?"""
    return _shown(gates.not_suspicious(case.metrics["roc_auc"], max_roc_auc))


def save_judgement(run_dir: str, passed: list[Gate], slices, importance) -> None:
    """Write the gates, and the tables that they rest on, into the run."""
    folder = Path(run_dir)
    write_json(folder / "gates.json", gates.gates_to_json(passed))
    write_table(folder / "slices.parquet", slices)
    write_table(folder / "importance.parquet", importance)


def count_gates(passed: list[Gate], slices) -> dict[str, int]:
    """The figures of the judgement that belong on the run's page."""
    return {
        "gates": len(passed),
        "gates_failed": sum(not gate.passed for gate in passed),
        "slices": len(slices),
        "slices_flagged": int((slices["flag"] != "").sum()),
    }


def _shown(*judged: Gate) -> list[Gate]:
    return [replace(gate, evidence=address_of(*SHOWN[gate.name])) for gate in judged]


def address_of(stage: str, heading: str) -> str:
    """A heading on the page of a stage, as pages of a run link to it."""
    return f"pages/{stage}.html#{'-'.join(heading.split())}"

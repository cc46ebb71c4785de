"""May this model be trusted? From what the stages before have measured to gates, each with where it is shown."""

from dataclasses import dataclass, replace
from pathlib import Path

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.archive.tables import write_table
from churn_mlops.models.predictor import MODEL
from churn_mlops.registry import gates
from churn_mlops.registry.gates import Gate

# Where a reader finds what a gate is about: the stage, and the heading on its page.
SHOWN = {
    "beats the naive baseline": ("04_evaluate", "Beside what it has to beat"),
    "earns more than naive decisions": ("04_evaluate", "What does it earn?"),
    "is calibrated": ("04_evaluate", "Does a probability mean what it says?"),
    "ranks no worse than the champion": ("04_evaluate", "Beside the champion"),
    "earns no less than the champion": ("04_evaluate", "Beside the champion"),
    "knows no outcome": ("02_features", "Too good to be true"),
    "is not suspiciously good": ("045_judge", "What does it look at?"),
    "collapses in no slice": ("045_judge", "Where is it weaker?"),
    "treats groups alike": ("045_judge", "Does it treat groups alike?"),
    "learned from labels that can be ranked": ("02_features", "Are the months sound?"),
    "learned from labels that are all there": ("02_features", "Are the months sound?"),
    "learned from columns in one unit": ("02_features", "Are the months sound?"),
    "learned from columns that arrive": ("02_features", "Are the months sound?"),
    "learned from no copies": ("02_features", "Are the months sound?"),
    "learned from no planted segment": ("02_features", "Are the months sound?"),
    "ranks alike with other seeds": ("045_judge", "Can it be put to work?"),
    "decides alike with other seeds": ("045_judge", "Can it be put to work?"),
    "answers in time": ("045_judge", "Can it be put to work?"),
    "keeps pace": ("045_judge", "Can it be put to work?"),
    "is small enough": ("045_judge", "Can it be put to work?"),
    "answers as it was judged": ("05_deploy", "The same answers from the service?"),
}


@dataclass(frozen=True)
class Case:
    """What the stages before have measured of the model; NaN for what does not exist there."""

    metrics: dict[str, float]
    naive_profits: dict[str, float]  # contact nobody, contact everybody
    differences: dict[str, float] | None  # from the champion's metrics; None without a champion
    stability: dict | None = None  # with other seeds; None where nobody has measured it
    size_mb: float = 0.0  # of the model's file


def load_case(run_dir: str | Path) -> Case:
    """The case that this run has made so far."""
    folder = Path(run_dir)
    duel, stability = read_json(folder / "comparison.json"), folder / "stability.json"
    return Case(
        _numbers(read_json(folder / "evaluation.json")),
        _numbers(read_json(folder / "money.json")["naive_profits"]),
        duel and _numbers(duel["metrics"]),
        read_json(stability) if stability.is_file() else None,
        (folder / MODEL).stat().st_size / 1e6,
    )


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


def judge_months(quality) -> list[Gate]:
    """Is what it has learned from fit to learn from? `quality` is `monitoring.quality.check_months`."""
    return _shown(
        gates.ranks_every_month(quality),
        gates.leaves_as_expected(quality),
        gates.keeps_units(quality),
        gates.keeps_arriving(quality),
        gates.holds_no_copies(quality),
        gates.holds_no_planted_segment(quality),
    )


def judge_looks(case: Case, importance, leaks, allow, max_alone: float, max_roc_auc: float) -> list[Gate]:
    """Was what it looks at known in time?"""
    roc_auc = case.metrics["roc_auc"]
    return _shown(
        gates.knows_no_outcome(leaks, allow, max_alone),
        gates.not_suspicious(roc_auc, max_roc_auc, gates.name_culprit(roc_auc, importance, leaks)),
    )


def judge_parts(slices, widest: tuple[float, str], min_slice_holds: float, max_group_gap: float) -> list[Gate]:
    """Is it right about everybody? `widest` is the widest gap between groups, with a sentence that names it."""
    return _shown(
        gates.no_slice_collapsed(slices, min_slice_holds), gates.treats_groups_alike(*widest, limit=max_group_gap)
    )


def judge_steadiness(case: Case, max_seed_sd: float, max_changed: float) -> list[Gate]:
    """Would another seed have made another model?"""
    return _shown(
        gates.ranks_steadily(case.stability, max_seed_sd), gates.decides_steadily(case.stability, max_changed)
    )


def judge_service(case: Case, speed: dict, max_ms: float, min_rows_per_s: float, max_mb: float) -> list[Gate]:
    """Can it be put to work?"""
    return _shown(
        gates.answers_in_time(speed["p95_ms"], max_ms),
        gates.keeps_pace(speed["rows_per_s"], min_rows_per_s),
        gates.small_enough(case.size_mb, max_mb),
    )


def save_judgement(run_dir: str, passed: list[Gate], **tables) -> None:
    """Write the gates, and the tables that they rest on by name, into the run."""
    write_json(Path(run_dir) / "gates.json", gates.gates_to_json(passed))
    for name, table in tables.items():
        write_table(Path(run_dir) / f"{name}.parquet", table)


def count_gates(passed: list[Gate], slices) -> dict[str, int]:
    """The figures of the judgement that belong on the run's page."""
    return {
        "gates": len(passed),
        "gates_failed": sum(not gate.passed for gate in passed),
        "slices": len(slices),
        "slices_flagged": int((slices["flag"] != "").sum()),
    }


def _shown(*judged: Gate) -> list[Gate]:
    return [shown(gate) for gate in judged]


def shown(gate: Gate) -> Gate:
    """The gate with where a reader finds what it is about."""
    return replace(gate, evidence=address_of(*SHOWN[gate.name]))


def address_of(stage: str, heading: str) -> str:
    """A heading on the page of a stage, as pages of a run link to it."""
    return f"pages/{stage}.html#{'-'.join(heading.split())}"

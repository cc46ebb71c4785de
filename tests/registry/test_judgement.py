import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from churn_mlops.archive.files import write_json
from churn_mlops.registry import judgement
from churn_mlops.registry.gates import load_gates
from churn_mlops.registry.judgement import Case, judge_looks, judge_worth, load_case, save_judgement
from churn_mlops.reports.prose import Contents

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
METRICS = {"roc_auc": 0.85, "roc_auc_low": 0.83, "profit": 120.0, "calibration_error": 0.02}
NAIVE = {"contact nobody": 0.0, "contact everybody": 50.0}
SOUND = Case(METRICS, NAIVE, None)
LIMITS = {"min_roc_auc": 0.52, "max_calibration_error": 0.05}


def versus(ranking, profit):
    """Differences from a champion, with intervals of fixed width."""
    ends = {"": 0.0, "_low": -1.0, "_high": 1.0}
    return {
        f"{name}_difference{end}": middle + by * width
        for name, middle, width in (("roc_auc", ranking, 0.01), ("profit", profit, 10))
        for end, by in ends.items()
    }


def failed(gates):
    return [gate.name for gate in gates if not gate.passed]


def test_a_sound_model_without_a_champion_passes_every_gate():
    gates = [*judge_worth(SOUND, **LIMITS), *judge_looks(SOUND, 0.99)]
    assert failed(gates) == []
    assert len(gates) == len({gate.name for gate in gates}) == 6


@pytest.mark.parametrize(
    ("changes", "limits", "name"),
    [
        ({}, {"min_roc_auc": 0.95}, "beats the naive baseline"),
        ({"roc_auc_low": 0.5}, {}, "beats the naive baseline"),
        ({"profit": 50.0}, {}, "earns more than naive decisions"),
        ({}, {"max_calibration_error": 0.02}, "is calibrated"),
        ({"calibration_error": 0.3}, {}, "is calibrated"),
    ],
)
def test_each_fault_fails_its_own_gate(changes, limits, name):
    assert failed(judge_worth(Case(METRICS | changes, NAIVE, None), **LIMITS | limits)) == [name]


def test_a_model_above_the_ceiling_is_suspicious():
    assert failed(judge_looks(Case({"roc_auc": 0.995}, {}, None), 0.99)) == ["is not suspiciously good"]


@pytest.mark.parametrize(
    ("differences", "names"),
    [
        (versus(0.02, 20), []),
        (versus(-0.005, -5), []),
        (versus(-0.05, 0), ["ranks no worse than the champion"]),
        (versus(0, -20), ["earns no less than the champion"]),
    ],
)
def test_only_a_model_that_is_clearly_worse_fails_against_the_champion(differences, names):
    assert failed(judge_worth(Case(METRICS, NAIVE, differences), **LIMITS)) == names


def headings(stage):
    """The anchors of a stage's page, made from its notebook as the report makes them."""
    cells = json.loads((NOTEBOOKS / f"{stage}.ipynb").read_text())["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    contents = Contents()
    return {contents.add(2, heading) for heading in re.findall(r"^## (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", judgement.SHOWN)
def test_each_gate_leads_to_a_heading_that_its_page_has(name):
    page, anchor = judgement.address_of(*judgement.SHOWN[name]).split("#")
    assert anchor in headings(Path(page).stem)


def test_the_judgement_is_kept_as_it_was(tmp_path):
    write_json(tmp_path / "evaluation.json", METRICS)
    write_json(tmp_path / "money.json", {"naive_profits": NAIVE})
    write_json(tmp_path / "comparison.json", {"verdict": "better", "reason": "", "metrics": versus(0.1, 10)})
    case = load_case(tmp_path)
    assert case == Case(METRICS, NAIVE, versus(0.1, 10))
    gates = judge_worth(case, **LIMITS)
    tables = [pd.DataFrame({"slice": ["plus"], "flag": [""]}), pd.DataFrame({"column": ["a"], "importance": [0.1]})]
    save_judgement(tmp_path, gates, *tables)
    assert load_gates(tmp_path) == gates
    for name, table in zip(("slices", "importance"), tables, strict=True):
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / f"{name}.parquet"), table)


def test_the_figures_count_gates_and_slices():
    gates = judge_worth(Case(METRICS | {"profit": np.nan}, NAIVE, None), **LIMITS)
    slices = pd.DataFrame({"flag": ["", "ranks worse", ""]})
    assert judgement.count_gates(gates, slices) == {"gates": 5, "gates_failed": 1, "slices": 3, "slices_flagged": 1}

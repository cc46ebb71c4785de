import json
import shutil
from dataclasses import replace

import pytest

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.features.examples import load_examples
from churn_mlops.models.evaluation import measure
from churn_mlops.models.predictor import load_predictor, probabilities
from churn_mlops.registry.champion import promote
from churn_mlops.registry.decision import Promotion
from churn_mlops.registry.evidence import (
    compare_with_champion,
    describe_duel,
    duel_table,
    load_promotion,
    save_evidence,
    save_promotion,
)

MONEY = Money(100, 10, 0.3)
PEOPLE = Definition(Dataset("people", "people.csv", "id", "gone"), MONEY)
VERSION = "20240101-000000-aaaaaa"


@pytest.fixture(scope="module")
def challenger(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    return predictor, predictor.predict(test.X), test


@pytest.fixture(scope="module")
def measured(trained, challenger):
    predictor, p, test = challenger
    return measure(predictor, p, probabilities(predictor, trained, test), test, MONEY, 20, 0)


def crowned(trained, tmp_path):
    """An archive in which the same model is champion already."""
    made = tmp_path / VERSION / "artifacts"
    shutil.copytree(trained, made)
    write_json(made.parent / "manifest.json", {"version": VERSION, "status": "succeeded", "dataset": "people"})
    promote(tmp_path, "people", VERSION, read_json(made / "model.json")["digest"], expected_generation=0)
    return made


def fought(runs, challenger, p=None):
    predictor, own, test = challenger
    return compare_with_champion(runs, PEOPLE, predictor, own if p is None else p, test, 20, 0)


def test_without_a_champion_there_is_no_duel(tmp_path, challenger):
    duel = fought(tmp_path, challenger)
    assert duel is None
    assert describe_duel(duel) == "There is no champion yet to compare with."
    assert duel_table(duel).empty


def test_a_model_is_no_better_than_itself(trained, tmp_path, challenger):
    crowned(trained, tmp_path)
    duel = fought(tmp_path, challenger)
    assert duel.verdict == "no evidence"
    assert describe_duel(duel).startswith("no evidence: ")
    assert (duel_table(duel)["difference"] == 0).all()


def test_a_champion_that_reads_other_columns_cannot_be_compared_with(trained, tmp_path, challenger):
    signature = crowned(trained, tmp_path) / "signature.json"
    signature.write_text(signature.read_text().replace('"spend"', '"income"'))
    assert fought(tmp_path, challenger) is None


def test_the_champion_of_another_dataset_is_none_of_this(trained, tmp_path, challenger):
    crowned(trained, tmp_path)
    predictor, p, test = challenger
    others = replace(PEOPLE, dataset=replace(PEOPLE.dataset, name="others"))
    assert compare_with_champion(tmp_path, others, predictor, p, test, 20, 0) is None


@pytest.mark.parametrize(("newest", "known"), [("2024-05-31", True), ("2024-06-02", False), (None, False)])
def test_as_of_a_day_a_champion_that_has_learned_from_later_days_is_not_known(
    trained, tmp_path, challenger, newest, known
):
    made = crowned(trained, tmp_path)
    write_json(made / "data_version.json", read_json(made / "data_version.json") | {"newest": newest})
    predictor, p, test = challenger
    duel = compare_with_champion(tmp_path, replace(PEOPLE, as_of="2024-06-01"), predictor, p, test, 20, 0)
    assert (duel is not None) is known


@pytest.mark.parametrize("champion", [False, True])
def test_the_evidence_is_kept_as_it_was(trained, tmp_path, challenger, measured, champion):
    if champion:
        crowned(trained, tmp_path)
    save_evidence(tmp_path, measured, fought(tmp_path, challenger))
    assert json.loads((tmp_path / "evaluation.json").read_text()) == measured.model
    told = json.loads((tmp_path / "comparison.json").read_text())
    assert (told is None) is not champion
    if champion:
        assert {"roc_auc_difference", "roc_auc_difference_low", "profit_difference_high"} <= set(told["metrics"])


def test_the_decision_is_kept_as_it_was(tmp_path):
    save_promotion(tmp_path, Promotion(True, "All gates passed.", None, 0))
    assert load_promotion(tmp_path) == {
        "promoted": True,
        "reason": "All gates passed.",
        "champion_before": None,
        "expected_generation": 0,
    }

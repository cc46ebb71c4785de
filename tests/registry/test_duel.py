import shutil
from dataclasses import replace

import numpy as np
import pytest

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.config import Dataset, Definition, Money
from churn_mlops.features.examples import load_examples
from churn_mlops.models import contacted, describe_duel, duel_table, earned, row_weights, stakes
from churn_mlops.models.predictor import load_predictor
from churn_mlops.registry.champion import promote
from churn_mlops.registry.duel import compare_with_champion

MONEY = Money(100, 10, 0.3)
PEOPLE = Definition(Dataset("people", "people.csv", "id", "gone"), MONEY)
VERSION = "20240101-000000-aaaaaa"


@pytest.fixture(scope="module")
def challenger(trained):
    predictor, test = load_predictor(trained), load_examples(trained, "test")
    return predictor, predictor.predict(test.X), test


def crowned(trained, tmp_path):
    """An archive in which the same model is champion already."""
    made = tmp_path / VERSION / "artifacts"
    shutil.copytree(trained, made)
    write_json(made.parent / "manifest.json", {"version": VERSION, "status": "succeeded", "dataset": "people"})
    promote(tmp_path, "people", VERSION, read_json(made / "model.json")["digest"], expected_generation=0)
    return made


def fought(runs, challenger, p=None, definition=PEOPLE):
    predictor, own, test = challenger
    return compare_with_champion(runs, definition, predictor, own if p is None else p, test, 20, 0)


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


def test_both_are_measured_under_the_prior_and_the_money_of_each_customer(trained, tmp_path, challenger):
    crowned(trained, tmp_path)
    predictor, p, test = challenger
    test = replace(test, X=test.X.assign(spend=np.abs(test.X["spend"]) * 100))
    definition = Definition(replace(PEOPLE.dataset, prior=0.05), replace(MONEY, value_kept="spend"))
    found = fought(tmp_path, (predictor, p, test), definition=definition).table.set_index("metric").loc["profit"]
    money, weights = stakes(definition.money, test.X), row_weights(test.y, 0.05)
    # both models chose a probability for one value of all, so here they decide by the expected profit
    assert found["challenger"] == pytest.approx(weights @ earned(test.y, p, money, 0.0))
    assert 0 < contacted(p, money, 0.0).sum() < len(test)
    before = predictor.predict(test.X)
    assert found["champion"] == pytest.approx(weights @ earned(test.y, before, money, 0.0))

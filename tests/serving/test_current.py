import math
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.data.versions import load_definition
from churn_mlops.errors import DataError
from churn_mlops.registry.champion import promote
from churn_mlops.serving.current import THIS_RUN, day_of, find_serving, is_promoted, today

VERSION = "20240101-000000-aaaaaa"


@pytest.fixture
def archive(trained, tmp_path):
    """A run going on, and an archive with one published run; `newest` and ROC AUC tell them apart."""
    run_dir, made = tmp_path / "run", tmp_path / "runs" / VERSION / "artifacts"
    for folder, newest, roc_auc in ((run_dir, "2024-06-30", 0.8), (made, "2023-12-31", 0.7)):
        shutil.copytree(trained, folder)
        write_json(folder / "evaluation.json", {"roc_auc": roc_auc})
        write_json(folder / "data_version.json", {**read_json(folder / "data_version.json"), "newest": newest})
    manifest = {"version": VERSION, "status": "succeeded", "dataset": "people", "schema": 1}
    write_json(made.parent / "manifest.json", manifest)
    return run_dir, tmp_path / "runs", load_definition(run_dir)


def crown(runs):
    digest = read_json(runs / VERSION / "artifacts" / "model.json")["digest"]
    return promote(runs, "people", VERSION, digest, expected_generation=0, now="2024-01-02T03:04:05Z")


def simulated(definition):
    return replace(definition, dataset=replace(definition.dataset, source="simulator"))


@pytest.mark.parametrize("promoted", [True, False])
def test_where_nothing_serves_yet_the_new_model_does(archive, promoted):
    run_dir, runs, definition = archive
    serving = find_serving(run_dir, runs, definition, promoted)
    assert (serving.version, serving.roc_auc, serving.newest_data) == (THIS_RUN, 0.8, "2024-06-30")
    assert serving.since == f"{datetime.now(UTC):%Y-%m-%d}"


def test_a_promoted_challenger_serves_in_place_of_the_champion(archive):
    run_dir, runs, definition = archive
    crown(runs)
    serving = find_serving(run_dir, runs, definition, promoted=True)
    assert (serving.version, serving.roc_auc) == (THIS_RUN, 0.8)


@pytest.mark.parametrize("approval", ["one", "two"])
def test_a_challenger_that_waits_for_approval_does_not_serve_yet(archive, approval):
    run_dir, runs, definition = archive
    crown(runs)
    serving = find_serving(run_dir, runs, replace(definition, approval=approval), promoted=True)
    assert (serving.version, serving.roc_auc) == (VERSION, 0.7)


def test_a_champion_that_stays_serves_with_its_own_evaluation_and_age(archive):
    run_dir, runs, definition = archive
    champion = crown(runs)
    serving = find_serving(run_dir, runs, definition, promoted=False)
    assert (serving.version, serving.since, serving.roc_auc) == (VERSION, "2024-01-02", 0.7)
    assert serving.newest_data == "2024-06-30"  # the data of the run going on, which is what gets scored
    assert math.isnan(serving.precision)  # of an older release
    write_json(runs / VERSION / "artifacts" / "evaluation.json", {"roc_auc": 0.7, "precision": 0.2})
    assert find_serving(run_dir, runs, definition, promoted=False).precision == 0.2
    assert serving.predictor.digest == champion.digest


@pytest.mark.parametrize(("promoted", "since"), [(True, "2024-06-30"), (False, "2023-12-31")])
def test_in_simulated_data_a_models_age_counts_from_the_data_it_knows(archive, promoted, since):
    run_dir, runs, definition = archive
    crown(runs)
    assert find_serving(run_dir, runs, simulated(definition), promoted).since == since


@pytest.mark.parametrize(("as_of", "version"), [("2024-01-15", VERSION), ("2023-12-30", THIS_RUN)])
def test_a_run_that_looks_back_knows_no_champion_of_later_data_and_has_the_time_of_its_day(archive, as_of, version):
    run_dir, runs, definition = archive
    crown(runs)
    serving = find_serving(run_dir, runs, replace(definition, as_of=as_of), promoted=False)
    assert (serving.version, serving.since) == (version, "2023-12-31" if version == VERSION else "2024-06-30")
    assert today("", replace(definition, as_of=as_of), "2024-06-30") == as_of


def test_a_champion_whose_file_was_changed_does_not_serve(archive):
    run_dir, runs, definition = archive
    crown(runs)
    model = runs / VERSION / "artifacts" / "model.skops"
    model.write_bytes(model.read_bytes() + b" ")
    with pytest.raises(DataError, match="changed after training; do not use it"):
        find_serving(run_dir, runs, definition, promoted=False)


def test_the_day_to_judge_from_is_the_one_given_or_the_simulations_or_today(archive):
    definition, now = archive[2], f"{datetime.now(UTC):%Y-%m-%d}"
    assert today("2024-02-03", definition, "2024-01-01") == "2024-02-03"
    assert today("2024-02-03", simulated(definition), "2024-01-01") == "2024-02-03"
    assert today("", simulated(definition), "2024-01-01") == "2024-01-01"
    assert today("", definition, "2024-01-01") == now
    assert today("", simulated(definition), None) == now


def test_the_run_that_made_what_serves_is_known_with_its_rows(archive):
    run_dir, runs, definition = archive
    crown(runs)
    assert find_serving(run_dir, runs, definition, promoted=True).made == run_dir
    assert find_serving(run_dir, runs, definition, promoted=False).made == str(runs / VERSION / "artifacts")


def test_a_run_without_a_model_where_none_serves_has_nothing_to_look_at(archive):
    run_dir, runs, definition = archive
    (run_dir / "model.json").unlink()
    with pytest.raises(DataError, match="people: no model serves"):
        find_serving(run_dir, runs, definition, promoted=False)


@pytest.mark.parametrize(("decision", "promoted"), [(None, False), (False, False), (True, True)])
def test_a_run_without_a_decision_promotes_nothing(tmp_path, decision, promoted):
    if decision is not None:
        write_json(tmp_path / "promotion.json", {"promoted": decision})
    assert is_promoted(tmp_path) == promoted


def test_the_day_of_customers_is_their_newest_snapshot_or_the_data_s_last():
    assert day_of(pd.Series(pd.to_datetime(["2026-01-31", "2026-02-28"])), "2026-03-01") == "2026-02-28"
    assert day_of(None, "2026-03-01") == "2026-03-01"
    assert day_of(pd.Series([pd.NaT]), None) is None

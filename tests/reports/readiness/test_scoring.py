import json
import shutil

import pytest
from tests.reports.complete import BEFORE, write_complete

from churn_mlops.registry.reproduction import record_reproduction
from churn_mlops.reports.facts import Facts
from churn_mlops.reports.readiness.rubric import SECTIONS
from churn_mlops.reports.readiness.scoring import RUBRIC, level, score, score_test

# What the project cannot show yet scores 0 even where everything else is there.
SCORES = {
    "schema": 1, "beneficial": 1, "cost": 0.5, "rules": 1, "privacy": 0, "new features": 0, "feature code": 0.5,
    "reviewed": 0.5, "offline and online": 0, "tuned": 1, "staleness": 1, "simpler": 1, "slices": 1, "inclusion": 1,
    "reproducible": 1, "model code": 0, "integration": 1, "validated": 1, "one example": 1, "canary": 0.5,
    "rollback": 0.5, "dependencies": 1, "invariants": 1, "skew": 1, "stale": 1, "numbers": 1, "speed": 0.5,
    "served quality": 1,
}  # fmt: skip
PROOFS = [(test.key, i, file) for test in RUBRIC for i, proof in enumerate(test.proofs) for file in proof.files]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    write_complete(folder)
    return folder


@pytest.fixture
def changed(run, tmp_path):
    """A copy of the run that a test may change."""
    shutil.copytree(run.parent, tmp_path / "runs")
    return tmp_path / "runs" / run.name


def points(run) -> dict:
    return {test["key"]: test["score"] for section in score(Facts(run))["sections"] for test in section["tests"]}


def points_of(key, run) -> float:
    return next(score_test(test, Facts(run))["score"] for test in RUBRIC if test.key == key)


def test_there_are_seven_tests_in_each_of_four_sections():
    assert [sum(test.section == name for test in RUBRIC) for name in SECTIONS] == [7, 7, 7, 7]
    assert len({test.key for test in RUBRIC}) == 28


def test_a_test_can_earn_no_more_than_a_point_and_says_what_would_earn_it():
    assert all(sum(proof.points for proof in test.proofs) <= 1 and test.earns for test in RUBRIC)


def test_a_run_with_all_evidence_scores_what_it_can_prove(run):
    assert points(run) == SCORES


def test_the_score_is_that_of_the_weakest_section(run):
    found = score(Facts(run))
    sums = {section["name"]: section["score"] for section in found["sections"]}
    assert sums == {"data": 4.0, "model": 5.5, "infrastructure": 5.0, "monitoring": 6.5}
    assert found["score"] == 4.0


@pytest.mark.slow
@pytest.mark.parametrize("how", ["deleted", "emptied", "torn"])
@pytest.mark.parametrize(("key", "proof", "file"), PROOFS)
def test_without_its_evidence_a_test_scores_less(changed, key, proof, file, how):
    if how == "deleted":
        (changed / file).unlink()
    else:
        (changed / file).write_bytes(b"" if how == "emptied" else (changed / file).read_bytes()[:-20])
    assert points_of(key, changed) < SCORES[key]


def set_to(*path, value):
    """Changes one value in a JSON file."""

    def change(content):
        inner = content
        for step in path[:-1]:
            inner = inner[step]
        inner[path[-1]] = value
        return content

    return change


GATES = {"cost": 4, "slices": 1, "inclusion": 2, "reproducible": 3, "validated": 0, "speed": 4}
SAYS_FAILED = [
    *((key, "artifacts/gates.json", set_to(at, "passed", value=False)) for key, at in GATES.items()),
    *((key, "artifacts/gates.json", set_to(at, "passed", value="yes")) for key, at in GATES.items()),
    ("schema", "artifacts/data_version.json", set_to("rows_read", value=0)),
    ("schema", "artifacts/signature.json", set_to("columns", value=[])),
    ("rules", "artifacts/signature.json", set_to("columns", 2, "name", value="left on")),
    ("rules", "notebooks/02_features.ipynb", set_to("cells", 0, "outputs", value=[{"output_type": "error"}])),
    ("feature code", "notebooks/02_features.ipynb", set_to("cells", 0, "execution_count", value=None)),
    ("reviewed", "manifest.json", set_to("code", "git_dirty", value=True)),
    ("reviewed", "manifest.json", set_to("code", "git_commit", value=None)),
    ("reproducible", "manifest.json", set_to("code", "lock", value=None)),
    ("reproducible", "artifacts/stability.json", set_to("seeds", value=[0])),
    ("simpler", "metrics.json", set_to("linear_roc_auc", value=0.9)),
    ("simpler", "metrics.json", set_to("roc_auc_low", value=0.41)),
    ("inclusion", "artifacts/definition.json", set_to("columns", "age", value={"sensitive": True})),
    ("integration", "manifest.json", set_to("stages", 6, "status", value="not run")),
    ("integration", "manifest.json", set_to("stages", 6, "cells_run", value=8)),
    ("integration", "manifest.json", set_to("error", value={"stage": "06_monitor"})),
    ("validated", "artifacts/promotion.json", set_to("promoted", value=None)),
    ("one example", "artifacts/example.json", set_to("probability", value=None)),
    ("canary", "artifacts/example.json", set_to("digest", value="b" * 64)),
    ("canary", "notebooks/05_deploy.ipynb", set_to("cells", 0, "source", value="another()")),
    ("rollback", "artifacts/promotion.json", set_to("champion_before", value=None)),
    ("rollback", "artifacts/promotion.json", set_to("champion_before", value="../x")),
    ("dependencies", "notebooks/01_data.ipynb", set_to("cells", 0, "outputs", value=[{"output_type": "error"}])),
    ("invariants", "artifacts/data_version.json", set_to("rows_quarantined", value=100)),
    ("stale", "artifacts/retraining.json", set_to("needed", value=True)),
    ("numbers", "artifacts/evaluation.json", set_to("brier", value=None)),
    ("served quality", "artifacts/promotion.json", set_to("promoted", value=True)),
    *(
        (key, "artifacts/alerts.json", lambda alerts, name=name: [{"name": name}])
        for key, name in (
            ("invariants", "feed broken"),
            ("invariants", "new categories"),
            ("stale", "data old"),
            ("stale", "champion old"),
            ("served quality", "performance fell"),
        )
    ),
]


@pytest.mark.parametrize(("key", "file", "change"), SAYS_FAILED)
def test_evidence_that_says_failed_does_not_count(changed, key, file, change):
    content = json.loads((changed / file).read_text())
    (changed / file).write_text(json.dumps(change(content)))
    assert points_of(key, changed) < SCORES[key]


TABLES = [
    ("beneficial", "importance", {"importance_low": -0.01}),
    ("beneficial", "importance", {"column": "another"}),
    ("tuned", "trials", {"state": "failed"}),
    ("staleness", "performance", {"roc_auc": None}),
    ("slices", "slices", {"flag": "ranks worse"}),
    ("one example", "scores", {"reason_1": None}),
    ("skew", "drift", {"verdict": "moved"}),
    ("skew", "active", {"price": "2"}),
    ("invariants", "drift", {"column": "another"}),
    ("numbers", "scores", {"probability": float("nan")}),
    ("numbers", "scores", {"probability": 1.2}),
    ("numbers", "scores", {"probability": None}),
    ("served quality", "performance", {"roc_auc": float("nan")}),
]


@pytest.mark.parametrize(("key", "table", "values"), TABLES)
def test_a_table_that_says_failed_does_not_count(changed, key, table, values):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = changed / "artifacts" / f"{table}.parquet"
    rows = [{**row, **values} for row in pq.ParquetFile(path).read().to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert points_of(key, changed) < SCORES[key]


def test_a_champion_whose_model_is_gone_is_no_way_back(changed):
    (changed.parent / BEFORE / "artifacts" / "model.skops").unlink()
    assert points_of("rollback", changed) == 0


def test_the_champion_before_is_found_from_a_run_in_the_making(changed):
    building = changed.parent / ".building" / changed.name
    building.parent.mkdir()
    changed.rename(building)
    assert points_of("rollback", building) == 0.5


def test_a_run_without_anything_scores_nothing(tmp_path):
    found = score(Facts(tmp_path, {}, {}))
    assert found["score"] == 0
    assert set(points(tmp_path).values()) == {0}
    assert "no evidence" in found["level"]


@pytest.mark.parametrize(
    ("lowest", "word"), [(0, "not shown"), (0.5, "little"), (1, "little"), (2, "first"), (7, "exc")]
)
def test_a_score_has_a_meaning(lowest, word):
    assert level(lowest).startswith(word) or word in level(lowest)


def test_a_run_of_a_dirty_tree_is_repeatable_where_one_of_the_same_code_was_made_again_on_record(changed):
    manifest = json.loads((changed / "manifest.json").read_text())
    manifest["code"]["git_dirty"] = True
    (changed / "manifest.json").write_text(json.dumps(manifest))
    assert points_of("reproducible", changed) == 0.5
    before = "20260101-000000-aaaaaa"
    (changed.parent / before).mkdir()
    (changed.parent / before / "manifest.json").write_text(json.dumps({"code": manifest["code"]}))
    for verdict, expected in (("different", 0.5), ("identical", 1)):
        facts = {"version": before, "verdict": verdict, "stage": None}
        record_reproduction(changed.parent, manifest["dataset"], facts)
        assert points_of("reproducible", changed) == expected
    (changed.parent / before / "manifest.json").write_text(json.dumps({"code": {"library": "other", "lock": "x"}}))
    assert points_of("reproducible", changed) == 0.5

import json
import re

import pytest
from tests.reports.complete import VERSION, write_complete

from churn_mlops.reports.facts import Facts
from churn_mlops.reports.formats import points
from churn_mlops.reports.readiness import render_readiness


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / VERSION
    write_complete(folder)
    (folder / "pages").mkdir()
    (folder / "pages" / "02_features.html").write_text("")
    render_readiness(Facts(folder))
    return folder


def test_machines_get_each_test_with_score_and_evidence(run):
    found = json.loads((run / "readiness.json").read_text())
    tests = {test["key"]: test for section in found["sections"] for test in section["tests"]}
    assert found["schema"] == 1
    assert found["score"] == min(section["score"] for section in found["sections"])
    assert len(tests) == 28
    assert tests["validated"]["evidence"] == [
        {
            "points": 1,
            "fact": "All 6 gates passed before the decision.",
            "files": ["artifacts/gates.json", "artifacts/promotion.json"],
        }
    ]
    assert tests["validated"]["earns"] == ""
    assert tests["privacy"]["evidence"] == []
    assert "erased" in tests["privacy"]["earns"]


@pytest.mark.parametrize(
    "said",
    [
        "4 of 7 points",
        "The weakest section decides.",
        "Is a model's quality validated before it serves?",
        "✓ All 6 gates passed before the decision.",
        "+1 by gates.json, promotion.json",
        "No evidence in this run. What would earn it: Who may read a customer's data",
        "What would earn the rest: The result of the feature code's tests",
        "Breck and others",
    ],
)
def test_the_page_says_what_counts_and_what_would(run, said):
    from html import unescape

    html = (run / "readiness.html").read_text(encoding="utf-8")
    text = unescape(re.sub(r"<[^>]+>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)))
    assert said in re.sub(r"\s+", " ", text)


def test_evidence_is_linked_where_it_is_best_read(run, make):
    html = (run / "readiness.html").read_text(encoding="utf-8")
    assert '<a href="artifacts/gates.json">gates.json</a>' in html
    assert '<a href="pages/02_features.html">02_features.ipynb</a>' in html
    assert '<a href="notebooks/05_deploy.ipynb">05_deploy.ipynb</a>' in html
    assert make.live(html) == []


def test_secrets_are_hidden_for_people_and_machines(run, tmp_path):
    write_complete(tmp_path / VERSION)
    render_readiness(Facts(tmp_path / VERSION), lambda text: text.replace("lightgbm", "[secret]"))
    for name in ("readiness.html", "readiness.json"):
        said = (tmp_path / VERSION / name).read_text(encoding="utf-8")
        assert "[secret]" in said
        assert "lightgbm" not in said


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (0.5, "½"), (1, "1"), (1.0, "1"), (3.5, "3½"), (None, "–"), ("x", "x")]
)
def test_points_are_whole_and_half(value, shown):
    assert points(value) == shown

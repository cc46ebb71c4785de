"""Why: from a prediction back to the cell, the data and the people, every link of which leads somewhere."""

import json
import re
from pathlib import Path

import pytest
from tests.registry.published import AUTHOR
from tests.serving.test_finding import ONE, TWO, entry, write_log

from churn_mlops.archive.files import read_json
from churn_mlops.config import Policy
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.why.describing import describe_customer, describe_prediction
from churn_mlops.pipelines.why.text import why_text
from churn_mlops.registry import rollback
from churn_mlops.registry.acts import approve, promote_model
from churn_mlops.registry.champion import read_champion

BOB = "Bob <bob@shop.example>"


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def let_serve(runs, version, monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", BOB)
    approve(runs, "people", version, "looked at it", Policy("one"))
    promote_model(runs, "people", version, Policy("one"), reason="for the spring")
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)


def follow(runs, links):
    """Every link leads to a file, and its anchor to a place on the page."""
    assert links
    for name, link in links.items():
        path, _, anchor = link.partition("#")
        assert not Path(path).is_absolute(), name
        assert (runs / path).is_file(), name
        if anchor:
            assert re.search(rf'\bid="{anchor}"', (runs / path).read_text()), name


def cell_at(runs, link):
    """The code that a link to a cell leads to, without markup."""
    path, _, anchor = link.partition("#")
    page = (runs / path).read_text()
    section = page[page.index(f'id="{anchor}"') :].partition("</section>")[0]
    return re.sub(r"<[^>]+>", "", section)


def test_a_prediction_of_a_list_is_followed_to_all_it_came_of(archive, runs, monkeypatch):
    version = archive()
    let_serve(runs, version, monkeypatch)
    answer = describe_prediction(runs, f"{version}/c1")
    assert (answer["customer"], answer["probability"], answer["decision"]) == ("c1", 0.75, "contact")
    assert answer["reasons"] == [{"reason": "spend is high (3)", "contribution": 1.5}]
    assert answer["trained"] == {
        "stage": "03_train",
        "cell": 5,
        "code": "model = models.fit_calibrated(chosen)",
        "executed_in": version,
    }
    assert answer["model"]["state"] == "champion"
    assert answer["model"]["as_registered"]
    assert [(act["by"], act["reason"]) for act in answer["approved"]] == [(BOB, "looked at it")]
    assert [(act["by"], act["kind"], act["policy"]) for act in answer["promoted"]] == [(BOB, "promotion", "one")]
    assert answer["data"]["version"] == read_json(runs / version / "artifacts" / "data_version.json")["version"]
    follow(runs, answer["links"])
    wanted = {
        "run",
        "scores",
        "scoring page",
        "model",
        "training cell",
        "training notebook",
        "data version",
        "audit log",
    }
    assert wanted <= answer["links"].keys()
    assert "fit_calibrated" in cell_at(runs, answer["links"]["training cell"])
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


def test_the_text_names_each_thing_and_where_it_stands(archive, runs, monkeypatch):
    version = archive()
    let_serve(runs, version, monkeypatch)
    text = why_text(describe_prediction(runs, f"{version}/c1"), lambda link: f"runs/{link}")
    for said in (
        f"Prediction {version}/c1",
        "Probability  0.750 of leaving: contact, an offer is expected to earn 12.50",
        "Reason 1     spend is high (3) (+1.50 log-odds)",
        f"of {version}, champion now",
        "Trained in   03_train, code cell 5: model = models.fit_calibrated(chosen)",
        f"             runs/{version}/pages/03_train.html#cell-5",
        f"Approved by  {BOB}, ",
        f"Serves by    promoted by {BOB}, ",
        "             runs/registry/people/audit.jsonl",
    ):
        assert said in text


def test_a_list_scored_by_the_champion_leads_to_the_champions_run(archive, runs, monkeypatch):
    first = archive()
    let_serve(runs, first, monkeypatch)
    digest = read_champion(runs, "people").digest
    second = archive(model=b"another", scored_by=digest, before=first)
    answer = describe_prediction(runs, f"{second}/c1")
    assert (answer["run"]["version"], answer["model"]["version"]) == (second, first)
    assert answer["links"]["run"].startswith(second)
    assert answer["links"]["training cell"].startswith(first)
    follow(runs, answer["links"])


def test_of_several_runs_with_one_model_file_the_one_that_serves_is_named(archive, runs, monkeypatch):
    first = archive()
    let_serve(runs, first, monkeypatch)
    again = archive()
    assert describe_prediction(runs, f"{again}/c1")["model"]["version"] == first


def test_what_was_taken_back_since_is_told_all_the_same(archive, runs, monkeypatch):
    first = archive(model=b"first")
    let_serve(runs, first, monkeypatch)
    second = archive(model=b"second")
    let_serve(runs, second, monkeypatch)
    rollback.rollback(runs, "people")
    answer = describe_prediction(runs, f"{second}/c1")
    assert (answer["model"]["state"], [act["by"] for act in answer["approved"]]) == ("retired", [BOB])
    back = describe_prediction(runs, f"{first}/c1")["promoted"]
    assert [(act["kind"], act["by"]) for act in back] == [("promotion", BOB), ("rollback", AUTHOR)]


def test_a_model_that_nobody_promoted_or_whose_file_was_swapped_is_told_so(archive, runs):
    version = archive()
    path = runs / version / "artifacts" / "model.skops"
    path.unlink()
    path.write_bytes(b"swapped")
    answer = describe_prediction(runs, f"{version}/c1")
    assert (answer["approved"], answer["promoted"], answer["model"]["as_registered"]) == ([], [], False)
    text = why_text(answer, str)
    assert "candidate now; the archive has not that file" in text
    assert "it has never been champion" in text


@pytest.mark.parametrize(
    ("ids", "asked", "shown"),
    [(None, "a/b", "a/b"), ([7, 8], "8", "8"), ([7.0, 8.0], "8", "8.0"), ([7.0, 8.0], "8.0", "8.0")],
)
def test_customers_may_be_named_by_anything(archive, runs, ids, asked, shown):
    version = archive(ids=ids)
    answer = describe_prediction(runs, f"{version}/{asked}")
    assert (answer["id"], answer["customer"], answer["expected_profit"]) == (f"{version}/{shown}", shown, None)
    assert answer["reasons"] == []


@pytest.mark.parametrize("customer", ["nobody", "nan", "C1"])
def test_a_customer_who_is_not_on_the_list_is_an_error_with_its_cure(archive, runs, customer):
    version = archive(ids=[7.0, 8.0])
    with pytest.raises(ConfigError, match=f"has not scored customer `{customer}`.*Cure: python pipeline.py why"):
        describe_prediction(runs, f"{version}/{customer}")


def asked_of(runs, version, **changes):
    example = read_json(runs / version / "artifacts" / "model.json")
    return entry(version=version, digest=example["digest"], dataset="people", customer="c1") | changes


def served_probability(trained, row):
    import pandas as pd

    from churn_mlops.models.predictor import load_predictor

    return float(load_predictor(trained).predict(pd.DataFrame([row]))[0])


def test_a_prediction_of_the_service_has_the_models_own_reasons(archive, runs, trained, monkeypatch):
    version = archive()
    let_serve(runs, version, monkeypatch)
    row = {"spend": 2.0, "plan": "basic"}
    told = asked_of(runs, version, probability=served_probability(trained, row), request=json.dumps(row))
    write_log(runs, told, told | {"role": "shadow", "probability": 0.5}, dataset="people")
    answer = describe_prediction(runs, ONE)
    assert (answer["kind"], answer["no_reasons"], answer["customer"]) == ("service", None, "c1")
    assert {one["reason"].split()[0] for one in answer["reasons"]} == {"spend", "plan"}
    assert answer["shadow"]["probability"] == 0.5
    assert answer["links"]["prediction log"] == "predictions/people/2026-11-28/16-a-000000.parquet"
    assert [act["by"] for act in answer["promoted"]] == [BOB]
    follow(runs, answer["links"])
    text = why_text(answer, str)
    assert "Asked at     /predict of the service, 28 Nov 2026, 16:00 UTC" in text
    assert "Shadow       v" not in text
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer


@pytest.mark.parametrize(
    ("changes", "seen"),
    [
        ({"probability": 0.123}, "and 0.123000 was answered"),
        ({"request": "{"}, "the log does not hold the request as JSON"),
        ({"request": "[1]"}, "it is no object"),
        ({"request": '{"spend": "much"}'}, "holds what is not a number"),
        ({"request": "{}"}, "was answered"),
        ({"digest": "0" * 64}, "and 000000000000 answered"),
        ({"version": "20200101-000000-aaaaaa", "digest": "0" * 64}, "is gone from the archive"),
    ],
)
def test_reasons_that_would_not_be_those_of_the_answer_are_not_given(archive, runs, changes, seen):
    version = archive()
    write_log(runs, asked_of(runs, version, probability=0.111, request='{"spend": 1, "plan": "basic"}') | changes)
    answer = describe_prediction(runs, ONE)
    assert answer["reasons"] == []
    assert seen in answer["no_reasons"]
    assert f"Reasons      none: {answer['no_reasons']}" in why_text(answer, str)


def test_an_id_that_nobody_answered_is_an_error_that_names_what_it_could_not_read(archive, runs):
    archive()
    path = write_log(runs, entry())
    path.with_name("17-a-000000.parquet").write_bytes(b"torn")
    with pytest.raises(ConfigError, match=r"not in the service's log.*17-a-000000.parquet.*Cure"):
        describe_prediction(runs, TWO)


def test_of_a_customer_the_champions_newest_comes_first_and_the_others_are_listed(archive, runs, monkeypatch):
    first = archive()
    let_serve(runs, first, monkeypatch)
    newer = archive(scores=[{"id": "c1", "probability": 0.5, "decision": "contact", "reason_1": ""}])
    other = archive(model=b"another", scores=[{"id": "c1", "probability": 0.9, "decision": "contact", "reason_1": ""}])
    archive(model=b"third", experiment=True)
    write_log(runs, asked_of(runs, first), dataset="people")
    answer = describe_customer(runs, "people", "c1")
    assert answer["id"] == f"{newer}/c1"
    told = [(one["id"], one["kind"], one["champion"]) for one in answer["others"]]
    assert told == [(f"{other}/c1", "batch", False), (f"{first}/c1", "batch", True), (ONE, "service", True)]
    text = why_text(answer, str)
    assert "Other predictions of this customer: 3" in text
    assert f"  {ONE}  28 Nov 2026, 16:00 UTC  0.250 leave" in text
    assert describe_customer(runs, "", "c1", first)["id"] == f"{first}/c1"


def test_a_list_that_two_runs_hold_counts_once(archive, runs):
    archive()
    archive()
    assert describe_customer(runs, "people", "c1")["others"] == []


def test_a_customer_whom_only_the_service_knows_is_explained_from_its_log(archive, runs):
    version = archive()
    write_log(runs, asked_of(runs, version, customer="new"), dataset="people")
    assert describe_customer(runs, "people", "new")["id"] == ONE


def test_a_customer_nobody_knows_is_an_error_with_its_cure(archive, runs):
    archive()
    with pytest.raises(ConfigError, match=r"customer `x`: no run of people has scored them.*Cure"):
        describe_customer(runs, "people", "x")

import json
import time
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest
from tests.serving.conftest import DATASET

from churn_mlops.models.predictor import load_predictor
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.registering import ALERT, RUN
from churn_mlops.serving.http import app as http_app
from churn_mlops.serving.loading import load_pointed
from churn_mlops.serving.lowering import lower_risk
from churn_mlops.serving.scoring import CONTACT

ROW = {"spend": 0.5, "plan": "basic"}


@pytest.mark.slow
def test_one_customer_gets_the_models_own_probability_decision_and_worth(client, champion_runs, example):
    champion = read_champion(champion_runs, DATASET)
    answer = client.post("/predict", json=example["request"]).json()
    assert answer["probability"] == pytest.approx(example["probability"], abs=1e-12)
    assert (answer["version"], answer["digest"]) == (champion.version, champion.digest)
    predictor = load_predictor(champion_runs / champion.version / "artifacts")
    assert (answer["decision"] == CONTACT) == (answer["probability"] >= predictor.threshold)
    assert answer["expected_profit"] == pytest.approx(0.3 * 100 * answer["probability"] - 10, abs=0.006)


@pytest.mark.slow
def test_reasons_are_those_of_the_list(client, example):
    assert "reasons" not in client.post("/predict", json=example["request"]).json()
    told = client.post("/predict?reasons=true", json=example["request"]).json()["reasons"]
    assert [one["reason"] for one in told] == [one["reason"] for one in example["reasons"]]
    assert [one["contribution"] for one in told] == pytest.approx([one["contribution"] for one in example["reasons"]])
    assert client.post("/predict?reasons=maybe", json=ROW).status_code == 422


def test_an_explanation_says_what_would_lower_the_risk_and_the_terms_of_the_offer(client):
    told = client.post("/explain", json={"spend": 2.0, "plan": "basic"}).json()
    assert told["offer"] == {"value_kept": 100, "offer_cost": 10, "success_rate": 0.3, "currency": "EUR"}
    assert {one["field"] for one in told["lower"]} <= {"spend", "plan"}
    assert told["lower"]
    assert all(one["probability"] < told["probability"] for one in told["lower"])


def test_where_levers_are_named_nothing_else_would_lower_the_risk(champion_runs):
    loaded = load_pointed(champion_runs, read_champion(champion_runs, DATASET))
    answering, values = loaded.answering, loaded.answering.reader.read({"spend": 2.0, "plan": "basic"}).values
    p = answering.probability(values)
    assert {one["field"] for one in lower_risk(answering, values, p)} == {"spend", "plan"}
    dataset = replace(answering.definition.dataset, levers=("plan",))
    levered = replace(answering, definition=replace(answering.definition, dataset=dataset))
    assert [one["field"] for one in lower_risk(levered, values, p)] == ["plan"]


def test_a_batch_is_answered_row_by_row_as_one_by_one(client):
    rows = [{**ROW, "spend": n / 10} for n in range(20)] + [{"spend": None, "plan": None}, {**ROW, "plan": "gold"}]
    together = client.post("/predict/batch", json={"rows": rows}).json()
    alone = [client.post("/predict", json=row).json() for row in rows]
    for one, other in zip(together["answers"], alone, strict=True):
        assert one["probability"] == pytest.approx(other["probability"], abs=1e-12)
        assert (one["decision"], one["expected_profit"]) == (other["decision"], other["expected_profit"])
    assert together["answers"][-1]["unusual"][0]["field"] == "plan"
    assert len({one["id"] for one in together["answers"]}) == len(rows)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"rows": []}, 422),
        ([], 422),
        ({"rows": 3}, 422),
        ({"rows": [ROW], "x": 1}, 422),
        ({"rows": [{}] * 10_001}, 422),
    ],
    ids=["none", "a list", "a number", "another key", "too many"],
)
def test_a_batch_that_is_none_is_refused(client, body, status):
    answer = client.post("/predict/batch", json=body)
    assert answer.status_code == status
    assert answer.json()["problems"][0]["field"] == "rows"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b'{"spend": NaN, "plan": "basic"}', 422, "spend"),
        (b'{"spend": 1e999, "plan": "basic"}', 422, "spend"),
        (b'{"spend": "7", "plan": "basic"}', 422, "spend"),
        (b'{"spend": ' + b"9" * 10_000 + b', "plan": "basic"}', 422, "spend"),
        (b'{"spend": 1, "plan": "basic", "colour": 1}', 422, "colour"),
        (b'{"spend": 1}', 422, "plan"),
        (b'{"spend": 1, "spend": 2, "plan": "basic"}', 400, "spend"),
        (b"[" * 50_000, 400, ""),
        (b'{"spend": 1, "plan": "\xff"}', 400, ""),
        (b"", 400, ""),
    ],
    ids=["NaN", "1e999", "text", "10k digits", "unknown", "absent", "twice", "deep", "bad UTF-8", "empty"],
)
@pytest.mark.parametrize("route", ["/predict", "/explain"])
def test_a_bad_request_is_told_field_rule_and_value_in_one_shape(client, route, body, status, field):
    answer = client.post(route, content=body, headers={"Content-Type": "application/json"})
    told = answer.json()
    assert (answer.status_code, told["status"], told["problems"][0]["field"]) == (status, status, field)
    assert set(told) == {"status", "error", "problems"}
    assert {"field", "rule", "value"} <= set(told["problems"][0])


def test_an_unseen_level_is_answered_and_flagged(client):
    answer = client.post("/predict", json={**ROW, "plan": "gold"})
    assert answer.status_code == 200
    assert answer.json()["unusual"][0] == {
        "field": "plan",
        "rule": "a level that training has seen; none of this name was there",
        "value": '"gold"',
    }


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/predict", 405), ("POST", "/model", 405), ("GET", "/static/app.py", 404)],
)
def test_a_wrong_path_or_method_is_told_in_the_same_shape(client, method, path, status):
    answer = client.request(method, path, json={} if method == "POST" else None)
    assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_the_service_says_which_model_answers_and_who_let_it(client, champion_runs):
    told, champion = client.get("/model").json(), read_champion(champion_runs, DATASET)
    assert (told["version"], told["digest"], told["generation"]) == (champion.version, champion.digest, 1)
    assert (told["path"], told["author"]) == ("compiled", "Ann <ann@shop.example>")
    assert told["promoted_by"] == "Ben <ben@shop.example>"
    assert told["data"] == {
        "source": "people.csv",
        "version": "d" * 64,
        "oldest": None,
        "newest": "2026-10-31",
        "rows": 9,
    }


def test_every_answer_is_logged_as_it_was_asked(client_of, own_runs):
    client = client_of(own_runs)
    one = client.post("/predict", json={**ROW, "id": "c007"}).json()
    many = client.post("/predict/batch", json={"rows": [ROW, {**ROW, "plan": "plus"}]}).json()["answers"]
    client.post("/predict", json={**ROW, "spend": "7"})
    client.service.app.state.service.log.close()
    (path,) = (own_runs / "predictions" / DATASET).rglob("*.parquet")
    logged = {row["id"]: row for row in pq.read_table(path).to_pylist()}
    assert set(logged) == {one["id"], *(answer["id"] for answer in many)}
    row = logged[one["id"]]
    assert (row["customer"], row["role"], row["route"], row["dataset"]) == ("c007", "champion", "/predict", DATASET)
    assert (row["probability"], row["decision"]) == (one["probability"], one["decision"])
    assert json.loads(row["request"]) == {**ROW, "id": "c007"}
    assert json.loads(logged[many[1]["id"]]["request"]) == {**ROW, "plan": "plus"}
    assert abs(row["at"].timestamp() - time.time()) < 60


@pytest.mark.slow
def test_what_cannot_be_logged_is_not_answered(client_of, own_runs):
    client = client_of(own_runs)
    client.service.app.state.service.log.most = 0
    answer = client.post("/predict", json=ROW)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.slow
def test_the_figures_count_requests_scores_and_name_the_model(client_of, champion_runs):
    client = client_of(champion_runs)
    client.post("/predict", json=ROW)
    client.post("/predict", content=b"{", headers={"Content-Type": "application/json"})
    text = client.get("/metrics").text
    champion = read_champion(champion_runs, DATASET)
    assert 'churn_requests_total{route="/predict",status="200"} 1.0' in text
    assert 'churn_requests_total{route="/predict",status="400"} 1.0' in text
    assert f'churn_probability_count{{role="champion",version="{champion.version}"}} 1.0' in text
    assert f'churn_model_info{{digest="{champion.digest}",version="{champion.version}"}} 1.0' in text
    age = next(line for line in text.splitlines() if line.startswith("churn_data_age_days"))
    assert float(age.split()[1]) > 0


@pytest.mark.slow
def test_the_figures_tell_of_alerts_as_soon_as_they_are_on_record(client_of, own_runs, monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", "Ann <ann@shop.example>")
    client = client_of(own_runs)
    line = f'churn_alerts{{dataset="{DATASET}",state="open",severity="high"}}'
    assert f"{line} 0\n" in client.get("/metrics").text
    found = {"name": "feed broken", "severity": "high", "message": "`plan` stopped arriving."}
    with open_ledger(own_runs, DATASET) as ledger:
        ledger.add([(RUN, {"version": "v", "look": "v"}), (ALERT, {"version": "v", **found})])
    assert f"{line} 1\n" in client.get("/metrics").text
    (own_runs / "registry" / DATASET / "outbox.json").write_text("{")  # nothing of it is worth an error
    answer = client.get("/metrics")
    assert (answer.status_code, "churn_ready 1.0" in answer.text, line in answer.text) == (200, True, False)


def test_a_mistake_of_ours_is_an_answer_that_shows_nothing(client, monkeypatch):
    monkeypatch.setattr(http_app.answers, "answer_one", lambda *_: {}["secret of a customer"])
    answer = client.post("/predict", json=ROW)
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "secret" not in answer.text


def test_a_customer_is_found_by_id_with_the_risk_of_the_list(client, champion_runs):
    champion = read_champion(champion_runs, DATASET)
    scores = pd.read_parquet(champion_runs / champion.version / "artifacts" / "scores.parquet")
    row = scores.iloc[3]
    told = client.get(f"/customers/{row['id']}").json()
    assert told["probability"] == pytest.approx(row["probability"], abs=1e-12)
    assert (told["decision"], told["customer"]) == (row["decision"], row["id"])
    assert told["reasons"][0]["reason"] == row["reason_1"]
    assert set(told["request"]) == set(told["words"]) == {"spend", "plan"}
    assert client.get("/customers/nobody").status_code == 404


def test_the_hundred_at_the_highest_risk_are_listed_and_downloaded(client):
    told = client.get("/customers").json()["customers"]
    risks = [one["probability"] for one in told]
    assert (len(told), risks) == (100, sorted(risks, reverse=True))
    download = client.get("/customers.csv")
    assert download.text.splitlines()[1].split(",")[0] == told[0]["id"]
    assert download.headers["content-disposition"].startswith("attachment")


def test_what_it_says_of_itself_has_the_fields_ranges_and_example_of_the_signature(client, example):
    told = client.get("/openapi.json").json()
    row = told["components"]["schemas"]["Row"]
    assert row["required"] == ["spend", "plan"]
    assert row["properties"]["spend"]["type"] == ["number", "null"]
    assert row["properties"]["plan"]["examples"] == ["basic", "plus"]
    assert row["examples"] == [example["request"]]
    assert row["additionalProperties"] is False
    assert {"/predict", "/predict/batch", "/explain", "/model", "/health", "/ready", "/metrics"} <= set(told["paths"])

"""A call by a key that was used before finds what came of it, and only that."""

import json

import pytest
from tests.registry.published import AUTHOR, publish, serve
from tests.serving.batch.conftest import customers, published, score, scorer

from churn_mlops.config import Config, Definition, Money
from churn_mlops.config.definition import Dataset
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.following import complete, is_left
from churn_mlops.pipelines.keyed import check_key, run_of, scores_of
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.registering import record_runs
from churn_mlops.registry.rollback import rollback
from churn_mlops.serving.batch.parts import parts_folder

__all__ = ["published", "score", "scorer"]
DECIDED = {"promoted": True, "reason": "better", "expected_generation": 1}


@pytest.fixture(autouse=True)
def as_ann(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    monkeypatch.delenv("CHURN_NOTIFY", raising=False)


def test_the_run_of_a_key_is_the_one_that_succeeded(tmp_path):
    publish(tmp_path, call_key="monitor 1", status="failed")
    assert run_of(tmp_path, "shop", "monitor 1") is None
    made = publish(tmp_path, call_key="monitor 1")
    publish(tmp_path, call_key="monitor 11")
    publish(tmp_path, call_key="monitor 1", dataset="other")
    assert run_of(tmp_path, "shop", "monitor 1") == made
    assert (run_of(tmp_path, "shop", "monitor"), run_of(tmp_path, "shop", "")) == (None, None)


@pytest.mark.parametrize("key", ["a\nb", "x" * 101, "\0"])
def test_a_key_is_one_short_line(key):
    with pytest.raises(ConfigError, match="--call-key"):
        check_key(key)


@pytest.mark.parametrize("name", ["scores.csv", "scores.parquet"])
def test_a_list_says_by_which_key_it_was_made_and_what_a_kill_left_beside_it_goes(score, tmp_path, name):
    customers(30).to_csv(tmp_path / "people.csv", index=False)
    score(tmp_path / "people.csv", name, key="score 1")
    output = tmp_path / "out" / name
    (parts_folder(output) / "0123").mkdir(parents=True)
    assert scores_of(output, "score 1")["call_key"] == "score 1"
    assert not parts_folder(output).exists()
    assert (scores_of(output, "score 2"), scores_of(output, "")) == (None, None)
    score(tmp_path / "people.csv", name)
    assert scores_of(output, "score 1") is None


@pytest.mark.parametrize("content", [b"", b"PAR1", b"id,probability\n"])
def test_a_list_that_is_torn_or_another_is_none(score, tmp_path, content):
    customers(30).to_csv(tmp_path / "people.csv", index=False)
    for name in ("scores.csv", "scores.parquet"):
        score(tmp_path / "people.csv", name, key="score 1")
        (tmp_path / "out" / name).write_bytes(content)
        assert scores_of(tmp_path / "out" / name, "score 1") is None
    (tmp_path / "out" / "scores.csv.json").write_text(json.dumps([1]))
    assert scores_of(tmp_path / "out" / "scores.csv", "score 1") is None


@pytest.fixture
def shop(tmp_path):
    """A project whose second run decided to serve, and was killed before that was done."""
    project = Project(tmp_path, tmp_path / "runs", ())
    told = {"stages": [], "waits": None, "finished": "2026-11-28T06:00:00Z", "parameters": {}}
    first = serve(project.runs, b"one", **told)
    second = publish(project.runs, b"two", record=False, promotion=DECIDED, **told)
    definition = Definition(Dataset("shop", "shop.csv", id="id", target="left", positive="1"), Money(1, 1, 1))
    return project, first, second, Config(tmp_path / "shop.toml", "", definition, {})


def test_a_promotion_that_a_kill_has_cut_off_is_completed_once(shop):
    project, _, second, config = shop
    assert is_left(project, second)
    for _ in range(2):
        complete(project, second, config)
        champion = read_champion(project.runs, "shop")
        assert (champion.version, champion.generation) == (second, 2)
    assert not is_left(project, second)


def test_what_was_rolled_back_since_is_not_brought_back(shop):
    project, first, second, config = shop
    complete(project, second, config)
    record_runs(project.runs, "shop")
    rollback(project.runs, "shop", "worse")
    complete(project, second, config)
    assert not is_left(project, second)
    assert read_champion(project.runs, "shop").version == first

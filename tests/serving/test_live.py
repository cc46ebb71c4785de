import shutil

import pytest
from tests.serving.conftest import DATASET, crown, publish_other, publish_trained

from churn_mlops.archive.files import read_json, write_json
from churn_mlops.registry.rollback import rollback
from churn_mlops.registry.shadow import set_shadow
from churn_mlops.serving import answering as answering_module
from churn_mlops.serving import live as live_module
from churn_mlops.serving.live import follow
from churn_mlops.serving.log import LogFile, LogWriter
from churn_mlops.serving.service import NotReady, Service, answer_one, describe_model, describe_ready

pytestmark = pytest.mark.slow

ROW = b'{"spend": 0.5, "plan": "basic"}'


@pytest.fixture
def service(own_runs):
    made = Service(own_runs, follow(own_runs, DATASET), LogWriter(LogFile(own_runs / "log", "w"), every=60))
    made.live.look()
    return made


def test_a_promotion_and_a_rollback_are_followed(service, own_runs, trained):
    first = answer_one(service, ROW, "/predict")
    crown(own_runs, second := publish_other(own_runs, trained))
    service.live.look()
    promoted = answer_one(service, ROW, "/predict")
    assert (promoted["version"], promoted["probability"] != first["probability"]) == (second, True)
    rollback(own_runs, DATASET)
    service.live.look()
    back = answer_one(service, ROW, "/predict")
    assert (back["version"], back["probability"]) == (first["version"], first["probability"])


def spoil_model(artifacts):
    (artifacts / "model.skops").chmod(0o644)
    content = bytearray((artifacts / "model.skops").read_bytes())
    content[len(content) // 2] ^= 1
    (artifacts / "model.skops").unlink()
    (artifacts / "model.skops").write_bytes(bytes(content))


def spoil_example(artifacts):
    path = artifacts / "example.json"
    example = read_json(path)
    path.unlink()
    write_json(path, {**example, "probability": example["probability"] / 2})


def ask_the_unreadable(artifacts):
    path = artifacts / "example.json"
    example = read_json(path)
    path.unlink()
    write_json(path, {**example, "request": {**example["request"], "spend": "7"}})


def spoil_signature(artifacts):
    path = artifacts / "signature.json"
    text = path.read_text().replace('"basic"', '"basik"')
    path.unlink()
    path.write_text(text)


@pytest.mark.parametrize(
    ("spoil", "sealed", "told"),
    [
        (spoil_model, False, "model.skops has digest"),
        (spoil_signature, False, "signature.json: the manifest says digest"),
        (spoil_example, True, "its stored example gets the probability"),
        (ask_the_unreadable, True, "the stored example is no request: `spend`"),
    ],
    ids=["model", "signature", "example", "request"],
)
def test_a_model_that_is_not_what_it_was_is_not_taken_and_the_one_before_serves_on(
    service, own_runs, trained, spoil, sealed, told
):
    before = answer_one(service, ROW, "/predict")
    version = publish_trained(own_runs, trained, spoil if sealed else lambda artifacts: None)
    crown(own_runs, version)
    if not sealed:
        spoil(own_runs / version / "artifacts")
    service.live.look()
    after = answer_one(service, ROW, "/predict")
    assert (after["version"], after["probability"]) == (before["version"], before["probability"])
    ready, said = describe_ready(service)
    assert (ready, said["version"], said["refused"]["version"]) == (True, before["version"], version)
    assert told in said["refused"]["why"]


def test_a_refused_model_is_tried_again_after_a_while(service, own_runs, trained, monkeypatch):
    version = publish_trained(own_runs, trained)
    crown(own_runs, version)
    model = own_runs / version / "artifacts" / "model.skops"
    aside = model.rename(own_runs / "aside")
    service.live.look()
    shutil.copy(aside, model)
    service.live.look()
    assert describe_ready(service)[1]["refused"]["version"] == version
    monkeypatch.setattr(live_module, "AGAIN_S", 0)
    service.live.look()
    assert (answer_one(service, ROW, "/predict")["version"], describe_ready(service)[1]["refused"]) == (version, None)


def test_a_damaged_pointer_leaves_what_serves(service, own_runs):
    before = answer_one(service, ROW, "/predict")["version"]
    (own_runs / "registry" / DATASET / "champion.json").write_text("{")
    service.live.look()
    assert answer_one(service, ROW, "/predict")["version"] == before
    assert "not a champion record" in describe_ready(service)[1]["refused"]["why"]


def test_without_a_champion_nothing_is_ready_until_there_is_one(tmp_path, trained):
    runs = tmp_path / "runs"
    version = publish_trained(runs, trained)
    service = Service(runs, follow(runs, DATASET), None)
    service.live.look()
    ready, said = describe_ready(service)
    assert (ready, "no champion yet" in said["why"]) == (False, True)
    with pytest.raises(NotReady):
        answer_one(service, ROW, "/predict")
    crown(runs, version)
    service.live.look()
    assert answer_one(service, ROW, "/predict")["version"] == version


def test_a_compiled_model_that_differs_is_not_used_and_the_model_answers_itself(own_runs, monkeypatch):
    compiled = answering_module.compile_model

    def wrong(model, signature):
        found = compiled(model, signature)
        return type(found)(lambda row: found.score(row) + 0.01, found.explain)

    right = Service(own_runs, follow(own_runs, DATASET), None)
    right.live.look()
    monkeypatch.setattr(answering_module, "compile_model", wrong)
    service = Service(own_runs, follow(own_runs, DATASET), None)
    service.live.look()
    told = describe_model(service.champion())
    assert (told["path"], told["path_because"].startswith("compiled, it differed")) == ("scikit-learn", True)
    expected, found = (answer_one(one, ROW, "/predict", True, True) for one in (right, service))
    assert found["probability"] == pytest.approx(expected["probability"], abs=1e-12)
    assert [one["reason"] for one in found["reasons"]] == [one["reason"] for one in expected["reasons"]]
    assert [one["field"] for one in found["lower"]] == [one["field"] for one in expected["lower"]]


def test_the_shadow_is_asked_beside_and_only_logged(service, own_runs, trained):
    version = publish_other(own_runs, trained)
    set_shadow(own_runs, DATASET, version)
    service.live.look()
    service.log.beside = service.ask_shadow
    asked = []
    service.watch = lambda loaded, role, p: asked.append((role, len(p)))
    shown = [answer_one(service, b'{"spend": %d, "plan": "basic"}' % n, "/predict") for n in range(5)]
    service.log._flush()
    logged = service.log.file.table.to_pylist()
    champion, shadow = ([row for row in logged if row["role"] == role] for role in ("champion", "shadow"))
    assert [row["id"] for row in champion] == [row["id"] for row in shadow] == [one["id"] for one in shown]
    assert {row["version"] for row in shadow} == {version}
    rows = [[float(n), "basic"] for n in range(5)]
    expected = service.live.shadow.loaded.answering.predict(rows)
    assert [row["probability"] for row in shadow] == pytest.approx(expected.tolist())
    assert asked[-1] == ("shadow", 5)
    assert version not in str(shown)
    set_shadow(own_runs, DATASET, None)
    service.live.look()
    assert service.live.shadow.loaded is None


@pytest.mark.parametrize("p", [0.0, 0.1, 1 / 3, 0.3334, 0.9])
def test_one_row_is_decided_as_many_are(service, p):
    answering = service.champion().answering
    (decision,), (worth,) = answering.decide_all([[0.5, "basic"]], [p])
    assert answering.decide([0.5, "basic"], p) == (decision, pytest.approx(worth))

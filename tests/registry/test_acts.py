"""What may be done to a model, by whom, and what becomes of it; each act is one record."""

import pytest
from tests.registry.published import AUTHOR, PASSED, publish, serve

from churn_mlops.config import Policy
from churn_mlops.errors import ActRefused, AuditDamaged, ConfigError, GenerationMoved, PromotionRefused
from churn_mlops.registry.acts import approve, promote_model, reject, retire
from churn_mlops.registry.audit.log import LOG, read_log
from churn_mlops.registry.champion import MODEL, read_champion, registry_folder
from churn_mlops.registry.models import replay

AUTO, ONE, TWO = Policy(), Policy("one"), Policy("two")
BEN, CLEO, DAN = "Ben <ben@shop.example>", "Cleo <cleo@shop.example>", "Dan <dan@shop.example>"


def records(runs):
    return read_log(registry_folder(runs, "shop"))


def state(runs, version):
    return replay(records(runs))[version].state


def test_a_published_run_registers_a_candidate_with_all_that_a_choice_needs(runs):
    version = publish(runs, experiment=False)
    model = replay(records(runs))[version]
    assert (model.state, model.author, model.version) == ("candidate", AUTHOR, version)
    assert set(model.facts) >= {"digest", "signature", "data", "run", "metrics", "gates", "seal"}
    assert model.facts["metrics"] == {"roc_auc": 0.8, "profit": 1200.0}
    assert model.facts["data"]["version"] == "d" * 64
    assert [record.kind for record in records(runs)] == ["beginning", "run", "registration", "retraining"]


def test_a_failed_run_is_on_record_and_registers_nothing(runs):
    version = publish(runs, status="failed")
    assert [record.kind for record in records(runs)[1:]] == ["run", "retraining"]
    with pytest.raises(ActRefused, match=r"registered no model.*Cure: python pipeline\.py models"):
        approve(runs, "shop", version, "good", AUTO)


def test_alerts_and_the_retraining_decision_are_on_record(runs):
    alert = {"name": "drift", "severity": "high", "message": "moved", "cause": "", "cure": ""}
    publish(runs, alerts=[alert], retraining={"needed": True, "reasons": ["drift"]})
    kinds = {record.kind: record.facts for record in records(runs)}
    assert kinds["alert"]["name"] == "drift"
    assert kinds["retraining"]["needed"] is True


def test_a_run_that_was_killed_before_it_was_recorded_is_by_the_next(runs):
    first = publish(runs, record=False)
    second = publish(runs, b"other")
    assert list(replay(records(runs))) == [first, second]


def test_runs_of_another_dataset_are_not_this_ones(runs):
    publish(runs, dataset="bank", record=False)
    version = publish(runs)
    assert list(replay(records(runs))) == [version]


def test_a_model_goes_its_way_through_the_states(runs):
    version, seen = publish(runs), []
    for act in (
        lambda: approve(runs, "shop", version, "looks right", ONE),
        lambda: reject(runs, "shop", version, "the data was wrong"),
        lambda: approve(runs, "shop", version, "it was not", ONE),
        lambda: promote_model(runs, "shop", version, ONE),
        lambda: serve(runs, b"next"),
        lambda: retire(runs, "shop", version, "too old"),
    ):
        act()
        seen.append(state(runs, version))
    assert seen == ["approved", "rejected", "approved", "champion", "retired", "retired"]


def test_two_people_must_approve_where_the_policy_says_so(runs, acting):
    version, seen = publish(runs), []
    for name in (BEN, CLEO):
        with pytest.raises(PromotionRefused, match=r"must still approve it. Cure: python pipeline\.py approve"):
            promote_model(runs, "shop", version, TWO)
        acting(name)
        approve(runs, "shop", version, "looks right", TWO)
        seen.append(state(runs, version))
    assert seen == ["candidate", "approved"]
    assert promote_model(runs, "shop", version, TWO).version == version
    assert records(runs)[-1].facts["approvals"] == [r.n for r in records(runs) if r.kind == "approval"]


@pytest.mark.parametrize("name", [AUTHOR, "ANN@shop.example", "Somebody Else <Ann@Shop.example>"])
def test_the_author_of_a_run_cannot_approve_it_under_any_spelling(runs, acting, name):
    version = publish(runs)
    acting(name)
    with pytest.raises(ActRefused, match=r"author of its run; self-approval does not count.*somebody else"):
        approve(runs, "shop", version, "mine is best", AUTO)


def test_one_person_does_not_count_twice(runs, acting):
    version = publish(runs)
    approve(runs, "shop", version, "good", TWO)
    acting("Benjamin <BEN@shop.example>")
    with pytest.raises(ActRefused, match="has approved it already"):
        approve(runs, "shop", version, "still good", TWO)


def test_what_nobody_ran_nobody_can_approve_where_approval_counts(runs):
    version = publish(runs, author="unknown")
    with pytest.raises(ActRefused, match=r"who ran it is not known.*CHURN_ACTOR"):
        approve(runs, "shop", version, "good", ONE)


def test_without_an_identity_nobody_acts(runs, monkeypatch):
    version = publish(runs)
    monkeypatch.setattr("churn_mlops.registry.identity.who", lambda: "unknown")
    with pytest.raises(ConfigError, match=r"who does it is not known.*git config user.email.*CHURN_ACTOR"):
        approve(runs, "shop", version, "good", AUTO)


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "x" * 1001])
def test_a_reason_is_one_line(runs, reason):
    with pytest.raises(ActRefused, match="--reason with one line"):
        approve(runs, "shop", publish(runs), reason, AUTO)


REFUSED = {
    "an experiment": (dict(experiment=True), "it is an experiment"),
    "no gates": (dict(gates=None), "no gate was evaluated"),
    "a failed gate": (
        dict(gates=[*PASSED, {"name": "earns more", "passed": False}]),
        "1 of 3 gates failed: earns more",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_run_itself_speaks_against_is_not_promoted(runs, name):
    changes, words = REFUSED[name]
    version = publish(runs, **changes)
    with pytest.raises(PromotionRefused, match=words):
        promote_model(runs, "shop", version, AUTO)
    assert read_champion(runs, "shop") is None


def spoil(path):
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")


@pytest.mark.parametrize("file", [MODEL, "artifacts/signature.json", "metrics.json", "manifest.json"])
def test_one_changed_byte_in_any_file_keeps_a_version_from_serving(runs, file):
    version = publish(runs)
    spoil(runs / version / file)
    with pytest.raises(PromotionRefused, match=file.split("/")[-1].replace("manifest.json", "manifest")):
        promote_model(runs, "shop", version, AUTO)


def test_what_was_rejected_serves_only_after_it_was_approved_anew(runs):
    version = publish(runs)
    reject(runs, "shop", version, "wrong data")
    with pytest.raises(PromotionRefused, match=r"rejected by Ben .* wrong data. Cure: .* approve"):
        promote_model(runs, "shop", version, AUTO)
    approve(runs, "shop", version, "the data was right", AUTO)
    assert promote_model(runs, "shop", version, AUTO).version == version


def test_what_was_rejected_does_not_come_back_as_the_same_model_of_another_run(runs):
    reject(runs, "shop", publish(runs), "wrong data")
    again = publish(runs)
    with pytest.raises(PromotionRefused, match="rejected by Ben"):
        promote_model(runs, "shop", again, AUTO, 0)


@pytest.mark.parametrize("act", [reject, retire])
def test_the_champion_is_neither_rejected_nor_retired_while_it_serves(runs, act):
    version = serve(runs, b"model")
    with pytest.raises(ActRefused, match=r"serves now. Cure: python pipeline\.py rollback"):
        act(runs, "shop", version, "no more")


def test_the_champion_is_not_promoted_again(runs):
    version = serve(runs, b"model")
    with pytest.raises(PromotionRefused, match=f"champion already: {version}"):
        promote_model(runs, "shop", publish(runs), AUTO)


def test_a_run_that_compared_with_an_older_champion_does_not_replace_the_newer(runs):
    serve(runs, b"first")
    with pytest.raises(GenerationMoved):
        promote_model(runs, "shop", publish(runs, b"second"), AUTO, 0)


def test_nothing_is_decided_on_a_log_that_was_changed(runs):
    version = publish(runs)
    log = registry_folder(runs, "shop") / LOG
    log.write_bytes(log.read_bytes().replace(b"Ann", b"Eve"))
    with pytest.raises(AuditDamaged):
        promote_model(runs, "shop", version, AUTO)


def test_a_registry_from_before_the_log_begins_with_its_champion(runs):
    old = serve(runs, b"old")
    folder = registry_folder(runs, "shop")
    (folder / LOG).unlink()
    for name in ("champion.json", "history.jsonl"):
        text = (folder / name).read_text()
        start = text.index('"record":')
        (folder / name).write_text(text[:start] + '"record": null' + text[text.index('"', start + 10) + 66 :])
    new = serve(runs, b"new")
    assert records(runs)[0].facts["champion"]["version"] == old
    assert (state(runs, old), state(runs, new)) == ("retired", "champion")
    assert read_champion(runs, "shop").generation == 2


def test_a_log_that_was_taken_away_does_not_begin_anew(runs):
    serve(runs, b"model")
    (registry_folder(runs, "shop") / LOG).unlink()
    with pytest.raises(Exception, match=r"champion.json is at generation 1, the log at 0: the log was cut or put back"):
        publish(runs, b"other")

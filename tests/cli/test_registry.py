"""The registry on the command line: who may do what, what it prints, and the audit log behind it."""

import json
import re

import pytest
from tests.registry.published import AUTHOR, publish, serve

from churn_mlops.registry.audit.log import LOG, read_log
from churn_mlops.registry.champion import read_champion, registry_folder

BEN = "Ben <ben@shop.example>"
POLICY = '[dataset]\nname = "shop"\n[policy]\napproval = "one"\n'


@pytest.fixture(autouse=True)
def as_ben(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", BEN)
    monkeypatch.delenv("CHURN_SIGNING_KEY", raising=False)


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def ask_for(tmp_path, approval, name="shop"):
    """A definition in configs/ whose policy asks for so many people."""
    (tmp_path / "configs").mkdir(exist_ok=True)
    (tmp_path / "configs" / f"{name}.toml").write_text(
        f'[dataset]\nname = "{name}"\n[policy]\napproval = "{approval}"\n'
    )


def test_an_empty_archive_says_what_to_do(call):
    assert call("models") == (0, "No model yet. Cure: python pipeline.py\n", "")
    assert call("audit") == (0, "Nothing is on record yet. Cure: python pipeline.py\n", "")
    assert call("audit", "verify") == (0, "No log yet. Cure: python pipeline.py\n", "")
    assert json.loads(call("models", "--json")[1]) == []
    code, _, err = call("rollback")
    assert (code, err) == (2, "error: 0 datasets in the registry: none yet. Cure: --dataset NAME.\n")


def test_models_lists_where_each_stands(call, runs):
    first, second = serve(runs, b"1"), serve(runs, b"2")
    third = publish(runs, b"3", experiment=True)
    code, out, _ = call("models")
    rows = {line.split()[0]: line for line in out.splitlines()[1:]}
    assert code == 0
    assert list(rows) == [third, second, first]
    assert [word in rows[v] for v, word in ((first, "retired"), (second, "champion"), (third, "candidate, experiment"))]
    assert "2/2" in rows[first]
    told = {row["version"]: row for row in json.loads(call("models", "--json")[1])}
    assert told[second]["since"] == read_champion(runs, "shop").since
    assert (told[first]["since"], told[third]["author"]) == (None, AUTHOR)


def test_a_model_that_waits_is_approved_then_promoted(call, runs, tmp_path):
    version = publish(runs)
    ask_for(tmp_path, "one")
    code, _, err = call("promote", "latest")
    assert code == 4
    assert f"one person must still approve it. Cure: python pipeline.py approve {version} --reason" in err
    assert call("approve", "latest", "--reason", "looked at it")[:2] == (
        0,
        f"{version}: approved by {BEN}, record 5 of shop.\n",
    )
    code, out, _ = call("promote", version[:-2])
    assert (code, out) == (0, f"{version} is champion of shop, generation 1.\n")
    out = call("show", "champion")[1]
    assert [line for line in out.splitlines() if line.startswith("Approved by") and BEN in line]
    assert "looked at it" in out
    assert json.loads(call("show", version, "--json")[1])["approvals_that_count"] == [BEN]


def test_the_strictest_of_the_policies_counts(call, runs, tmp_path):
    """That of the settings now, and that which the run was made with: neither can be got around by the other."""
    version = publish(runs)
    path = runs / version / "config.toml"
    path.write_text(POLICY.replace("one", "two"))
    ask_for(tmp_path, "auto")
    ask_for(tmp_path, "two", "another")
    assert json.loads(call("show", version, "--json")[1])["policy"] == "two"
    path.unlink()
    assert json.loads(call("show", version, "--json")[1])["policy"] == "auto"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[dataset", "not valid TOML"),
        ('[dataset]\nname = "shop"\n[policy]\napproval = "three"\n', '"auto", "one" or "two"'),
    ],
)
def test_a_policy_that_cannot_be_read_permits_nothing(call, runs, tmp_path, text, told):
    publish(runs)
    ask_for(tmp_path, "auto")
    (tmp_path / "configs" / "shop.toml").write_text(text)
    code, _, err = call("promote", "latest")
    assert (code, told in err) == (2, True)
    assert read_champion(runs, "shop") is None


def test_the_author_cannot_approve(call, runs, monkeypatch):
    publish(runs)
    monkeypatch.setenv("CHURN_ACTOR", AUTHOR)
    code, _, err = call("approve", "latest", "--reason", "mine")
    assert code == 4
    assert "self-approval does not count. Cure: let somebody else approve it" in err


@pytest.mark.parametrize("command", ["approve", "reject", "retire"])
def test_a_decision_of_people_needs_a_reason(call, runs, command):
    publish(runs)
    code, _, err = call(command, "latest")
    assert (code, "--reason" in err) == (2, True)


def test_rollback_takes_one_command(call, runs):
    first, second = serve(runs, b"1"), serve(runs, b"2")
    code, out, _ = call("rollback", "--reason", "complaints")
    assert code == 0
    assert out == f"{first} is champion of shop again, generation 3; {second} does not serve any more.\n"
    assert call("rollback")[0] == 4


def test_reject_retire_and_shadow_are_told(call, runs):
    versions = [publish(runs, b"%d" % n) for n in range(3)]
    assert f"{versions[0]}: rejected by {BEN}" in call("reject", versions[0], "--reason", "no")[1]
    assert f"{versions[1]}: retired by {BEN}" in call("retire", versions[1], "--reason", "old")[1]
    assert call("shadow", versions[2])[1] == f"{versions[2]} shadows the champion of shop, generation 1.\n"
    assert "candidate, shadow" in call("models")[1]
    assert call("shadow", "--none")[1] == "no model shadows the champion of shop, generation 2.\n"
    assert call("shadow")[0] == 2


def test_audit_shows_who_did_what(call, runs):
    version = publish(runs)
    call("reject", version, "--reason", "wrong data")
    lines = call("audit")[1].splitlines()
    assert len(lines) == len(read_log(registry_folder(runs, "shop"))) == 5
    assert re.split("  +", lines[-1])[1:] == ["5", "rejection", BEN, f"{version}, wrong data"]
    told = json.loads(call("audit", "--json")[1])
    assert told[-1]["facts"]["reason"] == "wrong data"
    assert {"n", "at", "kind", "by", "facts", "hash", "before", "signed"} <= set(told[-1])


def test_audit_verify_against_the_anchor_names_what_was_cut(call, runs):
    publish(runs)
    call("reject", "latest", "--reason", "wrong data")
    anchor = call("audit", "anchor")[1].strip()
    assert call("audit", "verify", "--anchor", anchor)[0] == 0
    log = registry_folder(runs, "shop") / LOG
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    assert call("audit", "verify")[0] == 0
    code, out, _ = call("audit", "verify", "--anchor", anchor)
    assert code == 4
    assert "record 5: missing at the end" in out
    assert json.loads(call("audit", "verify", "--json", "--anchor", anchor)[1])[0]["problems"]


def test_a_log_that_was_changed_still_shows_what_is_left_of_it(call, runs):
    publish(runs)
    log = registry_folder(runs, "shop") / LOG
    log.write_bytes(log.read_bytes().replace(b"Ann", b"Eve", 1))
    assert "registration" in call("audit")[1]
    assert call("audit", "verify")[0] == 4
    code, _, err = call("models")
    assert (code, "audit verify names all" in err) == (4, True)


def test_several_datasets_are_told_apart(call, runs):
    publish(runs)
    publish(runs, dataset="bank")
    assert len(call("audit", "anchor")[1].splitlines()) == 2
    assert {row["dataset"] for row in json.loads(call("models", "--json")[1])} == {"shop", "bank"}
    assert {row["dataset"] for row in json.loads(call("models", "--dataset", "bank", "--json")[1])} == {"bank"}
    code, _, err = call("rollback")
    assert (code, "2 datasets in the registry: bank, shop" in err) == (2, True)

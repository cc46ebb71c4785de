"""The log is held against what else the archive knows: pointers, versions, permissions, signatures, anchors."""

import base64
import json
import shutil

import pytest
from tests.registry.published import publish, serve

from churn_mlops.archive.files import write_json
from churn_mlops.config import Policy
from churn_mlops.errors import ActRefused
from churn_mlops.registry.acts import approve, promote_model
from churn_mlops.registry.audit.anchor import make_anchor
from churn_mlops.registry.audit.log import LOG, read_log, scan
from churn_mlops.registry.audit.record import content, parse, to_line
from churn_mlops.registry.auditing import check_log, verify_audit
from churn_mlops.registry.champion import promote, registry_folder
from churn_mlops.registry.verify import verify

AUTO, ONE = Policy(), Policy("one")


@pytest.fixture
def served(runs):
    """An archive in which two models have served, one after the other."""
    serve(runs, b"first")
    version = publish(runs, b"second")
    approve(runs, "shop", version, "better", ONE)
    promote_model(runs, "shop", version, ONE)
    return runs


def folder(runs):
    return registry_folder(runs, "shop")


def found(runs, policy=AUTO, anchors=()):
    return [str(problem) for problem in verify_audit(runs, "shop", policy, anchors).problems]


def lines(runs):
    return (folder(runs) / LOG).read_bytes().split(b"\n")[:-1]


def write(runs, kept):
    (folder(runs) / LOG).write_bytes(b"".join(line + b"\n" for line in kept))


def forge(runs, kind, **facts):
    """Add a record in the right form, without the registry's leave."""
    last = parse(lines(runs)[-1])
    said = content(last.n + 1, last.at, kind, "shop", "Eve", facts, last.hash)
    write(runs, [*lines(runs), to_line(said)[0]])


def test_a_promotion_that_comes_while_somebody_asks_is_nothing_wrong(runs):
    serve(runs, b"1")
    before = scan(folder(runs))
    serve(runs, b"2")
    assert check_log(runs, "shop", before) == []
    (folder(runs) / "champion.json").write_text("{")
    assert len(check_log(runs, "shop", before)) == 1


def test_an_archive_as_it_was_left_has_no_problem(served):
    audited = verify_audit(served, "shop", ONE, [make_anchor(folder(served))])
    assert audited.problems == []
    assert audited.unsigned == list(range(1, audited.records + 1))
    assert verify(served) == []


def test_every_cut_shows_by_what_else_the_archive_knows(served):
    """Without an anchor, too: a run, a registration or a promotion is missing, whatever was cut."""
    whole = lines(served)
    for kept in range(len(whole)):
        write(served, whole[:kept])
        assert found(served), kept


def test_a_cut_of_the_last_promotion_is_named_with_both_generations(served):
    write(served, lines(served)[:-1])
    (problem,) = found(served)
    assert "champion.json is at generation 2, the log at 1: the log was cut or put back" in problem


def test_a_kill_between_log_and_pointer_is_no_problem_and_is_completed(served):
    pointer, history = (folder(served) / name for name in ("champion.json", "history.jsonl"))
    second = history.read_bytes().splitlines(keepends=True)
    history.write_bytes(second[0])
    pointer.write_bytes(second[0])
    assert found(served) == []
    publish(served, b"third")
    assert json.loads(pointer.read_text())["generation"] == 2
    assert history.read_bytes() == b"".join(second)


def remove_a_version(runs):
    shutil.rmtree(runs / read_log(folder(runs))[-1].facts["version"])


def change_a_manifest(runs):
    version = read_log(folder(runs))[-1].facts["version"]
    path = runs / version / "manifest.json"
    path.chmod(0o644)
    write_json(path, json.loads(path.read_text()) | {"seal": "0" * 64})


def put_the_pointer_back(runs):
    (folder(runs) / "champion.json").write_bytes((folder(runs) / "history.jsonl").read_bytes().splitlines()[0])


def move_the_pointer(runs):
    pointer = folder(runs) / "champion.json"
    pointer.write_text(json.dumps(json.loads(pointer.read_text()) | {"generation": 3}))


CASES = {
    "a run that is not on record": (lambda runs: publish(runs, b"other", record=False), "published, and not on record"),
    "a version that is gone": (remove_a_version, "gone from the archive without a deletion on record"),
    "a manifest that was exchanged": (change_a_manifest, "not the one that was registered"),
    "a pointer that was put back": (put_the_pointer_back, "it is older than history.jsonl"),
    "a pointer that was moved by hand": (move_the_pointer, "at generation 3, the log at 2"),
    "a pointer that is torn": (lambda runs: (folder(runs) / "champion.json").write_text("{"), "not a champion record"),
    "a record that was changed": (lambda runs: write(runs, [lines(runs)[0][:-1], *lines(runs)[1:]]), "line 1"),
    "a promotion that nobody registered": (
        lambda runs: promote(runs, "shop", *unregistered(runs), 2),
        "no run has registered this model",
    ),
}


def unregistered(runs):
    version = publish(runs, b"other", record=False)
    return version, json.loads((runs / version / "manifest.json").read_text())["model"]["digest"]


@pytest.mark.parametrize("name", CASES)
def test_what_the_archive_does_not_bear_out_is_named_with_a_cure(served, name):
    spoil, words = CASES[name]
    spoil(served)
    problems = found(served)
    assert any(words in problem for problem in problems), problems
    assert all("Cure: " in problem for problem in problems)


def test_a_promotion_that_too_few_had_approved_is_named(served):
    version = publish(served, b"third")
    model = next(r for r in read_log(folder(served)) if r.kind == "registration" and r.facts["version"] == version)
    place = {"pointer": "champion", "version": version, "digest": model.facts["digest"], "generation": 3}
    forge(served, "promotion", policy="two", approvals=[], previous=None, **place)
    assert any("the policy was `two`, and too few had approved" in problem for problem in found(served))


def test_a_promotion_around_the_checks_is_named(served):
    version = publish(served, b"third")
    digest = json.loads((served / version / "manifest.json").read_text())["model"]["digest"]
    promote(served, "shop", version, digest, 2)
    assert any("nobody asked whether it may" in problem for problem in found(served))


def test_a_promotion_by_a_weaker_policy_than_the_runs_own_is_named(served):
    version = publish(served, b"third")
    (served / version / "config.toml").write_text('[dataset]\nname = "shop"\n[policy]\napproval = "two"\n')
    assert found(served) == []
    promote_model(served, "shop", version, AUTO, 2)
    assert any("the policy was `two`, and too few had approved" in problem for problem in found(served))


def test_a_torn_last_record_is_told_and_is_no_problem(served):
    with (folder(served) / LOG).open("ab") as file:
        file.write(b'{"hash":"')
    audited = verify_audit(served, "shop", AUTO)
    assert (audited.torn, audited.problems) == (9, [])


def test_the_archives_own_verification_names_a_changed_log_too(served):
    write(served, lines(served)[1:])
    assert any("record 1" in problem for problem in verify(served))


@pytest.fixture
def keys(tmp_path):
    """Two key pairs: path of the private one, public one as the settings have it."""
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    made = []
    for name in ("ben", "eve"):
        key = Ed25519PrivateKey.generate()
        path = tmp_path / f"{name}.pem"
        path.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()))
        public = key.public_key().public_bytes(s.Encoding.Raw, s.PublicFormat.Raw)
        made.append((path, base64.b64encode(public).decode()))
    return made


def test_signed_records_verify_and_the_others_are_named(runs, keys, monkeypatch):
    (path, public), _ = keys
    version = publish(runs)
    unsigned = len(lines(runs))
    monkeypatch.setenv("CHURN_SIGNING_KEY", str(path))
    policy = Policy("one", {"ben@shop.example": public})
    approve(runs, "shop", version, "good", policy)
    promote_model(runs, "shop", version, policy)
    audited = verify_audit(runs, "shop", policy)
    assert audited.problems == []
    assert audited.unsigned == list(range(1, unsigned + 1))
    assert {record.key for record in read_log(folder(runs))[unsigned:]} == {public}


def test_the_key_may_stand_in_the_variable_itself_and_is_written_nowhere(runs, keys, monkeypatch):
    (path, public), _ = keys
    monkeypatch.setenv("CHURN_SIGNING_KEY", path.read_text())
    publish(runs)
    assert {record.key for record in read_log(folder(runs))} == {public}
    secret = path.read_text().splitlines()[1]
    assert [file for file in runs.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()] == []


@pytest.mark.parametrize("private", [None, "eve"])
def test_an_approval_without_the_known_key_is_refused_where_the_policy_names_keys(runs, keys, monkeypatch, private):
    version = publish(runs)
    if private:
        monkeypatch.setenv("CHURN_SIGNING_KEY", str(keys[1][0]))
    with pytest.raises(ActRefused, match=r"not signed with a key known for Ben.*CHURN_SIGNING_KEY.*\[policy\.keys\]"):
        approve(runs, "shop", version, "good", Policy("one", {"ben@shop.example": keys[0][1]}))


def test_wrong_foreign_and_missing_signatures_are_named(runs, keys, monkeypatch):
    version = publish(runs)
    policy = Policy("one", {"ben@shop.example": keys[0][1]})
    approve(runs, "shop", version, "good", AUTO)  # not signed
    monkeypatch.setenv("CHURN_SIGNING_KEY", str(keys[1][0]))
    approve(runs, "shop", publish(runs, b"2"), "good", AUTO)  # by another key
    last = parse(lines(runs)[-1])
    said = {**content(last.n, last.at, last.kind, "shop", "Eve", last.facts, last.before)}
    write(runs, [*lines(runs)[:-1], to_line(said | {"key": last.key, "signature": last.signature})[0]])
    told = found(runs, policy)
    assert any("it is not signed, and the policy names keys" in problem for problem in told)
    assert any("its signature is not of its content" in problem for problem in told)
    write(runs, [*lines(runs)[:-1], to_line(said | {"key": last.key})[0]])  # the signature taken away
    assert any("its signature is not of its content" in problem for problem in found(runs, policy))
    write(runs, [*lines(runs)[:-1]])
    approve(runs, "shop", last.facts["version"], "good", AUTO)
    assert any("a key that [policy.keys] does not know for Ben" in problem for problem in found(runs, policy))

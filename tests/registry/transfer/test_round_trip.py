"""A version from one archive to another: the same files and bytes, and as much trust as somebody here vouches for."""

import hashlib
import json
import tarfile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.registry.transfer.archives import good_archive, head_of, publish_complete

from churn_mlops.archive import versions as archive
from churn_mlops.archive.verify import verify_all
from churn_mlops.archive.versions import read_manifest, versions
from churn_mlops.config import Policy
from churn_mlops.errors import (
    ActRefused,
    ArchiveDamaged,
    AuditDamaged,
    ConfigError,
    PromotionRefused,
    RegistryError,
    TransferRefused,
)
from churn_mlops.pipelines.garbage.collecting import collect, make_plan
from churn_mlops.pipelines.governance.asking import policy_of
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.acts import approve, promote_model, reject
from churn_mlops.registry.audit.log import LOG, read_log
from churn_mlops.registry.audit.signing import own_key
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.models import replay
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import record_runs
from churn_mlops.registry.reproduction import check_trusted
from churn_mlops.registry.transfer.exporting import export_version
from churn_mlops.registry.transfer.importing import import_version

AUTO, ONE = Policy(), Policy("one")
ANN, BEN, CAT, DAN = (f"{name} <{name.lower()}@shop.example>" for name in ("Ann", "Ben", "Cat", "Dan"))


@pytest.fixture
def here(tmp_path):
    return tmp_path / "here"


@pytest.fixture
def keys(monkeypatch):
    """Lets somebody sign with his own key; returns the public one."""
    made = {}

    def sign_as(name):
        if name is None:
            monkeypatch.delenv("CHURN_SIGNING_KEY")
            return None
        key = made.setdefault(name, Ed25519PrivateKey.generate())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        monkeypatch.setenv("CHURN_SIGNING_KEY", pem)
        return own_key()

    return sign_as


@pytest.fixture
def bring(tmp_path, here):
    """Imports the archive that was written last; the policy here knows these keys."""

    def bring(keys=None, key=None):
        return import_version(here, tmp_path / "v.tar", lambda dataset: keys or {}, key)

    return bring


def send(runs, version, tmp_path):
    return export_version(runs, version, tmp_path / "v.tar")


def model_of(runs, version):
    return replay(read_log(registry_folder(runs, "shop")))[version]


def test_what_arrives_is_what_left(runs, here, tmp_path, bring):
    version = publish_complete(runs)
    sent = send(runs, version, tmp_path)
    answer = bring()
    assert (sent["files"], answer["files"]) == (4, 4)
    assert answer["outcome"] == "imported"
    for path in (runs / version).rglob("*"):
        assert path.is_dir() or (here / path.relative_to(runs)).read_bytes() == path.read_bytes()
    assert verify_all(here) == []
    assert (here / "latest").resolve().name == version
    assert [path.name for path in (here / ".building").iterdir()] == ["latest.lock"]


def test_the_store_is_as_after_a_run(runs, here, tmp_path, bring):
    version = publish_complete(runs)
    send(runs, version, tmp_path)
    bring()
    for name, facts in read_manifest(here, version)["files"].items():
        kept, path = here / ".store" / facts["sha256"][:2] / facts["sha256"], here / version / name
        assert kept.samefile(path)
        assert path.stat().st_mode & 0o777 == 0o444
    assert (here / version / "manifest.json").stat().st_mode & 0o777 == 0o444


def test_equal_content_is_equal_bytes(runs, tmp_path):
    version = publish_complete(runs)
    first = send(runs, version, tmp_path)
    raw = (tmp_path / "v.tar").read_bytes()
    for path in (runs / version).rglob("*"):
        path.touch()
    assert send(runs, version, tmp_path) == first
    assert (tmp_path / "v.tar").read_bytes() == raw
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_any_tar_reads_it_and_nothing_of_the_machine_is_in_it(runs, tmp_path):
    version = publish_complete(runs)
    send(runs, version, tmp_path)
    with tarfile.open(tmp_path / "v.tar", "r|") as tar:
        members = list(tar)
    assert {(m.mode, m.uid, m.gid, m.uname, m.gname, m.mtime, m.type) for m in members} == {
        (0o444, 0, 0, "", "", 0, tarfile.REGTYPE)
    }
    names = [member.name for member in members]
    assert names[0] == "seal"
    assert names[1:] == sorted(names[1:])
    assert {"audit/head", "audit/records.jsonl", f"{version}/manifest.json"} <= set(names)


def test_a_version_that_is_there_already_is_no_fault_and_another_of_its_name_is(runs, here, tmp_path, bring):
    good = good_archive(tmp_path)
    (tmp_path / "v.tar").write_bytes(good.raw)
    bring()
    before = len(read_log(registry_folder(here, "shop")))
    assert bring()["outcome"] == "there already"
    assert len(read_log(registry_folder(here, "shop"))) == before
    records = {name: content for name, content in good.members.items() if name.startswith("audit/")}
    other = good.changed(verdict="Better")
    (tmp_path / "v.tar").write_bytes(other)
    with pytest.raises(TransferRefused, match="registers a version with another manifest"):
        bring()
    unrecorded = good.members | dict.fromkeys(records, b"")
    (tmp_path / "v.tar").write_bytes(type(good)(good.version, good.raw, unrecorded).changed(verdict="Better"))
    with pytest.raises(TransferRefused, match="is there already, with other content"):
        bring()
    (here / good.version / "metrics.json").chmod(0o644)
    (here / good.version / "metrics.json").write_text("{}")
    (tmp_path / "v.tar").write_bytes(good.raw)
    with pytest.raises(TransferRefused, match=r"there already, and is damaged: .*metrics.json"):
        bring()


def test_an_import_is_on_record_with_who_and_what_and_the_decisions_of_its_origin(runs, here, tmp_path, acting, bring):
    version = publish_complete(runs)
    approve(runs, "shop", version, "looked at it", ONE)
    promote_model(runs, "shop", version, ONE)
    sent = send(runs, version, tmp_path)
    acting(CAT)
    bring()
    _, imported, registered = read_log(registry_folder(here, "shop"))
    facts = imported.facts
    assert (imported.kind, imported.by, facts["importer"], facts["author"]) == ("import", CAT, CAT, ANN)
    assert (facts["archive"]["sha256"], facts["archive"]["content"]) == (sent["sha256"], sent["content"])
    assert facts["signed"] == {"key": None, "name": None, "known_by": None}
    assert [(one["kind"], one["by"]) for one in facts["origin"]["decided"]] == [("approval", BEN), ("promotion", BEN)]
    head = read_log(registry_folder(runs, "shop"))[-1]
    assert facts["origin"]["head"] == f"shop:{head.n}:{head.hash}"
    receipt = json.loads((registry_folder(here, "shop") / "imports" / f"{version}.json").read_text())
    lines = (registry_folder(runs, "shop") / LOG).read_text().splitlines()
    assert receipt["records"] == [line for line in lines if version in line]
    assert (registered.kind, registered.facts["importer"]) == ("registration", CAT)
    assert verify_audit(here, "shop", AUTO).problems == []


def test_approvals_of_the_origin_do_not_count(runs, here, tmp_path, acting, bring):
    version = publish_complete(runs)
    approve(runs, "shop", version, "looked at it", ONE)
    send(runs, version, tmp_path)
    acting(CAT)
    bring()
    assert (model_of(here, version).state, model_of(here, version).approvals) == ("candidate", [])
    with pytest.raises(
        PromotionRefused,
        match=r"comes from elsewhere, and one person must still.* by somebody who neither ran nor imported it",
    ):
        promote_model(here, "shop", version, AUTO)


@pytest.mark.parametrize(("who", "told"), [(ANN, "author of its run"), (CAT, "has imported it")])
def test_neither_who_ran_it_nor_who_brought_it_approves_it(runs, here, tmp_path, acting, bring, who, told):
    version = publish_complete(runs)
    send(runs, version, tmp_path)
    acting(CAT)
    bring()
    acting(who)
    with pytest.raises(ActRefused, match=told):
        approve(here, "shop", version, "mine", AUTO)
    acting(DAN)
    approve(here, "shop", version, "looked at it", AUTO)
    assert promote_model(here, "shop", version, AUTO).version == version
    assert verify_audit(here, "shop", AUTO).problems == []


def test_an_import_of_an_unknown_author_cannot_be_approved(runs, here, tmp_path, acting, bring):
    version = publish_complete(runs, author="unknown")
    send(runs, version, tmp_path)
    acting(CAT)
    bring()
    acting(DAN)
    with pytest.raises(ActRefused, match="who ran it is not known"):
        approve(here, "shop", version, "looked at it", AUTO)


def test_with_a_key_of_the_policy_it_is_held_to_the_policy_like_a_run_here(runs, here, tmp_path, keys, bring):
    version, key = publish_complete(runs), keys("Ann")
    assert send(runs, version, tmp_path)["key"] == key
    answer = bring({ANN: key})
    assert (answer["signer"], answer["known_by"], answer["vouched"]) == (ANN, "policy", True)
    assert promote_model(here, "shop", version, AUTO).version == version
    assert verify_audit(here, "shop", Policy("auto", {ANN: key})).problems == []


def test_what_its_origin_had_rejected_nobody_vouches_for(runs, here, tmp_path, keys, bring):
    version, key = publish_complete(runs), keys("Ann")
    reject(runs, "shop", version, "wrong data")
    send(runs, version, tmp_path)
    answer = bring({ANN: key})
    assert (answer["origin"]["state"], answer["vouched"]) == ("rejected", False)
    with pytest.raises(PromotionRefused, match="one person must still approve"):
        promote_model(here, "shop", version, AUTO)


def test_a_key_that_was_given_is_checked_and_vouches_for_nothing(runs, tmp_path, keys, bring):
    version, key = publish_complete(runs), keys("Ann")
    send(runs, version, tmp_path)
    other = keys("Eve")
    with pytest.raises(TransferRefused, match=r"signed with .*, and --key is"):
        bring(key=other)
    answer = bring(key=key)
    assert (answer["known_by"], answer["vouched"]) == ("option", False)


@pytest.mark.parametrize(
    ("signs", "known", "given", "told"),
    [
        (None, {}, None, None),
        ("Eve", {}, None, None),
        (None, {ANN}, None, "not signed, and the policy of shop names keys"),
        (None, {}, "Ann", "not signed, and --key asks for one"),
        ("Eve", {ANN}, None, r"which \[policy.keys\] does not name"),
        ("Eve", {ANN}, "Eve", None),
        ("Ann", {ANN}, None, None),
        ("Ann", {ANN}, "Eve", "and --key is"),
    ],
)
def test_who_must_have_signed(runs, tmp_path, keys, bring, signs, known, given, told):
    """As the policy here says, or the option; a key that the archive names itself proves nothing."""
    public = {name: keys(name) for name in ("Ann", "Eve")}
    keys(signs)
    send(runs, publish_complete(runs), tmp_path)
    keys(None) if signs else None
    asked = {ANN: public["Ann"]} if known else {}
    if told:
        with pytest.raises(TransferRefused, match=told):
            bring(asked, given and public[given])
    else:
        assert bring(asked, given and public[given])["outcome"] == "imported"


def test_a_signature_is_of_all_that_is_in_the_archive(tmp_path, keys, bring):
    key = keys("Ann")
    good = good_archive(tmp_path)
    head = head_of(good.raw)
    (tmp_path / "v.tar").write_bytes(good.made(good.members, key=key, signature=head.signature))
    assert bring({ANN: key})["outcome"] == "imported"
    for changed in (
        good.made(good.members | {"audit/head": b""}, key=key, signature=head.signature),
        good.made(good.members, key=key, signature=head.signature, dataset="other"),
        good.made(good.members, key=key, signature=head.signature, version="20260101-000000-aaaaaa"),
        good.made(good.members, key=keys("Eve"), signature=head.signature),
    ):
        (tmp_path / "v.tar").write_bytes(changed)
        with pytest.raises(TransferRefused, match="its signature is not of its content"):
            bring({})
    for changed in (
        good.made(good.members, key=key, signature=None),
        good.made(good.members, key=None, signature=head.signature),
    ):
        (tmp_path / "v.tar").write_bytes(changed)
        with pytest.raises(TransferRefused, match="it is not signed"):
            bring({})


def test_keys_that_came_with_a_version_do_not_count_here(here, tmp_path, keys, bring):
    eve = keys("Eve")
    keys(None)
    config = f'[dataset]\nname = "shop"\n[policy]\napproval = "two"\n[policy.keys]\n"{DAN}" = "{eve}"\n'
    good = good_archive(tmp_path)
    members = {name: content for name, content in good.members.items() if not name.startswith("audit/")}
    members |= {"audit/head": b"", "audit/records.jsonl": b"", f"{good.version}/config.toml": config.encode()}
    facts = {"sha256": hashlib.sha256(config.encode()).hexdigest(), "bytes": len(config)}
    made = type(good)(good.version, good.raw, members).changed(files=good.manifest["files"] | {"config.toml": facts})
    (tmp_path / "v.tar").write_bytes(made)
    bring()
    assert policy_of(Project(tmp_path, here, ()), "shop", good.version) == Policy("two")


def test_an_import_that_was_killed_before_it_was_recorded_is_recorded_as_one(runs, here, tmp_path, bring, monkeypatch):
    version = publish_complete(runs)
    send(runs, version, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("churn_mlops.registry.transfer.importing.record_runs", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bring()
    assert versions(here) == [version]
    record_runs(here, "shop")
    assert [record.kind for record in read_log(registry_folder(here, "shop"))] == [
        "beginning",
        "import",
        "registration",
    ]
    assert model_of(here, version).foreign
    record_runs(here, "shop")
    assert len(read_log(registry_folder(here, "shop"))) == 3


def test_what_gc_took_may_come_back_but_only_the_same(here, tmp_path, bring):
    good = good_archive(tmp_path)
    (tmp_path / "v.tar").write_bytes(good.raw)
    bring()
    collect(here, make_plan(here, ("0",)))
    assert versions(here) == []
    bare = type(good)(good.version, good.raw, good.members | {"audit/head": b"", "audit/records.jsonl": b""})
    (tmp_path / "v.tar").write_bytes(bare.changed(verdict="Better"))
    with pytest.raises(TransferRefused, match=r"record 2 of the audit log knows .* with another manifest"):
        bring()
    (tmp_path / "v.tar").write_bytes(good.raw)
    assert bring()["outcome"] == "imported"
    assert model_of(here, good.version).deleted is None
    assert verify_audit(here, "shop", AUTO).problems == []


def test_a_failed_run_goes_to_an_auditor_too(runs, here, tmp_path, bring):
    error = {"stage": "03_train", "kind": "ValueError", "message": "no", "exit_code": 1}
    version = publish_complete(runs, status="failed", error=error)
    send(runs, version, tmp_path)
    bring()
    assert [record.kind for record in read_log(registry_folder(here, "shop"))] == ["beginning", "import"]


def test_a_damaged_version_or_log_is_not_exported(runs, tmp_path):
    version = publish_complete(runs)
    path = registry_folder(runs, "shop") / LOG
    sound = path.read_bytes()
    path.write_bytes(sound.replace(b"Succeeded", b"Succeedes"))
    with pytest.raises(AuditDamaged):
        send(runs, version, tmp_path)
    path.write_bytes(sound)
    (runs / version / "metrics.json").chmod(0o644)
    (runs / version / "metrics.json").write_text("{}")
    with pytest.raises(ArchiveDamaged, match=f"{version}/metrics.json"):
        send(runs, version, tmp_path)
    assert not list(tmp_path.glob("*.tar"))
    assert not list(tmp_path.glob(".*"))


def test_only_an_older_archive_is_written_over(runs, tmp_path):
    version = publish_complete(runs)
    (tmp_path / "v.tar").write_text("my thesis")
    with pytest.raises(ConfigError, match="a file that is no archive of a version"):
        send(runs, version, tmp_path)
    assert (tmp_path / "v.tar").read_text() == "my thesis"
    for place in (tmp_path, tmp_path / "absent" / "v.tar"):
        with pytest.raises(ConfigError):
            export_version(runs, version, place)


def test_a_name_that_other_systems_do_not_take_is_not_exported(runs, tmp_path):
    building = archive.begin(runs)
    (building.artifacts / "aux.csv").write_text("x")
    archive.publish(building, {"dataset": "shop", "status": "succeeded"})
    with pytest.raises(TransferRefused, match="is a device on Windows"):
        send(runs, building.version, tmp_path)
    assert not list(tmp_path.glob("*.tar"))


def test_who_imports_is_known(runs, tmp_path, bring, acting, monkeypatch):
    send(runs, publish_complete(runs), tmp_path)
    acting("unknown")
    with pytest.raises(ConfigError, match="who does it is not known"):
        bring()


def test_its_code_is_not_run_to_make_it_again_unless_somebody_trusts_it(runs, here, tmp_path, acting, bring):
    version = publish_complete(runs)
    check_trusted(runs, read_manifest(runs, version))
    send(runs, version, tmp_path)
    acting(CAT)
    bring()
    with pytest.raises(RegistryError, match=r"imported by Cat.*to run its notebooks.*--trust"):
        check_trusted(here, read_manifest(here, version))

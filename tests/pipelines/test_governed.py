"""A run registers its model, and promotes it only where nobody has to agree first and nobody has objected."""

import pytest

from churn_mlops.archive.versions import versions
from churn_mlops.config import Policy
from churn_mlops.errors import AuditDamaged, ConfigError
from churn_mlops.pipelines.stage import Stage
from churn_mlops.registry.acts import approve, promote_model, reject
from churn_mlops.registry.audit.log import LOG, read_log
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.champion import read_champion, registry_folder
from churn_mlops.registry.models import replay

pytestmark = pytest.mark.kernel
MODEL = Stage("01_model", writes=("model.skops", "model.json", "gates.json", "promotion.json"), watches=("champion",))
CELLS = (
    "import hashlib\nfrom pathlib import Path\nfrom churn_mlops.archive.files import write_json",
    "out = Path(run_dir)\nout.joinpath('model.skops').write_bytes(b'a model')",
    "write_json(out / 'model.json', {'digest': hashlib.sha256(b'a model').hexdigest(), 'name': 'small'})",
    "write_json(out / 'gates.json', [{'name': 'calibrated', 'passed': True}])",
    "decision = {'promoted': True, 'reason': 'passed', 'champion_before': None, 'expected_generation': 0}",
    "write_json(out / 'promotion.json', decision)",
)


@pytest.fixture
def project(make_project, tmp_path, monkeypatch):
    """Makes the project of a policy; Ann runs it."""
    monkeypatch.setenv("CHURN_ACTOR", "Ann <ann@shop.example>")
    monkeypatch.delenv("CHURN_SIGNING_KEY", raising=False)
    return lambda approval: make_project(tmp_path / "shop", {MODEL: CELLS}, f'\n[policy]\napproval = "{approval}"\n')


def state(runs, version):
    return replay(read_log(registry_folder(runs, "shop")))[version].state


def test_with_nobody_to_agree_a_run_registers_and_promotes(project):
    shop = project("auto")
    result = shop.run()
    assert result.manifest["verdict"] == "Succeeded: became champion"
    assert (result.manifest["author"], result.manifest["waits"]) == ("Ann <ann@shop.example>", None)
    assert state(shop.runs, result.version) == "champion"
    assert [record.kind for record in read_log(registry_folder(shop.runs, "shop"))][-1] == "promotion"
    assert verify_audit(shop.runs, "shop", Policy()).problems == []


def test_where_somebody_must_agree_a_run_waits_and_names_the_command(project, monkeypatch):
    shop = project("one")
    version = shop.run().version
    manifest = (shop.runs / version / "manifest.json").read_text()
    told = f"Succeeded: waits for approval by one person: python pipeline.py approve {version} --reason WHY"
    assert told in manifest
    assert "it does not serve yet" in (shop.runs / version / "index.html").read_text()
    assert read_champion(shop.runs, "shop") is None
    monkeypatch.setenv("CHURN_ACTOR", "Ben <ben@shop.example>")
    approve(shop.runs, "shop", version, "looked at it", Policy("one"))
    assert promote_model(shop.runs, "shop", version, Policy("one")).version == version


def test_a_model_that_was_rejected_does_not_come_back_with_the_next_run(project):
    shop = project("auto")
    first = shop.run(experiment=True).version
    reject(shop.runs, "shop", first, "the data was wrong")
    result = shop.run()
    assert "it was rejected by Ann" in result.manifest["verdict"]
    assert read_champion(shop.runs, "shop") is None
    assert result.exit_code == 0


def test_with_a_log_that_was_changed_a_run_is_published_and_moves_nothing(project):
    shop = project("auto")
    first = shop.run().version
    log = registry_folder(shop.runs, "shop") / LOG
    log.write_bytes(log.read_bytes().replace(b"Ann", b"Eve", 1))
    notebook = shop.root / "notebooks" / "01_model.ipynb"
    notebook.write_text(notebook.read_text().replace("a model", "another"))
    with pytest.raises(AuditDamaged, match=r"line 1.*Cure: python pipeline\.py audit verify"):
        shop.run()
    newest = versions(shop.runs)[0]
    assert newest != first
    assert "the champion stays as it was" in (shop.runs / newest / "manifest.json").read_text()
    assert read_champion(shop.runs, "shop").version == first


def test_a_key_that_is_none_is_told_before_anything_runs(project, monkeypatch):
    shop = project("auto")
    monkeypatch.setenv("CHURN_SIGNING_KEY", "no/such/key.pem")
    with pytest.raises(ConfigError, match=r"CHURN_SIGNING_KEY: cannot be read.*openssl genpkey"):
        shop.run()
    assert not list(shop.runs.glob("[0-9]*"))


def test_a_notebook_cannot_sign_for_whoever_runs_it(project, monkeypatch, tmp_path):
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives import serialization as s
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    form = (s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())
    shop, pem = project("auto"), Ed25519PrivateKey.generate().private_bytes(*form).decode()
    monkeypatch.setenv("CHURN_SIGNING_KEY", pem)
    notebook = shop.root / "notebooks" / "01_model.ipynb"
    asked = "str('CHURN_SIGNING_KEY' in __import__('os').environ).encode())"
    notebook.write_text(notebook.read_text().replace("b'a model')", asked, 1))
    version = shop.run(experiment=True).version
    assert (shop.runs / version / "artifacts/model.skops").read_bytes() == b"False"
    assert all(record.signature for record in read_log(registry_folder(shop.runs, "shop")))

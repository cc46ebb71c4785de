"""`export` in one project, `import` in another: what every command there says of the version, and its page."""

import json
import shutil
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.pipelines.conftest import lay_out, tiny_run
from tests.registry.published import publish
from tests.registry.transfer.archives import publish_complete

__all__ = ["tiny_run"]
ANN, BEN = (f"{name} <{name.lower()}@shop.example>" for name in ("Ann", "Ben"))


@pytest.fixture(autouse=True)
def as_ben(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", BEN)
    monkeypatch.delenv("CHURN_SIGNING_KEY", raising=False)


@pytest.fixture
def keys(tmp_path):
    """A pair of keys as docs/governance.md makes them: the private one in a file, the public one as PEM and as text."""
    private, public = tmp_path / "ann.pem", tmp_path / "ann.pub.pem"
    key = Ed25519PrivateKey.generate()
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def test_a_version_goes_from_one_archive_to_another(call, tmp_path):
    version, file = publish_complete(tmp_path / "origin"), str(tmp_path / "v.tar")
    code, out, _ = call("export", "latest", file, "--runs", str(tmp_path / "origin"))
    assert code == 0
    assert f"{version} of shop, 4 files and 3 audit records" in out
    assert "Not signed. CHURN_SIGNING_KEY signs it" in out
    code, out, _ = call("import", file)
    assert code == 0
    assert f"{version} of shop: imported, 4 files verified. Not signed" in out
    assert f"Made by {ANN}" in out
    assert call("import", file)[:2] == (0, f"{version} is there already, with the same content. Nothing was changed.\n")
    assert call("verify")[0] == 0
    assert call("audit", "verify")[0] == 0
    assert version in call("runs")[1]
    assert "candidate, imported" in call("models")[1]
    assert f"Imported by  {BEN}; somebody else has to approve it" in call("show", version)[1]
    assert "import" in call("audit")[1]
    page = (tmp_path / "runs" / "index.html").read_text()
    assert version in page


def test_answers_for_a_machine(call, tmp_path):
    version, file = publish_complete(tmp_path / "runs"), str(tmp_path / "v.tar")
    sent = json.loads(call("export", version, file, "--json")[1])
    assert (sent["version"], sent["dataset"], sent["key"]) == (version, "shop", None)
    assert len(sent["sha256"]) == len(sent["content"]) == 64
    shutil.rmtree(tmp_path / "runs")
    told = json.loads(call("import", file, "--json")[1])
    assert (told["outcome"], told["vouched"], told["content"]) == ("imported", False, sent["content"])
    assert told["origin"]["state"] == "candidate"


@pytest.mark.parametrize("given", ["file", "text", "nothing"])
def test_a_signed_one_is_taken_by_the_key_as_a_file_or_text(call, tmp_path, keys, monkeypatch, given):
    private, public = keys
    version, file = publish_complete(tmp_path / "origin"), str(tmp_path / "v.tar")
    monkeypatch.setenv("CHURN_SIGNING_KEY", str(private))
    key = json.loads(call("export", version, file, "--runs", str(tmp_path / "origin"), "--json")[1])["key"]
    monkeypatch.delenv("CHURN_SIGNING_KEY")
    option = {"file": ["--key", str(public)], "text": ["--key", key], "nothing": []}[given]
    code, out, _ = call("import", file, *option)
    assert code == 0
    assert ("Signed with the key of --key" if option else f"Signed with {key}, which nobody here knows") in out


def test_a_private_key_given_by_mistake_is_not_shown(call, tmp_path, keys):
    private, _ = keys
    (tmp_path / "v.tar").write_bytes(b"")
    code, out, err = call("import", str(tmp_path / "v.tar"), "--key", private.read_text())
    assert (code, out) == (2, "")
    assert private.read_text().splitlines()[1] not in err


def test_where_the_policy_names_keys_only_what_they_have_signed_is_taken(call, tmp_path, keys, monkeypatch):
    private, _ = keys
    version, file = publish_complete(tmp_path / "origin"), str(tmp_path / "v.tar")
    call("export", version, file, "--runs", str(tmp_path / "origin"))
    monkeypatch.setenv("CHURN_SIGNING_KEY", str(private))
    signed = json.loads(call("export", version, f"{file}2", "--runs", str(tmp_path / "origin"), "--json")[1])
    monkeypatch.delenv("CHURN_SIGNING_KEY")
    (tmp_path / "configs").mkdir()
    policy = f'[policy]\napproval = "one"\n[policy.keys]\n"{ANN}" = "{signed["key"]}"\n'
    (tmp_path / "configs" / "shop.toml").write_text(f'[dataset]\nname = "shop"\n{policy}')
    code, _, err = call("import", file)
    assert (code, "it is not signed, and the policy of shop names keys" in err) == (4, True)
    assert not list((tmp_path / "runs").glob("[0-9]*"))
    code, out, _ = call("import", f"{file}2")
    assert (code, f"Signed with {ANN} of [policy.keys]" in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("import", "absent.tar"), 2, "no such file"),
        (("import", "{here}/noise"), 4, "it is no archive of a version"),
        (("import", "{here}/noise", "--key", "no key"), 2, "cannot be read as a public key"),
        (("import", "{here}/noise", "--key", "{here}/noise"), 2, "cannot be read as a public key"),
        (("export", "latest", "{here}/noise"), 2, "a file that is no archive of a version stands there"),
        (("export", "latest", "{here}"), 2, "a folder"),
        (("export", "latest", "{here}/absent/v.tar"), 2, "there is no folder"),
        (("export", "20200101", "{here}/v.tar"), 2, "no such version"),
    ],
)
def test_what_cannot_be_is_told_with_the_cure(call, tmp_path, arguments, code, told):
    publish(tmp_path / "runs")
    (tmp_path / "noise").write_text("not an archive")
    found, _, err = call(*(argument.format(here=tmp_path) for argument in arguments))
    assert found == code, err
    assert told in err
    assert "Cure: " in err
    assert (tmp_path / "noise").read_text() == "not an archive"


def test_neither_command_loads_anything_heavy(tmp_path):
    code = (
        "import sys, churn_mlops.registry.transfer.importing; print(*{'pandas', 'numpy', 'sklearn'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


@pytest.mark.kernel
@pytest.mark.browser
def test_a_real_run_arrives_whole_in_another_project(tiny_run, tmp_path, browser):
    """By its own command line, as two people on two machines do it: the page opens, runs compare, nothing differs."""
    project, result = tiny_run
    other, file = lay_out(tmp_path / "other"), tmp_path / "v.tar"

    def ask(place, *arguments):
        process = place.start(*arguments)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    assert ask(project, "export", result.version, str(file))[0] == 0
    code, out, err = ask(other, "import", str(file))
    assert (code, err) == (0, "")
    assert "imported" in out
    assert ask(other, "verify")[0] == ask(other, "audit", "verify")[0] == 0
    assert result.version in ask(other, "runs")[1]
    code, out, _ = ask(other, "diff", result.version, "latest", "--json")
    told = json.loads(out)
    assert (code, told["artifacts"], told["metrics"], told["definition"]) == (0, [], [], [])
    page = browser.new_page()
    page.goto((other.runs / "index.html").as_uri())
    page.click(f"a[href*='{result.version}']")
    assert result.version in page.content()
    assert page.url.endswith(f"{result.version}/index.html")
    page.close()

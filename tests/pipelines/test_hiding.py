"""No secret of a run reaches the archive, wherever a notebook leaves it and however it is written."""

import base64
import re
from urllib.parse import quote, unquote

import pytest

from .conftest import lay_out, write_notebook

pytestmark = pytest.mark.kernel

CANARIES = [f"cAnary-{n:02}/+wörd {n * 7919}" for n in range(40)]
PARAMETERS = 'run_dir: str = "../runs/lab"  # folder of the run\napi_token: str = ""  # of a service'
LEAK = (
    """
import base64, html, json, os, sys
from pathlib import Path
from urllib.parse import quote, quote_plus
secrets = [os.environ[f"CANARY_{n:02}_TOKEN"] for n in range(40)]
print(*secrets[:8])
print(secrets[8][:5], end=""); print(secrets[8][5:])
print(*secrets[9:14], file=sys.stderr)
""",
    """
from IPython.display import display
for n, secret in enumerate(secrets[14:20]):
    text = [secret, quote(secret), base64.b64encode(b"x" * n + secret.encode()).decode(), json.dumps(secret)][n % 4]
    display({"text/plain": text, "text/html": f"<b>{html.escape(secret)}</b>"}, metadata={"note": secret}, raw=True)
""",
    """
import matplotlib.figure
axes = matplotlib.figure.Figure().subplots()
axes.figure.savefig("/dev/null", format="png")
import io
kept = io.BytesIO()
axes.figure.savefig(kept, format="png", metadata={"Comment": secrets[20], "Title": secrets[21]})
display({"image/png": base64.b64encode(kept.getvalue()).decode(), "text/plain": "picture"}, raw=True)
""",
    """
import pandas
pandas.DataFrame({secrets[22]: [secrets[23]], "url": [quote_plus(secrets[24])], "hex": [secrets[25].encode().hex()]})
""",
    """
print(api_token)
for n, secret in enumerate(secrets[26:38]):
    print(base64.urlsafe_b64encode(b"y" * n + secret.encode()).decode(), quote(secret, safe=""), repr(secret))
Path(run_dir).joinpath("number.txt").write_text("21")
""",
    """
raise ValueError(secrets[38], {"key": secrets[39]})
""",
)


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """A run whose stage leaks 40 canaries, and fails with two of them in its traceback."""
    project = lay_out(tmp_path_factory.mktemp("leaky") / "shop")
    write_notebook(project.root / "notebooks" / "01_make.ipynb", PARAMETERS, *LEAK)
    config = project.root / "configs" / "shop.toml"
    config.write_text(config.read_text().replace("factor = 3", f'api_token = "{CANARIES[0]}"'))
    (project.root / ".env").write_text(f'export CANARY_39_TOKEN="{CANARIES[39]}"\n')
    with pytest.MonkeyPatch.context() as patch:
        for n, canary in enumerate(CANARIES):
            patch.setenv(f"CANARY_{n:02}_TOKEN", canary)
        for name in ("IPYTHONDIR", "MPLCONFIGDIR"):
            patch.setenv(name, "")
        result = project.run()
    return project, result


def spellings(text: bytes):
    """A file's content as it stands, and as what it may be a spelling of."""
    yield text
    plain = text.decode("utf-8", "replace")
    yield unquote(plain.replace("+", "%20")).encode()
    yield unquote(plain).encode()
    yield plain.encode().replace(b"\\\\u00f6", "ö".encode()).replace(b"\\u00f6", "ö".encode())
    for run in re.findall(rb"[A-Za-z0-9+/_-]{16,}", text):
        for cut in range(4):
            piece = run[cut:].replace(b"-", b"+").replace(b"_", b"/")
            yield base64.b64decode(piece[: len(piece) // 4 * 4])
    for run in re.findall(rb"(?:[0-9a-f]{2}){12,}", text):
        yield bytes.fromhex(run.decode())


def test_forty_canaries_leave_no_trace_in_the_archive(leaky):
    project, result = leaky
    assert result.manifest["error"]["kind"] == "ValueError"
    found = []
    for path in project.runs.rglob("*"):
        if path.is_file() and not path.is_symlink():
            for text in spellings(path.read_bytes()):
                found += [(path.name, canary) for canary in CANARIES if canary.encode() in text]
    assert found == []


def test_what_is_hidden_is_named(leaky):
    _, result = leaky
    page = (result.folder / "pages" / "01_make.html").read_text()
    assert "[secret CANARY_00_TOKEN]" in page
    assert "[secret CANARY_38_TOKEN]" in result.manifest["error"]["message"]
    assert "[secret" in (result.folder / "config.toml").read_text()


def test_the_seeker_finds_canaries_where_they_are():
    canary = CANARIES[3].encode()
    for text in (
        canary,
        quote(CANARIES[3]).encode(),
        b"zz " + base64.b64encode(b"ab" + canary + b"c"),
        canary.hex().encode(),
    ):
        assert any(canary in spelled for spelled in spellings(text)), text


def test_a_secret_in_an_artifact_fails_the_stage_and_the_file_is_gone(tiny_project, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "correct horse battery")
    write_notebook(
        tiny_project.root / "notebooks" / "01_make.ipynb",
        'run_dir: str = ""  # folder of the run\nconfig: str = ""  # the definition\nfactor: int = 1  # unused',
        "import os, zipfile\nfrom pathlib import Path",
        "with zipfile.ZipFile(Path(run_dir) / 'number.txt', 'w') as kept:\n"
        "    kept.writestr('a', os.environ['SHOP_PASSWORD'], zipfile.ZIP_DEFLATED)",
    )
    result = tiny_project.run()
    assert (result.exit_code, result.manifest["error"]["kind"]) == (4, "SecretWritten")
    assert "`number.txt` held" in result.manifest["error"]["message"]
    assert "SHOP_PASSWORD" in result.manifest["error"]["message"]
    assert not (result.folder / "artifacts" / "number.txt").exists()

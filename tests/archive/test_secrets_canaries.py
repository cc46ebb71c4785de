"""Forty planted canaries in an executed notebook: all found before, none after, neither in it nor in its page.

The scanner that looks for them shares nothing with what hides them: it decodes all that it can, again and again.
"""

import base64
import html
import io
import json
import re
import struct
import zlib
from urllib.parse import quote, quote_plus, unquote, unquote_plus

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from churn_mlops.archive.files import write_json
from churn_mlops.archive.secrets import Redactor, find_secrets
from churn_mlops.reports.stage import render_stage

# ---- the scanner


def scan(data: bytes, values) -> set[str]:
    """The values that stand in some bytes, in whatever way they are decoded, up to three times over."""
    texts, seen = {data.decode("utf-8", "replace")}, set()
    for _ in range(4):
        seen |= texts
        texts = {found for text in texts for found in decoded(text) if len(found) > 5} - seen
    return {value for value in values if any(value in text for text in seen)}


def decoded(text: str):
    """What a text may mean."""
    yield html.unescape(text)
    yield unquote(text)
    yield unquote_plus(text)
    yield re.sub(r"\x1b\[[0-9;]*m", "", text)
    yield re.sub(r"\\(.)", r"\1", text)
    yield from notebook_texts(text)
    for run in re.findall(r"[A-Za-z0-9+/_-]{12,}", text):
        yield from from_base64(run.replace("-", "+").replace("_", "/"))
    for run in re.findall(r"(?:[0-9a-fA-F]{2}){6,}", text):
        yield bytes.fromhex(run).decode("utf-8", "replace")


def from_base64(run: str):
    for start in range(4):
        letters = run[start:]
        data = base64.b64decode(letters[: len(letters) // 4 * 4])
        tail = letters[len(letters) // 4 * 4 :]
        data += base64.b64decode(tail + "=" * (4 - len(tail))) if len(tail) > 1 else b""
        yield data.decode("utf-8", "ignore")
        if data.startswith(b"\x89PNG"):
            yield from png_texts(data)


def png_texts(data: bytes):
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body, at = data[at + 8 : at + 8 + length], at + 12 + length
        for start in range(len(body) if kind in (b"zTXt", b"iTXt") else 0):
            try:
                yield zlib.decompress(body[start:]).decode("utf-8", "ignore")
            except zlib.error:
                continue


def notebook_texts(text: str):
    """Every text of a JSON file, and what each cell has printed as one."""
    try:
        value = json.loads(text)
    except ValueError:
        return
    yield from json_texts(value)
    for cell in value.get("cells", []) if isinstance(value, dict) else []:
        streams = [o for o in cell.get("outputs", []) if o["output_type"] == "stream"]
        for names in (("stdout", "stderr"), ("stdout",), ("stderr",)):
            yield "".join("".join(o["text"]) for o in streams if o["name"] in names)


def json_texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from (key, *json_texts(inner))
    elif isinstance(value, list):
        yield "".join(item for item in value if isinstance(item, str))
        for inner in value:
            yield from json_texts(inner)


# ---- the canaries


def named(number: int) -> str:
    """A value with all that encodings change, another for each number."""
    return f'canary{number:02d}&k/"y+<{number * 7919:05d}>='


A = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zZ9yX8wV7u"
SHAPED = {
    "a GitHub token": "gh" + "p_" + A[:36],
    "an AWS key id": "AK" + "IA" + "Q3EGRTYUIOPL4K5J",
    "a JSON web token": "ey" + "J" + A[:20] + ".ey" + "J" + A[:30] + "." + A,
    "a password of a URL": "shaped-pw-5150",
    "a private key": A[5:38],
}


def pixels(kind: str, **options) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(file, kind, **options)
    return base64.b64encode(file.getvalue()).decode()


def png(text="", packed="", international="", exif="") -> str:
    from PIL import Image, PngImagePlugin

    notes, facts = PngImagePlugin.PngInfo(), Image.Exif()
    if text:
        notes.add_text("Comment", text)
    if packed:
        notes.add_text("Comment", packed, zip=True)
    if international:
        notes.add_itxt("Comment", international, zip=True)
    if exif:
        facts[0x010E] = exif
    return pixels("PNG", pnginfo=notes, exif=facts)


def jpeg(comment="", exif="") -> str:
    from PIL import Image

    facts = Image.Exif()
    if exif:
        facts[0x010E] = exif
    return pixels("JPEG", comment=comment.encode(), exif=facts)


def printed(text: str, name="stdout"):
    return new_output("stream", name=name, text=text)


def shown(metadata=None, **data):
    data = {kind.replace("__", "/").replace("svg", "svg+xml"): content for kind, content in data.items()}
    return new_output("display_data", data=data, metadata=metadata or {})


def after(number: int, before: bytes) -> str:
    return base64.b64encode(before + named(number).encode() + b" and more").decode()


def outputs() -> list:
    """Canaries 7 to 35 and those known by their shape, an output for each."""
    cut, over, red = named(8), named(9), named(11)
    return [
        printed(f"signing in with {named(7)}\n"),
        printed(cut[:9]), printed(cut[9:] + "\n"),
        printed(over[:12]), printed("a warning\n", "stderr"), printed(over[12:] + "\n"),
        printed(f"WARNING {named(10)}\n", "stderr"),
        printed(f"\x1b[31m{red[:6]}\x1b[0m\x1b[1m{red[6:]}\x1b[0m", "stderr"),
        printed(json.dumps({"key": named(12)})),
        printed(repr({"key": named(13) + "'"})),
        printed(after(14, b"")), printed("\n" + after(15, b"1")), printed("\n" + after(16, b"22") + "\n"),
        printed(quote(named(17), safe="") + "\n"),
        printed(re.sub("%..", lambda m: m[0].lower(), quote_plus(named(18))) + "\n"),
        printed(named(19).encode().hex() + "\n"),
        printed(base64.urlsafe_b64encode(b"?" + named(20).encode()).decode() + "\n"),
        shown(text__html=f"<table><tr><td>{html.escape(named(21))}</td></tr></table>"),
        shown(text__html=f'<a href="https://example.org/?k={quote(named(22), safe="")}">x</a>'),
        shown(text__html=f'<img src="data:image/png;base64,{png(packed=named(23))}">'),
        shown(text__html=["<b>", after(24, b"333"), "</b>"]),
        shown(text__markdown=f"**{named(25)}**"),
        shown(text__plain=repr(named(26))),
        shown(image__svg=f"<svg><!-- {html.escape(named(27))} --><text>{html.escape(named(28))}</text></svg>"),
        shown(image__png=png(text=named(29))), shown(image__png=png(packed=named(30))),
        shown(image__png=png(international=named(31))), shown(image__png=png(exif=named(32))),
        shown(image__jpeg=jpeg(comment=named(33))), shown(image__jpeg=jpeg(exif=named(34))),
        shown(application__json={"deep": [{"key": named(35)}], named(36): 1}),
        shown({"note": named(37)}, text__plain="x"),
        printed(f"{SHAPED['a GitHub token']} {SHAPED['an AWS key id']}\n"),
        printed(f"postgresql://me:{SHAPED['a password of a URL']}@host/db {SHAPED['a JSON web token']}\n"),
        printed(f"-----BEGIN {'PRIVATE'} KEY-----\n{SHAPED['a private key']}\n-----END {'PRIVATE'} KEY-----\n"),
    ]  # fmt: skip


def infested():
    """An executed notebook of a failed stage with a canary wherever one can sit."""
    coloured = named(39)
    traceback = [
        "\x1b[31mValueError\x1b[39m Traceback (most recent call last)",
        f"----> 1 connect({named(38)!r})",
        f"\x1b[32mkey = \x1b[33m{coloured[:4]}\x1b[39;49m\x1b[33m{coloured[4:]}\x1b[0m",
        f"\x1b[31mValueError\x1b[39m: {named(40)}",
    ]
    failure = new_output("error", ename="ValueError", evalue=f"refused: {named(40)}", traceback=traceback)
    injected = new_code_cell(f"# Parameters\ntoken = {named(1)!r}\n", metadata={"tags": ["injected-parameters"]})
    declared = new_code_cell('token: str = ""  # to sign in', metadata={"tags": ["parameters"]})
    prose = new_markdown_cell(f"# 03 Train\n\nOur key is {named(3)}.\n\n![x](attachment:a.png)")
    prose["attachments"] = {"a.png": {"image/png": png(packed=named(4))}}
    cells = [
        declared,
        injected,
        prose,
        new_code_cell(f"connect({json.dumps(named(5))})", metadata={"note": named(6)}, outputs=outputs()),
        new_code_cell("raise", outputs=[failure]),
    ]
    for number, cell in enumerate(cell for cell in cells if cell.cell_type == "code"):
        cell.execution_count = number + 1
    widgets = {"application/vnd.jupyter.widget-state+json": {"state": {"a": {"state": {"value": named(41)}}}}}
    return new_notebook(
        cells=cells, metadata={"papermill": {"parameters": {"token": named(2)}}, "widgets": widgets}
    )  # fmt: skip


NAMED = {f"CANARY_{number}_TOKEN": named(number) for number in range(1, 42)}
ALL = set(NAMED.values()) | set(SHAPED.values())


def written(tmp_path, notebook) -> bytes:
    """The bytes of the notebook and of its page, as a run writes them."""
    write_json(tmp_path / "03_train.ipynb", notebook)
    failed = {"stage": "03_train", "cell": 4, "kind": "ValueError", "message": "", "traceback": "", "exit_code": 1}
    render_stage(notebook, tmp_path / "pages" / "03_train.html", stages=["03_train"], failed=failed)
    return (tmp_path / "pages" / "03_train.html").read_bytes()


@pytest.mark.slow
def test_the_scanner_finds_every_canary_before_redaction_and_none_after(tmp_path):
    assert len(ALL) == 46
    notebook = infested()
    written(tmp_path / "before", notebook)
    assert scan((tmp_path / "before" / "03_train.ipynb").read_bytes(), ALL) == ALL
    placeholders = Redactor(find_secrets(NAMED)).notebook(notebook)
    page = written(tmp_path / "after", notebook)
    assert scan((tmp_path / "after" / "03_train.ipynb").read_bytes(), ALL) == set()
    assert scan(page, ALL) == set()
    assert {f"[secret {name}]" for name in NAMED} - set(placeholders) == {
        f"[secret CANARY_{number}_TOKEN]" for number in (4, 23, 29, 30, 31, 32, 33, 34)
    }, "a picture's notes are dropped, everything else is replaced and named"
    nbformat.validate(notebook)


def test_the_page_alone_would_have_told_most_of_them(tmp_path):
    assert len(scan(written(tmp_path, infested()), ALL)) > 20


@pytest.mark.slow
def test_redaction_is_the_same_each_time_and_changes_nothing_when_done_twice():
    hide, one, other = Redactor(find_secrets(NAMED)), infested(), infested()
    hide.notebook(one)
    Redactor(find_secrets(NAMED)).notebook(other)
    for cell, twin in zip(one.cells, other.cells, strict=True):
        cell.id = twin.id
    assert one == other
    hide.notebook(one)
    assert one == other


def test_the_manifest_of_a_run_is_hidden_as_any_json(tmp_path):
    manifest = {"parameters": {"03_train": {"token": named(1)}}, "error": {"traceback": f"x\n{named(38)}"}}
    write_json(tmp_path / "manifest.json", Redactor(find_secrets(NAMED)).value(manifest))
    assert scan((tmp_path / "manifest.json").read_bytes(), ALL) == set()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["03_train.ipynb", "pages/03_train.html"])
def test_a_file_that_holds_canaries_is_told_by_their_names(tmp_path, name):
    written(tmp_path, infested())
    assert {"CANARY_1_TOKEN", "CANARY_38_TOKEN", "GitHub token"} & set(
        Redactor(find_secrets(NAMED)).find_in_file(tmp_path / name)
    )

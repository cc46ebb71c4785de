"""What counts as secret, and that it is gone from whatever holds it, however it is written."""

import base64
import gzip
import html
import io
import json
import logging
import random
import zipfile
from urllib.parse import quote, quote_plus

import nbformat
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, new_output

from churn_mlops.archive.secrets import Redactor, Secret, find_secrets, is_secret_name, worth_hiding
from churn_mlops.archive.secrets.finding import read_dotenv

VALUE = 'tr0ub&dor/3+"x"'
SHOWN = "[secret DB_PASSWORD]"


@pytest.mark.slow
def test_the_lines_of_a_signing_key_are_secret_wherever_it_stands(tmp_path):
    line = "MC4CAQAwBQYDK2VwBCIEIKq3x8v9ZtL0hWm5uD2cJp7yRr4nXe1sGfBo6aViTkQz"
    pem = f"-----BEGIN PRIVATE KEY-----\n{line}\n-----END PRIVATE KEY-----\n"
    (tmp_path / "key.pem").write_text(pem)
    for value in (pem, pem.replace("\n", "\\n"), str(tmp_path / "key.pem")):
        found = find_secrets({"CHURN_SIGNING_KEY": value})
        assert line in {secret.value for secret in found}
        assert line not in Redactor(found).text(f"it printed {line}")
    assert find_secrets({"CHURN_SIGNING_KEY": "no/such/key.pem"})  # the path itself


def redactor(value=VALUE, name="DB_PASSWORD"):
    return Redactor([Secret(name, value)])


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("PASSWORD", True),
        ("db_password", True),
        ("PGPASSWORD", True),
        ("dbPassword", True),
        ("GITHUB_TOKEN", True),
        ("API_KEY", True),
        ("APIKEY", True),
        ("openai-api-key", True),
        ("AWS_SECRET_ACCESS_KEY", True),
        ("SLACK_WEBHOOK_URL", True),
        ("SENTRY_DSN", True),
        ("AZURE_CONNECTION_STRING", True),
        ("TOKEN_2", True),
        ("DB_PWD", True),
        ("signing_key", True),
        ("PWD", False),
        ("OLDPWD", False),
        ("TOKENIZERS_PARALLELISM", False),
        ("TOKEN_FILE", False),
        ("PRIVATE_KEY_PATH", False),
        ("SECRETARY", False),
        ("COMPASS", False),
        ("KEYBOARD", False),
        ("PATH", False),
        ("CHURN_SECRETS", False),
    ],
)
def test_a_name_is_secret_by_its_whole_words(name, secret):
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("value", "worth"),
    [
        ("hunter22", True),
        ("12345", False),
        ("abcde", False),
        ("true", False),
        ("disabled", False),
        ("20260101", False),
        ("2026-01-01", False),
        ("1234567890", True),
        ("********", False),
        ("xyxyxyxy", False),
    ],
)
def test_what_would_shred_reports_is_not_replaced(value, worth):
    assert worth_hiding(value) is worth


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("API_TOKEN", "abc123xyz", ["abc123xyz"]),
        ("HOME", "abc123xyz", []),
        ("DATABASE_URL", "postgresql://user:pa55w0rd@host/db", ["pa55w0rd"]),
        ("DATABASE_URL", "postgresql://user:pa55%2Fw0rd@host/db", ["pa55%2Fw0rd", "pa55/w0rd"]),
        ("STORAGE", "Endpoint=x;AccountKey=aGVsbG8gd29ybGQ=;Name=y", ["aGVsbG8gd29ybGQ="]),
        ("DB", "host=h password='l3tmein!' dbname=d", ["l3tmein!"]),
        ("GCP", json.dumps({"type": "x", "private_key": "k3y-materia1", "in": [{"token": "t0ken-t0"}]}),
         ["k3y-materia1", "t0ken-t0"]),
        ("DEBUG_TOKEN", "true", []),
    ],
)  # fmt: skip
def test_the_secret_part_of_a_variable_is_found(name, value, hidden):
    assert [secret.value for secret in find_secrets({name: value})] == hidden


def test_chosen_names_are_secret_too():
    environ = {"CHURN_SECRETS": "LICENCE, OTHER", "LICENCE": "abc-123-def", "THIRD": "ghi-456-jkl", "FOURTH": "mno-789"}
    assert [secret.name for secret in find_secrets(environ, names=("THIRD",))] == ["LICENCE", "THIRD"]


def test_a_secret_does_not_show_its_value():
    assert VALUE not in repr(Secret("X", VALUE))


def test_dotenv_is_read_in_every_usual_form_and_malformed_lines_are_passed_over(tmp_path):
    lines = """# a comment
PLAIN=one # with a comment
export EXPORTED=two
SINGLE='th#ree $x'
DOUBLE="fo\\"ur\\nlines" # comment
SPACED = five
HASH=si#x
SEVERAL="a
b"
EMPTY=
not a line
=nothing
1BAD=x
OPEN="seven
CRLF=eight
"""
    (tmp_path / ".env").write_bytes(lines.replace("CRLF=eight\n", "CRLF=eight\r\n").encode())
    assert dict(read_dotenv(tmp_path / ".env")) == {
        "PLAIN": "one",
        "EXPORTED": "two",
        "SINGLE": "th#ree $x",
        "DOUBLE": 'fo"ur\nlines',
        "SPACED": "five",
        "HASH": "si#x",
        "SEVERAL": "a\nb",
        "EMPTY": "",
        "OPEN": "seven",
        "CRLF": "eight",
    }
    assert read_dotenv(tmp_path / "absent") == []


def test_both_values_of_a_name_in_the_environment_and_in_dotenv_are_secret(tmp_path):
    (tmp_path / ".env").write_text("API_TOKEN=from-dotenv\n")
    found = find_secrets({"API_TOKEN": "from-environment"}, tmp_path / ".env")
    assert {secret.value for secret in found} == {"from-environment", "from-dotenv"}


def in_base64(text, before, after=b"end", alphabet=base64.b64encode):
    return alphabet(b"x" * before + text.encode() + after).decode()


ENCODINGS = {
    "plain": str,
    "JSON": lambda s: json.dumps(s)[1:-1],
    "JSON, not only ASCII": lambda s: json.dumps(s, ensure_ascii=False)[1:-1],
    "JSON in JSON": lambda s: json.dumps(json.dumps(s))[3:-3],
    "repr": lambda s: repr(s)[1:-1],
    "repr of bytes": lambda s: repr(s.encode())[2:-1],
    "HTML": html.escape,
    "HTML twice": lambda s: html.escape(html.escape(s)),
    "HTML by number": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "HTML by hexadecimal number": lambda s: "".join(f"&#x{ord(c):x};" for c in s),
    "URL": quote,
    "URL, all": lambda s: quote(s, safe=""),
    "URL, plus for space": quote_plus,
    "URL, small digits": lambda s: "".join(f"%{b:02x}" if chr(b) in '/+&"<> %' else chr(b) for b in s.encode("ascii"))
    if s.isascii() else quote(s),
    "URL, every byte": lambda s: "".join(f"%{b:02X}" for b in s.encode()),
    "URL twice": lambda s: quote(quote(s, safe=""), safe=""),
    "hexadecimal": lambda s: s.encode().hex(),
    "HEXADECIMAL": lambda s: s.encode().hex().upper(),
    **{f"base64 after {n}": lambda s, n=n: in_base64(s, n) for n in range(4)},
    **{f"base64 alone, after {n}": lambda s, n=n: in_base64(s, n, b"") for n in range(3)},
    "base64 for URLs": lambda s: in_base64(s, 1, alphabet=base64.urlsafe_b64encode),
    "base64 in a URL": lambda s: quote(in_base64(s, 2), safe=""),
    "base64 in lines": lambda s: base64.encodebytes(b"x" * 50 + s.encode() + b"y" * 50).decode(),
    "colours": lambda s: "\x1b[31m" + s[:2] + "\x1b[0m\x1b[1;32m" + s[2:] + "\x1b[0m",
    "an XML comment": lambda s: s.replace("--", "- -"),
}  # fmt: skip


@pytest.mark.parametrize(
    "value", [VALUE, "plainword7", "with space & <tag>", "back\\slash\\\\n", "ünï-çødé-€-😀", "a--b--c+/=?"]
)
@pytest.mark.parametrize("way", ENCODINGS)
def test_a_secret_is_found_in_every_encoding(way, value):
    written = ENCODINGS[way](value)
    text = redactor(value).text(f"before {written} after")
    assert text.startswith("before ")
    assert text.endswith(" after")
    assert SHOWN in text
    assert written not in text


printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]), min_size=8)
some_text = st.text(max_size=60)


@pytest.mark.slow
@settings(deadline=None)  # patterns are built anew for each value
@given(printable.filter(worth_hiding), some_text, some_text, st.sampled_from(sorted(ENCODINGS)))
@example("[secret]00", "", "", "plain")
@example("\\\\\\\\\\\\\\\\ab", "\\", "\\", "JSON")
def test_no_secret_survives_in_any_text_and_any_encoding(value, before, after, way):
    assume(value not in f"[secret]\n{SHOWN}")
    written, hide = ENCODINGS[way](value), redactor(value)
    text = hide.text(before + written + after)
    assert written not in text
    assert SHOWN in text
    assert hide.text(text) == text


@pytest.mark.slow
@settings(deadline=None)
@given(st.text(), printable)
def test_what_holds_no_secret_comes_back_as_it_is(text, value):
    assume(value not in text and not redactor(value).find(text))
    assert redactor(value).text(text) is text or redactor(value).text(text) == text


def test_overlapping_secrets_both_go():
    hide = Redactor([Secret("A", "abcdefgh"), Secret("B", "efghijkl"), Secret("C", "cdef")])
    assert hide.text("<abcdefghijkl>") == "<[secret A]>"


def test_a_value_that_stands_in_the_replacement_itself_is_left_alone():
    assert redactor("secret").text("no secret here") == "no secret here"


def test_every_line_of_a_key_is_hidden_where_it_is_shown_indented():
    lines = ["-----BEGIN X-----", "MIIEowIBAAKCAQEAx1", "q8rT0pLkZzYyXwVvUu", "-----END X-----"]
    text = redactor("\n".join(lines), "PRIVATE_KEY").text("\n".join("    | " + line for line in lines))
    assert "MIIE" not in text
    assert "q8rT" not in text


A = "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zZ9yX8wV7u"  # letters and digits of no one's token


@pytest.mark.slow
@pytest.mark.parametrize(
    "value", [A * 5, "key=" + A * 4, "ab" + "\\" * 150 + "cd"], ids=["letters", "more", "backslashes"]
)
@pytest.mark.parametrize("way", ["plain", "JSON", "HTML", "URL", "hexadecimal", "base64 after 1", "base64 in lines"])
def test_long_secrets_are_found_too(value, way):
    assert ENCODINGS[way](value) not in redactor(value).text(ENCODINGS[way](value))


# Put together here, so that no scanner takes this file's examples for tokens.
TOKENS = {
    "AWS access key id": "AK" + "IA" + "Q3EGRTYUIOPL4K5J",
    "GitHub": "gh" + "p_" + A[:36],
    "GitHub, fine-grained": "github" + "_pat_" + A,
    "GitLab": "gl" + "pat-" + A[:20],
    "Slack": "xo" + "xb-" + "123456789012-" + A[:24],
    "Stripe": "sk" + "_live_" + A[:24],
    "OpenAI": "s" + "k-" + A + A[:8],
    "OpenAI, of a project": "s" + "k-proj-" + A[:19] + "_" + A[:15] + "-" + A[:9],
    "Google": "AI" + "za" + A[:35],
    "JSON web token": "ey" + "J" + A[:20] + ".ey" + "J" + A[:30] + "." + A,
    "npm": "np" + "m_" + A[:36],
    "package index": "py" + "pi-" + A + A,
    "Hugging Face": "h" + "f_" + A[:34],
    "private key": f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{A}\n{A}\n-----END RSA {'PRIVATE'} KEY-----",
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize("around", ["{}", "x = '{}'", "\x1b[31m{}\x1b[0m", "a\\n{}\\n", "?k%3D{}&b", "<td>{}</td>"])
def test_tokens_are_known_by_their_shape(token, around):
    assert Redactor().text(around.format(token)) == around.format("[secret]")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("postgresql://me:s3cr3tpw@db/x", "postgresql://me:[secret]@db/x"),
        ("redis://:s3cr3t@h", "redis://:[secret]@h"),
        ("https://hooks.slack.com/services/T01/B02/abcdef", "https://hooks.slack.com/services/[secret]"),
        ("https://discord.com/api/webhooks/123/abc-def_g", "https://discord.com/api/webhooks/[secret]"),
        ("https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/c", "https://x.webhook.office.com/webhookb2/[secret]"),
        ("https://x/y?sv=1&sig=abcdefghijklmnopqrstuvwx%3D", "https://x/y?sv=1&sig=[secret]"),
        ("Authorization: Bearer abcdefgh12345678", "Authorization: Bearer [secret]"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "{'Authorization': 'Basic [secret]'}"),
    ],
)  # fmt: skip
def test_only_the_secret_part_of_an_address_or_header_goes(before, after):
    hide = Redactor()
    assert hide.text(before) == after
    assert hide.text(after) == after


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://user:{password}@host",
        "postgresql://user:$PASSWORD@host",
        "postgresql://user:***@host",
        "http://localhost:8080/path@x",
        "http://www.w3.org/2000/svg",
        '<div class="sk-estimator-doc-link fitted sk-toggleable__label-arrow-container">',
        "the risk-adjusted-return-of-some-investments task-force",
        "half_time hf_hub",
        "me@example.org: hello",
    ],
)
def test_what_only_looks_a_little_like_a_token_stays(text):
    assert Redactor().text(text) == text


def test_json_values_keep_their_shape():
    given_value = {"a": [1, None, True, VALUE], VALUE: {"b": VALUE}, "n": 1234567890123, "t": (1.5, "x")}
    hide = Redactor([Secret("DB_PASSWORD", VALUE), Secret("PIN", "1234567890123")])
    assert hide.value(given_value) == {
        "a": [1, None, True, SHOWN],
        SHOWN: {"b": SHOWN},
        "n": "[secret PIN]",
        "t": (1.5, "x"),
    }


def test_two_keys_that_become_alike_are_both_kept():
    assert redactor().value({VALUE: 1, html.escape(VALUE): 2}) == {SHOWN: 1, f"{SHOWN} 2": 2}


def test_a_secret_cut_by_the_end_of_a_print_is_found():
    def printed(text, name="stdout"):
        return new_output("stream", name=name, text=text)

    cell = new_code_cell("1", outputs=[printed("a " + VALUE[:5]), printed("warn", "stderr"), printed(VALUE[5:] + " b")])
    other = new_code_cell("1", outputs=[printed(VALUE[:7]), printed(VALUE[7:], "stderr")])
    notebook = new_notebook(cells=[cell, other])
    assert redactor().notebook(notebook) == [SHOWN]
    assert [output.text for output in cell.outputs] == [f"a {SHOWN}", "warn", " b"]
    assert [output.text for output in other.outputs] == [SHOWN, ""]


def test_a_notebook_without_secrets_stays_as_it_is():
    outputs = [
        new_output("stream", text="hello\n"),
        new_output("display_data", data={"text/html": "<b>x</b>", "application/json": {"a": [1, 2.5, None]}}),
        new_output("error", ename="E", evalue="v", traceback=["a", "b"]),
    ]
    notebook = new_notebook(cells=[new_code_cell("x = 1", outputs=outputs)], metadata={"papermill": {"parameters": {}}})
    before = json.dumps(notebook)
    assert redactor().notebook(notebook) == []
    assert json.dumps(notebook) == before
    nbformat.validate(notebook)


def test_a_parameter_is_hidden_in_the_injected_cell_and_in_papermills_record():
    cell = new_code_cell(f"# Parameters\ntoken = {json.dumps(VALUE)}\n", metadata={"tags": ["injected-parameters"]})
    notebook = new_notebook(cells=[cell], metadata={"papermill": {"parameters": {"token": VALUE}}})
    redactor().notebook(notebook)
    assert cell.source == f'# Parameters\ntoken = "{SHOWN}"\n'
    assert notebook.metadata.papermill.parameters.token == SHOWN


def picture(kind, **options):
    from PIL import Image

    pixels = Image.frombytes("RGB", (40, 30), random.Random(1).randbytes(3600))
    file = io.BytesIO()
    pixels.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("options", [{}, {"progressive": True, "quality": 90}])
def test_a_picture_loses_its_comments_and_keeps_its_pixels(kind, options):
    from PIL import Image, PngImagePlugin

    notes = PngImagePlugin.PngInfo()
    notes.add_text("a", "nobody knows")
    exif = Image.Exif()
    exif[0x010E] = "nobody knows"
    plain = picture(kind, **options)
    noted = picture(kind, **options, pnginfo=notes, exif=exif, comment=b"nobody knows") + b"nobody knows"
    assert b"nobody knows" in noted
    assert Redactor().bytes(noted) == Redactor().bytes(plain) == plain
    Image.open(io.BytesIO(plain)).load()


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\xff\xffIDAT", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0"]
)
def test_a_broken_picture_is_read_as_text(data):
    assert redactor().bytes(data + b" " + VALUE.encode()) == data + b" " + SHOWN.encode()


def test_bytes_that_are_no_text_survive():
    data = bytes(range(256))
    assert redactor().bytes(data) == data
    assert redactor().bytes(data + VALUE.encode()) == data + SHOWN.encode()


@pytest.mark.parametrize("written", [VALUE, quote(VALUE), in_base64(VALUE, 1), VALUE.encode().hex()])
@pytest.mark.parametrize("pack", ["plain", "zip", "gzip"])
def test_a_secret_in_a_file_is_named_and_the_file_left_alone(tmp_path, written, pack):
    path = tmp_path / "artifact"
    content = bytes(range(256)) * 40 + written.encode() + bytes(range(256))
    if pack == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("member", content)
    else:
        path.write_bytes(gzip.compress(content) if pack == "gzip" else content)
    before = path.read_bytes()
    assert redactor().find_in_file(path) == ["DB_PASSWORD"]
    assert redactor("quite another").find_in_file(path) == []
    assert path.read_bytes() == before


def test_a_secret_across_two_pieces_of_a_large_file_is_found(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"\0" * ((8 << 20) - 5) + VALUE.encode() + b"\0" * 100)
    assert redactor().find_in_file(path) == ["DB_PASSWORD"]


def test_a_token_in_a_file_is_named_by_its_kind(tmp_path):
    (tmp_path / "a.csv").write_text("x," + TOKENS["GitHub"])
    assert Redactor().find_in_file(tmp_path / "a.csv") == ["GitHub token"]


def test_a_log_record_is_redacted_with_its_arguments_and_its_traceback():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(redactor().log)
    logger = logging.Logger("test")
    logger.addHandler(handler)
    try:
        raise ValueError(VALUE)
    except ValueError:
        logger.exception("signing in with %s", VALUE)
    assert VALUE not in stream.getvalue()
    assert stream.getvalue().count(SHOWN) >= 2
    assert "ValueError" in stream.getvalue()


def test_urls_of_channels_are_secret_whole_and_by_their_tokens():
    urls = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/ mailtos://ops:s3cr3tPw9@mail.example?to=boss@shop.example"
    found = {secret.value for secret in find_secrets({"CHURN_NOTIFY": urls})}
    assert {urls, *urls.split(), "TIiajkdnlazkcOXrIdevi7FQ", "s3cr3tPw9"} <= found
    assert not {"slack", "mail.example", "shop.example", "boss"} & found  # words that stand everywhere
    assert find_secrets({"OPS": "slack://T1JJ3T3L2/A1BRTD4JD/"}) == ()
    assert find_secrets({"OPS": "slack://T1JJ3T3L2/A1BRTD4JD/"}, names=("OPS",))

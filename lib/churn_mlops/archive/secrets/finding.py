"""Which values are secret: those whose name says so, in the environment, in `.env` or among a run's parameters.

A name is secret when one of its words is (password, token, secret, api key, credentials, dsn, webhook, ...), or
when `CHURN_SECRETS` lists it (names with commas between). Of any other value only the parts that give
themselves away are: the password of a URL, and members such as `AccountKey=...` or `{"private_key": ...}`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

LISTED = "CHURN_SECRETS"
SIGNING_KEY = "CHURN_SIGNING_KEY"
NOTIFY = "CHURN_NOTIFY"  # URLs of channels, with tokens in their paths
SHORTEST, FEWEST_DIGITS, FEWEST_CHARACTERS = 6, 10, 3
HARMLESS = frozenset({"default", "disabled", "enabled", "localhost", "postgres", "undefined", "required", "unknown"})

_WORDS = r"""SECRET|TOKEN|CREDENTIAL|AUTHORIZATION|COOKIE|DSN|WEBHOOK|APIKEY|PASS|PWD|
    CONNECTION_?STR(?:ING)?|JWT|PAT|(?:\w*)(?:PASSWORD|PASSWD|PASSPHRASE)|
    (?:API|PRIVATE|SIGNING|ACCESS|SHARED|ENCRYPTION|MASTER|ACCOUNT|STORAGE|AUTH|SSH|DEPLOY|LICENSE|SERVICE)_?KEY"""
_SECRET_NAME = re.compile(rf"(?:^|_)(?:{_WORDS})S?\d*(?:_|$)", re.VERBOSE)
_NOT_A_VALUE = re.compile(r"_(?:FILE|PATH|DIR)$|^(?:OLD)?PWD$")  # where a secret is kept, or where we are
_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][\w.-]*)[ \t]*=[ \t]*
    (?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)"|(?P<bare>[^\n]*?))[ \t]*(?:(?<=\s)\#[^\n]*)?$""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_URL_PASSWORD = re.compile(r"(?<=://)[^\s/:@]*:([^\s/]+)@")
_MEMBER = re.compile(r"(?:^|[;&?\s])\s*([A-Za-z][\w .-]*?)\s*=\s*([^;&\s]+)")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)-----END", re.DOTALL)
_BETWEEN, _TOKEN = re.compile(r"[/:@?&=]+"), re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.-]{8,}")
_LONGEST_KEY = 20_000  # characters; no key is longer
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Secret:
    """A value to hide and the name to show instead; its repr does not tell the value."""

    name: str
    value: str = field(repr=False)


def find_secrets(
    environ: Mapping[str, str], dotenv: Path | None = None, names: tuple[str, ...] = ()
) -> tuple[Secret, ...]:
    """The secret values among `environ` and the lines of the file `dotenv` (which may not exist), each once.

    `names` are further names that hold a secret, as those in `CHURN_SECRETS`. A variable that stands in both
    places with two values gives both. Any mapping of texts will do: pass a run's parameters to hide those
    that have such a name. What is not `worth_hiding` is left out.
    """
    settings = [*environ.items(), *(read_dotenv(dotenv) if dotenv else ())]
    listed = {name.strip() for key, value in settings if key == LISTED for name in str(value).split(",")} | {NOTIFY}
    found: dict[str, Secret] = {}
    for name, value in settings:
        if name != LISTED and isinstance(value, str):
            for hidden in _hidden_in(name, value.strip(), name in listed or name in names):
                if worth_hiding(hidden):
                    found.setdefault(hidden, Secret(name, hidden))
    return tuple(found.values())


def is_secret_name(name: str) -> bool:
    """Whether a name says that its value is secret: by whole words, in any case, also in camelCase or with dashes."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    words = re.sub(r"[^A-Z0-9]+", "_", words.upper()).strip("_")
    return bool(_SECRET_NAME.search(words)) and not _NOT_A_VALUE.search(words) and words != LISTED


def worth_hiding(value: str) -> bool:
    """Whether a value can be replaced everywhere without shredding reports.

    Not what is shorter than 6 characters, has fewer than 3 different ones (`********`), is a number or date of
    fewer than 10 digits, or one of a few words that stand everywhere.
    """
    if len(value) < SHORTEST or len(set(value)) < FEWEST_CHARACTERS or value.lower() in HARMLESS:
        return False
    number = not re.sub(r"[\d.,:+ \-]", "", value)
    return not number or sum(c.isdigit() for c in value) >= FEWEST_DIGITS


def read_dotenv(path: Path) -> list[tuple[str, str]]:
    """The settings of a `.env` file; lines that are none are passed over, and so is a file that cannot be read."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return []
    return [(found["name"], _dotenv_value(found)) for found in _LINE.finditer(text)]


def _dotenv_value(found: re.Match) -> str:
    if found["single"] is not None:
        return found["single"]
    if found["double"] is not None:
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), found["double"], flags=re.DOTALL)
    return found["bare"].strip().strip("'\"")


def _hidden_in(name: str, value: str, listed: bool) -> Iterator[str]:
    """The value itself where its name is secret, and the parts of it that are."""
    if listed or is_secret_name(name):
        yield value
        yield from _url_parts(value)
        yield from _pem_lines(_content(value) if name == SIGNING_KEY else value)
    for password in _URL_PASSWORD.findall(value):
        yield from dict.fromkeys((password, unquote(password)))
    yield from (text.strip("'\"") for key, text in _MEMBER.findall(value) if is_secret_name(key))
    if value.startswith("{"):
        yield from _members(_json(value))


def _url_parts(value: str) -> Iterator[str]:
    """Of a secret that is one URL or several: each, without its scheme, and the tokens in it, as errors may tell it."""
    for url in value.split() if "://" in value else ():
        yield from (url, url.partition("://")[2])
        yield from filter(_TOKEN.fullmatch, _BETWEEN.split(unquote(url)))


def _content(value: str) -> str:
    """The key of CHURN_SIGNING_KEY, whether the variable holds it or the path of its file."""
    if "-----BEGIN" in value:
        return value
    try:
        return Path(value).expanduser().read_text(encoding="utf-8", errors="replace")[:_LONGEST_KEY]
    except (OSError, ValueError):
        return ""


def _pem_lines(text: str) -> list[str]:
    """The lines of a key in PEM, each of which is a secret of its own."""
    found = _PEM.search(text)
    return found[1].replace("\\n", "\n").split() if found else []


def _json(text: str):
    try:
        return json.loads(text)
    except ValueError:
        return None


def _members(value) -> Iterator[str]:
    """The texts of a JSON value that stand under a secret name."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and is_secret_name(key):
                yield inner
            yield from _members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _members(inner)

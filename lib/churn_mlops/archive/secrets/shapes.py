"""Tokens that are known by their shape alone, whoever's they are: cloud and code hosting keys, JWT, PEM, URLs."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """A kind of token: name, what is quickly looked for, and pattern (its group 1, if it has one, is the secret)."""

    label: str
    mark: re.Pattern  # begins with a literal, for speed
    pattern: re.Pattern

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where such tokens stand."""
        if not self.mark.search(text):
            return []
        return [found.span(self.pattern.groups and 1) for found in self.pattern.finditer(text)]


# A token starts after what is no letter, or after an escape (\n, %3D, a colour code) that ends in one.
_START = r"(?:(?<![A-Za-z0-9_-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=[0-9;\[]m))"
_SLASH = r"(?:\\{0,8}/|%2[Ff])"
_GAP = r"(?:\ |%20|\+)"
_PEM = rf"PRIVATE{_GAP}KEY(?:{_GAP}BLOCK)?-----"
_PLACEHOLDER = r"\*+@|\{[^@]*\}@|<[^@]*>@|\$\w+@|\$\{\w+\}@|%s@|\.\.\.@"

# name, mark, pattern. Written apart where a scanner of source code would take the pattern for a token.
_SHAPES = [
    ("AWS access key id", "AKIA|ASIA", rf"{_START}A[KS]IA[0-9A-Z]{{16}}(?![0-9A-Za-z])"),
    ("GitHub token", "gh[pousr]_", r"gh[pousr]_[A-Za-z0-9]{30,}"),
    ("GitHub token", "github_pat_", r"github_pat_[A-Za-z0-9_]{30,}"),
    ("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{20,}"),
    ("Slack token", "xox[a-z]-", rf"{_START}xox[a-z]-[A-Za-z0-9-]{{10,}}"),
    (
        "Slack webhook",
        r"hooks\.slack\.com",
        rf"hooks\.slack\.com{_SLASH}(?:services|workflows|triggers){_SLASH}((?:[A-Za-z0-9_-]|{_SLASH})+)",
    ),
    (
        "Discord webhook",
        r"discord(?:app)?\.com",
        rf"discord(?:app)?\.com{_SLASH}api{_SLASH}(?:v\d+{_SLASH})?webhooks{_SLASH}(\d+{_SLASH}[\w-]+)",
    ),
    ("Teams webhook", r"webhook\.office\.com", rf"webhook\.office\.com{_SLASH}webhookb2{_SLASH}((?:[\w@%.\\/-])+)"),
    ("signature of a URL", "sig=", r"[?&;]sig=([\w%/+=-]{20,})"),
    ("Stripe key", "k_(?:live|test)_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    (
        "API key",  # of OpenAI, Anthropic and others; scikit-learn's pages use `sk-` for names of styles
        "sk-",
        rf"{_START}sk-(?:(?:[a-z0-9]+-){{0,3}}[A-Za-z0-9_]{{20,}}[A-Za-z0-9_-]*"
        r"|(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{20,})",
    ),
    ("Google API key", "AIza", rf"{_START}AIza[A-Za-z0-9_-]{{35}}"),
    ("JSON web token", "eyJ", r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    (
        "private key",
        "-----BEGIN",
        rf"-----BEGIN(?:{_GAP}[A-Z0-9]+)*?{_GAP}{_PEM}"
        rf"(?:[\s\S]{{0,20000}}?-----END(?:{_GAP}[A-Z0-9]+)*?{_GAP}{_PEM}|(?:[A-Za-z0-9+/=\s]|\\[nr])*)",
    ),
    ("npm token", "npm_", rf"{_START}npm_[A-Za-z0-9]{{36}}"),
    ("package index token", "pypi-", rf"{_START}pypi-[A-Za-z0-9_-]{{40,}}"),
    ("Hugging Face token", "hf_", rf"{_START}hf_[A-Za-z0-9]{{30,}}"),
    (
        "password of a URL",
        "://|:\\\\",
        rf":\\{{0,8}}/\\{{0,8}}/[!-.0-9;-?A-~]{{0,128}}:(?!{_PLACEHOLDER})([!#-&(-.0-;=?-~]{{1,256}})@",
    ),
    (
        "authorization header",
        "uthorization",
        r"""uthorization\\?["']?\s*[:=]\s*\\?["']?(?:[Bb]earer|[Bb]asic|[Tt]oken)\s+([A-Za-z0-9._~+/=-]{8,})""",
    ),
]


def shapes() -> list[Shape]:
    """All known shapes; compiled when first asked for, in a few milliseconds."""
    return [Shape(label, re.compile(mark), re.compile(pattern)) for label, mark, pattern in _SHAPES]

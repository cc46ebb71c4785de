"""Makes text and HTML from notebooks inert: outputs hold what the data hold, and data are not to be trusted.

An allow-list, by bleach: a tag or attribute that is not named here does not reach the page. The
Content-Security-Policy of the page is a second wall, not the first.
"""

import re

# What only styles or runs goes with its content, which would otherwise be left standing as text.
_CONTENT_TOO = re.compile(
    r"<(script|style|template|noscript|iframe|svg|math|title|textarea|select|xmp|noembed|noframes)\b"
    r".*?(?:</\1\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins "
    "kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
_ATTRIBUTES = {"a": ("href",), "img": ("src", "alt"), "ol": ("start",), "details": ("open",)}
_CELL = ("colspan", "rowspan")
_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def plain(text: str) -> str:
    """Text as a terminal would leave it standing: no colour codes, no control characters, no overwritten progress."""
    lines = _ANSI.sub("", "".join(text)).split("\n")
    return _CONTROL.sub("", "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines))


def safe_html(html: str, link=lambda href: None) -> str:
    """HTML with nothing live in it. `link` says what an address becomes; None takes the link away, not its text."""
    from bleach.sanitizer import Cleaner

    cleaner = Cleaner(
        tags=frozenset(_TAGS.split()),
        attributes=_allowed,
        protocols=frozenset({"http", "https", "mailto", "data"}),
        strip=True,
        filters=[_links(link)],
    )
    return cleaner.clean(_CONTENT_TOO.sub("", _CONTROL.sub("", html)))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name == "src":
        return tag == "img" and bool(_IMAGE.match(value))
    if tag in ("td", "th") and name in _CELL:
        return value.isdecimal()
    return name in _ATTRIBUTES.get(tag, ())


def _links(resolve):
    """A bleach filter that passes the address of every link through `resolve`."""
    from bleach.html5lib_shim import Filter

    class Links(Filter):
        def __iter__(self):
            for token in super().__iter__():
                if token["type"] == "StartTag" and token["name"] == "a":
                    _readdress(token["data"], resolve)
                yield token

    return Links


def _readdress(attributes: dict, resolve) -> None:
    href = attributes.pop((None, "href"), None)
    href = resolve(href.strip()) if href else None
    if href is not None:
        attributes[None, "href"] = href
        attributes[None, "rel"] = "noreferrer"

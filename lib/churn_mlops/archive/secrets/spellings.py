r"""How a secret may stand in a text: plain or escaped, within base64 or as hexadecimal digits.

Each character may stand as itself, percent-encoded, as an HTML entity, or behind backslashes (JSON, repr), also
twice over, and colour codes of a terminal may stand between two of them. In base64 a text looks different
according to where it starts, so there are three spellings, without the letters that are shared with neighbours.

Such patterns are slow, so they are only built and tried where one of a secret's `needles` stands in the text.
"""

import base64
import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

_COLOUR = r"(?:(?:\x1b|\\{1,8}(?:u001b|x1b|033))\[[0-9;]*m)"
_WRAP = r"(?:\r?\n|\\{1,8}[nr]|%0[AaDd])"
_ENTITIES = {"&": "amp|", "<": "lt|", ">": "gt|", '"': "quot|", "'": "apos|"}
_ESCAPED = {"\n": "n", "\r": "r", "\t": "t"}
_SHORTEST_LINE = 16
_LONG = 100  # characters; a key's letters are then only looked for as they are, or building the pattern takes seconds
_colours = re.compile(_COLOUR, re.IGNORECASE)
_escaped_colour = re.compile(r"\\(?:u001b|x1b|033)", re.IGNORECASE)
_escaped_wraps = (re.compile(r"\\\\*[nr]"), re.compile(r"%0[AaDd]"))  # apart, so that each begins with a literal
_ESCAPED_RUNS = {
    "%": re.compile(r"%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}%[0-9A-Fa-f]{2}"),
    "&#": re.compile(r"&#\w+;&#\w+;&#\w+;"),
    "\\x": re.compile(r"\\x[0-9a-f]{2}\\x[0-9a-f]{2}\\x"),
    "\\u0": re.compile(r"\\u00[0-9a-f]{2}\\u00[0-9a-f]{2}\\u00"),
}
_safe_run = re.compile(r"(?:[A-Za-z0-9_.]|-(?!-)){3,}")


class View:
    """A text as needles are looked for in it: without colours, and for base64 without line ends."""

    def __init__(self, text: str):
        coloured = "\x1b" in text or _escaped_colour.search(text)
        self.plain = _colours.sub("", text) if coloured else text

    @cached_property
    def joined(self) -> str:
        """Without the line ends, escaped ones too, at which base64 is wrapped."""
        joined = self.plain.replace("\n", "").replace("\r", "")
        for wrap in _escaped_wraps:
            joined = wrap.sub("", joined)
        return joined

    @cached_property
    def escaped(self) -> list[str]:
        """The marks of those ways of escaping that were used for three characters in a row."""
        return [mark for mark, three in _ESCAPED_RUNS.items() if three.search(self.plain)]


@dataclass(frozen=True)
class Spelling:
    """One secret value, ready to be found."""

    value: str
    placeholder: str

    @cached_property
    def _texts(self) -> list[str]:
        """The value, and each long line of a value of several (a key is often shown indented)."""
        lines = [line.strip() for line in self.value.splitlines()]
        return [self.value, *(line for line in lines if _SHORTEST_LINE <= len(line) < len(self.value))]

    @cached_property
    def _cores(self) -> list[str]:
        return [_core(text) for text in self._texts if not text.startswith("-----")]

    @cached_property
    def _hex(self) -> tuple[str, str]:
        digits = _bytes(self.value).hex()
        return digits, digits.upper()

    @cached_property
    def _base64(self) -> list[str]:
        return [_core(text) for text, _ in base64_spellings(self.value)]

    @cached_property
    def _fully_escaped(self) -> dict[str, list[str]]:
        """How the secret's core begins when each character is escaped, by the mark that such a text holds."""
        start = [f"{byte:02x}" for byte in self._cores[0][:3].encode()] if self._cores else []
        percent = "".join(f"%{digits}" for digits in start)
        return {
            "%": [percent, percent.upper()],
            "&#": ["".join(f"&#{int(d, 16)};" for d in start), "".join(f"&#x{d};" for d in start)],
            "\\x": ["".join(f"\\x{digits}" for digits in start)],
            "\\u0": ["".join(f"\\u00{digits}" for digits in start)],
        }

    def may_be_in(self, view: View) -> bool:
        """Whether the pattern is worth trying: never False where it would find something."""
        return (
            any(core in view.plain for core in self._cores)
            or any(core in view.joined for core in self._base64)
            or self._hex[0] in view.plain
            or self._hex[1] in view.plain
            or any(start in view.plain for mark in view.escaped for start in self._fully_escaped[mark])
        )

    @cached_property
    def _in_bytes(self) -> list[str]:
        letters = [text for text, _ in base64_spellings(self.value)]
        urlsafe = [text.replace("+", "-").replace("/", "_") for text in letters]
        quoted = [quote(_bytes(self.value), safe=safe) for safe in ("", "/")]
        return [_bytes(self.value).decode("latin-1"), *quoted, *letters, *urlsafe, *self._hex]

    def is_in_bytes(self, data: str) -> bool:
        """Whether it stands in what is no text, one character a byte: plain, in a URL, in base64 or as digits."""
        return any(needle in data for needle in self._in_bytes)

    @cached_property
    def pattern(self) -> re.Pattern:
        """Every spelling of the secret, the longest first."""
        ways = [escaped(text) for text in self._texts if not text.startswith("-----") or text == self.value]
        ways += [_base64_pattern(text, rest) for text, rest in base64_spellings(self.value)]
        return re.compile("|".join([*ways, f"(?i:{self._hex[0]})"]))


def _core(text: str) -> str:
    """The longest part that no usual escaping changes; empty, which is in every text, where that is too short."""
    return max(_safe_run.findall(text), key=len, default="")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def escaped(text: str) -> str:
    """A pattern for the text in any escaping, character by character."""
    run = "[A-Za-z0-9]+|" if len(text) > _LONG else ""
    return f"{_COLOUR}*".join(map(_piece, re.findall(rf"{run}\\+|\r\n|.", text, re.DOTALL)))


def _piece(text: str) -> str:
    if text[0] == "\\":
        return _backslashes(text)
    return _character(text[-1]) if len(text) == 1 or text == "\r\n" else text


def _backslashes(run: str) -> str:
    """Each may have been doubled up to three times."""
    count = len(run)
    return rf"(?:\\{{{count},{8 * count}}}|(?:{_by_number(run[0])}){{{count}}})"


def _character(c: str) -> str:
    itself = re.escape(c)
    if c in _ESCAPED:
        itself = rf"{itself}|\\{{1,8}}{_ESCAPED[c]}"
        if c == "\n":
            itself = rf"\r\n|\\{{1,8}}r\\{{1,8}}n|{itself}"
    elif c == " ":
        itself = r" |\+"
    elif c == "-":
        itself = r"\\{0,8}-(?:\ (?=-))?"  # XML comments may not hold two in a row: matplotlib parts them
    elif c.isascii() and not c.isalnum():
        itself = rf"\\{{0,8}}{itself}"
    elif not c.isascii():
        itself = f"{itself}|{re.escape(_bytes(c).decode('latin-1'))}"  # in a file of bytes
    return f"(?:{itself}|{_by_number(c)})"


def _by_number(c: str) -> str:
    """A character by its code: percent-encoded, as an HTML entity, behind a backslash."""
    code, coded = ord(c), _bytes(c)
    ways = [
        "".join(f"%(?:25)*{byte:02x}" for byte in coded),
        f"&(?:amp;)*(?:{_ENTITIES.get(c, '')}#0*{code}|#x0*{code:x});",
        "".join(rf"\\{{1,8}}x{byte:02x}" for byte in coded),
        rf"\\{{1,8}}U{code:08x}",
    ]
    if code < 0x10000:
        ways.append(rf"\\{{1,8}}u{code:04x}")
    else:
        ways.append("".join(rf"\\{{1,8}}u{unit:04x}" for unit in _surrogates(code)))
    if 0x7F < code < 0x100:
        ways.append(rf"\\{{1,8}}x{code:02x}")
    return f"(?i:{'|'.join(ways)})"


def _surrogates(code: int) -> tuple[int, int]:
    return 0xD800 + (code - 0x10000 >> 10), 0xDC00 + (code - 0x10000 & 0x3FF)


def base64_spellings(text: str) -> list[tuple[str, int]]:
    """How the text looks in base64 after 0, 1 or 2 other bytes, and how many of its bytes the last letter shares."""
    data, found = _bytes(text), []
    for before in range(3):
        letters = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        rest = (before + len(data)) % 3
        found.append((letters[(0, 2, 3)[before] : len(letters) - bool(rest)], rest))
    return found


def _base64_pattern(letters: str, rest: int) -> str:
    either = {"+": r"(?:[+\-]|%2[Bb])", "/": r"(?:\\{0,8}/|_|%2[Ff])"}
    between = f"(?:{_WRAP}|{_COLOUR})*" if len(letters) <= _LONG else r"(?:\r?\n|\\{1,8}[nr])?"
    ending = r"(?:[A-Za-z0-9+/_\-](?:=|%3[Dd]){1,2})?" if rest else ""
    return between.join(either.get(letter, letter) for letter in letters) + ending

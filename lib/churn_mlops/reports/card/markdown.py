"""The model card as Markdown. Texts hold what the data hold, so nothing in them may act as markup, HTML or a link."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\x85]+")
_MARKUP = re.compile(r"([\\`*_{}\[\]#|~$!^=])")
_ADDRESS = re.compile(r"(?i)(:)(?=//)|(@)|(?<=www)(\.)|(?<=mailto)(:)|(?<=xmpp)(:)")
_START = re.compile(r"^(\s*)([-+>]|\d+(?=[.)]))")
_PLAIN_CODE = re.compile(r"[\w .,:;/()+%-]+")


def as_markdown(card: dict) -> str:
    """The whole card."""
    head = [f"# {escaped(card['title'])}", f"{escaped(card['sign'][1])} · run {inline({'code': card['version']})}"]
    head += [escaped(card["lede"])] * bool(card["lede"])
    parts = [part for section in card["sections"] for part in _section(section)]
    return "\n\n".join([*head, *parts]) + "\n"


def _section(section: dict) -> list[str]:
    return [f"## {escaped(section['title'])}", *(_BLOCKS[block["kind"]](block) for block in section["blocks"])]


def _table(block: dict) -> str:
    title = [f"{escaped(block['fold'])}:\n"] * bool(block["fold"])
    lines = [*title, _row(map(escaped, block["heads"])), _row("--:" if right else "---" for right in block["numbers"])]
    lines += [_row(map(inline, row)) for row in block["rows"]]
    return "\n".join(lines) + (f"\n\n{escaped(block['note'])}" if block["note"] else "")


def _row(cells) -> str:
    return f"| {' | '.join(cells)} |"


def _command(block: dict) -> str:
    fence = "```"
    lines = [_CONTROL.sub(" ", line).replace(fence, "") for line in block["lines"]]
    return "\n".join([f"{fence}bash", *lines, fence])


_BLOCKS = {
    "text": lambda block: _begun(inline(block["text"])),
    "missing": lambda block: f"*Not there.* {escaped(block['text'])}",
    "named": lambda block: "\n".join(f"- {inline(name)}: {inline(value)}" for name, value in block["rows"]),
    "items": lambda block: "\n".join(f"- {_begun(inline(item))}" for item in block["items"]),
    "table": _table,
    "command": _command,
}


def inline(piece) -> str:
    """A piece of text, or several, on one line."""
    if isinstance(piece, list):
        return "".join(map(inline, piece))
    if not isinstance(piece, dict):
        return escaped(piece)
    if "code" in piece:
        return f"`{piece['code']}`" if _PLAIN_CODE.fullmatch(str(piece["code"])) else escaped(piece["code"])
    if "link" in piece:
        return f"[{escaped(piece['link'])}](<{_address(piece['href'])}>)"
    return f"**{escaped(piece['text'])}**"


def escaped(text) -> str:
    """A text that stands as it is, on one line, whatever it holds."""
    text = _CONTROL.sub(" ", str(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _MARKUP.sub(r"\\\1", text)
    return _ADDRESS.sub(lambda found: f"&#{ord(found[0])};", text)


def _begun(line: str) -> str:
    """A line whose first character starts no list or quotation."""
    return _START.sub(
        lambda found: f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}", line
    )


def _address(href: str) -> str:
    return re.sub(r"[<>\\\s]", "", str(href))

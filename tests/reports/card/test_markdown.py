import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.reports.complete import VERSION, write_complete

from churn_mlops.reports.card.content import make_card
from churn_mlops.reports.card.markdown import as_markdown, escaped, inline
from churn_mlops.reports.facts import Facts

GROUPS = tomllib.loads((Path(__file__).parents[1] / "payloads.toml").read_text(encoding="utf-8"))
PAYLOADS = [payload for group in GROUPS.values() for payload in group["payloads"]]


def rendered(markdown: str) -> str:
    """As a careless reader's program would draw it."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    return markdown2html_mistune(markdown)


def plain(html: str) -> str:
    parts = []
    parser = HTMLParser()
    parser.handle_data = parts.append
    parser.feed(html)
    return "".join(parts).strip()


def links(html: str) -> list[str]:
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.extend(value for name, value in attrs if name == "href")
    parser.feed(html)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "a_b_c and *d*", "[x](y)", "`code`", "a | b", "# no heading", "<b>bold</b>", "&amp; &lt;", "~~gone~~",
        "$x^2$", "http://example.org and www.example.org", "mail@example.org", "back\\slash", "![i](j)", "a == b",
    ],
)  # fmt: skip
def test_a_text_is_read_as_it_was_written(text):
    html = rendered(f"So: {escaped(text)}")
    assert plain(html) == f"So: {text}"
    assert re.findall(r"<(?!/?p>)[^>]*>", html) == []


@pytest.mark.parametrize("text", ["- no list", "+ no list", "> no quotation", "1. no list", "2) no list"])
def test_a_line_that_begins_like_a_list_is_none(text):
    block = {"kind": "text", "text": [text]}
    card = {"title": "t", "sign": ["good", "s"], "version": "v", "lede": "", "sections": []}
    card["sections"] = [{"title": "x", "blocks": [block, {"kind": "items", "items": [text]}]}]
    html = rendered(as_markdown(card))
    assert html.count("<ul>") == 1
    assert "<ol>" not in html
    assert "<blockquote>" not in html
    assert plain(html).count(text) == 2


@pytest.mark.parametrize(
    ("piece", "markdown"),
    [
        ({"code": "snapshot_date"}, "`snapshot_date`"),
        ({"code": "a`b"}, "a\\`b"),
        ({"code": "a|b"}, "a\\|b"),
        ({"link": "a_b", "href": "pages/x.html#y"}, "[a\\_b](<pages/x.html#y>)"),
        ({"link": "a", "href": "x> [b](y"}, "[a](<x[b](y>)"),
        ({"sign": "good", "text": "✓ passed"}, "**✓ passed**"),
        (["two\nlines", " ", {"code": "x"}], "two lines `x`"),
    ],
)
def test_pieces_of_a_text(piece, markdown):
    assert inline(piece) == markdown


@pytest.mark.slow
def test_no_payload_of_the_data_is_live_in_a_card_drawn_by_a_careless_program(make, tmp_path):
    write_complete(tmp_path / VERSION, " ".join(PAYLOADS).encode("utf-8", "replace").decode())
    html = rendered(as_markdown(make_card(Facts(tmp_path / VERSION))))
    assert make.live(html) == []
    assert {address for address in links(html) if not address.startswith(("pages/", "#"))} == set()


def test_every_row_of_a_table_has_as_many_cells_as_its_head(tmp_path):
    write_complete(tmp_path / VERSION, " | ")
    markdown = as_markdown(make_card(Facts(tmp_path / VERSION)))
    tables = re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE)
    assert len(tables) > 10
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(counts) == 1, table

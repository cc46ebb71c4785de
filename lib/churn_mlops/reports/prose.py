"""Markdown cells as inert HTML, with the headings they bring to the table of contents."""

import re
from dataclasses import dataclass, field
from html import escape, unescape

from churn_mlops.reports.sanitise import safe_html
from churn_mlops.reports.tables import tidy_tables

_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>", re.DOTALL)
_OUTSIDE = ("http://", "https://", "mailto:", "#")


@dataclass
class Contents:
    """The headings of one page, in order, with anchors that are unique on it."""

    entries: list[dict] = field(default_factory=list)  # level, anchor, text
    taken: set[str] = field(default_factory=set)

    def add(self, level: int, text: str) -> str:
        """Note a heading; returns its anchor: the text with dashes for spaces, as Jupyter makes it."""
        base = re.sub(r"\s+", "-", text.strip()) or "section"
        anchor, count = base, 1
        while anchor in self.taken:
            count += 1
            anchor = f"{base}-{count}"
        self.taken.add(anchor)
        self.entries.append({"level": level, "anchor": anchor, "text": text})
        return anchor


def render_markdown(source: str, contents: Contents, pages: frozenset[str] = frozenset(), attachments=None) -> str:
    """A markdown cell as safe HTML. Links to notebooks of `pages` (stage names) lead to the pages of those stages."""
    html = safe_html(_html(source, attachments), lambda href: address(href, pages))
    return tidy_tables(_HEADING.sub(lambda found: _anchored(found, contents), html), named=True)


def render_output(source: str) -> str:
    """Markdown that a cell has put out: no links, no anchors, for it may hold what the data hold."""
    return tidy_tables(safe_html(_html(source)))


def _html(source: str, attachments=None) -> str:
    from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=False, attachments=attachments or {}, exclude_anchor_links=True)
    try:
        return MarkdownWithMath(renderer=renderer).render(source)
    except InvalidNotebook:  # it names an attachment that is not there; no text may keep a page from being made
        return f"<pre>{escape(source)}</pre>"


def address(href: str, pages: frozenset[str]) -> str | None:
    """Where a link in prose leads from the page: out, within the page, to another stage, or nowhere."""
    if href.startswith(_OUTSIDE):
        return href
    stage = re.fullmatch(r"(?:\./)?([\w-]+)\.(?:ipynb|html)", href)
    return f"{stage[1]}.html" if stage and stage[1] in pages else None


def _anchored(found, contents: Contents) -> str:
    text = unescape(re.sub(r"<[^>]+>", "", found[2]))
    anchor = contents.add(int(found[1]), text)
    return f'<h{found[1]} id="{escape(anchor)}">{found[2]}</h{found[1]}>'

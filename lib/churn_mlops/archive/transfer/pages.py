"""Pages of another hand: a browser runs what a page permits, so a page has to begin by permitting nothing.

A Content-Security-Policy in a page rules all that follows it. Where the first bytes are, to the letter, those of our
own pages, no script behind them runs, whatever it is hidden in.
"""

import re
from pathlib import Path, PurePosixPath

RUNNABLE = {".html", ".htm", ".xhtml", ".shtml", ".svg", ".xml", ".mht", ".mhtml"}
ARTIFACTS = "artifacts/"  # no page leads there, and what stages write is their own
_HEAD = re.compile(
    rb'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    rb'<meta http-equiv="Content-Security-Policy" content="'
    rb"default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-[A-Za-z0-9+/]{43}=&#39;; "
    rb'base-uri &#39;none&#39;; form-action &#39;none&#39;">\n'
)


def permits(folder: Path, names) -> str | None:
    """The first page among these files of a version that could run something; None where there is none."""
    pages = (name for name in sorted(names) if PurePosixPath(name).suffix.lower() in RUNNABLE)
    return next((name for name in pages if not name.startswith(ARTIFACTS) and not _is_inert(folder / name)), None)


def _is_inert(path: Path) -> bool:
    with path.open("rb") as file:
        return bool(_HEAD.match(file.read(1024)))

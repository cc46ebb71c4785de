"""What a folder holds: its notebooks as cells, its other files by size and date. Nothing in it is run or changed."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.adopting.cells import Code

LARGEST = 50_000_000  # bytes of a notebook that is read
MOST_FILES = 5_000  # of a folder; what is beyond is named and not looked at
_PASSED_OVER = {"__pycache__", "node_modules", "site-packages"}


@dataclass(frozen=True)
class File:
    """A file of the folder."""

    name: str  # from the folder, with /
    bytes: int
    modified: float  # seconds since 1970


@dataclass(frozen=True)
class Source:
    """A notebook of the folder: its cells, or why it has none here."""

    file: File
    raw: dict = field(default_factory=lambda: {"cells": []}, repr=False)  # in the form of nbformat 4
    code: tuple[Code, ...] = ()
    problem: str = ""
    remark: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file.name


@dataclass(frozen=True)
class Folder:
    """All that was looked at, and what was not, with the reason."""

    path: Path
    files: tuple[File, ...]
    notebooks: tuple[Source, ...]
    passed_over: tuple[str, ...]


def read_folder(path: Path) -> Folder:
    """Look at every file of a folder and read its notebooks; raises ConfigError where it is no folder."""
    if not path.is_dir():
        raise ConfigError(f"{path}: no such folder. Cure: the folder that holds the notebooks.")
    files, passed_over = _files(path)
    notebooks = [read_source(path, file) for file in files if file.name.endswith(".ipynb")]
    others = [file for file in files if not file.name.endswith(".ipynb")]
    return Folder(path, tuple(others), tuple(notebooks), tuple(passed_over))


def when(moment: float) -> str:
    """A file's date, in UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _files(root: Path) -> tuple[list[File], list[str]]:
    found, passed_over = [], []
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(n for n in folders if n not in links and not _is_passed_over(here / n))
        for name in sorted([*links, *(n for n in names if not n.startswith("."))]):
            path, shown = here / name, (here / name).relative_to(root).as_posix()
            if not shown.isprintable():
                passed_over.append(f"{shown!r}: a name that cannot be shown")
            elif path.is_symlink() or not path.is_file():
                passed_over.append(f"{shown}: a link or no plain file; it is not followed")
            elif len(found) == MOST_FILES:
                return found, [*passed_over, f"more than {MOST_FILES:,} files: the rest was not looked at"]
            else:
                stat = path.stat()
                found.append(File(shown, stat.st_size, stat.st_mtime))
    return found, passed_over


def _is_passed_over(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in _PASSED_OVER or (folder / "pyvenv.cfg").exists()


def read_source(root: Path, file: File) -> Source:
    """Read a notebook; whatever is wrong with it is told and ends nothing."""
    if file.bytes > LARGEST:
        return Source(file, problem=f"{file.bytes / 1e6:,.0f} MB: too large to be read; clear its outputs")
    try:
        raw = json.loads((root / file.name).read_text(encoding="utf-8-sig"))
        if not isinstance(raw, dict):
            raise ValueError("it is no JSON object")
        raw, remark = _as_version_4(raw)
        cells = [_cell(cell) for cell in raw["cells"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return Source(file, problem=f"not a notebook: {type(error).__name__}: {str(error)[:200]}")
    language = _language(raw)
    if language != "python":
        return Source(
            file, {"cells": cells}, problem=f"its kernel is {language}, not Python: its cells are not looked at"
        )
    numbered = enumerate((cell for cell in cells if cell["cell_type"] == "code"), 1)
    code = tuple(Code(number, cell["source"], cell["execution_count"]) for number, cell in numbered)
    return Source(file, {"cells": cells}, code, remark=remark)


def _as_version_4(raw: dict) -> tuple[dict, str]:
    """A notebook of nbformat 3 in the form of 4."""
    if "worksheets" not in raw:
        return raw, ""
    cells = [cell for sheet in raw["worksheets"] for cell in sheet["cells"]]
    names = {"input": "source", "prompt_number": "execution_count", "pyout": "execute_result"}
    turned = [{names.get(name, name): value for name, value in cell.items()} for cell in cells]
    return {**raw, "cells": turned}, "nbformat 3: Jupyter saves it as 4 when it is opened"


def _cell(raw: dict) -> dict:
    """A cell with text as its source; raises where it is none."""
    source, kind, count = raw.get("source", ""), raw["cell_type"], raw.get("execution_count")
    text = "".join(source)
    if not isinstance(kind, str):
        raise TypeError("a cell's type is no text")
    outputs = [output for output in raw.get("outputs") or [] if isinstance(output, dict)]
    given = {"cell_type": kind, "source": text, "execution_count": count if isinstance(count, int) else None}
    return given | {"id": raw.get("id"), "metadata": {}, "outputs": outputs}


def _language(raw: dict) -> str:
    metadata = raw.get("metadata") or {}
    told = [(metadata.get("language_info") or {}).get("name"), (metadata.get("kernelspec") or {}).get("language")]
    told.append((metadata.get("kernelspec") or {}).get("name"))
    language = str(next((name for name in told if name), "python")).lower()
    return "python" if "python" in language else language

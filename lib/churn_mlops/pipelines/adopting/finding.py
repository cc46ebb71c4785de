"""Which notebooks copy each other, which file a path means, and which notebook made the newest model."""

import ast
import re
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import PurePosixPath

from churn_mlops.pipelines.adopting.paths import is_address, last_part
from churn_mlops.pipelines.adopting.reading import Folder, Source, when
from churn_mlops.pipelines.adopting.uses import WRITES, Use, find_uses
from churn_mlops.pipelines.differences.cells import changed_cells

ALIKE = 0.5  # share of the lines of code that two notebooks have in common, from which one is a near copy
_MODELS = {
    ".pkl", ".pickle", ".joblib", ".skops", ".h5", ".keras", ".onnx", ".pt", ".pth", ".cbm", ".bst", ".ubj",
    ".sav", ".dill", ".model",
}  # fmt: skip
_NO_MODEL = {"to_pickle", "to_hdf"}  # what they write has such an ending, and holds a table
_MOST = 200  # notebooks compared with each other


def file_of(path: str, files: set[str]) -> str | None:
    """The file of the folder that a path in the code means; None where there is none, or it is an address."""
    if is_address(path):
        return None
    plain = str(PurePosixPath(path.replace("\\", "/").removeprefix("./")))
    if plain in files:
        return plain
    named = [file for file in files if last_part(file) == last_part(path)]
    return named[0] if len(named) == 1 else None


def near_copies(notebooks: tuple[Source, ...]) -> list[dict]:
    """Pairs of notebooks that have most of their code in common, the most alike first, with what differs by cell."""
    lines = {source.name: code_lines(source) for source in notebooks[:_MOST]}
    pairs = [
        (ratio, a, b)
        for a, b in combinations(notebooks[:_MOST], 2)
        if (ratio := similarity(lines[a.name], lines[b.name])) >= ALIKE
    ]
    return [
        {"a": a.name, "b": b.name, "similarity": round(ratio, 3), "cells": differences(a, b)}
        for ratio, a, b in sorted(pairs, key=lambda pair: (-pair[0], pair[1].name, pair[2].name))
    ]


def code_lines(source: Source) -> list[str]:
    """The code in one spelling: no comments, no layout, no difference of quotes."""
    found = []
    for cell in source.code:
        found += _plain(cell).splitlines()
    return found


def _plain(cell) -> str:
    if cell.problem:
        return re.sub(r"[ \t]+", " ", cell.source)
    try:
        return "\n".join([*cell.magics, ast.unparse(cell.tree)])
    except RecursionError:
        return cell.source


def similarity(a: list[str], b: list[str]) -> float:
    """Share of lines in common, 0 to 1, in their order; 0 where there is no code."""
    if not a or not b or 2 * min(len(a), len(b)) / (len(a) + len(b)) < ALIKE:
        return 0.0
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0


def differences(a: Source, b: Source) -> list[dict]:
    """The cells in which two notebooks differ, after comments and layout were taken out."""
    changes = changed_cells(_normalised(a), _normalised(b))
    return [{name: change[name] for name in ("cell_a", "cell_b", "lines")} for change in changes]


def _normalised(source: Source) -> dict:
    return {"cells": [{"cell_type": "code", "id": None, "source": _plain(cell)} for cell in source.code]}


def is_model(use: Use) -> bool:
    """Whether a call writes a model: by the file's ending, or because it is made for that."""
    name = use.call.rpartition(".")[2]
    if use.action != WRITES or name in _NO_MODEL:
        return False
    ending = PurePosixPath(last_part(use.path or "")).suffix.lower()
    return ending in _MODELS or name in ("dump", "save_model")


def newest_model(folder: Folder) -> dict:
    """The newest model file, the notebook that made it, and what speaks for that; names are None where unknown."""
    models = [file for file in folder.files if PurePosixPath(file.name).suffix.lower() in _MODELS]
    newest = max(models, key=lambda file: file.modified, default=None)
    makers = {source.name: [use for use in find_uses(source.code) if is_model(use)] for source in folder.notebooks}
    by_name = {source.name: source for source in folder.notebooks}
    if newest is None:
        return _without_file(by_name, makers)
    names = {file.name for file in folder.files}
    wrote = [n for n, uses in makers.items() if any(u.path and file_of(u.path, names) == newest.name for u in uses)]
    could = wrote or [n for n, uses in makers.items() if any(use.path is None for use in uses)]
    told = {"file": newest.name, "modified": when(newest.modified)}
    if not could:
        return told | {"notebook": None, "why": "no notebook writes a file of that name"}
    nearest = min(could, key=lambda name: abs(by_name[name].file.modified - newest.modified))
    how = "it writes that file" if wrote else "it writes a model under a name that only a run could tell"
    if len(could) > 1:
        how += f"; so do {len(could) - 1} more, and it was saved nearest to that moment"
    return told | {"notebook": nearest, "why": f"{how} (saved {when(by_name[nearest].file.modified)})"}


def _without_file(by_name: dict[str, Source], makers: dict[str, list[Use]]) -> dict:
    told = {"file": None, "modified": None}
    able = [name for name, uses in makers.items() if uses]
    if not able:
        return told | {"notebook": None, "why": "there is no model file, and no notebook writes one"}
    newest = max(able, key=lambda name: by_name[name].file.modified)
    return told | {"notebook": newest, "why": "there is no model file; of those that write one it was saved last"}


def choose(folder: Folder, newest: dict) -> str | None:
    """The notebook to begin with: that of the newest model, else the one saved last that can be read."""
    readable = [source for source in folder.notebooks if source.code and not source.problem]
    if newest["notebook"]:
        return newest["notebook"]
    return max(readable, key=lambda source: source.file.modified).name if readable else None

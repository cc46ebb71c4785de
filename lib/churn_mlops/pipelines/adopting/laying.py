"""A project from one notebook: its stage, its data, a definition and a pipeline.py; beside, then renamed into place."""

import ast
import importlib.util
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.errors import ChurnError, ConfigError
from churn_mlops.pipelines.adopting.finding import file_of
from churn_mlops.pipelines.adopting.ordering import working_order
from churn_mlops.pipelines.adopting.reading import Folder, Source
from churn_mlops.pipelines.adopting.rewriting import Edited, literal, rewrite
from churn_mlops.pipelines.adopting.stage import make_notebook, stage_name
from churn_mlops.pipelines.checking.door import check_notebook
from churn_mlops.pipelines.stage import Stage

COPIED = 200_000_000  # bytes of a data file that is copied; a larger one stays where it is
_TABLES = (".csv", ".tsv", ".parquet", ".csv.gz")
_PIPELINE = '''"""Made by `adopt` from {notebook}: its stages in order.

python pipeline.py                  run it, archived under runs/
python pipeline.py --help           everything else
"""

from pathlib import Path

from churn_mlops.cli import main
from churn_mlops.pipelines.stage import Stage

STAGES = (
    {stage},
)

if __name__ == "__main__":
    main(STAGES, root=Path(__file__).resolve().parent)
'''
_PLAIN = """# {why}
# `id` and `target` say what the columns mean; the stages of churn-mlops itself need them, the adopted one does not.

[dataset]
name = {name}
source = {source}
id = "id"
target = "target"

[money]  # all of it is made up
value_kept = 100
offer_cost = 5
success_rate = 0.3
"""


@dataclass(frozen=True)
class Data:
    """A file that the notebook is given: parameter, its default, the file in the folder if there is one."""

    parameter: str
    default: str
    file: str | None
    copied: bool


def check_place(into: Path, folder: Path) -> None:
    """Raise ConfigError unless the project can be made there without touching what is there."""
    if into.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"--into {into}: lies in the folder itself, which is not changed. Cure: another place.")
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise ConfigError(f"--into {into}: there is something already. Cure: a new folder; nothing was overwritten.")


def lay_out(folder: Folder, source: Source, into: Path, redactor) -> dict:
    """Make the project; what was made and what is left to do, as JSON values. Raises ConfigError where it cannot be."""
    check_place(into, folder.path)
    code = working_order(source.code)
    made = rewrite(code, source.name)
    made.order = [cell.number for cell in code]
    data = [_data(folder, path, parameter, into) for path, parameter in made.inputs.items()]
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{into.name}-", dir=into.parent) as aside:
        root = Path(aside) / into.name
        modules, left = _fill(root, folder, source, made, data, redactor)
        name = stage_name(source.name)
        stage = Stage(name, (), *_declared(made, data))
        problems = [str(f) for f in check_notebook(root / "notebooks" / f"{name}.ipynb", stage) if f.error]
        if into.exists():
            into.rmdir()
        root.rename(into)
    todo = [f"{d.parameter}: no file of that name in the folder; set it" for d in data if d.file is None]
    todo += [f"{name}: set this variable of the environment" for name in sorted(made.needed)]
    todo += [f"{module}: not installed here" for module in _not_installed(made, modules)]
    return {
        "into": str(into),
        "stage": name,
        "parameters": {name: value for name, (_, value, _) in made.parameters.items()},
        "data": [vars(one) for one in data],
        "writes": sorted(made.outputs.values()),
        "modules": modules,
        "order": made.order if code != source.code else [],
        "left_out": [redactor.text(line) for line in [*made.left_out, *left]],
        "to_do": [*todo, *problems],
        "next": "python pipeline.py",
    }


def _data(folder: Folder, path: str, parameter: str, into: Path) -> Data:
    sizes = {file.name: file.bytes for file in folder.files}
    file = file_of(path, set(sizes))
    if file is None:
        return Data(parameter, path, None, False)
    if sizes[file] > COPIED:
        there = os.path.relpath(folder.path.resolve() / file, into.resolve() / "notebooks")
        return Data(parameter, Path(there).as_posix(), file, False)
    return Data(parameter, f"../data/{file.removeprefix('data/')}", file, True)


def _declared(made: Edited, data: list[Data]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """What the stage writes, watches and reads of the project."""
    files = tuple(sorted({one.default.removeprefix("../") for one in data if one.copied}))
    return tuple(sorted(made.certain)), ("network",) if made.network else (), files


def _fill(root: Path, folder: Folder, source: Source, made: Edited, data: list[Data], redactor):
    """Write everything into a folder beside the final one; the modules that came along, and what did not."""
    for one in data:
        if one.copied:
            target = root / "notebooks" / one.default
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder.path / one.file, target)
    inputs = [(one.parameter, one.default) for one in data]
    told = {one.parameter: ("str", one.default, f"file that {source.name} reads") for one in data}
    notebook = make_notebook(source, made, inputs, told | made.parameters, redactor)
    name = stage_name(source.name)
    write_text(root / "notebooks" / f"{name}.ipynb", json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
    writes, watches, files = _declared(made, data)
    parts = [literal(name)]
    for key, names in (("writes", writes), ("watches", watches), ("files", files)):
        parts += [f"{key}=({', '.join(map(literal, names))}{',' * (len(names) == 1)})"] if names else []
    stage = f"Stage({', '.join(parts)})"
    write_text(root / "pipeline.py", _PIPELINE.format(notebook=literal(source.name)[1:-1], stage=stage))
    write_text(root / ".gitignore", "runs/\n")
    _define(root, data, name)
    return _modules(root, folder, source, made, redactor)


def _define(root: Path, data: list[Data], name: str) -> None:
    """A dataset definition for the run's record: drafted from the first table that is read, else a plain one."""
    tables = [one for one in data if one.copied and one.file.lower().endswith(_TABLES)]
    config = root / "configs" / f"{name.partition('_')[2]}.toml"
    write_text(config, _definition(root / "notebooks", tables[0].default if tables else None, config))


def _definition(notebooks: Path, file: str | None, config: Path) -> str:
    if file is None:
        why = "The notebook reads no table that was found; `simulator` stands for it and is not read."
        return _PLAIN.format(why=why, name=literal(config.stem), source='"simulator"')
    from churn_mlops.data.drafting import Asked, make_draft

    try:
        return make_draft(Asked(os.path.normpath(notebooks / file)), config.stem, config, "python pipeline.py").text
    except ChurnError as error:
        why = f"Not drafted: {str(error).splitlines()[0][:200]}".replace(str(notebooks.parent), ".")
        return _PLAIN.format(why=why, name=literal(config.stem), source=literal(file))


def _modules(root: Path, folder: Folder, source: Source, made: Edited, redactor) -> tuple[list[str], list[str]]:
    """Copy the folder's own modules that the notebook imports; one with a secret in it stays where it is."""
    beside = Path(source.name).parent
    own = {file.name for file in folder.files}
    copied, left, wanted = [], [], _imported("\n".join(made.imports))
    while wanted:
        module = wanted.pop()
        name = (beside / f"{module}.py").as_posix()
        if name not in own or f"{module}.py" in copied:
            continue
        text = (folder.path / name).read_text(encoding="utf-8", errors="replace")
        if redactor.text(text) != text:
            left.append(f"{name}: it holds a secret; copy it to notebooks/ without")
            continue
        write_text(root / "notebooks" / f"{module}.py", text)
        copied.append(f"{module}.py")
        wanted |= _imported(text)
    return sorted(copied), left


def _imported(text: str) -> set[str]:
    """The first parts of the modules that a text imports; none where it is not Python."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module and not node.level}
    return {name.partition(".")[0] for name in found}


def _not_installed(made: Edited, modules: list[str]) -> list[str]:
    own = {module.removesuffix(".py") for module in modules}
    return sorted(name for name in _imported("\n".join(made.imports)) - own if importlib.util.find_spec(name) is None)

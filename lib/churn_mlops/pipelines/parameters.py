"""The parameters of the stages: read from the notebooks' own cells, set by config and command line, all checked.

The notebook is the only place where a parameter is declared. The cell is read with `ast` and never run,
and a value reaches the notebook as data, whatever it holds.
"""

import ast
import io
import json
import math
import tokenize
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.config import Config, nearest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.stage import Stage

RESERVED = {
    "run_dir": "the runner gives each run its own folder",
    "runs_dir": "use --runs DIR",
    "config": "use --config FILE",
    "data": "use --data FILE",
    "as_of": "use --as-of DAY",
}
_SIMPLE = {"int": int, "float": float, "str": str, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One line of a parameters cell: `folds: int = 5  # parts of the data, each predicted by the others`."""

    name: str
    type: str  # int, float, str, bool, or one of these with `| None`
    default: object
    meaning: str


def read_parameters(notebook: Path) -> dict[str, Parameter]:
    """The parameters that a notebook declares, by name; raises ConfigError where the cell is not plain."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise ConfigError(f"{notebook}: no such notebook. Cure: correct the stages in pipeline.py.") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{notebook}: not a notebook (it is not the JSON of one).") from None
    tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise ConfigError(f"{notebook}: {len(tagged)} cells are tagged `parameters`; expected one.")
    return parse_parameters("".join(tagged[0]["source"]), str(notebook))


def parse_parameters(source: str, where: str) -> dict[str, Parameter]:
    """The parameters in a cell's source; each line is `name: type = literal  # meaning`."""
    comments = _comments(source)
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value):
            raise ConfigError(
                f"{where}: parameters cell, line {node.lineno}: expected `name: type = value  # meaning`."
            )
        kind = ast.unparse(node.annotation)
        if kind.removesuffix(" | None") not in _SIMPLE:
            raise ConfigError(
                f"{where}: parameter `{node.target.id}` has type {kind}; expected int, float, str or bool."
            )
        default = ast.literal_eval(node.value)
        found[node.target.id] = Parameter(node.target.id, kind, default, comments.get(node.lineno, ""))
    return found


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def plan_parameters(
    stages: tuple[Stage, ...], notebooks: Path, config: Config, overrides: list[str]
) -> dict[str, dict[str, object]]:
    """What each stage will be given: config first, then `-p stage.name=value`; raises with all mistakes at once."""
    return plan_declared(stages, read_declared(stages, notebooks), config, overrides)


def read_declared(stages: tuple[Stage, ...], notebooks: Path) -> dict[str, dict[str, Parameter]]:
    """The parameters of all stages, by the stage's short name."""
    return {stage.key: read_parameters(stage.notebook(notebooks)) for stage in stages}


class Placed(str):
    """An override that stands elsewhere than on the command line, such as in a line of a file; `where` says it."""

    where = ""

    @classmethod
    def at(cls, where: str, text: str) -> "Placed":
        """The override `text` with its place."""
        placed = cls(text)
        placed.where = where
        return placed


def plan_declared(stages, declared, config: Config, overrides: list[str]) -> dict[str, dict[str, object]]:
    """`plan_parameters` where the parameters have been read already."""
    planned: dict[str, dict] = {key: {} for key in declared}
    problems: list[str] = []
    for key, section in config.parameters.items():
        for name, value in section.items():
            _set(planned, declared, key, name, value, f"{config.path}: [{key}] {name}", problems)
        if not section and key not in declared:
            problems.append(f"{config.path}: unknown section [{key}]{nearest(key, declared)}")
    for override in overrides:
        name, equals, text = override.partition("=")
        key, dot, parameter = name.strip().partition(".")
        place = getattr(override, "where", "-p")
        if not (equals and dot):
            problems.append(f"{place} {override}: expected STAGE.NAME=VALUE, such as -p train.folds=5")
            continue
        _set(planned, declared, key, parameter, _Text(text), f"{place} {name.strip()}", problems)
    if problems:
        listed = "".join(f"\n  - {problem}" for problem in problems)
        raise ConfigError(f"{len(problems)} wrong parameter{'s' * (len(problems) > 1)}:{listed}")
    return {stage.name: planned[stage.key] for stage in stages}


class _Text(str):
    """A value from the command line: text that still has to become the parameter's type."""


def _set(planned, declared, key, name, value, where, problems) -> None:
    if key not in declared:
        problems.append(f"{where}: unknown stage `{key}`{nearest(key, declared)}")
    elif name in RESERVED:
        problems.append(f"{where}: cannot be set as a parameter; {RESERVED[name]}")
    elif name not in declared[key]:
        everywhere = [f"{k}.{n}" for k, names in declared.items() for n in names if n not in RESERVED]
        hint = nearest(name, declared[key]) or nearest(f"{key}.{name}", everywhere)
        problems.append(f"{where}: stage `{key}` has no parameter `{name}`{hint}")
    else:
        try:
            planned[key][name] = coerce(value, declared[key][name])
        except ValueError:
            problems.append(f"{where}: {str(value)!r} is not {_WANTED[_base(declared[key][name])]}")


_WANTED = {"int": "a whole number", "float": "a finite number", "str": "a text", "bool": "true or false"}


def _base(parameter: Parameter) -> str:
    return parameter.type.removesuffix(" | None")


def coerce(value, parameter: Parameter):
    """The value in the parameter's type; raises ValueError where it does not fit."""
    kind = _base(parameter)
    if parameter.type.endswith("| None") and str(value).lower() in ("none", "null", ""):
        return None
    if isinstance(value, _Text):
        value = _from_text(str(value), kind)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not _SIMPLE[kind] or (kind == "float" and not math.isfinite(value)):
        raise ValueError(value)
    return value


def _from_text(text: str, kind: str):
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    return _SIMPLE[kind](text)

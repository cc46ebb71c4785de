"""A notebook's code as a stage's: constants to parameters, paths to the project's and the run's, secrets out."""

import ast
import io
import json
import re
import tokenize
from dataclasses import dataclass, field
from itertools import pairwise
from keyword import kwlist

from churn_mlops.pipelines.adopting.cells import Code
from churn_mlops.pipelines.adopting.looking import secret_constants
from churn_mlops.pipelines.adopting.paths import is_address, last_part
from churn_mlops.pipelines.adopting.uses import WRITES, Use, find_uses
from churn_mlops.pipelines.parameters import RESERVED

_TYPES = (bool, int, float, str)
_LONGEST = 120  # characters of a text that is a setting; a longer one is a text of the cell
RUN_DIR = 'run_dir: str = "../runs/lab"  # folder that the stages of one run share'


@dataclass
class Edited:
    """What became of the code: grows cell by cell."""

    parameters: dict[str, tuple[str, object, str]] = field(default_factory=dict)  # name -> type, default, meaning
    inputs: dict[str, str] = field(default_factory=dict)  # path as in the code -> parameter
    outputs: dict[str, str] = field(default_factory=dict)  # path as in the code -> name in the run
    certain: set[str] = field(default_factory=set)  # names in the run that are written whatever happens
    imports: list[str] = field(default_factory=list)
    cells: list[tuple[int, str]] = field(default_factory=list)  # number in the notebook, code
    left_out: list[str] = field(default_factory=list)
    needed: set[str] = field(default_factory=set)  # variables of the environment
    network: bool = False
    order: list[int] = field(default_factory=list)  # of all code cells, by their numbers in the notebook


Place = tuple[int, int]  # line from 1, byte in it


@dataclass(frozen=True)
class Edit:
    """A piece of a cell that something else takes the place of."""

    start: Place
    end: Place
    text: str


def rewrite(code: tuple[Code, ...], notebook: str) -> Edited:
    """Make the cells a stage's. Cells that are not Python are left out, and told."""
    made = Edited()
    made.left_out += [f"cell {cell.number}: not Python ({cell.problem})" for cell in code if cell.problem]
    made.left_out += [f"cell {cell.number}: {line}" for cell in code for line in cell.magics]
    good = [_a_statement_a_line(cell) for cell in code if not cell.problem]
    constants = _constants(good, notebook)
    edits = {cell.number: _secrets(cell, made) for cell in good}
    for use, text in _places(find_uses(good), constants, _names(good), made):
        edits[use.cell] += _path(use, text, made)
    for cell in good:
        _take(cell, constants, edits[cell.number], made)
    _keep_used(constants, made)
    return made


def _a_statement_a_line(cell: Code) -> Code:
    """The cell with every statement on lines of its own, as what is taken out has to be."""
    body = cell.tree.body
    if all(before.end_lineno < after.lineno for before, after in pairwise(body)):
        return cell
    return Code(cell.number, ast.unparse(cell.tree), cell.count)


def _secrets(cell: Code, made: Edited) -> list[Edit]:
    """A secret in the code becomes a variable of the environment."""
    edits = []
    for name, _, node in secret_constants(cell.tree):
        variable = re.sub(r"\W+", "_", name).strip("_").upper()
        made.needed.add(variable)
        edits.append(Edit(*_span(node), f'os.environ["{variable}"]'))
    if edits:
        _import("import os", made)
    return edits


def _constants(code: list[Code], notebook: str) -> dict[str, tuple[object, str]]:
    """Names that are given a plain value once, at the top of a cell, and nothing else: value, meaning."""
    bound = [n.id for cell in code for n in ast.walk(cell.tree) if _binds(n)]
    bound += [name for cell in code for n in ast.walk(cell.tree) if isinstance(n, ast.Global) for name in n.names]
    secret = {name for cell in code for name, _, _ in secret_constants(cell.tree)}
    found = {}
    for cell in code:
        comments = _comments(cell.python)
        for statement in cell.tree.body:
            name, value = _plain_assignment(statement)
            if name and bound.count(name) == 1 and name not in secret and _fits(name, value):
                meaning = comments.get(statement.end_lineno) or f"from cell {cell.number} of {notebook}"
                found[name] = (value, meaning)
    return found


def _binds(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del)


def _plain_assignment(statement: ast.stmt) -> tuple[str | None, object]:
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    target = statement.target if isinstance(statement, ast.AnnAssign) and statement.value else target
    if not isinstance(target, ast.Name):
        return None, None
    try:
        return target.id, ast.literal_eval(statement.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None, None


def _fits(name: str, value: object) -> bool:
    """Whether it can be a parameter: plain, short, finite, and under no name that the runner gives."""
    if type(value) not in _TYPES or name in RESERVED or name.startswith("_"):
        return False
    if isinstance(value, str):
        return len(value) <= _LONGEST and value.isprintable()
    return isinstance(value, bool) or abs(value) < 1e300


def _comments(source: str) -> dict[int, str]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return {}
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _names(code: list[Code]) -> set[str]:
    """The names that stand anywhere in the code, and those that nothing may have."""
    nodes = [node for cell in code for node in ast.walk(cell.tree)]
    found = {node.id for node in nodes if isinstance(node, ast.Name)}
    found |= {(node.asname or node.name).partition(".")[0] for node in nodes if isinstance(node, ast.alias)}
    return found | {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)} | {*kwlist, *RESERVED}


def _places(uses: list[Use], constants: dict, names: set[str], made: Edited) -> list[tuple[Use, str]]:
    """For each path the expression to stand for it: a parameter where it is given, the run's folder where it is made.

    What the notebook has written before is read from the run, too. Addresses and what cannot be told stay.
    """
    found, taken = [], {*constants, *names}
    for use in uses:
        if use.path is None or is_address(use.path):
            made.network |= use.path is not None
        elif use.action == WRITES or use.path in made.outputs:
            there = set(made.outputs.values())
            name = made.outputs.setdefault(use.path, _free(last_part(use.path) or "output", there))
            made.certain |= {name} if use.action == WRITES and use.certain else set()
            found.append((use, f"Path(run_dir) / {literal(name)}"))
        else:
            own = use.node.id if isinstance(use.node, ast.Name) and use.node.id in constants else None
            name = made.inputs.setdefault(use.path, own or _free(_identifier(last_part(use.path)), taken))
            taken.add(name)
            found.append((use, name))
    return found


def _free(name: str, taken: set[str]) -> str:
    number, free = 2, name
    while free in taken:
        stem, dot, ending = name.partition(".")
        free, number = f"{stem}_{number}{dot}{ending}", number + 1
    return free


def _identifier(name: str) -> str:
    made = re.sub(r"\W+", "_", name).strip("_").lower() or "file"
    return made if made[0].isalpha() else f"file_{made}"


def _path(use: Use, text: str, made: Edited) -> list[Edit]:
    """The edit that puts an expression in the place of a path; none where it stands there already."""
    if use.is_path:
        text = f"({text})" if text.startswith("Path(") else f"Path({text})"
    if "Path(" in text:
        _import("from pathlib import Path", made)
    same = isinstance(use.node, ast.Name) and use.node.id == text
    return [] if same else [Edit(*_span(use.node), text)]


def _import(line: str, made: Edited) -> None:
    if line not in made.imports:
        made.imports.append(line)


def _take(cell: Code, constants: dict, edits: list[Edit], made: Edited) -> None:
    """Keep a cell without its imports and constants, which go elsewhere."""
    gone = []
    for statement in cell.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom) and getattr(statement, "module", "") != "__future__":
            several = isinstance(statement, ast.Import)
            parts = [ast.Import([alias]) for alias in statement.names] if several else [statement]
            for part in parts:
                _import(ast.unparse(part), made)
            gone.append(statement)
        elif _plain_assignment(statement)[0] in {*constants, "run_dir"}:  # the stage has a folder of its own
            gone.append(statement)
    text = _tidy(apply(cell.python, [*edits, *(Edit(*_span(statement), "") for statement in gone)]))
    if ast.parse(text).body:
        made.cells.append((cell.number, text))


def _tidy(text: str) -> str:
    """No empty lines at the ends, no more than one within."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip("\n")


def apply(source: str, edits: list[Edit]) -> str:
    """The source with its edits, last one first; of edits within each other the outer one counts."""
    lines = [line.encode() for line in source.split("\n")]
    outer = [e for e in edits if not any(o is not e and o.start <= e.start and e.end <= o.end for o in edits)]
    for edit in sorted(outer, key=lambda edit: edit.start, reverse=True):
        (first, begin), (last, end) = edit.start, edit.end
        head, tail = lines[first - 1][:begin], lines[last - 1][end:]
        if not edit.text and tail.lstrip().startswith(b"#"):
            tail = b""  # the comment went with what it says
        lines[first - 1 : last] = [head + edit.text.encode() + tail]
    return b"\n".join(lines).decode()


def _span(node) -> tuple[Place, Place]:
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _keep_used(constants: dict, made: Edited) -> None:
    """The constants that the cells still use are parameters; those that only led to a file are not needed."""
    trees = [ast.parse(text) for _, text in made.cells]
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name, (value, meaning) in constants.items():
        if name in used and name not in made.inputs.values():
            made.parameters[name] = (type(value).__name__, value, meaning)


def parameters_cell(parameters: dict[str, tuple[str, object, str]]) -> str:
    """The source of the parameters cell."""
    lines = [f"{name}: {kind} = {literal(value)}  # {meaning}" for name, (kind, value, meaning) in parameters.items()]
    return "\n".join([RUN_DIR, *lines])


def literal(value) -> str:
    """A value as Python writes it, texts in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)

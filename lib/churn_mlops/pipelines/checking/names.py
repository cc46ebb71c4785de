"""Names that a notebook uses before any cell has defined them. Nothing is run: Python's own symbol tables say it."""

import ast
import builtins
import re
import symtable
from collections.abc import Iterator

from churn_mlops.config import nearest
from churn_mlops.pipelines.checking.cells import Notebook
from churn_mlops.pipelines.checking.findings import Finding

_OF_A_KERNEL = {"display", "get_ipython", "In", "Out", "__name__", "__doc__", "__builtins__", "__", "___"}
_GIVEN = {*dir(builtins), *_OF_A_KERNEL}
_NUMBERED = re.compile(r"_i*\d*")
_AT_ONCE = ("listcomp", "setcomp", "dictcomp", "genexpr")  # scopes that run where they stand, unlike a function's


def check_names(notebook: Notebook) -> Iterator[Finding]:
    """An error for each name that is used before it is there; advice for each parameter that nothing uses."""
    if any(cell.brings_names or _is_open(cell.tree) for cell in notebook.code):
        return
    statements = [(cell.number, *_uses(node), node) for cell in notebook.code for node in cell.tree.body]
    first = {name: number for number, _, _, bound, _ in reversed(statements) for name in bound}
    known: set[str] = set()
    for number, now, later, bound, node in statements:
        there = known | (bound - _targets(node))
        missing = (now - there) | (later - set(first))
        yield from (_missing(notebook, number, name, first, known) for name in sorted(missing) if not _is_given(name))
        known = known - _deleted(node) | (bound - _deleted(node))
    used = {name for _, now, later, _, _ in statements for name in now | later}
    yield from _unused(notebook, used)


def _missing(notebook, number, name, first, known) -> Finding:
    below = f", and is defined only in cell {first[name]}" if first.get(name, 0) > number else ""
    seen = f"`{name}` is used before any cell has defined it{below}{'' if below else nearest(name, known)}"
    return Finding(notebook.path.name, number, "undefined name", seen, "define or import it above", error=True)


def _unused(notebook: Notebook, used: set[str]) -> Iterator[Finding]:
    for cell in notebook.parameters:
        for name in sorted(set().union(*(_uses(node)[2] for node in cell.tree.body)) - used):
            seen = f"no cell uses `{name}`, so setting it changes nothing"
            yield Finding(notebook.path.name, cell.number, "unused parameter", seen, "use it or remove its line")


def _uses(node: ast.stmt) -> tuple[set[str], set[str], set[str]]:
    """The notebook's names that a statement needs at once, that its functions need when called, and that it binds."""
    try:
        table = symtable.symtable(ast.unparse(node), "cell", "exec")
    except (SyntaxError, ValueError):  # what only a notebook may do, such as a comprehension that awaits
        return set(), set(), {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    symbols = table.get_symbols()
    now = {s.get_name() for s in symbols if s.is_referenced()}
    bound = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}
    now |= {node.target.id} if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) else set()
    later: set[str] = set()
    for child in table.get_children():
        _collect(child, child.get_name() in _AT_ONCE or child.get_type() == "class", now, later, bound)
    return now, later, bound


def _collect(table: symtable.SymbolTable, at_once: bool, now: set, later: set, bound: set) -> None:
    # Of a function that is called `top` Python's tables say that its own names are global: they take it for the module.
    outer = [s for s in table.get_symbols() if s.is_declared_global() or (s.is_global() and not s.is_local())]
    (now if at_once else later).update(s.get_name() for s in outer if s.is_referenced())
    bound.update(s.get_name() for s in outer if s.is_assigned() or s.is_imported())
    for child in table.get_children():
        _collect(child, at_once and child.get_name() in _AT_ONCE, now, later, bound)


def _targets(node: ast.stmt) -> set[str]:
    """What a plain assignment binds: not yet there while its right side is worked out."""
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        return set()
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    return named - {n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr)}


def _deleted(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Delete) else ()
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _is_given(name: str) -> bool:
    return name in _GIVEN or bool(_NUMBERED.fullmatch(name))


def _is_open(tree: ast.Module) -> bool:
    """`import *` and `globals()` bring names that only a run can tell, and annotations may be left unread."""
    return any(
        (isinstance(n, ast.alias) and n.name == "*")
        or (isinstance(n, ast.ImportFrom) and n.module == "__future__")
        or (isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in ("globals", "exec"))
        for n in ast.walk(tree)
    )

"""The library as its source tells it: which names a module has, and what a function takes. Nothing is imported."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import churn_mlops

PACKAGE = "churn_mlops"
_ROOT = Path(churn_mlops.__file__).parent
_KEEPS_SIGNATURE = {"cache", "lru_cache", "contextmanager", "wraps"}


@dataclass(frozen=True)
class Signature:
    """What a function, or the making of a dataclass, takes."""

    positional: tuple[str, ...]  # names that may also be given by position, in order
    keyword_only: tuple[str, ...]
    required: frozenset[str]
    any_positional: bool
    any_keyword: bool
    by_position_only: int = 0


@cache
def module_tree(module: str) -> ast.Module | None:
    """The source of a dotted module of the library, or None where there is no such module."""
    if module.split(".")[0] != PACKAGE:
        return None
    path = _ROOT.joinpath(*module.split(".")[1:])
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return ast.parse(file.read_text(encoding="utf-8"))
    return None


@cache
def names_of(module: str) -> dict[str, ast.AST]:
    """The names at the top of a module, each with the statement that binds it; submodules count."""
    folder = _ROOT.joinpath(*module.split(".")[1:])
    inside = (p for p in folder.glob("*") if p.suffix == ".py" or (p / "__init__.py").is_file())
    found: dict[str, ast.AST] = {path.stem: ast.Module([], []) for path in inside if path.stem != "__init__"}
    found |= dict.fromkeys(("__name__", "__file__", "__doc__", "__all__"), ast.Pass())
    _bind(module_tree(module).body, found)
    return found


def _bind(body: list[ast.stmt], found: dict[str, ast.AST]) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name.split(".")[0]): node for alias in node.names}
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            _bind(node.orelse, found)
        else:
            _bind_parts(node, found)


def _bind_parts(node: ast.stmt, found: dict[str, ast.AST]) -> None:
    stored = (n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    found |= {name.id: node for name in stored}
    for part in ("body", "orelse", "finalbody"):
        _bind(getattr(node, part, []), found)
    for handler in getattr(node, "handlers", []):
        _bind(handler.body, found)


def has_name(module: str, name: str) -> bool:
    """Whether `module.name` exists; a module that makes its names as they are asked for is believed."""
    names = names_of(module)
    return name in names or "__getattr__" in names or "*" in names


def resolve(module: str, name: str) -> tuple[str, ast.AST | None]:
    """Follow re-exports to what a name is: its module and its definition, or a module's own dotted name and None."""
    for _ in range(9):  # re-exports of re-exports, and no endless loop
        node = names_of(module).get(name) if module_tree(module) else None
        source = node.module if isinstance(node, ast.ImportFrom) else None
        if source is None or module_tree(source) is None:
            return (f"{module}.{name}", None) if isinstance(node, ast.Module) else (module, node or ast.Pass())
        original = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
        module, name = source, original
    return module, ast.Pass()


def signature_of(node: ast.AST | None) -> Signature | None:
    """What a definition takes, or None where that cannot be known from its source."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        plain = all(_decorator(d) in _KEEPS_SIGNATURE for d in node.decorator_list)
        return _of_function(node.args) if plain else None
    if isinstance(node, ast.ClassDef) and not node.keywords:
        return _of_class(node)
    return None


def _of_class(node: ast.ClassDef) -> Signature | None:
    own = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    if "__new__" in own:
        return None
    if "__init__" in own:
        return _of_function(own["__init__"].args, skip=1)
    if node.bases or [_decorator(d) for d in node.decorator_list] != ["dataclass"]:
        return None
    fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    if any(word in ast.unparse(f) for f in fields for word in ("ClassVar", "InitVar", "init=", "kw_only", "KW_ONLY")):
        return None
    required = frozenset(f.target.id for f in fields if f.value is None)
    return Signature(tuple(f.target.id for f in fields), (), required, False, False)


def _of_function(arguments: ast.arguments, skip: int = 0) -> Signature:
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    keyword_only = [a.arg for a in arguments.kwonlyargs]
    required = positional[skip : len(positional) - len(arguments.defaults)]
    required += [n for n, default in zip(keyword_only, arguments.kw_defaults, strict=True) if default is None]
    return Signature(
        tuple(positional[skip:]),
        tuple(keyword_only),
        frozenset(required),
        bool(arguments.vararg),
        bool(arguments.kwarg),
        max(len(arguments.posonlyargs) - skip, 0),
    )


def _decorator(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).split(".")[-1]

"""How a notebook uses the library: names that do not exist, and arguments that a function does not take."""

import ast
from collections.abc import Iterator

from churn_mlops.config import nearest
from churn_mlops.pipelines.checking import library
from churn_mlops.pipelines.checking.cells import Notebook
from churn_mlops.pipelines.checking.findings import Finding

_RULE = "no such name in the library"


def check_usage(notebook: Notebook) -> Iterator[Finding]:
    """An error for each name or argument that the library does not have."""
    bound = _bindings(notebook)
    for cell in notebook.code:
        for node in ast.walk(cell.tree):
            for seen, cure in _mistakes(node, bound):
                rule = _RULE if "has no" in seen else "call that does not fit"
                yield Finding(notebook.path.name, cell.number, rule, seen, cure, error=True)


def _mistakes(node: ast.AST, bound: dict) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _wrong_imports(node)
    elif isinstance(node, ast.Attribute):
        yield from _wrong_attribute(node, bound)
    elif isinstance(node, ast.Call):
        yield from _wrong_call(node, bound)


def _wrong_imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _wrong_module(alias.name)
        return
    if not _is_ours(node.module) or node.level:
        return
    wrong = list(_wrong_module(node.module))
    yield from wrong
    for alias in node.names if not wrong else ():
        if alias.name != "*" and not library.has_name(node.module, alias.name):
            yield _unknown(node.module, alias.name)


def _wrong_module(module: str) -> Iterator[tuple[str, str]]:
    parts = module.split(".")
    if not _is_ours(module):
        return
    for end in range(2, len(parts) + 1):
        if library.module_tree(".".join(parts[:end])) is None:
            yield _unknown(".".join(parts[: end - 1]), parts[end - 1])
            return


def _wrong_attribute(node: ast.Attribute, bound: dict) -> Iterator[tuple[str, str]]:
    module = _module(node.value, bound)
    if module and not library.has_name(module, node.attr):
        yield _unknown(module, node.attr)


def _unknown(module: str, name: str) -> tuple[str, str]:
    public = [known for known in library.names_of(module) if not known.startswith("_")]
    return f"`{module}` has no `{name}`{nearest(name, public)}", "correct the name, or add it to the library"


def _wrong_call(node: ast.Call, bound: dict) -> Iterator[tuple[str, str]]:
    name, definition = _callee(node.func, bound)
    signature = library.signature_of(definition)
    if signature is None:
        return
    taken = (*signature.positional[signature.by_position_only :], *signature.keyword_only)
    cure = f"it takes {', '.join((*signature.positional, *signature.keyword_only)) or 'nothing'}"
    given = {keyword.arg for keyword in node.keywords}
    unknown = set() if signature.any_keyword else given - {None} - set(taken)
    for argument in sorted(unknown):
        yield f"`{name}` takes no argument `{argument}`{nearest(argument, taken)}", cure
    if unknown or None in given or any(isinstance(argument, ast.Starred) for argument in node.args):
        return
    if len(node.args) > len(signature.positional) and not signature.any_positional:
        yield f"`{name}` is given {len(node.args)} arguments by position and takes {len(signature.positional)}", cure
    missing = [n for n in taken if n in signature.required - given - set(signature.positional[: len(node.args)])]
    if missing:
        yield f"`{name}` is not given {', '.join(f'`{n}`' for n in missing)}", cure


def _callee(node: ast.expr, bound: dict) -> tuple[str, ast.AST | None]:
    """The name of what is called and its definition, where it is the library's."""
    if isinstance(node, ast.Name) and node.id in bound:
        return node.id, bound[node.id][1]
    if isinstance(node, ast.Attribute) and (module := _module(node.value, bound)):
        return ast.unparse(node), library.resolve(module, node.attr)[1]
    return "", None


def _module(node: ast.expr, bound: dict) -> str | None:
    """The library's module that an expression such as `models` or `churn_mlops.models` stands for."""
    if isinstance(node, ast.Name):
        module, definition = bound.get(node.id, (None, None))
    elif isinstance(node, ast.Attribute) and (parent := _module(node.value, bound)):
        module, definition = library.resolve(parent, node.attr)
    else:
        return None
    return module if definition is None and module and library.module_tree(module) else None


def _bindings(notebook: Notebook) -> dict[str, tuple[str, ast.AST | None]]:
    """What imports of the library bind; a name that the notebook also binds otherwise is left alone."""
    ours: dict[str, list] = {}
    for node in (n for cell in notebook.code for n in ast.walk(cell.tree)):
        for name, meaning in _bound_by(node):
            ours.setdefault(name, []).append(meaning)
    return {name: found[0] for name, found in ours.items() if found[0] and all(f == found[0] for f in found)}


def _bound_by(node: ast.AST) -> Iterator[tuple[str, tuple | None]]:
    """Each name that a node binds, with the library's thing it stands for, or None for anything else."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            module = alias.name if alias.asname else alias.name.split(".")[0]
            yield alias.asname or module, (module, None) if _is_ours(module) else None
    elif isinstance(node, ast.ImportFrom):
        exists = _is_ours(node.module) and not node.level and library.module_tree(node.module)
        for alias in node.names:
            yield alias.asname or alias.name, library.resolve(node.module, alias.name) if exists else None
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id, None
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, None
    elif isinstance(node, ast.arg):
        yield node.arg, None


def _is_ours(module: str | None) -> bool:
    return bool(module) and module.split(".")[0] == library.PACKAGE

"""What a path in the code comes to, where that can be told without running it."""

import ast

_JOINS = {"os.path.join", "osp.join", "path.join"}
_SAME = {"str", "Path", "pathlib.Path", "PurePath", "os.fspath"}  # calls that give back the path they are given


def resolve(node: ast.expr | None, known: dict[str, str]) -> str | None:
    """The text that an expression comes to, with the names that are known; None where it cannot be told."""
    if isinstance(node, ast.Constant):
        return str(node.value) if isinstance(node.value, str | int | float) else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.JoinedStr):
        return _joined([_part(part, known) for part in node.values])
    if isinstance(node, ast.BinOp):
        return _operation(node, known)
    return _call(node, known) if isinstance(node, ast.Call) else None


def _joined(parts: list[str | None], between: str = "") -> str | None:
    return None if None in parts else between.join(parts)


def _part(part: ast.expr, known: dict[str, str]) -> str | None:
    if not isinstance(part, ast.FormattedValue):
        return resolve(part, known)
    return resolve(part.value, known) if part.format_spec is None and part.conversion == -1 else None


def _operation(node: ast.BinOp, known: dict[str, str]) -> str | None:
    sides = [resolve(node.left, known), resolve(node.right, known)]
    if isinstance(node.op, ast.Add):
        return _joined(sides)
    return _beneath(sides) if isinstance(node.op, ast.Div) else None


def _beneath(parts: list[str | None]) -> str | None:
    """Paths put together as `os.path.join` and `/` do it: an absolute one makes those before it void."""
    if None in parts or not parts:
        return None
    made = parts[0]
    for part in parts[1:]:
        made = part if is_absolute(part) else f"{made.rstrip('/')}/{part}" if made else part
    return made


def _call(node: ast.Call, known: dict[str, str]) -> str | None:
    called, given = ast.unparse(node.func), [resolve(argument, known) for argument in node.args]
    if node.keywords:
        return None
    if called in _JOINS or (called in _SAME and len(given) > 1):
        return _beneath(given)
    if called in _SAME and len(given) == 1:
        return given[0]
    if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = resolve(node.func.value, known)
        return _formatted(text, given)
    return None


def _formatted(text: str | None, given: list[str | None]) -> str | None:
    if text is None or None in given or text.count("{}") != len(given) or text.count("{") != len(given):
        return None
    for value in given:
        text = text.replace("{}", value, 1)
    return text


def learn(statement: ast.stmt, known: dict[str, str]) -> None:
    """Remember what a statement says about names; forget those of which it cannot be told any more."""
    bound = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    target = statement.target if isinstance(statement, ast.AnnAssign) else target
    value = resolve(statement.value, known) if isinstance(target, ast.Name) else None
    for name in bound:
        known.pop(name, None)
    if value is not None:
        known[target.id] = value


def is_absolute(path: str) -> bool:
    """Whether a path begins at a root, a drive or a home."""
    return path.startswith(("/", "~", "\\")) or path[1:3] in (":\\", ":/")


def is_address(path: str) -> bool:
    """Whether it is the address of something elsewhere."""
    return "://" in path


def last_part(path: str) -> str:
    """The name at the end of a path of any system."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]

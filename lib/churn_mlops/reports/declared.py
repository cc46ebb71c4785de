"""The parameters of an executed notebook as a table: what was declared, what this run set, what each means."""

import ast
import io
import tokenize


def parameter_rows(cells) -> list[dict]:
    """Rows of name, value, default, meaning and whether this run set another; empty where the cell is more.

    `cells` are those of an executed notebook; papermill adds what a run sets as a cell tagged `injected-parameters`.
    """
    declared, injected = _source(cells, "parameters"), _source(cells, "injected-parameters")
    try:
        defaults, given = _assignments(declared), _assignments(injected)
        comments = _comments(declared)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return []
    rows = [_row(name, line, default, given, comments) for name, (line, default) in defaults.items()]
    unknown = given.keys() - defaults.keys()
    return rows + [_row(name, 0, None, given, {}) for name in given if name in unknown]


def _row(name: str, line: int, default: str | None, given: dict, comments: dict) -> dict:
    value = given[name][1] if name in given else default
    return {
        "name": name,
        "value": value,
        "default": default,
        "set": value != default,
        "meaning": comments.get(line, ""),
    }


def _source(cells, tag: str) -> str:
    return "\n".join("".join(c["source"]) for c in cells if tag in c.get("metadata", {}).get("tags", []))


def _assignments(source: str) -> dict[str, tuple[int, str]]:
    """Name -> (last line, the value as written)."""
    found = {}
    for node in ast.parse(source).body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(target, ast.Name) and getattr(node, "value", None):
            found[target.id] = (node.end_lineno, ast.unparse(node.value))
    return found


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}

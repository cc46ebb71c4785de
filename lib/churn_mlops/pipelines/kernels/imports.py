"""What a notebook imports: the statements that a kernel can have executed before its first cell."""

import ast
import json
from pathlib import Path


def top_imports(notebook: Path) -> str:
    """The import statements of the code cells, one a line; cells that are not plain Python are passed over."""
    return "\n".join(map(ast.unparse, _statements(notebook)))


def installed_imports(notebook: Path, folders: list[Path]) -> str:
    """Those of the statements that import nothing of the project, whose modules are in one of the folders."""

    def own(name: str) -> bool:
        first = name.split(".")[0]
        return any((folder / first).is_dir() or (folder / f"{first}.py").is_file() for folder in folders)

    return "\n".join(ast.unparse(s) for s in _statements(notebook) if not any(map(own, _names(s))))


def _names(statement: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    return [statement.module or ""]


def _statements(notebook: Path) -> list[ast.Import | ast.ImportFrom]:
    found = []
    for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        try:
            statements = ast.parse("".join(cell["source"])).body
        except SyntaxError:
            continue
        found += [s for s in statements if isinstance(s, ast.Import | ast.ImportFrom)]
    return found

"""What a notebook imports: the statements that a kernel can have executed before its first cell."""

import ast
import json
from pathlib import Path


def top_imports(notebook: Path) -> str:
    """The import statements of the code cells, one a line; cells that are not plain Python are passed over."""
    found = []
    for cell in json.loads(Path(notebook).read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        try:
            statements = ast.parse("".join(cell["source"])).body
        except SyntaxError:
            continue
        found += [ast.unparse(s) for s in statements if isinstance(s, ast.Import | ast.ImportFrom)]
    return "\n".join(found)

"""How a stage notebook reads: advice, so that a stage of one's own is not refused for its style."""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Iterator

from churn_mlops.pipelines.checking.cells import Cell, Notebook, parse_quietly
from churn_mlops.pipelines.checking.findings import Finding

CODE_CELLS = (10, 20)
MEDIAN_LINES = 3
MOST_LINES = 10
MOST_LINES_OF_LISTS = 15  # of the imports and the parameters, which are lists
LAST_HEADING = "## In this notebook we"

# Never in the code of a stage: the rule, the sign of it, and the cure.
_NEVER = (
    ("search path", r"\bsys\.path\b", "import what is installed; functions belong in the library"),
    ("installs a package", r"\b(pip3?|conda|mamba)\s+install\b", "add it to pyproject.toml, then `make lock`"),
    ("hides warnings", r"\b(filterwarnings|simplefilter)\b", "cure what is warned of"),
)
_UNDONE = re.compile(r"\b(TODO|FIXME|XXX)\b")
_ABSOLUTE = re.compile(r"(~?/[\w.]|[A-Za-z]:[\\/])")
_STATEMENTS = (ast.Assign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.Delete, ast.For, ast.If, ast.With)


def check_shape(notebook: Notebook) -> Iterator[Finding]:
    """Advice for everything in which a notebook does not read as a stage does."""
    is_template = not notebook.path.stem[0].isdigit()  # too little stands in it to be measured
    rules = (_top, _order, _never, _prose, _end, *(() if is_template else (_size,)))
    for rule in rules:
        for number, name, seen, cure in rule(notebook):
            yield Finding(notebook.path.name, number, name, seen, cure)


def _top(notebook: Notebook) -> Iterator[tuple]:
    text = notebook.cells[0].source if notebook.cells and not notebook.cells[0].number else ""
    first = text.partition("\n")[0]
    if not re.match(rf"# {notebook.digits} \S", first):
        name = notebook.path.stem.partition("_")[2].replace("_", " ").capitalize() or "Name"
        yield None, "title", f"the first line is {first!r}", f"begin with a text cell: `# {notebook.digits} {name}`"
    if not re.search(r"^[^|#\n]+\?", text, re.MULTILINE):
        yield None, "question", "the first cell asks nothing", "say which question the stage answers"
    if "| Reads | Writes | Next |" not in text:
        yield None, "table", "no table of Reads, Writes and Next in the first cell", "take it from template.ipynb"


def _order(notebook: Notebook) -> Iterator[tuple]:
    code, tagged = notebook.code, notebook.parameters
    if tagged and tagged[0] is not code[0]:
        yield tagged[0].number, "order", "code stands above the parameters", "make the parameters the first code cell"
    allowed = code[code.index(tagged[0]) + 1 :][:1] if tagged else code[:1]
    if allowed and not _imports(allowed[0]):
        yield allowed[0].number, "order", "the cell after the parameters imports nothing", "import there what is needed"
    for cell in code:
        if _imports(cell) and cell not in allowed:
            yield cell.number, "order", "imports in the midst", "move them to the cell after the parameters"


def _size(notebook: Notebook) -> Iterator[tuple]:
    code = notebook.code
    if code and not CODE_CELLS[0] <= len(code) <= CODE_CELLS[1]:
        yield None, "size", f"{len(code)} code cells", f"{CODE_CELLS[0]} to {CODE_CELLS[1]} are read at one sitting"
    median = statistics.median(cell.lines for cell in code) if code else 0
    if median > MEDIAN_LINES:
        yield None, "size", f"a median of {median:g} lines a code cell", f"{MEDIAN_LINES} or fewer: one idea a cell"
    for cell in code:
        most = MOST_LINES_OF_LISTS if "parameters" in cell.tags or _imports(cell) else MOST_LINES
        if cell.lines > most:
            yield cell.number, "size", f"{cell.lines} lines", f"at most {most}; move logic to a function of a module"


def _never(notebook: Notebook) -> Iterator[tuple]:
    for cell in notebook.code:
        for node in ast.walk(cell.tree):
            yield from _never_a_node(cell, node)
        for rule, sign, cure in _NEVER:
            if found := re.search(sign, cell.source):
                yield cell.number, rule, f"`{found[0]}`", cure
        for line in _dead_code(cell.source):
            yield cell.number, "dead code", f"`{line}`", "delete it; git remembers"


def _never_a_node(cell: Cell, node: ast.AST) -> Iterator[tuple]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield cell.number, "definition", f"`{node.name}` is defined here", "move it to a module, where it has a test"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _ABSOLUTE.match(node.value):
        yield cell.number, "absolute path", repr(node.value), "make it relative to the notebook, or a parameter"


def _dead_code(source: str) -> Iterator[str]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    for token in tokens:
        text = token.string.lstrip("#").strip()
        alone = token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
        if alone and _is_statement(text):
            yield text


def _is_statement(text: str) -> bool:
    try:
        body = parse_quietly(f"{text} pass" if text.endswith(":") else text).body
    except (SyntaxError, ValueError):
        return False
    return any(
        isinstance(node, _STATEMENTS)
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call))
        or (isinstance(node, ast.AnnAssign) and node.value)
        for node in body
    )


def _prose(notebook: Notebook) -> Iterator[tuple]:
    for cell in notebook.cells:
        if found := _UNDONE.search(cell.source):
            yield cell.number, "undone", f"`{found[0]}`", "do it, or file it as an issue"


def _end(notebook: Notebook) -> Iterator[tuple]:
    calls = (n.func for cell in notebook.code for n in ast.walk(cell.tree) if isinstance(n, ast.Call))
    if not any(ast.unparse(called).split(".")[-1].startswith("check") for called in calls):
        yield None, "no check", "nothing stops the run when the result is bad", "call a `check_...` that raises"
    last = notebook.cells[-1] if notebook.cells else Cell(None, "")
    if last.number or not last.source.startswith(LAST_HEADING):
        yield None, "end", "the last cell does not say what was done", f"end with `{LAST_HEADING}` and 3 to 5 bullets"
        return
    bullets = len(re.findall(r"^[-*] ", last.source, re.MULTILINE))
    if not 3 <= bullets <= 5:
        yield None, "end", f"{bullets} bullets under `{LAST_HEADING}`", "write 3 to 5"
    if "](" not in last.source:
        yield None, "end", "no link to the next stage in the last cell", "link to it"


def _imports(cell: Cell) -> bool:
    return any(isinstance(node, ast.Import | ast.ImportFrom) for node in cell.tree.body)

"""Which files the code reads and writes: calls that are known for it, with the path where it can be told."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from churn_mlops.pipelines.adopting.cells import Code
from churn_mlops.pipelines.adopting.paths import learn, resolve

READS, WRITES = "reads", "writes"
_READERS = {
    "read_csv", "read_table", "read_fwf", "read_parquet", "read_excel", "read_json", "read_pickle", "read_feather",
    "read_orc", "read_stata", "read_sas", "read_spss", "read_hdf", "read_xml", "scan_csv", "scan_parquet",
    "read_ipc", "loadtxt", "genfromtxt", "fromfile", "load", "load_model", "load_workbook", "loadmat",
    "ParquetFile", "ExcelFile",
}  # fmt: skip
_WRITERS = {
    "to_csv", "to_parquet", "to_excel", "to_json", "to_pickle", "to_feather", "to_hdf", "to_stata", "to_orc",
    "to_html", "to_xml", "write_csv", "write_parquet", "savefig", "savez", "savez_compressed", "savetxt",
    "save_model", "save", "write_html", "write_image", "ExcelWriter",
}  # fmt: skip
_SECOND = {"joblib.dump", "skops.io.dump", "sio.dump", "torch.save", "onnx.save", "pq.write_table", "dump"}
_RECEIVERS = {"read_text": READS, "read_bytes": READS, "write_text": WRITES, "write_bytes": WRITES}
_OPENERS = {"open", "gzip.open", "bz2.open", "lzma.open", "io.open", "codecs.open", "zipfile.ZipFile", "ZipFile"}
_ON_HANDLES = {"pickle", "json", "yaml", "toml", "tomllib", "dill", "cPickle"}  # whose load and dump take an open file
_KEYWORDS = {
    "path", "path_or_buf", "filepath_or_buffer", "io", "fname", "filename", "file", "excel_writer", "filepath",
    "fp",
}  # fmt: skip
_LOADERS = {"np", "numpy", "joblib", "torch", "io", "sio", "cloudpickle"}  # whose load takes a path
_IN_MEMORY = {"BytesIO", "io.BytesIO", "StringIO", "io.StringIO"}
_UNCERTAIN = (ast.If, ast.Try, ast.While, ast.Match, ast.For, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Use:
    """One call that reads or writes a file."""

    cell: int
    action: str
    call: str  # as it is written: `pd.read_csv`
    path: str | None  # None where it cannot be told
    node: ast.expr  # that gives the path
    certain: bool  # whether it stands at the top of a cell, so that it runs when the cell does
    is_path: bool = False  # whether a method of a `Path` is called, not a function that takes one


def find_uses(code: Iterable[Code]) -> list[Use]:
    """The uses of files in the order of the cells."""
    known: dict[str, str] = {}
    handles: set[str] = set()
    found = []
    for cell in code:
        for statement in cell.tree.body:
            handles |= _handles(statement)
            found += [use for use in _uses(cell.number, statement, known) if not _is_handle(use, handles)]
            learn(statement, known)
    return found


def _uses(number: int, statement: ast.stmt, known: dict[str, str]) -> Iterator[Use]:
    certain = not isinstance(statement, _UNCERTAIN)
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and (seen := _seen(node)):
            action, path, is_path = seen
            value = resolve(path, known)
            yield Use(number, action, ast.unparse(node.func)[:80], value, path, certain, is_path)


def _seen(node: ast.Call) -> tuple[str, ast.expr, bool] | None:
    """What a call does, the expression with its path, and whether that is a `Path` whose method is called."""
    called = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
    base, _, name = called.rpartition(".")
    if called in _OPENERS:
        return _opened(node, _argument(node, 0), 1)
    if isinstance(node.func, ast.Attribute) and name == "open" and base not in ("Image", "PIL.Image", "webbrowser"):
        return _opened(node, node.func.value, 0, is_path=True)
    if isinstance(node.func, ast.Attribute) and name in _RECEIVERS:
        return _RECEIVERS[name], node.func.value, True
    if name in ("load", "dump") and base.rpartition(".")[2] in _ON_HANDLES:
        return None
    if name == "load" and base and base.rpartition(".")[2] not in _LOADERS:
        return None
    if called in _SECOND or (name == "save" and base in ("np", "numpy")):
        path = _argument(node, 0 if base in ("np", "numpy") else 1)
        return (WRITES, path, False) if path is not None else None
    action = READS if name in _READERS else WRITES if name in _WRITERS else None
    path = _argument(node, 0)
    return (action, path, False) if action and path is not None else None


def _opened(node: ast.Call, path: ast.expr | None, at: int, is_path: bool = False):
    mode = node.args[at] if len(node.args) > at else next((k.value for k in node.keywords if k.arg == "mode"), None)
    text = mode.value if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else "r"
    return (WRITES if set(text) & set("wax") else READS, path, is_path) if path is not None else None


def _argument(node: ast.Call, at: int) -> ast.expr | None:
    if len(node.args) > at:
        given = node.args[at]
        plain = isinstance(given, ast.Constant) and not isinstance(given.value, str)
        return None if plain or isinstance(given, ast.Starred) else given
    return next((keyword.value for keyword in node.keywords if keyword.arg in _KEYWORDS), None)


def _handles(statement: ast.stmt) -> set[str]:
    """The names of open files: `with open(...) as f`, `f = open(...)`."""
    found = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            found.add(node.optional_vars.id)
        elif isinstance(node, ast.Assign) and _called(node.value) in (*_OPENERS, *_IN_MEMORY):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def _is_handle(use: Use, handles: set[str]) -> bool:
    """Whether the path is an open file."""
    named = isinstance(use.node, ast.Name) and use.node.id in handles
    return named or _called(use.node) in (*_OPENERS, *_IN_MEMORY)

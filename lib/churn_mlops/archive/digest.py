"""SHA-256 of what a run reads and makes: files, folders, values and the content of tables."""

import hashlib
import json
from pathlib import Path

_CHUNK = 1 << 20


def digest_file(path: Path) -> str:
    """Digest of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_json(value) -> str:
    """Digest of a JSON value, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def digest_tree(folder: Path, pattern: str = "*") -> str:
    """Digest of the files below a folder that match `pattern`: their relative names and their bytes."""
    folder = Path(folder)
    files = sorted(path for path in folder.rglob(pattern) if path.is_file())
    return digest_json({path.relative_to(folder).as_posix(): digest_file(path) for path in files})


def digest_notebook(path: Path) -> str:
    """Digest of a notebook's code cells: prose, outputs and the editor's metadata do not change what it does."""
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    return digest_json(["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"])


def digest_table(table) -> str:
    """Digest of a table's columns, types and values; chunks, row groups and compression do not count.

    `table` is a pyarrow Table. Order of rows and of columns does count.
    """
    total = hashlib.sha256(str(table.num_rows).encode())
    for name in table.column_names:
        total.update(f"\0{name}\0".encode())
        _add_column(total, table[name])
    return total.hexdigest()


def _add_column(total, column) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type):
        column = column.cast(pa.large_string())  # the same text however its offsets are stored
    total.update(str(column.type).encode())
    total.update(column.is_valid().to_numpy(zero_copy_only=False).tobytes())
    if pa.types.is_large_string(column.type):
        total.update(pc.binary_length(column.fill_null("")).to_numpy(zero_copy_only=False).tobytes())
        for text in _pieces(column):
            total.update(text)
    elif pa.types.is_null(column.type):
        return
    else:
        total.update(_plain_values(column).tobytes())


def _pieces(column):
    """The bytes of a string column, a million rows at a time."""
    for start in range(0, len(column), _CHUNK):
        yield "".join(column.slice(start, _CHUNK).drop_null().to_pylist()).encode("utf-8", "surrogatepass")


def _plain_values(column):
    """Numbers, booleans and times as a numpy array in which missing values are zero."""
    import pyarrow as pa

    if pa.types.is_temporal(column.type):
        width = 32 if column.type.bit_width == 32 else 64
        column = column.cast(pa.int32() if width == 32 else pa.int64())
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    return column.fill_null(0).to_numpy(zero_copy_only=False)

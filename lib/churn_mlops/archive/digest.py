"""SHA-256 of what a run reads and makes: files, folders, values and the content of tables."""

import hashlib
import json
from pathlib import Path

_CHUNK = 1 << 20


def digest_file(path: Path) -> str:
    """Digest of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_bytes(content: bytes) -> str:
    """Digest of bytes, as `digest_file` takes it of a file that holds them."""
    return hashlib.sha256(content).hexdigest()


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
    total = TableDigest(table.schema)
    for batch in table.to_batches(max_chunksize=_CHUNK):
        total.update(batch)
    return total.hexdigest()


class TableDigest:
    """`digest_table` of a table that comes in pieces; how it is cut does not count, so each part has its own hash."""

    def __init__(self, schema):
        self.rows, self.columns = 0, [(field.name, _ColumnDigest(field.type)) for field in schema]

    def update(self, batch) -> None:
        """Take in the next rows: a pyarrow RecordBatch or Table of the same columns."""
        self.rows += batch.num_rows
        for (_, digest), column in zip(self.columns, batch.columns, strict=True):
            digest.update(column)

    def hexdigest(self) -> str:
        """The digest of all rows so far."""
        described = [[name, digest.type, digest.hexdigest()] for name, digest in self.columns]
        return digest_json({"rows": self.rows, "columns": described})


class _ColumnDigest:
    """Where values are missing, how long each is (texts only) and what they hold, hashed apart."""

    def __init__(self, kind):
        self.kind = _plain_type(kind)
        self.rows, self.type, self.parts = 0, str(self.kind), [hashlib.sha256() for _ in range(3)]

    def update(self, column) -> None:
        for piece in column.chunks if hasattr(column, "chunks") else [column]:
            self._add(piece.cast(self.kind) if piece.type != self.kind else piece)

    def _add(self, column) -> None:
        import pyarrow as pa

        missing, lengths, values = self.parts
        if column.null_count:
            missing.update(self.rows + _missing(column))
        self.rows += len(column)
        if pa.types.is_large_string(self.kind) or pa.types.is_large_binary(self.kind):
            lengths.update(_lengths(column))
            values.update(_texts(column))
        elif not pa.types.is_null(self.kind):
            values.update(_plain_values(column))

    def hexdigest(self) -> list[str]:
        return [part.hexdigest() for part in self.parts]


def _plain_type(kind):
    """The type that stands for all that hold the same values and differ in how they are stored."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if pa.types.is_string(kind) or pa.types.is_string_view(kind):
        return pa.large_string()
    if pa.types.is_binary(kind) or pa.types.is_binary_view(kind):
        return pa.large_binary()
    return kind


def _missing(column):
    """The places, from 0, at which a column has no value."""
    import numpy as np

    return np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)).astype("int64")


def _lengths(column):
    import pyarrow.compute as pc

    return pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)


def _texts(column):
    """The bytes of a column of texts, one after the other; a missing one has none."""
    import numpy as np

    column = column.fill_null("") if column.null_count else column
    _, offsets, content = column.buffers()
    if content is None:
        return b""
    ends = np.frombuffer(offsets, dtype="int64")[column.offset : column.offset + len(column) + 1]
    return memoryview(content)[int(ends[0]) : int(ends[-1])] if len(column) else b""


def _plain_values(column):
    """Numbers, booleans and times as a numpy array in which missing values are zero; what is none of these, as text."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_temporal(kind) and kind.bit_width in (32, 64):
        column = column.cast(pa.int32() if kind.bit_width == 32 else pa.int64())
    elif pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):  # decimals, lists: seldom, and slow
        return json.dumps([str(value) for value in column.to_pylist()]).encode()
    column = column.fill_null(0) if column.null_count else column
    return _without_signs(column.to_numpy(zero_copy_only=False))


def _without_signs(values):
    """One zero and one `not a number`, of which there are several to the bit."""
    import numpy as np

    if values.dtype.kind == "f":
        values, unknown = values + values.dtype.type(0), np.isnan(values)
        values[unknown] = values.dtype.type("nan")
    return np.ascontiguousarray(values)

"""From the parts to the outputs: all rows in order, out of core, and each file at its place by one rename."""

import csv
import hashlib
import io
import json
import tempfile
from contextlib import contextmanager
from pathlib import Path

from churn_mlops.archive.files import make_folder, write_json, writing
from churn_mlops.archive.tables import GROUP_ROWS, read_pieces, table_writer
from churn_mlops.data.checking import quarantine_schema
from churn_mlops.data.engine import connect, identifier, quoted
from churn_mlops.data.storing import in_background
from churn_mlops.errors import ConfigError
from churn_mlops.serving.batch.job import RANK, ROW
from churn_mlops.serving.batch.parts import ASIDE, SCORES, path_of

TOLD = "churn_mlops"  # the key in a Parquet file's metadata under which it says what it is
PARQUET, CSV = (".parquet", ".pq"), (".csv",)


def check_output(output: Path, location: str) -> None:
    """Raise ConfigError for an output that cannot be written, or that would be its own input."""
    if output.suffix.lower() not in PARQUET + CSV:
        expected = "a name that ends in .parquet or .csv"
        raise ConfigError(f"-o {output}: expected {expected}. Cure: -o scores.parquet.")
    if output.is_dir():
        raise ConfigError(f"-o {output}: is a folder. Cure: name a file in it.")
    given, place = Path(location).resolve(), output.resolve()
    if place == given or (given.is_dir() and given in place.parents):
        raise ConfigError(f"-o {output}: would be part of the input {location}. Cure: name a file elsewhere.")
    try:
        make_folder(output.parent)
        tempfile.TemporaryFile(dir=output.parent).close()
    except OSError as error:
        raise ConfigError(f"-o {output}: its folder cannot be used: {error.strerror}. Cure: name another.") from None


def write_scores(output: Path, folder: Path, parts: list[int], schema, top: int, told: dict) -> int:
    """Write the scores of all parts, highest first and equals in the input's order; returns how many.

    A Parquet file says in its metadata what it is, `told`; a CSV file has a companion, `<name>.json`, for that.
    """
    columns = [name for name in schema.names if name not in (RANK, ROW)]
    own = schema.empty_table().select(columns).schema
    rows = 0
    with _writer(output, own, told) as write, in_background(write) as later:
        for piece in _ordered(folder, parts, columns, top):
            later(piece)
            rows += piece.num_rows
    return rows


def _ordered(folder: Path, parts: list[int], columns: list[str], top: int):
    """The rows of all parts in order, piece by piece; DuckDB sorts them, on disk where it must."""
    files = ", ".join(quoted(path_of(folder, number, SCORES)) for number in parts)
    order = f"ORDER BY {RANK} DESC, {ROW}" + f" LIMIT {top}" * bool(top)
    query = f"SELECT {', '.join(map(identifier, columns))} FROM read_parquet([{files}]) {order}"
    return connect().con.sql(query).to_arrow_reader(GROUP_ROWS)


@contextmanager
def _writer(output: Path, schema, told: dict):
    """A function that takes the next rows of the output."""
    if output.suffix.lower() in PARQUET:
        with table_writer(output, schema, {TOLD: json.dumps(told)}) as write:
            yield write
        return
    digest = hashlib.sha256()
    with writing(output) as file:

        def put(content: bytes) -> None:
            digest.update(content)
            file.write(content)

        put(_header(schema.names))
        yield lambda piece: put(_lines(piece.cast(schema)))
        # Before the file has its place: with another digest in it, it is seen to be of another file.
        write_json(companion(output), told | {"sha256": digest.hexdigest()})


def companion(output: Path) -> Path:
    """The file beside a CSV that says what it is."""
    return output.with_name(f"{output.name}.json")


def _header(names: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return line.getvalue().encode()


def _lines(piece) -> bytes:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    sink, seconds = io.BytesIO(), pa.timestamp("s")
    fields = [field.with_type(seconds) if pa.types.is_timestamp(field.type) else field for field in piece.schema]
    piece = piece.cast(pa.schema(fields), safe=False)
    arrow_csv.write_csv(piece, sink, arrow_csv.WriteOptions(include_header=False, quoting_style="needed"))
    return sink.getvalue()


def quarantine_of(output: Path) -> Path:
    """The file beside an output for the rows that could not be scored."""
    return output.with_name(f"{output.stem}.quarantine.parquet")


def write_quarantine(output: Path, folder: Path, parts: list[int], rejected, count) -> int:
    """Write the rows that were set aside, and have `count` see each; returns how many. None: no file, nor an old one.

    `rejected` are those that could not even be read into fields.
    """
    import pyarrow as pa

    path, found = quarantine_of(output), [path_of(folder, number, ASIDE) for number in parts]
    found, rows = [own for own in found if own.is_file()], 0
    if not found and rejected.empty:
        path.unlink(missing_ok=True)
        return 0
    with table_writer(path, quarantine_schema()) as write:
        first = pa.Table.from_pandas(rejected[quarantine_schema().names], quarantine_schema(), preserve_index=False)
        for piece in (first, *(piece for own in found for piece in read_pieces(own))):
            write(piece)
            count(piece)
            rows += piece.num_rows
    return rows

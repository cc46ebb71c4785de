"""The input cut into pieces of some hundred thousand rows: what one call scores, and what a kill can lose."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

from churn_mlops.archive.tables import GROUP_ROWS
from churn_mlops.serving.batch.source import File

ENOUGH = 16  # pieces that keep all cores busy until the end
CUTS = 8  # pieces that one row group is cut into at most: each has to read what comes before it in the group


@dataclass(frozen=True)
class Piece:
    """Rows `start` to `stop` of some row groups of a file; `row` and `position` number the first, from 0."""

    number: int
    file: File
    groups: tuple[int, ...]
    start: int
    stop: int
    row: int  # in the file
    position: int  # among all rows of the input

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.stop - self.start


def cut(files: tuple[File, ...], size: int = GROUP_ROWS) -> list[Piece]:
    """All rows in order, in pieces of `size` or so; small row groups go together, large ones are cut where few."""
    pieces, position = [], 0
    most = min(CUTS, -(-ENOUGH // max(sum(len(file.groups) for file in files), 1)))
    for file in files:
        row = 0
        for groups, start, stop in _spans(file.groups, size, most):
            pieces.append(Piece(len(pieces), file, groups, start, stop, row, position + row))
            row += stop - start
        position += file.rows
    return pieces


def _spans(groups: tuple[int, ...], size: int, most: int):
    """(row groups, first row, row after the last) of each piece of a file."""
    waiting, rows = [], 0
    for group, more in enumerate(groups):
        if rows and rows + more > size * 1.5:
            yield tuple(waiting), 0, rows
            waiting, rows = [], 0
        waiting, rows = [*waiting, group], rows + more
        if rows > size * 1.5:  # then it is this one alone
            yield from _cut_group(group, rows, min(most, -(-rows // size)))
            waiting, rows = [], 0
    if rows:
        yield tuple(waiting), 0, rows


def _cut_group(group: int, rows: int, parts: int):
    ends = [0, *accumulate(rows // parts + (part < rows % parts) for part in range(parts))]
    for start, stop in pairwise(ends):
        yield (group,), start, stop


def read(piece: Piece, names: dict[str, str]):
    """The piece as RecordBatches of at most GROUP_ROWS, with the columns of `names`; texts are plain ones."""
    import pyarrow.parquet as pq

    skip, left, constants = piece.start, piece.rows, dict(piece.file.constants)
    columns = [own for name, own in names.items() if name not in constants]
    with pq.ParquetFile(piece.file.path) as file:
        for batch in file.iter_batches(GROUP_ROWS, row_groups=list(piece.groups), columns=columns, use_threads=False):
            if skip < batch.num_rows:
                kept = batch.slice(skip, left)
                left -= kept.num_rows
                yield _named(kept, names, constants)
            skip = max(skip - batch.num_rows, 0)
            if not left:
                return


def _named(batch, names: dict[str, str], constants: dict[str, str]):
    import pyarrow as pa

    columns = [
        _plain(batch.column(own)) if name not in constants else pa.array([constants[name]] * batch.num_rows)
        for name, own in names.items()
    ]
    return pa.RecordBatch.from_arrays(columns, names=list(names))


def _plain(column):
    import pyarrow as pa

    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column

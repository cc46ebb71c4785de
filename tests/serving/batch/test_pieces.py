"""Pieces hold each row once, in order, whatever the row groups."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.serving.batch.pieces import ENOUGH, cut, read
from churn_mlops.serving.batch.source import File


@given(st.lists(st.lists(st.integers(0, 50), max_size=6), min_size=1, max_size=4), st.integers(1, 20))
def test_every_row_is_in_one_piece_and_pieces_are_of_about_the_size(files, size):
    made = tuple(File(f"{n}", f"{n}", tuple(groups)) for n, groups in enumerate(files))
    pieces = cut(made, size)
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    position = 0
    for piece in pieces:
        assert piece.position == position
        assert 0 < piece.rows <= max(size * 1.5, max(piece.file.groups))
        position += piece.rows
    assert position == sum(map(sum, files))


@pytest.mark.parametrize(("groups", "expected"), [((1000,), 8), ((1000,) * 4, 16), ((1000,) * 40, 40), ((10,) * 40, 3)])
def test_row_groups_are_cut_where_they_are_few_and_large_and_put_together_where_they_are_small(groups, expected):
    assert len(cut((File("a", "a", groups),), 100)) == expected
    assert expected >= ENOUGH or len(groups) == 1 or sum(groups) < 100 * ENOUGH


@pytest.mark.parametrize("group", [1, 7, 100, 1000])
def test_pieces_read_one_after_the_other_are_the_file(tmp_path, group):
    table = pa.table({"n": range(300), "text": [str(n) for n in range(300)]})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=group)
    groups = tuple(min(group, 300 - start) for start in range(0, 300, group))
    file = File(str(tmp_path / "a.parquet"), "a.parquet", groups)
    pieces = cut((file,), 40)
    read_back = pa.Table.from_batches([batch for piece in pieces for batch in read(piece, {"n": "n", "text": "text"})])
    assert read_back.equals(table)
    assert len(pieces) > 1
    assert [piece.row for piece in pieces] == [piece.position for piece in pieces]

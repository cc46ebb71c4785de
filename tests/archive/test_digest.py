"""Digests depend on content alone."""

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.archive import tables
from churn_mlops.archive.digest import TableDigest, digest_notebook, digest_table, digest_tree
from churn_mlops.archive.tables import read_pieces, table_writer, write_table

FRAME = pd.DataFrame(
    {
        "number": [1.5, None, -0.25],
        "count": [1, 2, 3],
        "text": ["a", None, "ß"],
        "flag": [True, False, True],
        "day": pd.to_datetime(["2026-01-01", None, "2026-03-01"]),
    }
)


def digest(frame):
    return digest_table(pa.Table.from_pandas(frame, preserve_index=False))


@pytest.mark.parametrize("options", [{"compression": "none"}, {"row_group_size": 1}, {"compression": "gzip"}])
def test_how_a_table_is_stored_does_not_change_its_digest(tmp_path, options):
    table = pa.Table.from_pandas(FRAME, preserve_index=False)
    pq.write_table(table, tmp_path / "t.parquet", **options)
    assert digest_table(pq.read_table(tmp_path / "t.parquet")) == digest_table(table)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.assign(number=[1.5, None, -0.26]),
        lambda f: f.assign(number=[1.5, 0.0, -0.25]),
        lambda f: f.assign(count=[1, 2, 4]),
        lambda f: f.assign(count=[1.0, 2.0, 3.0]),
        lambda f: f.assign(text=["a", "", "ß"]),
        lambda f: f.assign(text=["aß", None, ""]),
        lambda f: f.assign(flag=[True, True, True]),
        lambda f: f.assign(day=pd.to_datetime(["2026-01-01", None, "2026-03-02"])),
        lambda f: f.rename(columns={"text": "texts"}),
        lambda f: f.iloc[::-1],
        lambda f: f.iloc[:2],
    ],
)
def test_any_change_of_content_changes_the_digest(change):
    assert digest(change(FRAME)) != digest(FRAME)


@given(st.lists(st.one_of(st.none(), st.text(max_size=5)), min_size=2, max_size=6))
def test_texts_that_join_alike_are_told_apart(texts):
    moved = [None if t is None else t + "x" for t in texts]
    one, other = (pa.table({"t": pa.array(values, pa.string())}) for values in (texts, moved))
    assert (digest_table(one) == digest_table(other)) == (one.equals(other))


def test_the_same_frame_is_written_as_the_same_bytes(tmp_path):
    write_table(tmp_path / "a.parquet", FRAME)
    write_table(tmp_path / "b.parquet", FRAME.copy())
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_a_notebooks_digest_is_that_of_its_code(tmp_path):
    import nbformat
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    def saved(name, *cells):
        nbformat.write(new_notebook(cells=list(cells)), tmp_path / name)
        return digest_notebook(tmp_path / name)

    plain = saved("a.ipynb", new_code_cell("1 + 1"))
    assert plain == saved("b.ipynb", new_markdown_cell("prose"), new_code_cell("1 + 1", execution_count=3))
    assert plain != saved("c.ipynb", new_code_cell("1 + 2"))


def test_a_trees_digest_sees_names_and_bytes(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = digest_tree(tmp_path, "*.py")
    (tmp_path / "note.txt").write_text("not code")
    assert digest_tree(tmp_path, "*.py") == first
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert digest_tree(tmp_path, "*.py") != first


CUTS = st.lists(st.integers(0, 8), max_size=4)
VALUES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.floats(width=64)),
        st.one_of(st.none(), st.text(max_size=4)),
        st.one_of(st.none(), st.booleans()),
        st.one_of(st.none(), st.integers(-5, 5)),
    ),
    max_size=8,
)


def as_table(rows, text=None):
    columns = list(zip(*rows, strict=True)) if rows else [[]] * 4
    types = (pa.float64(), text or pa.string(), pa.bool_(), pa.timestamp("us"))
    return pa.table({f"c{n}": pa.array(list(column), t) for n, (column, t) in enumerate(zip(columns, types))})  # noqa: B905


@given(VALUES, CUTS, st.sampled_from([pa.string(), pa.large_string(), pa.string_view()]))
def test_a_table_that_comes_in_pieces_has_the_digest_of_the_whole_however_it_is_cut(rows, cuts, text):
    whole, pieces = as_table(rows), as_table(rows, text)
    total, places = TableDigest(pieces.schema), [0, *sorted(cuts), 8]
    for start, end in pairwise(places):
        for batch in pieces.slice(start, end - start).to_batches():
            total.update(batch)
    assert total.hexdigest() == digest_table(whole)


@pytest.mark.slow
@given(VALUES, VALUES)
def test_tables_have_the_same_digest_where_they_have_the_same_values(one, other):
    same = as_table(one).to_pandas().equals(as_table(other).to_pandas()) and len(one) == len(other)
    nulls = [[value is None for value in row] for row in one] == [[value is None for value in row] for row in other]
    assert (digest_table(as_table(one)) == digest_table(as_table(other))) == (same and nulls)


@pytest.mark.slow
@given(st.lists(st.integers(0, 40), max_size=6))
def test_a_file_written_in_pieces_has_the_bytes_of_one_written_at_once(sizes):
    table = pa.table({"n": pa.array(range(sum(sizes))), "t": pa.array([str(n) for n in range(sum(sizes))])})
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "GROUP_ROWS", 16)
        write_table(Path(folder) / "whole.parquet", table.to_pandas())
        with table_writer(Path(folder) / "pieces.parquet", table.schema) as write:
            start = 0
            for size in sizes:
                write(table.slice(start, size))
                start += size
        assert (Path(folder) / "pieces.parquet").read_bytes() == (Path(folder) / "whole.parquet").read_bytes()
        assert pa.Table.from_batches(read_pieces(Path(folder) / "whole.parquet"), table.schema).equals(table)

"""Reading messy text files: repaired, a row rejected, or refused with the file, the rule and the cure."""

import bz2
import gzip
import lzma

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn_mlops.data.sources import TABLE, file_rows
from churn_mlops.errors import DataError

TEXT = "id,plan,churn\na,basic,yes\nb,,no\n"
TABLE_OF_TEXT = [["id", "plan", "churn"], ["a", "basic", "yes"], ["b", None, "no"]]
GERMAN = "id;Größe;churn\na;1,5;ja\nb;12,25;nein\n"
TABLE_OF_GERMAN = [["id", "Größe", "churn"], ["a", "1,5", "ja"], ["b", "12,25", "nein"]]


def gzipped(content: bytes) -> bytes:
    """Without the time of day: the names of the tests, which hold it, are the same in each process."""
    return gzip.compress(content, mtime=0)


GZIPPED = gzipped(b"id,churn\n" + b"".join(b"%d,yes\n" % (n * 7919) for n in range(5000)))
ZSTD = pa.compress(TEXT.encode(), codec="zstd", asbytes=True)


def piped(text: str, delimiter: str) -> str:
    return text.replace(",", delimiter)


@pytest.mark.parametrize(
    ("name", "content", "noted"),
    [
        ("a.csv", TEXT, ()),
        ("a.csv", TEXT.rstrip("\n"), ()),
        ("a.csv", "\ufeff" + TEXT, ()),  # as spreadsheets write it
        ("a.csv", TEXT.replace("\n", "\r\n"), ()),
        ("a.csv", TEXT.replace("\n", "\r"), ()),
        ("a.csv", TEXT.replace("\n", "\r\n", 2), ()),  # line ends of two kinds
        ("a.csv", TEXT.replace("id,plan,churn", " id ,plan, churn"), ()),
        ("a.csv", "\n\n" + TEXT, ()),
        ("a.csv", TEXT.replace("\n", "\n\n"), ()),
        ("a.csv", TEXT.replace("\n", ",\n").replace("churn,", "churn"), ()),  # a delimiter at the end of each row
        ("a.csv", '"id","plan","churn"\n"a","basic","yes"\n"b","","no"\n', ()),
        ("a.csv", "'id','plan','churn'\n'a','basic','yes'\n'b','','no'\n", ("quote '",)),
        ("a.tsv", piped(TEXT, "\t"), ("delimiter '\\t'",)),
        ("a.csv", piped(TEXT, ";"), ("delimiter ';'",)),
        ("a.csv", piped(TEXT, "|"), ("delimiter '|'",)),
        ("a.csv.gz", gzipped(TEXT.encode()), ("compression gzip",)),
        ("a.csv", gzipped(TEXT.encode()), ("compression gzip",)),  # the content counts, not the name
        ("a.csv.gz", TEXT, ()),
        ("a.csv.bz2", bz2.compress(TEXT.encode()), ("compression bz2",)),
        ("a.csv.xz", lzma.compress(TEXT.encode()), ("compression xz",)),
        ("a.csv.zst", ZSTD, ("compression zstd",)),
        ("a.csv", TEXT.encode("utf-16"), ("encoding utf-16",)),
        ("a.csv", TEXT.encode("utf-16-le"), ("encoding utf-16-le",)),  # without a mark
        ("a.csv", TEXT.encode("utf-16-be"), ("encoding utf-16-be",)),
        ("a[1]*.csv", TEXT, ()),  # a name that DuckDB would take for a pattern
        ("it's a.csv", TEXT, ()),
    ],
)
def test_a_file_gives_the_text_that_stands_in_it_however_it_is_written(written, opened, rows, name, content, noted):
    path = written(name, content)
    assert rows(path) == TABLE_OF_TEXT
    assert opened(path).notes == noted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_letters_and_decimal_commas_survive_every_encoding(written, opened, rows, encoding):
    path = written("a.csv", GERMAN.encode(encoding))
    assert rows(path) == TABLE_OF_GERMAN
    assert opened(path).decimal == ","
    assert {"delimiter ';'", "decimal comma"} <= set(opened(path).notes)


def test_a_letter_at_the_very_end_may_tell_the_encoding(written, rows):
    lines = "id,name\n" + "".join(f"{n},x\n" for n in range(100_000))
    path = written("a.csv", (lines + "last,Müller\n").encode("latin-1"))
    assert rows(path)[-1] == ["last", "Müller"]


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1,5", "2"], ","),
        (["1.234,50", "2,0"], ","),
        (["1.5", "2"], "."),
        (["1,234", "5,678"], "."),  # thousands as well as decimals: not sure
        (["1,234.50", "2"], "."),
        (["0,125", "0,250"], ","),
        (["1", "2"], "."),
        (["a,b", "1,5"], "."),  # not a column of numbers
        (["01.02.2024", "1.5.2024"], "."),
    ],
)
def test_the_decimal_mark_is_found_out_from_a_column_of_numbers(written, opened, cells, decimal):
    lines = "".join(f"{n};{cell};yes\n" for n, cell in enumerate(cells))
    assert opened(written("a.csv", f"id;x;churn\n{lines}")).decimal == decimal


def test_texts_that_look_missing_or_numeric_are_left_as_they_stand(written, rows):
    path = written("a.csv", "id,plan,churn\n007,NA,None\n1e3,null, nan \n")
    assert rows(path)[1:] == [["007", "NA", "None"], ["1e3", "null", " nan "]]


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        ({}, [["a;b", "c"], ["1;2", "x"]]),
        ({"delimiter": ";"}, [["a", "b,c"], ["1", "2,x"]]),
    ],
)
def test_what_the_definition_says_goes_before_what_is_found_out(written, rows, reading, expected):
    assert rows(written("a.csv", "a;b,c\n1;2,x\n"), reading) == expected


def test_an_encoding_and_a_decimal_mark_may_be_told(written, opened, rows):
    path = written("a.csv", "id;x\né;1,250\n".encode("cp850"))
    assert rows(path, {"encoding": "cp850"})[1] == ["é", "1,250"]
    assert opened(path, {"encoding": "cp850", "decimal": ","}).decimal == ","


@pytest.mark.parametrize(
    ("lines", "aside"),
    [
        ("1,a,yes\n2,b,no,more\n3,c,no\n", {2: "4 fields, 3 expected"}),
        ("1,a,yes\n2,b\n3,c,no\n", {2: "2 fields, 3 expected"}),
        ("1,a,yes\n2\n3,c,no\n4,d,no\n", {2: "1 fields, 3 expected"}),
        ('1,"a\nb",yes\n2,b,no,more\n3,c\n4,d,no\n5,e,no\n', {2: "4 fields, 3 expected", 3: "2 fields, 3 expected"}),
        ("1,a\0b,yes\n2,b,no\n", {1: "a NUL byte in it"}),
        ("1,a,yes\n2,b,no,,,\n3,c,no\n", {}),
        ("1,a,yes\n2,b,no,,,x\n3,c,no\n", {2: "6 fields, 3 expected"}),
        ("1,a,yes\n2,b,no,\n3,c,no\n", {}),  # a delimiter at the end of a row
        ("1,a,yes\n2,b,no\n3,c", {3: "2 fields, 3 expected"}),  # the copy broke off
    ],
)
def test_a_row_that_does_not_fall_into_its_fields_is_rejected_by_its_number(written, opened, lines, aside):
    source = opened(written("a.csv", f"id,plan,churn\n{lines}"))
    rejected = source.rejected
    assert dict(zip(rejected["row"], rejected["reasons"], strict=True)) == aside
    kept = source.tables[TABLE].count().execute()
    text = lines.replace('"a\nb"', "ab")
    assert kept + len(rejected) == len(text.splitlines())


def test_a_rejected_row_shows_what_stands_in_it(written, opened):
    source = opened(written("a.csv", "id,plan\n1,a\n2,ü,x,\n3,c\n"))
    assert source.rejected["values"].tolist() == ['{"id": "2", "plan": "ü", "field 3": "x", "field 4": ""}']
    assert source.rejected["table"].tolist() == [TABLE]


def test_numbers_of_rows_count_those_that_were_rejected(written, opened):
    source = opened(written("a.csv", "id,plan\n1,a\n2,b,x\n3,c\n4,d,x\n5,d,x\n6,e\n7,f\n"))
    kept = source.tables[TABLE].to_pandas()["id"].astype(int).tolist()
    assert file_rows(range(len(kept)), source.rejected).tolist() == kept == [1, 3, 6, 7]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "\n\n", "no header line"),
        ("a.csv", "\ufeff", "no header line"),
        ("a.csv.gz", gzipped(b""), "no header line"),
        ("a.csv", "id,plan,churn\n", "a header and no rows"),
        ("a.csv.gz", gzipped(b"id,churn\n"), "a header and no rows"),
        ("a.csv.gz", GZIPPED[:-2000], "cannot be read: broken off or damaged gzip"),
        ("a.csv.gz", GZIPPED[:2000] + b"\xff" * 400 + GZIPPED[2400:], "cannot be read: broken off or damaged gzip"),
        ("a.csv.bz2", bz2.compress(TEXT.encode())[:-9], "broken off or damaged bz2"),
        ("a.csv.xz", lzma.compress(TEXT.encode())[:-9], "broken off or damaged xz"),
        ("a.csv.zst", ZSTD[:-5], "broken off or damaged zstd"),
        ("a.csv", 'id,churn\n1,"yes\n2,no\n', "a quote .* is opened and never closed"),
        ("a.csv", 'id,churn\n1,"yes"x\n2,no\n', "cannot be read at line 2: .*quote"),
        ("a.csv", "id,churn\n1,2,3\n4,5,6\n", r"2 of 2 rows do not have the fields of the header \(2\)"),
        ("a.csv", "id, id,churn\n1,2,yes\n", "the header names `id` twice"),
        ("a.csv", "ID,id,churn\n1,2,yes\n", "the header names `ID` and `id`, which databases take for one"),
        ("a.csv", "7590,29.85,yes\n5575,56.95,no\n", "looks like a row, not like names of columns: '7590', '29.85'"),
        ("a.csv", "i\0d,churn\n1,yes\n", "the header holds NUL bytes"),
        ("a.csv", b"PK\x03\x04" + bytes(range(256)), "not a text file but a zip archive"),
        ("a.csv", b"SQLite format 3\0" + bytes(100), "not a text file but an SQLite database"),
        ("a.csv", bytes(range(256)) * 20, "binary, not text"),
        ("a.csv", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(range(1, 40)) * 10, "binary, not text"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_file_rule_and_cure(written, opened, name, content, told):
    path = written(name, content)
    with pytest.raises(DataError, match=rf"(?s){name}: .*{told}.*Cure: ") as caught:
        opened(path)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)


def test_text_that_is_not_in_the_encoding_told_is_refused(written, opened):
    with pytest.raises(DataError, match=r"cannot be read as utf-8: .*Cure: name its encoding"):
        opened(written("a.csv", GERMAN.encode("latin-1")), {"encoding": "utf-8"})


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",plan,churn", ["unnamed_1", "plan", "churn"]),
        (" , ,churn", ["unnamed_1", "unnamed_2", "churn"]),
        (",unnamed_1,churn", ["unnamed_1_", "unnamed_1", "churn"]),
    ],
)
def test_a_column_without_a_name_is_given_one_and_that_is_noted(written, opened, header, names):
    source = opened(written("a.csv", f"{header}\n1,a,yes\n"))
    assert list(source.tables[TABLE].columns) == names
    assert f"called `{names[0]}`" in source.notes[0]


@pytest.mark.parametrize("header", ["id,2023,2024", "2022,2023,2024"])
def test_years_may_be_names_of_columns(written, rows, header):
    assert rows(written("a.csv", f"{header}\n1,2,3\n"))[0] == header.split(",")


CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=5)
ROWS = st.lists(st.tuples(st.from_regex(r"[a-z]{1,3}", fullmatch=True), CELL, CELL), min_size=2, max_size=8)


@pytest.mark.slow
@settings(max_examples=40)
@given(lines=ROWS, delimiter=st.sampled_from(",;\t|"), newline=st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_has_written_is_read_back(tmp_path_factory, lines, delimiter, newline):
    import csv

    from tests.data.sources.conftest import defined

    from churn_mlops.data.sources import open_source

    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator=newline)
        writer.writerows([("id", "plan", "churn"), *lines])
    source = open_source(defined(path, {"delimiter": delimiter, "encoding": "utf-8"}), str(path))
    read = source.tables[TABLE].to_pyarrow().to_pydict()
    expected = [[cell or None for cell in line] for line in lines]
    assert [list(row) for row in zip(*read.values(), strict=True)] == expected

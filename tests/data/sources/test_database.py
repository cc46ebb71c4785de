import sqlite3
from urllib.parse import urlsplit

import pytest

from churn_mlops.data.sources import TABLE
from churn_mlops.data.sources.password import find_password
from churn_mlops.errors import DataError

PEOPLE = """
    create schema shop;
    create sequence shop.s;
    create type shop.mood as enum ('good', 'bad');
    create table shop.people as select
        'c' || (10 - n) as id, n as whole, n::numeric / 4 as spend, (n / 2.0)::real as half, n > 5 as churn,
        date '2024-01-01' + n::int as day, timestamp '2024-01-01' + n * interval '1 hour' as at,
        timestamptz '2024-01-01 12:00+02' as zoned, '00000000-0000-0000-0000-00000000000' || n % 10 as plain,
        md5(n::text)::uuid as uuid, '{"a": 1}'::jsonb as json, array[1, 2] as list, 'good'::shop.mood as mood,
        'ab'::char(3) as padded, null::int as nothing
    from generate_series(1, 10) as n
"""


@pytest.fixture(scope="session")
def shop(postgres):
    """The server with a table of people, as a URL without the password, and the password."""
    import psycopg

    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("drop schema if exists shop cascade")
        connection.execute(PEOPLE)
    parts = urlsplit(postgres)
    return f"postgresql://churn@{parts.hostname}:{parts.port}/postgres", parts.password


@pytest.fixture
def allowed(shop, monkeypatch):
    url, password = shop
    monkeypatch.setenv("PGPASSWORD", password)
    return url


@pytest.mark.slow
def test_a_table_of_a_server_has_its_types_and_what_has_no_type_here_is_text(allowed, opened):
    frame = opened(allowed, table="shop.people").tables[TABLE].to_pyarrow()
    kinds = {field.name: str(field.type) for field in frame.schema}
    assert (kinds["whole"], kinds["spend"], kinds["half"], kinds["churn"]) == ("int32", "double", "float", "bool")
    assert (kinds["day"], kinds["at"]) == ("date32[day]", "timestamp[us]")
    texts = ("uuid", "json", "list", "mood", "padded", "plain")
    assert {kinds[name] for name in texts} == {"string"}
    row = frame.to_pylist()[-1]
    assert (row["list"], row["mood"], row["padded"], row["nothing"], row["spend"]) == (
        "{1,2}",
        "good",
        "ab",
        None,
        0.25,
    )
    assert f"{row['zoned']:%H:%M}" == "10:00"


def test_the_rows_of_a_table_are_put_in_order_of_id_date_and_all_else(allowed, rows):
    query = "select id, day, whole % 3 as rest, churn from shop.people order by random()"
    once, again = (rows(allowed, query=query, snapshot_date="day") for _ in range(2))
    assert once == again
    assert [row[0] for row in once[1:]] == [f"c{n}" for n in range(10)]


def test_a_query_gives_its_columns(allowed, rows):
    query = "select id, churn, array[whole] as list from shop.people where whole > 8 -- the newest\n;"
    assert rows(allowed, query=query) == [["id", "churn", "list"], ["c0", True, "{10}"], ["c1", True, "{9}"]]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"table": "people"}, r"table people: no such table. There are: shop\.people"),
        ({"table": "nowhere.people"}, r"no such table. There are: shop\.people"),
        ({"query": "selec 1"}, "query 'selec 1': syntax error"),
        ({"query": "select 1 as a, 2 as a"}, "two of its columns have one name"),
        ({"query": "select * from shop.people where false"}, "no rows"),
        ({"query": "select 1 / (whole - 5) as id from shop.people"}, "division by zero"),
        ({"query": "select 'infinity'::date as id"}, "date too large"),
        ({"query": "select nextval('shop.s') as id"}, "read-only transaction"),  # a query that would change something
        (
            {"query": "select 1) as a; drop table shop.people; select (2"},
            "syntax error|cannot execute|multiple commands",
        ),
    ],
)
def test_a_question_that_has_no_answer_is_told_with_what_the_server_says(allowed, opened, asked, told):
    with pytest.raises(DataError, match=rf"(?s)(?:{told}).*Cure: ") as caught:
        opened(allowed, **asked)
    assert "\n" not in str(caught.value)
    assert opened(allowed, table="shop.people")  # still there


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", "password authentication failed"),
        ("127.0.0.1", "no.such.host.invalid", "failed to resolve"),
        ("/postgres", "/nowhere", "password authentication failed|does not exist"),
        (None, ":1/", "Connection refused"),
    ],
)
def test_a_server_that_lets_nobody_in_is_told_without_the_password(shop, opened, monkeypatch, old, new, told):
    url = shop[0]
    port = f":{urlsplit(url).port}/"
    monkeypatch.setenv("CHURN_DB_PASSWORD", "hunter-2-hunter")
    with pytest.raises(DataError, match=rf"(?s)(?:{told}).*Cure: check host.*CHURN_DB_PASSWORD") as caught:
        opened(url.replace(port if old is None else old, new), table="shop.people")
    assert "hunter" not in str(caught.value)


def test_a_password_is_found_in_its_own_variable_in_the_usual_ones_and_in_the_dotenv_file(tmp_path, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.chdir(tmp_path)
    assert find_password() is None
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pipeline.py").touch()
    (tmp_path / ".env").write_text("CHURN_DB_PASSWORD='from the file'\nSHOP_PASSWORD=own\n")
    monkeypatch.chdir(tmp_path / "notebooks")  # where kernels work
    assert find_password() == "from the file"
    assert find_password("SHOP_PASSWORD") == "own"
    monkeypatch.setenv("CHURN_DB_PASSWORD", "from the environment")
    assert find_password() == "from the environment"


@pytest.fixture
def sqlite(tmp_path):
    """Make an SQLite file with a table of these rows."""

    def make(columns: str, *rows):
        path = tmp_path / "my shop.db"
        connection = sqlite3.connect(path)
        connection.execute(f'create table "my people" ({columns})')
        connection.executemany(f'insert into "my people" values ({",".join("?" * len(rows[0]))})', rows)
        connection.commit()
        connection.close()
        return f"sqlite:///{path}"

    return make


def test_a_column_of_sqlite_has_the_type_of_its_values_whatever_was_declared(sqlite, rows):
    url = sqlite(
        "id text, n integer, x real, mixed integer", ("b", 1, 2.5, 7), ("a", 2, 3, "x"), ("c", None, None, None)
    )
    expected = [["id", "n", "x", "mixed"], ["a", 2, 3.0, "x"], ["b", 1, 2.5, "7"], ["c", None, None, None]]
    assert rows(url, table="my people") == expected
    assert rows(url, query='select id from "my people" where n = 2') == [["id"], ["a"]]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"table": "people"}, "no such table. There are: my people"),
        ({"query": "select x from nowhere"}, "no such table: nowhere"),
        ({"query": 'select * from "my people" where false'}, "no rows"),
        ({"table": "my people"}, "Could not decode to UTF-8"),
    ],
)
def test_what_sqlite_refuses_is_told(sqlite, opened, asked, told):
    url = sqlite("id text, picture blob", ("a", b"\xff\xfe"))
    with pytest.raises(DataError, match=f"my shop.db.*{told}.*Cure: "):
        opened(url, **asked)


def test_a_file_that_is_no_database_is_told(written, opened):
    path = written("a.db", b"id,churn\n" * 200)
    with pytest.raises(DataError, match=r"a\.db.*file is not a database.*Cure: "):
        opened(f"sqlite:///{path}", table="t")

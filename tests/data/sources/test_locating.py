import sqlite3
from pathlib import Path

import pytest
from tests.data.sources.conftest import defined

from churn_mlops.config import Config
from churn_mlops.data.sources import locate
from churn_mlops.data.sources.places import moved, name_of, path_of, relative_to
from churn_mlops.errors import ConfigError, DataError

SERVER = "postgresql://me@db.local/shop"


def config(folder: Path, source="people.csv", reading=None, **roles) -> Config:
    return Config(folder / "people.toml", "", defined(source, reading, **roles), {})


def test_a_source_is_looked_for_beside_its_definition(tmp_path, written):
    path = written("people.csv", "id\n1\n")
    assert locate(config(tmp_path)) == str(path)


def test_data_given_replaces_the_source(tmp_path, written):
    path = written("other.csv", "id\n1\n")
    assert locate(config(tmp_path), str(path)) == str(path)


def test_a_folder_is_looked_into_when_it_is_opened(tmp_path):
    (tmp_path / "people").mkdir()
    assert locate(config(tmp_path, "people")) == str(tmp_path / "people")


def test_an_sqlite_file_is_looked_for_beside_its_definition_too(tmp_path, written):
    path = written("people.db", "x")
    found = locate(config(tmp_path, "sqlite:///people.db", table="people"))
    assert (found, path_of(found)) == (f"sqlite:///{path}", path)


def test_a_server_is_named_as_it_is(tmp_path):
    assert locate(config(tmp_path, SERVER, table="people")) == SERVER
    assert locate(config(tmp_path, table="people"), SERVER) == SERVER


def test_the_simulator_needs_no_file_and_takes_none(tmp_path):
    assert locate(config(tmp_path, "simulator")) == "simulator"
    told = r"--data mine\.csv.*simulator, which reads no file.*Cure: --config"
    with pytest.raises(ConfigError, match=told) as caught:
        locate(config(tmp_path, "simulator"), "mine.csv")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "content", "error", "told"),
    [
        ("absent.csv", None, ConfigError, "no such file.*people.*Cure: --data FILE"),
        ("people.xlsx", b"PK", ConfigError, r"Expected a folder of Parquet files, or a name that ends in \.csv.*Cure"),
        ("people", b"id,churn\n", ConfigError, "or a name that ends in"),
        ("people.csv", b"", DataError, "the file is empty.*Cure"),
        ("people.parquet", b"", DataError, "the file is empty.*Cure"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_before_it_is_read(tmp_path, written, name, content, error, told):
    if content is not None:
        written(name, content)
    with pytest.raises(error, match=f"{name}.*{told}") as caught:
        locate(config(tmp_path, name))
    assert caught.value.exit_code == (2 if error is ConfigError else 3)


@pytest.mark.parametrize(
    ("source", "roles", "told"),
    [
        (SERVER, {}, r"table is missing: the source is a database.*Cure: say which table"),
        ("people.csv", {"table": "people"}, "table is for a database.*Cure: leave it out"),
        ("people.csv", {"query": "select 1"}, "query is for a database"),
        ("mysql://me@db/shop", {"table": "t"}, "not a URL this reads. Expected postgresql://"),
        ("sqlite://people.db", {"table": "t"}, "not a URL this reads. Expected .* sqlite:///PATH"),
        ("sqlite:///absent.db", {"table": "t"}, r"absent\.db: no such file"),
        ("postgresql:///shop", {"table": "t"}, "not a URL this reads"),
    ],
)
def test_what_a_database_needs_is_told_before_it_is_asked(tmp_path, written, source, roles, told):
    written("people.csv", "id\n1\n")
    with pytest.raises(ConfigError, match=told):
        locate(config(tmp_path, source, **roles))


@pytest.mark.parametrize("url", ["postgresql://me:hunter-2@db/shop", "postgresql://me:hun@ter-2@db/shop"])
@pytest.mark.parametrize("source", ["", "simulator"])
def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path, url, source):
    with pytest.raises(ConfigError) as caught:
        locate(config(tmp_path, source or url, table="t"), url if source else "")
    assert "ter-2" not in str(caught.value)
    assert source or "PGPASSWORD" in str(caught.value)


def test_the_variable_of_a_password_must_be_one_that_is_hidden_and_is_not_repeated_for_it_may_be_one(tmp_path):
    assert locate(config(tmp_path, SERVER, {"password_variable": "SHOP_PASSWORD"}, table="t")) == SERVER
    with pytest.raises(ConfigError, match=r"would not be hidden.*Cure: password_variable") as caught:
        locate(config(tmp_path, SERVER, {"password_variable": "hunter-2"}, table="t"))
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "seen", "name"),
    [
        ("/data/a.csv", "../data/a.csv", "a.csv"),
        ("sqlite:////data/a b.db", "sqlite:///../data/a b.db", "a b.db"),
        (SERVER, SERVER, "shop"),
    ],
)
def test_a_location_is_seen_from_another_folder_and_has_a_short_name(location, seen, name):
    assert (relative_to(location, Path("/project")), name_of(location)) == (seen, name)
    assert moved(location, lambda path: path) == location


def test_whoever_names_no_table_of_an_sqlite_file_is_told_which_there_are(tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        connection.execute("create table people (id)")
        connection.execute("create view leavers as select * from people")
    with pytest.raises(ConfigError, match=r"Cure: say which table.* There are: leavers, people\."):
        locate(config(tmp_path, "sqlite:///shop.db"))

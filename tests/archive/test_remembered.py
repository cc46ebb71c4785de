"""Facts about files are kept as long as the files stay as they are, and a damaged store is a lost one."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn_mlops.archive import remembered
from churn_mlops.archive.remembered import Remembered, read_store, write_store

DAMAGED = ["", "{", "[]", "[1, 2]", "null", "3", '"text"', "{}", '{"value": {}}', '{"digest": 1, "value": {"a": 1}}']
DAMAGED += ['{"digest": "0", "value": []}', "[" * 100_000, "\x00", '{"old.csv": [[1, 2, 3], "digest"]}']


@pytest.fixture
def reading(tmp_path):
    """A file of some age, and a store that counts how often it was read."""
    path, seen = tmp_path / "data.csv", []

    def find(file):
        seen.append(file)
        return file.read_text()

    def open_store():
        return Remembered(tmp_path / "cache" / "files.json", find)

    path.write_text("one")
    return path, seen, open_store


@pytest.fixture
def much_later(monkeypatch):
    """The clock an hour on: no file was written just now."""
    present = remembered.time.time_ns
    monkeypatch.setattr(remembered.time, "time_ns", lambda: present() + 3600 * 10**9)


@pytest.mark.usefixtures("much_later")
def test_a_file_is_read_once_and_once_more_when_it_has_changed(reading):
    path, seen, open_store = reading
    facts = open_store()
    assert [facts[path], facts[path], facts[str(path)]] == ["one"] * 3
    facts.save()
    assert open_store()[path] == "one"
    assert len(seen) == 1
    path.write_text("three")
    assert open_store()[path] == "three"


@pytest.mark.usefixtures("much_later")
def test_the_same_length_and_times_put_back_do_not_hide_a_change(reading):
    path, _, open_store = reading
    facts, before = open_store(), path.stat()
    assert facts[path] == "one"
    path.write_text("two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert facts[path] == "two"


def test_what_was_written_just_now_is_not_kept(reading):
    path, seen, open_store = reading
    facts = open_store()
    assert [facts[path], facts[path]] == ["one", "one"]
    assert len(seen) == 2
    facts.save()
    assert not facts.store.exists()


def test_a_file_that_takes_long_to_read_is_as_young_as_when_reading_began(reading, monkeypatch):
    path, _, open_store = reading
    facts, moment = open_store(), path.stat().st_mtime_ns + 10**9

    def find(file):
        monkeypatch.setattr(remembered.time, "time_ns", lambda: moment + 60 * 10**9)
        return "read"

    facts.find = find
    monkeypatch.setattr(remembered.time, "time_ns", lambda: moment)
    assert facts[path] == "read"
    assert facts.facts == {}


def test_a_file_that_is_not_there_is_an_error(reading):
    path, _, open_store = reading
    with pytest.raises(FileNotFoundError):
        open_store()[path.with_name("other")]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_a_damaged_store_is_a_lost_one(tmp_path, text):
    store = tmp_path / "files.json"
    store.write_text(text)
    assert read_store(store) == {}
    assert Remembered(store, lambda path: 1).facts == {}


def test_a_store_of_bytes_or_a_folder_in_its_place_is_a_lost_one(tmp_path):
    (tmp_path / "a").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b").mkdir()
    assert [read_store(tmp_path / name) for name in ("a", "b", "c")] == [{}, {}, {}]


@given(st.data())
def test_every_cut_and_every_other_character_is_noticed(tmp_path_factory, data):
    store = tmp_path_factory.mktemp("store") / "s.json"
    write_store(store, {"a": [1, "two", None], "b": {"c": 1.5}})
    text = store.read_text()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([text[:place], text[:place] + "7" + text[place + 1 :]]))
    store.write_text(other)
    read = read_store(store)
    assert read == {} or json.loads(other) == json.loads(text)


values = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists)


@pytest.mark.slow
@given(st.dictionaries(st.text(), values))
def test_what_is_written_is_read(tmp_path_factory, value):
    store = tmp_path_factory.mktemp("store") / "deep" / "s.json"
    write_store(store, value)
    assert read_store(store) == value


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(tmp_path):
    (tmp_path / "file").write_text("so that nothing can be made below it, not even by root")
    write_store(tmp_path / "file" / "s.json", {"a": 1})
    (tmp_path / "folder").mkdir()
    write_store(tmp_path / "folder", {"a": 1})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]

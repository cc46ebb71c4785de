"""Every file once; a store file that holds something else is never given to anybody."""

import errno
import os

import pytest

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.store import keep, stored


@pytest.fixture
def new(tmp_path):
    """Makes a file with that content."""

    def make(name: str, content=b"content"):
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return make


def put(tmp_path, path):
    digest = digest_file(path)
    keep(tmp_path / ".store", path, digest)
    return stored(tmp_path / ".store", digest)


def refuse_links(monkeypatch, code):
    def link(*_):
        raise OSError(code, "no links")

    monkeypatch.setattr(os, "link", link)


def test_a_kept_file_is_read_only_and_one_with_its_equals(tmp_path, new):
    first, second = new("a"), new("b")
    kept = put(tmp_path, first)
    assert put(tmp_path, second) == kept
    assert kept.samefile(first)
    assert kept.samefile(second)
    assert kept.stat().st_mode & 0o777 == 0o444


def test_a_file_that_is_kept_already_is_left_with_nothing_beside_it(tmp_path, new):
    first = new("a")
    put(tmp_path, first)
    put(tmp_path, first)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".store", "a"]


@pytest.mark.parametrize("wrong", [b"", b"conten", b"CONTENT"])
def test_a_damaged_file_of_the_store_is_replaced_and_not_handed_on(tmp_path, new, wrong):
    kept = put(tmp_path, new("a"))
    kept.chmod(0o644)
    kept.write_bytes(wrong)
    second = new("b")
    put(tmp_path, second)
    assert second.read_bytes() == kept.read_bytes() == b"content"


@pytest.mark.parametrize("code", [errno.EPERM, errno.EMLINK, errno.EXDEV, errno.ENOTSUP])
def test_where_no_link_can_be_had_both_stay_as_copies(tmp_path, new, monkeypatch, code):
    refuse_links(monkeypatch, code)
    first, second = new("a"), new("b")
    kept = put(tmp_path, first)
    put(tmp_path, second)
    assert not kept.samefile(first)
    assert [path.read_bytes() for path in (kept, first, second)] == [b"content"] * 3
    assert [path.stat().st_mode & 0o222 for path in (kept, first, second)] == [0] * 3


def test_a_fault_of_the_disk_is_not_taken_for_a_lack_of_links(tmp_path, new, monkeypatch):
    refuse_links(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="no links"):
        put(tmp_path, new("a"))


def test_another_run_that_keeps_the_same_content_at_once_is_no_obstacle(tmp_path, new, monkeypatch):
    first, second, real = new("a"), new("b"), os.link

    def link(existing, name):
        monkeypatch.setattr(os, "link", real)
        put(tmp_path, second)
        return real(existing, name)

    monkeypatch.setattr(os, "link", link)
    assert put(tmp_path, first).samefile(second)
    assert first.samefile(second)

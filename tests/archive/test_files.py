"""Locks that die with their holder, and keep others out also when somebody clears up."""

import os
import threading

import pytest

from churn_mlops.archive import files

posix = pytest.mark.skipif(os.name != "posix", reason="an open file can be unlinked on POSIX")


@posix
def test_a_lock_whose_file_was_unlinked_while_another_waited_is_taken_again_under_its_name(tmp_path):
    path, taken = tmp_path / "a.lock", []
    first = files.lock_file(path)
    waiting = threading.Thread(target=lambda: taken.append(files.lock_file(path, wait=True)))
    waiting.start()
    path.unlink()
    files.unlock(first)
    waiting.join(60)
    assert files._stands_at(taken[0], path)
    assert files.lock_file(path) is None
    files.unlock(taken[0])


@posix
def test_a_lock_is_free_although_a_forked_child_still_has_its_file_open(tmp_path):
    wait, go = os.pipe()
    file = files.lock_file(tmp_path / "a.lock")
    child = os.fork()
    if not child:
        os.read(wait, 1)
        os._exit(0)
    files.unlock(file)
    again = files.lock_file(tmp_path / "a.lock")
    os.write(go, b"x")
    os.waitpid(child, 0)
    assert again is not None
    files.unlock(again)


def test_a_lock_that_another_holds_is_not_waited_for_unless_asked(tmp_path):
    with files.locked(tmp_path / "new" / "a.lock"):
        assert files.lock_file(tmp_path / "new" / "a.lock") is None
    files.unlock(files.lock_file(tmp_path / "new" / "a.lock"))


def test_what_the_system_takes_piecemeal_is_written_whole(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda handle, content: real(handle, content[:7]))
    files.write_bytes(tmp_path / "a.bin", bytes(range(256)))
    assert (tmp_path / "a.bin").read_bytes() == bytes(range(256))

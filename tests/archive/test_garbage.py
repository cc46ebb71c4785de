"""What would be free without some versions, and that what stays is whole whatever goes."""

import pytest

from churn_mlops.archive import garbage, store, versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.store import stored
from churn_mlops.registry.verify import verify


def publish(runs, **files):
    building = versions.begin(runs)
    for name, content in files.items():
        (building.artifacts / name).write_bytes(content)
    return versions.publish(building, {"dataset": "shop", "status": "succeeded"})


def remove(runs, version):
    versions.discard(garbage.take_out(runs, version))


@pytest.fixture(params=["links", "copies"])
def runs(request, tmp_path, monkeypatch):
    """An archive, with hard links or on a disk that has none."""
    if request.param == "copies":
        monkeypatch.setattr(store, "_link", lambda existing, name: False)
    return tmp_path


def on_disk(runs):
    """Bytes and number of files by what they are on the disk; the archive's own locks count nothing."""
    found = {path.lstat().st_ino: path.lstat().st_size for path in runs.rglob("*") if path.is_file()}
    return sum(found.values())


def test_only_what_is_really_freed_counts_and_the_rest_stays_whole(runs):
    old = publish(runs, both=b"x" * 1000, own=b"y" * 500)
    new = publish(runs, both=b"x" * 1000, other=b"z" * 70)
    told, before = garbage.measure(runs, [old.name]), on_disk(runs)
    remove(runs, old.name)
    assert garbage.sweep(runs) == len(told.stored) == 1
    assert before - on_disk(runs) == told.bytes
    assert told.bytes >= 500
    assert verify(runs) == []
    assert versions.versions(runs) == [new.name]


def test_what_two_versions_hold_is_free_when_both_go(runs):
    folders = [publish(runs, both=b"x" * 1000) for _ in range(2)]
    digest = digest_file(folders[0] / "artifacts" / "both")
    assert digest not in garbage.measure(runs, [folders[0].name]).stored
    assert digest in garbage.measure(runs, [folder.name for folder in folders]).stored
    for folder in folders:
        remove(runs, folder.name)
    garbage.sweep(runs)
    assert list((runs / ".store").glob("??/*")) == []


def test_measuring_changes_nothing(runs):
    publish(runs, a=b"1")
    before = {path: path.lstat().st_mtime_ns for path in runs.rglob("*")}
    garbage.measure(runs, versions.versions(runs))
    assert {path: path.lstat().st_mtime_ns for path in runs.rglob("*")} == before


def test_files_of_a_run_that_is_going_on_stay_and_those_of_a_killed_one_go(tmp_path):
    from churn_mlops.archive.files import unlock
    from churn_mlops.archive.reuse import keep_files

    alive, dead = versions.begin(tmp_path), versions.begin(tmp_path)
    digests = {}
    for building, content in ((alive, b"alive"), (dead, b"dead")):
        (building.artifacts / "a").write_bytes(content)
        digests |= {content: keep_files(building, ["artifacts/a"])["artifacts/a"]}
    unlock(dead.lock)
    told = garbage.measure(tmp_path, [])
    assert told.unfinished == (dead.version,)
    assert told.stored == {digests[b"dead"]}
    versions.clear_leftovers(tmp_path)
    assert garbage.sweep(tmp_path) == 1
    assert stored(tmp_path / ".store", digests[b"alive"]).is_file()
    versions.publish(alive, {"dataset": "shop", "status": "succeeded"})
    assert verify(tmp_path) == []


def test_a_run_that_holds_copies_brings_what_was_swept_into_the_store_again(tmp_path):
    from churn_mlops.archive.reuse import link_in

    old = publish(tmp_path, a=b"content")
    digest = digest_file(old / "artifacts" / "a")
    building = versions.begin(tmp_path)
    link_in(building, "artifacts/a", old.name, digest, copy=True)
    remove(tmp_path, old.name)
    assert garbage.sweep(tmp_path) == 1
    versions.publish(building, {"dataset": "shop", "status": "succeeded"})
    assert verify(tmp_path) == []


def test_a_version_that_is_being_taken_out_is_cleared_by_the_next_run_when_its_remover_dies(tmp_path):
    from churn_mlops.archive.files import unlock

    old = publish(tmp_path, a=b"1")
    building = garbage.take_out(tmp_path, old.name)
    assert not old.exists()
    assert garbage.unfinished(tmp_path) == []  # its remover lives
    unlock(building.lock)
    assert garbage.unfinished(tmp_path) == [old.name]
    versions.discard(versions.begin(tmp_path))
    assert not building.folder.exists()


def test_a_version_that_has_gone_already_is_no_error(tmp_path):
    publish(tmp_path, a=b"1")
    remove(tmp_path, "20200101-000000-aaaaaa")
    assert list((tmp_path / ".building").glob("[0-9]*")) == []


def test_an_archive_that_is_not_there_has_nothing_to_free(tmp_path):
    assert garbage.measure(tmp_path / "none", []) == garbage.Freed(0, 0, frozenset(), ())
    assert garbage.sweep(tmp_path / "none") == 0

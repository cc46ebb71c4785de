"""A version under runs/ is absent, or complete."""

import errno
import os
import subprocess
import sys

import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json, write_bytes, write_json
from churn_mlops.archive.verify import verify_all
from churn_mlops.errors import ConfigError

MANIFEST = {"version": "x", "dataset": "shop", "status": "succeeded"}


def publish(runs, content=b"same content"):
    building = versions.begin(runs)
    write_bytes(building.artifacts / "table.bin", content)
    return versions.publish(building, MANIFEST | {"version": building.version})


def test_a_version_appears_only_when_it_is_published(tmp_path):
    building = versions.begin(tmp_path)
    write_bytes(building.artifacts / "a.bin", b"1")
    assert versions.versions(tmp_path) == []
    versions.publish(building, MANIFEST)
    assert versions.versions(tmp_path) == [building.version]


def test_the_manifest_holds_the_digest_of_every_other_file(tmp_path):
    folder = publish(tmp_path)
    manifest = read_json(folder / "manifest.json")
    on_disk = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == on_disk - {"manifest.json"}
    assert manifest["files"]["artifacts/table.bin"]["sha256"] == digest_file(folder / "artifacts/table.bin")
    assert manifest["schema"] == versions.SCHEMA


def test_latest_leads_to_the_newest_version(tmp_path):
    publish(tmp_path)
    newest = max([publish(tmp_path).name, *versions.versions(tmp_path)])
    assert (tmp_path / "latest").resolve().name == newest


@pytest.mark.skipif(os.name != "posix", reason="hard links are counted on POSIX")
def test_equal_files_of_several_runs_are_one_file_on_disk(tmp_path):
    first, second, other = publish(tmp_path), publish(tmp_path), publish(tmp_path, b"other content")
    inode = [(folder / "artifacts/table.bin").stat().st_ino for folder in (first, second, other)]
    assert inode[0] == inode[1] != inode[2]


def test_a_discarded_version_leaves_nothing(tmp_path):
    building = versions.begin(tmp_path)
    versions.discard(building)
    assert not building.folder.exists()
    assert versions.versions(tmp_path) == []


def test_what_a_killed_run_left_is_cleared_and_a_living_one_is_not(tmp_path):
    script = "import sys; from churn_mlops.archive import versions; b = versions.begin(sys.argv[1]); print(b.version)"
    dead = subprocess.run(
        [sys.executable, "-c", f"{script}; sys.stdout.flush(); import os; os._exit(9)", str(tmp_path)],
        capture_output=True,
        text=True,
    ).stdout.strip()
    alive = versions.begin(tmp_path)
    assert not (tmp_path / ".building" / dead).exists()
    assert versions.clear_leftovers(tmp_path) == []
    assert alive.folder.exists()
    versions.discard(alive)


def test_an_unknown_version_is_told_with_those_there_are(tmp_path):
    known = publish(tmp_path).name
    with pytest.raises(ConfigError, match=known):
        versions.read_manifest(tmp_path, "20200101-000000-abcdef")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "value.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": float("nan")})
    assert read_json(path) == {"a": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["value.json"]


@pytest.mark.skipif(os.name != "posix", reason="folders are flushed on POSIX")
def test_every_file_and_folder_is_flushed_before_the_version_appears(tmp_path, monkeypatch):
    flushed, missed, fsync, rename = set(), [], os.fsync, os.rename

    def note(handle):
        flushed.add(os.fstat(handle).st_ino)
        fsync(handle)

    def look(source, target):
        everything = [source, tmp_path / ".store", *source.rglob("*"), *(tmp_path / ".store").glob("??")]
        missed.extend(path for path in everything if path.stat().st_ino not in flushed)
        rename(source, target)

    monkeypatch.setattr(os, "fsync", note)
    monkeypatch.setattr(os, "rename", look)
    building = versions.begin(tmp_path)
    (building.artifacts / "sub").mkdir()
    for name in ("plain.bin", "sub/deep.bin"):
        (building.artifacts / name).write_bytes(name.encode())  # as a notebook writes: nothing is flushed
    versions.publish(building, MANIFEST)
    assert missed == []
    assert tmp_path.stat().st_ino in flushed


def test_what_a_killed_stage_left_half_written_is_not_published(tmp_path):
    building = versions.begin(tmp_path)
    (building.artifacts / ".a.json.0123456789ab.part").write_bytes(b"{")
    assert list(read_json(versions.publish(building, MANIFEST) / "manifest.json")["files"]) == []


def test_ids_sort_by_the_moment_at_which_their_runs_began(tmp_path, monkeypatch):
    begun = []
    for moment in ("10:00:00.000000", "10:00:00.000001", "10:00:00.500000", "10:00:00.999999", "10:00:01.000000"):

        class Clock(versions.datetime):
            at = versions.datetime.fromisoformat(f"2026-01-01T{moment}+00:00")

            @classmethod
            def now(cls, zone):
                return cls.at

        monkeypatch.setattr(versions, "datetime", Clock)
        begun.append(versions.begin(tmp_path).version)
        monkeypatch.undo()
    assert begun == sorted(begun)


def test_a_folder_of_an_unfinished_version_without_a_lock_is_cleared(tmp_path):
    """A kernel may outlive its killed runner, and write again what was cleared."""
    building = versions.begin(tmp_path)
    (tmp_path / ".building" / "20200101-000000-aaaaaa" / "artifacts").mkdir(parents=True)
    assert versions.clear_leftovers(tmp_path) == ["20200101-000000-aaaaaa"]
    assert building.folder.exists()


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOSYS])
def test_without_symbolic_links_latest_is_a_file_with_the_newest_version(tmp_path, monkeypatch, code):
    def symlink(*_, **__):
        raise OSError(code, "no links")

    monkeypatch.setattr(os, "symlink", symlink)
    folder = publish(tmp_path)
    assert (tmp_path / "latest").read_text() == folder.name + "\n"
    assert verify_all(tmp_path) == []


def test_runs_that_begin_in_the_same_microsecond_have_ids_of_their_own(tmp_path, monkeypatch):
    class Clock(versions.datetime):
        @classmethod
        def now(cls, zone):
            return versions.datetime(2026, 1, 1, tzinfo=zone)

    monkeypatch.setattr(versions, "datetime", Clock)
    begun = [versions.begin(tmp_path) for _ in range(8)]
    published = {versions.publish(building, {}).name for building in begun[:4]}
    begun += [versions.begin(tmp_path) for _ in range(4)]
    assert len({building.version for building in begun}) == 12
    assert set(versions.versions(tmp_path)) == published

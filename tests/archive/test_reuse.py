"""A reused file stands in the new version complete, and nothing written there reaches an older one."""

import hashlib
import os
from types import SimpleNamespace

import pytest

from churn_mlops.archive import reuse, versions
from churn_mlops.archive.verify import verify_all
from churn_mlops.errors import ArchiveDamaged, ConfigError

NAME, CONTENT = "artifacts/table.bin", b"made by an older run"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def old(tmp_path):
    """A published version with one artifact."""
    building = versions.begin(tmp_path)
    (building.folder / NAME).write_bytes(CONTENT)
    folder = versions.publish(building, {"status": "succeeded"})
    return SimpleNamespace(runs=tmp_path, version=folder.name, file=folder / NAME)


@pytest.mark.parametrize("copy", [None, True, False])
def test_a_reused_file_is_one_with_the_older_one_once_it_is_published(old, copy):
    building = versions.begin(old.runs)
    reuse.link_in(building, NAME, old.version, DIGEST, copy=copy)
    folder = versions.publish(building, {})
    assert (folder / NAME).samefile(old.file)
    assert verify_all(old.runs) == []


def test_where_modes_stop_nobody_a_reused_file_is_a_copy_until_it_is_published(old):
    building = versions.begin(old.runs)
    reuse.link_in(building, NAME, old.version, DIGEST)
    path = building.folder / NAME
    assert path.samefile(old.file) != os.access(old.file, os.W_OK)
    path.chmod(0o644)  # a stage that means to write
    if not path.samefile(old.file):
        path.write_bytes(b"written by a later stage")
        folder = versions.publish(building, {})
        assert (folder / NAME).read_bytes() == b"written by a later stage"
    assert old.file.read_bytes() == CONTENT


def write_through(path):
    path.chmod(0o644)
    path.write_bytes(b"written through the link")


def test_a_version_in_which_a_stage_wrote_through_a_link_is_not_published_and_verify_names_the_older_one(old):
    building = versions.begin(old.runs)
    reuse.link_in(building, NAME, old.version, DIGEST, copy=False)
    write_through(building.folder / NAME)
    with pytest.raises(ArchiveDamaged, match=r"artifacts/table\.bin.*older versions as well.*Cure"):
        versions.publish(building, {})
    versions.discard(building)
    assert versions.versions(old.runs) == [old.version]
    assert f"{old.version}/{NAME}" in [problem.file for problem in verify_all(old.runs)]


def test_a_damaged_file_is_not_reused_and_making_it_again_puts_the_store_right(old):
    write_through(old.file)
    building = versions.begin(old.runs)
    with pytest.raises(ArchiveDamaged, match="--force"):
        reuse.link_in(building, NAME, old.version, DIGEST)
    (building.folder / NAME).write_bytes(CONTENT)
    folder = versions.publish(building, {})
    found = {problem.file: problem.cure for problem in verify_all(old.runs)}
    assert (folder / NAME).read_bytes() == CONTENT
    assert list(found) == [f"{old.version}/{NAME}"]
    assert "copy .store/" in found[f"{old.version}/{NAME}"]


def test_a_file_replaced_by_a_new_one_is_published_as_what_it_is(old):
    building = versions.begin(old.runs)
    reuse.link_in(building, NAME, old.version, DIGEST, copy=False)
    (building.folder / NAME).unlink()
    (building.folder / NAME).write_bytes(b"new")
    folder = versions.publish(building, {})
    assert ((folder / NAME).read_bytes(), old.file.read_bytes()) == (b"new", CONTENT)


def test_either_the_store_or_the_older_version_is_enough(old):
    for version, gone in [(None, None), (old.version, next((old.runs / ".store").glob("??/" + DIGEST)))]:
        building = versions.begin(old.runs)
        if gone:
            gone.unlink()
        reuse.link_in(building, NAME, version, DIGEST)
        assert (building.folder / NAME).read_bytes() == CONTENT
        versions.discard(building)


def test_what_a_finished_stage_has_kept_outlives_its_run(tmp_path):
    building = versions.begin(tmp_path)
    (building.folder / NAME).write_bytes(b"finished")
    digest = reuse.keep_files(building, [NAME])[NAME]
    versions.discard(building)
    later = versions.begin(tmp_path)
    reuse.link_in(later, NAME, None, digest)
    assert (later.folder / NAME).read_bytes() == b"finished"


@pytest.mark.parametrize("name", ["", "../x", "artifacts/../../x", "/etc/x"])
def test_a_name_that_leads_out_of_the_version_is_refused(old, name):
    with pytest.raises(ConfigError, match="below it"):
        reuse.link_in(versions.begin(old.runs), name, old.version, DIGEST)


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_version_with_a_link_in_it_is_refused(old):
    building = versions.begin(old.runs)
    (building.artifacts / "a").symlink_to(old.file)
    with pytest.raises(ArchiveDamaged, match="artifacts/a: a version holds plain files only"):
        versions.publish(building, {})


def test_a_file_that_changes_while_it_is_published_is_noticed(old, monkeypatch):
    building = versions.begin(old.runs)
    path = building.folder / NAME
    path.write_bytes(b"first")
    real = versions.keep

    def keep(store, kept, digest):
        real(store, kept, digest)
        write_through(path)

    monkeypatch.setattr(versions, "keep", keep)
    with pytest.raises(ArchiveDamaged, match="it changed while"):
        versions.publish(building, {})
    versions.discard(building)
    assert verify_all(old.runs) == []

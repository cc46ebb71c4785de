"""Verifying finds every change to a version, and says what, where and what to do."""

import json
import subprocess
import sys

import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.store import stored
from churn_mlops.archive.verify import verify_all, verify_version


@pytest.fixture
def folder(tmp_path):
    """A published version."""
    building = versions.begin(tmp_path)
    (building.artifacts / "sub").mkdir()
    for name in ("a.bin", "sub/b.bin"):
        (building.artifacts / name).write_bytes(name.encode())
    return versions.publish(building, {"status": "succeeded", "parameters": {"x": (1, 2.5)}})


def rewrite(path, content: bytes):
    path.chmod(0o644)
    path.write_bytes(content)


def replace(path, content: bytes):
    path.unlink()
    path.write_bytes(content)


def edit(change):
    def spoil(folder):
        manifest = json.loads((folder / "manifest.json").read_text())
        change(manifest)
        rewrite(folder / "manifest.json", json.dumps(manifest).encode())

    return spoil


def kept_of(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    return stored(folder.parent / ".store", manifest["files"]["artifacts/a.bin"]["sha256"])


A = "artifacts/a.bin"
CASES = {
    "a file that was written into": (lambda f: rewrite(f / A, b"A.bin"), A, "digest"),
    "a file that was replaced": (lambda f: replace(f / A, b"x"), A, "copy .store/"),
    "a file that is gone": (lambda f: (f / A).unlink(), A, "absent"),
    "a file that is a folder now": (lambda f: ((f / A).unlink(), (f / A).mkdir()), A, "no plain file"),
    "a file that is a link now": (lambda f: ((f / A).unlink(), (f / A).symlink_to("sub/b.bin")), A, "no plain file"),
    "a file too many": (lambda f: (f / "pages/c").write_bytes(b""), "pages/c", "is not named"),
    "no manifest": (lambda f: (f / "manifest.json").unlink(), "manifest.json", "absent"),
    "half a manifest": (lambda f: rewrite(f / "manifest.json", b'{"sch'), "manifest.json", "cannot be read"),
    "a manifest that is no text": (lambda f: rewrite(f / "manifest.json", b"\xff"), "manifest.json", "cannot be read"),
    "a manifest that is no object": (lambda f: rewrite(f / "manifest.json", b"[]"), "manifest.json", "no object"),
    "a schema to come": (edit(lambda m: m.update(schema=2)), "manifest.json", "schema is 2"),
    "no list of files": (edit(lambda m: m.pop("files")), "manifest.json", "it does not"),
    "a path out of the version": (edit(lambda m: m["files"].update({"../x": m["files"][A]})), "manifest.json", "path"),
    "a changed verdict": (edit(lambda m: m.update(status="failed")), "manifest.json", "seal"),
    "a name gone from the manifest": (edit(lambda m: m.pop("status")), "manifest.json", "seal"),
    "a file gone from the manifest": (edit(lambda m: m["files"].pop(A)), A, "is not named"),
    "no seal": (edit(lambda m: m.pop("seal")), "manifest.json", "seal"),
    "another size": (edit(lambda m: m["files"][A].update(bytes=6)), A, "says 6 bytes"),
}


def test_a_version_as_it_was_published_has_no_problem(folder):
    assert verify_version(folder.parent, folder.name) == []
    assert verify_all(folder.parent) == []


@pytest.mark.parametrize("name", CASES)
def test_each_change_is_found_and_named(folder, name):
    spoil, file, words = CASES[name]
    spoil(folder)
    for problems in (verify_version(folder.parent, folder.name), verify_all(folder.parent)):
        texts = [str(problem) for problem in problems if problem.file == f"{folder.name}/{file}"]
        assert any(words in text and "Cure: " in text and "\n" not in text for text in texts), problems


def test_a_renamed_version_is_found(folder):
    other = folder.rename(folder.with_name("20200101-000000-aaaaaa"))
    assert "bears its name" in str(verify_version(folder.parent, other.name)[0])


@pytest.mark.parametrize("spoil", [lambda p: replace(p, b"torn"), lambda p: p.unlink()])
def test_a_store_that_has_lost_a_file_is_found_although_the_version_is_whole(folder, spoil):
    spoil(kept_of(folder))
    (problem,) = verify_version(folder.parent, folder.name)
    assert problem.file.startswith(".store/")
    assert len(verify_all(folder.parent)) == 1


def test_a_damaged_file_of_the_store_that_no_version_has_is_found(folder):
    (folder.parent / ".store" / "00").mkdir()
    (folder.parent / ".store" / "00" / ("0" * 64)).write_bytes(b"")
    assert [problem.file for problem in verify_all(folder.parent)] == [".store/00/" + "0" * 64]


def test_half_a_version_and_a_link_to_nowhere_are_found(folder):
    runs = folder.parent
    (runs / "20200101-000000-aaaaaa").mkdir()
    (runs / "latest").unlink()
    (runs / "latest").symlink_to("20200101-000000-bbbbbb")
    assert [problem.file for problem in verify_all(runs)] == ["20200101-000000-aaaaaa/manifest.json", "latest"]


def test_an_empty_archive_has_no_problem(tmp_path):
    assert verify_all(tmp_path / "runs") == []


def test_verifying_loads_nothing_heavy():
    code = "import sys, churn_mlops.registry.verify; print(*sorted({'pandas', 'numpy', 'sklearn'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == ""

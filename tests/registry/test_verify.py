"""A champion pointer leads to a succeeded version with the model that it names, or verifying says so."""

import json

import pytest

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.errors import ConfigError
from churn_mlops.registry.champion import MODEL, promote
from churn_mlops.registry.verify import verify, verify_champions


def publish(runs, model=b"model"):
    building = versions.begin(runs)
    (building.folder / MODEL).write_bytes(model)
    return versions.publish(building, {"dataset": "shop", "status": "succeeded"})


@pytest.fixture
def champion(tmp_path):
    """The folder of a champion, the second of its dataset."""
    for generation, model in enumerate((b"first", b"second")):
        folder = publish(tmp_path, model)
        promote(tmp_path, "shop", folder.name, digest_file(folder / MODEL), generation)
    return folder


def pointer(folder):
    return folder.parent / "registry/shop/champion.json"


def edit(**changes):
    def spoil(folder):
        pointer(folder).write_text(json.dumps(json.loads(pointer(folder).read_text()) | changes))

    return spoil


def rewrite_model(folder):
    (folder / MODEL).chmod(0o644)
    (folder / MODEL).write_bytes(b"other")


CASES = {
    "torn": (lambda f: pointer(f).write_text("{"), "not a champion record"),
    "gone": (lambda f: pointer(f).unlink(), "changed by hand"),
    "put back": (edit(generation=1), "generation 1, its history at 2"),
    "of another dataset": (lambda f: pointer(f).parent.rename(pointer(f).parent.with_name("other")), "names `shop`"),
    "to a version that is gone": (lambda f: f.rename(f.with_name("20200101-000000-aaaaaa")), "no such run"),
    "to another model": (rewrite_model, "has digest"),
    "with a torn history": (lambda f: (pointer(f).parent / "history.jsonl").write_text("x\n"), "not a champion record"),
}


def test_an_archive_as_its_runs_left_it_has_no_problem(champion):
    assert verify(champion.parent) == verify(champion.parent, champion.name) == []


@pytest.mark.parametrize("name", CASES)
def test_a_pointer_that_cannot_be_followed_is_found(champion, name):
    spoil, words = CASES[name]
    spoil(champion)
    (problem,) = verify_champions(champion.parent)
    assert words in problem.seen
    assert problem.cure
    assert str(problem) in verify(champion.parent)


def test_with_a_version_only_the_pointers_to_it_count(champion):
    rewrite_model(champion)
    other = next(version for version in versions.versions(champion.parent) if version != champion.name)
    assert verify(champion.parent, other) == []
    assert len(verify(champion.parent, champion.name)) > 1


def test_a_promotion_that_a_kill_kept_out_of_the_history_is_no_problem(champion):
    history = pointer(champion).parent / "history.jsonl"
    history.write_bytes(history.read_bytes()[:-5])
    assert verify(champion.parent) == []


@pytest.mark.parametrize("version", ["20200101-000000-aaaaaa", "..", "registry", ""])
def test_an_unknown_version_is_refused(champion, version):
    with pytest.raises(ConfigError, match=f"no such version. The newest: {champion.name}"):
        verify(champion.parent, version)

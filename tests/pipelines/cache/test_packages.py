"""The versions that an import depends on: of its package, and of all that this needs."""

import shutil

import pytest

from churn_mlops.pipelines.cache import packages
from churn_mlops.pipelines.cache.packages import Packages


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts metadata of packages onto the path; it is all that is installed."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.setattr(packages.sys, "path", [str(site)])

    def install(name, version="1.0", needs=(), top=None, folder=site):
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        lines = [f"Requires-Dist: {need}" for need in needs]
        (info / "METADATA").write_text(
            "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines, ""])
        )
        (info / "top_level.txt").write_text(f"{top or name}\n")
        return info

    return install


CASES = [
    # (packages with what they need, import, names found)
    ({"a": []}, "a", {"a"}),
    ({"a": ["b>=1"], "b": ["c"], "c": []}, "a", {"a", "b", "c"}),
    ({"a": ["b"], "b": ["a"]}, "a", {"a", "b"}),
    ({"a": ["B_x.y[fast]>=1,<2"], "b-x-y": []}, "a", {"a", "b-x-y"}),
    ({"a": ["b; python_version < '3'"]}, "a", {"a"}),
    ({"a": ['b; sys_platform == "win32"'], "b": []}, "a", {"a", "b"}),
    ({"a": ["b; extra == 'fast'", 'c ; extra == "test"', "d; extra == 'dev'", "e; extra=='all'"]}, "a", {"a"}),
    (
        {"a": ["b; extra == 'fast'", 'c; extra == "test"', "d; extra == 'docs'"], "b": [], "c": [], "d": []},
        *("a", {"a", "b"}),
    ),
    ({"a": ["", "==3"]}, "a", {"a"}),
    ({"a": []}, "unknown", set()),
]


@pytest.mark.parametrize(("installed", "imported", "names"), CASES)
def test_a_package_counts_with_all_that_it_needs_and_that_is_there(tmp_path, install, installed, imported, names):
    for name, needs in installed.items():
        install(name, needs=needs)
    assert set(Packages(tmp_path / "store.json").versions([imported])) == names


def test_the_name_of_an_import_may_differ_from_that_of_its_package(tmp_path, install):
    install("scikit-learn", "1.9", top="sklearn")
    assert Packages(tmp_path / "s.json").versions(["sklearn"]) == {"scikit-learn": "1.9"}


def test_another_version_is_noticed_and_an_unchanged_listing_is_not_described_again(tmp_path, install, monkeypatch):
    info = install("a", "1.0")
    assert Packages(tmp_path / "s.json").versions(["a"]) == {"a": "1.0"}
    with monkeypatch.context() as patch:
        patch.setattr(packages, "_describe", lambda: pytest.fail("was described again"))
        assert Packages(tmp_path / "s.json").versions(["a"]) == {"a": "1.0"}
    shutil.rmtree(info)
    install("a", "2.0")
    assert Packages(tmp_path / "s.json").versions(["a"]) == {"a": "2.0"}


def test_the_first_on_the_path_is_the_one_that_counts(tmp_path, install, monkeypatch):
    install("a", "1.0")
    install("a", "2.0", folder=tmp_path / "earlier")
    monkeypatch.setattr(packages.sys, "path", [str(tmp_path / "earlier"), *packages.sys.path])
    assert Packages(tmp_path / "s.json").versions(["a"]) == {"a": "2.0"}


def test_broken_metadata_is_passed_over(tmp_path, install):
    (install("a", "1.0") / "METADATA").unlink()
    install("b", "1.0")
    assert Packages(tmp_path / "s.json").versions(["a", "b"]) == {"b": "1.0"}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"installed": 1}', '{"digest": "", "value": {}}', "null"])
def test_a_damaged_store_is_a_lost_one(tmp_path, install, text):
    install("a")
    (tmp_path / "s.json").write_text(text)
    assert Packages(tmp_path / "s.json").versions(["a"]) == {"a": "1.0"}


def test_a_store_that_cannot_be_written_is_no_obstacle(tmp_path, install):
    install("a")
    (tmp_path / "file").write_text("")
    assert Packages(tmp_path / "file" / "s.json").versions(["a"]) == {"a": "1.0"}


def test_duckdb_counts_where_ibis_is_imported(tmp_path):
    assert {"ibis-framework", "duckdb", "numpy"} <= set(Packages(tmp_path / "s.json").versions(["ibis"]))

"""`gc` on the command line: shown first, done only when told so, and the next run finds its way."""

import json

import pytest

from churn_mlops.archive import versions
from churn_mlops.cli import main
from churn_mlops.registry.verify import verify


@pytest.fixture
def call(tmp_path, capsys):
    def call(*arguments, root=tmp_path):
        with pytest.raises(SystemExit) as end:
            main((), root, list(arguments))
        return end.value.code or 0, *capsys.readouterr()

    return call


def publish(runs):
    building = versions.begin(runs)
    (building.artifacts / "a").write_text(building.version)
    return versions.publish(building, {"dataset": "shop", "status": "failed", "verdict": "Failed"}).name


def test_nothing_is_removed_unless_told_so(call, tmp_path):
    names = [publish(tmp_path / "runs") for _ in range(3)]
    code, out, _ = call("gc", "--keep", "1")
    assert code == 0
    assert "Kept: 1 of 3 runs" in out
    assert "To be freed: 2 runs" in out
    assert out.endswith("Nothing was removed. Cure: --yes removes it.\n")
    assert json.loads(call("gc", "--keep", "1", "--json")[1])["done"] is False
    assert sorted(versions.versions(tmp_path / "runs")) == names


@pytest.mark.parametrize(("typed", "left"), [("yes\n", 1), (" YES \n", 1), ("y\n", 3), ("\n", 3), ("no\n", 3)])
def test_in_a_terminal_it_asks_and_only_yes_is_one(call, tmp_path, monkeypatch, typed, left):
    import io

    for _ in range(3):
        publish(tmp_path / "runs")
    monkeypatch.setattr("churn_mlops.cli.gc._asks", lambda as_json: not as_json)
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    code, out, _ = call("gc", "--keep", "1")
    assert code == 0
    assert "To be freed: 2 runs" in out
    assert out.endswith("Removed.\n" if left == 1 else "Nothing was removed.\n")
    assert len(versions.versions(tmp_path / "runs")) == left


def test_done_it_says_what_was_freed(call, tmp_path):
    publish(tmp_path / "runs")
    newest = publish(tmp_path / "runs")
    told = json.loads(call("gc", "--keep", "latest", "--yes", "--json")[1])
    assert (told["done"], len(told["gone"]), told["store_files"]) == (True, 1, 1)
    assert told["kept"] == [{"version": newest, "why": ["--keep latest"]}]
    assert told["bytes"] > 0
    assert call("gc", "--keep", "latest", "--yes")[1] == "Nothing to free: 1 run kept, and every file belongs to one.\n"


def test_a_wrong_rule_stops_it_before_anything(call, tmp_path):
    publish(tmp_path / "runs")
    code, out, err = call("gc", "--keep", "x", "--yes")
    assert (code, out) == (2, "")
    assert "error: --keep x: expected a number (10), days (90d)" in err


def test_an_empty_archive_has_nothing_to_free(call, tmp_path):
    assert call("gc", "--keep", "3", "--yes")[1] == "Nothing to free: 0 runs kept, and every file belongs to one.\n"
    assert not (tmp_path / "runs").exists()


@pytest.mark.kernel
def test_after_it_index_latest_and_reuse_are_right(tiny_project, call):
    first = tiny_project.run("make.factor=2")
    tiny_project.run("make.factor=3")
    newest = tiny_project.run("make.factor=4")
    code, out, _ = call("gc", "--keep", first.version, "--yes", root=tiny_project.root)
    assert (code, "Freed: 2 runs" in out) == (0, True)
    runs = tiny_project.runs
    assert versions.versions(runs) == [first.version]
    assert (runs / "latest").resolve().name == first.version
    page = (runs / "index.html").read_text()
    assert f"{first.version}/index.html" in page
    assert newest.version not in page
    assert verify(runs) == []
    again = tiny_project.run("make.factor=2", force=False)
    assert {stage["status"] for stage in again.manifest["stages"]} == {"reused"}
    other = tiny_project.run("make.factor=4", force=False)
    assert [stage["status"] for stage in other.manifest["stages"]] == ["succeeded", "succeeded"]
    assert verify(runs) == []

"""Freeing: what stays is whole and found, whatever happens meanwhile and whenever it is killed."""

import errno
import os
import signal
from contextlib import suppress

import pytest
from tests.archive.conftest import Shim, check_undisturbed, place, run
from tests.archive.test_kill import end, start

from churn_mlops.archive import versions
from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import locked, read_json, write_json, write_text
from churn_mlops.errors import ConfigError, PromotionRefused
from churn_mlops.pipelines.cache import index
from churn_mlops.pipelines.garbage import collecting
from churn_mlops.pipelines.garbage.collecting import collect, make_plan
from churn_mlops.pipelines.grids.alive import alive
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.verify import verify

__all__ = ["place"]
SEEDS = (1, 2, 1, 3)


class WideShim(Shim):
    """Counts what removes, too."""

    NAMES = (*Shim.NAMES, "unlink", "rmdir")


@pytest.fixture(autouse=True)
def small_index(monkeypatch):
    """The page over all runs as the run in small draws it."""

    def draw(runs):
        with locked(runs / ".building" / "index.lock"):
            write_text(runs / "index.html", "\n".join([*versions.versions(runs), "end"]))

    monkeypatch.setattr(collecting, "_draw", draw)


def fill(runs) -> list[str]:
    """An archive of four runs, of which the first two are neither champion nor the one before; newest first."""
    for seed in SEEDS:
        run(runs, seed)
    write_json(runs / "grids" / "g" / "grid.json", {"settings": [{"version": versions.versions(runs)[-1]}]})
    return versions.versions(runs)


def free(runs, *rules):
    plan = make_plan(runs, rules)
    return plan if plan.empty else collect(runs, plan)


def check_kept(runs, known: list[str]) -> None:
    """What is there is whole and can be used; champion and the one before are there."""
    assert verify(runs) == []
    assert set(known[:2]) <= set(versions.versions(runs)) <= set(known)
    assert read_champion(runs, "shop").version == known[0]
    assert (runs / "latest").resolve().name == known[0]


def check_freed(runs, known: list[str]) -> None:
    check_kept(runs, known)
    assert versions.versions(runs) == known[:2]
    needed = {f["sha256"] for v in known[:2] for f in read_json(runs / v / "manifest.json")["files"].values()}
    assert {path.name for path in (runs / ".store").glob("??/*")} == needed
    assert list((runs / ".building").glob("[0-9]*")) == []
    assert (runs / "index.html").read_text().splitlines() == [*known[:2], "end"]
    assert not (runs / "grids" / "g").exists()
    assert make_plan(runs, ("0",)).empty


def test_runs_that_are_not_kept_go_with_all_that_is_theirs_alone(tmp_path):
    known = fill(tmp_path)
    plan = make_plan(tmp_path, ("0",))
    assert (list(plan.gone), plan.grids) == (known[2:], ("g",))
    assert versions.versions(tmp_path) == known
    done = free(tmp_path, "0")
    assert (list(done.gone), list(done.kept)) == (known[2:], known[:2])
    check_freed(tmp_path, known)
    check_undisturbed(tmp_path, 2)


def test_without_a_rule_only_what_belongs_to_no_run_goes(tmp_path):
    known = fill(tmp_path)
    loose = tmp_path / ".store" / "ab" / ("ab" + "0" * 62)
    loose.parent.mkdir(exist_ok=True)
    loose.write_bytes(b"123")
    plan = make_plan(tmp_path)
    assert (plan.gone, plan.freed.bytes, plan.freed.files) == ({}, 3, 1)
    collect(tmp_path, plan)
    assert not loose.exists()
    assert versions.versions(tmp_path) == known
    assert make_plan(tmp_path).empty


def test_the_newest_run_goes_too_and_latest_follows(tmp_path):
    known = fill(tmp_path)
    building = versions.begin(tmp_path)
    versions.publish(building, {"dataset": "other", "status": "failed"})
    assert free(tmp_path, "0").kept.keys() == set(known[:2])
    check_freed(tmp_path, known)


def test_when_all_go_latest_goes(tmp_path):
    versions.publish(versions.begin(tmp_path), {"dataset": "other", "status": "failed"})
    free(tmp_path, "0")
    assert versions.versions(tmp_path) == []
    assert not (tmp_path / "latest").is_symlink()
    assert verify(tmp_path) == []


def test_what_has_become_needed_since_it_was_shown_stays(tmp_path):
    from churn_mlops.registry.champion import promote

    known = fill(tmp_path)
    plan = make_plan(tmp_path, ("0",))
    promote(tmp_path, "shop", known[3], digest_file(tmp_path / known[3] / "artifacts/model.skops"), 4)
    done = collect(tmp_path, plan)
    assert list(done.gone) == [known[2]]
    assert done.kept[known[3]] == ["needed since"]
    assert verify(tmp_path) == []
    assert read_champion(tmp_path, "shop").version == known[3]


def test_remembered_results_go_when_their_files_do_and_no_others(tmp_path):
    known = fill(tmp_path)
    for key, version in (("aa11", known[0]), ("bb22", known[3])):  # seeds 3 and 1; seed 1 is in known[1] as well
        files = read_json(tmp_path / version / "manifest.json")["files"]
        index.remember(tmp_path, key, index.Found(version, {name: f["sha256"] for name, f in files.items()}))
    index.remember(tmp_path, "cc33", index.Found("gone", {"artifacts/a": "0" * 64}))
    building = versions.begin(tmp_path)
    (building.artifacts / "a").write_text("only here")
    folder = versions.publish(building, {"dataset": "other", "status": "failed"})
    only = read_json(folder / "manifest.json")["files"]["artifacts/a"]["sha256"]
    index.remember(tmp_path, "dd44", index.Found(folder.name, {"artifacts/a": only}))
    assert make_plan(tmp_path, ("0",)).results == 2
    free(tmp_path, "0")
    assert [index.find(tmp_path, key) is not None for key in ("aa11", "bb22", "cc33", "dd44")] == [
        *(True, True, False, False),
    ]
    assert [path.name for path in sorted((tmp_path / ".cache" / "stages").glob("??/*"))] == ["aa11", "bb22"]


def test_the_runs_of_a_grid_that_is_going_on_stay(tmp_path):
    first = fill(tmp_path)[-1]
    with alive(tmp_path, f"{first[:15]}-abcdef"):
        assert make_plan(tmp_path, ("0",)).gone == {}
    assert len(make_plan(tmp_path, ("0",)).gone) == 2


def test_a_grid_loses_its_links_with_some_of_its_runs_and_goes_with_the_last(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr("churn_mlops.pipelines.grids.alive._draw", lambda runs, folder: drawn.append(folder.name))
    known = fill(tmp_path)
    for name, made in (("some", known[1:]), ("all", known[2:]), ("none", [None]), ("kept", known[:1])):
        write_json(tmp_path / "grids" / name / "grid.json", {"settings": [{"version": version} for version in made]})
    (tmp_path / "grids" / "half").mkdir()
    assert make_plan(tmp_path, ("0",)).grids == ("all", "g", "half")
    free(tmp_path, "0")
    assert sorted(path.name for path in (tmp_path / "grids").iterdir()) == ["kept", "none", "some"]
    assert drawn == ["some"]


def test_two_at_once_are_one_too_many(tmp_path):
    fill(tmp_path)
    plan = make_plan(tmp_path, ("0",))
    with locked(tmp_path / ".building" / "gc.lock"), pytest.raises(ConfigError, match="another `gc` is at work"):
        collect(tmp_path, plan)


def test_an_archive_that_is_not_there_stays_so(tmp_path):
    assert make_plan(tmp_path / "none", ("3",)).empty
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_killed_at_any_operation_it_leaves_the_archive_right_and_the_next_one_ends_it(place):
    number, code = 0, None
    while code != 0:
        number += 1
        runs = place / str(number)
        known = fill(runs)

        def die(count, half, last=number):
            if count == last:
                os.kill(os.getpid(), signal.SIGKILL)

        def child(act=die, runs=runs):
            with WideShim(act):
                free(runs, "0")

        code = end(start(child))
        assert code in (0, -signal.SIGKILL)
        check_kept(runs, known)
        free(runs, "0")
        check_freed(runs, known)
        if number % 5 == 0:
            check_undisturbed(runs, 2)
    assert number > 40


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="folders are flushed and files linked on POSIX")
@pytest.mark.parametrize(("code", "lasting"), [(errno.ENOSPC, True), (errno.EIO, False)], ids=["full", "broken"])
def test_a_fault_at_any_operation_leaves_the_archive_right_and_the_next_one_ends_it(place, code, lasting):
    number, raised = 0, 1
    while raised:
        number, raised = number + 1, 0
        runs = place / str(number)
        known = fill(runs)

        def fail(count, half, last=number):
            nonlocal raised
            if count == last or (lasting and count > last):
                raised += 1
                raise OSError(code, "injected")

        with WideShim(fail), suppress(OSError):
            free(runs, "0")
        check_kept(runs, known)
        free(runs, "0")
        check_freed(runs, known)
    assert number > 40


def run_often(runs, seeds) -> None:
    for seed in seeds:
        with suppress(PromotionRefused):  # freed between its publication and its promotion: six newer ones were there
            run(runs, seed)


def free_often(runs, times) -> None:
    for _ in range(times):
        free(runs, "6")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked")
def test_runs_that_publish_and_reuse_meanwhile_are_not_disturbed(place):
    fill(place)
    runners = [start(run_often, place, [1, 2, n, 1, 3] * 8) for n in range(3)]
    collector = start(free_often, place, 400)
    assert [end(child) for child in (*runners, collector)] == [0, 0, 0, 0]
    free(place, "6")
    assert verify(place) == []
    assert len(versions.versions(place)) == 6
    check_undisturbed(place, 1)

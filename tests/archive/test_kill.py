"""SIGKILL at any moment of a run: no version that verifies and is wrong, none half-written, the champion good."""

import os
import random
import secrets
import signal
import sys
import time
import traceback
from contextlib import suppress

import pytest

from churn_mlops.archive import files, versions
from churn_mlops.registry.champion import read_history

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked"),
]
SEEDS = (1, 2, 3)
ROUND = 25  # kills in one archive


def start(do, *args) -> int:
    """A child that does it, in a process group of its own; ends with 0 when that went well."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        do(*args)
        code = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def end(child: int, sig: int | None = None) -> int:
    """Kill the child's process group if told so, and wait: its exit code, or minus the signal that ended it."""
    if sig:
        with suppress(ProcessLookupError):
            os.setpgid(child, child)
        with suppress(ProcessLookupError):
            os.killpg(child, sig)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def length_of_a_run(tiny, runs) -> float:
    lengths = []
    for seed in (*SEEDS, *SEEDS):
        began = time.monotonic()
        assert end(start(tiny.run, runs, seed)) == 0
        lengths.append(time.monotonic() - began)
    return max(lengths)


def kill_often(tiny, folder, kills: int) -> None:
    number = secrets.randbits(32)
    rng, length, done = random.Random(number), length_of_a_run(tiny, folder / "calm"), {0: 0, -signal.SIGKILL: 0}
    for kill in range(kills):
        runs = folder / f"runs{kill // ROUND}"
        known = set() if kill % ROUND == 0 else known  # noqa: F821
        try:
            second = start(tiny.run, runs, rng.choice(SEEDS)) if rng.random() < 0.1 else None
            child = start(tiny.run, runs, rng.choice(SEEDS))
            time.sleep(rng.uniform(0, 1.1 * length))
            done[end(child, signal.SIGKILL)] += 1
            assert second is None or end(second) == 0
            tiny.check(runs, known)
            if rng.random() < 0.5:
                tiny.check_clean(runs)
            if kill % ROUND == ROUND - 1:
                tiny.check_undisturbed(runs, rng.choice(SEEDS))
        except BaseException as error:
            error.add_note(f"kill {kill} of {runs}; random.Random({number})")
            raise
    assert done[-signal.SIGKILL] > kills / 10, done  # the length was measured when the machine may have been calmer


def test_a_run_killed_at_a_random_moment_leaves_the_archive_right(tiny, place):
    kill_often(tiny, place, 300)


@pytest.mark.nightly
def test_five_thousand_runs_killed_at_random_moments_leave_the_archive_right(tiny, place):
    kill_often(tiny, place, 5000)


def killed_at(tiny, runs, number: int, torn: bool) -> int:
    """Run in a child that is killed before the operation of that number, half of which is done if it is torn."""

    def act(count, half):
        if count == number:
            if torn:
                half()
            os.kill(os.getpid(), signal.SIGKILL)

    def child():
        with tiny.Shim(act):
            tiny.run(runs, 1)

    return end(start(child))


@pytest.mark.parametrize("archive", [pytest.param("empty", marks=pytest.mark.nightly), "used"])
@pytest.mark.parametrize("torn", [pytest.param(False, marks=pytest.mark.nightly), True])
def test_a_run_killed_at_any_operation_on_the_disk_leaves_the_archive_right(tiny, place, archive, torn):
    number, runs = 0, None
    while True:
        number += 1
        if runs is None or archive == "empty" or number % ROUND == 0:
            runs = place / str(number)
            if archive == "used":
                tiny.run(runs, 2)
        if (code := killed_at(tiny, runs, number, torn)) == 0:
            break
        assert code == -signal.SIGKILL
        tiny.check(runs, set())
        tiny.check_undisturbed(runs, 1 if archive == "empty" else 2)
    assert number > 50


def run_often(tiny, runs, seeds) -> None:
    for seed in seeds:
        tiny.run(runs, seed)


def test_six_processes_publish_at_once_and_nothing_is_lost(tiny, place):
    children = [start(run_often, tiny, place, (1, 1, 2, n, 3)) for n in range(6)]
    assert [end(child) for child in children] == [0] * 6
    tiny.check(place, set())
    assert len(list(place.glob("[0-9]*"))) == 30
    assert len(read_history(place, "shop")) == 30
    assert (place / "latest").resolve().name == max(path.name for path in place.glob("[0-9]*"))
    assert (place / "index.html").read_text().count("-") == 60
    same = {(folder / "artifacts/sub/same.bin").stat().st_ino for folder in place.glob("[0-9]*")}
    assert len(same) == 1
    tiny.check_undisturbed(place, 1)


def test_what_a_dead_writer_left_is_cleared_and_what_a_living_one_writes_is_not(tiny, place):
    tiny.run(place, 1)
    for name in ("", "registry/shop", ".store/00", ".stages", ".building"):
        (place / name).mkdir(exist_ok=True)
        (place / name / ".a.json.0123456789ab.part").write_text("{")
    with files._beside(place / "index.html") as handle:
        files.write_all(handle, b"new")
        versions.clear_leftovers(place)
    assert (place / "index.html").read_text() == "new"
    tiny.check_clean(place)

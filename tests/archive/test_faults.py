"""A disk that is full or broken at any write, flush or rename: the error is told, and the archive stays right."""

import errno
import os
import re
from pathlib import Path

import pytest

import churn_mlops

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="folders are flushed and files linked on POSIX"),
]
LIBRARY = Path(churn_mlops.__file__).parent


class Fault:
    """Fails at the operation of one number, or from there on; half of a write is done before."""

    def __init__(self, number: int, code: int, lasting: bool):
        self.number, self.code, self.lasting, self.raised = number, code, lasting, 0

    def __call__(self, count: int, half) -> None:
        if count == self.number or (self.lasting and count > self.number):
            half()
            self.raised += 1
            raise OSError(self.code, f"injected at operation {count}")


def run_with(tiny, runs, fault) -> list[str]:
    """The kinds of operations of a run, which must fail with the fault's error if there was one."""
    with tiny.Shim(fault) as shim:
        told = None
        try:
            tiny.run(runs, 1)
        except OSError as error:
            told = error.errno
    assert told == (fault.code if fault.raised else None), (fault.number, shim.kinds[fault.number - 1])
    return shim.kinds


@pytest.mark.parametrize("archive", ["empty", "used"])
@pytest.mark.parametrize(("code", "lasting"), [(errno.ENOSPC, True), (errno.EIO, False)], ids=["full", "broken"])
def test_a_fault_at_any_operation_is_told_and_leaves_the_archive_right(tiny, place, archive, lasting, code):
    number, raised, runs = 0, 1, None
    while raised:
        number += 1
        if runs is None or archive == "empty" or number % 25 == 0:
            runs = place / str(number)
            if archive == "used":
                tiny.run(runs, 2)
        fault = Fault(number, code, lasting)
        kinds = run_with(tiny, runs, fault)
        raised = fault.raised
        tiny.check(runs, set())
        tiny.check_undisturbed(runs, 1 if archive == "empty" else 2)
    assert number > len(kinds)
    assert number > 50


def test_a_run_writes_flushes_links_and_renames_through_what_is_made_to_fail(tiny, place):
    kinds = run_with(tiny, place, Fault(0, errno.EIO, False))
    assert set(kinds) == {
        "open",
        "write",
        "fsync",
        "ftruncate",
        "replace",
        "rename",
        "link",
        "symlink",
        "mkdir",
        "chmod",
    }
    assert kinds.count("fsync") > 30


# What writes without passing through `os` of the process, where the faults are.
AROUND = re.compile(r"\bopen\(([^()]*, *)?[\"']\w*[wax+]|\w\.write_(text|bytes)\(|shutil\.(copy|move)|tempfile")


@pytest.mark.parametrize("path", sorted([*LIBRARY.glob("archive/*.py"), *LIBRARY.glob("registry/*.py")]), ids=str)
def test_no_module_of_the_archive_writes_around_them(path):
    assert [match.group() for match in AROUND.finditer(path.read_text())] == []


@pytest.mark.parametrize("text", ['p.open("w")', "open(p, 'ab')", 'p.open("r+b")', "p.write_text(", "shutil.copy2("])
def test_what_would_write_around_them_is_seen(text):
    assert AROUND.search(text)

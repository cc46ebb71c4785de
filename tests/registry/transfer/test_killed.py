"""A kill or a full disk at any moment of an import or export: all of it, or nothing, and the next one is right."""

import os
import signal
from contextlib import suppress

import pytest
from tests.archive.conftest import Shim, place
from tests.archive.test_kill import end, start
from tests.registry.transfer.archives import publish_complete

from churn_mlops.archive.verify import verify_all
from churn_mlops.archive.versions import clear_leftovers, versions
from churn_mlops.config import Policy
from churn_mlops.errors import ConfigError, TransferRefused
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.pointer import registry_folder
from churn_mlops.registry.registering import record_runs
from churn_mlops.registry.transfer.exporting import export_version
from churn_mlops.registry.transfer.importing import import_version

__all__ = ["place"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="children are forked"),
]


def dying(number: int):
    """Kills the process at an operation on the disk; of a write, half is done."""

    def act(count, half):
        if count == number:
            half()
            os.kill(os.getpid(), signal.SIGKILL)

    return Shim(act)


def bring(runs, path, number: int) -> None:
    with dying(number):
        import_version(runs, path, lambda dataset: {})


def send(runs, version, path, number: int) -> None:
    with dying(number):
        export_version(runs, version, path)


def test_an_import_that_is_killed_at_any_operation_leaves_all_or_nothing(place, acting):
    version = publish_complete(place / "origin")
    export_version(place / "origin", version, place / "v.tar")
    for number in range(1, 500):
        runs = place / str(number)
        code = end(start(bring, runs, place / "v.tar", number))
        assert set(versions(runs)) <= {version}
        assert verify_all(runs) == []
        clear_leftovers(runs)
        record_runs(runs, "shop")
        kinds = [record.kind for record in read_log(registry_folder(runs, "shop"))]
        assert kinds.count("import") == kinds.count("registration") == len(versions(runs))
        import_version(runs, place / "v.tar", lambda dataset: {})
        assert verify_all(runs) == []
        assert verify_audit(runs, "shop", Policy()).problems == []
        kinds = [record.kind for record in read_log(registry_folder(runs, "shop"))]
        assert [kind for kind in kinds if kind != "recovery"] == ["beginning", "import", "registration"]
        if code == 0:
            break
        assert code == -signal.SIGKILL
    assert number > 30


def try_to_bring(runs, path) -> None:
    with suppress(ConfigError):  # another process is at it
        import_version(runs, path, lambda dataset: {})


def test_many_who_import_one_file_at_once_import_it_once(place, acting):
    version = publish_complete(place / "origin")
    export_version(place / "origin", version, place / "v.tar")
    children = [start(try_to_bring, place / "runs", place / "v.tar") for _ in range(6)]
    assert [end(child) for child in children] == [0] * 6
    assert versions(place / "runs") == [version]
    kinds = [record.kind for record in read_log(registry_folder(place / "runs", "shop"))]
    assert kinds == ["beginning", "import", "registration"]
    assert verify_all(place / "runs") == []


def test_an_export_that_is_killed_at_any_operation_leaves_the_old_file_or_the_new(place, acting):
    version = publish_complete(place / "origin")
    path = place / "out" / "v.tar"
    path.parent.mkdir()
    export_version(place / "origin", version, path)
    whole = path.read_bytes()
    for number in range(1, 100):
        code = end(start(send, place / "origin", version, path, number))
        assert path.read_bytes() == whole
        if code == 0:
            break
    assert number > 5
    assert [other.name for other in path.parent.iterdir()] == ["v.tar"]


def test_a_disk_that_fails_at_any_operation_leaves_nothing_half_imported(place, acting):
    version = publish_complete(place / "origin")
    export_version(place / "origin", version, place / "v.tar")

    def fail(count, half):
        if count == number:
            raise OSError(28, "No space left on device")

    number, failures = 0, 0
    while True:
        number, runs = number + 1, place / str(number + 1)
        try:
            with Shim(fail) as shim:
                import_version(runs, place / "v.tar", lambda dataset: {})
            if number > len(shim.kinds):
                break  # to make a folder that is there already may fail
        except (OSError, TransferRefused):
            failures += 1
        assert verify_all(runs) == []
        assert set(versions(runs)) <= {version}
        assert not list((runs / ".building").glob("[0-9]*"))
    assert failures > 30

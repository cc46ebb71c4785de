"""`reproduce`: a version is verified, laid out in a clean folder, run there by a process of its own, and compared."""

import json
import os
import platform
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from churn_mlops.archive.seal import SEAL
from churn_mlops.archive.verify import verify_version
from churn_mlops.errors import ArchiveDamaged, ConfigError, RegistryError
from churn_mlops.pipelines.differences.archived import Archived
from churn_mlops.pipelines.reproducing.again import ANSWER
from churn_mlops.pipelines.reproducing.comparing import compare_again
from churn_mlops.pipelines.reproducing.environment import make_environment, variables
from churn_mlops.pipelines.reproducing.laying import ORDER, check_empty, lay_out
from churn_mlops.pipelines.reproducing.naming import name_changes
from churn_mlops.pipelines.reproducing.order import Order, read_order
from churn_mlops.registry.reproduction import check_registered, check_trusted, record_reproduction

GRACE_S = 12  # for a run that was told to end; its own limit is 10 s


def reproduce(
    runs: Path,
    version: str,
    same_env: bool = False,
    into: Path | None = None,
    tell: Callable = print,
    trust: bool = False,
) -> dict:
    """Make a version again and compare; the verdict goes into the audit log.

    `tell(line)` is told what is being done. Raises ArchiveDamaged, naming what was changed, before anything of the
    version is used; ConfigError for a version that cannot be made again; RegistryError for one from elsewhere that
    nobody known here vouches for, unless `trust` says that its code may run.
    """
    begun = time.monotonic()
    if into:
        check_empty(into)
    check_version(runs, version)
    order = read_order(runs, version)
    if not trust:
        check_trusted(runs, order.run.manifest)
    for champion in order.champions:
        check_version(runs, champion.version)
    with _folder(into) as folder:
        tell(f"{version}: verified; laid out in {folder}")
        lay_out(order, folder)
        python, environment = Path(sys.executable), "same"
        if not same_env:
            tell("making a fresh environment from the archived lock")
            python, environment = make_environment(folder, order.run.facts("environment").get("python", "")), "fresh"
        made, code = _run(folder, python)
        verdict = _compare(order, folder, made, code)
    facts = {
        "version": version,
        "dataset": order.run.manifest["dataset"],
        **verdict,
        "environment": environment,
        "folder": str(into) if into else None,
        "seconds": round(time.monotonic() - begun, 1),
    }
    return facts | {"unrecorded": _record(runs, order, facts)}


def check_version(runs: Path, version: str) -> None:
    """Raise ArchiveDamaged, naming file and place, where a version is not as it was published and registered."""
    problems = verify_version(runs, version)
    if problems:
        changed = name_changes(runs, version, {problem.file.partition("/")[2] for problem in problems})
        first, more = problems[0], len(problems) - 1
        seen = first.seen + "".join(f"; {change}" for change in changed) + f"; {more} more by `verify`" * bool(more)
        raise ArchiveDamaged(first.file, first.rule, seen, first.cure)
    check_registered(runs, Archived(runs, version).manifest)


@contextmanager
def _folder(into: Path | None) -> Iterator[Path]:
    """The clean folder: the one that was named, which stays, or one that goes."""
    if into:
        into.mkdir(parents=True, exist_ok=True)
        yield into.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="churn-reproduce-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


def _run(folder: Path, python: Path) -> tuple[str | None, int]:
    """Run the pipeline in the folder; the version that it made there, if any, and its exit code."""
    apart = {"process_group": 0} if os.name == "posix" else {}  # Ctrl-C would reach it twice
    process = subprocess.Popen(
        [str(python), "-m", "churn_mlops.pipelines.reproducing.again", ORDER],
        cwd=folder,
        env=variables(folder),
        stdin=subprocess.PIPE,  # that it ends tells the process that this one has gone
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        **apart,
    )
    try:
        lines = process.stdout.read().splitlines()
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        process.stdin.close()
        process.stdout.close()
    told = [line.removeprefix(ANSWER) for line in lines if line.startswith(ANSWER)]
    return (json.loads(told[-1])["version"] if told else None), code


def _end(process: subprocess.Popen) -> None:
    with suppress(OSError):
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _compare(order: Order, folder: Path, made: str | None, code: int) -> dict:
    if made is None:
        raise ConfigError(
            f"{order.run.version}: the process that was to run it again ended with code {code} before its run began; "
            "what it said stands above. Cure: --into DIR keeps the folder to look into."
        )
    return compare_again(order, Archived(folder / "runs", made))


def _record(runs: Path, order: Order, facts: dict) -> str | None:
    """Put the verdict on record; the reason where that cannot be, for the verdict stands all the same."""
    if not os.access(runs, os.W_OK):
        return "this archive cannot be written"
    place = {"python": platform.python_version(), "platform": sysconfig.get_platform()}
    told = {name: facts[name] for name in ("version", "verdict", "stage", "environment")}
    model, seal = facts["model"]["a"], order.run.manifest.get(SEAL)
    try:
        record_reproduction(runs, facts["dataset"], told | {"digest": model, "seal": seal, **place})
    except (RegistryError, OSError) as error:
        return str(error)
    return None

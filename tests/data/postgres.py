"""A real PostgreSQL server for tests: a cluster of its own on a free port, gone with the tests."""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

MISSING = "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
_OPTIONS = {"listen_addresses": "127.0.0.1", "fsync": "off", "full_page_writes": "off", "max_connections": "20"}
_PR_SET_PDEATHSIG = 1


def programs() -> Path | None:
    """The folder with the newest server's programs, or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    return max(found, key=lambda path: float(path.parent.name), default=None)


@contextmanager
def server():
    """A running server, as the URL of its database, with the password in it."""
    owner = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="churn-postgres-"))
    if owner:
        shutil.chown(folder, owner)
    password, port = secrets.token_urlsafe(16), _free_port()
    try:
        _make_cluster(folder, password, owner)
        process = _start(folder, port, owner)
        try:
            _wait(port, process, folder)
            yield f"postgresql://churn:{password}@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGINT)  # ends its connections and itself
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str | None:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _make_cluster(folder: Path, password: str, owner: str | None) -> None:
    given = folder / "password"
    given.write_text(password)
    if owner:
        shutil.chown(given, owner)
    command = [programs() / "initdb", "-D", folder / "data", "-U", "churn", "-A", "scram-sha-256", "-N"]
    command += ["--pwfile", given, "-E", "UTF8", "--locale", "C.UTF-8"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **_as(owner))
    given.unlink()


def _start(folder: Path, port: int, owner: str | None) -> subprocess.Popen:
    command = [programs() / "postgres", "-D", folder / "data", "-p", str(port), "-k", folder]
    command += [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, preexec_fn=_ends_with_us, **_as(owner))


def _as(owner: str | None) -> dict:
    return {"user": owner, "group": pwd.getpwnam(owner).pw_gid, "extra_groups": []} if owner else {}


def _ends_with_us() -> None:
    """Let the server end when these tests are killed."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait(port: int, process: subprocess.Popen, folder: Path) -> None:
    until = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < until:
        ready = [programs() / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
        if subprocess.run(ready, capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")

"""The Dask cluster that a run's stages may send calls to. No result depends on it, so no stage's key knows of it."""

import os
import socket
from importlib.util import find_spec
from urllib.parse import urlsplit

from churn_mlops.errors import ClusterError, ConfigError

ANSWER_S = 5


def check_scheduler(address: str) -> None:
    """Refuse, before any kernel, an address that can be none; raises ConfigError."""
    if not _host_and_port(address):
        raise ConfigError(f"--scheduler {address}: not the address of a Dask scheduler. Expected tcp://HOST:PORT.")
    if find_spec("distributed") is None:
        raise ConfigError(
            f"--scheduler {address}: the package `distributed` is not installed. Cure: pip install 'churn-mlops[dask]'."
        )


def let_kernels_use(address: str) -> None:
    """Tell the kernels to come of a scheduler, if it answers; raises ClusterError where it does not."""
    try:
        socket.create_connection(_host_and_port(address), timeout=ANSWER_S).close()
    except OSError as error:
        cure = "start a scheduler there (dask scheduler) and workers for it (dask worker ADDRESS)"
        raise ClusterError(address, f"no connection within {ANSWER_S} s ({error})", cure) from error
    os.environ["CHURN_SCHEDULER"] = address


def endpoints(address: str) -> frozenset[str]:
    """The address as connections to it show it, HOST:PORT, by each number that the name stands for."""
    host, port = _host_and_port(address) or ("", 0)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM) if host else []
    except OSError:
        found = []
    return frozenset(f"{where[0]}:{where[1]}" for *_, where in found)


def _host_and_port(address: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("tcp", "tls") and parts.hostname and parts.port and not parts.path.strip("/")
        return (parts.hostname, parts.port) if known else None
    except ValueError:  # a port that is no number
        return None

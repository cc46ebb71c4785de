"""The service as processes: one or several behind a socket, until they are told to end."""

import gc
import os
import secrets
import socket
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from churn_mlops.serving.http.limits import Limits

WORD = "serving"  # begins the line that says where


@dataclass(frozen=True)
class Settings:
    """What each process of the service is given."""

    runs: str
    dataset: str
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    folder: str = ""  # artifacts of a run that serves itself, without a log; empty: the champion
    quiet: bool = False  # no line a request
    limits: Limits = field(default_factory=Limits)


def make(settings: Settings):
    """The application of one process, behind its door."""
    gc.disable()  # what is imported and loaded stays, so that looking through it takes a tenth of the start in vain
    from churn_mlops.serving.http.app import make_app, quick_answers
    from churn_mlops.serving.http.door import Door
    from churn_mlops.serving.http.metrics import Metrics
    from churn_mlops.serving.live import Fixed, Live, follow
    from churn_mlops.serving.log import LogFile, LogWriter, log_folder
    from churn_mlops.serving.service import Service

    sys.setswitchinterval(0.0005)  # or a request waits five milliseconds for a piece of what is done beside it
    runs, metrics = Path(settings.runs), Metrics()
    live = Live(Fixed(Path(settings.folder))) if settings.folder else follow(runs, settings.dataset)
    log = None
    if not settings.folder:
        log = LogWriter(LogFile(log_folder(runs, settings.dataset), f"{os.getpid()}-{secrets.token_hex(4)}"))
    service = Service(runs, live, log, metrics.watch)
    app = make_app(service, metrics, settings.limits, bool(settings.keys))
    lines = None if settings.quiet else sys.stderr
    return Door(app, settings.keys, metrics, settings.limits, lines, quick_answers(service))


def serve(settings: Settings, bound: socket.socket, workers: int = 1) -> None:
    """Answer on a bound socket until SIGTERM or SIGINT; what is under way is answered, and logged, before the end."""
    import uvicorn

    if workers > 1:
        with tempfile.TemporaryDirectory(prefix="churn-metrics-") as folder:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder  # before any worker imports it
            _supervise(_config(settings, workers), bound)
        return
    uvicorn.Server(_config(settings)).run([bound])


def _supervise(config, bound: socket.socket) -> None:
    import inspect

    import uvicorn
    from uvicorn.supervisors import Multiprocess

    wanted = inspect.signature(Multiprocess).parameters  # releases before 0.5x are told what to run
    more = {"target": uvicorn.Server(config).run} if "target" in wanted else {}
    Multiprocess(config, sockets=[bound], **more).run()


def _config(settings: Settings, workers: int = 1):
    import uvicorn

    return uvicorn.Config(
        partial(make, settings),
        factory=True,
        workers=workers,
        http="churn_mlops.serving.http.protocol:Patient",
        ws="none",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=30,
    )


def without_extra() -> str:
    """What is not installed of the extra `serve`, with the cure; empty where all is there."""
    lacking = [name for name in ("fastapi", "uvicorn", "prometheus_client") if find_spec(name) is None]
    told = f"not installed: {', '.join(lacking)}. Cure: pip install 'churn-mlops[serve]'."
    return told if lacking else ""


def bind(host: str, port: int) -> socket.socket:
    """A socket to answer on; raises OSError where it is taken."""
    kind = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle on, and each answer waits 40 ms for an acknowledgement.
    bound = socket.socket(kind, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), port))
        bound.listen(2048)  # here, so that a port that is taken is known of before anything is loaded
    except OSError:
        bound.close()
        raise
    return bound


def end_with_parent() -> None:
    """End this process when the pipe that it was started with is closed: its parent is gone, however that came."""

    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()

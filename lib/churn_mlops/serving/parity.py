"""Does the service give the model's own scores? Evaluation rows go through the real one, in a process of its own.

The process is started early and asked late, so that a run hardly waits for it. It listens on a Unix socket in a folder
of its own: nothing of it is seen outside, and no port has to be free.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import churn_mlops
from churn_mlops.archive.files import write_json
from churn_mlops.features.signature import MISSING
from churn_mlops.registry.gates import Gate, answers_alike, gates_to_json
from churn_mlops.serving.http.running import without_extra

ROWS = 1_000  # of the evaluation that are asked
PATIENCE_S = 60.0  # until the service answers
PARITY = "parity.json"


@dataclass
class Started:
    """A service that is starting, or why there is none."""

    process: subprocess.Popen | None
    folder: Path | None  # of its socket and of what it says
    lacking: str = ""

    def end(self) -> None:
        """Let it go."""
        if self.process:
            self.process.stdin.close()  # which ends it
            self.process.wait(10)
            shutil.rmtree(self.folder, ignore_errors=True)


def start_service(run_dir: str) -> Started:
    """Start the service of the model in this run; returns at once."""
    if lacking := without_extra() or (
        "" if hasattr(socket, "AF_UNIX") else "not within reach: this system has no Unix sockets."
    ):
        return Started(None, None, lacking)
    folder = Path(tempfile.mkdtemp(prefix="churn-parity-"))
    command = [sys.executable, "-m", "churn_mlops.serving.http", str(Path(run_dir).absolute()), str(folder / "socket")]
    library = str(Path(churn_mlops.__file__).parents[1])
    path = os.pathsep.join(filter(None, [library, os.environ.get("PYTHONPATH")]))
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is for the run, which ends it
        )
    return Started(process, folder)


def ask_service(started: Started, predictor, X, rows: int = ROWS) -> Gate:
    """Ask the service for evaluation rows, end it, and judge its answers by the model's own scores."""
    if not started.process:
        return answers_alike(None, started.lacking)
    try:
        chosen = X.iloc[np.unique(np.linspace(0, len(X) - 1, min(rows, len(X))).astype(int))]
        found = _ask(_connect(started), chosen)
    except (OSError, http.client.HTTPException) as error:
        told = (started.folder / "said").read_text(errors="replace").strip().splitlines()[-1:]
        return answers_alike({"rows": 0, "largest": np.inf, "refused": f"{error} {' '.join(told)}".strip()})
    finally:
        started.end()
    p = np.array([answer if isinstance(answer, float) else np.nan for answer in found])
    refused = next((answer for answer in found if not isinstance(answer, float)), "")
    gap = np.abs(p - predictor.predict(chosen))
    return answers_alike({"rows": len(p), "largest": float(np.nan_to_num(gap, nan=np.inf).max()), "refused": refused})


def save_parity(run_dir: str, gate: Gate) -> None:
    """Write the gate, beside those of 045_judge."""
    write_json(Path(run_dir) / PARITY, gates_to_json([gate]))


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path):
        super().__init__("localhost", timeout=PATIENCE_S)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def _connect(started: Started) -> _Connection:
    """A connection to the service, once it is there; raises OSError where it has ended or takes too long."""
    end = time.monotonic() + PATIENCE_S
    while True:
        connection = _Connection(started.folder / "socket")
        try:
            connection.connect()
            return connection
        except OSError:
            if started.process.poll() is not None or time.monotonic() > end:
                raise ConnectionError("the service did not start.") from None
            time.sleep(0.02)


def _ask(connection: _Connection, X) -> list:
    """For each row its probability, or what the service said instead."""
    found = []
    for row in X.to_dict("records"):
        request = {name: None if value != value or value == MISSING else value for name, value in row.items()}
        connection.request("POST", "/predict", json.dumps(request), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        found.append(answer.get("probability", answer.get("error")))
    connection.close()
    return found

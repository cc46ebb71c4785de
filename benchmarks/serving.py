"""What the service costs beside an empty one: one customer, with reasons, from start to ready.

python benchmarks/serving.py [--seconds 5] [--rounds 3] [--runs runs]

The empty one is a FastAPI route that parses the same body and answers a constant, under the same server. Both run at
once and are asked in turn, over one connection each, so that whatever else the machine does falls on both alike.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from churn_mlops.archive.files import read_json
from churn_mlops.registry.champion import read_champion

ROOT = Path(__file__).resolve().parents[1]
BARE = """
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.post("/predict")
async def predict(body: dict[str, Any]):
    return {"probability": 0.5}


uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, http="h11", loop="asyncio")
"""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def running(command: list[str], port: int, path: str):
    """A server in a process of its own; gives the seconds until it answered."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(port, path):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
            time.sleep(0.01)
        yield time.perf_counter() - begun
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def answers(port: int, path: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Client:
    """One connection that asks the same again and again."""

    def __init__(self, port: int, path: str, body: bytes):
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        self.request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self) -> None:
        """Ask once, and read all of the answer."""
        self.connection.sendall(self.request)
        found = self.connection.recv(65536)
        head, _, rest = found.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"answered {found[:300]!r}")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        missing = int(length.split(b":")[1]) - len(rest)
        while missing > 0:
            missing -= len(self.connection.recv(65536))

    def measure(self, seconds: float) -> list[float]:
        """How long each answer took, asking one after the other for so long."""
        found, end = [], time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            self.ask()
            found.append(time.perf_counter() - begun)
        return found


def compare(clients: dict[str, Client], seconds: float, rounds: int) -> dict:
    """Requests a second and latencies of each, asked in turn; each figure is the median of the rounds."""
    rounds_of = {name: [] for name in clients}
    for client in clients.values():
        client.measure(min(1.0, seconds))
    for _ in range(rounds):
        for name, client in clients.items():
            took = sorted(client.measure(seconds))
            quantiles = [took[int(len(took) * share)] * 1000 for share in (0.5, 0.99)]
            rounds_of[name].append((len(took) / sum(took), *quantiles))
    names = ("per_s", "p50_ms", "p99_ms")
    middle = {name: [statistics.median(one) for one in zip(*found, strict=True)] for name, found in rounds_of.items()}
    return {name: dict(zip(names, found, strict=True)) for name, found in middle.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of asking, each time")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", default=str(ROOT / "runs"))
    parser.add_argument("--dataset", default="simulator")
    given = parser.parse_args()
    champion = read_champion(Path(given.runs), given.dataset)
    if champion is None:
        raise SystemExit(f"no champion of {given.dataset} under {given.runs}. Cure: python pipeline.py")
    example = read_json(Path(given.runs) / champion.version / "artifacts" / "example.json")["request"]
    body, bare, ours = json.dumps(example).encode(), free_port(), free_port()
    command = [sys.executable, "pipeline.py", "serve", "--port", str(ours), "--dataset", given.dataset, "--quiet"]
    os.environ.pop("CHURN_API_KEYS", None)
    with (
        running([sys.executable, "-c", BARE, str(bare)], bare, "/openapi.json"),
        running([*command, "--runs", str(Path(given.runs).absolute())], ours, "/ready") as ready_s,
    ):
        clients = {
            "bare": Client(bare, "/predict", body),
            "predict": Client(ours, "/predict", body),
            "reasons": Client(ours, "/predict?reasons=true", body),
        }
        found = compare(clients, given.seconds, given.rounds)
    for name in ("predict", "reasons"):
        found[name] |= {f"{key}_to_bare": found[name][key] / found["bare"][key] for key in list(found[name])}
    print(json.dumps({"ready_s": ready_s, **found}, indent=2))


if __name__ == "__main__":
    main()

"""What the service costs beside an empty one, and beside `mlflow models serve` of the same model.

python benchmarks/serving.py [--seconds 60] [--connections 1 8] [--starts 3] [--mlflow] [--runs runs]

The empty one is a FastAPI route that parses the same body and answers a constant, under the same server. All run at
once and are asked in turn, a second each, so that whatever else the machine does falls on all alike. With --mlflow
a virtual environment of its own is made by uv (some 700 MB under the temporary folder, removed at the end).
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

from asking import Question, Tally, ask, ask_for
from beside_mlflow import install, request_of, save, serve_command

from churn_mlops.archive.files import read_json
from churn_mlops.registry.champion import read_champion

ROOT = Path(__file__).resolve().parents[1]
SLICE_S = 1.0  # of asking one before the next has its turn
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
def running(command: list, port: int, path: str, environment: dict | None = None):
    """A server in a process of its own; gives the seconds until it answered."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while not answers(port, path):
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(process.args)} ended with {process.returncode}")
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


def compare(questions: dict[str, Question], seconds: float) -> dict:
    """What each of several services does when asked in turn, `seconds` in all for each; ratios to the bare one."""
    for question in questions.values():
        ask_for(question, SLICE_S, Tally())
    tallies = {name: Tally() for name in questions}
    for _ in range(max(1, round(seconds / SLICE_S))):
        for name, question in questions.items():
            ask_for(question, SLICE_S, tallies[name])
    found = {name: tally.facts() for name, tally in tallies.items()}
    for facts in found.values():
        facts |= {f"{key}_to_bare": facts[key] / found["bare"][key] for key in ("per_s", "p50_ms", "p99_ms")}
    return found


def ours(port: int, given) -> list:
    """How the service is started."""
    own = [sys.executable, "pipeline.py", "serve", "--port", port, "--dataset", given.dataset, "--quiet"]
    return [*own, "--runs", Path(given.runs).absolute()]


def starts(given) -> float:
    """The median of the seconds from start to ready."""
    took = []
    for _ in range(given.starts):
        port = free_port()
        with running(ours(port, given), port, "/ready") as seconds:
            took.append(seconds)
    return statistics.median(took)


def measure(given, artifacts: Path, folder: Path) -> dict:
    """Start all that is compared, and ask it, with each number of connections."""
    example, bare, own = read_json(artifacts / "example.json"), free_port(), free_port()
    asked = {
        "bare": (bare, "/predict", example["request"]),
        "predict": (own, "/predict", example["request"]),
        "reasons": (own, "/predict?reasons=true", example["request"]),
    }
    with ExitStack() as servers:
        servers.enter_context(running([sys.executable, "-c", BARE, bare], bare, "/openapi.json"))
        servers.enter_context(running(ours(own, given), own, "/ready"))
        if given.mlflow:
            python, port = install(folder / "venv"), free_port()
            save(artifacts, folder / "model")
            command, environment = serve_command(python, folder / "model", port, ROOT / "lib")
            servers.enter_context(running(command, port, "/ping", environment))
            asked["mlflow"] = (port, "/invocations", request_of(artifacts, example["request"]))
        found = {}
        for connections in given.connections:
            questions = {
                name: Question(port, path, json.dumps(body).encode(), connections)
                for name, (port, path, body) in asked.items()
            }
            check_alike(questions, example["probability"])
            found[f"{connections} at once"] = compare(questions, given.seconds)
    return found


def check_alike(questions: dict[str, Question], expected: float) -> None:
    """Raise SystemExit where a service that has the model does not give its probability."""
    found = {name: json.loads(ask(question)) for name, question in questions.items() if name != "bare"}
    told = {name: one.get("probability") or one["predictions"][0][1] for name, one in found.items()}
    if wrong := {name: p for name, p in told.items() if abs(p - expected) > 1e-6}:
        raise SystemExit(f"expected the probability {expected}, got {wrong}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="of asking each, in all")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8], help="how many ask at once")
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--mlflow", action="store_true", help="beside mlflow models serve of the same model")
    parser.add_argument("--runs", default=str(ROOT / "runs"))
    parser.add_argument("--dataset", default="simulator")
    given = parser.parse_args()
    champion = read_champion(Path(given.runs), given.dataset)
    if champion is None:
        raise SystemExit(f"no champion of {given.dataset} under {given.runs}. Cure: python pipeline.py")
    os.environ.pop("CHURN_API_KEYS", None)
    with tempfile.TemporaryDirectory(prefix="churn-serving-") as folder:
        ready_s = starts(given)
        found = measure(given, Path(given.runs) / champion.version / "artifacts", Path(folder))
    print(json.dumps({"ready_s": ready_s, **found}, indent=2))


if __name__ == "__main__":
    main()

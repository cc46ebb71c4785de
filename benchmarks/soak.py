"""The service under load while champions change: nothing fails, nobody waits for a version, memory stays.

python benchmarks/soak.py [--minutes 10] [--runs runs]

A copy of the archive is served. One connection asks at 80% of the pace that it reaches alone; the pointer moves to
the other of two models every 10 s, every third time by a rollback. Needs two registered models with different files,
as `python pipeline.py` and `python pipeline.py -p train.seed=1` make them. Time in which this process was stopped, as
on a machine that sleeps, is not counted.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
from serving import ROOT, answers, free_port

from churn_mlops.archive.files import read_json
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.champion import promote, read_champion
from churn_mlops.registry.models import replay
from churn_mlops.registry.pointer import registry_folder

EVERY_S, LATEST_S, STOPPED_S = 10.0, 5.0, 2.0


def models_of(runs: Path, dataset: str) -> dict[str, str]:
    """Two versions with different model files, newest first, with their digests."""
    found = {}
    for version, model in reversed(replay(read_log(registry_folder(runs, dataset))).items()):
        if (runs / version).is_dir() and model.digest and model.digest not in found.values():
            found[version] = model.digest
    if len(found) < 2:
        raise SystemExit("two models are needed. Cure: python pipeline.py -p train.seed=1")
    return dict(list(found.items())[:2])


def ask(connection: HTTPConnection, body: str) -> tuple[int, str]:
    connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    return answer.status, told.get("version", "")


def best_pace(connection, body, seconds: float = 5.0) -> float:
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        ask(connection, body)
        count += 1
    return count / seconds


def move(runs: Path, dataset: str, models: dict, moves: list, ends: threading.Event) -> None:
    """Let the pointer change; `moves` tells when and to which version."""
    names = list(models)
    while not ends.wait(EVERY_S):
        current = read_champion(runs, dataset)
        wanted = names[1 - names.index(current.version)] if current.version in names else names[0]
        kind = "rollback" if len(moves) % 3 == 2 else "promotion"
        promote(runs, dataset, wanted, models[wanted], current.generation, kind=kind, by="benchmark")
        moves.append((time.monotonic(), wanted))


def beat(stopped: list, ends: threading.Event) -> None:
    """Tell when this process was stopped: from, to."""
    last = time.monotonic()
    while not ends.wait(0.1):
        now = time.monotonic()
        if now - last > STOPPED_S:
            stopped.append((last, now))
        last = now


def soak(port: int, body: str, pace: float, minutes: float, stopped: list) -> tuple[list, int]:
    """(when and by which version each answer was, failures), asking at a pace."""
    connection, told, failed, asked = HTTPConnection("127.0.0.1", port, timeout=30), [], 0, 0
    begun = time.monotonic()
    while (now := time.monotonic()) < begun + 60 * minutes:
        time.sleep(max(0.0, begun + asked / pace - now))
        known, asked = len(stopped), max(asked + 1, int((now - begun) * pace))
        try:
            status, version = ask(connection, body)
            failed += status != 200
            told.append((time.monotonic(), version))
        except (OSError, HTTPException):
            time.sleep(0.5)
            failed += len(stopped) == known  # or the server has closed what was idle while this process stood still
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
    return told, failed


def longest_wrong(told: list, moves: list, stopped: list) -> float:
    """The longest time after a move in which another version still answered."""
    longest = 0.0
    for place, (moved, wanted) in enumerate(moves):
        end = moves[place + 1][0] if place + 1 < len(moves) else float("inf")
        wrong = [
            at - moved - within(stopped, moved, at) for at, version in told if moved < at < end and version != wanted
        ]
        longest = max([longest, *wrong])
    return longest


def within(stopped: list, start: float, end: float) -> float:
    """Seconds from `start` to `end` in which this process was stopped."""
    return sum(max(0.0, min(end, last) - max(start, first)) for first, last in stopped)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--runs", default=str(ROOT / "runs"))
    parser.add_argument("--dataset", default="simulator")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(shutil.copytree(given.runs, Path(folder) / "runs", symlinks=True))
        models, port = models_of(runs, given.dataset), free_port()
        champion = read_champion(runs, given.dataset)
        body = json.dumps(read_json(runs / champion.version / "artifacts" / "example.json")["request"])
        command = [sys.executable, "pipeline.py", "serve", "--port", str(port), "--runs", str(runs), "--quiet"]
        os.environ.pop("CHURN_API_KEYS", None)
        server = subprocess.Popen([*command, "--dataset", given.dataset], cwd=ROOT, stdout=subprocess.DEVNULL)
        try:
            while not answers(port, "/ready"):
                time.sleep(0.05)
            pace = 0.8 * best_pace(HTTPConnection("127.0.0.1", port), body)
            memory = psutil.Process(server.pid).memory_info
            moves, stopped, ends = [], [], threading.Event()
            beside = [(move, (runs, given.dataset, models, moves, ends)), (beat, (stopped, ends))]
            threads = [threading.Thread(target=work, args=arguments, daemon=True) for work, arguments in beside]
            for thread in threads:
                thread.start()
            warm, _ = soak(port, body, pace, min(0.5, given.minutes / 4), stopped)
            before = memory().rss
            told, failed = soak(port, body, pace, given.minutes, stopped)
            after = memory().rss
            ends.set()
            for thread in threads:
                thread.join()
        finally:
            server.terminate()
            server.wait(60)
    wrong = longest_wrong(warm + told, moves, stopped)
    growth = (after - before) / 1e6
    facts = {"per_s": pace, "answers": len(told), "failed": failed, "moves": len(moves), "longest_wrong_s": wrong}
    facts |= {"stopped_s": sum(last - first for first, last in stopped), "growth_mb": growth}
    print(json.dumps({**facts, "kept": failed == 0 and wrong < LATEST_S}, indent=2))


if __name__ == "__main__":
    main()

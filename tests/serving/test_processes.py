"""The service as its users meet it: a process on a port, signals, kills, promotions while it answers."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pyarrow.parquet as pq
import pytest
from tests.serving.conftest import DATASET, START, crown, publish_other

from churn_mlops.registry.rollback import rollback
from churn_mlops.serving.http.protocol import HEADERS_S

pytestmark = pytest.mark.slow
ROW = json.dumps({"spend": 0.5, "plan": "basic"})
JSON = {"Content-Type": "application/json"}


class Asking(threading.Thread):
    """Asks one after the other until told to end, and keeps when what was answered."""

    def __init__(self, address: str):
        super().__init__(daemon=True)
        self.address, self.answers, self.failures, self.ends = urlsplit(address), [], [], threading.Event()

    def run(self):
        connection = HTTPConnection(self.address.hostname, self.address.port, timeout=10)
        while not self.ends.is_set():
            try:
                connection.request("POST", "/predict", ROW, JSON)
                answer = connection.getresponse()
                told = json.loads(answer.read())
            except (OSError, ValueError) as error:
                self.failures.append(repr(error))
                return
            if answer.status != 200:
                self.failures.append(told)
            else:
                self.answers.append((time.monotonic(), told))

    def stop(self):
        self.ends.set()
        self.join(15)
        return self


def ask(address):
    asking = Asking(address)
    asking.start()
    return asking


def logged(runs):
    paths = (runs / "predictions" / DATASET).rglob("*.parquet")
    return {one for path in paths for one in pq.read_table(path, columns=["id"]).column("id").to_pylist()}


def test_a_promotion_and_a_rollback_reach_it_within_five_seconds_without_a_dropped_request(
    own_runs, trained, start_serving
):
    serving = start_serving(own_runs, "--quiet").wait()
    asking = ask(serving.address)
    time.sleep(0.3)
    first = asking.answers[-1][1]["version"]
    second = publish_other(own_runs, trained)
    for wanted, move in ((second, lambda: crown(own_runs, second)), (first, lambda: rollback(own_runs, DATASET))):
        move()
        moved = time.monotonic()
        while asking.answers[-1][1]["version"] != wanted and time.monotonic() < moved + 20:
            time.sleep(0.05)
        assert time.monotonic() - moved < 5 + 10 * (os.getloadavg()[0] > os.cpu_count())
    asking.stop()
    assert asking.failures == []
    by_version = {}
    for _, told in asking.answers:
        by_version.setdefault(told["version"], set()).add(told["probability"])
    assert {version: len(found) for version, found in by_version.items()} == {first: 1, second: 1}
    assert serving.end() == -signal.SIGTERM  # which a shell tells as 143
    assert logged(own_runs) == {told["id"] for _, told in asking.answers}


def test_what_was_answered_before_sigterm_is_in_the_log_and_a_kill_loses_the_last_moments_alone(
    own_runs, start_serving
):
    serving = start_serving(own_runs, "--quiet").wait()
    asking = ask(serving.address)
    time.sleep(2.5)
    serving.process.kill()
    killed = time.monotonic()
    asking.stop()
    kept = logged(own_runs)
    lost = [at for at, told in asking.answers if told["id"] not in kept]
    assert kept
    assert all(at > killed - 2 - 3 * (os.getloadavg()[0] > os.cpu_count()) for at in lost)  # docs/serving.md says two


def test_without_keys_it_answers_this_machine_alone_and_says_so(own_runs, start_serving):
    serving = start_serving(own_runs)
    assert "this machine alone, because CHURN_API_KEYS is not set" in serving.said
    assert serving.address.startswith("http://127.0.0.1:")
    serving.wait()
    serving.process.send_signal(signal.SIGINT)
    assert serving.process.wait(20) in (0, 130, -signal.SIGINT)


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (("--host", "0.0.0.0"), {}, "--host 0.0.0.0: without keys the service is for this machine alone"),
        ((), {"CHURN_API_KEYS": "short"}, "CHURN_API_KEYS: entry 1 is no key"),
        (("--dataset", "nobody"), {}, "--dataset nobody: no such dataset in the registry"),
        (("--port", "99999"), {}, "99999"),
        (("--workers", "0"), {}, "--workers"),
    ],
    ids=["host", "key", "dataset", "port", "workers"],
)
def test_what_cannot_be_served_ends_with_a_message_and_its_exit_code(own_runs, arguments, environment, told):
    command = [sys.executable, "-c", f"import sys; {START}", str(own_runs.parent), "serve", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=60)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_any_model_it_says_how_to_get_one(tmp_path, start_serving):
    serving = start_serving(tmp_path / "runs")
    assert serving.process.wait(60) == 2
    serving._reader.join(5)
    assert "there is no model yet. Cure: python pipeline.py" in "".join(serving.errors)


def test_a_port_that_is_taken_is_named(own_runs, start_serving):
    port = str(urlsplit(start_serving(own_runs).address).port)
    other = start_serving(own_runs, "--port", port)
    assert other.process.wait(60) == 2
    other._reader.join(5)
    assert "Address already in use. Cure: --port 0" in "".join(other.errors)


@pytest.mark.nightly
def test_several_workers_answer_each_with_a_log_of_its_own_and_add_up_their_figures(own_runs, start_serving):
    serving = start_serving(own_runs, "--workers", "2", "--quiet").wait(90)
    asking = [ask(serving.address) for _ in range(4)]
    time.sleep(1.5)
    answered = {told["id"] for one in asking for _, told in one.stop().answers}
    assert not [failure for one in asking for failure in one.failures]
    with urllib.request.urlopen(f"{serving.address}/metrics") as answer:
        text = answer.read().decode()
    counted = sum(float(line.split()[-1]) for line in text.splitlines() if 'route="/predict",status="200"' in line)
    assert counted == len(answered)
    serving.end()
    assert logged(own_runs) == answered


@pytest.mark.nightly
def test_a_key_opens_it_and_headers_that_never_end_are_not_waited_for(own_runs, start_serving):
    serving = start_serving(own_runs, "--quiet", CHURN_API_KEYS="a-key-of-enough-letters")
    assert "for 1 key." in serving.said
    serving.wait()
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{serving.address}/model")
    request = urllib.request.Request(f"{serving.address}/model", headers={"X-API-Key": "a-key-of-enough-letters"})
    with urllib.request.urlopen(request) as answer:
        assert json.loads(answer.read())["dataset"] == DATASET
    address = urlsplit(serving.address)
    with socket.create_connection((address.hostname, address.port)) as slow:
        slow.settimeout(HEADERS_S + 10)
        slow.sendall(b"GET /model HTTP/1.1\r\nHost:")
        assert slow.recv(1) == b""

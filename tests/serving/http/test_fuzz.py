"""Requests that the service's own description allows, and others: each is answered as the description says."""

import random
import socket
from urllib.parse import urlsplit

import psutil
import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from tests.serving.conftest import Serving

ROUTES = (("/predict", "POST", 6), ("/explain", "POST", 2), ("/predict/batch", "POST", 3), ("/model", "GET", 1))
GROWTH = 50_000_000  # bytes that memory may grow by


@pytest.fixture(scope="module")
def served(champion_runs):
    serving = Serving(champion_runs, "--quiet").wait()
    yield serving
    serving.end()


def fuzz(address: str, requests: int) -> int:
    """Send so many generated requests and judge each answer by the description; how many were sent."""
    schema, sent = schemathesis.openapi.from_url(f"{address}/openapi.json"), []
    parts = sum(share for *_, share in ROUTES)
    for path, method, share in ROUTES:
        operation = schema[path][method]
        modes = [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if method == "POST" else [])]
        cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

        @seed(7)
        @settings(
            max_examples=requests * share // parts,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=cases)
        def check(case):
            sent.append(1)
            case.call_and_validate(base_url=address, timeout=30)

        check()
    return len(sent)


@pytest.mark.slow
def test_generated_requests_are_answered_as_the_description_says(served):
    assert fuzz(served.address, 150) >= 120
    assert served.process.poll() is None


@pytest.mark.nightly
def test_five_thousand_requests_end_in_no_mistake_and_take_no_memory(served):
    process = psutil.Process(served.process.pid)
    fuzz(served.address, 300)
    before = process.memory_info().rss
    assert fuzz(served.address, 5_000) >= 4_000
    hostile(served.address, 1_000)
    assert process.memory_info().rss - before < GROWTH
    assert not [line for line in served.errors if "Traceback" in line]


@pytest.mark.slow
def test_bytes_that_are_no_request_end_nothing(served):
    hostile(served.address, 100)
    assert served.process.poll() is None
    served.wait()


def hostile(address: str, times: int) -> None:
    """Bytes drawn by chance, alone and behind honest headers; a 5xx is a mistake of the service."""
    drawn, at = random.Random(3), urlsplit(address)
    head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    for _ in range(times):
        body = drawn.choice([b"", b"{", b"[[", b'{"spend":']) + drawn.randbytes(drawn.randrange(60))
        with socket.create_connection((at.hostname, at.port), timeout=20) as connection:
            connection.sendall(body + b"\r\n\r\n" if drawn.random() < 0.3 else head % len(body) + body)
            answer = connection.recv(4096)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer

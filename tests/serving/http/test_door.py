import asyncio
import base64
import hashlib
import io
import json

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.serving.http.door import BODY, Door, host_of
from churn_mlops.serving.http.errors import Refusal
from churn_mlops.serving.http.keys import check_host, is_known, read_keys
from churn_mlops.serving.http.limits import Limits
from churn_mlops.serving.http.threads import Threads

KEY, OTHER = "a-key-of-enough-letters", "another-key-of-enough"
ROW = {"spend": 0.5, "plan": "basic"}
HASH = hashlib.sha256(OTHER.encode()).hexdigest()


def basic(password):
    return "Basic " + base64.b64encode(f"me:{password}".encode()).decode()


@pytest.fixture(scope="module")
def keyed(clients_of, champion_runs):
    return clients_of(champion_runs, keys=read_keys({"CHURN_API_KEYS": f"{KEY}, sha256:{HASH}"}))


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"X-API-Key": OTHER},
        {"Authorization": basic(KEY)},
        {"Authorization": f"bearer {OTHER}"},
    ],
    ids=["bearer", "header", "browser", "lower case"],
)
def test_with_a_key_all_is_open(keyed, headers):
    assert keyed.post("/predict", json=ROW, headers=headers).status_code == 200
    assert keyed.get("/", headers=headers).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "headers",
    [{}, {"X-API-Key": ""}, {"X-API-Key": KEY[:-1]}, {"Authorization": "Basic %%"}, {"X-API-Key": f"sha256:{HASH}"}],
    ids=["none", "empty", "cut", "no base64", "the hash"],
)
@pytest.mark.parametrize(
    "path", ["/", "/model", "/metrics", "/openapi.json", "/customers", "/nothing", "/static/page.css"]
)
def test_without_a_key_nothing_is_but_health_and_ready(keyed, path, headers):
    answer = keyed.get(path, headers=headers)
    assert (answer.status_code, answer.json()["status"]) == (401, 401)
    assert "Basic" in answer.headers["www-authenticate"]
    assert keyed.get("/health", headers=headers).status_code == keyed.get("/ready", headers=headers).status_code == 200


@pytest.mark.parametrize("given", ["", "short", f"{KEY},", "sha256:12", "a key of enough letters\n!"])
def test_what_is_no_key_is_refused_at_the_start_without_being_shown(given):
    with pytest.raises(ConfigError, match=r"entry \d is no key.*Cure: openssl") as caught:
        read_keys({"CHURN_API_KEYS": given})
    assert "short" not in str(caught.value)


def test_keys_are_kept_as_hashes_alone():
    keys = read_keys({"CHURN_API_KEYS": f"{KEY},sha256:{HASH}"})
    assert keys == (hashlib.sha256(KEY.encode()).digest(), bytes.fromhex(HASH))
    assert [is_known(key.encode(), keys) for key in (KEY, OTHER, "")] == [True, True, False]


@pytest.mark.parametrize(
    ("host", "fine"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)]
)
def test_without_keys_only_this_machine_is_served(host, fine):
    check_host("0.0.0.0", (b"hash",))
    if fine:
        check_host(host, ())
        return
    with pytest.raises(ConfigError, match="Cure: set CHURN_API_KEYS"):
        check_host(host, ())


@pytest.mark.parametrize(
    ("header", "host"), [(b"localhost:8000", "localhost"), (b"[::1]:80", "[::1]"), (b"Evil.example", "evil.example")]
)
def test_the_host_is_told_without_its_port(header, host):
    assert host_of(header) == host


def test_a_name_that_leads_here_from_another_page_is_not_answered(client):
    assert client.get("/customers", headers={"Host": "evil.example"}).status_code == 421
    assert client.get("/customers", headers={"Host": "127.0.0.1:8000"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/model", "/nothing", "/static/page.css", "/metrics"])
def test_every_answer_is_dressed_safely_and_open_to_no_other_origin(client, path):
    headers = client.get(path, headers={"Origin": "https://evil.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert not [name for name in headers if name.startswith("access-control")]
    assert "server" not in headers


def test_an_answer_to_a_question_can_be_neither_guessed_at_nor_framed_nor_kept(client):
    headers = client.post("/predict", json={}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    ("kind", "fine"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON;Charset=UTF-8", True),
        ("text/plain", False),
        ("application/json; charset=latin-1", False),
        ("application/x-www-form-urlencoded", False),
        ("", False),
    ],
)
def test_a_body_has_to_say_that_it_is_json(client, kind, fine):
    answer = client.post("/predict", content=json.dumps(ROW), headers={"Content-Type": kind})
    assert answer.status_code == (200 if fine else 415)


def test_a_body_beyond_the_limit_is_not_read(client_of, champion_runs):
    client = client_of(champion_runs, body_bytes=100, batch_bytes=300)
    kind = {"Content-Type": "application/json"}
    assert client.post("/predict", json=ROW).status_code == 200
    assert client.post("/predict", content=b" " * 101, headers=kind).status_code == 413
    assert client.post("/predict", content=iter([b" " * 60] * 2), headers=kind).status_code == 413  # without its length
    assert client.post("/predict/batch", json={"rows": [ROW] * 5}).status_code == 200
    assert client.post("/predict/batch", json={"rows": [ROW] * 15}).status_code == 413


class Counts:
    def __init__(self):
        self.told = []

    def count(self, route, status, seconds):
        self.told.append((route, status))


def call(door, receive, path="/predict", method="POST", headers=((b"content-type", b"application/json"),)):
    """The messages that a request is answered with."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [(b"host", b"localhost"), *headers]}
    asyncio.run(door(scope, receive, send))
    return sent


async def never(*_):
    await asyncio.sleep(60)


def test_a_body_that_does_not_come_is_waited_for_so_long_and_no_longer():
    counts = Counts()
    sent = call(Door(None, (), counts, Limits(body_seconds=0.05), None), never)
    assert (sent[0]["status"], counts.told) == (408, [("other", 408)])


async def empty():
    return {"type": "http.request", "body": b"{}"}


def test_what_the_door_answers_itself_is_counted_under_its_path():
    counts = Counts()
    sent = call(Door(None, (), counts, log=None, quick={"/predict": lambda scope: b"[" + scope[BODY] + b"]"}), empty)
    assert (sent[0]["status"], sent[1]["body"], counts.told) == (200, b"[{}]", [("/predict", 200)])


def test_a_mistake_in_an_answer_of_the_door_is_a_500_that_tells_nothing_and_a_line_that_says_where():
    def answer(_):
        raise KeyError("a secret")

    lines, counts = io.StringIO(), Counts()
    sent = call(Door(None, (), counts, log=lines, quick={"/predict": answer}), empty)
    assert (sent[0]["status"], counts.told) == (500, [("/predict", 500)])
    assert "secret" not in sent[1]["body"].decode() + lines.getvalue()
    assert "KeyError at test_door.py" in lines.getvalue()


def test_a_caller_who_leaves_is_not_answered_and_counted():
    async def gone():
        return {"type": "http.disconnect"}

    counts = Counts()
    assert call(Door(None, (), counts, log=None), gone) == []
    assert counts.told == [("other", 499)]


def test_more_requests_at_once_than_the_limit_are_sent_away_with_when_to_come_again():
    door = Door(None, (), Counts(), Limits(at_once=3), None, inside=3)
    sent = call(door, never)
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"retry-after"], door.inside) == (429, b"1", 3)


def test_threads_are_few_each_within_its_time():
    async def ask():
        threads, told = Threads(Limits(batches_at_once=1, answer_seconds=0.05)), []
        ends = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work():
            asyncio.run_coroutine_threadsafe(ends.wait(), loop).result()

        for _ in range(2):
            try:
                await threads.do(work)
            except Refusal as refusal:
                told.append(refusal.status)
        ends.set()
        while threads.busy:
            await asyncio.sleep(0.005)
        return told, await threads.do(lambda: 7)

    assert asyncio.run(ask()) == ([503, 429], 7)


def test_a_line_a_request_says_route_and_status_and_nothing_of_a_customer(client, monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr(client.service, "log", log)
    client.get("/customers/c-secret?name=secret")
    client.post("/predict", json={**ROW, "id": "secret", "spend": "secret"})
    client.get("/secret")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    told = [("/customers/{customer}", 404), ("/predict", 422), ("other", 404)]
    assert [(line["route"], line["status"]) for line in lines] == told
    assert "secret" not in log.getvalue()
    assert set(lines[0]) == {"at", "route", "method", "status", "ms"}

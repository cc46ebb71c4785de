"""The door: every request passes it before any route. Host, key, size, time and number; headers, counts and logs.

Plain ASGI, because it stands before each answer: what a framework's middleware takes is a third of one.
"""

import asyncio
import json
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from churn_mlops.serving.http.errors import EXPECTED, JSON, MISTAKE, Refusal, error_body, refusal_of
from churn_mlops.serving.http.keys import LOOPBACK, is_known, key_of
from churn_mlops.serving.http.limits import Limits

OPEN = {"/health", "/ready"}  # what asks no key
BODY, ROUTE = "churn.body", "churn.route"  # where a route finds the body in the scope, and may leave its name
SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
SHOWN = ((b"referrer-policy", b"no-referrer"), (b"x-frame-options", b"DENY"))  # of what a browser may show
NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
FRESH = (b"cache-control", b"no-store")
ASK = ((b"www-authenticate", b'Bearer realm="churn"'), (b"www-authenticate", b'Basic realm="churn", charset="UTF-8"'))


@dataclass
class Door:
    """The application behind its door."""

    app: object
    keys: tuple[bytes, ...]
    metrics: object
    limits: Limits = field(default_factory=Limits)
    log: object = sys.stderr  # a line of JSON a request; None: none
    quick: dict = field(default_factory=dict)  # by path, what the door answers itself: a function of the scope
    inside: int = 0  # requests being dealt with

    async def __call__(self, scope, receive, send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status, mistake = time.perf_counter(), 0, ""
        self.inside += 1

        async def send_safely(message):
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = dressed(message.get("headers", ()), scope["method"] != "POST")
            await send(message)

        try:
            await self._let_in(scope, receive, send_safely)
        except Refusal as refusal:
            await respond(send_safely, refusal.status, refusal.body(), refusal.headers)
        except ConnectionError:
            status = 499  # it left before it was answered
        except Exception as error:
            mistake = place_of(error)
            if not status:  # the application sends an answer to its own
                await respond(send_safely, 500, error_body(500, MISTAKE))
        finally:
            self.inside -= 1
            self.metrics.count(route_of(scope), status, time.perf_counter() - begun)
        self._tell(scope, status, begun, mistake)

    async def _let_in(self, scope, receive, send) -> None:
        headers = dict(scope["headers"])
        self._check_caller(scope["path"], headers)
        if self.inside > self.limits.at_once:
            raise Refusal(429, f"more than {self.limits.at_once} requests at once", 1)
        if scope["method"] == "POST":
            check_type(headers.get(b"content-type", b""))
            scope[BODY] = await self._body(scope["path"], headers, receive)
            if answer := self.quick.get(scope["path"]):
                scope[ROUTE] = scope["path"]
                await respond(send, 200, self._answer(answer, scope))
                return
        await self.app(scope, receive, send)

    def _answer(self, answer, scope) -> bytes:
        try:
            return answer(scope)
        except EXPECTED as error:
            raise refusal_of(error) from None

    def _check_caller(self, path: str, headers: dict) -> None:
        if self.keys:
            if path not in OPEN and not is_known(key_of(headers) or b"", self.keys):
                raise Refusal(401, "a key is needed: `Authorization: Bearer KEY` or `X-API-Key: KEY`", None, ASK)
        elif host_of(headers.get(b"host", b"")) not in LOOPBACK:  # a name that leads here from another's page
            raise Refusal(421, "without keys this service answers to 127.0.0.1 and localhost alone")

    async def _body(self, path: str, headers: dict, receive) -> bytes:
        most = self.limits.body(path)
        told = headers.get(b"content-length", b"0")
        if not told.isdigit() or int(told) > most:
            raise Refusal(413, f"a body of at most {most:,} bytes is read", None, ((b"connection", b"close"),))
        try:
            async with asyncio.timeout(self.limits.body_seconds):
                return await read_body(receive, most)
        except TimeoutError:
            rule = f"the body has to come within {self.limits.body_seconds:g} s"
            raise Refusal(408, rule, None, ((b"connection", b"close"),)) from None

    def _tell(self, scope, status: int, begun: float, error: str = "") -> None:
        """A line about the request, without anything of a customer: neither body nor address nor query."""
        if self.log is None:
            return
        ms = round((time.perf_counter() - begun) * 1000, 2)
        line = {"at": round(time.time(), 3), "route": route_of(scope), "method": scope["method"][:16]}
        line |= {"status": status, "ms": ms} | ({"error": error} if error else {})
        self.log.write(json.dumps(line) + "\n")


async def read_body(receive, most: int) -> bytes:
    """The whole body; raises Refusal beyond `most` bytes, ConnectionError where the caller is gone."""
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the caller is gone")
        piece = message.get("body", b"")
        size += len(piece)
        if size > most:
            raise Refusal(413, f"a body of at most {most:,} bytes is read", None, ((b"connection", b"close"),))
        pieces.append(piece)
        if not message.get("more_body"):
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def check_type(given: bytes) -> None:
    """Raise Refusal for a body that does not say to be JSON in UTF-8."""
    if given == JSON:
        return
    kind, *more = [part.strip().lower() for part in given.split(b";")]
    if kind != JSON or any(part not in (b"charset=utf-8", b'charset="utf-8"') for part in more):
        seen = given[:60].decode("latin-1") or "none"
        raise Refusal(415, f"Content-Type: expected application/json in UTF-8, got {seen}")


def host_of(header: bytes) -> str:
    """The host that was asked for, without its port."""
    host = header.decode("latin-1").lower()
    return host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]


def route_of(scope) -> str:
    """The route as it is declared; what was asked for may hold a customer's id."""
    route = scope.get("route")
    return getattr(route, "path", None) or scope.get(ROUTE) or "other"


def dressed(headers, shown: bool) -> list:
    """The headers of an answer with those that keep it safe; a page brings a policy of its own.

    Each takes the time of a look at a tree, so that an answer to POST has only those which mean something there.
    """
    found = [*headers, *SAFE, *(SHOWN if shown else ())]
    names = {name for name, _ in found}
    found += [one for one in (NOTHING, FRESH) if one[0] not in names]
    return found


async def respond(send, status: int, body: bytes, headers=(), kind: bytes = JSON) -> None:
    """Send a whole answer."""
    told = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body})


def place_of(error: Exception) -> str:
    """What went wrong and where, without the message, which may hold what was asked."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"

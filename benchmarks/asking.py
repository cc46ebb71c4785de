"""One HTTP client for every service that is measured: some connections, each asks again once it is answered.

On plain sockets, because a client library takes longer than the services do, and would hide what they differ by.
"""

import selectors
import socket
import statistics
import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """What is asked again and again, and where."""

    port: int
    path: str
    body: bytes
    connections: int = 1

    @property
    def request(self) -> bytes:
        """As it goes over the wire."""
        head = f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body


@dataclass
class Tally:
    """What was measured of one service so far: of each turn answers a second, p50 and p99 in ms."""

    turns: list[tuple[float, float, float]] = field(default_factory=list)
    answers: int = 0

    def add(self, took: list[float], seconds: float) -> None:
        """One turn: the seconds of each answer, and of all of it."""
        took.sort()
        p50, p99 = (1000 * took[int(len(took) * share)] for share in (0.5, 0.99))
        self.turns.append((len(took) / seconds, p50, p99))
        self.answers += len(took)

    def facts(self) -> dict[str, float]:
        """The median of the turns, because a pause of the machine falls into one of them."""
        per_s, p50, p99 = (statistics.median(one) for one in zip(*self.turns, strict=True))
        return {"per_s": per_s, "p50_ms": p50, "p99_ms": p99, "answers": self.answers}


def ask(question: Question) -> bytes:
    """The body of one answer."""
    with _connect(question) as connection:
        connection.sendall(question.request)
        received = b""
        while (answer := _whole(received)) is None:
            received += _receive(connection)
        return answer


def ask_for(question: Question, seconds: float, tally: Tally) -> None:
    """Ask on all connections for so long; what is under way at the end is waited for.

    The connections are new ones: a server may close those that were idle while others were asked.
    """
    request, begun, received, took = question.request, {}, {}, []
    with selectors.DefaultSelector() as waiting:
        connections = [_connect(question) for _ in range(question.connections)]
        start = time.perf_counter()
        for connection in connections:
            waiting.register(connection, selectors.EVENT_READ)
            begun[connection], received[connection] = time.perf_counter(), b""
            connection.sendall(request)
        while begun:
            for key, _ in waiting.select():
                connection = key.fileobj
                received[connection] += _receive(connection)
                if _whole(received[connection]) is None:
                    continue
                now = time.perf_counter()
                took.append(now - begun.pop(connection))
                received[connection] = b""
                if now - start < seconds:
                    begun[connection] = time.perf_counter()
                    connection.sendall(request)
        tally.add(took, time.perf_counter() - start)
        for connection in connections:
            connection.close()


def _connect(question: Question) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", question.port), 60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _receive(connection: socket.socket) -> bytes:
    piece = connection.recv(65536)
    if not piece:
        raise SystemExit("the connection was closed before an answer came")
    return piece


def _whole(received: bytes) -> bytes | None:
    """The body of an answer that has come whole; raises SystemExit for one that is an error."""
    head, end, body = received.partition(b"\r\n\r\n")
    if not end:
        return None
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"answered {received[:300]!r}")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return body if len(body) >= int(lengths[0].split(b":")[1]) else None

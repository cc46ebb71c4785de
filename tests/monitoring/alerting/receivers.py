"""A webhook and a mail server on this machine, which keep what they are sent."""

import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Webhook:
    """What came, and what it answers: 200 unless `answers` has something else next."""

    def __init__(self):
        self.came, self.answers, self.url = [], [], ""

    @property
    def titles(self):
        return [one["title"] for one in self.came]


@contextmanager
def webhook():
    """A server that keeps every message it accepts."""
    kept = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = kept.answers.pop(0) if kept.answers else 200
            if code == 200:
                kept.came.append(json.loads(body))
            self.send_response(code)
            self.end_headers()

        def log_message(self, *told):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"json://127.0.0.1:{server.server_port}/t0ken-4711abc"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def mail_server():
    """A mail server; gives its URL and the list of letters that came."""
    from email import message_from_bytes, policy

    from aiosmtpd.controller import Controller

    came = []

    class Handler:
        async def handle_DATA(self, server, session, envelope):
            came.append(message_from_bytes(envelope.content, policy=policy.default))
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:  # it asks for a number, and connects to that
        port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=churn@shop.example&to=ops@shop.example&mode=insecure", came
    finally:
        controller.stop()

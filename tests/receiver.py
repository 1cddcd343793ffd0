"""A receiver of webhooks on 127.0.0.1: real HTTP, signatures checked by a computation of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

#: What a test sets STOCKTAKE_SECRET_KEY to.
KEY = "a key of the server for tests, 32 bytes and more"


@dataclass
class Got:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """By the text of Standard Webhooks: base64(hmac-sha256(secret, id.timestamp.body)), after ``v1,``."""
        assert secret.startswith("whsec_")
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        told = b".".join(
            (self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), self.body)
        )
        expected = "v1," + base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """What it got, and how it will answer: ``answers`` one by one, then 204."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[int | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    then: int = 204
    released: Event = field(default_factory=Event)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Begin an answer and never end it, a byte now and then."""
        while not self.released.wait(0.05):
            handler.wfile.write(b"H")
            handler.wfile.flush()

    def elsewhere(self, handler: BaseHTTPRequestHandler) -> None:
        """Send to another path of this server."""
        handler.send_response(307)
        handler.send_header("Location", f"{self.url}/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def endless(self, handler: BaseHTTPRequestHandler) -> None:
        """An error whose words do not end."""
        handler.send_response(500)
        handler.end_headers()
        while not self.released.is_set():
            handler.wfile.write(b"<b>wrong\x1b[31m</b> " * 1000)


@contextmanager
def receiver(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """One that listens, on a port of its own."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True  # else each reply waits for the client to acknowledge its headers

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.got.append(Got(path=self.path, headers=headers, body=body))
            answer = kept.answers.pop(0) if kept.answers else kept.then
            if callable(answer):
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True
                return
            words = b"" if answer == 204 else b"not now"
            self.send_response(answer)
            if words:
                self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    kept.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        kept.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

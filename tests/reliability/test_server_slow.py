"""Clients that send slowly: lines on which no request comes do not stay (SEC-9)."""

from __future__ import annotations

import socket
import time
from pathlib import Path

from tests.reliability.server import served, with_operator


def test_a_line_on_which_a_head_trickles_is_closed(new_database_url: str, tmp_path: Path):
    """SEC-9: byte by byte, the first request or a later one; and a line that is silent. Others are served meanwhile."""
    token, log = with_operator(new_database_url), tmp_path / "server.log"
    with served(new_database_url, token, log, STOCKTAKE_MAX_REQUEST_SECONDS="1") as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as silent:
            for before in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
                with socket.create_connection(("127.0.0.1", port)) as line:
                    line.sendall(before)
                    answered = b""
                    while before and b"alive" not in answered:
                        answered += line.recv(65_536)
                    assert trickled(line) < 10
            with server.client() as client:
                assert client.get("/runs").status_code == 200
            silent.settimeout(5)
            assert silent.recv(1) == b""


def trickled(line: socket.socket) -> float:
    """For how many seconds a server bears a head of which a byte comes now and then."""
    since = time.monotonic()
    line.settimeout(0.2)
    line.sendall(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
    while time.monotonic() - since < 15:
        try:
            line.sendall(b"a")
            if line.recv(65_536) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - since

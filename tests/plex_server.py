"""A Plex server on 127.0.0.1: real HTTP, and the library that a test gives it."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from stocktake.readers.plex.patience import Patience

TOKEN = "tok3n-of-Ana-0123456789"
MACHINE = "5f1f0a6c3be94b0aa0d65f2a8d1b5e9c"
TYPES = {
    "movie": "1",
    "show": "2",
    "season": "3",
    "episode": "4",
    "artist": "8",
    "album": "9",
    "track": "10",
    "photo": "13",
}
#: Which element of XML holds what stands under ``Metadata`` in JSON.
TAGS = {"movie": "Video", "episode": "Video", "clip": "Video", "track": "Track", "photo": "Photo"}

Node = dict[str, Any]


@dataclass
class Asked:
    """One request as the server got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Scripted:
    """A reply that is given once, before all others; ``act``: what is done to the connection instead."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[BaseHTTPRequestHandler], None] | None = None


class PlexServer:
    """What it has, what it was asked, and what it will say; all may be changed while it runs."""

    def __init__(self, *, speaks: str = "as asked") -> None:
        self.sections: list[Node] = []
        self.library: dict[str, list[Node]] = {}
        self.asked: list[Asked] = []
        self.script: list[Scripted] = []
        self.after_page: list[Callable[[], object]] = []
        self.gives_at_most = 10_000
        self.heeds_windows = True
        #: Path → bodies that are given as they are, whatever page is asked for.
        self.recorded: dict[str, bytes] = {}
        self.token = TOKEN
        self.machine = MACHINE
        self.speaks = speaks
        self.url = ""

    def add(self, key: str, kind: str, title: str, paths: list[str], items: list[Node]) -> None:
        """A section with its items: movies, or shows, seasons and episodes …"""
        locations = [{"id": number, "path": path} for number, path in enumerate(paths, 1)]
        self.sections.append({"key": key, "type": kind, "title": title, "Location": locations})
        self.library[key] = items

    def paths(self) -> list[str]:
        """What was asked for, in order, but for the identity and the list of sections."""
        return [each.path for each in self.asked if each.path not in ("/identity", "/library/sections")]

    def answer(self, asked: Asked) -> Node | None:
        """The container for a request; None: there is none."""
        if asked.path in ("/", "/identity", "/library", "/library/sections"):
            container: Node = {
                "machineIdentifier": self.machine,
                "version": "1.43.4.10903",
                "friendlyName": "nas",
            }
            return container | ({"Directory": self.sections} if asked.path.endswith("sections") else {})
        if found := re.fullmatch(r"/library/sections/(\w+)/all", asked.path):
            return self._of_section(found[1], asked.query)
        if found := re.fullmatch(r"/library/metadata/([\w,]+)(/children|/allLeaves)?", asked.path):
            return self._of_items(found[1].split(","), found[2])
        return None

    def _of_section(self, key: str, query: dict[str, str]) -> Node | None:
        if key not in self.library:
            return None
        entries = self.library[key]
        if kind := query.get("type"):
            entries = [entry for entry in entries if TYPES.get(entry.get("type", ""), kind) == kind]
        if title := query.get("title"):
            entries = [entry for entry in entries if title.lower() in str(entry.get("title", "")).lower()]
        return {"librarySectionID": key, "Metadata": entries}

    def _of_items(self, keys: list[str], below: str | None) -> Node | None:
        everything = [entry for entries in self.library.values() for entry in entries]
        if below is None:
            found = [entry for entry in everything if str(entry.get("ratingKey")) in keys]
            return {"Metadata": found} if found else None
        parents = ("parentRatingKey",) if below == "/children" else ("grandparentRatingKey",)
        return {
            "Metadata": [each for each in everything if any(str(each.get(name)) in keys for name in parents)]
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each reply waits for the client to acknowledge its headers
    server: Any

    def do_GET(self) -> None:
        plex: PlexServer = self.server.plex
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        asked = Asked(self.command, unquote(parts.path), query, dict(self.headers.items()))
        plex.asked.append(asked)
        if plex.script:
            scripted = plex.script.pop(0)
            if scripted.act:
                scripted.act(self)
                self.close_connection = True
                return
            self._send(scripted.status, scripted.body, scripted.headers)
            return
        if self.headers.get("X-Plex-Token") != plex.token and asked.path != "/identity":
            self._send(
                401, b"<html><head><title>Unauthorized</title></head></html>", {"Content-Type": "text/html"}
            )
            return
        if (body := plex.recorded.get(asked.path)) is not None:
            kind = "text/xml;charset=utf-8" if body.lstrip().startswith(b"<") else "application/json"
            self._send(200, body, {"Content-Type": kind})
            return
        container = plex.answer(asked)
        if container is None:
            self._send(
                404, b"<html><head><title>Not Found</title></head></html>", {"Content-Type": "text/html"}
            )
            return
        self._send_container(plex, self._window(plex, container))
        if "Metadata" in container and plex.after_page:
            plex.after_page.pop(0)()

    do_POST = do_PUT = do_DELETE = do_GET

    def _window(self, plex: PlexServer, container: Node) -> Node:
        entries: list[Node] = container.get("Metadata") or container.get("Directory") or []
        start, size = self.headers.get("X-Plex-Container-Start"), self.headers.get("X-Plex-Container-Size")
        if "Metadata" not in container or start is None or not plex.heeds_windows:
            return {"size": len(entries), **container}
        shown = entries[int(start) : int(start) + min(int(size or 100), plex.gives_at_most)]
        return {
            **container,
            "size": len(shown),
            "totalSize": len(entries),
            "offset": int(start),
            "Metadata": shown,
        }

    def _send_container(self, plex: PlexServer, container: Node) -> None:
        accepts_json = "json" in self.headers.get("Accept", "") and plex.speaks != "xml"
        if accepts_json:
            body = json.dumps({"MediaContainer": container}).encode()
        else:
            body = ElementTree.tostring(
                _element("MediaContainer", container), encoding="utf-8", xml_declaration=True
            )
        self._send(
            200, body, {"Content-Type": "application/json" if accepts_json else "text/xml;charset=utf-8"}
        )

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


def _element(tag: str, node: Node) -> ElementTree.Element:
    plain = {name: value for name, value in node.items() if not isinstance(value, list | dict)}
    texts = {
        name: str(int(value)) if isinstance(value, bool) else str(value) for name, value in plain.items()
    }
    element = ElementTree.Element(tag, texts)
    for name, children in node.items():
        if isinstance(children, list):
            for child in children:
                inner = TAGS.get(child.get("type", ""), "Directory") if name == "Metadata" else name
                element.append(_element(inner, child))
    return element


class _Listening(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Stay silent: that a client hangs up is what some tests are about."""


@contextmanager
def serving(plex: PlexServer, tls: ssl.SSLContext | None = None) -> Iterator[PlexServer]:
    """The server, running; its address stands in ``url``."""
    server = _Listening(("127.0.0.1", 0), _Handler)
    server.plex = plex  # type: ignore[attr-defined]
    plex.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield plex
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Waits:
    """A patience that waits for nothing, and tells how long it would have; ``chance`` is always the middle."""

    waited: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def patience(self, **changed: Any) -> Patience:
        """Short time-outs, so that a silent server is noticed at once."""
        plain: dict[str, Any] = {"connect_seconds": 2.0, "read_seconds": 2.0}
        return Patience(
            sleep=self.waited.append, chance=lambda: 0.5, clock=lambda: self.seconds, **plain | changed
        )


def movie(key: str, title: str, **more: Any) -> Node:
    """A movie of one file."""
    file = more.pop("file", f"/data/movies/{title}.mkv")
    number = int(re.sub(r"\D", "", key) or 0)
    return {
        "ratingKey": key,
        "key": f"/library/metadata/{key}",
        "guid": f"plex://movie/{key}",
        "type": "movie",
        "title": title,
        "year": 2008,
        "updatedAt": 1600000000,
        "Media": [medium(part(file, number=number))],
        **more,
    }


def medium(*parts: Node, **more: Any) -> Node:
    """A version, in one or more pieces."""
    return {"id": 1, "container": "mkv", "Part": list(parts), **more}


def part(
    file: str, *, number: int = 1, size: int = 1000, stamp: int | None = 1500000000, **more: Any
) -> Node:
    """A file."""
    key = (
        f"/library/parts/{number}/{stamp}/file.mkv"
        if stamp is not None
        else f"/library/parts/{number}/file.mkv"
    )
    return {"id": number, "key": key, "file": file, "size": size, **more}


def show(key: str, title: str, year: int = 2014) -> Node:
    """A show, without its seasons."""
    return {
        "ratingKey": key,
        "key": f"/library/metadata/{key}/children",
        "type": "show",
        "title": title,
        "year": year,
    }


def season(key: str, of: Node, number: int) -> Node:
    """A season of a show."""
    return {
        "ratingKey": key,
        "key": f"/library/metadata/{key}/children",
        "type": "season",
        "title": f"Season {number}",
        "index": number,
        "parentRatingKey": of["ratingKey"],
        "parentTitle": of["title"],
    }


def episode(key: str, of: Node, within: Node, number: int, **more: Any) -> Node:
    """An episode of a season ``within`` a show."""
    file = more.pop("file", f"/data/tv/{of['title']}/S{within['index']:02}E{number:02}.mkv")
    return {
        "ratingKey": key,
        "key": f"/library/metadata/{key}",
        "guid": f"plex://episode/{key}",
        "type": "episode",
        "title": f"Part {number}",
        "index": number,
        "parentIndex": within["index"],
        "parentRatingKey": within["ratingKey"],
        "grandparentRatingKey": of["ratingKey"],
        "grandparentTitle": of["title"],
        "year": 2015,
        "Media": [medium(part(file, number=int(key)))],
        **more,
    }

"""A reply's bytes as nodes: Plex's JSON, or the XML that it wrote first and still writes."""

from __future__ import annotations

import json
from typing import Any

from stocktake.readers.plex.node import Node
from stocktake.readers.xmlpart import BrokenXml, Events, feed, open_parser

_DEEPEST = 64
_SEEN = 80


class NotUnderstood(Exception):
    """A reply that is not of Plex; its text says what was seen instead."""


def container_of(body: bytes) -> Node:
    """The ``MediaContainer`` of a reply. Raises :class:`NotUnderstood`."""
    if body.lstrip()[:1] == b"<":
        return _of_xml(body)
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        why = "too deeply nested" if isinstance(error, RecursionError) else "neither JSON nor XML"
        raise NotUnderstood(f"is {why}, and begins with {_seen(body)}") from None
    container = document.get("MediaContainer") if isinstance(document, dict) else None
    if not isinstance(container, dict):
        raise NotUnderstood(f"is JSON without a MediaContainer, and begins with {_seen(body)}")
    return container


def _seen(body: bytes) -> str:
    start = " ".join(body[: 4 * _SEEN].decode("utf-8", "replace").split())
    return repr(start[:_SEEN] + ("…" if len(start) > _SEEN else "")) if start else "nothing"


def _of_xml(body: bytes) -> Node:
    tree = _Tree()
    try:
        feed(open_parser(Events(start=tree.start, end=tree.end)), body, final=True)
    except BrokenXml:
        raise NotUnderstood(f"is no XML that Plex writes, and begins with {_seen(body)}") from None
    if tree.name != "MediaContainer":
        raise NotUnderstood(f"is XML without a MediaContainer, and begins with {_seen(body)}")
    return tree.root


class _Tree:
    """XML as it would stand in JSON: attributes as they are, children in lists, items under ``Metadata``."""

    def __init__(self) -> None:
        self.name, self.root = "", Node()
        self._open: list[Node] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A child of the node that is open; the first is the root."""
        node: Node = dict(attributes)
        if not self._open:
            self.name, self.root = name, node
        elif len(self._open) >= _DEEPEST:
            raise BrokenXml("its XML is too deeply nested")
        else:
            is_entry = name in ("Video", "Track", "Photo") or (
                name == "Directory" and "ratingKey" in attributes
            )
            children = self._open[-1].setdefault("Metadata" if is_entry else name, [])
            if isinstance(children, list):
                children.append(node)
        self._open.append(node)

    def end(self, _name: str) -> None:
        """The node that is open ends."""
        self._open.pop()

"""XML as a stream of events, without what makes XML dangerous: no document type, hence no entities (SEC-5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat

_BLOCK = 256 * 1024


class BrokenXml(Exception):
    """XML that does not hold, or that declares a document type."""


class Enough(Exception):
    """Raised by a handler to end the walk."""


def _nothing(*_: object) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What is called: for a tag, without its namespace's prefix, and for text.

    whole_names: tags come with their prefix. Who meets millions of them looks for one (:func:`local_name`) only where a tag
    is none that it knows: that spares a call for each.
    """

    start: Callable[[str, dict[str, str]], None] = _nothing
    end: Callable[[str], None] = _nothing
    text: Callable[[str], None] = _nothing
    whole_names: bool = False


def local_name(name: str) -> str:
    """``name`` without its namespace's prefix."""
    return name.rpartition(":")[2]


class _Local(dict[str, str]):
    """Names without prefix, each worked out once."""

    def __missing__(self, name: str) -> str:
        self[name] = local_name(name)
        return self[name]


def parse_xml(part: IO[bytes], events: Events) -> None:
    """Walk ``part`` to its end. Raises :class:`BrokenXml`; ends early, in peace, where a handler raises ``Enough``."""
    parser = open_parser(events)
    try:
        while block := part.read(_BLOCK):
            feed(parser, block)
        feed(parser, b"", final=True)
    except Enough:
        return


def open_parser(events: Events) -> expat.XMLParserType:
    """A parser that calls ``events``."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _BLOCK
    local = _Local()
    start, end = events.start, events.end
    if events.whole_names:
        parser.StartElementHandler, parser.EndElementHandler = start, end
    else:
        parser.StartElementHandler = lambda name, attributes: start(local[name], attributes)
        parser.EndElementHandler = lambda name: end(local[name])
    parser.CharacterDataHandler = events.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def feed(parser: expat.XMLParserType, block: bytes, *, final: bool = False) -> None:
    """Parse on. Raises :class:`BrokenXml` with the place."""
    try:
        parser.Parse(block, final)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise BrokenXml(f"its XML is broken ({error})") from error


def _refuse_doctype(*_: object) -> None:
    raise BrokenXml("its XML declares a document type, which is not needed here and could do harm")

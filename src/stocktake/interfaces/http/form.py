"""A file in a form, read block by block as it arrives: never more than a block in memory (UPL-1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from stocktake.model.errors import InvalidInput

#: So much is gathered before it is written.
BLOCK = 1_048_576

Write = Callable[[bytes], Awaitable[None]]


#: Small parts that may stand beside the file, by name, and who is told what they hold.
Allowed = Mapping[str, Callable[[str], None]]
#: So much such a part may hold.
SMALL = 1_000
#: Fields whose text stands for a file, by name, and what that file is then called. A file field in which none was chosen
#: counts as not there.
Texts = Mapping[str, str]


@dataclass(slots=True)
class _Parts:
    """What the parser has met so far."""

    allowed: Allowed = field(default_factory=dict)
    texts: Texts = field(default_factory=dict)
    small: tuple[str, bytearray] | None = None
    blocks: list[bytes] = field(default_factory=list)
    gathered: int = 0
    files: int = 0
    name: str | None = None
    blank: str | None = None
    is_done: bool = False
    header: tuple[bytearray, bytearray] = field(default_factory=lambda: (bytearray(), bytearray()))
    disposition: bytes = b""

    def begin(self) -> None:
        self.disposition = b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self.header[0].extend(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self.header[1].extend(data[start:end])

    def header_end(self) -> None:
        if bytes(self.header[0]).lower() == b"content-disposition":
            self.disposition = bytes(self.header[1])
        self.header[0].clear()
        self.header[1].clear()

    def headers_finished(self) -> None:
        _, told = parse_options_header(self.disposition)
        name = told.get(b"name", b"").decode("utf-8", "replace")
        if name in self.allowed and b"filename" not in told:
            self.small = (name, bytearray())
            return
        if name in self.texts and b"filename" not in told:
            self.blank = self.texts[name]
            return
        if name != "file" or b"filename" not in told:
            raise _no_file('The form has a part that is not the file "file".')
        label = told[b"filename"].decode("utf-8", "replace")
        if self.texts and not label:
            self.blank = label
            return
        self.claim(label)

    def claim(self, label: str) -> None:
        """A part is the file of the form."""
        self.files += 1
        if self.files > 1:
            raise _no_file("The form holds several files.", files=self.files)
        self.name = label

    def data(self, data: bytes, start: int, end: int) -> None:
        if self.small is not None:
            self.small[1].extend(data[start:end])
            if len(self.small[1]) > SMALL:
                raise _no_file("The form has a field that is too long.")
            return
        if self.blank is not None and end > start:
            self.claim(self.blank)
            self.blank = None
        self.blocks.append(data[start:end])
        self.gathered += end - start

    def part_end(self) -> None:
        self.blank = None
        if self.small is not None:
            name, held = self.small
            self.small = None
            self.allowed[name](held.decode("utf-8", "replace"))

    def done(self) -> None:
        self.is_done = True

    def taken(self) -> bytes:
        block = b"".join(self.blocks)
        self.blocks.clear()
        self.gathered = 0
        return block


async def read_file(
    request: Request, write: Write, *, allowed: Allowed | None = None, texts: Texts | None = None
) -> str:
    """Hand the one file of the request's form to ``write``; the name that it came with, which is no path.

    ``allowed``: small parts that may stand beside it, and who is told of each when it has arrived. ``texts``: fields whose
    text may stand for it.
    Raises ``InvalidInput`` ``wrong-media-type``, ``malformed-request``, ``no-file``.
    """
    parts = _Parts(allowed or {}, texts or {})
    parser = MultipartParser(
        _boundary(request),
        {
            "on_part_begin": parts.begin,
            "on_header_field": parts.header_field,
            "on_header_value": parts.header_value,
            "on_header_end": parts.header_end,
            "on_headers_finished": parts.headers_finished,
            "on_part_data": parts.data,
            "on_part_end": parts.part_end,
            "on_end": parts.done,
        },
    )
    try:
        async for chunk in request.stream():
            parser.write(chunk)
            if parts.gathered >= BLOCK:
                await write(parts.taken())
        parser.finalize()
    except FormParserError as error:
        raise InvalidInput(
            "malformed-request",
            "The form cannot be read: it breaks off, or does not keep to its boundary.",
            hint='Send multipart/form-data with one file, such as `curl -F "file=@devices.csv"`.',
        ) from error
    if parts.name is None or not parts.is_done:
        raise _no_file("The form holds no file, or breaks off.")
    await write(parts.taken())
    return parts.name


def _boundary(request: Request) -> bytes:
    kind, told = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data":
        raise InvalidInput(
            "wrong-media-type",
            "A file is sent as multipart/form-data.",
            hint='Write, for one, `curl -F "file=@devices.csv"`.',
        )
    boundary = told.get(b"boundary", b"")
    if not 1 <= len(boundary) <= 200:
        raise InvalidInput("malformed-request", "The form names no boundary, or one that is too long.")
    return boundary


def _no_file(words: str, files: int = 0) -> InvalidInput:
    return InvalidInput(
        "no-file",
        f"{words} Nothing was kept.",
        hint='Send one file, named "file": `curl -F "file=@devices.csv"`.',
        details={"files": files} if files else None,
    )

"""A list of the server read page by page, until it is complete and held still meanwhile (MED-D10)."""

from __future__ import annotations

from dataclasses import dataclass

from stocktake.model.errors import Unreadable
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.plex.client import PlexClient, Query
from stocktake.readers.plex.node import Node, nodes_of, slim, text_of, whole_of

PAGE = 500
#: How often a list is read anew that changed while it was read.
PASSES = 3
_MOST = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The entries of a list, each ``ratingKey`` once.

    ``total``: how many the server spoke of; ``is_settled``: it gave them all, and they held still; ``repeated``: how many
    came again; ``passes``: how often it was read.
    """

    entries: tuple[Node, ...]
    total: int
    is_settled: bool
    repeated: int = 0
    passes: int = 1


def read_listing(
    client: PlexClient,
    path: str,
    query: Query = (),
    *,
    page: int = PAGE,
    progress: Progress | None = None,
) -> Listing:
    """Every entry at ``path``. A list that changes while it is read is read again, ``PASSES`` times at most.

    A short or an empty page ends nothing before the total is reached. Each page begins with the last entry of the one
    before: where it does not, entries came or went before it, and one may have slipped through.
    """
    heard = progress or Silence()
    for turn in range(1, PASSES + 1):
        heard.phase("discovering")
        listing = _Pass(client, path, query, page, heard).listing(turn)
        if listing.is_settled:
            break
    return listing


class _Pass:
    """One reading from the first page to the last."""

    def __init__(self, client: PlexClient, path: str, query: Query, page: int, progress: Progress) -> None:
        self._client, self._path, self._query, self._page = client, path, query, page
        self._progress = progress
        self._found: dict[str, Node] = {}
        self._nameless: list[Node] = []
        self._total = -1
        self._position = 0
        self._repeated = 0
        self._is_still = True
        self._last: tuple[str | None, ...] = ()

    def listing(self, turn: int) -> Listing:
        """Read on until the total is reached, or a page brings nothing new."""
        while self._read_page() and self._position < self._total:
            if self._position > _MOST:
                raise Unreadable(
                    "reply-too-large",
                    f"The Plex server's list at {self._path} holds more than {_MOST} entries.",
                    hint="Divide the library into several sections.",
                )
        return Listing(
            entries=(*self._found.values(), *self._nameless),
            total=max(self._total, 0),
            is_settled=self._is_still and self._position == self._total,
            repeated=self._repeated,
            passes=turn,
        )

    def _read_page(self) -> bool:
        start = max(self._position - 1, 0)
        container = self._client.container(self._path, self._query, (start, self._page))
        entries = nodes_of(container, "Metadata")
        # "All episodes" among the seasons: counted by the server, and no entry.
        beside = nodes_of(container, "Directory")
        self._measure(container, len(entries) + len(beside))
        if self._position and self._last:
            if entries and _mark(entries[0]) == self._last:
                entries = entries[1:]
            else:
                self._is_still = False
        for entry in entries:
            self._take(slim(entry))
        self._position += len(entries) + len(beside)
        if self._total > 0:
            self._progress.expect(self._total)
        self._progress.advance(len(entries) + len(beside))
        self._last = _mark(entries[-1]) if entries else self._last
        return bool(entries or beside)

    def _measure(self, container: Node, count: int) -> None:
        said = whole_of(container, "totalSize")
        if said is None and self._total < 0:
            said = whole_of(container, "size")
            said = count if said is None else said
        if said is not None:
            self._is_still &= self._total in (-1, said)
            self._total = said

    def _take(self, entry: Node) -> None:
        key = text_of(entry, "ratingKey")
        if key is None:
            self._nameless.append(entry)
            return
        self._repeated += key in self._found
        self._found[key] = entry


def _mark(entry: Node) -> tuple[str | None, ...]:
    """What an entry is known again by."""
    return tuple(text_of(entry, name) for name in ("ratingKey", "key", "title"))

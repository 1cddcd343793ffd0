"""A Plex library section as a media importer (MED, ports.importer)."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.media import Collection, FoundCollection, MediaScope, MediaSource
from stocktake.ports.importer import Discovery
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.plex.address import Token, server_address
from stocktake.readers.plex.client import PlexClient
from stocktake.readers.plex.enquiry import Enquiry
from stocktake.readers.plex.finding import Reach, find
from stocktake.readers.plex.folder import folder_hindrances
from stocktake.readers.plex.listing import PAGE
from stocktake.readers.plex.moving import possible_moves
from stocktake.readers.plex.patience import Patience
from stocktake.readers.plex.section import HOLDINGS, Holding, Section, machine_id, section, sections

#: Refusals of a server that is not there, or not for us.
_NO_ANSWER = frozenset({"source-unreachable", "token-refused"})


class PlexImporter:
    """The sections of a Plex server, and what lies in the one that is a ``collection``. Nothing here writes (MED-B14).

    An item's identity is its ``ratingKey`` (MED-D4). So a file that holds several episodes gives an asset for each of
    them, with one path; and the versions of a movie, or the pieces of one, give one asset with ``parts``.
    ``allowed_roots``: where mapped folders may lie; none: anywhere. ``accepts_root``: an operator has said that an empty
    section is right. ``progress`` hears of the items that the server has told.
    """

    def __init__(
        self,
        source: MediaSource,
        token: str | None,
        patience: Patience,
        *,
        collection: Collection | None = None,
        allowed_roots: Sequence[Path] = (),
        accepts_root: bool = False,
        page: int = PAGE,
        tls: ssl.SSLContext | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._source = source
        self._token = Token(token) if token and token.strip() else None
        self._patience = patience
        self._of = collection
        self._allowed_roots = allowed_roots
        self._accepts_root = accepts_root
        self._page = page
        self._tls = tls
        self._progress = progress or Silence()

    def _client(self) -> PlexClient:
        address = server_address(self._source.url, self._source.token_env, self._token)
        return PlexClient(address, self._patience, tls=self._tls)

    @property
    def _collection(self) -> Collection:
        if self._of is None:
            raise InvalidInput("collection-needed", f"Say which collection of {self._source.name} is meant.")
        return self._of

    def machine_id(self) -> str:
        """How the server calls itself: what a media source is known again by. Raises as :meth:`collections` does."""
        with self._client() as client:
            return machine_id(client)

    def collections(self) -> tuple[FoundCollection, ...]:
        """Every section that holds movies, shows or music, with its folders as the server names them.

        Raises ``Unreadable``: ``source-unreachable``, ``token-refused``, ``other-server`` …; ``InvalidInput``
        ``token-missing``.
        """
        with self._client() as client:
            if self._source.machine_id:
                self._check_machine(machine_id(client))
            return tuple(
                FoundCollection(external_id=each.key, name=each.title, paths=each.paths)
                for each in sections(client)
                if each.holding is not None
            )

    def close(self) -> None:
        """Nothing is held between two questions."""

    def validate(self) -> tuple[str, ...]:
        """What stands in the way of an ingest, a sentence each (MED-B14a, MED-B24).

        Raises ``Unreadable`` ``source-unreachable`` or ``token-refused``: of a server that gives no answer nothing is known.
        """
        try:
            with self._client() as client:
                self._check_machine(machine_id(client))
                there = section(client, self._collection.external_id)
        except Refusal as refusal:
            if refusal.code in _NO_ANSWER:
                raise
            return (refusal.message,)
        if there.holding is None:
            return (_not_read(there),)
        return folder_hindrances(there, self._collection.path_mappings, self._allowed_roots)

    def unchanged(self, scope: MediaScope, state: bytes | None) -> Discovery | None:
        """None: what a server has is known only once all of it was asked for."""
        return None

    def discover(self, scope: MediaScope, known: pl.DataFrame, state: bytes | None = None) -> Discovery:
        """Everything in ``scope``, asked for no wider than that (MED-D2). ``state`` is of no use here.

        Raises ``Unreadable`` as the client does, and ``other-server``; ``NotFound``: ``section-not-found``,
        ``scope-not-found``; ``InvalidInput``: ``ambiguous-title``, ``section-not-read``, ``bad-exclude``.
        """
        with self._client() as client:
            machine = machine_id(client)
            self._check_machine(machine)
            there = section(client, self._collection.external_id)
            enquiry = Enquiry(client, there, _holding(there), page=self._page, progress=self._progress)
            listing = enquiry.listing(scope)
            reach = Reach(
                section=there,
                mappings=self._collection.path_mappings,
                excludes=self._collection.excludes,
                machine=machine,
                is_whole=scope.level == "collection",
                accepts_root=self._accepts_root,
            )
            finding = find(listing, reach, known)
            if reach.is_whole:
                finding = finding.sparing(enquiry.still_there(finding.unlisted))
                moves = possible_moves(finding.frame, known, finding.gone)
            else:  # of all that lies outside, only what may have moved is asked for
                moves = possible_moves(finding.frame, known, finding.gone)
                there_still = enquiry.still_there(moves["canonical_key"])
                moves = moves.filter(~pl.col("canonical_key").is_in(there_still))
        return finding.discovery(moves)

    def _check_machine(self, machine: str) -> None:
        """ratingKeys of another server are those of other items. Raises ``Unreadable`` ``other-server``."""
        expected = self._source.machine_id
        if expected and machine and machine != expected:
            raise Unreadable(
                "other-server",
                f"At {self._source.url} answers another Plex server ({machine}) than the one that the media source "
                f"{self._source.name} was made for ({expected}).",
                hint="Mend the URL, or add the other server as a media source of its own.",
            )


def _holding(there: Section) -> Holding:
    if there.holding is None:
        raise InvalidInput(
            "section-not-read", _not_read(there), hint="Ingest sections of movies, of shows or of music."
        )
    return there.holding


def _not_read(there: Section) -> str:
    return f"The Plex section {there.title!r} is of the kind {there.kind}, which is not read: {', '.join(HOLDINGS)} are."

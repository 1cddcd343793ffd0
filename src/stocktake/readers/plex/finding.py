"""What a listing says of a collection: its rows, and how far they can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from stocktake.media.canonical_key import key_hashes
from stocktake.model.media import Failure, PathMapping, Skips
from stocktake.ports.importer import Discovery
from stocktake.readers.plex.entry_table import file_table, item_table
from stocktake.readers.plex.excluding import with_exclusions
from stocktake.readers.plex.fault import (
    root_fault,
    strange_failures,
    unkeyed_failures,
    unmapped_failures,
    unsettled_failures,
)
from stocktake.readers.plex.listing import Listing
from stocktake.readers.plex.moving import with_moves
from stocktake.readers.plex.node import text_of
from stocktake.readers.plex.rows import canonical_keys, digest, located, rows
from stocktake.readers.plex.section import Section
from stocktake.readers.plex.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What was asked for: a section of a server, the whole of it or a part, and how its paths are found here.

    ``excludes``: patterns of what is left out. ``accepts_root``: an operator has said that an empty section is right.
    """

    section: Section
    mappings: Sequence[PathMapping]
    machine: str
    is_whole: bool
    excludes: tuple[str, ...] = ()
    accepts_root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``frame``: ``DISCOVERED`` without moves; ``gone``: ``KNOWN`` of what was there before and was not found.

    ``unlisted``: those of them of which the server said nothing at all; ``unknown``: of which nothing can be said.
    """

    frame: pl.DataFrame
    gone: pl.DataFrame
    unlisted: pl.Series
    unknown: pl.Series
    is_complete: bool
    failures: tuple[Failure, ...]
    skips: tuple[Skips, ...]
    root_fault: Failure | None
    counts: dict[str, int]

    def sparing(self, there: list[str]) -> Finding:
        """The same, where the server has ``there``, canonical keys, although its list did not."""
        if not there:
            return self
        is_there = pl.col("canonical_key").is_in(there)
        spared = self.gone.filter(is_there).get_column("canonical_key_hash")
        skips = Skips(
            reason="there, but not in the server's list", count=spared.len(), examples=tuple(there[:5])
        )
        return replace(
            self,
            gone=self.gone.filter(~is_there),
            unknown=pl.concat([self.unknown, spared]),
            skips=(*self.skips, skips),
        )

    def discovery(self, moves: pl.DataFrame) -> Discovery:
        """With ``moves``, as :func:`stocktake.readers.plex.moving.possible_moves` gives them; what moved is not unknown."""
        frame = with_moves(self.frame, moves)
        unknown = self.unknown.filter(~self.unknown.is_in(moves["moved_from"].implode()))
        fault = self.root_fault.code if self.root_fault else ""
        return Discovery(
            frame=frame,
            digest=digest(frame, unknown, str(self.is_complete), fault),
            is_complete=self.is_complete,
            unknown=unknown,
            failures=self.failures,
            skips=self.skips,
            root_fault=self.root_fault,
            counts=self.counts,
        )


def find(listing: Listing, reach: Reach, known: pl.DataFrame) -> Finding:
    """Tell what was found.

    Of what is not in the list nothing can be said where the list is not whole, where its root cannot be believed, and where
    it is that of a part of the section.
    """
    items, files = item_table(listing.entries), located(file_table(listing.entries), reach.mappings)
    files = with_exclusions(files, reach.section.paths, reach.mappings, reach.excludes)
    is_doubted = reach.is_whole and not reach.accepts_root
    stood = standing(items, files, reach.section.paths if is_doubted else ())
    placed = stood.files
    frame = rows(items, placed, reach.machine)
    present = known.filter(pl.col("is_present"))
    unkeyed = [entry for entry in listing.entries if text_of(entry, "ratingKey") is None]
    failures = (
        *unsettled_failures(listing, reach.section),
        *unkeyed_failures(unkeyed),
        *strange_failures(items, reach.section),
    )
    fault = root_fault(reach.section, listing, stood.is_all_gone, present.height) if is_doubted else None
    unseen = _without(present, frame.get_column("canonical_key_hash"))
    unsaid = unseen.filter(
        pl.col("canonical_key_hash").is_in(key_hashes(canonical_keys(stood.unknown)).implode())
    )
    is_believed = not failures and fault is None
    gone = _without(unseen, unsaid.get_column("canonical_key_hash")) if is_believed else unseen.clear()
    unlisted = gone.filter(~pl.col("canonical_key").is_in(canonical_keys(items.get_column("key")).implode()))
    hashes = (unsaid if is_believed and reach.is_whole else unseen).get_column("canonical_key_hash")
    return Finding(
        frame=frame,
        gone=gone,
        unlisted=unlisted.get_column("canonical_key"),
        unknown=hashes,
        is_complete=not failures,
        failures=(*failures, *stood.failures, *unmapped_failures(placed)),
        skips=stood.skips,
        root_fault=fault,
        counts={
            "assets": frame.height,
            "listed": listing.total,
            "duplicates_prevented": listing.repeated,
            "passes": listing.passes,
            "shared_files": _shared(placed),
        },
    )


def _without(known: pl.DataFrame, hashes: pl.Series) -> pl.DataFrame:
    return known.filter(~pl.col("canonical_key_hash").is_in(hashes.implode()))


def _shared(files: pl.DataFrame) -> int:
    """How many files belong to several items, such as one with two episodes."""
    return files.group_by("file").agg(pl.col("at").n_unique()).filter(pl.col("at") > 1).height

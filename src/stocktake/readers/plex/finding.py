"""What a listing says of a collection: its rows, and how far they can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from stocktake.model.media import Failure, PathMapping, Skips
from stocktake.ports.importer import Discovery
from stocktake.readers.plex.entry_table import file_table, item_table
from stocktake.readers.plex.fault import (
    root_fault,
    strange_failures,
    unkeyed_failures,
    unmapped_failures,
    unsettled_failures,
)
from stocktake.readers.plex.listing import Listing
from stocktake.readers.plex.node import text_of
from stocktake.readers.plex.rows import canonical_keys, digest, key_hashes, located, rows
from stocktake.readers.plex.section import Section
from stocktake.readers.plex.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``frame``: ``DISCOVERED`` without moves; ``gone``: ``KNOWN`` of what was there and is not in scope any more."""

    frame: pl.DataFrame
    gone: pl.DataFrame
    unknown: pl.Series
    is_complete: bool
    failures: tuple[Failure, ...]
    skips: tuple[Skips, ...]
    root_fault: Failure | None
    counts: dict[str, int]

    def discovery(self, frame: pl.DataFrame) -> Discovery:
        """With ``frame``, the same with moves."""
        fault = self.root_fault.code if self.root_fault else ""
        return Discovery(
            frame=frame,
            digest=digest(frame, self.unknown, str(self.is_complete), fault),
            is_complete=self.is_complete,
            unknown=self.unknown,
            failures=self.failures,
            skips=self.skips,
            root_fault=self.root_fault,
            counts=self.counts,
        )


def find(
    listing: Listing,
    there: Section,
    known: pl.DataFrame,
    *,
    mappings: Sequence[PathMapping],
    machine: str,
    is_whole: bool,
) -> Finding:
    """Tell what was found. Where the list is not whole, or its root cannot be believed, of nothing unseen can be said."""
    items, files = item_table(listing.entries), file_table(listing.entries)
    stood = standing(items, files, there.paths if is_whole else ())
    placed = located(stood.files, mappings)
    frame = rows(items, placed, machine)
    present = known.filter(pl.col("is_present"))
    unkeyed = [entry for entry in listing.entries if text_of(entry, "ratingKey") is None]
    failures = (
        *unsettled_failures(listing, there),
        *unkeyed_failures(unkeyed),
        *strange_failures(items, there),
    )
    fault = root_fault(there, listing, stood.is_all_gone, present.height) if is_whole else None
    unseen = _without(present, frame.get_column("canonical_key_hash"))
    is_complete, unknown = not failures, unseen
    if is_complete and fault is None:
        unsaid = key_hashes(canonical_keys(stood.unknown))
        unknown = unseen.filter(pl.col("canonical_key_hash").is_in(unsaid.implode()))
    hashes = unknown.get_column("canonical_key_hash")
    return Finding(
        frame=frame,
        gone=_without(unseen, hashes),
        unknown=hashes,
        is_complete=is_complete,
        failures=(*failures, *stood.failures, *unmapped_failures(placed)),
        skips=stood.skips,
        root_fault=fault,
        counts={
            "listed": listing.total,
            "repeated": listing.repeated,
            "passes": listing.passes,
            "shared_files": _shared(placed),
        },
    )


def _without(known: pl.DataFrame, hashes: pl.Series) -> pl.DataFrame:
    return known.filter(~pl.col("canonical_key_hash").is_in(hashes.implode()))


def _shared(files: pl.DataFrame) -> int:
    """How many files belong to several items, such as one with two episodes."""
    return files.group_by("file").agg(pl.col("at").n_unique()).filter(pl.col("at") > 1).height

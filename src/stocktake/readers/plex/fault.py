"""What is wrong with what a server gave, as failures in words."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from stocktake.model.media import Failure
from stocktake.readers.plex.listing import Listing
from stocktake.readers.plex.node import Node, nodes_of, text_of
from stocktake.readers.plex.section import Section

#: So many failures of one code are named each; one more tells how many there are besides.
_NAMED = 100


def unsettled_failures(listing: Listing, there: Section) -> list[Failure]:
    """That a list was not given whole, or did not hold still."""
    if listing.is_settled:
        return []
    return [
        Failure(
            where=there.title,
            code="list-unsettled",
            sentence=f"The Plex server gave {len(listing.entries)} of the {listing.total} entries that it spoke of, or the "
            f"list of {there.title!r} changed while it was read, {listing.passes} times. Nothing goes missing by it; try "
            "again when the server is at rest.",
        )
    ]


def unkeyed_failures(entries: Sequence[Node]) -> list[Failure]:
    """Items without a ratingKey: nothing by which they would be known again (MED-D4)."""
    return _each(
        [
            Failure(
                where=_name(entry),
                code="item-without-key",
                sentence=f"{_name(entry)} has no ratingKey, so that it cannot be told which asset it is.",
            )
            for entry in entries[:_NAMED]
        ],
        len(entries),
    )


def strange_failures(items: pl.DataFrame, there: Section) -> list[Failure]:
    """Items of another type than was asked for: then what was asked for is not all there."""
    leaf = there.holding.leaf if there.holding else ""
    strange = items.filter(~pl.col("type").is_in([leaf, "clip"]).fill_null(value=False))
    return _each(
        [
            Failure(
                where=f"{title or 'untitled'} ({key})",
                code="item-of-other-type",
                sentence=f"{title or 'An item without title'} (ratingKey {key}) is of the type {kind or 'unknown'}, where "
                f"the server was asked for {leaf}s.",
            )
            for key, title, kind in strange.select("key", "title", "type").head(_NAMED).iter_rows()
        ],
        strange.height,
    )


def bare_failures(bare: pl.DataFrame) -> list[Failure]:
    """Items that have no file."""
    return _each(
        [
            Failure(
                where=f"{title or 'untitled'} ({key})",
                code="item-without-file",
                sentence=f"The server lists {title or 'an item without title'} (ratingKey {key}) and names no file of it.",
            )
            for key, title in bare.select("key", "title").head(_NAMED).iter_rows()
        ],
        bare.height,
    )


def unmapped_failures(files: pl.DataFrame) -> list[Failure]:
    """Files that no path mapping covers, all in one: ``located`` files."""
    unmapped = files.filter(pl.col("local").is_null()).get_column("file").unique(maintain_order=True)
    if unmapped.is_empty():
        return []
    more = f" and {unmapped.len() - 1} more" if unmapped.len() > 1 else ""
    return [
        Failure(
            where=unmapped[0],
            code="path-not-mapped",
            sentence=f"No path mapping covers {unmapped[0]}{more}: it is not known where that lies here.",
        )
    ]


def lost_failures(lost: pl.DataFrame, roots: Sequence[str]) -> list[Failure]:
    """Folders of which every file is gone."""
    counts = lost.group_by("root", maintain_order=True).agg(pl.col("at").n_unique()).sort("root")
    return [
        Failure(
            where=roots[root],
            code="root-suspect",
            sentence=f"The server finds none of the files in {roots[root]} that it lists ({count}): the folder is likely "
            "not mounted there. Nothing of it goes missing; if it is really empty, empty the trash of the server.",
        )
        for root, count in counts.iter_rows()
    ]


def root_fault(there: Section, listing: Listing, is_all_gone: bool, known: int) -> Failure | None:
    """Why a section as a whole cannot be believed: it is empty and was not, or not one file of it is found."""
    if listing.total == 0 and not listing.entries and known:
        return Failure(
            where=there.title,
            code="root-suspect",
            sentence=f"The Plex section {there.title!r} is empty, and held {known} before: its folder is likely not mounted "
            "at the server. Nothing goes missing by it.",
        )
    if is_all_gone:
        return Failure(
            where=there.title,
            code="root-suspect",
            sentence=f"The server finds not one file of what it lists in {there.title!r} ({listing.total}): its folder is "
            "likely not mounted there. Nothing goes missing by it.",
        )
    return None


def _each(named: list[Failure], count: int) -> list[Failure]:
    if count <= len(named):
        return named
    return [
        *named,
        Failure(where="", code=named[0].code, sentence=f"So it is with {count - len(named)} more."),
    ]


def _name(entry: Node) -> str:
    files = [
        text_of(part, "file") for medium in nodes_of(entry, "Media") for part in nodes_of(medium, "Part")
    ]
    named = text_of(entry, "title") or next((file for file in files if file), None)
    return f"{named!r}" if named else "An item without title or file"

"""One step of ours in a process of its own: ``python -m benchmarks.step NAME --db URL [--file F] [--run N]``.

Prints one JSON object: seconds of wall and CPU without the interpreter's start, peak memory, and both per phase.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.declaration import DECLARED, RECORD_TYPE, SOURCE
from benchmarks.timing import Peaks, tell

#: A user whom permissions bind.
_NOBODY = 65_534

Step = Callable[[argparse.Namespace, Peaks], dict[str, Any]]


def declare(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Make the database, the record type and the source."""
    import stocktake
    from stocktake.model.source import Source

    with stocktake.open(given.db) as book:
        book.add_record_type(DECLARED)
        book.add_source(Source(name=SOURCE, record_types=(RECORD_TYPE,), tracks_presence=True))
    return {}


def load(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Plan and apply a snapshot."""
    import stocktake

    with stocktake.open(given.db) as book:
        plan = book.plan(
            given.file, record_type=RECORD_TYPE, source=SOURCE, strategy="snapshot", progress=peaks
        )
        peaks.phase("between")
        run = plan.apply(progress=peaks)
        peaks.phase("closing")
        return {"run": run.run_id, "counts": {name: count for name, count in plan.counts.items() if count}}


def undo(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Roll a run back."""
    import stocktake

    with stocktake.open(given.db) as book:
        run = book.rollback(given.run, progress=peaks)
        peaks.phase("closing")
        return {"run": run.run_id, "counts": {name: count for name, count in run.stats.items() if count}}


def parse(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Polars reads all columns as text: for information."""
    import polars as pl

    peaks.phase("parsing")
    return {"counts": {"rows": pl.read_csv(given.file, infer_schema=False).height}}


def reading(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Our own string parse: the reader's walk over the file, nothing kept. No import of ours can be faster."""
    from stocktake.model.options import ReadOptions
    from stocktake.readers.registry import open_reading

    peaks.phase("reading")
    opened = open_reading(given.file, ReadOptions())
    return {"counts": {"rows": sum(batch.height for batch in opened.batches())}}


def typing(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Polars reads all columns as text and types those that are not: the limit for :func:`cleaning`."""
    import polars as pl

    peaks.phase("parsing")
    texts = pl.read_csv(given.file, infer_schema=False)
    peaks.phase("typing")
    typed = texts.with_columns(
        pl.col("quantity").cast(pl.Int64),
        pl.col("price").cast(pl.Decimal(18, 4)),
        pl.col("purchased_on").str.to_date("%Y-%m-%d"),
        pl.col("email").str.strip_chars().str.to_lowercase(),
    )
    return {"counts": {"rows": typed.height}}


def cleaning(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Every row read, mapped and cleaned with all its checks, nothing kept. An import types only what has changed."""
    from stocktake.catalog.declaration import parse_record_type
    from stocktake.cleaning.draft import clean
    from stocktake.mapping import map_columns
    from stocktake.model.options import ReadOptions
    from stocktake.model.source import Source
    from stocktake.readers.registry import open_reading

    kind = parse_record_type(DECLARED)
    source = Source(name=SOURCE, record_types=(RECORD_TYPE,), tracks_presence=True)
    peaks.phase("parsing and cleaning")
    opened = open_reading(given.file, ReadOptions())
    mapping = map_columns(opened.layout.header, kind, source).mapping
    rows = problems = 0
    for batch in opened.batches():
        cleaned = clean(batch, kind, source, mapping, plain=opened.plain)
        rows, problems = rows + cleaned.drafts.height, problems + cleaned.problems.height
    return {"counts": {"rows": rows, "problems": problems}}


def digest(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """sha256 of the file: what a byte-identical one must cost."""
    peaks.phase("hashing")
    with given.file.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def health(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """The wiring of the whole workspace (HEA-4)."""
    import stocktake

    peaks.phase("health")
    with stocktake.open(given.db) as book:
        found = book.wiring_health()
        return {"counts": {name: count for name, count in found.counts.items() if count}}


def unlink(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Take all links away behind the engine's back, for :func:`backfill` to make anew; not measured."""
    import stocktake
    from stocktake.stores import schema

    with stocktake.open(given.db) as book, book.store._transaction(writes=True) as connection:
        connection.execute(schema.source_link.delete())
    return {}


def backfill(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Links for all records that have none, with the wiring before and after (BAC-1, BAC-5)."""
    import stocktake

    with stocktake.open(given.db) as book:
        runs = book.backfill("presence-links", progress=peaks)
        peaks.phase("closing")
        return {
            "run": runs[0].run_id,
            "counts": {name: count for name, count in runs[0].stats.items() if count},
        }


def walk(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """A folder tree walked, and its rows made: the limit for :func:`discover`."""
    from stocktake.readers.filetree.files import files_of
    from stocktake.readers.filetree.walking import WalkRules
    from stocktake.readers.filetree.walking import walk as walked

    peaks.phase("walking")
    root = os.open(given.file, os.O_RDONLY)
    found = walked(root, str(given.file), WalkRules())
    os.close(root)
    peaks.phase("rows")
    return {"counts": {"files": files_of(found, str(given.file)).height, "failures": len(found.failures)}}


def discover(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """A collection discovered; its state and what is known of it lie beside it, once it was discovered."""
    from datetime import UTC, datetime, timedelta
    from uuid import UUID

    import polars as pl

    from stocktake.model.media import Collection, MediaKind, MediaScope, MediaSource
    from stocktake.ports.importer import KNOWN
    from stocktake.readers.filetree.importer import FileTree

    state, known = (given.file.with_suffix(end) for end in (".state", ".known"))
    tree = FileTree(
        source=MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(given.file), single=True),
        collection=Collection(
            collection_id=UUID(int=1),
            media_source="nas",
            external_id="library",
            name="Library",
            source_code="NAS-LIBRARY",
            paths=(str(given.file),),
        ),
        at=datetime.now(UTC) + timedelta(hours=1),
    )
    before = pl.read_parquet(known) if known.exists() else pl.DataFrame(schema=KNOWN)
    peaks.phase("discovering")
    found = tree.discover(MediaScope(), before, state.read_bytes() if state.exists() else None)
    peaks.phase("keeping")
    if not known.exists():
        state.write_bytes(found.state or b"")
        columns = ("canonical_key_hash", "canonical_key", "source_uri", "guid")
        found.frame.select(*columns, is_present=pl.lit(value=True)).write_parquet(known)
    return {"counts": {name: count for name, count in found.counts.items() if count}}


class _Bound:
    """A progress that makes the process somebody whom permissions bind for as long as it walks: they do not bind root."""

    def __init__(self, peaks: Peaks) -> None:
        self._peaks = peaks
        self.expect, self.advance = peaks.expect, peaks.advance

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins; the one before has ended."""
        os.seteuid(0)
        self._peaks.phase(name, total)
        if name == "discovering":
            os.seteuid(_NOBODY)


def ingest(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """A collection ingested by the whole product: discovered, planned, applied (MED); ``bound``: not walked by root."""
    from datetime import UTC, datetime, timedelta

    import stocktake
    from stocktake.model.errors import GuardRefused
    from stocktake.model.media import MediaKind, MediaSource

    progress = _Bound(peaks) if given.bound and os.geteuid() == 0 else peaks
    with stocktake.open(given.db, clock=lambda: datetime.now(UTC) + timedelta(hours=1)) as book:
        if not book.media_sources():
            book.add_media_source(
                MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(given.file), single=True)
            )
            for each in book.discover_collections("NAS"):
                book.update_collection(str(each.collection_id), is_sync_enabled=True)
        (collection,) = book.collections()
        try:
            done = book.ingest_collection(str(collection.collection_id), allow_retire=0, progress=progress)
        except GuardRefused as refusal:
            return {"counts": {refusal.code: 1}}
        peaks.phase("closing")
        told = {name: getattr(done.stats, name) for name in done.stats.__slots__}
        told["errors"] = len(told["errors"])
        return {"counts": {name: count for name, count in told.items() if count}}


STEPS: dict[str, Step] = {
    each.__name__: each
    for each in (
        declare,
        load,
        undo,
        parse,
        reading,
        typing,
        cleaning,
        digest,
        health,
        unlink,
        backfill,
        walk,
        discover,
        ingest,
    )
}


def main() -> None:
    """Run the step that the arguments name and say what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--db")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--run", type=int)
    parser.add_argument("--bound", type=int, help="1: as somebody whom permissions bind")
    given = parser.parse_args()
    import stocktake.book.book  # noqa: I001 — before Polars, as a command or an application would

    import numpy  # noqa: F401
    import polars
    import psycopg  # noqa: F401
    import sqlalchemy  # noqa: F401

    import stocktake.readers.filetree.importer  # noqa: F401

    polars.select(polars.lit(1))
    tell(lambda peaks: STEPS[given.step](given, peaks))


if __name__ == "__main__":
    main()

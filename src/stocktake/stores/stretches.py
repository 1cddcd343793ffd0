"""Stretches of records: how many there are of each and how often one was written, kept by whoever writes (ADR 21).

A page lies in a stretch or two, whatever its number, and the length of a list is a sum of a thousand numbers a million
records. What filters find is remembered by the process, and looked for again only in stretches that were written since.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import polars as pl
from sqlalchemy import ColumnElement, Table, false, select
from sqlalchemy.dialects import postgresql, sqlite

from stocktake.model.record_type import RecordType
from stocktake.ports.frame import Frames
from stocktake.stores.remembering import Remembering
from stocktake.stores.stretch_table import record_stretch
from stocktake.stores.typed_table import typed_table

#: A stretch holds so many numbers, as a power of two.
BITS = 10
#: Who is in a hurry looks through so many records at most, and through so many before it is asked whether they are enough.
HURRY, STEP = 1 << 17, 1 << 14
#: So many ranges of numbers are looked through one by one; of more, all that lies between the first and the last.
RANGES = 100

#: So many stretches are folded together, as a power of two: what has few lines a block must not have a thousand blocks.
BLOCK = 6

#: ``stretch``: the numbers of its records by 2 ** BITS. ``records``: with those that are ``retired``.
STRETCHES = {"stretch": pl.Int64, "records": pl.Int64, "retired": pl.Int64, "version": pl.Int64}
_COUNTED = {name: STRETCHES[name] for name in ("stretch", "records", "retired")}


class Place(NamedTuple):
    """Where the rows of a page are found, how many rows there lie before them, and how many records the list has."""

    within: ColumnElement[bool]
    skipped: int
    total: int


class Found(NamedTuple):
    """``id`` of records that are like a filter, in order; of those with numbers below ``until`` it is all of them."""

    ids: pl.DataFrame
    until: int | None

    @property
    def is_whole(self) -> bool:
        """Whether all records were looked through."""
        return self.until is None

    def covers(self, length: int) -> bool:
        """Whether so many of the first are known."""
        return self.is_whole or int((self.ids["id"] < self.until).sum()) >= length


class Stretches(Remembering):
    """Statements that keep the stretches of typed tables, and that find pages by them."""

    # Kept by whoever writes -------------------------------------------------------------------------------------------

    def _noted(self, frames: Frames, into: list[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """The frames of records that are being created; what they add to the stretches is put ``into`` a list."""
        for part in (frames,) if isinstance(frames, pl.DataFrame) else frames:
            retired = (
                pl.col("retired_at").is_not_null() if "retired_at" in part.columns else pl.lit(value=False)
            )
            into.append(counted(part.select("id", retired=retired)))
            yield part

    def _write_stretches(self, record_type: RecordType, *moved: pl.DataFrame) -> None:
        """Let the stretches grow by ``stretch, records, retired``, and say that their records were written."""
        grown = pl.concat([pl.DataFrame(schema=_COUNTED), *moved])
        grown = grown.group_by("stretch").agg(pl.col("records", "retired").sum()).sort("stretch")
        if grown.is_empty():
            return
        table, dialect = record_stretch, sqlite if self._dialect.name == "sqlite" else postgresql
        adding = dialect.insert(table)
        more = {name: table.c[name] + adding.excluded[name] for name in ("records", "retired", "version")}
        mine = {"workspace_id": self.workspace_id, "record_type": record_type.name, "version": 1}
        self.run_often(
            adding.on_conflict_do_update(index_elements=list(table.primary_key), set_=more),
            [mine | each for each in grown.to_dicts()],
        )

    def _touch(self, record_type: RecordType, ids: pl.Series, *turned: pl.DataFrame) -> None:
        """Say that the records ``ids`` were written, and keep how many of them were ``turned``."""
        stretches = ids.alias("id").to_frame().select(_stretch_of("id")).unique()
        same = stretches.with_columns(records=0, retired=0).cast(pl.Schema(_COUNTED))
        self._write_stretches(
            record_type, same, *(each.with_columns(pl.col("records") * 0) for each in turned)
        )

    def _retired_among(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``stretch, records, retired`` of the retired ones of the records ``ids``; asked only where there are any."""
        kept = self.stretches(record_type.name).filter(pl.col("retired") > 0)["stretch"]
        asked = ids.filter((ids // (1 << BITS)).is_in(kept.implode()))
        if asked.is_empty():
            return pl.DataFrame(schema=_COUNTED)
        table = typed_table(record_type)
        return self._counted(record_type, self.among(table.c.id, asked), table.c.retired_at.is_not(None))

    @contextmanager
    def _thinned(self, record_type: RecordType, *chosen: ColumnElement[bool]) -> Iterator[None]:
        """Count the ``chosen`` records before the block and what it leaves of them, and keep the difference."""
        before = self._counted(record_type, *chosen)
        yield
        self._write_stretches(record_type, less(before), self._counted(record_type, *chosen))

    def _recount(self, record_type: RecordType, first: int, last: int) -> None:
        """Count the stretches of the records from ``first`` to ``last`` anew, of which few are left."""
        table, low, high = typed_table(record_type), first >> BITS, last >> BITS
        ids = table.c.id.between(low << BITS, ((high + 1) << BITS) - 1)
        there = self._counted(record_type, ids)
        kept = self.stretches(record_type.name).filter(pl.col("stretch").is_between(low, high))
        self._write_stretches(record_type, less(kept.select(*_COUNTED)), there)

    def _counted(self, record_type: RecordType, *chosen: ColumnElement[bool]) -> pl.DataFrame:
        """``stretch, records, retired`` of the chosen records; counted here, since SQLite sorts what it groups."""
        table = typed_table(record_type)
        found = self.fetch(
            select(table.c.id, table.c.retired_at.is_not(None)).where(
                table.c.workspace_id == self.workspace_id, *chosen
            ),
            {"id": pl.Int64, "retired": pl.Boolean},
        )
        return counted(found)

    # Read ---------------------------------------------------------------------------------------------------------------

    def stretches(self, record_type: str) -> pl.DataFrame:
        """``STRETCHES`` of the workspace's records of a type, by number."""
        table = record_stretch
        mine = (table.c.workspace_id == self.workspace_id, table.c.record_type == record_type)
        columns = (table.c[name] for name in STRETCHES)
        return self.fetch(select(*columns).where(*mine).order_by(table.c.stretch), STRETCHES)

    def folded(
        self, record_type: str, key: Hashable, fold: Callable[[int, int], pl.DataFrame]
    ) -> list[pl.DataFrame]:
        """What ``fold`` makes of the records from one number to another, block by block; ``key`` says what it makes.

        It is told from memory of a block in which no record was written since; what it reads else is written with them.
        """
        kept, found = self._folds(record_type, key), {}
        for block, _, version in self._blocks(record_type):
            known, size = kept.get(block), BITS + BLOCK
            if known is None or known[0] != version:
                known = version, fold(block << size, ((block + 1) << size) - 1)
            found[block] = known
        parts = [part for _, part in found.values()]
        self._know(("folded", record_type, key), found, sum(each.height for each in parts))
        return parts

    def unfolded(self, record_type: str, key: Hashable) -> int:
        """How many records ``folded`` would have to read."""
        kept = self._folds(record_type, key)
        return sum(
            records
            for block, records, version in self._blocks(record_type)
            if block not in kept or kept[block][0] != version
        )

    def _folds(self, record_type: str, key: Hashable) -> dict[int, tuple[int, pl.DataFrame]]:
        return self._known(("folded", record_type, key)) or {}

    def _blocks(self, record_type: str) -> list[tuple[int, int, int]]:
        """Number, records and version of each block; versions of stretches only grow, and so does their sum."""
        blocks = self.stretches(record_type).group_by(pl.col("stretch") // (1 << BLOCK), maintain_order=True)
        return blocks.agg(pl.col("records", "version").sum()).rows()

    def _place_of_all(self, record_type: RecordType, *, retired: bool, limit: int, offset: int) -> Place:
        """A page of all records by number; of all but the retired ones unless ``retired``."""
        kept = self.stretches(record_type.name)
        there = pl.col("records") if retired else pl.col("records") - pl.col("retired")
        counted = kept.select("stretch", records=there).filter(pl.col("records") > 0)
        counted = counted.with_columns(before=pl.col("records").cum_sum() - pl.col("records"))
        on_page = counted.filter(
            pl.col("before") < offset + limit, pl.col("before") + pl.col("records") > offset
        )
        skipped = 0 if on_page.is_empty() else offset - int(on_page["before"][0])
        ranges = _ranges(on_page["stretch"])  # nothing that is listed lies between them
        number = typed_table(record_type).c.id
        within = number.between(ranges[0][0], ranges[-1][1]) if ranges else false()
        return Place(within, skipped, int(counted["records"].sum()))

    def _place_of_some(
        self,
        record_type: RecordType,
        key: Hashable,
        conditions: Sequence[ColumnElement[bool]],
        *,
        limit: int,
        offset: int,
    ) -> Place:
        """A page of the records that fulfil ``conditions`` on their own columns, which ``key`` names."""
        ids = self._found(record_type, key, conditions).ids
        return self._place_among(record_type, ids, limit=limit, offset=offset)

    def _place_among(self, record_type: RecordType, ids: pl.DataFrame, *, limit: int, offset: int) -> Place:
        """A page of the records ``id``, which are in order."""
        page = ids["id"].slice(offset, limit).to_list()
        return Place(typed_table(record_type).c.id.in_(page), 0, ids.height)

    def _found(
        self,
        record_type: RecordType,
        key: Hashable,
        conditions: Sequence[ColumnElement[bool]],
        *,
        enough: int | None = None,
    ) -> Found:
        """Which records fulfil ``conditions`` on their own columns: known ones, and those of stretches written since.

        ``key`` names the conditions. With ``enough`` not all is looked through: no more than is needed for so many of the
        first, nor than ``HURRY``; where that left off, it goes on when asked again.
        """
        key = ("filtered", record_type.name, key)
        now = self.stretches(record_type.name).select("stretch", "version")
        kept: tuple[pl.DataFrame, pl.DataFrame] | None = self._known(key)
        seen, ids = kept or (now.clear(), pl.DataFrame(schema={"id": pl.Int64}))
        written = now.join(seen, on=["stretch", "version"], how="anti", maintain_order="left")["stretch"]
        if written.is_empty():
            return Found(ids, None)
        ids = ids.filter(~_stretch_of("id").is_in(written.implode()))
        unread, table = written, typed_table(record_type)
        found = Found(ids, int(unread[0]) << BITS)
        for part in _parts(written) if enough is not None else [written]:
            if enough is not None and found.covers(enough):
                break
            fresh = self._looked_for(table, conditions, part)
            unread = unread.slice(part.len())
            until = int(unread[0]) << BITS if len(unread) else None
            found = Found(pl.concat([found.ids, fresh]).sort("id"), until)
        now = now.filter(~pl.col("stretch").is_in(unread.implode()))
        self._know(key, (now, found.ids), now.height + found.ids.height)
        return found

    def _looked_for(
        self, table: Table, conditions: Sequence[ColumnElement[bool]], stretches: pl.Series
    ) -> pl.DataFrame:
        # Range by range: of several at once SQLite would walk over all that lies between.
        found = [
            self.fetch(
                select(table.c.id).where(*conditions, table.c.id.between(*each)).order_by(table.c.id),
                {"id": pl.Int64},
            )
            for each in _ranges(stretches)
        ]
        return pl.concat(found).filter(_stretch_of("id").is_in(stretches.implode()))


def _parts(stretches: pl.Series) -> Iterator[pl.Series]:
    """The first of the stretches, some at a time, as far as a hurry goes."""
    size = STEP >> BITS
    for start in range(0, min(len(stretches), HURRY >> BITS), size):
        yield stretches.slice(start, size)


def counted(records: pl.DataFrame) -> pl.DataFrame:
    """``stretch, records, retired`` of records ``id``, each of which is ``retired`` or not."""
    counts = records.group_by(_stretch_of("id")).agg(records=pl.len(), retired=pl.col("retired").sum())
    return counts.cast(pl.Schema(_COUNTED))


def less(counted: pl.DataFrame) -> pl.DataFrame:
    """So many fewer."""
    return counted.with_columns(-pl.col("records"), -pl.col("retired"))


def _stretch_of(column: str) -> pl.Expr:
    return (pl.col(column) // (1 << BITS)).alias("stretch")


def _ranges(stretches: pl.Series) -> list[tuple[int, int]]:
    """The numbers of some stretches, in order; stretches that touch are one range, and very many ranges as well."""
    ranges: list[tuple[int, int]] = []
    for stretch in stretches:
        first, last = stretch << BITS, ((stretch + 1) << BITS) - 1
        if ranges and ranges[-1][1] + 1 == first:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    if len(ranges) > RANGES:
        ranges = [(ranges[0][0], ranges[-1][1])]
    return ranges

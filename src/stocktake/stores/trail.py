"""What runs leave: raw chunks, changes, images, history, freshness (LIN, ROL, HIS, FRE)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import func, insert, select

from stocktake.planning.naming import name_cell
from stocktake.planning.packed import pack, unpack, unpack_all
from stocktake.planning.problem import PROBLEMS
from stocktake.ports.frame import ABSENT, ABSENT_RECORDS, CHANGES, REAPPEARED_ROWS, RawChunk
from stocktake.stores import schema
from stocktake.stores.session import Session

#: Rows of one compressed chunk of an image.
IMAGE_ROWS = 100_000
#: So many chunks are opened at a time, where one column of their outcome is wanted.
OUTCOMES = 64
#: What became of rows that were read again as they were (PLN-16).
AGAIN = {"decision": pl.lit("unchanged"), "reason": pl.lit("same")}


class Trail(Session):
    """Statements about what a run leaves."""

    def keep_mapping(self, run_id: int, **values: Any) -> int:
        """Store a mapping; its id."""
        mapping_id = self.reserve("mapping", 1)
        self.insert(
            insert(schema.mapping).values(
                workspace_id=self.workspace_id, mapping_id=mapping_id, created_run=run_id, **values
            )
        )
        return mapping_id

    def keep_changes(self, run_id: int, record_type: str, frame: pl.DataFrame) -> None:
        """Store what a run changed: ``record_id, field, act, before, after``."""
        self.load(schema.record_change, frame, run_id=run_id, record_type=record_type)

    def changes_of(self, run_id: int, record_type: str) -> pl.DataFrame:
        """What a run changed."""
        table = schema.record_change
        return self.fetch(
            select(*(table.c[name] for name in CHANGES))
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id == run_id,
                table.c.record_type == record_type,
            )
            .order_by(table.c.record_id, table.c.field),
            CHANGES,
        )

    def changes_among(self, run_id: int, record_type: str, ids: Sequence[int]) -> pl.DataFrame:
        """What a run changed of the few records ``ids``."""
        table = schema.record_change
        return self.fetch(
            select(*(table.c[name] for name in CHANGES))
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id == run_id,
                table.c.record_type == record_type,
                table.c.record_id.in_(list(ids)),
            )
            .order_by(table.c.record_id, table.c.field),
            CHANGES,
        )

    def acts_of_run(self, run_id: int) -> pl.DataFrame:
        """``record_type, record_id, act`` of the records of any type that a run changed or deleted."""
        table = schema.record_change
        columns = {"record_type": pl.String, "record_id": pl.Int64, "act": pl.String}
        mine = (table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        return self.fetch(select(*(table.c[name] for name in columns)).where(*mine).distinct(), columns)

    def keep_history(self, run_id: int, record_type: str, frame: pl.DataFrame, *, at: datetime) -> None:
        """Add field history: ``record_id, field, from_value, to_value, kind``."""
        self.load(schema.field_history, frame, run_id=run_id, record_type=record_type, changed_at=at)

    def history_of_run(self, run_id: int, record_type: str) -> pl.DataFrame:
        """The field history that a run added: ``record_id, field, from_value, to_value, kind``."""
        table = schema.field_history
        texts = ("field", "from_value", "to_value", "kind")
        columns = {"record_id": pl.Int64, **dict.fromkeys(texts, pl.String)}
        return self.fetch(
            select(*(table.c[name] for name in columns)).where(
                table.c.workspace_id == self.workspace_id,
                table.c.record_type == record_type,
                table.c.run_id == run_id,
            ),
            columns,
        )

    def history_page_of_run(
        self, run_id: int, record_type: str, *, limit: int, offset: int
    ) -> tuple[pl.DataFrame, int]:
        """A page of what ``history_of_run`` tells, by record, field and kind; and how many entries there are."""
        table = schema.field_history
        order = {"record_id": pl.Int64, "field": pl.String, "kind": pl.String}
        columns = {**order, "from_value": pl.String, "to_value": pl.String}
        mine = (
            table.c.workspace_id == self.workspace_id,
            table.c.record_type == record_type,
            table.c.run_id == run_id,
        )
        total = self.rows(select(func.count()).select_from(table).where(*mine))[0][0]
        listed = select(*(table.c[name] for name in columns)).where(*mine)
        page = listed.order_by(*(table.c[name] for name in order)).limit(limit).offset(offset)
        return self.fetch(page, columns), int(total)

    def keep_image(self, run_id: int, name: str, frame: pl.DataFrame) -> None:
        """Store what a run overwrote, compressed."""
        chunks = [
            (number, part.height, pack(part)) for number, part in enumerate(frame.iter_slices(IMAGE_ROWS))
        ]
        content = pl.DataFrame(
            chunks, schema={"chunk": pl.Int64, "rows": pl.Int64, "content": pl.Binary}, orient="row"
        )
        self.load(schema.run_image, content, run_id=run_id, name=name)

    def image_of(self, run_id: int, name: str, empty: dict[str, Any]) -> pl.DataFrame:
        """What a run overwrote; an empty frame of the schema ``empty`` where it overwrote nothing."""
        table = schema.run_image
        found = self.rows(
            select(table.c.content)
            .where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id == run_id,
                table.c.name == name,
            )
            .order_by(table.c.chunk)
        )
        parts = [unpack(row[0]) for row in found]
        return pl.concat(parts) if parts else pl.DataFrame(schema=empty)

    def image_names(self, run_id: int) -> list[str]:
        """Under which names the run stored what it overwrote."""
        table = schema.run_image
        found = self.rows(
            select(table.c.name)
            .where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
            .distinct()
            .order_by(table.c.name)
        )
        return [str(row[0]) for row in found]

    def absent_of(self, run_id: int) -> pl.DataFrame:
        """What became of the records that the file of a run lacked: ``ABSENT`` (PRE-22)."""
        return self.image_of(run_id, ABSENT_RECORDS, ABSENT)

    def reappeared_of(self, run_id: int) -> pl.Series:
        """The places of the rows of a run whose link had been missing (INT-2)."""
        return self.image_of(run_id, REAPPEARED_ROWS, {"row": pl.UInt32})["row"]

    def problems_of(self, run_id: int) -> pl.DataFrame:
        """What was wrong with the rows a run rejected, as ``PlanFrames.problems`` (ERR-3)."""
        return self.image_of(run_id, "problems", PROBLEMS)

    def keep_raw_chunks(self, run_id: int, chunks: Iterator[RawChunk]) -> None:
        """Store the rows as read, with what became of them, in compressed chunks."""
        for number, chunk in enumerate(chunks):
            outcome = chunk.outcome
            decisions = outcome["decision"].drop_nulls().value_counts().sort("decision").rows()
            self.insert(
                insert(schema.raw_chunk).values(
                    workspace_id=self.workspace_id,
                    run_id=run_id,
                    chunk=number,
                    first_row=chunk.first_row,
                    rows=outcome.height,
                    processed=outcome.height - outcome["decision"].null_count(),
                    linked=outcome.height - outcome["record_id"].null_count(),
                    decisions=json.dumps(dict(decisions)),
                    cells=chunk.cells,
                    outcome=pack(outcome),
                )
            )

    def raw_chunks(self, run_id: int) -> Iterator[pl.DataFrame]:
        """The raw rows of a run, chunk by chunk: ``row, line, decision, reason, record_id …`` and the cells ``c0`` … .

        A run that read the same content again has the rows of the run that kept them, all unchanged (PLN-16).
        """
        again = self._content_run(run_id)
        for chunk in self._chunks_of(again or run_id, self.name_column(again or run_id)):
            said = AGAIN if again else {}
            yield chunk.with_columns(**said)

    def _content_run(self, run_id: int) -> int | None:
        table = schema.import_run
        found = self.rows(
            select(table.c.content_run).where(
                table.c.workspace_id == self.workspace_id, table.c.run_id == run_id
            )
        )
        return found[0][0] if found else None

    def name_column(self, run_id: int) -> int | None:
        """The place of the column that names the rows a run read."""
        table = schema.import_run
        found = self.rows(
            select(table.c.file).where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        )
        place: int | None = json.loads(found[0][0])["name_column"] if found and found[0][0] else None
        return place

    def _chunks_of(self, run_id: int, named: int | None) -> Iterator[pl.DataFrame]:
        table = schema.raw_chunk
        numbers = self.rows(
            select(table.c.chunk)
            .where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
            .order_by(table.c.first_row)
        )
        for (number,) in numbers:
            yield self._chunk(run_id, number, named)

    def _chunk(self, run_id: int, number: int, named: int | None) -> pl.DataFrame:
        """The rows of one chunk; ``named``: the place of the column that names them."""
        table = schema.raw_chunk
        cells, outcome = self.rows(
            select(table.c.cells, table.c.outcome).where(
                table.c.workspace_id == self.workspace_id,
                table.c.run_id == run_id,
                table.c.chunk == number,
            )
        )[0]
        return raw_rows(cells, outcome, named)

    def outcomes_of(self, run_id: int, column: str) -> Iterator[tuple[list[tuple[int, int]], pl.DataFrame]]:
        """One column of what became of a run's raw rows, some chunks at a time: number and rows of each, and all as one."""
        table = schema.raw_chunk
        mine = (table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        heads = (
            select(table.c.chunk, table.c.rows).where(*mine, table.c.linked > 0).order_by(table.c.first_row)
        )
        chunks = [(int(number), int(rows)) for number, rows in self.rows(heads)]
        for some in (chunks[start : start + OUTCOMES] for start in range(0, len(chunks), OUTCOMES)):
            named = table.c.chunk.in_([number for number, _ in some])
            found = dict(
                tuple(row) for row in self.rows(select(table.c.chunk, table.c.outcome).where(*mine, named))
            )
            yield some, unpack_all([found[number] for number, _ in some], [column])

    def header_of(self, run_id: int) -> list[str]:
        """The header of the file a run read."""
        table = schema.import_run
        found = self.rows(
            select(table.c.header).where(table.c.workspace_id == self.workspace_id, table.c.run_id == run_id)
        )
        return list(json.loads(found[0][0])) if found and found[0][0] else []

    def set_freshness(self, source: str, record_type: str, values: dict[str, Any] | None) -> None:
        """What the source's newest import was; None where none is left (FRE-1)."""
        table = schema.source_freshness
        mine = (
            table.c.workspace_id == self.workspace_id,
            table.c.source == source,
            table.c.record_type == record_type,
        )
        self.run(table.delete().where(*mine))
        if values is not None:
            self.insert(
                insert(table).values(
                    workspace_id=self.workspace_id, source=source, record_type=record_type, **values
                )
            )


def raw_rows(cells: bytes, outcome: bytes, named: int | None) -> pl.DataFrame:
    """The rows of a stored chunk, as read and as decided, with the ``name`` that the column ``named`` gives them."""
    read = unpack(cells).rename({"_row": "row", "_line": "line"}).drop("_fault")
    told = unpack(outcome)
    called = told.select(pl.col("^external_id$").alias("name"))
    if named is not None:
        said = read.select(_said=name_cell(named))
        called = pl.concat([called, said], how="horizontal").select(
            name=pl.coalesce("_said", *called.columns)
        )
    return pl.concat([read.select("row", "line"), told, called, read.drop("row", "line")], how="horizontal")

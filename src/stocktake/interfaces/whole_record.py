"""Everything about one record, for every face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stocktake.flows.lineage import raw_row
from stocktake.flows.missing import keeping, sightings
from stocktake.flows.record_history import unknown_record
from stocktake.interfaces.lineage_document import lineage_document, raw_row_document
from stocktake.interfaces.missing_document import only_words
from stocktake.interfaces.record_document import (
    history_document,
    link_document,
    origin_document,
    record_document,
)
from stocktake.interfaces.wording import moment_iso
from stocktake.model.run import Run
from stocktake.reporting.missing import only_keeper

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from stocktake.book import Book
    from stocktake.model.lineage import Lineage, RawRow
    from stocktake.model.record_type import RecordType
    from stocktake.reporting.missing import Keeper
    from stocktake.reporting.sighting import Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRecord:
    """A record, which sources have it, its history, and the raw row that it came from."""

    kind: RecordType
    row: dict[str, Any]
    links: list[Sighting]
    entries: list[dict[str, Any]]
    raw: dict[str, Any] | None
    lineage: Lineage | None
    reasons: Callable[[Run, str | None], str | None]
    run: Run
    referred: dict[str, str]
    origins: list[dict[str, Any]]
    keepers: list[Keeper]
    at: datetime

    @property
    def absent(self) -> list[dict[str, Any]]:
        """The links by which a source misses the record."""
        return [dict(each.link) for each in self.links if each.is_missing]

    @property
    def only_keeper(self) -> Keeper | None:
        """Who alone keeps the record alive although it is overdue (PRE-22)."""
        return only_keeper(self.keepers) if self.absent and self.row["retired_at"] is None else None


def whole_record(book: Book, type_name: str, record_id: int, *, lineage: bool) -> WholeRecord:
    """Everything about one record. Raises ``NotFound`` ``unknown-record``."""
    kind = book.record_type(type_name)
    stored = book.declared().stored_record_types
    with book.listing() as unit:
        row = unit.record(kind, record_id) if type_name in stored else None
        if row is None:
            raise unknown_record(kind, record_id)
        at, keepers = book.clock(), book.declared().keepers()
        links = sightings(unit, type_name, record_id, book.declared().sources, at=at)
        kept = keeping(unit, type_name, [record_id], keepers, at=at).get(record_id, [])
        raw = unit.raw_row(row["row_run"], row["row_number"]) if row["row_number"] is not None else None
        header = unit.header_of(row["row_run"])
        referred = {
            each.field: name
            for each in kind.references
            if row[each.field] is not None and each.to in stored
            for name in _names(unit, stored[each.to], int(row[each.field]))
        }
    run = book.run(row["row_run"]).run
    return WholeRecord(
        kind=kind,
        row=row,
        links=links,
        entries=book.history_of(type_name, record_id).to_dicts(),
        raw=_raw_document(raw_row(raw, header, run), book, run) if raw else None,
        lineage=book.lineage(type_name, record_id) if lineage else None,
        reasons=lambda run, rule: _reason(book, run, rule),
        run=run,
        referred=referred,
        origins=book.provenance(type_name, record_id).to_dicts(),
        keepers=kept,
        at=at,
    )


def _raw_document(row: RawRow, book: Book, run: Run) -> dict[str, Any]:
    return raw_row_document(row, _reason(book, run, row.reason))


def _reason(book: Book, run: Run, rule: str | None) -> str | None:
    """The words of a rule, of the strategy that a run followed."""
    return book.reasons(run.strategy or "").get(rule or "", rule)


def _names(unit: Any, to: RecordType, record_id: int) -> list[str]:
    """What the record is called that another refers to; nothing where it is gone."""
    import polars as pl  # only where something is referred to: other commands start without it

    found = unit.names(to, pl.Series([record_id]))["_name"].to_list()
    return [name or "" for name in found]


def whole_record_document(found: WholeRecord) -> dict[str, Any]:
    """All of it for programs."""
    only = found.only_keeper
    return {
        "record_type": found.kind.name,
        **record_document(found.kind, found.row, found.absent),
        "kept_alive_by": only_words(only, found.at) if only else None,
        "extra": found.row["extra"],
        "retired_by": found.row["retired_by"],
        "retired_run": found.row["retired_run"],
        "imported_at": moment_iso(found.row["imported_at"]),
        "updated_at": moment_iso(found.row["updated_at"]),
        "version": found.row["version"],
        "links": [link_document(each) for each in found.links],
        "provenance": [origin_document(each) for each in found.origins],
        "history": [history_document(each) for each in found.entries],
        "lineage": {
            "run_id": found.row["row_run"],
            "filename": found.run.filename,
            "row": found.raw,
            **({} if found.lineage is None else lineage_document(found.lineage, found.reasons)),
        },
    }

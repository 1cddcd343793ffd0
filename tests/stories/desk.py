"""A desk to tell stories at: a book on some store, a clock that is moved by hand, files, and what the database says."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import stocktake as st
from stocktake.book import OpenPlan, OpenRun
from stocktake.model.errors import Refusal
from stocktake.model.source import Source
from tests.stories.memory import Memory

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)

#: What a rollback need not give back (ROL-13).
_PASSING = {"version", "updated_at"}

Row = Mapping[str, str]

#: For what reading and planning promise by themselves: no store has a say in it, and the fast one is enough.
on_one_store = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)


class Desk:
    """A book and the hands of the one who works with it; ``memory`` knows what others have imported before."""

    def __init__(
        self, url: str, folder: Path, record_type: str = "device", memory: Memory | None = None
    ) -> None:
        self.now = START
        self.folder = folder
        self.record_type = record_type
        self.book = st.open(url, by="ana", clock=lambda: self.now)
        self._files = 0
        self._memory = memory

    # Given ---------------------------------------------------------------------------------------------------------

    def later(self, by: timedelta = DAY) -> datetime:
        """Let time pass; the new present moment."""
        self.now += by
        return self.now

    def file(self, rows: Sequence[Row], header: Sequence[str] = ("Serial Number",)) -> Path:
        """A CSV file of these rows, whose columns are ``header`` and the rows' own keys."""
        self._files += 1
        path = self.folder / f"file-{self._files}.csv"
        columns = list(dict.fromkeys([*header, *(name for row in rows for name in row)]))
        with path.open("w", newline="", encoding="utf-8") as out:
            writer = csv.DictWriter(out, columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        return path

    def plan(self, source: str, rows: Sequence[Row], **options: Any) -> OpenPlan:
        """The preview of a file of these rows."""
        return self.book.plan(self.file(rows), record_type=self.record_type, source=source, **options)

    def load(self, source: str, rows: Sequence[Row], **options: Any) -> OpenRun:
        """Import a file of these rows, a day after the last one."""
        self.later()
        path = self.file(rows)
        told = {"record_type": self.record_type, "source": source, **options}

        def load() -> OpenRun:
            return self.book.plan(path, **told).apply()

        return self._memory.imported(self.book, path, told, load) if self._memory else load()

    def declare(self, name: str, **settings: Any) -> Source:
        """A source of devices that tracks presence, unless ``settings`` say otherwise."""
        tracked = {"tracks_presence": True, "external_id": ("serial_number",), "key_rules": ("casefold",)}
        return self.book.add_source(
            Source(name=name, record_types=(self.record_type,), **{**tracked, **settings})
        )

    def retire_by_hand(self, serial: str) -> None:
        """What an operator's retirement leaves in the record."""
        self.write(
            "UPDATE device SET status = 'RETIRED', retired_at = :at, retired_by = 'operator', "
            "version = version + 1 WHERE serial_number = :serial",
            at=self.now if self.is_postgres else self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            serial=serial,
        )

    # Then ----------------------------------------------------------------------------------------------------------

    @property
    def is_postgres(self) -> bool:
        """Which of the two stores this is."""
        return self.book.store.name == "postgresql"

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """What a statement reads, as the database's owner sees it."""
        with self.book.store._transaction(writes=False) as connection:
            wanted = {name: value for name, value in values.items() if f":{name}" in statement}
            return [dict(row._mapping) for row in connection.execute(text(statement), wanted)]

    def write(self, statement: str, **values: Any) -> None:
        """Change the database behind the engine's back."""
        with self.book.store._transaction(writes=True) as connection:
            connection.execute(text(statement), values)

    def records(self) -> dict[str | None, dict[str, Any]]:
        """Serial number → record."""
        found = self.rows(f"SELECT * FROM {self.record_type} ORDER BY id")
        by_serial = {row["serial_number"]: row for row in found}
        assert len(by_serial) == len(found), "several records carry one serial number"
        return by_serial

    def record(self, serial: str) -> dict[str, Any]:
        """The record with that serial number."""
        return self.records()[serial]

    def status(self, serial: str) -> str:
        """The status of a record."""
        status: str = self.record(serial)["status"]
        return status

    def count(self) -> int:
        """How many records there are, retired ones included."""
        return int(self.rows(f"SELECT count(*) AS n FROM {self.record_type}")[0]["n"])

    def link(self, source: str, serial: str) -> dict[str, Any]:
        """A source's link as the view of presence shows it (PRE-28)."""
        (found,) = self.rows(
            "SELECT * FROM source_presence WHERE source = :source AND external_id = :key",
            source=source,
            key=serial,
        )
        return {**found, "is_present": bool(found["is_present"])}

    def link_said(self, source: str, serial: str) -> str:
        """What a source's link remembers that its record no longer says (PLN-19); nothing where there is nothing."""
        (found,) = self.rows(
            "SELECT said FROM st_source_link JOIN st_feed USING (workspace_id, feed_id) "
            "WHERE source = :source AND coalesce(external_id_raw, external_id) = :key",
            source=source,
            key=serial,
        )
        return str(found["said"] or "")

    def is_present(self, source: str, serial: str) -> bool:
        """Whether the source has the record."""
        return bool(self.link(source, serial)["is_present"])

    def last_seen(self, source: str, serial: str) -> datetime:
        """When the source was last seen to have the record."""
        seen = self.link(source, serial)["last_seen_at"]
        return datetime.fromisoformat(seen) if isinstance(seen, str) else seen.astimezone(UTC)

    def audit(self, run: OpenRun, act: str) -> list[dict[str, Any]]:
        """The entries of that act in the activity log of a run."""
        return self.rows(
            "SELECT * FROM st_activity_log WHERE run_id = :run AND act = :act ORDER BY entry DESC",
            run=run.run_id,
            act=act,
        )

    def last_run(self) -> dict[str, Any]:
        """The newest run."""
        return self.rows("SELECT * FROM st_import_run ORDER BY run_id DESC LIMIT 1")[0]

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that a rollback gives back: records, links and freshness, without what only grows (ROL-13)."""
        kept = {
            self.record_type: f"SELECT * FROM {self.record_type} ORDER BY id",
            "st_source_link": "SELECT * FROM st_source_link JOIN st_feed USING (workspace_id, feed_id) "
            "WHERE record_type = :of ORDER BY source, external_id",
            "st_source_freshness": "SELECT * FROM st_source_freshness WHERE record_type = :of ORDER BY source",
        }
        return {
            name: [
                tuple(
                    (column, bytes(value) if isinstance(value, memoryview) else value)
                    for column, value in row.items()
                    if column not in _PASSING
                )
                for row in self.rows(statement, of=self.record_type)
            ]
            for name, statement in kept.items()
        }


def device(serial: str, tag: str = "", **more: str) -> Row:
    """A row of a device export: ``model``, ``assigned_to``, ``location``, ``status`` … in ``more``."""
    headers = {"assigned_to": "Assigned To", "ram": "RAM"}
    cells = {headers.get(name, name.replace("_", " ").capitalize()): value for name, value in more.items()}
    return {"Serial Number": serial, "Asset Tag": tag, **cells}


def fleet(count: int, **more: str) -> list[Row]:
    """So many devices, S001 and on."""
    return [device(f"S{number:03}", f"T{number:03}", **more) for number in range(1, count + 1)]


def refusal_of(plan: OpenPlan) -> Refusal:
    """Why a plan may not be applied."""
    refused = plan.refusal
    assert refused is not None, "the plan may be applied"
    return refused

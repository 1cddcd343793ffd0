"""What Python may hand in, and that it means the same as the file of the same content (interfaces.md, INT)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import as_file
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import stocktake as st
from stocktake.catalog.packs import pack_samples
from tests.stories.desk import on_one_store

Item = dict[str, Any]
DAY = date(2026, 1, 1)


def item(number: int, **more: Any) -> Item:
    return {
        "Deal ID": f"{number:04}",
        "Deal Name": f"Déal “{number}”",
        "Amount": Decimal(number) / 4,
        "Close Date": DAY + timedelta(days=number) if number % 7 else None,
        "Owner": None if number % 5 else "ana, ben",
        **more,
    }


ITEMS = [item(number) for number in range(1, 41)]


class Relation:
    """Rows behind Arrow's stream interface and nothing else, as a relation of DuckDB is."""

    def __init__(self, items: list[Item]) -> None:
        self._table = pa.Table.from_pylist(items)

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def days_as_moments(items: list[Item]) -> Any:
    """A pandas frame in which days are what pandas makes of them: moments, NaT where blank."""
    frame = pd.DataFrame(items)
    frame["Close Date"] = pd.to_datetime(frame["Close Date"])
    frame.index = frame.index + 7
    return frame


def record_batches(items: list[Item]) -> Any:
    table = pa.Table.from_pylist(items)
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=7))


KINDS: dict[str, Callable[[list[Item]], Any]] = {
    "polars": pl.DataFrame,
    "lazy polars": pl.LazyFrame,
    "arrow table": pa.Table.from_pylist,
    "arrow batches": record_batches,
    "arrow stream": Relation,
    "pandas": pd.DataFrame,
    "pandas with moments": days_as_moments,
    "list of dicts": list,
    "generator": lambda items: (each for each in items),
    "pandas' dicts": lambda items: days_as_moments(items).to_dict("records"),
}


@pytest.fixture
def book(ready_database_url: str) -> Iterator[st.Book]:
    with st.open(ready_database_url, by="ana") as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The CSV file of ``ITEMS``."""
    path = tmp_path / "deals.csv"
    pl.DataFrame(ITEMS).write_csv(path)
    return path


@pytest.fixture(params=KINDS.values(), ids=list(KINDS))
def content(request: pytest.FixtureRequest) -> Any:
    return request.param(ITEMS)


def told(plan: st.OpenPlan) -> list[dict[str, Any]]:
    """The decisions without the lines, which in a file count its header."""
    return plan.decisions().drop("line").to_dicts()


def planned(book: st.Book, content: Any, **options: Any) -> st.OpenPlan:
    return book.plan(content, record_type="deal", source="HUBSPOT", **options)


def test_the_snippet_of_the_interfaces_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ninjaone-1.csv", "ninjaone-2.csv"):
        with as_file(pack_samples("it_assets")[name]) as path:
            (tmp_path / name).write_bytes(path.read_bytes())
    book = st.open(database_url)
    book.plan("ninjaone-1.csv", record_type="device", source="NINJAONE").apply()

    plan = book.plan("ninjaone-2.csv", record_type="device", source="NINJAONE", strategy="snapshot")
    assert (plan.counts["create"], plan.counts["retire"]) == (2, 2)
    assert plan.decisions("retire").columns == [
        "line",
        "external_id",
        "name",
        "record_id",
        "action",
        "reason",
    ]
    run = plan.apply()
    assert run.stats["retired"] == 2
    undone = run.rollback(by="ana")

    assert (undone.run.undoes_run, undone.run.initiated_by) == (run.run_id, "ana")
    assert book.run(run.run_id).run.status is st.RunStatus.ROLLED_BACK
    book.close()


@on_one_store
def test_every_kind_gives_the_plan_of_the_file(book: st.Book, file: Path, content: Any) -> None:
    by_file, by_kind = planned(book, file), planned(book, content)

    assert by_kind.counts == by_file.counts
    assert told(by_kind) == told(by_file)
    assert by_kind.plan.file.header == by_file.plan.file.header
    assert by_kind.counts["create"] == 40


def test_the_same_content_again_by_another_kind_is_unchanged(book: st.Book, file: Path, content: Any) -> None:
    planned(book, file).apply()
    again = planned(book, content)

    assert (again.counts["unchanged"], again.counts["update"]) == (40, 0)


def test_what_another_kind_stored_is_what_the_file_says(book: st.Book, file: Path, content: Any) -> None:
    planned(book, content).apply()

    assert planned(book, file).counts["unchanged"] == 40


@on_one_store
def test_a_frame_has_the_name_it_is_given(book: st.Book, file: Path, content: Any) -> None:
    run = planned(book, content, name="nightly").apply()
    assert run.run.filename == "nightly"
    assert planned(book, file, name="upload 17").plan.file.name == "upload 17"
    assert planned(book, ITEMS).plan.file.name == "items"
    assert planned(book, pl.DataFrame(ITEMS)).plan.file.name == "frame"


@on_one_store
def test_content_is_inspected_before_it_is_imported(book: st.Book, content: Any) -> None:
    seen = book.inspect(content)

    assert (seen.rows, seen.suggestion.record_type if seen.suggestion else None) == (40, "deal")


def test_a_generator_that_fails_fails_the_plan_with_its_own_error(book: st.Book) -> None:
    def broken() -> Iterator[Item]:
        yield item(1)
        raise ConnectionError("page 2 could not be fetched")

    with pytest.raises(ConnectionError):
        planned(book, broken())


def test_values_that_python_knows_reach_the_record(book: st.Book) -> None:
    """REA-3: numbers without loss, truth values, moments, and JSON for a list."""
    planned(
        book,
        [
            item(1, Amount=1234567.25, **{"Next Step": [{"b": [1, None], "a": True}]}),
            item(2, Amount=Decimal("12345678901234567890.125"), **{"Next Step": True}),
            item(3, Amount=float("nan"), **{"Next Step": datetime.fromisoformat("2026-01-02 03:04:05.120")}),
        ],
    ).apply()
    deal = book.record_type("deal")
    with book.listing() as unit:
        found, _ = unit.record_page(deal, where={}, limit=10, offset=0)
    assert [row["amount"] for row in found] == ["1234567.25", "12345678901234567890.125", None]
    assert [row["next_step"] for row in found] == [
        '[{"a":true,"b":[1,null]}]',
        "true",
        "2026-01-02T03:04:05.12",
    ]


def test_a_plan_and_a_run_say_in_one_line_what_they_are(book: st.Book) -> None:
    plan = planned(book, ITEMS, name="nightly")
    assert repr(plan) == "<Plan of nightly, 40 rows: merge of deal from HUBSPOT: 40 created>"
    run = plan.apply()
    assert repr(run) == "<Run 1, applied: merge of deal from HUBSPOT: 40 created>"
    assert repr(run.rollback()) == ("<Run 2, applied: rollback of run 1: 40 deleted, 40 links deleted>")
    assert repr(book).endswith(", workspace default, by ana>")
    assert "***" in repr(book) or ":" not in repr(book).split("@")[0].partition("//")[2]


def test_importing_stocktake_starts_nothing() -> None:
    script = """
import sys, threading, stocktake
heavy = {"polars", "sqlalchemy", "pydantic", "rich", "pandas", "pyarrow"} & set(sys.modules)
print(sorted(heavy), threading.active_count(), all(getattr(stocktake, name) for name in stocktake.__all__))
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout == "[] 1 True\n"


def test_pandas_frames_need_no_pyarrow() -> None:
    script = """
import sys
sys.modules["pyarrow"] = None
import pandas, stocktake
frame = pandas.DataFrame({"Deal ID": ["1", "2"], "Deal Name": ["a", None], "Amount": [1.5, None]})
print(stocktake.open("sqlite://").plan(frame, record_type="deal", source="HUBSPOT").counts["create"])
"""
    said = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=False
    )
    assert (said.stdout, said.stderr) == ("2\n", "")

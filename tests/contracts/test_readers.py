"""What every reader promises (ports/reader.py): one suite, run against each of them (REA-3, REA-5, REA-7, REA-8)."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
import xlsxwriter

from stocktake.model.errors import NotFound, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reader, Reading
from stocktake.readers.delimited import DelimitedReader
from stocktake.readers.frame import FrameReading
from stocktake.readers.items import ItemReading
from stocktake.readers.jsondoc import JsonReader
from stocktake.readers.ndjson import NdjsonReader
from stocktake.readers.pandas_frame import PandasReading
from stocktake.readers.parquet import ParquetReader
from stocktake.readers.registry import READERS, open_reading
from stocktake.readers.workbook import WorkbookReader

HEADER = ("id", "name", "note")
ROWS: list[tuple[str, ...]] = [
    ("0001", "Ann", "1.10"),
    ("0002", "Zoë “x”", ""),
    ("12345678901234567890", "NA", "+1555"),
    ("null", 'a "b", c; d|e', " x\t"),
    ("5E4", "", "-0"),
] * 3

Make = Callable[[Path, list[tuple[str, ...]]], Reading]


def delimited(delimiter: str = ",", encoding: str = "utf-8", end: str = "\n", block: int = 32) -> Make:
    def make(path: Path, rows: list[tuple[str, ...]]) -> Reading:
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter, lineterminator=end).writerows([HEADER, *rows])
        return DelimitedReader(block_bytes=block).open(path, ReadOptions())

    return make


def json_document(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    path.write_text(json.dumps([dict(zip(HEADER, row, strict=True)) for row in rows]), encoding="utf-8")
    return JsonReader(batch_rows=4).open(path, ReadOptions())


def ndjson(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True))) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return NdjsonReader(batch_rows=4).open(path, ReadOptions())


def parquet(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    columns(rows).write_parquet(path, row_group_size=4)
    return ParquetReader(batch_rows=4).open(path, ReadOptions())


def gzipped(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    with gzip.open(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    return open_reading(path, ReadOptions())


def frame(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    write_canonical(path, rows)
    return FrameReading(columns(rows), path.name, batch_rows=4)


def lazy_frame(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    write_canonical(path, rows)
    return FrameReading(columns(rows).lazy(), path.name, batch_rows=4)


def pandas_frame(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    write_canonical(path, rows)
    return PandasReading(pd.DataFrame(rows, columns=list(HEADER)), path.name, batch_rows=4)


def items(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    """Without rows there are no keys, and so no header in the digest."""
    write_canonical(path, rows)
    return ItemReading((dict(zip(HEADER, row, strict=True)) for row in rows), path.name, batch_rows=4)


def columns(rows: list[tuple[str, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(HEADER, pl.String), orient="row")


def write_canonical(path: Path, rows: list[tuple[str, ...]]) -> None:
    """What the digest of content without a file is of."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([HEADER, *rows])


def workbook(path: Path, rows: list[tuple[str, ...]]) -> Reading:
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for line, row in enumerate([HEADER, *rows]):
            for place, cell in enumerate(row):
                sheet.write_string(line, place, cell)
    return WorkbookReader(batch_rows=4).open(path, ReadOptions())


MAKERS: dict[str, Make] = {
    "csv": delimited(),
    "csv in one block": delimited(block=1 << 20),
    "csv with CR LF": delimited(end="\r\n"),
    "tsv": delimited("\t"),
    "semicolons in UTF-16": delimited(";", "utf-16", "\r\n"),
    "bars with a byte order mark": delimited("|", "utf-8-sig"),
    "json": json_document,
    "ndjson": ndjson,
    "parquet": parquet,
    "gzip": gzipped,
    "frame": frame,
    "lazy frame": lazy_frame,
    "pandas frame": pandas_frame,
    "items": items,
    "workbook": workbook,
}


@pytest.fixture(params=list(MAKERS.values()), ids=list(MAKERS))
def make(request: pytest.FixtureRequest) -> Make:
    maker: Make = request.param
    return maker


def test_gives_every_cell_as_it_is_written(make: Make, tmp_path: Path) -> None:
    """REA-3."""
    reading = make(tmp_path / "file", ROWS)
    cells = pl.concat(reading.batches()).drop("_row", "_line", "_fault")
    assert (reading.layout.header, cells.rows()) == (HEADER, ROWS)


def test_batches_have_the_columns_and_types_of_the_contract(make: Make, tmp_path: Path) -> None:
    schema = {"_row": pl.UInt32, "_line": pl.UInt32, "_fault": pl.String}
    schema |= {"c0": pl.String, "c1": pl.String, "c2": pl.String}
    for batch in make(tmp_path / "file", ROWS).batches():
        assert batch.schema == pl.Schema(schema)
        assert batch.columns == list(schema)


def test_rows_are_numbered_without_gaps_over_all_batches(make: Make, tmp_path: Path) -> None:
    batches = list(make(tmp_path / "file", ROWS).batches())
    assert pl.concat(batches)["_row"].to_list() == list(range(len(ROWS)))


def test_lines_are_those_a_person_sees(make: Make, tmp_path: Path) -> None:
    """REA-5: the header counts as a line where there is one."""
    reading = make(tmp_path / "file", ROWS)
    first = 1 if reading.layout.format in ("json", "ndjson", "parquet", "frame", "items") else 2
    lines = pl.concat(reading.batches())["_line"].to_list()
    assert lines == list(range(first, first + len(ROWS)))


def test_sound_rows_have_no_fault_and_no_cell_is_null(make: Make, tmp_path: Path) -> None:
    rows = pl.concat(make(tmp_path / "file", ROWS).batches())
    assert rows["_fault"].null_count() == len(ROWS)
    assert rows.drop("_fault").null_count().sum_horizontal().item() == 0


def test_is_complete_only_when_the_end_was_reached(make: Make, tmp_path: Path) -> None:
    """REA-8."""
    reading = make(tmp_path / "file", ROWS)
    batches = reading.batches()
    next(batches)
    assert not reading.complete
    for _ in batches:
        pass
    assert reading.complete


def test_knows_the_digest_of_the_bytes_after_the_last_batch(make: Make, tmp_path: Path) -> None:
    reading = make(tmp_path / "file", ROWS)
    for _ in reading.batches():
        pass
    assert reading.sha256 == sha256((tmp_path / "file").read_bytes()).hexdigest()


def test_a_source_without_rows_gives_no_batches_and_is_complete(make: Make, tmp_path: Path) -> None:
    """REA-4: an export with a header and no rows is read, and said to be whole."""
    if make is ndjson:
        pytest.skip("no lines are no source: the file is refused as empty")
    reading = make(tmp_path / "file", [])
    assert (list(reading.batches()), reading.complete) == ([], True)


def test_a_sound_source_gives_no_warnings(make: Make, tmp_path: Path) -> None:
    reading = make(tmp_path / "file", ROWS)
    for _ in reading.batches():
        pass
    assert reading.warnings == ()


@pytest.fixture(params=READERS, ids=lambda reader: reader.format)
def reader(request: pytest.FixtureRequest) -> Reader:
    registered: Reader = request.param
    return registered


def test_names_a_file_that_is_missing(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refusal:
        reader.open(tmp_path / "gone", ReadOptions())
    assert refusal.value.code == "file-not-found"
    assert "gone" in refusal.value.message


def test_refuses_a_folder(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        reader.open(tmp_path, ReadOptions())
    assert refusal.value.code == "file-unreadable"


def test_refuses_a_file_of_no_bytes(reader: Reader, tmp_path: Path) -> None:
    """REA-4."""
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(Unreadable) as refusal:
        reader.open(path, ReadOptions())
    assert refusal.value.code == "file-empty"
    assert refusal.value.hint


@pytest.fixture(
    params=[each for each in READERS if not isinstance(each, WorkbookReader | ParquetReader)],
    ids=lambda each: each.format,
)
def text_reader(request: pytest.FixtureRequest) -> Reader:
    registered: Reader = request.param
    return registered


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b" \n\n \n", b"\xff\xfe", b"\r\r"])
def test_refuses_a_text_in_which_nothing_is_written(
    text_reader: Reader, tmp_path: Path, content: bytes
) -> None:
    """REA-4."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        text_reader.open(path, ReadOptions())
    assert refusal.value.code == "file-empty"
    assert refusal.value.hint


@pytest.mark.parametrize("content", [b'[{"a": "\xff"}]', b"a,b\n\xc3\xa9,\xff\n"])
def test_names_the_place_of_bytes_that_do_not_decode(
    text_reader: Reader, tmp_path: Path, content: bytes
) -> None:
    """REA-2: never silently wrong."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        for _ in text_reader.open(path, ReadOptions(encoding="utf-8")).batches():
            pass
    assert refusal.value.code == "encoding-error"
    assert refusal.value.details["offset"] == content.index(b"\xff")
    assert refusal.value.details["line"] == 1 + content[: content.index(b"\xff")].count(b"\n")

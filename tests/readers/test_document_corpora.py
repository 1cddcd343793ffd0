"""Public collections of JSON, Parquet and archives, sound and broken ones: as expected, or named as different (REL-11).

What differs stands in docs/reference/formats.md with the reason; the list there is held to what the files do.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import stocktake as st
from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.model.source import Source
from stocktake.ports.reader import Reading
from stocktake.readers.registry import open_reading

ROOT = Path(__file__).parents[2]
CORPORA, DATA = ROOT / ".." / "shared" / "corpora", ROOT / ".." / "shared" / "data"
SUITE, BAD, GENERATED = (
    CORPORA / "json-test-suite",
    CORPORA / "duckdb-bad" / "data",
    CORPORA / "generated" / "text",
)
PAGE = ROOT / "docs" / "reference" / "formats.md"
SECONDS = 20

pytestmark = pytest.mark.skipif(
    not (CORPORA.is_dir() and DATA.is_dir()), reason="the shared corpora are not beside this repository"
)

_LISTED = re.compile(r"^\| `([^`]+/[^`]+)` \| (.+?) \| .+ \|$", re.MULTILINE)


def listed() -> dict[str, str]:
    """File → what Stocktake does with it, of those that the page lists as different."""
    return dict(
        _LISTED.findall(
            PAGE.read_text(encoding="utf-8").partition("## gzip, Zstandard and zip")[2].partition("\n## ")[0]
        )
    )


def read(path: Path, **options: Any) -> tuple[Reading, pl.DataFrame]:
    started = time.monotonic()
    reading = open_reading(path, ReadOptions(**options))
    batches = list(reading.batches())
    assert time.monotonic() - started < SECONDS
    return reading, pl.concat(batches) if batches else pl.DataFrame(
        schema={"_line": pl.UInt32, "_fault": pl.String}
    )


def outcome(path: Path) -> str:
    """``read, N rows``, or the code of the refusal, which must have words and a way out."""
    try:
        count = read(path)[1].height
    except Refusal as refusal:
        return refusal.code if refusal.message and refusal.hint else "without words"
    return f"read, {count:,} row" + "s" * (count != 1)


def check(path: Path, root: Path, *, expected: bool) -> None:
    """The outcome is as ``expected``, or else as the page lists it, never both."""
    found, differs = outcome(path), listed().get(path.relative_to(root).as_posix())
    if expected is found.startswith("read"):
        assert differs is None, f"{path} is listed as different, and is not"
    else:
        assert found == differs


def named(paths: Iterator[Path]) -> list[Any]:
    return [pytest.param(path, id=path.name) for path in sorted(paths) if path.is_file()]


# ---------------------------------------------------------------- JSON text


@pytest.mark.parametrize("path", named(SUITE.glob("test_*/*.json")))
def test_json_text_is_taken_where_it_is_json_and_refused_where_it_is_not(path: Path) -> None:
    """REA-4: what must be refused is, for its text; what must parse is read, or refused for its shape alone."""
    found = outcome(path)
    if path.name.startswith("n_"):
        assert found in ("not-json", "encoding-error", "not-text", "file-empty")
    elif path.name.startswith("y_"):
        assert found.startswith("read") or found == "not-a-table"


@pytest.mark.parametrize("path", named(SUITE.glob("test_parsing/y_*.json")))
def test_json_text_that_must_parse_is_a_cell_without_loss(path: Path, tmp_path: Path) -> None:
    """REA-3: every value that JSON knows, as the value of a record."""
    text = path.read_text(encoding="utf-8")
    wrapped = tmp_path / "t"
    wrapped.write_text(f'[{{"id": "k", "value": {text}}}]', encoding="utf-8")
    reading, rows = read(wrapped)
    assert rows.height == 1
    value = json.loads(text)
    if isinstance(value, str | list):
        cell = rows[f"c{reading.layout.header.index('value')}"].item()
        again = json.loads(cell) if isinstance(value, list) else cell
        faulty = rows["_fault"].item() is not None
        assert faulty or again == value


# ---------------------------------------------------------------- files that are broken, and files that are sound


@pytest.mark.parametrize("path", named(each for each in BAD.rglob("*") if each.suffix != ".md"))
def test_broken_files_are_refused(path: Path) -> None:
    check(path, CORPORA, expected=False)


@pytest.mark.parametrize("path", named((CORPORA / "defusedxml" / "xmltestdata").glob("*")))
def test_xml_is_no_table(path: Path) -> None:
    """REA-6: nothing in it is parsed, so nothing in it is expanded or fetched."""
    assert outcome(path) == "unknown-format"


SOUND = [
    *CORPORA.glob("polars/*.parquet"),
    *CORPORA.glob("polars/*.gz"),
    *CORPORA.glob("polars/*.zst"),
    *(
        each
        for each in CORPORA.glob("frictionless/data/table*")
        if each.suffix in (".json", ".jsonl", ".ndjson", ".parquet", ".gz")
    ),
    *CORPORA.glob("frictionless/data/*.csv.zip"),
    *CORPORA.glob("frictionless/data/compression/*"),
    *CORPORA.glob("frictionless/data/issue-1293/sample.json"),
]


@pytest.mark.parametrize("path", named(iter(SOUND)))
def test_sound_files_are_read(path: Path) -> None:
    """REA-1."""
    check(path, CORPORA, expected=True)


@pytest.mark.parametrize("path", named(DATA.glob("5_messy/parquet/*")))
def test_real_parquet_files_are_read(path: Path) -> None:
    """REA-1, REA-3."""
    check(path, DATA, expected=True)


@pytest.mark.parametrize(
    "path",
    named(each for kind in ("json", "jsonl") for root in (CORPORA, DATA) for each in root.rglob(f"*.{kind}")),
)
def test_every_other_document_is_read_or_refused_in_words(path: Path) -> None:
    """REL-11."""
    assert outcome(path).startswith("read") or outcome(path) in (
        "not-a-table",
        "several-arrays",
        "not-json",
        "encoding-error",
        "not-text",
        "file-empty",
    )


@pytest.mark.parametrize("path", named((CORPORA / "frictionless" / "data").rglob("*.zip")))
def test_an_archive_of_one_file_is_read_and_one_of_several_refused(path: Path) -> None:
    """REA-1."""
    several = "package" in path.name or path.name in (
        "resource.zip",
        "table-multiple-files.zip",
        "ogd10_catalogs.zip",
    )
    assert (outcome(path) == "several-members") is several


# ---------------------------------------------------------------- real series, against their reference answers


def snapshots(series: str) -> Iterator[tuple[str, bytes]]:
    folder = DATA / series
    for path in sorted(folder.glob("0*.json")) + sorted(folder.glob("[12]*.json")):
        yield path.name, path.read_bytes()
    for path in sorted(folder.glob("*.json.gz")):
        yield path.name.removesuffix(".gz"), path.read_bytes()
    for packed in folder.glob("snapshots.tar.xz"):
        with tarfile.open(fileobj=io.BytesIO(packed.read_bytes())) as archive:
            for member in archive.getmembers():
                content = archive.extractfile(member)
                if content is not None:
                    yield Path(member.name).name, content.read()


SERIES: dict[str, dict[str, str]] = {
    "1_it_devices/aws_ip_ranges": {"sheet": "*"},
    "1_it_devices/lineage_devices": {},
    "1_it_devices/netbox_demo": {},
    "2_crm/simplify_listings": {},
    "4_gitscrape/cisa_kev_json": {},
    "4_gitscrape/pge_outages": {},
}
#: Columns that the reference answers name in words of their own.
OWN_WORDS = {
    "1_it_devices/aws_ip_ranges": {"array": "family", "ip_prefix": "prefix", "ipv6_prefix": "prefix"}
}


@pytest.mark.parametrize("series", SERIES)
def test_real_series_have_the_rows_and_columns_of_their_reference(series: str, tmp_path: Path) -> None:
    """REA-1: nested objects, arrays side by side, gzip; the one snapshot that is invalid JSON is refused."""
    truth = json.loads((DATA / series / "truth.json").read_text(encoding="utf-8"))
    steps = {step["file"]: step for step in truth["steps"]}
    words, compared = OWN_WORDS.get(series, {}), 0
    for name, content in snapshots(series):
        path = tmp_path / name
        path.write_bytes(content)
        step = steps[name]
        if "rows" not in step:
            assert outcome(path) == "not-json"
            continue
        reading, rows = read(path, **SERIES[series])
        found = {words.get(label, label.removeprefix("fields.")) for label in reading.layout.header}
        assert rows.height == step["rows"]
        assert rows["_fault"].null_count() == rows.height
        assert {label.partition(".")[0] for label in found} == {
            label.partition(".")[0] for label in step["columns"]
        }
        compared += 1
    assert compared > 2


# ---------------------------------------------------------------- the generated corpus, through the public path

THING = """
name = "thing"
title = "Thing"
plural = "Things"
display = "name"
external_id = "external_id"
identity = []

[[field]]
name = "name"
title = "Name"

[[field]]
name = "qty"
title = "Quantity"
type = "integer"

[[field]]
name = "amount"
title = "Amount"
type = "decimal"

[[field]]
name = "opened"
title = "Opened"
type = "date"
"""
#: The corpus's word → ours.
CODES = {
    "ARCHIVE_DAMAGED": "archive-damaged",
    "ARCHIVE_LINK": "archive-unsafe",
    "ARCHIVE_MANY": "several-members",
    "ARCHIVE_PATH": "archive-unsafe",
    "DECOMPRESSED_TOO_LARGE": "file-too-large",
    "FILE_EMPTY": "file-empty",
    "INVALID_UNICODE": "invalid-character",
    "JSON_DUPLICATE_KEY": "duplicate-key",
    "JSON_SHAPE": "not-a-table",
    "JSON_SYNTAX": "not-json",
    "JSON_TOO_DEEP": "not-json",
    "NOT_AN_INTEGER": "type-error",
    "NUL_CHARACTER": "invalid-character",
}
#: Where a row is what is wrong, its own code.
ROW_CODES = {"JSON_SHAPE": "not-an-object"}
DOCUMENTS = sorted(
    each for each in GENERATED.glob("*") if each.name.startswith("json") or each.suffix in (".gz", ".zip")
)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[st.Book]:
    with st.open(f"sqlite:///{tmp_path / 'stock.db'}") as opened:
        opened.add_record_type(THING)
        opened.add_source(Source(name="S", record_types=("thing",)))
        yield opened


@pytest.mark.parametrize("path", named(iter(DOCUMENTS)))
def test_generated_documents_are_planned_as_the_corpus_expects(path: Path, book: st.Book) -> None:
    """REL-11: the same rows rejected, of the same column, for the same reason; the same files refused."""
    expected = json.loads((GENERATED / "expected.json").read_text(encoding="utf-8"))[path.name]
    kind, code = expected["outcome"], expected.get("code", "")
    differs = listed().get(path.relative_to(CORPORA).as_posix())
    refused: tuple[str, str] | None = None
    try:
        plan = book.plan(path, record_type="thing", source="S", strategy="merge")
    except Refusal as refusal:
        refused = refusal.code, "error" if differs is None else kind
    if refused is not None:
        assert refused == (differs or CODES[code], kind)
        return
    problems = plan.problems()
    lines = sorted(set(problems["row"].to_list()))
    if differs is not None:
        assert (lines, outcome(path)) == ([], differs)
        return
    assert kind in ("ok", "rows")
    assert lines == expected.get("rows", [])
    if kind == "rows":
        assert set(problems["code"].to_list()) == {ROW_CODES.get(code, CODES[code])}
        assert set(problems["column"].to_list()) <= {None, expected.get("column")}


def test_every_file_of_the_list_is_there() -> None:
    """A file that is listed as different and is gone would stand there for ever."""
    found = {name for name in listed() if (CORPORA / name).is_file() or (DATA / name).is_file()}
    assert found == set(listed())
    assert len(found) > 10

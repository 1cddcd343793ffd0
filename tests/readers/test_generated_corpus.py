"""The generated corpus of damaged text, through the public path: inspect and preview (REL-11, REA-2 to REA-6).

The corpus names codes of its own; ``CODES`` says what each means here. Where we do otherwise, ``docs/reference/formats.md``
says what and why: its table is checked against what happens, so that it cannot go stale. JSON and archives have their own
tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from stocktake.book import Book
from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading
from tests.readers.thing import book_of_things

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / ".." / "shared" / "corpora" / "generated" / "text"
PAGE = ROOT / "docs" / "reference" / "formats.md"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the shared corpora are not beside this repository"
)

#: The corpus's code → ours.
CODES = {
    "BARE_QUOTE": {"bare-quote"},
    "BLANK_ROW_SKIPPED": {"blank-row"},
    "CELL_TOO_LONG": {"cell-too-long"},
    "DIALECT_GUESSED": {"dialect-guessed"},
    "EMPTY_COLUMN_DROPPED": {"blank-label"},
    "ENCODING": {"encoding-error"},
    "ENCODING_GUESSED": {"encoding-guessed"},
    "FILE_EMPTY": {"file-empty"},
    "FILE_TYPE_MISMATCH": {"unknown-format"},
    "HEADER_BLANK": {"blank-label"},
    "HEADER_CONTROL_CHAR": {"invalid-character"},
    "HEADER_INVISIBLE": {"invisible-label"},
    "HEADER_NOT_FOUND": {"missing-column"},
    "HEADER_SIMILAR": {"similar-label"},
    "HEADER_TOO_LONG": {"header-too-long"},
    "INVISIBLE_IN_KEY": {"duplicate-key"},
    "KEY_DUPLICATE": {"duplicate-key"},
    "KEY_TOO_LONG": {"key-too-long"},
    "MIXED_NEWLINES": {"mixed-line-ends"},
    "NOT_A_BOOLEAN": {"type-error"},
    "NOT_A_DATE": {"type-error"},
    "NOT_A_DECIMAL": {"type-error"},
    "NOT_AN_INTEGER": {"type-error"},
    "NOT_TEXT": {"not-text", "unknown-format"},
    "NUL_CHARACTER": {"invalid-character"},
    "PREAMBLE_SKIPPED": {"preamble-skipped"},
    "ROW_WIDTH": {"extra-cell", "missing-cell"},
    "UNCLOSED_QUOTE": {"unclosed-quote"},
}
#: Codes whose problem names the column; those of a row's structure name its line.
WITH_COLUMN = {"type-error", "duplicate-key", "key-too-long"}
TEXT = (".csv", ".tsv", ".xls", ".xlsx")
EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((CORPUS / "expected.json").read_text(encoding="utf-8")) if CORPUS.is_dir() else {}
)
FILES = [name for name in EXPECTED if name.endswith(TEXT)]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    with book_of_things(tmp_path_factory.mktemp("corpus")) as opened:
        yield opened


def previewed(book: Book, name: str) -> tuple[str, list[int], set[str], set[str]]:
    """Outcome, rows, codes and columns, in the corpus's words."""
    options: dict[str, Any] = {"strategy": "merge", "on_error": "reject-rows", "reject_limit": "100%"}
    try:
        plan = book.plan(CORPUS / name, record_type="thing", source="CORPUS", **options)
    except Refusal as refusal:
        return ("error" if refusal.message and refusal.hint else "mute"), [], {refusal.code}, set()
    problems = plan.problems()
    if problems.height:
        rows = sorted({line - 1 for line in problems["row"].to_list()})
        columns = set(problems["column"].drop_nulls().to_list())
        return "rows", rows, set(problems["code"].to_list()), columns
    codes = {warning.code for warning in plan.plan.warnings}
    return ("warn" if codes else "ok"), [], codes, set()


def agrees(expected: dict[str, Any], found: tuple[str, list[int], set[str], set[str]]) -> bool:
    outcome, rows, codes, columns = found
    meant = CODES.get(expected.get("code", ""), set())
    if outcome != expected["outcome"] or (meant and not codes & meant) or ("code" in expected and not meant):
        return False
    if outcome == "rows" and rows != expected["rows"]:
        return False
    named = expected.get("column")
    return not (outcome == "rows" and named and codes & WITH_COLUMN) or named in columns


def said(found: tuple[str, list[int], set[str], set[str]]) -> str:
    """An outcome as the page writes it."""
    outcome, rows, codes, _ = found
    return " ".join([outcome, *(str(row) for row in rows), *sorted(codes)])


def deviations() -> dict[str, str]:
    """File → what the page says happens here."""
    part = PAGE.read_text(encoding="utf-8").split("### Where we differ from the corpus of damaged text")[1]
    rows = re.findall(
        r"^\| `([^`]+)` \| [^|]+ \| `([^`]+)` \| [^|]{20,} \|$", part.split("\n#")[0], re.MULTILINE
    )
    return dict(rows)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_text_is_read_refused_or_rejected_as_its_corpus_expects(book: Book, name: str) -> None:
    """REL-11, REA-4: by outcome, code, rows and column; else as the page of formats states."""
    found = previewed(book, name)
    stated = deviations().get(name)
    assert agrees(EXPECTED[name], found) == (stated is None), said(found)
    assert stated in (None, said(found))


def test_the_page_of_formats_names_no_file_that_is_not_there() -> None:
    assert deviations().keys() <= EXPECTED.keys()


@pytest.mark.parametrize("name", FILES)
def test_an_inspection_of_a_damaged_text_ends_as_its_preview_does(book: Book, name: str) -> None:
    """INT-11: what the reader refuses is refused there, what it reads is shown."""
    try:
        found = book.inspect(CORPUS / name)
    except Refusal as refusal:
        code = refusal.code
    else:
        code = ""
    if code:
        assert previewed(book, name) == ("error", [], {code}, set())
        return
    assert found.complete
    assert found.faulty == len(faults(CORPUS / name))


def faults(path: Path) -> list[int]:
    batches = list(open_reading(path, ReadOptions()).batches())
    return [line for batch in batches for line in batch.filter(pl.col("_fault").is_not_null())["_line"]]


def test_text_of_a_code_page_is_exactly_what_was_written() -> None:
    """REA-2: never mojibake; a file that mixes encodings deep inside is guessed aloud, and refused where UTF-8 is stated."""
    (batch,) = open_reading(CORPUS / "cp1252.csv", ReadOptions()).batches()
    assert batch["c1"].to_list() == ["Müller “x” €"]
    with pytest.raises(Refusal) as refusal:
        open_reading(CORPUS / "latin1_bytes_row3.csv", ReadOptions(encoding="utf-8"))
    assert (refusal.value.code, refusal.value.details["line"]) == ("encoding-error", 5)

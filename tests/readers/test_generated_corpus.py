"""The generated corpus of damaged text files, for what this slice covers (REL-11, REA-2 to REA-6).

The corpus names codes of its own; the table below says what each covered file means here. Files that later slices judge
(cleaning, archives, NDJSON, preambles, look-alike keys) are only asked to be read or refused without a traceback.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpora" / "generated" / "text"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the shared corpora are not beside this repository"
)

#: file → the refusal's code
REFUSED = {
    "all_nul_1k.csv": "not-text",
    "bom_only.csv": "file-empty",
    "empty.csv": "file-empty",
    "html_named_xls.xls": "unknown-format",
    "json_bad_syntax.json": "not-json",
    "json_deep.json": "not-json",
    "json_nan.json": "not-json",
    "json_trailing.json": "not-json",
    "mixed_utf8_latin1.csv": "encoding-error",
    "one_line_1m2.csv": "header-too-long",
    "pdf_named_csv.csv": "unknown-format",
    "png_named_csv.csv": "unknown-format",
    "utf16le_nobom.csv": "encoding-error",
    "utf8_overlong.csv": "encoding-error",
    "utf8_surrogate_bytes.csv": "encoding-error",
    "utf8_truncated_eof.csv": "encoding-error",
    "whitespace_only.csv": "file-empty",
}
#: file → number of rows, the code of those the corpus names, the warnings' codes
READ: dict[str, tuple[int, str | None, tuple[str, ...]]] = {
    "backslash_escape.csv": (2, "bare-quote", ()),
    "bare_quote_same_width.csv": (2, "bare-quote", ()),
    "blank_header.csv": (3, None, ("blank-label",)),
    "blank_line_inside.csv": (2, None, ("blank-row",)),
    "bom_in_middle.csv": (3, None, ()),
    "bom_utf8.csv": (3, None, ()),
    "cell_1m2.csv": (2, "cell-too-long", ()),
    "cell_200k.csv": (2, None, ()),
    "cols_10000.csv": (1, None, ()),
    "cp1252.csv": (1, None, ("encoding-guessed",)),
    "cr_only.csv": (3, None, ()),
    "crlf.csv": (3, None, ()),
    "csv_named_xlsx.xlsx": (3, None, ()),
    "dup_header.csv": (3, None, ("duplicate-label",)),
    "formfeed_vt.csv": (2, None, ()),
    "header_only.csv": (0, None, ()),
    "header_only_no_newline.csv": (0, None, ()),
    "json_bigint.json": (1, None, ()),
    "json_bom.json": (1, None, ()),
    "json_dup_key.json": (1, "duplicate-key", ()),
    "json_empty_array.json": (0, None, ()),
    "json_int_5000_digits.json": (1, None, ()),
    "json_lone_surrogate.json": (1, "invalid-character", ()),
    "json_mixed.json": (4, "not-an-object", ()),
    "json_nul.json": (1, "invalid-character", ()),
    "json_object.json": (1, None, ()),
    "missing_delim_quoted.csv": (2, "bare-quote", ()),
    "mixed_newlines.csv": (3, None, ("mixed-line-ends",)),
    "nel_ls_ps_in_cell.csv": (2, None, ()),
    "newline_in_quotes.csv": (2, None, ()),
    "null_words.csv": (7, None, ()),
    "one_row_no_newline.csv": (1, None, ()),
    "pipe.csv": (3, None, ()),
    "ragged_long.csv": (3, "extra-cell", ()),
    "ragged_short.csv": (3, "missing-cell", ()),
    "rows_1_col.csv": (2, None, ()),
    "semicolon_decimal_comma.csv": (1, None, ()),
    "sep_line.csv": (3, None, ()),
    "shifted_empty_tail.csv": (2, "extra-cell", ()),
    "single_quote_quoted.csv": (1, "extra-cell", ()),
    "tab.tsv": (3, None, ()),
    "text_after_quote.csv": (2, "bare-quote", ()),
    "trailing_blank_lines.csv": (3, None, ()),
    "trailing_comma_all.csv": (3, None, ("blank-label",)),
    "unclosed_quote.csv": (4, "unclosed-quote", ()),
    "utf16be_bom.csv": (3, None, ()),
    "utf16le_bom.csv": (3, None, ()),
    "utf32_bom.csv": (3, None, ()),
}
#: Files whose broken row the corpus's list leaves out, since it calls the whole file a warning.
ALSO_FAULTY = {"backslash_escape.csv": [1]}


def expected() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_what_cannot_be_read(name: str) -> None:
    """REL-11: what the corpus calls an error is a refusal with a code, a sentence and a way out."""
    assert expected()[name]["outcome"] == "error"
    with pytest.raises(Refusal) as refusal:
        for _ in open_reading(CORPUS / name, ReadOptions()).batches():
            pass
    assert refusal.value.code == REFUSED[name]
    assert refusal.value.message
    assert refusal.value.hint


@pytest.mark.parametrize("name", READ)
def test_reads_the_rest_and_names_exactly_the_rows_that_are_damaged(name: str) -> None:
    """REA-4: the rows the corpus names where this slice judges them, and no others."""
    count, fault, warnings = READ[name]
    reading = open_reading(CORPUS / name, ReadOptions())
    batches = list(reading.batches())
    rows = pl.concat(batches).select("_row", "_fault") if batches else pl.DataFrame()
    faulty = rows.filter(pl.col("_fault").is_not_null()) if batches else rows
    named = expected()[name].get("rows", []) if fault else []
    assert rows.height == count
    assert (
        [row + 1 for row in faulty["_row"].to_list()] == (named or ALSO_FAULTY[name])
        if fault
        else faulty.is_empty()
    )
    assert set(faulty["_fault"].to_list() if batches else []) == ({fault} if fault else set())
    assert tuple(warning.code for warning in reading.warnings) == warnings


def test_bytes_of_another_encoding_deep_inside_are_guessed_aloud_and_refused_where_utf_8_is_stated() -> None:
    """REA-2."""
    path = CORPUS / "latin1_bytes_row3.csv"
    assert open_reading(path, ReadOptions()).layout.encoding == "cp1252"
    with pytest.raises(Refusal) as refusal:
        open_reading(path, ReadOptions(encoding="utf-8"))
    assert (refusal.value.code, refusal.value.details["line"]) == ("encoding-error", 5)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*")), ids=lambda path: path.name)
def test_every_file_of_the_corpus_is_read_or_refused_in_words(path: Path) -> None:
    """REL-11: no traceback, whoever judges the file later."""
    assert ends_well(path)


def ends_well(path: Path) -> bool:
    try:
        reading = open_reading(path, ReadOptions())
        for _ in reading.batches():
            pass
    except Refusal as refusal:
        return bool(refusal.code and refusal.message and refusal.hint)
    return reading.complete

"""The reader's structural faults as sentences (REA-4, ERR-2)."""

from __future__ import annotations

import polars as pl

#: Code → what is wrong with the row and how to mend it.
ROW_FAULTS: dict[str, str] = {
    "extra-cell": "The row has more cells than the header. Quote a cell that contains the delimiter.",
    "missing-cell": "The row has fewer cells than the header. Add the missing cells, blank ones too.",
    "bare-quote": "A quote stands inside an unquoted cell. Quote the cell and double the quote in it.",
    "unclosed-quote": "A quoted cell is never closed. Add the closing quote, or double a quote within.",
    "footer-row": (
        "The row looks like a total or a note under the table. "
        "State how many lines at the end are no rows (--footer-lines), or 0 if it is a row."
    ),
    "cell-too-long": "A cell is longer than the limit. Shorten it, or raise the limit in the settings.",
    "error-cell": "A cell holds an error such as #N/A. Mend its formula, or clear the cell.",
    "formula-not-calculated": (
        "A cell holds a formula without a result. Open the workbook, let it calculate, and save it."
    ),
    "precision-lost": (
        "A cell holds a number of more than 15 digits, of which a spreadsheet keeps 15. "
        "Format the column as text in the source, and export it again."
    ),
    "not-json": "The line is not valid JSON. Mend it, or export the file again.",
    "duplicate-key": "The record names a key twice, with different values. Keep the one that is meant.",
    "nested-too-deep": "Lists or objects in the row are nested too deep. Export the row without them.",
    "not-an-object": 'The element is not a JSON object. Write each record as {"field": value}.',
    "invalid-character": "The row holds NUL or half a character, which cannot be stored. Delete it.",
}


def row_faults(batch: pl.DataFrame) -> pl.DataFrame:
    """``_row``, ``_line``, ``_fault`` and ``message`` of the rows that the reader found faulty.

    What a reader puts behind the code and an @, such as the place within the line, goes into the message.
    """
    fault = pl.col("_fault").str.splitn("@", 2)
    unknown = pl.format("The row could not be read ({}). Correct it.", pl.col("_fault"))
    message = pl.col("_fault").replace_strict(ROW_FAULTS, default=unknown, return_dtype=pl.String)
    detail = pl.format("{} ({}.)", message, pl.col("_detail"))
    return (
        batch.select("_row", "_line", "_fault")
        .filter(pl.col("_fault").is_not_null())
        .with_columns(_fault=fault.struct.field("field_0"), _detail=fault.struct.field("field_1"))
        .with_columns(message=pl.when(pl.col("_detail").is_null()).then(message).otherwise(detail))
        .drop("_detail")
    )

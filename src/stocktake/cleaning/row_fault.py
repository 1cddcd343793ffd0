"""The reader's structural faults as sentences (REA-4, ERR-2)."""

from __future__ import annotations

from collections.abc import Collection

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


#: A fault of one cell: its code, and the batch's column it stands in.
_OF_CELL = r"^(.+)@(c[0-9]+)$"
#: A fault with its place within the row, in words that low lines part.
_PLACED = r"^([^@]+)@([^c].*)$"
_MARK = "@"


def troubling(batch: pl.DataFrame, positions: Collection[int]) -> pl.DataFrame:
    """A reader's batch whose faults are those that matter: of whole rows, and of cells in the columns at ``positions``."""
    if not _marked(batch):
        return batch
    read = [f"c{position}" for position in positions]
    each = pl.element()
    matters = each.str.extract(_OF_CELL, 2).is_in(read).fill_null(value=True)
    kept = pl.col("_fault").str.split(" ").list.eval(each.filter(matters)).list.join(" ")
    return batch.with_columns(_fault=pl.when(kept != "").then(kept))


def without_troubled(batch: pl.DataFrame) -> pl.DataFrame:
    """A batch in which cells with a fault of their own are blank: what they show is no value, least of all a key."""
    if not _marked(batch):
        return batch
    return batch.with_columns(
        pl.when(is_troubled(name)).then(pl.lit("")).otherwise(name).alias(name) for name in _columns(batch)
    )


def is_troubled(name: str) -> pl.Expr:
    """Whether the cell in column ``name`` of a batch has a fault of its own."""
    return pl.col("_fault").str.contains(rf"@{name}\b").fill_null(value=False)


def mended_cell(name: str, lines: Collection[int]) -> pl.Expr:
    """``_fault`` without what was wrong with the cells of column ``name`` at ``lines``, where somebody wrote them anew."""
    rest = pl.col("_fault").str.replace_all(rf"(?:^| )[^ ]+@{name}\b", "").str.strip_chars()
    mended = pl.when(rest != "").then(rest)
    return pl.when(pl.col("_line").is_in(list(lines))).then(mended).otherwise("_fault").alias("_fault")


def row_faults(batch: pl.DataFrame) -> pl.DataFrame:
    """``_row``, ``_line``, ``code``, ``name`` and ``message``, with the place where it is told, of each fault of the reader.

    ``name`` is the column of the batch that a fault of one cell stands in, else null.
    """
    code, fault = pl.col("code"), pl.col("fault")
    unknown = pl.format("The row could not be read ({}). Correct it.", code)
    told = code.replace_strict(ROW_FAULTS, default=unknown, return_dtype=pl.String)
    place = fault.str.extract(_PLACED, 2).str.replace_all("_", " ", literal=True)
    return (
        batch.select("_row", "_line", fault=pl.col("_fault").str.split(" "))
        .drop_nulls("fault")
        .explode("fault")
        .with_columns(
            code=pl.coalesce(fault.str.extract(_OF_CELL, 1), fault.str.extract(_PLACED, 1), fault),
            name=fault.str.extract(_OF_CELL, 2),
        )
        .with_columns(message=pl.concat_str(told, pl.format(" ({}.)", place).fill_null("")))
        .drop("fault")
    )


def _marked(batch: pl.DataFrame) -> bool:
    """Whether any cell has a fault of its own; a table without faults has none."""
    if "_fault" not in batch.columns:
        return False
    faults = batch["_fault"]
    return faults.null_count() < batch.height and bool(faults.str.contains(_MARK, literal=True).any())


def _columns(batch: pl.DataFrame) -> list[str]:
    """The columns in which any cell has a fault of its own."""
    found = batch["_fault"].drop_nulls().str.split(" ").explode().str.extract(_OF_CELL, 2).unique()
    return [name for name in found.drop_nulls().to_list() if name in batch.columns]

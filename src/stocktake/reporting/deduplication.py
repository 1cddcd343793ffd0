"""How a file meets what is stored, and which strategy fits (PLN-10)."""

from __future__ import annotations

from stocktake.model.plan import Deduplication


def deduplication(
    *,
    rows: int,
    with_key: int,
    matching: int,
    matched_by_key: int,
    new: int,
    existing: int,
    swept: int,
    strategy: str,
    tracks: bool,
) -> Deduplication:
    """The facts and the recommendation; the first rule that holds decides, and its reason states the numbers.

    ``swept``: records of this source that the file lacks. ``with_key``: rows that carry an external id.
    """
    how = "external_id" if matched_by_key or with_key else ("name_match" if matching else "none")
    whole = "snapshot" if tracks else "replace"
    if existing == 0:
        recommendation, reason = (
            strategy,
            f"First import: no records are stored yet, the file has {rows:,} rows.",
        )
    elif rows < existing / 2:
        recommendation = "merge"
        reason = f"This looks like a partial export: {rows:,} rows against {existing:,} stored records."
    elif abs(rows - existing) <= existing * 0.2:
        recommendation = whole
        reason = f"The file has {rows:,} rows, close to the {existing:,} stored records: it looks complete."
    elif with_key > rows * 0.8 and matching > rows * 0.5:
        recommendation = "merge"
        reason = f"{with_key:,} of {rows:,} rows have external ids and {matching:,} match stored records."
    else:
        recommendation = "merge"
        reason = f"{matching:,} of {rows:,} rows match stored records; merging loses nothing."
    return Deduplication(
        strategy=how,
        existing_records=existing,
        matching_records=matching,
        new_records=new,
        deleted_if_replace=swept,
        recommendation=recommendation,
        reason=reason,
    )

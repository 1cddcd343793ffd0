"""What an ingest found and did, in numbers and in sentences (MED-B5, MED-B6, MED-B16, MED-B20)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.model.media import Failure, IngestStats, MediaScope

#: So many errors are told one by one.
ERRORS = 1_000


def ingest_stats(
    counts: Mapping[str, int], duplicates: int, failures: tuple[Failure, ...], problems: pl.DataFrame
) -> IngestStats:
    """The numbers of a plan, in an ingest's words.

    counts: of the plan. duplicates: repeated items that the importer left out. problems: of rejected rows, ``message`` ….
    """
    said = [each.sentence for each in failures]
    said += problems["message"].unique(maintain_order=True).to_list() if "message" in problems.columns else []
    if len(said) > ERRORS:
        said = [*said[:ERRORS], f"… and {len(said) - ERRORS:,} more."]
    return IngestStats(
        assets_discovered=counts["rows"] + duplicates,
        assets_ingested=counts["create"],
        assets_updated=counts["update"] + counts["reactivate"],
        assets_skipped=counts["unchanged"],
        duplicates_prevented=duplicates + counts["duplicate"],
        assets_missing=counts["retire"] + counts["missing"],
        errors=tuple(said),
    )


def about(collection: str, scope: MediaScope) -> str:
    """What an ingest acts on, for people (MED-B6).

    >>> about("TV Shows", MediaScope(title="The Wire", season=1, episode=6))
    'S1E6 of "The Wire" from collection "TV Shows"'
    """
    if scope.level == "collection":
        return f'entire collection "{collection}"'
    told = f'of "{scope.title}" from collection "{collection}"'
    if scope.level == "episode":
        return f"S{scope.season}E{scope.episode} {told}"
    if scope.level == "season":
        return f"Season {scope.season} {told}"
    return f'title "{scope.title}" from collection "{collection}"'

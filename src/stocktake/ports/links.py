"""What flows ask of a store about links between sources and records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.ports.frame import Frames


class Links(Protocol):
    """Statements about source links."""

    def links(self, source: str, record_type: str, take: Callable[[pl.DataFrame], None]) -> None:
        """Hand over ``_key, _key_raw, _record_id, _hash, _mapping, _present, _keyless, _said`` of one source, by and by.

        At least one frame, be it empty. ``take`` asks the store for nothing.
        """
        ...

    def links_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``_source, _key, _record_id, _present, _keyless, _link_mapping, _said, _missed, _missing_since, _held_run``."""
        ...

    def missing_links(self, source: str, record_type: str) -> pl.DataFrame:
        """``_key, _key_raw, _keyless, _record_id, _missed, _missing_since, _held_run, _kept_run`` of links not present."""
        ...

    def held_links(self, record_type: RecordType) -> pl.DataFrame:
        """``planning.review.HELD`` of every held retirement of the type, run out or not."""
        ...

    def create_links(self, frames: Frames, *, source: str, record_type: str, **constants: Any) -> int:
        """Insert links of ``source``; how many."""
        ...

    def change_links(self, record_type: str, frame: pl.DataFrame, **constants: Any) -> int:
        """Set columns of the links ``source, external_id``; how many met."""
        ...

    def see_links(self, record_type: str, frame: pl.DataFrame, *, run_id: int, **constants: Any) -> int:
        """Say that the links ``source, external_id`` are there, and set the other columns; how many met."""
        ...

    def returns(self, source: str, record_type: str, since: int) -> pl.DataFrame:
        """``_key, _back_2, _back_3`` of links that came back at least twice from run ``since`` on."""
        ...

    def miss_links(
        self,
        record_type: str,
        frame: pl.DataFrame,
        *,
        at: datetime,
        run_id: int,
        seen_run: int | None,
    ) -> int:
        """Mark the links ``source, external_id`` missing, with their ``held_run`` and ``kept_run``; how many met."""
        ...

    def keep_unsighted(
        self, source: str, record_type: str, external_ids: pl.Series, *, run_id: int, before: int
    ) -> None:
        """Say which links a complete snapshot could not see; ``before``: the source's complete snapshot before it, or 0."""
        ...

    def link_image_of(self, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``DELETED_LINK`` of every link of some records."""
        ...

    def delete_links_of(self, record_type: str, ids: pl.Series) -> int:
        """Delete every link of some records; how many there were."""
        ...

    def delete_links(self, record_type: str, frame: pl.DataFrame) -> int:
        """Delete the links ``source, external_id``; how many there were."""
        ...

    def recreate_links(self, record_type: str, image: pl.DataFrame) -> int:
        """Insert links as ``link_image_of`` gave them; how many."""
        ...

    def links_taken(self, record_type: str, image: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of the links that by now stand where those of ``image`` stood."""
        ...

    def link_image(self, record_type: str, frame: pl.DataFrame, columns: dict[str, Any]) -> pl.DataFrame:
        """The links ``source, external_id`` as they are now."""
        ...

    def links_changed_since(self, record_type: str, run_id: int, keys: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of those that another run changed last."""
        ...

    def links_written_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``_key, _record_id, _by_run`` of links that runs after ``run_id`` changed."""
        ...

    def links_written_to(self, record_type: str, ids: pl.Series, run_id: int) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of links to some records that runs after ``run_id`` made or wrote."""
        ...

    def has_held_links(self, source: str, record_type: str) -> bool:
        """Whether retirements by the source are held for review."""
        ...

    def links_version(self, source: str, record_type: str) -> int:
        """Raised by every import of the source and every rollback that touches its links."""
        ...

    def raise_links_version(self, source: str, record_type: str) -> None:
        """Say that links of the source were written."""
        ...

    def spoken_fields(self, record_type: str) -> pl.DataFrame:
        """``_link_mapping, field``."""
        ...

    def mapping_id(self, source: str, record_type: str, version: str) -> int | None:
        """The id of a mapping the source used before."""
        ...

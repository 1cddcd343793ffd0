"""What a walk says of the assets that were known and are not found: gone, moved, or unknown (MED-D10, MED-D11)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import polars as pl

from stocktake.media.file_change import StatPolicy
from stocktake.media.moving import moves
from stocktake.media.raw_path import raw_paths, shown, shown_paths, source_uris
from stocktake.media.unknown import lies_below
from stocktake.model.media import Failure, MediaScope
from stocktake.readers.filetree.believing import root_fault, unmounted
from stocktake.readers.filetree.setting import FileTreeSetting
from stocktake.readers.filetree.state import ASSETS, Remembered
from stocktake.readers.filetree.survey import Survey

#: What is asked of an asset that is not found: whole libraries are remembered, so that no more of them is read than this.
_FACTS = (
    "canonical_key_hash",
    "canonical_key",
    "season",
    "episode",
    "size",
    "mtime_ns",
    "signature_kind",
    "signature",
    "inode",
    "device",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """``assets`` with ``moved_from``; ``unknown``: key hashes of known assets of which nothing can be said."""

    assets: pl.DataFrame
    unknown: pl.Series
    fault: Failure | None = None
    failures: tuple[Failure, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclude:
    """``parts``: Binary, the files that belong to an asset under another file's name: their path alone is no asset."""

    survey: Survey
    scope: MediaScope
    setting: FileTreeSetting
    last: Remembered | None
    parts: pl.Series

    def conclude(self, assets: pl.DataFrame, known: pl.DataFrame) -> Conclusion:
        """``assets``: ``ASSETS``; ``known``: ``KNOWN``."""
        present = known.filter("is_present").select("canonical_key_hash", "source_uri")
        absent = present.join(assets, on="canonical_key_hash", how="anti")
        if absent.is_empty():
            return Conclusion(assets=assets, unknown=absent["canonical_key_hash"], fault=self.survey.fault)
        told = absent.join(self._remembered(), on="canonical_key_hash", how="left", maintain_order="left")
        told = told.with_columns(is_unknown=self._is_unknown(told).fill_null(value=False))
        failures = self._unmounted(told)
        if failures:
            shut = source_uris(pl.Series(list(failures), dtype=pl.Binary))
            told = told.with_columns(pl.col("is_unknown") | lies_below(told["source_uri"], shut))
        gone = told.filter(~pl.col("is_unknown"))
        new = assets.join(known, on="canonical_key_hash", how="anti")
        fault = self.survey.fault or self._root_fault(gone, assets)
        if not fault:
            assets = _moved(assets, gone, new, has_inodes=self.setting.stat_policy is not StatPolicy.NO_INODE)
        unknown = told.filter("is_unknown")["canonical_key_hash"]
        return Conclusion(assets=assets, unknown=unknown, fault=fault, failures=tuple(failures.values()))

    def _remembered(self) -> pl.DataFrame:
        """``_FACTS`` of the assets as they were."""
        if self.last is None:
            return pl.DataFrame(schema={name: ASSETS[name] for name in _FACTS})
        return self.last.assets(_FACTS)

    def _is_unknown(self, told: pl.DataFrame) -> pl.Series:
        """Whether it lies in what was not looked into, or is there and counts for nothing, or was not in scope."""
        raw = raw_paths(told["source_uri"])
        there = raw.is_in(self.survey.files["raw"].implode()) & ~raw.is_in(self.parts.implode())
        unknown = there | lies_below(told["source_uri"], self.survey.shut_uris())
        if self.scope.level == "collection":
            return unknown
        path = shown_paths(raw.fill_null(b""))
        inside = pl.repeat(value=False, n=told.height, dtype=pl.Boolean, eager=True)
        for root, narrowing in self.survey.narrowings.items():
            below = f"{shown(os.fsencode(root)).rstrip('/')}/"
            relative = told.with_columns(
                relative=path.str.strip_prefix(below), last_episode=pl.lit(None, pl.Int64)
            )
            in_scope = relative.select((narrowing.in_title() & narrowing.in_season()).alias("in")).to_series()
            inside |= path.str.starts_with(below) & in_scope & told["canonical_key"].is_not_null()
        return unknown | ~inside

    def _unmounted(self, told: pl.DataFrame) -> dict[bytes, Failure]:
        if not self.last:
            return {}
        gone = told.filter(~pl.col("is_unknown") & pl.col("device").is_not_null())
        return unmounted(gone, self.survey.devices, self.survey.roots, self.last.roots)

    def _root_fault(self, gone: pl.DataFrame, assets: pl.DataFrame) -> Failure | None:
        if self.setting.accepts_root or self.scope.level != "collection":
            return None
        return root_fault(gone, assets, self.survey.roots, self.last.roots if self.last else {})


def _moved(assets: pl.DataFrame, gone: pl.DataFrame, new: pl.DataFrame, *, has_inodes: bool) -> pl.DataFrame:
    gone = gone.filter(pl.col("size").is_not_null())
    if gone.is_empty() or new.is_empty():
        return assets
    strong = pl.when(pl.col("signature_kind") != "stat")
    hashes = [strong.then(name).alias(name) for name in ("signature_kind", "signature")]
    pairs = moves(gone.with_columns(hashes), new.with_columns(hashes), has_inodes=has_inodes)
    pairs = pairs.select(canonical_key_hash="new", moved_from="old")
    return assets.drop("moved_from").join(pairs, on="canonical_key_hash", how="left", maintain_order="left")

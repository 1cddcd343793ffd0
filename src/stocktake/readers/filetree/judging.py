"""What the files of a walk are: the same or not, still being written, twins, and which assets they make."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.media.file_change import compared, is_being_written, is_racy
from stocktake.media.gathering import gathered
from stocktake.model.media import Collection, Failure, HashPolicy
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.filetree.asset import assets_of
from stocktake.readers.filetree.attending import Attending, attending
from stocktake.readers.filetree.detail import ReadName, with_content, with_keys, with_names
from stocktake.readers.filetree.narrowing import Narrowing
from stocktake.readers.filetree.setting import FileTreeSetting
from stocktake.readers.filetree.skipping import skips_of
from stocktake.readers.filetree.state import ATTENDING, KEPT, Late, Remembered

#: A file that was touched within this time before the walk is looked at a second time when the walk is over.
_LATELY_NS = 3_600_000_000_000
#: A file that is left out for one of these is no asset; for another reason nothing is known of it this time.
_NO_ASSET = ("duplicate", "extra", "name-unusable", "sample")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """``media``: all media files in scope, with ``KEPT`` and why one is ``left`` out; ``assets``: what the others make.

    ``beside``: ``ATTENDING`` of what lies beside. ``parts``: Binary, the files of assets that go under another file's name.
    ``has_season``: whether a file is of the season in scope. ``is_settled`` false: something must be looked at again next
    time, though the walk may tell the same. ``is_as_before``: everything is as the state told.
    """

    media: pl.DataFrame
    assets: pl.DataFrame
    late: Late
    counts: dict[str, int]
    parts: pl.Series
    beside: pl.DataFrame
    has_season: bool = False
    is_settled: bool = True
    is_as_before: bool = False


def unchanged(files: pl.DataFrame, last: Remembered) -> Judged:
    """Where the walk tells what it told the last time: what it came to then."""
    same = int((files.filter(pl.col("left").is_null())["role"] == "media").sum())
    return Judged(
        media=pl.DataFrame(schema=KEPT),
        assets=last.assets(),
        late=last.late,
        counts={"same_files": same, "names_read": 0, "contents_read": 0},
        parts=pl.Series("raw", [], dtype=pl.Binary),
        beside=pl.DataFrame(schema=ATTENDING),
        is_as_before=True,
    )


def flagged(files: pl.DataFrame, at_ns: int, setting: FileTreeSetting) -> pl.DataFrame:
    """With ``is_racy``, and ``left`` set where a media file is still being written (MED-D12)."""
    young = (pl.col("role") == "media") & is_being_written(at_ns, int(setting.settle * 1e9))
    left = pl.when(pl.col("left").is_null() & young).then(pl.lit("being-written")).otherwise("left")
    return files.with_columns(is_racy=is_racy(at_ns, setting.granularity_ns), left=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """How one discovery judges. ``at_ns``: when it began; ``settings``: what keys and names depend on.

    ``progress`` hears of the files whose content is read.
    """

    collection: Collection
    setting: FileTreeSetting
    settings: dict[str, Any]
    read: ReadName
    at_ns: int
    progress: Progress = field(default_factory=Silence, repr=False, compare=False)

    def judge(self, files: pl.DataFrame, last: Remembered | None, narrowing: Narrowing) -> Judged:
        """``files``: as :func:`flagged` gives them. Raises ``Unreadable`` ``blake3-missing``."""
        counted = files.filter(pl.col("left").is_null() | (pl.col("left") == "being-written"))
        media = self._told(counted.filter(pl.col("role") == "media"), last)
        media, parsed = with_names(media, self.read)
        has_season = narrowing.scope.season in media["season"]
        media = media.filter(narrowing.in_season()).with_columns(left_early=pl.col("left").is_not_null())
        media, failures, found = self._read(_left_where(media, self._unwanted()))
        media = _twins(self._still_written(media))
        beside = self._attending(counted, last)
        found["verified_differently"] = found.get("verified_differently", 0) + beside.differing
        lots = gathered(media.filter(~pl.col("left").is_in(_NO_ASSET).fill_null(value=False)))
        whole = lots.filter(pl.col("left").is_null().all().over("lead"))
        late = media.filter(~pl.col("left_early") & pl.col("left").is_not_null())
        failures += beside.failures
        codes = {each.code for each in failures}
        return Judged(
            media=media,
            assets=assets_of(whole, beside.files, self.collection.hash_policy),
            late=Late(
                skips=skips_of(late.filter(~pl.col("left").is_in(codes))),
                failures=(*_nameless(media), *failures),
                twins=int((media["left"] == "duplicate").sum()),
            ),
            counts={
                **{
                    f"{change}_files": number for change, number in media["change"].value_counts().iter_rows()
                },
                "names_read": parsed,
                "contents_read": int(media["was_read"].sum()) + beside.read,
                **found,
            },
            beside=beside.files.select(ATTENDING.keys()),
            parts=whole.filter(pl.col("row") != pl.col("lead"))["raw"],
            has_season=has_season,
            is_settled=bool(late["left"].is_in(_NO_ASSET).all()),
        )

    def _attending(self, files: pl.DataFrame, last: Remembered | None) -> Attending:
        before = last.attending() if last else pl.DataFrame(schema=ATTENDING)
        policy, stats = self.collection.hash_policy, self.setting.stat_policy
        return attending(files, before, policy, stats, verify=self.setting.verify)

    def _told(self, media: pl.DataFrame, last: Remembered | None) -> pl.DataFrame:
        """With all that is known of each file, and ``change``; a content that may have changed is not known."""
        before = last.files(self.settings) if last else pl.DataFrame(schema=KEPT)
        told = compared(media, before, self.setting.stat_policy)
        same = pl.col("change") == "same"
        contents = [pl.when(same).then(name).alias(name) for name in ("signature_kind", "signature")]
        mark = pl.when(pl.col("change") != "touched").then("mark").alias("mark")
        return with_keys(
            told.with_columns(*contents, mark, was_read=False), fold_case=self.collection.is_case_insensitive
        )

    def _unwanted(self) -> pl.Expr:
        nameless = pl.when(pl.col("key_hash").is_null()).then(pl.lit("name-unusable"))
        unwanted = nameless.when(pl.col("extra") == "sample").then(pl.lit("sample"))
        if self.setting.with_extras:
            return unwanted
        return unwanted.when(pl.col("kind") == "extra").then(pl.lit("extra"))

    def _read(self, media: pl.DataFrame) -> tuple[pl.DataFrame, list[Failure], dict[str, int]]:
        """The full hashes that are wanted; and how many files have other content than was known."""
        policy, left = self.collection.hash_policy, pl.col("left").is_null()
        if policy is HashPolicy.NONE and not self.setting.verify:
            return media, [], {}
        unlike = pl.col("signature_kind").ne_missing(policy.value)
        wanted = left & (pl.lit(self.setting.verify) | unlike)
        before = media.select("quick", "signature_kind", "signature").rename(lambda name: f"last_{name}")
        media = media.hstack(before).with_columns(was_read=wanted)
        self.progress.phase("reading contents", int(media.select(wanted.sum()).item()))
        media, failures = with_content(media, wanted, policy, self.progress.advance)
        differs = (pl.col("last_signature_kind") == pl.col("signature_kind")) & (
            pl.col("last_signature") != pl.col("signature")
        )
        changed = pl.col("last_quick") != pl.col("quick")
        found = media.select(quick_changes=changed.sum(), verified_differently=differs.sum()).row(
            0, named=True
        )
        marked = pl.when(differs).then("signature").otherwise("mark")
        return media.with_columns(mark=marked), failures, found

    def _still_written(self, media: pl.DataFrame) -> pl.DataFrame:
        """A second look at what was touched lately and was not read, which shows the same."""
        lately = pl.max_horizontal("mtime_ns", "ctime_ns") > self.at_ns - _LATELY_NS
        doubtful = pl.col("left").is_null() & (pl.col("change") != "same") & ~pl.col("was_read") & lately
        rows = media.with_row_index("place").filter(doubtful).select("place", "raw", "size", "mtime_ns")
        moving = [place for place, *seen in rows.iter_rows() if _differs(*seen)]
        return _left_where(media, pl.when(pl.int_range(pl.len()).is_in(moving)).then(pl.lit("being-written")))


def _differs(raw: bytes, size: int, mtime_ns: int) -> bool:
    """Whether a file is not as it was seen; one that no call reaches by its path is taken to be."""
    try:
        found = Path(os.fsdecode(raw)).stat()
    except OSError as error:
        return error.errno == errno.ENOENT
    return (found.st_size, found.st_mtime_ns) != (size, mtime_ns)


def _twins(media: pl.DataFrame) -> pl.DataFrame:
    """Of several files with one key the first counts, before all others one that was known by its path (MED-B16)."""
    if not media["key_hash"].is_duplicated().any():
        return media
    counted = media.with_row_index("place").filter(~pl.col("left").is_in(_NO_ASSET).fill_null(value=False))
    counted = counted.sort(pl.col("change") == "new", maintain_order=True)
    twins = counted.filter(~pl.col("key_hash").is_first_distinct())["place"]
    return _left_where(
        media, pl.when(pl.int_range(pl.len()).is_in(twins.implode())).then(pl.lit("duplicate"))
    )


def _left_where(media: pl.DataFrame, reason: pl.Expr) -> pl.DataFrame:
    """``left`` filled with the reason where it is null."""
    return media.with_columns(left=pl.coalesce("left", reason))


def _nameless(media: pl.DataFrame) -> tuple[Failure, ...]:
    paths = media.filter(pl.col("left") == "name-unusable")["path"]
    said = "Its path leaves no identity when it is normalised."
    return tuple(Failure(where=path, code="name-unusable", sentence=said) for path in paths)

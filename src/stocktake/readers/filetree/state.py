"""What a walk remembers for the next one, as bytes (MED-D5).

It is a cache: where it is missing, of another making, or broken, everything is looked at anew. One line of JSON, then three
frames as Parquet: the files as they were, the assets they made, and what lay beside. Keys and names are taken from it only
where it was made by the rules of today.
"""

from __future__ import annotations

import io
import json
import zlib
from dataclasses import asdict, dataclass
from itertools import accumulate, pairwise
from typing import Any

import polars as pl

from stocktake.model.media import Failure, Skips
from stocktake.ports.importer import DISCOVERED
from stocktake.readers.filetree.fingerprint import Fingerprint

_MAKING = "stocktake-filetree-2"

#: What is remembered of each media file. ``alike``: equal for the parts of one asset. ``signature``: its full hash, where
#: one was made; ``mark``: the hash by which ``--verify`` found it changed, though size and times were what they had been.
KEPT: dict[str, Any] = {
    "raw": pl.Binary,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "ctime_ns": pl.Int64,
    "inode": pl.Int64,
    "device": pl.Int64,
    "is_racy": pl.Boolean,
    "uri": pl.String,
    "key": pl.String,
    "key_hash": pl.String,
    "kind": pl.String,
    "title": pl.String,
    "series_title": pl.String,
    "season": pl.Int64,
    "episode": pl.Int64,
    "last_episode": pl.Int64,
    "year": pl.Int64,
    "part": pl.Int64,
    "alike": pl.String,
    "extra": pl.String,
    "quick": pl.String,
    "signature_kind": pl.String,
    "signature": pl.String,
    "mark": pl.String,
}
#: The columns that the key rule decides, and those that the grammar of names does.
KEYED = ("key", "key_hash")
NAMED = (
    "kind",
    "title",
    "series_title",
    "season",
    "episode",
    "last_episode",
    "year",
    "part",
    "alike",
    "extra",
)
#: The assets as discovered, with inode and device of the first file of each.
ASSETS: dict[str, Any] = {**DISCOVERED, "inode": pl.Int64, "device": pl.Int64}
#: What is remembered of each file beside media, with its full hash, where one was made.
ATTENDING: dict[str, Any] = {
    "raw": pl.Binary,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "ctime_ns": pl.Int64,
    "inode": pl.Int64,
    "is_racy": pl.Boolean,
    "signature_kind": pl.String,
    "signature": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """What the walk alone does not tell: ``skips`` (reason, path), ``failures``, and how many twins were prevented."""

    skips: tuple[Skips, ...] = ()
    failures: tuple[Failure, ...] = ()
    twins: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """``digest``: of the whole walk it was made by; "" where it does not stand for one. ``seen``: how many names it read."""

    settings: dict[str, Any]
    roots: dict[str, Fingerprint]
    digest: str
    late: Late
    files: pl.DataFrame
    assets: pl.DataFrame
    beside: pl.DataFrame
    seen: int = 0

    def to_bytes(self) -> bytes:
        """For :func:`read_state`."""
        blocks = [_packed(each) for each in (self.files, self.assets, self.beside)]
        head = {
            "making": _MAKING,
            "settings": self.settings,
            "roots": {root: each.document() for root, each in self.roots.items()},
            "digest": "" if self.files["is_racy"].any() else self.digest,
            "late": asdict(self.late),
            "seen": self.seen,
            "sizes": [len(block) for block in blocks],
            "sums": [zlib.crc32(block) for block in blocks],
        }
        return json.dumps(head).encode() + b"\n" + b"".join(blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """A state that is opened piece by piece, since an unchanged walk needs only the head and the assets."""

    head: dict[str, Any]
    blocks: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        """Of the walk; "" where it stands for none, or where a file must be looked at again whatever the walk tells."""
        return str(self.head["digest"])

    @property
    def seen(self) -> int:
        """How many names the walk read; 0 where it did not say so."""
        return int(self.head.get("seen", 0))

    @property
    def roots(self) -> dict[str, Fingerprint]:
        """Every root as it was."""
        return {root: Fingerprint.of_document(each) for root, each in self.head["roots"].items()}

    @property
    def late(self) -> Late:
        """As it was."""
        told = self.head["late"]
        skips = tuple(Skips(**{**each, "examples": tuple(each["examples"])}) for each in told["skips"])
        failures = tuple(Failure(**each) for each in told["failures"])
        return Late(skips=skips, failures=failures, twins=told["twins"])

    def assets(self, columns: tuple[str, ...] = tuple(ASSETS)) -> pl.DataFrame:
        """``ASSETS``, or some of its columns."""
        return pl.read_parquet(self.blocks[1], columns=list(columns))

    def attending(self) -> pl.DataFrame:
        """``ATTENDING``."""
        return pl.read_parquet(self.blocks[2])

    def files(self, settings: dict[str, Any]) -> pl.DataFrame:
        """``KEPT``; what other rules than those of ``settings`` made is null."""
        frame, then = pl.read_parquet(self.blocks[0]), self.head["settings"]
        stale: tuple[str, ...] = ()
        if any(then[name] != settings[name] for name in ("key_rule", "fold_case")):
            stale += KEYED
        if then["grammar"] != settings["grammar"]:
            stale += NAMED
        return frame.with_columns(pl.lit(None, dtype=KEPT[name]).alias(name) for name in stale)


def read_state(state: bytes | None) -> Remembered | None:
    """None where there is none, or none that can be read."""
    if not state:
        return None
    line, _, rest = state.partition(b"\n")
    try:
        head = json.loads(line)
        if head["making"] != _MAKING or sum(head["sizes"]) != len(rest):
            return None
        ends = [0, *accumulate(head["sizes"])]
        blocks = tuple(rest[start:end] for start, end in pairwise(ends))
        if [zlib.crc32(block) for block in blocks] != head["sums"]:
            return None
        for block, schema in zip(blocks, (KEPT, ASSETS, ATTENDING), strict=True):
            if pl.read_parquet_schema(io.BytesIO(block)) != schema:
                return None
        told = Remembered(head=head, blocks=blocks)
        _ = told.roots, told.digest, told.late, told.seen
        _ = [head["settings"][name] for name in ("key_rule", "fold_case", "grammar")]
    except (KeyError, TypeError, ValueError, pl.exceptions.PolarsError):
        return None
    return told


def _packed(frame: pl.DataFrame) -> bytes:
    into = io.BytesIO()
    frame.write_parquet(into, compression="zstd", compression_level=1, statistics=False)
    return into.getvalue()

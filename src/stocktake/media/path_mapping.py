"""Where a path of a media source lies here: the longest mapped prefix wins, component by component (MED-D4).

A path is read by the rules of its own kind, which its beginning tells:

========= ================================== ============== ===========================================
kind      begins with                        separators     case
========= ================================== ============== ===========================================
windows   ``C:\\``, ``C:/``                    ``\\`` and ``/`` plays no part
unc       ``\\\\SERVER\\share``, ``//server/…`` ``\\`` and ``/`` plays no part
smb       ``smb://host/share``               ``/``          plays no part in scheme and host
posix     ``/``                              ``/``          counts
========= ================================== ============== ===========================================

``/media/tv`` is no prefix of ``/media/tvshows``, ``C:\\TV`` is one of ``c:/tv/Show``. Doubled separators and ``.`` mean
nothing. A path with ``..`` leads to nowhere here: it might lead out of what was mapped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.media import PathMapping

#: Windows writes paths that may be long with these in front.
_LONG_UNC, _LONG = r"^\\\\\?\\UNC\\", r"^\\\\\?\\"
_WINDOWS, _UNC, _SMB = r"^[A-Za-z]:([\\/]|$)", r"^(\\\\|//)[^\\/]", r"^(?i:smb)://[^/]"
_ABSOLUTE = re.compile(r"/|[A-Za-z]:[\\/]|\\\\")


class PathKind(StrEnum):
    """By whose rules a path is read."""

    WINDOWS = "windows"
    UNC = "unc"
    SMB = "smb"
    POSIX = "posix"


_FOLDED = (PathKind.WINDOWS, PathKind.UNC)


@dataclass(frozen=True, slots=True)
class Place:
    """A path, cut into its components; ``C:``, a server or a host is the first one."""

    kind: PathKind
    names: tuple[str, ...]

    def folded(self, count: int) -> tuple[str, ...]:
        """What the first ``count`` components are compared by."""
        names = self.names[:count]
        return tuple(name.lower() for name in names) if self.kind in _FOLDED else names


def place(path: str) -> Place | None:
    """What a path names; None where it is not absolute, or leads through ``..``."""
    path = re.sub(_LONG, "", re.sub(_LONG_UNC, r"\\\\", path))
    kind = _kind(path)
    if kind is None or "\0" in path:
        return None
    if kind in _FOLDED:
        path = path.replace("\\", "/")
    if kind is PathKind.SMB:
        path = path[len("smb:") :]
    names = [name for name in path.split("/") if name not in ("", ".")]
    if kind is PathKind.SMB:
        names[:1] = [name.lower() for name in names[:1]]
    return None if ".." in names else Place(kind, tuple(names))


def _kind(path: str) -> PathKind | None:
    for pattern, kind in ((_WINDOWS, PathKind.WINDOWS), (_UNC, PathKind.UNC), (_SMB, PathKind.SMB)):
        if re.match(pattern.replace("$", r"\Z"), path):
            return kind
    return PathKind.POSIX if path.startswith("/") else None


def mapped(path: str, mappings: Sequence[PathMapping]) -> str | None:
    """Where ``path`` lies here, or None where no mapping covers it. The oracle of :func:`mapped_paths`."""
    found = place(path)
    if found is None:
        return None
    for prefix, local in _longest_first([mapping.source for mapping in mappings]):
        count = len(prefix.names)
        if prefix.kind is found.kind and prefix.folded(count) == found.folded(count):
            return _joined(mappings[local].local, "/".join(found.names[count:]))
    return None


def _joined(local: str, rest: str) -> str:
    stem = local.rstrip("/")
    return f"{stem}/{rest}" if rest else stem or "/"


def mapped_paths(paths: pl.Series, mappings: Sequence[PathMapping]) -> pl.Series:
    """Where each of ``paths`` lies here; null where no mapping covers it."""
    found = _found(paths, [mapping.source for mapping in mappings])
    stems = pl.Series([mapping.local.rstrip("/") for mapping in mappings], dtype=pl.String)
    stem = pl.lit(stems).gather(pl.col("prefix")) if len(mappings) else pl.lit(None, pl.String)
    whole = pl.when(pl.col("rest") != "").then(stem + "/" + pl.col("rest"))
    local = whole.when(stem == "").then(pl.lit("/")).otherwise(stem)
    return found.with_columns(local=local).get_column("local").alias(paths.name)


def covering(paths: pl.Series, prefixes: Sequence[str]) -> pl.Series:
    """Int64: which of ``prefixes`` covers each of ``paths``, the longest; null where none does."""
    return _found(paths, prefixes).get_column("prefix").alias(paths.name)


def below(paths: pl.Series, prefixes: Sequence[str]) -> pl.Series:
    """String: what of each of ``paths`` follows the longest of ``prefixes`` that covers it; null where none does."""
    return _found(paths, prefixes).get_column("rest").alias(paths.name)


def _longest_first(prefixes: Sequence[str]) -> list[tuple[Place, int]]:
    """The prefixes that name a place, with their positions; among equals the first given comes first."""
    places = [(found, at) for at, text in enumerate(prefixes) if (found := place(text)) is not None]
    return sorted(places, key=lambda each: -len(each[0].names))


def _found(paths: pl.Series, prefixes: Sequence[str]) -> pl.DataFrame:
    """``prefix``: the position of the longest one that covers a path, ``rest``: what follows it."""
    cut = _cut(paths)
    prefix, rest = pl.lit(None, pl.Int64), pl.lit(None, pl.String)
    for where, at in reversed(_longest_first(prefixes)):
        count = len(where.names)
        head = pl.col("names").list.head(count).list.join("/")
        same = head.str.to_lowercase() if where.kind in _FOLDED else head
        is_covered = (
            (pl.col("kind") == where.kind.value)
            & (pl.col("names").list.len() >= count)
            & (same == "/".join(where.folded(count)))
        )
        prefix = pl.when(is_covered).then(pl.lit(at, pl.Int64)).otherwise(prefix)
        rest = pl.when(is_covered).then(pl.col("names").list.slice(count).list.join("/")).otherwise(rest)
    return cut.with_columns(prefix=prefix, rest=rest).select("prefix", "rest")


def _cut(paths: pl.Series) -> pl.DataFrame:
    """``kind, names`` of every path, as :func:`place` tells them; null where it tells nothing."""
    text, kind, names = pl.col("text"), pl.col("kind"), pl.col("names")
    shortened = text.str.replace(_LONG_UNC, r"\\").str.replace(_LONG, "")
    told = (
        pl.when(text.str.contains("\0", literal=True)).then(pl.lit(None, pl.String))
        .when(text.str.contains(_WINDOWS)).then(pl.lit(PathKind.WINDOWS.value))
        .when(text.str.contains(_UNC)).then(pl.lit(PathKind.UNC.value))
        .when(text.str.contains(_SMB)).then(pl.lit(PathKind.SMB.value))
        .when(text.str.starts_with("/")).then(pl.lit(PathKind.POSIX.value))
    )  # fmt: skip
    slashed = (
        pl.when(kind.is_in([each.value for each in _FOLDED]))
        .then(text.str.replace_all("\\", "/", literal=True))
        .when(kind == PathKind.SMB.value)
        .then(text.str.slice(len("smb:")))
        .otherwise(text)
    )
    element = pl.element()
    cut = slashed.str.split("/").list.eval(element.filter((element != "") & (element != ".")))
    host = names.list.head(1).list.eval(element.str.to_lowercase())
    lowered = pl.when(kind == PathKind.SMB.value).then(host.list.concat(names.list.slice(1))).otherwise(names)
    frame = pl.DataFrame({"text": paths.cast(pl.String)})
    return (
        frame.with_columns(text=shortened)
        .with_columns(kind=told)
        .with_columns(names=cut)
        .with_columns(names=lowered)
        .select(pl.when(~names.list.contains("..")).then(kind).alias("kind"), names)
    )


def parse_path_mapping(text: str) -> PathMapping:
    """``SRC=DST`` as people write it. Raises ``InvalidInput`` ``invalid-path-mapping``.

    The first ``=`` counts that has a path of a source before it and an absolute path behind it, or nothing: ``SRC=`` takes
    a mapping away.
    """
    for equals in re.finditer("=", text):
        source, local = text[: equals.start()].strip(), text[equals.end() :].strip()
        if place(source) is not None and (not local or _ABSOLUTE.match(local)):
            return PathMapping(source=source, local=local)
    raise InvalidInput(
        "invalid-path-mapping",
        f"{text!r} is no path mapping: it needs an absolute path at the source, '=' and an absolute path here.",
        hint=r"Write it like /data/tv=/mnt/tv, 'D:\TV=/mnt/tv', '\\NAS\tv=/mnt/tv' or smb://nas/tv=/mnt/tv.",
    )

"""The canonical key: by what a file is told apart within its collection, however its path is spelled (MED-D4).

Rule 1, in this order, on the whole absolute path or URI:

1. Unicode NFC.
2. Every backslash is a slash. ``//?/C:/x`` is ``C:/x``, and ``//?/UNC/host/x`` is ``//host/x``.
3. ``C:/`` at the start is ``/c/``.
4. The head, ``scheme://host`` or ``//host`` (UNC), is in lower case; what stands before an ``@`` in it stays as it is.
   Three slashes and more at the start are one.
5. Behind the head several slashes are one; blank and ``.`` segments fall away, and so does a slash at the end. ``..``
   takes the segment before it along; at the start it falls away.
6. Where the collection says that its file system takes no notice of case: lower case, ``ς`` as ``σ``, and NFC again.
   Not full case folding, since file systems keep ``ß`` and ``ss`` apart.

Where nothing is left, or only a head, there is no usable identity: null.

The rule stands here twice: :func:`canonical_key` on one text, which people can read, and :func:`canonical_keys` on a column.
A test holds them together.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import polars as pl

try:
    from polars_hash import CryptographicHashingNameSpace as VectorHash
except ImportError:
    VectorHash = None  # type: ignore[assignment,misc]

#: Goes up whenever a key may come out differently; the state of a collection carries it (MED-D15).
KEY_RULE = 1

_DRIVE = r"^([A-Za-z]):/"
_HEAD = r"^(?:[A-Za-z][A-Za-z0-9+.\-]+://[^/]*|//[^/]+)"


def canonical_key(path: str, *, fold_case: bool = False) -> str | None:
    """The key of one path or URI; None where it gives no usable identity."""
    text = unicodedata.normalize("NFC", path).replace("\\", "/")
    text = re.sub(r"^//[?]/(UNC/)?", lambda found: "//" if found[1] else "", text)
    text = re.sub(_DRIVE, lambda found: f"/{found[1].lower()}/", text)
    found = re.match(_HEAD, text)
    head, rest = (_lowered(found[0]), text[found.end() :]) if found else ("", text)
    segments = _climbed([each for each in rest.split("/") if each not in ("", ".")])
    if not segments:
        return None
    start = "/" if head or rest.startswith("/") else ""
    key = head + start + "/".join(segments)
    return unicodedata.normalize("NFC", key.lower().replace("ς", "σ")) if fold_case else key


def _lowered(head: str) -> str:
    before, at, host = head.rpartition("@")
    if not at:
        return head.lower()
    scheme, slashes, user = before.partition("//")
    return f"{scheme.lower()}{slashes}{user}@{host.lower()}"


def _climbed(segments: list[str]) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        else:
            kept.append(segment)
    return kept


def canonical_keys(paths: pl.Series, *, fold_case: bool = False) -> pl.Series:
    """The keys of a column of text, null where there is no usable identity."""
    text = pl.col("path").str.normalize("NFC").str.replace_all("\\", "/", literal=True)
    frame = paths.alias("path").to_frame().select(text)
    frame = frame.with_columns(
        path=pl.when(pl.col("path").str.starts_with("//?/UNC/"))
        .then("/" + pl.col("path").str.slice(7))
        .otherwise(pl.col("path").str.strip_prefix("//?/"))
    )
    letter = pl.col("path").str.extract(_DRIVE).str.to_lowercase()
    frame = frame.with_columns(path=("/" + letter + pl.col("path").str.slice(2)).fill_null(pl.col("path")))
    frame = frame.with_columns(head=pl.col("path").str.extract(f"({_HEAD})").fill_null(""))
    rest = frame.select(pl.col("path").str.slice(pl.col("head").str.len_chars())).to_series()
    frame = frame.select(head=_lowered_head(), rest=_unclimbed(rest)).with_columns(_plain_rest())
    start = pl.when((pl.col("head") != "") & ~pl.col("rest").str.starts_with("/")).then(pl.lit("/"))
    key: pl.Expr = pl.when(~pl.col("rest").is_in(["", "/"])).then(
        pl.concat_str("head", start.otherwise(pl.lit("")), "rest")
    )
    if fold_case:
        key = key.str.to_lowercase().str.replace_all("ς", "σ", literal=True).str.normalize("NFC")
    return frame.select(key.alias(paths.name)).to_series()


def _lowered_head() -> pl.Expr:
    head = pl.col("head")
    user = head.str.extract(r"(?s)^[^/]*//(.*@)")
    scheme = head.str.extract(r"^([^/]*//)").str.to_lowercase()
    host = head.str.extract(r"(?s)^.*@(.*)$").str.to_lowercase()
    return pl.when(user.is_null()).then(head.str.to_lowercase()).otherwise(scheme + user + host)


def _plain_rest() -> pl.Expr:
    rest = pl.col("rest").str.replace_all("/+", "/").str.replace_all(r"/(?:\./)+", "/")
    return rest.str.replace(r"^(?:\./)+", "").str.replace(r"(^|/)\.$", "").str.replace("(?s)(.)/$", "${1}")


def _unclimbed(rests: pl.Series) -> pl.Series:
    """Without ``..``, which is rare: such a path is taken apart by itself."""
    climbing = rests.str.contains(r"(?:^|/)\.\.(?:/|$)")
    if not climbing.any():
        return rests
    paths = []
    for rest in rests.filter(climbing):
        segments = _climbed([each for each in rest.split("/") if each not in ("", ".")])
        paths.append(("/" if rest.startswith("/") else "") + "/".join(segments))
    return rests.scatter(climbing.arg_true(), paths)


def key_hashes(keys: pl.Series) -> pl.Series:
    """sha256 of each key's UTF-8, 64 hexadecimal digits; null stays null."""
    if VectorHash is None:
        return key_hashes_by_hashlib(keys)
    return (
        keys.alias("key").to_frame().select(VectorHash(pl.col("key")).sha2_256()).to_series().alias(keys.name)
    )


def key_hashes_by_hashlib(keys: pl.Series) -> pl.Series:
    """The same with the standard library alone."""
    told = [None if key is None else hashlib.sha256(key.encode()).hexdigest() for key in keys]
    return pl.Series(keys.name, told, dtype=pl.String)


def key_rule(*, fold_case: bool) -> str:
    """By which rule a collection's keys are made, as it is kept with them: ``1``, or ``1i`` where case is folded."""
    return f"{KEY_RULE}{'i' if fold_case else ''}"


def rekeyed(known: pl.DataFrame, *, fold_case: bool = False) -> pl.DataFrame:
    """Which known assets have another key under the present rule (MED-D15): ``old`` and ``new``, String, both hashes.

    ``known`` has ``canonical_key_hash`` and ``source_uri``, from which the path comes back as it was. Those whose URI is no
    ``file://`` keep their key. Where several would get the same key, or one that another keeps, none of them is here: they
    are twins under the new rule, and the next discovery says so.
    """
    from stocktake.media.raw_path import (  # with numpy, for which no other command waits
        raw_paths,
        shown_paths,
    )

    raw = raw_paths(known["source_uri"])
    told = (
        known.select(old="canonical_key_hash")
        .with_columns(raw.alias("raw"))
        .filter(pl.col("raw").is_not_null())
    )
    keys = canonical_keys(shown_paths(told["raw"]), fold_case=fold_case)
    pairs = told.select("old").with_columns(key_hashes(keys).alias("new")).filter(pl.col("new").is_not_null())
    pairs = pairs.filter(pl.col("new").is_unique())
    return pairs.filter(pl.col("old") != pl.col("new"))

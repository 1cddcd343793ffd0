"""What is left out of a walk: by the collection's patterns, by ignore files, as hidden, as junk (MED-D10).

Patterns are those of ``.gitignore``: ``*.tmp``, ``/Old Shows/``, ``!keep.mkv``; the last that fits decides, and what lies
in a folder that is left out cannot be fetched back. They stand in the collection's ``excludes``, seen from each root, and in
files named ``.stocktakeignore``, seen from the folder that holds the file.
"""

from __future__ import annotations

import errno
import os
import re
import warnings
from dataclasses import dataclass, field

import polars as pl
from pathspec import GitIgnoreSpec

from stocktake.media import junk
from stocktake.media.raw_path import shown
from stocktake.model.errors import InvalidInput
from stocktake.model.media import Failure
from stocktake.readers.filetree.trouble import file_failure

IGNORE_FILE = ".stocktakeignore"
#: No person writes a longer one; so many bytes of it are read.
_LIMIT = 1 << 20

#: Whether it leaves out (else it takes back in), and a regular expression.
Pattern = tuple[bool, str]

_CLASS = re.compile(r"(\[\^?\]?)((?:\\.|[^\]\\])*)\]")


@dataclass(slots=True)
class Ignoring:
    """The patterns known so far in one root. Each folder's ignore file is heard before its entries are judged.

    ``root``: its absolute path. ``excludes``: the collection's own patterns. Raises ``InvalidInput`` ``bad-exclude`` where
    one is none.
    """

    root: str
    excludes: tuple[str, ...] = ()
    patterns: dict[str, list[Pattern]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    heard: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for line in self.excludes:
            try:
                self.patterns.setdefault("", []).extend(_patterns(line))
            except ValueError as error:
                raise InvalidInput(
                    "bad-exclude",
                    f"The exclude pattern {line!r} cannot be read: {error}",
                    hint="Patterns are those of .gitignore, such as '*.tmp' or '/Old Shows/'.",
                ) from error

    def hear(self, place: str, names: list[str], fd: int) -> None:
        """Read the ignore file of a folder, if its listing has one; ``place`` has no slash at the end."""
        if IGNORE_FILE not in names or place in self.heard:
            return
        self.heard.add(place)
        inside = f"{place}/" if place else ""
        where = f"{self.root}/{inside}{IGNORE_FILE}"
        try:
            lines = _read(fd).splitlines()
        except OSError as error:
            self.failures.append(file_failure(where, error))
            return
        for number, line in enumerate(lines, 1):
            try:
                self.patterns.setdefault(inside, []).extend(_patterns(line))
            except ValueError as error:
                said = f"Line {number} of the ignore file cannot be read and was passed over: {error}"
                self.failures.append(
                    Failure(where=shown(os.fsencode(where)), code="bad-ignore-line", sentence=said)
                )

    def leaves_out(self, place: str) -> str | None:
        """Why a folder is not looked into; None where it is."""
        name = place.rpartition("/")[2]
        if junk.forsaken(name):
            return "junk"
        if name.startswith("."):
            return "hidden"
        return "excluded" if self.patterns and self._excludes(f"{place}/") else None

    def _excludes(self, path: str) -> bool:
        verdict = False
        for inside, patterns in sorted(self.patterns.items(), key=lambda each: len(each[0])):
            if path.startswith(inside) and path != inside:
                for excludes, pattern in patterns:
                    if excludes is not verdict and re.search(pattern, path[len(inside) :]):
                        verdict = excludes
        return verdict

    def reasons(self) -> pl.Expr:
        """Why a file is left out, null where it is not; of ``relative``, and of ``name`` and ``extension`` in lower case."""
        name = pl.col("name")
        begins = pl.any_horizontal(name.str.starts_with(each) for each in junk.PREFIXES)
        return (
            pl.when(name.is_in(list(junk.FILES)) | begins)
            .then(pl.lit("junk"))
            .when(name.str.starts_with("."))
            .then(pl.lit("hidden"))
            .when(self.excluded())
            .then(pl.lit("excluded"))
            .when(pl.col("extension").is_in([each.lstrip(".") for each in junk.ARRIVING]))
            .then(pl.lit("being-written"))
        )

    def excluded(self) -> pl.Expr:
        """Whether patterns leave a path out; of ``relative``."""
        verdict = pl.lit(value=False)
        for inside, patterns in sorted(self.patterns.items(), key=lambda each: len(each[0])):
            shown_inside = shown(os.fsencode(inside))
            within = pl.col("relative").str.starts_with(shown_inside)
            rest = pl.col("relative").str.strip_prefix(shown_inside)
            for excludes, pattern in patterns:
                fits = within & rest.str.contains(pattern)
                verdict = (verdict | fits) if excludes else (verdict & ~fits)
        return verdict


def _patterns(line: str) -> list[Pattern]:
    """None or one: whether it excludes, and its regular expression, which Python and Polars read alike."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # brackets within brackets: escaped below
            found = GitIgnoreSpec.from_lines([line]).patterns
    except re.error as error:
        raise ValueError(str(error)) from error
    told = [(each.include, each.regex.pattern) for each in found if each.include is not None and each.regex]
    if not told and line.strip() and not line.startswith("#"):
        raise ValueError("it fits nothing")
    plain = [(excludes, _CLASS.sub(_plain_class, pattern)) for excludes, pattern in told]
    try:
        pl.Series([""]).to_frame("path").select(pl.col("path").str.contains(pattern) for _, pattern in plain)
    except pl.exceptions.ComputeError as error:
        raise ValueError(str(error)) from error
    return plain


def _plain_class(found: re.Match[str]) -> str:
    """Without what means something to Polars only: ``[``, ``&&`` and ``~~`` within brackets."""
    within = re.sub(r"\\.|[\[&~]", lambda each: each[0] if len(each[0]) > 1 else f"\\{each[0]}", found[2])
    return f"{found[1]}{within}]"


def _read(folder: int) -> str:
    fd = os.open(IGNORE_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        with os.fdopen(fd, "rb", closefd=False) as file:
            text = file.read(_LIMIT + 1)
    finally:
        os.close(fd)
    if len(text) > _LIMIT:
        raise OSError(errno.EFBIG, "it is longer than a mebibyte")
    return text.decode("utf-8", "replace")

"""Plans as files: ``PLAN.json`` is the header, ``PLAN.parquet`` beside it holds all rows (PLN-24)."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields
from io import BufferedRandom
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.catalog.plan_header import (
    Ground,
    PlanHeader,
    Rows,
    damaged,
    header_from_json,
    header_of,
    header_to_json,
)
from stocktake.model.errors import InvalidInput, NotFound, Refusal, StalePlan
from stocktake.model.plan import Plan, PlanFrames
from stocktake.planning.parts import PARTS, frames_of, parts_of
from stocktake.ports.reader import Origin
from stocktake.readers.file import check_file


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """A plan as it was read from its files, and what its header says beside it."""

    plan: Plan
    ground: Ground | None
    path: Path | None


def check_place(path: Path) -> None:
    """Refuse a name under which no plan can be saved, or where something else lies that is not a plan.

    Raises ``InvalidInput`` ``bad-plan-name`` or ``cannot-write``.
    """
    if path.suffix != ".json":
        raise InvalidInput(
            "bad-plan-name",
            f"A plan is saved as PLAN.json, with its rows beside it in PLAN.parquet; {path} does not end in .json.",
            hint=f"Name it {path.with_suffix('.json').name or 'plan.json'}.",
        )
    if path.exists():
        try:
            header_from_json(path.read_text(encoding="utf-8"), origin=str(path))
        except (Refusal, OSError, UnicodeDecodeError) as error:
            if getattr(error, "code", "not-a-plan") == "not-a-plan":
                raise _in_the_way(path) from None
    elif rows_path(path).exists():
        raise _in_the_way(rows_path(path))


def rows_path(path: Path) -> Path:
    """The file of the rows that goes with a header."""
    return path.with_suffix(".parquet")


def save(plan: Plan, path: Path, *, content: Path | None, ground: Ground | None) -> None:
    """Write both files, for their owner's eyes only; each is there whole or as it was before.

    content: the file that the plan was made from. The header comes last: it names the sha256 of the rows.
    Raises what :func:`check_place` does.
    """
    check_place(path)
    beside = rows_path(path)
    with replaced(beside) as file:
        parts_of(plan.frames).write_parquet(file, compression="uncompressed")
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        rows = Rows(name=beside.name, sha256=digest, bytes=file.seek(0, os.SEEK_END))
    at = str(content.absolute()) if content is not None else None
    header = header_of(plan, ground=ground, path=at, rows=rows)
    with replaced(path) as file:
        file.write(header_to_json(header).encode())


def read(path: Path) -> SavedPlan:
    """The plan that :func:`save` wrote.

    Raises ``NotFound`` ``file-not-found``, ``Unreadable`` (``file-unreadable``, ``not-a-plan``, ``plan-damaged``) and
    ``StalePlan`` ``plan-of-other-version``.
    """
    header = _header(path)
    parts = _parts(header, path)
    try:
        frames = frames_of(parts, header.declared_record_type())
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise damaged(f"{rows_path(path)} does not hold the rows of a plan.") from error
    return SavedPlan(
        plan=header.plan(frames),
        ground=header.ground,
        path=Path(header.path) if header.path else None,
    )


def read_head(path: Path) -> Plan:
    """The plan that :func:`save` wrote, without its rows: its numbers, guards, warnings. Raises what :func:`read` does."""
    header = _header(path)
    nothing = pl.DataFrame()
    frames: dict[str, Any] = {each.name: nothing for each in fields(PlanFrames) if each.default is MISSING}
    return header.plan(PlanFrames(**frames))


def _header(path: Path) -> PlanHeader:
    check_file(path)
    try:
        return header_from_json(path.read_text(encoding="utf-8"), origin=str(path))
    except (UnicodeDecodeError, OSError) as error:
        raise damaged(f"{path} cannot be read as a plan.") from error


def _parts(header: PlanHeader, path: Path) -> pl.DataFrame:
    beside = rows_path(path)
    if not beside.exists():
        raise NotFound(
            "file-not-found",
            f"There is no file {beside}, in which the rows of {path.name} lie.",
            hint="Keep both files of a plan in one folder, and their names alike.",
            details={"path": str(beside)},
        )
    check_file(beside)
    try:
        with beside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != header.rows.sha256:
                raise damaged(
                    f"{beside} is not the file that {path.name} was saved with: its sha256 is {digest}, that of the "
                    f"plan's rows {header.rows.sha256}."
                )
            file.seek(0)
            parts = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise damaged(f"{beside} cannot be read.") from error
    if parts.schema != PARTS:
        raise damaged(f"{beside} does not hold the rows of a plan.")
    return parts


def content_of(saved: SavedPlan, path: Path) -> Path:
    """The file a plan was made from: where it lay, else of that name beside the plan.

    Raises ``NotFound`` ``file-not-found``.
    """
    name = saved.plan.file.name
    places = [saved.path, path.with_name(saved.path.name)] if saved.path else []
    found = next((each for each in places if each.is_file()), None)
    if found is None:
        where = f"neither at {places[0]} nor beside {path.name}" if places else "and Python handed it in"
        raise NotFound(
            "file-not-found",
            f"The plan was made from {name}, which is not there any more, {where}."
            if places
            else f"The plan was made from {name}, {where}: there is no file to compare it with.",
            hint=f"Name it: `stocktake apply {path} FILE`.",
            details={"name": name, "sha256": saved.plan.file.sha256},
        )
    return found


def check_content(plan: Plan, origin: Origin, called: str) -> None:
    """Refuse content that is not byte by byte what the plan was made from. Raises ``StalePlan`` ``plan-of-other-file``."""
    seen = origin.digest() or _digest_of_rows(origin)
    if seen != plan.file.sha256:
        raise StalePlan(
            "plan-of-other-file",
            f"{called} is not the file that this plan was made from: its sha256 is {seen}, that of {plan.file.name} was "
            f"{plan.file.sha256}. Nothing was written.",
            hint="Plan again with this file, or name the one that the plan was made from.",
            details={"sha256": seen, "planned": plan.file.sha256},
        )


def _digest_of_rows(origin: Origin) -> str:
    """The digest of rows that Python hands in is known once they are read."""
    reading = origin.open()
    for _ in reading.batches():
        pass
    return reading.sha256


@contextmanager
def replaced(path: Path) -> Iterator[BufferedRandom]:
    """A new file, mode 0600, that takes the place of ``path`` when its block ends well; else nothing happened."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InvalidInput(
            "cannot-write",
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Check the directory.",
        ) from error


def _in_the_way(path: Path) -> InvalidInput:
    return InvalidInput(
        "cannot-write",
        f"{path} is there already and is not a plan; it is left as it is.",
        hint="Choose another name for the plan.",
    )

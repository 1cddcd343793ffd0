"""What people look at of a plan, page by page, in files beside it: no page opens the plan itself (PLN-6, ERR-2)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.book.handle import OpenPlan
from stocktake.book.plan_file import replaced
from stocktake.planning.creation import shown_values
from stocktake.planning.explanation import refused_returns, troubles, unreadable
from stocktake.reporting.rejection import problem_groups, told_by_row

#: Rows of one group of a file: a page opens a few of them.
GROUP_ROWS = 10_000
#: The same of what new records say, of whose many columns a page opens one or two groups.
VALUE_ROWS = 2_000
_VALUES = "values-"
#: So many groups of problems are told apart.
GROUPS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """What is wrong with the rows of a plan, as a whole (ERR-2, ERR-5).

    groups: the kinds of problems, most frequent first: ``group`` names it, ``column, code, what``, how many ``rows``, and
    the first ``lines``. problems: how many in all. unreadable: rejected rows without a readable key.
    """

    groups: tuple[dict[str, Any], ...] = ()
    problems: int = 0
    unreadable: int = 0


def decisions_with_problems(opened: OpenPlan) -> pl.DataFrame:
    """Every decision of a plan (``OpenPlan.decisions``), and in ``problems`` what is wrong with rejected rows."""
    told = told_by_row(opened.plan.frames.problems).select("line", "problems")
    return opened.decisions().join(told, on="line", how="left", maintain_order="left")


def save_sheets(opened: OpenPlan, path: Path) -> None:
    """Write the sheets of a plan that is saved at ``path`` beside it, for their owner's eyes only.

    Raises ``InvalidInput`` ``cannot-write``.
    """
    plan = opened.plan
    _keep(path, "rows", decisions_with_problems(opened))
    found = troubles(plan)
    kinds, told = problem_groups(found)
    _keep(path, "problems", told)
    _keep(path, "changes", plan.frames.changes.select("_record_id", "field", "before", "after"))
    _keep(path, "returns", refused_returns(plan))
    _keep(path, "conflicts", opened.conflicts())
    for number, part in enumerate(shown_values(plan)):
        _keep(path, f"{_VALUES}{number}", part, group_rows=VALUE_ROWS)
    summary = {
        "groups": kinds.head(GROUPS).to_dicts(),
        "problems": told.height,
        "unreadable": unreadable(plan),
    }
    with replaced(_beside(path, "troubles", "json")) as file:
        file.write(json.dumps(summary).encode())


def row_page(path: Path, decision: str | None, *, limit: int, offset: int) -> tuple[pl.DataFrame, int]:
    """Some rows of the plan that is saved at ``path``, and how many there are; ``decision`` narrows them.

    The columns of :func:`decisions_with_problems`. Raises ``FileNotFoundError`` where the plan is gone.
    """
    rows = _sheet(path, "rows")
    if decision is not None:
        rows = rows.filter(pl.col("action") == decision)
    return _page(rows, limit=limit, offset=offset)


def troubles_of(path: Path) -> Troubles:
    """The kinds of problems of the plan that is saved at ``path``. Raises ``FileNotFoundError`` where it is gone."""
    told = json.loads(_beside(path, "troubles", "json").read_text(encoding="utf-8"))
    return Troubles(groups=tuple(told["groups"]), problems=told["problems"], unreadable=told["unreadable"])


def problem_page(path: Path, group: str | None, *, limit: int, offset: int) -> tuple[pl.DataFrame, int]:
    """Some problems, in the order of the file, and how many there are; ``group`` narrows them.

    ``line, external_id, name, column, value, code, message, group``. Raises ``FileNotFoundError``.
    """
    rows = _sheet(path, "problems")
    if group is not None:
        rows = rows.filter(pl.col("group") == group)
    return _page(rows, limit=limit, offset=offset)


def changes_of(path: Path, record_ids: Sequence[int]) -> pl.DataFrame:
    """``record_id, field, before, after`` of what becomes of some records. Raises ``FileNotFoundError``."""
    wanted = pl.col("_record_id").is_in(list(record_ids))
    found = _sheet(path, "changes").filter(wanted).collect()
    return found.rename({"_record_id": "record_id"})


def returns_page(path: Path, *, limit: int, offset: int) -> tuple[pl.DataFrame, int]:
    """Rows whose retired record stays so (PRE-26), and how many: ``line, external_id, name, record_id, why``."""
    return _page(_sheet(path, "returns"), limit=limit, offset=offset)


def conflicts_of(path: Path, lines: Sequence[int]) -> pl.DataFrame:
    """``OpenPlan.conflicts`` of the rows at some lines. Raises ``FileNotFoundError``."""
    return _sheet(path, "conflicts").filter(pl.col("line").is_in(list(lines))).collect()


def values_of(path: Path, lines: Sequence[int]) -> pl.DataFrame:
    """What the new records of some lines of the file will say: ``line`` and a column per field, in any order.

    Raises ``FileNotFoundError``.
    """
    if not path.is_file():
        raise FileNotFoundError(path)
    parts = sorted(path.parent.glob(f"{_beside(path, _VALUES).stem}*"))
    if not parts or not lines:
        return pl.DataFrame(schema={"line": pl.UInt32})
    near = pl.col("line").is_between(min(lines), max(lines))
    return pl.scan_parquet(parts).filter(near, pl.col("line").is_in(list(lines))).collect()


def _keep(path: Path, name: str, frame: pl.DataFrame, group_rows: int = GROUP_ROWS) -> None:
    with replaced(_beside(path, name)) as file:
        frame.write_parquet(file, compression="zstd", compression_level=1, row_group_size=group_rows)


def _sheet(path: Path, name: str) -> pl.LazyFrame:
    place = _beside(path, name)
    if not place.is_file():
        raise FileNotFoundError(place)
    return pl.scan_parquet(place)


def _page(rows: pl.LazyFrame, *, limit: int, offset: int) -> tuple[pl.DataFrame, int]:
    total, page = pl.collect_all([rows.select(pl.len()), rows.slice(offset, limit)])
    return page, int(total.item())


def _beside(path: Path, name: str, suffix: str = "parquet") -> Path:
    return path.with_suffix(f".{name}.{suffix}")

"""Conflicts on the screen: which records each row may be, and the option that says so, to paste (PRE-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.wording import GROUPS, new_option, printable, same_option, value_text

if TYPE_CHECKING:
    from stocktake.book import OpenPlan
    from stocktake.model.plan import Plan
    from stocktake.model.record_type import RecordType


def conflicts(screen: Screen, planned: OpenPlan, action: str, limit: int) -> None:
    """The first rows of a decision, each with what it says and with the records that it may be."""
    count = planned.counts[action]
    if not count:
        return
    kind = planned.plan.record_type
    screen.heading(f"{GROUPS[action]}: {count:,}")
    found = planned.conflicts(limit).filter(pl.col("action") == action)
    for (row,), mine in found.group_by("row", maintain_order=True):
        own, *records = mine.to_dicts()
        screen.line(f"  {printable(str(row))} (line {own['line']}): {own['reason']}")
        _choices(screen, kind, str(row), own, records)
    if count > limit:
        screen.line(f"  … and {count - limit:,} more: --json lists more, --rows FILE.csv all", style="dim")


def _choices(
    screen: Screen, kind: RecordType, row: str, own: dict[str, Any], records: list[dict[str, Any]]
) -> None:
    fields = list(own["values"])
    columns = [number("record"), Column("name"), *(Column(kind[name].label) for name in fields)]
    lines = [
        (
            "",
            "(the row)",
            *(value_text(own["values"][name]) for name in fields),
            "or a new record",
            new_option(row),
        )
    ]
    lines += [
        (
            as_id(each["record_id"]),
            each["name"],
            *(value_text(each["values"][name]) for name in fields),
            ", ".join(label(kind, name) for name in each["found_by"]),
            same_option(row, each["record_id"]),
        )
        for each in records
    ]
    screen.table([*columns, mark("found by"), mark("settle it with")], lines, indent=4)


def label(kind: RecordType, rung: str) -> str:
    """An identity as people know it: ``Serial number``; ``external id`` is the link of the row itself."""
    if rung == "external_id" and rung not in kind:
        return "external id"
    return " + ".join(kind[name].label for name in rung.split(" + "))


def settled(screen: Screen, plan: Plan, limit: int) -> None:
    """The rows that were settled, and what becomes of the records that had their external id."""
    ruled = plan.frames.ruled
    if ruled is None:
        return
    screen.heading(f"Settled: {ruled.height:,}")
    for each in ruled.head(limit).iter_rows(named=True):
        row = f"line:{each['_line']}" if each["_keyless"] else each["_key_raw"] or each["_key"]
        is_now = f"record {each['_to']}" if each["_to"] is not None else "a new record"
        aside = each["_aside_raw"] or each["_aside"]
        goes = f"; record {each['_had']} had it, and goes by {printable(aside)} from now on" if aside else ""
        screen.line(f"  {printable(row)} (line {each['_line']}) is {is_now}{goes}")
    if ruled.height > limit:
        screen.line(f"  … and {ruled.height - limit:,} more", style="dim")

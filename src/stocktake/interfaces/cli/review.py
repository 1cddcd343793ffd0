"""The preview as people read it: the sentence first, then the numbers, then the first rows of each decision (PLN-6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from stocktake.interfaces.cli.column import show_decisions
from stocktake.interfaces.cli.contested import conflicts, settled
from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.statistic import show_statistics
from stocktake.interfaces.document import errors_of
from stocktake.interfaces.wording import GROUPS, MEANINGS, printable, value_text
from stocktake.reporting import sentence
from stocktake.reporting.key_facts import key_line, key_troubles
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.book import OpenPlan
    from stocktake.interfaces.cli.setting import Session
    from stocktake.model.key import KeyFacts
    from stocktake.model.plan import Plan

#: So many rows of each decision, fields of each update, and errors are shown.
ROWS, FIELDS, ERRORS = 5, 6, 10

_LISTED = (
    "create",
    "update",
    "reactivate",
    "retire",
    "delete",
    "held",
    "missing",
    "suppressed",
    "conflict",
    "ambiguous",
    "duplicate",
)


def applied_words(counts: Mapping[str, int]) -> str:
    """``112 created, 340 updated, 5 retired``, read back from the run (APP-5)."""
    return sentence.tally(counts)


def review(opened: Session, planned: OpenPlan, *, statistics: bool = True) -> None:
    """Print the preview of a plan; ``statistics``: with what the file's columns say (CLN-4)."""
    screen, plan = opened.screen, planned.plan
    screen.line(sentence.review(plan.counts), style="bold")
    sound = plan.key is not None and plan.key.is_sound
    screen.line(
        _about(plan) + (f" {printable(key_line(plan.key))}" if plan.key and sound else ""), style="dim"
    )
    if not sound:
        key_facts(screen, plan.key)
    _overrides(screen, plan)
    show_decisions(screen, plan.decisions)
    _numbers(screen, plan.counts)
    decisions = planned.first_decisions(ROWS)
    for action in _LISTED:
        first = decisions.filter(pl.col("action") == action)
        if action in ("conflict", "ambiguous"):
            conflicts(screen, planned, action, ROWS)
        elif not first.is_empty():
            _group(screen, plan, action, first)
    settled(screen, plan, ROWS)
    _displaced(screen, planned)
    _kept(screen, planned)
    if statistics:
        show_statistics(screen, plan)
    _guards(screen, planned)
    _warnings(screen, plan)
    _errors(screen, plan)


def _about(plan: Plan) -> str:
    file = plan.file
    form = ", ".join(each for each in (file.format, file.encoding) if each)
    line = f"{printable(file.name)} ({form}): {plan.record_type.plural} from {plan.source.name}, {_HOW[plan.strategy]}."
    if plan.options.mends is not None:
        line += f" It mends what run {plan.options.mends} rejected."
    if plan.options.mapping is not None:
        line += f' Read by the mapping "{printable(plan.options.mapping.name)}".'
    if plan.mapping.constants:
        by_flow = {each.field for each in plan.mapping.rules if each.how == "flow"}
        constants = [(name, value) for name, value in plan.mapping.constants.items() if name not in by_flow]
        said = ", ".join(f"{name} = {printable(value)}" for name, value in constants)
        line += f" Every row says {said}." if said else ""
    if plan.options.flow is not None:
        flow = plan.options.flow
        line += (
            f" All of it belongs to discovery flow {printable(flow.flow_id)}, phase {printable(flow.phase)}."
        )
    unmapped = [printable(column) for _, column in plan.mapping.unmapped if column.strip()]
    if unmapped:
        keeps = (plan.options.extra or plan.record_type.unmapped) == "keep"
        kept = "kept as extra values" if keeps else "not imported"
        more = f" and {len(unmapped) - 8} more" if len(unmapped) > 8 else ""
        line += f" Columns without a field ({kept}): {', '.join(unmapped[:8])}{more}."
    return line


def key_facts(screen: Screen, facts: KeyFacts | None, indent: str = "") -> None:
    """What the external id is like, before anything else (MAP-5)."""
    if facts is None:
        return
    screen.line(indent + printable(key_line(facts)), style="dim" if facts.is_sound else "yellow")
    for each in key_troubles(facts):
        screen.line(f"{indent}  {printable(each)}", style="yellow")


_HOW = {
    "merge": "merged with what is stored",
    "snapshot": "as a full snapshot",
    "replace": "replacing all that is stored from there",
    "append": "added to what is stored",
}


def _overrides(screen: Screen, plan: Plan) -> None:
    """What the operator decided row by row (PLN-8)."""
    options = plan.options
    said = [
        (len(options.overrides.skip_lines), "row left out", "rows left out"),
        (len(options.overrides.edits), "cell written anew", "cells written anew"),
        (
            sum(len(words) for _, words in options.overrides.values),
            "word given a meaning",
            "words given a meaning",
        ),
        (len(options.overrides.rulings), "conflict settled", "conflicts settled"),
        (len(options.keep), "record to keep", "records to keep"),
        (len(options.no_reactivate), "record not to bring back", "records not to bring back"),
        (len(options.reactivate), "record to bring back", "records to bring back"),
    ]
    told = [plural(count, one, many) for count, one, many in said if count]
    if told:
        screen.line(f"Overruled: {', '.join(told)}.", style="dim")


def _numbers(screen: Screen, counts: Mapping[str, int]) -> None:
    rows = [
        (counts[name], name.replace("_", " "), words) for name, words in MEANINGS.items() if counts.get(name)
    ]
    if rows:
        screen.line()
        screen.table([number("count"), mark("decision"), Column("what that means")], rows, indent=2)


def _group(screen: Screen, plan: Plan, action: str, first: pl.DataFrame) -> None:
    count = plan.frames.rows.filter(pl.col("_action") == action).height
    count += plan.frames.absent.filter(pl.col("_action") == action).height
    screen.heading(f"{GROUPS[action]}: {count:,}")
    if action in ("update", "reactivate"):
        _changes(screen, plan, first)
    else:
        fixed = first["reason"].n_unique() == 1 and action in ("create", "retire", "delete", "held")
        columns = [Column("name"), Column("external id"), number("line" if action in _OF_ROWS else "record")]
        place = "line" if action in _OF_ROWS else "record_id"
        rows = [
            (each["name"], each["external_id"], as_id(each[place]), *([] if fixed else [each["reason"]]))
            for each in first.iter_rows(named=True)
        ]
        screen.table(columns if fixed else [*columns, Column("why")], rows, indent=2)
    _more(screen, count - first.height)


_OF_ROWS = ("create", "duplicate")


def _changes(screen: Screen, plan: Plan, first: pl.DataFrame) -> None:
    """Each record with its fields, old → new."""
    changes = plan.frames.changes.filter(pl.col("_record_id").is_in(first["record_id"].to_list()))
    for each in first.iter_rows(named=True):
        mine = changes.filter(pl.col("_record_id") == each["record_id"]).sort(
            "counted", descending=True, maintain_order=True
        )
        name = printable(each["name"] or each["external_id"] or "")
        screen.line(f"  {name} (record {each['record_id']}, line {each['line']})")
        shown = mine.head(FIELDS)
        screen.table(
            [mark(""), Column(""), mark(""), Column("")],
            [
                (_label(plan, row["field"]), value_text(row["before"]), "→", _after(plan, row))
                for row in shown.to_dicts()
            ],
            indent=4,
        )
        if mine.height > FIELDS:
            screen.line(f"    … and {plural(mine.height - FIELDS, 'field')} more", style="dim")


def _kept(screen: Screen, planned: OpenPlan) -> None:
    """What the file says and the records do not take, with who stands against it (PRE-24)."""
    found = planned.kept()
    if found.is_empty():
        return
    screen.heading(f"Kept as they are: {plural(found.height, 'value')}")
    rows = [
        (
            each["name"],
            as_id(each["record_id"]),
            _label(planned.plan, each["field"]),
            value_text(each["value"]),
            value_text(each["said"]),
            each["why"],
        )
        for each in found.head(ROWS).iter_rows(named=True)
    ]
    columns = [Column("name"), number("record"), mark("field"), Column("is"), Column("the file says")]
    screen.table([*columns, mark("why")], rows, indent=2)
    if found.height > ROWS:
        screen.line(f"  … and {found.height - ROWS:,} more", style="dim")


def _displaced(screen: Screen, planned: OpenPlan) -> None:
    """The records from which rows take an identity, and what theirs becomes (PACK-1)."""
    found = planned.displaced()
    if found.is_empty():
        return
    screen.heading(f"Give way: {found.height:,}")
    rows = [
        (
            each["name"],
            as_id(each["record_id"]),
            _label(planned.plan, each["field"]),
            f"{value_text(each['before'])} → {value_text(each['after'])}",
            f"line {each['line']} gives it to {_to_record(each['to_record'])}",
        )
        for each in found.head(ROWS).iter_rows(named=True)
    ]
    columns = [Column("name"), number("record"), mark("field"), Column("becomes"), Column("why")]
    screen.table(columns, rows, indent=2)
    if found.height > ROWS:
        screen.line(f"  … and {found.height - ROWS:,} more", style="dim")


def _to_record(number: int | None) -> str:
    return "a new record" if number is None else f"record {number}"


def _after(plan: Plan, change: Mapping[str, Any]) -> str:
    """The new value; of a reference to a record that has no number yet, which that will be (IDN-4)."""
    text = change["after"]
    if text and plan.record_type.reference(change["field"]) is not None and text[0] in "@+":
        return "(created by this import)"
    return value_text(text)


def _label(plan: Plan, field: str) -> str:
    return plan.record_type[field].label if field in plan.record_type else field


def _more(screen: Screen, count: int) -> None:
    if count > 0:
        screen.line(f"  … and {count:,} more: --rows FILE.csv lists all", style="dim")


def _guards(screen: Screen, planned: OpenPlan) -> None:
    """What the guards say, but for the one that refuses the plan: that is told at the end, as the error."""
    refused = planned.refusal
    for each in planned.plan.guards:
        if refused is not None and each.blocked and each.code == refused.code:
            continue
        verdict = "Blocked" if each.blocked else "Guard"
        screen.heading(f"{verdict} ({each.code})")
        screen.line(f"  {each.message}", style="red" if each.blocked else "yellow")
        if each.hint:
            screen.line(f"  {each.hint}")


def _warnings(screen: Screen, plan: Plan) -> None:
    if not plan.warnings:
        return
    screen.heading("Worth knowing")
    for each in plan.warnings:
        screen.line(f"  {each.message}{_places(each.rows)}", style="yellow")


def _places(lines: Iterable[int]) -> str:
    shown = [str(each) for each in lines]
    if not shown:
        return ""
    more = ", …" if len(shown) > ROWS else ""
    return f" ({'line' if len(shown) == 1 else 'lines'} {', '.join(shown[:ROWS])}{more})"


def _errors(screen: Screen, plan: Plan) -> None:
    """``Line 14, Amount: "1,5 Mio" is not a number. Write 1500000.`` (ERR-2)."""
    found = errors_of(plan, ERRORS)
    if not found:
        return
    total = plan.frames.problems.height
    screen.heading(f"{plural(total, 'problem')} in {plural(_faulty(plan), 'row')}")
    for each in found:
        screen.line(f"  {problem_line(each)}")
    if total > ERRORS:
        screen.line(f"  … and {total - ERRORS:,} more: --rows FILE.csv lists all", style="dim")


def _faulty(plan: Plan) -> int:
    return plan.frames.problems["_row"].n_unique()


def problem_line(problem: Mapping[str, Any]) -> str:
    """One problem: where, and its sentence."""
    column = f", {printable(problem['column'])}" if problem["column"] else ""
    return f"Line {problem['row']}{column}: {printable(problem['message'])}"

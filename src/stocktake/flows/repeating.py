"""Repeating: a file that says what its source said last is told by its content; nothing is looked up (PLN-16, PLN-22)."""

from __future__ import annotations

import polars as pl

from stocktake.cleaning.deciding import column_course
from stocktake.flows.relinking import reference_counts
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.mapping import map_columns
from stocktake.mapping.flow import in_flow
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.mapping import Mapping
from stocktake.model.plan import BoundState, FileFacts, Plan
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.planning import holding
from stocktake.planning.repetition import counts_again, no_frames, overridden, rules_hash
from stocktake.planning.table import TABLES
from stocktake.ports.reader import Origin
from stocktake.ports.store import Unit
from stocktake.reporting.deduplication import deduplication
from stocktake.reporting.warning import same_content


def repeated_bytes(unit: Unit, request: Request, origin: Origin, last: Run | None) -> Plan | None:
    """The plan of a file whose bytes are those of the source's last import; None where they are not.

    The file is hashed only where its size is the same, and neither parsed nor planned. last: :func:`vouching_import`.
    """
    if last is None or last.file is None or origin.size is None or origin.size != last.file.size:
        return None
    if request.options.accept_suggestions is not None:  # what is accepted depends on the cells
        return None
    if origin.head_digest() != last.file.head or origin.digest() != last.file.sha256:
        return None
    options = request.options
    found = map_columns(
        last.file.header, request.record_type, request.source, options.columns, options.mapping
    )
    course = column_course(found.mapping, request.record_type, options.reads, last.decisions)
    mapping = in_flow(course.mapping, options.flow, request.record_type)
    return _again(unit, request, last, last.file, mapping, last.warnings)


def repeated_rows(unit: Unit, request: Request, staged: Staged, last: Run | None) -> Plan | None:
    """The plan of a file whose rows are those of the source's last import, in whatever order; None where they are not."""
    if last is None or last.file is None or staged.file.row_digest != last.file.row_digest:
        return None
    known = unit.mapping_id(request.source.name, request.record_type.name, staged.mapping.version)
    if known != last.mapping_id:
        return None
    return _again(unit, request, last, staged.file, staged.mapping, staged.warnings)


def ground(unit: Unit, record_type: RecordType) -> int:
    """Grows whenever a flow writes records of the type, or of a type that it refers to (PLN-22)."""
    types = {record_type.name, *(each.to for each in record_type.references)}
    return sum(unit.target_version(name) for name in types)


def vouching_import(unit: Unit, request: Request) -> Run | None:
    """The source's last import, if nothing but its file's content decides what the same content means now."""
    record_type, source = request.record_type, request.source
    if overridden(request.options) or not TABLES[request.strategy].matches:
        return None
    last = unit.latest_import(source.name, record_type.name)
    rules = rules_hash(record_type, source, request.strategy, request.options)
    if last is None or last.rules_hash != rules or last.ground != ground(unit, record_type):
        return None
    waiting = source.grace.delays and _waits(unit, request)
    return None if waiting or unit.has_held_links(source.name, record_type.name) else last


def decisions_so_far(unit: Unit, request: Request) -> tuple[ColumnDecision, ...]:
    """How the source's last import read the columns of which nothing is declared; undone with that import (PLN-21)."""
    last = unit.latest_import(request.source.name, request.record_type.name)
    return last.decisions if last is not None else ()


def _waits(unit: Unit, request: Request) -> bool:
    """Whether a link of the source is in its grace, so that one more snapshot without it means more (PLN-22)."""
    missing = unit.missing_links(request.source.name, request.record_type.name)
    retired = unit.retired_records(request.record_type)["_record_id"]
    return not missing.filter(~pl.col("_record_id").is_in(retired.implode())).is_empty()


def _again(
    unit: Unit,
    request: Request,
    last: Run,
    file: FileFacts,
    mapping: Mapping,
    warnings: tuple[Warning, ...],
) -> Plan:
    name, source = request.record_type.name, request.source
    earlier = last if last.file_sha256 == file.sha256 else None
    return Plan(
        plan_id=request.plan_id,
        made_at=request.at,
        workspace=request.workspace,
        record_type=request.record_type,
        source=source,
        strategy=request.strategy,
        options=request.options,
        mapping=mapping,
        file=file.renamed(request.name),
        counts=counts_again(file.rows) | reference_counts(None) | holding.counts(None),
        guards=(),
        warnings=warnings + same_content(file, earlier, last),
        deduplication=deduplication(
            rows=file.rows,
            with_key=file.rows,
            matching=file.rows,
            matched_by_key=file.rows,
            new=0,
            existing=last.stats["records"],
            swept=0,
            strategy=request.strategy,
            tracks=source.tracks_presence,
        ),
        state=BoundState(
            target_version=unit.target_version(name),
            links_version=unit.links_version(source.name, name),
            last_run=unit.last_run(),
        ),
        frames=no_frames(request.record_type),
        content_run=last.content_run or last.run_id,
        as_of=request.as_of,
        baseline=last.baseline,
        decisions=last.decisions,
    )

"""The header of a saved plan as JSON: what it was made from, its numbers, and which rows go with it (PLN-24)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Dictionary
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from stocktake._version import __version__
from stocktake.catalog.declaration import (
    record_type_from_json,
    record_type_to_json,
    source_from_json,
    source_to_json,
)
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.errors import Refusal, StalePlan, Unreadable
from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping
from stocktake.model.options import ImportOptions
from stocktake.model.plan import Baseline, BoundState, Deduplication, FileFacts, Guard, Plan, PlanFrames
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.statistic import Statistic
from stocktake.model.suggestion import Advice

#: What a file says that is the header of a plan, and in which form.
FORM = "stocktake plan 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The newest run that the plan's database had: another database has another one by that number, or none."""

    run_id: int
    plan_id: str | None
    started_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The file beside the header that holds the plan's rows."""

    name: str
    sha256: str
    bytes: int


class PlanHeader(BaseModel):
    """What ``PLAN.json`` says. ``path``: where the file lay, None where rows were handed in by Python."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    form: str
    stocktake: str
    plan_id: str
    made_at: datetime
    workspace: str
    ground: Ground | None
    path: str | None
    file: FileFacts
    record_type: dict[str, Any]
    source: dict[str, Any]
    strategy: str
    options: ImportOptions
    mapping: Mapping
    mapping_version: str
    counts: dict[str, int]
    guards: tuple[dict[str, Any], ...]
    warnings: tuple[Warning, ...]
    deduplication: Deduplication
    state: BoundState
    timings: dict[str, float]
    content_run: int | None
    as_of: datetime | None
    baseline: Baseline | None
    decisions: tuple[ColumnDecision, ...]
    referred: dict[str, dict[str, Any]]
    deliverers: tuple[dict[str, Any], ...]
    key: KeyFacts | None
    advice: Advice
    statistics: tuple[Statistic, ...]
    rows: Rows

    def declared_record_type(self) -> RecordType:
        """The record type as it was declared when the plan was made."""
        return record_type_from_json(json.dumps(self.record_type))

    def plan(self, frames: PlanFrames) -> Plan:
        """The plan, with its rows."""
        return Plan(
            plan_id=self.plan_id,
            made_at=self.made_at.astimezone(UTC),
            workspace=self.workspace,
            record_type=self.declared_record_type(),
            source=_source(self.source),
            strategy=self.strategy,
            options=self.options,
            mapping=self.mapping,
            file=self.file,
            counts=self.counts,
            guards=tuple(Guard(**each) for each in self.guards),
            warnings=self.warnings,
            deduplication=self.deduplication,
            state=self.state,
            frames=frames,
            timings=self.timings,
            content_run=self.content_run,
            as_of=self.as_of.astimezone(UTC) if self.as_of else None,
            baseline=self.baseline,
            decisions=self.decisions,
            referred={name: record_type_from_json(json.dumps(each)) for name, each in self.referred.items()},
            deliverers=tuple(_source(each) for each in self.deliverers),
            key=self.key,
            advice=self.advice,
            statistics=self.statistics,
        )


def header_of(plan: Plan, *, ground: Ground | None, path: str | None, rows: Rows) -> PlanHeader:
    """The header of a plan whose rows lie in ``rows``."""
    return PlanHeader(
        form=FORM,
        stocktake=__version__,
        plan_id=plan.plan_id,
        made_at=plan.made_at,
        workspace=plan.workspace,
        ground=ground,
        path=path,
        file=plan.file,
        record_type=json.loads(record_type_to_json(plan.record_type)),
        source=json.loads(source_to_json(plan.source)),
        strategy=plan.strategy,
        options=plan.options,
        mapping=plan.mapping,
        mapping_version=plan.mapping.version,
        counts=plan.counts,
        guards=tuple(asdict(each) for each in plan.guards),
        warnings=plan.warnings,
        deduplication=plan.deduplication,
        state=plan.state,
        timings=plan.timings,
        content_run=plan.content_run,
        as_of=plan.as_of,
        baseline=plan.baseline,
        decisions=plan.decisions,
        referred={name: json.loads(record_type_to_json(each)) for name, each in plan.referred.items()},
        deliverers=tuple(json.loads(source_to_json(each)) for each in plan.deliverers),
        key=plan.key,
        advice=plan.advice,
        statistics=plan.statistics,
        rows=rows,
    )


def header_to_json(header: PlanHeader) -> str:
    """The text of ``PLAN.json``; ``sha256`` is that of all the rest, so that a damaged file is told from a sound one."""
    document = header.model_dump(mode="json")
    return json.dumps({**document, "sha256": _sha256(document)}, ensure_ascii=False, indent=2) + "\n"


def header_from_json(text: str, *, origin: str) -> PlanHeader:
    """The header that :func:`header_to_json` wrote; messages call it ``origin``.

    Raises ``Unreadable`` ``not-a-plan`` or ``plan-damaged``, ``StalePlan`` ``plan-of-other-version``.
    """
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict) or not str(document.get("form", "")).startswith("stocktake plan"):
        raise Unreadable(
            "not-a-plan",
            f"{origin} is not a plan that Stocktake has saved.",
            hint="Name the JSON file that `stocktake plan FILE … --out PLAN.json` wrote.",
        )
    said = document.pop("sha256", None)
    if (document["form"], document.get("stocktake")) != (FORM, __version__):
        raise StalePlan(
            "plan-of-other-version",
            f"{origin} was made by Stocktake {document.get('stocktake')}; this is {__version__} and may decide otherwise.",
            hint="Plan again with this version.",
            details={"made_by": document.get("stocktake"), "this": __version__},
        )
    if said != _sha256(document):
        raise damaged(f"{origin} is not as it was saved: it was changed or cut off.")
    try:
        header = PlanHeader.model_validate_json(json.dumps(document))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise damaged(f"{origin} does not hold a plan as this version saves it ({place}).") from error
    if header.mapping.version != header.mapping_version:
        raise damaged(f"{origin} holds another mapping than it says.")
    return header


def damaged(message: str) -> Refusal:
    """The refusal of a plan that is not as it was saved."""
    return Unreadable(
        "plan-damaged", f"{message} Nothing was written.", hint="Plan again, or fetch the plan again."
    )


def _source(keys: Dictionary[str, Any]) -> Source:
    return source_from_json(json.dumps(keys))


def _sha256(document: Dictionary[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()

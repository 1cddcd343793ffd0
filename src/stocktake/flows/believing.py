"""In which order sources are believed, and whether that has changed since a source was imported last (PRE-24)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stocktake.flows.meeting import Meeting
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.model.plan import Baseline, PlanFrames
from stocktake.model.problem import Warning
from stocktake.planning import holding, sweep
from stocktake.ports.store import Unit
from stocktake.reporting.warning import reordered


@dataclass(frozen=True, slots=True, kw_only=True)
class Believing:
    """The order of sources now, and ``before``: when all that the source has was last compared; None if it never was."""

    request: Request
    now: str
    before: str | None

    @property
    def has_changed(self) -> bool:
        """Whether rows that say what they said before may mean something else by now."""
        return self.before is not None and self.before != self.now

    def warnings(self, met: Meeting, frames: PlanFrames) -> tuple[Warning, ...]:
        """What changes for that alone."""
        if not self.has_changed:
            return ()
        kind = self.request.record_type
        fields = tuple(each.name for each in kind.fields)
        count = holding.reordered(
            met.rows, met.linked.open_links, frames.changes, holding.ranked(kind, fields)
        )
        return reordered(self.now, self.request.source.name, count)

    def noted(self, staged: Staged, met: Meeting, *, sweeps: bool) -> Baseline:
        """The file's baseline with the order that holds for all that the source has: a partial file leaves some behind."""
        whole = self.before is None or sweeps or sweep.unmet(met.linked.open_links, met.rows).is_empty()
        return replace(staged.baseline, order=self.now if whole else self.before or "")


def believing(unit: Unit, request: Request) -> Believing:
    """What the order of sources is, and what it was when the source was imported last."""
    last = unit.latest_import(request.source.name, request.record_type.name)
    return Believing(
        request=request,
        now=holding.order(request.record_type),
        before=last.baseline.order if last is not None and last.baseline is not None else None,
    )

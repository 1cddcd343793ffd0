"""Wiring: whether records, raw rows, links, runs and flows lead to one another as they should (HEA-2, HEA-3, HEA-6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

#: So many samples of a failing metric are shown (HEA-3).
SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One count of wiring health. ``is_fault``: whether anything but 0 is unhealthy; the others are for comparison."""

    name: str
    meaning: str
    is_fault: bool = True


#: Every metric, in the order in which they are told. Published: programs name them.
METRICS: tuple[Metric, ...] = (
    Metric(
        name="flow_based_assets_missing_discovery_flow_id",
        meaning="flow-based assets without a discovery flow",
    ),
    Metric(
        name="all_assets_missing_discovery_flow_id",
        meaning="assets without a discovery flow, flow-based or not",
        is_fault=False,
    ),
    Metric(
        name="assets_with_unknown_discovery_flow",
        meaning="assets that name a discovery flow which is not there",
    ),
    Metric(name="assets_with_orphan_raw_import_ref", meaning="records whose raw row is not there"),
    Metric(name="raw_records_with_orphan_asset_ref", meaning="raw rows whose record is not there"),
    Metric(name="unprocessed_raw_records", meaning="raw rows of applied runs without a decision"),
    Metric(
        name="raw_records_under_review",
        meaning="raw rows without a decision of runs still under review",
        is_fault=False,
    ),
    Metric(name="links_to_missing_records", meaning="links to records that are not there"),
    Metric(
        name="present_links_unseen_by_latest_snapshot",
        meaning="present links that their source's latest full snapshot did not see",
    ),
    Metric(name="records_without_link_or_run", meaning="records with no link and no run"),
    Metric(name="runs_left_applying", meaning="runs that a process which died left applying"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One of what a metric counts. ``kind``: a record type, ``raw row``, ``link`` or ``run``; ``number`` names it there."""

    kind: str
    number: int | str
    name: str | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one metric found: how many, and some of them where they were asked for."""

    count: int = 0
    samples: tuple[Sample, ...] = ()

    def __add__(self, other: Finding) -> Finding:
        """Both together, with as many samples as are shown."""
        return Finding(count=self.count + other.count, samples=(*self.samples, *other.samples)[:SAMPLES])


@dataclass(frozen=True, slots=True, kw_only=True)
class WiringHealth:
    """How a workspace is wired: a finding for every metric, by name. ``detail``: whether samples were asked for."""

    workspace: str
    account: str
    detail: bool = False
    findings: Mapping[str, Finding] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Metric → count, every metric."""
        return {each.name: self.findings.get(each.name, Finding()).count for each in METRICS}

    @property
    def faults(self) -> dict[str, int]:
        """The metrics that denote a fault and are not 0."""
        return {
            each.name: self.counts[each.name] for each in METRICS if each.is_fault and self.counts[each.name]
        }

    @property
    def is_healthy(self) -> bool:
        """Whether nothing is at fault (HEA-2)."""
        return not self.faults

    @property
    def status(self) -> str:
        """``healthy`` or ``unhealthy`` (HEA-6)."""
        return "healthy" if self.is_healthy else "unhealthy"

    @property
    def samples(self) -> dict[str, tuple[Sample, ...]] | None:
        """Up to five of what each failing metric counts; None where no detail was asked for (HEA-3)."""
        if not self.detail:
            return None
        return {name: self.findings[name].samples for name in self.faults}

"""Wiring health for programs (HEA-6)."""

from __future__ import annotations

from typing import Any

from stocktake.interfaces.wording import moment_iso
from stocktake.model.wiring import Sample, WiringHealth


def wiring_document(health: WiringHealth) -> dict[str, Any]:
    """Every metric, the verdict, whose it is, and samples of what fails where they were asked for."""
    return {
        "metrics": health.counts,
        "health_status": health.status,
        "tenant": {"client_account_id": health.account, "engagement_id": health.workspace},
        "samples": None
        if health.samples is None
        else {name: [_sample(each) for each in some] for name, some in health.samples.items()},
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {"id": sample.number, "name": sample.name, "created": moment_iso(sample.created_at)}

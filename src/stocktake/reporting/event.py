"""What webhooks are told, as CloudEvents 1.0 in structured form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from stocktake.model.run import Run, RunStatus

FINISHED = "stocktake.run.finished"
TEST = "stocktake.webhook.test"
#: The type of the body that is sent.
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def finished_event(
    identity: str, workspace: str, run: Run, counts: Mapping[str, Any], *, at: datetime
) -> bytes:
    """A run that was applied at the moment ``at``; the same bytes whenever it is told."""
    data = {
        "run_id": run.run_id,
        "kind": run.kind.value,
        "status": RunStatus.APPLIED.value,
        "workspace": workspace,
        "source": run.source,
        "record_type": run.record_type,
        "undoes_run": run.undoes_run,
        "counts": dict(counts),
        "link": f"{_place(workspace)}/runs/{run.run_id}",
    }
    return _event(identity, FINISHED, workspace, f"runs/{run.run_id}", data, at=at)


def trial_event(identity: str, workspace: str, webhook_id: int, *, at: datetime) -> bytes:
    """A message that says nothing but that it arrives."""
    data = {"webhook_id": webhook_id, "workspace": workspace}
    return _event(identity, TEST, workspace, f"webhooks/{webhook_id}", data, at=at)


def _event(
    identity: str, kind: str, workspace: str, subject: str, data: dict[str, Any], *, at: datetime
) -> bytes:
    event = {
        "specversion": "1.0",
        "id": identity,
        "source": _place(workspace),
        "type": kind,
        "subject": subject,
        "time": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _place(workspace: str) -> str:
    """Where the workspace is found below the server's address, as the HTTP API has it."""
    return f"/api/v1/workspaces/{workspace}"

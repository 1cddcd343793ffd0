"""Activity: what people and imports did, one readable sentence per act (SEC-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

#: Every act that is logged, and what it says.
ACTS: Mapping[str, str] = MappingProxyType(
    {
        "import": "content of a source was imported",
        "upload": "a file was handed over to be imported",
        "cancel": "an import was given up before its commit, and wrote nothing",
        "refuse": "an import was refused: by a guard, or for its rejected rows",
        "fail": "a run failed or was interrupted, and wrote nothing",
        "override": "an import went by what an operator decided, and not by the rules alone",
        "settle": "a conflict was settled: which record a row is, or that it is a new one",
        "displace": "a record gave an identity up to another",
        "retire": "a record was retired",
        "hold": "a record's retirement was held for review",
        "keep": "a record stays, because somebody kept it",
        "reactivate": "a record came back",
        "delete": "a record was deleted",
        "relink": "references of stored records were resolved",
        "rollback": "a run was undone",
        "edit": "a record was changed by hand",
        "review": "a held retirement was decided",
        "acknowledge": "somebody knows that a source misses a record",
        "close-source": "a source was closed",
        "backfill": "records were given what they lacked",
        "prune": "old raw rows were deleted",
        "declare-type": "a record type was declared, or changed",
        "declare-source": "a source was declared, or changed",
        "save-mapping": "a mapping was saved, or saved anew",
        "remove-mapping": "a saved mapping was removed",
        "enrich": "enrichers looked at media assets",
        "approve": "a media asset was approved for broadcast",
        "withdraw-approval": "the approval of a media asset was withdrawn",
        "declare-media-source": "a media source was declared, or changed",
        "declare-collection": "a collection was found, or changed",
        "declare-flow": "a discovery flow was made, or changed",
        "add-workspace": "a workspace was made",
        "change-workspace": "a workspace was changed",
        "add-user": "a user was added",
        "change-user": "a user was changed, or got a new password",
        "remove-user": "a user was removed",
        "grant-role": "somebody got a role",
        "withdraw-role": "somebody lost a role",
        "create-token": "an API token was made",
        "revoke-token": "an API token was revoked",
        "sign-in": "somebody signed in",
        "refuse-sign-in": "signing in was refused",
        "sign-out": "somebody signed out",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One entry of the log: who did what when, on which record, in which run, and a sentence that says it.

    run_id: None for what has no run, as a declaration. rule: the rule of the decision table that decided. before, after: of
    a record its status, of a declaration the whole of it as JSON.
    """

    at: datetime
    actor: str
    act: str
    sentence: str
    run_id: int | None = None
    source: str | None = None
    record_type: str | None = None
    record_id: int | None = None
    rule: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFilter:
    """Which entries of the log are asked for; None leaves a column open. ``until`` is not included."""

    record_type: str | None = None
    record_id: int | None = None
    source: str | None = None
    run_id: int | None = None
    actor: str | None = None
    act: str | None = None
    since: datetime | None = None
    until: datetime | None = None

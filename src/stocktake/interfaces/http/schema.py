"""The documents of the answers as the schema publishes them: named, typed, so that a generated client has types.

What is said holds for every answer, and the tests hold answers against it; a document may gain names later.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NUMBER: Schema = {"type": "integer", "minimum": 1}
TRUTH: Schema = {"type": "boolean"}
ANYTHING: Schema = {"type": "object", "additionalProperties": True}
MOMENT: Schema = {"type": "string", "format": "date-time"}

#: The named documents, for ``components/schemas``.
COMPONENTS: dict[str, Schema] = {}


def maybe(schema: Schema) -> Schema:
    """The same, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def several(schema: Schema) -> Schema:
    """A list of them."""
    return {"type": "array", "items": schema}


def by_name(schema: Schema) -> Schema:
    """An object that has one of them under each of its names."""
    return {"type": "object", "additionalProperties": schema}


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"type": "string", "enum": list(words)}


def document(description: str, optional: dict[str, Schema] | None = None, **typed: Schema) -> Schema:
    """An object with these names at least, and perhaps the ``optional`` ones."""
    return {
        "type": "object",
        "description": description,
        "required": list(typed),
        "properties": typed | (optional or {}),
    }


def named(name: str, schema: Schema) -> Schema:
    """The schema under a name of its own, by which others refer to it."""
    COMPONENTS[name] = {"title": name, **schema}
    return {"$ref": f"#/components/schemas/{name}"}


COUNTS = by_name(COUNT)
FAULT = document("Why it did not work.", {"details": ANYTHING}, code=TEXT, message=TEXT, hint=TEXT)

RUN = named(
    "Run",
    document(
        "A run: an import, a rollback, an edit by hand, upkeep (APP-8).",
        {"activity": several(TEXT)},
        run_id=NUMBER,
        draft_id=maybe(NUMBER),
        kind=TEXT,
        status=TEXT,
        record_type=maybe(TEXT),
        record_id=maybe(NUMBER),
        source=maybe(TEXT),
        strategy=maybe(TEXT),
        is_full_snapshot=maybe(TRUTH),
        filename=maybe(TEXT),
        file_sha256=maybe(TEXT),
        plan_id=maybe(TEXT),
        started_at=maybe(MOMENT),
        applied_at=maybe(MOMENT),
        finished_at=maybe(MOMENT),
        initiated_by=maybe(TEXT),
        counts=by_name({"type": "integer"}),
        stats=by_name({"type": "integer"}),
        timings=by_name({"type": "number"}),
        rolled_back_at=maybe(MOMENT),
        rolled_back_by=maybe({"type": ["integer", "string"]}),
        undoes_run=maybe(NUMBER),
        replaces_run=maybe(NUMBER),
        replaced_by=several(NUMBER),
        mends_run=maybe(NUMBER),
        raw_pruned_at=maybe(MOMENT),
        reason=maybe(TEXT),
    ),
)

RUN_ANYWHERE = named(
    "RunAnywhere", {"allOf": [RUN, document("A run, and whose it is (ROL-12).", workspace=TEXT)]}
)

JOB = named(
    "Job",
    document(
        "Long work, and how far it has come.",
        wanted=one_of("preview", "apply", "rollback"),
        state=one_of("waiting", "running", "ended"),
        phase=maybe(TEXT),
        total=maybe(COUNT),
        done=maybe(COUNT),
        finished_at=maybe(MOMENT),
        run_id=maybe(NUMBER),
        error=maybe(FAULT),
    ),
)

DRAFT = named(
    "Import",
    document(
        "An import on its way; `run_id` is the run that it became.",
        import_id=NUMBER,
        status=one_of(
            *("uploaded", "planned", "applying", "applied", "rolled_back"),
            *("cancelled", "failed", "interrupted", "blocked"),
        ),
        run_id=maybe(NUMBER),
        plan_id=maybe(TEXT),
        file=document(
            "The file that was uploaded.",
            name=TEXT,
            bytes=COUNT,
            sha256=TEXT,
            received_at=MOMENT,
            deleted_at=maybe(MOMENT),
            deleted_because=maybe(TEXT),
        ),
        choices=ANYTHING,
        job=maybe(JOB),
    ),
)

ISSUE = named(
    "Warning",
    document("Something to look at.", code=TEXT, message=TEXT, count=COUNT, rows=several(COUNT)),
)

SHOWN_RECORD = document(
    "A record, or one to be.", name=maybe(TEXT), external_id=maybe(TEXT), reason=maybe(TEXT)
)

PREVIEW = named(
    "Preview",
    document(
        "A plan, or what was written by it: what the command line prints under --json.",
        {"error": FAULT},
        status=one_of("planned", "applied", "blocked", "failed"),
        dry_run=TRUTH,
        run_id=maybe(NUMBER),
        plan_id=TEXT,
        workspace=TEXT,
        record_type=TEXT,
        source=TEXT,
        strategy=TEXT,
        file=ANYTHING,
        mapping=ANYTHING,
        counts=COUNTS,
        deduplication=ANYTHING,
        guards=several(
            document("What a guard says.", code=TEXT, blocked=TRUTH, message=TEXT, numbers=ANYTHING)
        ),
        warnings=several(ISSUE),
        errors=several(ANYTHING),
        history=ANYTHING,
        timings=by_name({"type": "number"}),
        records=by_name(several(SHOWN_RECORD)),
    ),
)

ROW = named(
    "Row",
    document(
        "A row as it was read, or a record that the file lacked, and what becomes of it; of a plan, in `changes`.",
        {"changes": several(document("A field.", field=TEXT, before=maybe(TEXT), after=maybe(TEXT)))},
        line=maybe(COUNT),
        decision=TEXT,
        reason=maybe(TEXT),
        record_id=maybe(NUMBER),
        name=maybe(TEXT),
        external_id=maybe(TEXT),
        values=ANYTHING,
    ),
)

RECORD = named(
    "Record",
    document(
        "A record of a list, with the sources that miss it (PRE-22).",
        id=NUMBER,
        name=TEXT,
        source=maybe(TEXT),
        external_id=maybe(TEXT),
        values=ANYTHING,
        retired_at=maybe(MOMENT),
        created_run=maybe(NUMBER),
        changed_run=maybe(NUMBER),
        missing_from=several(document("A source that misses it.", source=TEXT, since=maybe(MOMENT))),
    ),
)

ROLLBACK = named(
    "Rollback",
    document(
        "What undoing a run does, or did, and what stands in its way (ROL-4).",
        {"error": FAULT, "rollback_run": maybe(NUMBER)},
        status=TEXT,
        run_id=NUMBER,
        counts=by_name({"type": "integer"}),
        blocked_by=several(ANYTHING),
    ),
)

MISSING = named(
    "Missing",
    document(
        "A record that a source's last snapshot no longer had (PRE-22).",
        link=TEXT,
        record_type=TEXT,
        record_id=NUMBER,
        name=maybe(TEXT),
        source=TEXT,
        external_id=maybe(TEXT),
        missing_since=maybe(MOMENT),
        missed_snapshots=COUNT,
        state=TEXT,
        retired_at=maybe(MOMENT),
        retired_by=maybe(TEXT),
        elsewhere=several(ANYTHING),
        kept_alive_by=maybe(TEXT),
        flapping=TRUTH,
        acknowledged=maybe(ANYTHING),
    ),
)

ACTIVITY = named(
    "Activity",
    document(
        "Who did what, and when (SEC-8).",
        at=MOMENT,
        actor=TEXT,
        act=TEXT,
        run_id=maybe(NUMBER),
        source=maybe(TEXT),
        record_type=maybe(TEXT),
        record_id=maybe({"type": "integer"}),
        sentence=TEXT,
    ),
)

BACKFILL = named(
    "Backfill",
    document(
        "What a backfill would change, or changed, part by part (BAC-3).",
        status=one_of("planned", "applied"),
        parts=several(
            document(
                "Records of one type and source.",
                record_type=TEXT,
                source=maybe(TEXT),
                count=COUNT,
                left=COUNT,
                samples=several(ANYTHING),
            )
        ),
        runs=several(RUN),
    ),
)

PRUNING = named(
    "Pruning",
    document(
        "Whose raw rows go, or went (LIN-5).",
        status=one_of("planned", "applied"),
        run_id=maybe(NUMBER),
        before=MOMENT,
        counts=COUNTS,
        runs=several(ANYTHING),
    ),
)

TYPE = named(
    "RecordType",
    document(
        "A record type as it is declared (docs/reference/declarations.md).",
        {"gained": several(TEXT), "pack": maybe(TEXT)},
        name=TEXT,
        title=TEXT,
        plural=TEXT,
        field=several(document("A field.", name=TEXT)),
    ),
)

SOURCE = named(
    "Source",
    document(
        "A source as it is declared (PRE-2).",
        {"title": TEXT, "tracks_presence": TRUTH, "pack": maybe(TEXT)},
        name=TEXT,
        record_types=several(TEXT),
    ),
)

MAPPING = named(
    "Mapping",
    document("A saved mapping (MAP-4).", name=TEXT, record_type=TEXT, source=TEXT, version=TEXT),
)

FLOW = named(
    "Flow", document("A discovery flow (LIN-10).", flow_id=TEXT, name=maybe(TEXT), created_at=maybe(MOMENT))
)

PLACE = named(
    "Workspace",
    document("A workspace.", name=TEXT, account=TEXT, allows_rollback=TRUTH, created_at=maybe(MOMENT)),
)

USER = named(
    "User",
    document(
        "A user.",
        {"memberships": several(ANYTHING)},
        email=TEXT,
        name=maybe(TEXT),
        is_platform_admin=TRUTH,
        is_active=TRUTH,
        has_password=TRUTH,
        created_at=MOMENT,
        signed_in_at=maybe(MOMENT),
    ),
)

MEMBER = named(
    "Member",
    document(
        "A role; `workspace` is null where it holds in all of the account.",
        email=TEXT,
        name=maybe(TEXT),
        role=one_of("viewer", "operator", "admin"),
        account=TEXT,
        workspace=maybe(TEXT),
    ),
)

TOKEN = named(
    "Token",
    document(
        "A token; its text is there only when it has just been made.",
        {"token": TEXT},
        token_id=NUMBER,
        user=TEXT,
        name=TEXT,
        workspace=maybe(TEXT),
        role=maybe(one_of("viewer", "operator", "admin")),
        created_at=MOMENT,
        expires_at=maybe(MOMENT),
        last_used_at=maybe(MOMENT),
        revoked_at=maybe(MOMENT),
    ),
)

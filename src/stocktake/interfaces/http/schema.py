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
INTEGER: Schema = {"type": "integer"}
QUANTITY: Schema = {"type": "number"}
#: The value of a field, as JSON can hold it.
VALUE: Schema = {"type": ["string", "number", "boolean"]}
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


def free(description: str) -> Schema:
    """What has no shape of its own, and why: said in words."""
    return {"type": ["object", "array"], "description": description}


def named(name: str, schema: Schema) -> Schema:
    """The schema under a name of its own, by which others refer to it."""
    COMPONENTS[name] = {"title": name, **schema}
    return {"$ref": f"#/components/schemas/{name}"}


COUNTS = by_name(COUNT)
#: Field or column → value.
VALUES = by_name(maybe(VALUE))
_DETAILS = free("What programs may want to know of it, by its code.")
FAULT = document("Why it did not work.", {"details": _DETAILS}, code=TEXT, message=TEXT, hint=TEXT)

DECISIONS = named(
    "ColumnDecision",
    document(
        "How a column is read, with the cell that shows it (CLN-1).",
        field=TEXT,
        column=TEXT,
        formats=several(TEXT),
        reading=TEXT,
        time_zone=maybe(TEXT),
        how=TEXT,
        example=TEXT,
        value=TEXT,
        line=COUNT,
        only=COUNT,
        filled=COUNT,
        message=TEXT,
    ),
)

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
        counts=by_name(INTEGER),
        stats=by_name(INTEGER),
        timings=by_name(QUANTITY),
        rolled_back_at=maybe(MOMENT),
        rolled_back_by=maybe({"type": ["integer", "string"]}),
        undoes_run=maybe(NUMBER),
        replaces_run=maybe(NUMBER),
        replaced_by=several(NUMBER),
        mends_run=maybe(NUMBER),
        mended=maybe(
            document(
                "How many of its rejected rows were mended, and by which runs.",
                rows=COUNT,
                by=several(NUMBER),
            )
        ),
        discovery_flow_id=maybe(TEXT),
        master_flow_id=maybe(TEXT),
        phase=maybe(TEXT),
        wiring=maybe(by_name(by_name(COUNT))),
        column_decisions=several(DECISIONS),
        totals=several(
            document("What numbers add up to.", field=TEXT, numbers=COUNT, sum=TEXT, order=maybe(INTEGER))
        ),
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
        wanted=one_of("preview", "apply", "rollback", "ingest", "enrich", "backfill", "prune", "deliver"),
        state=one_of("waiting", "running", "ended"),
        stopping=TRUTH,
        phase=maybe(TEXT),
        total=maybe(COUNT),
        done=maybe(COUNT),
        finished_at=maybe(MOMENT),
        run_id=maybe(NUMBER),
        error=maybe(FAULT),
    ),
)


def work_of(result: Schema) -> Schema:
    """Work that is about no run, and what it gave once it has ended well."""
    return document("Work, and what it gave once it has ended well.", job=maybe(JOB), result=maybe(result))


ROW = named(
    "Row",
    document(
        "A row as it was read, or a record that the file lacked, and what becomes of it; of a plan, in `changes`.",
        {
            "changes": several(document("A field.", field=TEXT, before=maybe(TEXT), after=maybe(TEXT))),
            "is_processed": TRUTH,
            "processed_at": maybe(MOMENT),
            "processing_notes": maybe(TEXT),
            "summary": document(
                "How its cleaning went (LIN-9).",
                status=maybe(TEXT),
                field_count=maybe(COUNT),
                has_critical_fields=maybe(TRUTH),
                cleansed_at=maybe(MOMENT),
            ),
        },
        line=maybe(COUNT),
        decision=maybe(TEXT),
        reason=maybe(TEXT),
        record_id=maybe(NUMBER),
        name=maybe(TEXT),
        external_id=maybe(TEXT),
        values=VALUES,
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
        values=VALUES,
        retired_at=maybe(MOMENT),
        created_run=maybe(NUMBER),
        changed_run=maybe(NUMBER),
        missing_from=several(document("A source that misses it.", source=TEXT, since=maybe(MOMENT))),
    ),
)

HINDRANCE = document(
    "A record that stands in the way, or stays (ROL-4).",
    record_type=TEXT,
    record_id=NUMBER,
    name=maybe(TEXT),
    bucket=one_of("kept", "blocked", "gone"),
    why=TEXT,
    fields=several(TEXT),
    by_run=maybe(INTEGER),
    by=maybe(TEXT),
    source=maybe(TEXT),
    referred_by=maybe(
        document("The record that refers to it.", record_type=TEXT, record_id=NUMBER, name=maybe(TEXT))
    ),
)

ROLLBACK = named(
    "Rollback",
    document(
        "What undoing a run does, or did, and what stands in its way (ROL-4).",
        {
            "error": FAULT,
            "rollback_run": maybe(NUMBER),
            "kept": several(HINDRANCE),
            "blocked": several(HINDRANCE),
            "gone": several(HINDRANCE),
            "given_up": several(
                document(
                    "A value that somebody wrote by hand.",
                    record_type=TEXT,
                    record_id=NUMBER,
                    field=TEXT,
                    run_id=maybe(INTEGER),
                    by=maybe(TEXT),
                )
            ),
            "cascaded": several(document("A record that goes too.", record_type=TEXT, record_id=NUMBER)),
            "chain": several(
                document("A later run that goes first.", run_id=NUMBER, counts=by_name(INTEGER))
            ),
        },
        status=TEXT,
        run_id=NUMBER,
        counts=by_name(INTEGER),
        blocked_by=several(HINDRANCE),
    ),
)

#: Who knows that a record is missing, and why.
KNOWN = maybe(
    document(
        "Who knows of it; `over`: it was said until a day that has come.",
        by=maybe(TEXT),
        at=maybe(MOMENT),
        reason=maybe(TEXT),
        until=maybe(MOMENT),
        over=TRUTH,
    )
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
        elsewhere=several(
            document("A source that still has it.", source=TEXT, last_read_at=maybe(MOMENT), overdue=TRUTH)
        ),
        kept_alive_by=maybe(TEXT),
        flapping=TRUTH,
        acknowledged=KNOWN,
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
        record_id=maybe(INTEGER),
        rule=maybe(TEXT),
        before=maybe(TEXT),
        after=maybe(TEXT),
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
                samples=several(document("A record.", id=NUMBER, name=maybe(TEXT))),
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
        runs=several(
            document(
                "A run whose raw rows go.",
                run_id=NUMBER,
                source=maybe(TEXT),
                record_type=maybe(TEXT),
                filename=maybe(TEXT),
                applied_at=maybe(TEXT),
                rows=COUNT,
                bytes=COUNT,
            )
        ),
    ),
)

BACKFILL_WORK, PRUNING_WORK = work_of(BACKFILL), work_of(PRUNING)

"""The documents of imports on their way: inspection, draft, plan; as the schema publishes them."""

from __future__ import annotations

from stocktake.interfaces.http.schema import (
    COUNT,
    COUNTS,
    DECISIONS,
    FAULT,
    INTEGER,
    JOB,
    MOMENT,
    NUMBER,
    QUANTITY,
    TEXT,
    TRUTH,
    VALUES,
    by_name,
    document,
    free,
    maybe,
    named,
    one_of,
    several,
)

ISSUE = named(
    "Warning",
    document("Something to look at.", code=TEXT, message=TEXT, count=COUNT, rows=several(COUNT)),
)

_TROUBLE = document(
    "Keys of which something is odd.", count=COUNT, examples=several(TEXT), lines=several(COUNT)
)

MAPPED = named(
    "Mapped",
    document(
        "Which column feeds which field, and what a person may want to say about it (MAP-1, MAP-4, MAP-5).",
        columns=several(
            document(
                "A column and its field; a null column is a value that every row has.",
                {"value": maybe(TEXT)},
                column=maybe(TEXT),
                field=TEXT,
                confidence=QUANTITY,
                how=TEXT,
            )
        ),
        unmapped=several(TEXT),
        hash=TEXT,
        suggestions=several(
            document(
                "A column that may feed a field.",
                position=COUNT,
                column=TEXT,
                field=TEXT,
                confidence=QUANTITY,
                how=TEXT,
                why=TEXT,
                tied=TRUTH,
            )
        ),
        drift=maybe(
            document(
                "How the header differs from that of the saved mapping.",
                mapping=TEXT,
                gone=several(TEXT),
                new=several(TEXT),
                renamed=several(
                    document("Perhaps the same column.", gone=TEXT, new=TEXT, confidence=QUANTITY, why=TEXT)
                ),
            )
        ),
        key=maybe(
            document(
                "What the external ids are like.",
                fields=several(TEXT),
                columns=several(TEXT),
                rows=COUNT,
                filled=COUNT,
                distinct=COUNT,
                blank=_TROUBLE,
                repeated=_TROUBLE,
                case_only=_TROUBLE,
                blank_only=_TROUBLE,
                scientific=_TROUBLE,
            )
        ),
    ),
)

INSPECTION = named(
    "Inspection",
    document(
        "A file as it was found, and as what it could be imported (INT-11).",
        format=TEXT,
        compression=maybe(TEXT),
        member=maybe(TEXT),
        members=several(TEXT),
        encoding=maybe(TEXT),
        delimiter=maybe(TEXT),
        quote=maybe(TEXT),
        escape=maybe(TEXT),
        sheet=maybe(TEXT),
        sheets=several(TEXT),
        hidden_sheets=several(TEXT),
        header_line=maybe(COUNT),
        header_lines=maybe(COUNT),
        rows=COUNT,
        complete=TRUTH,
        columns=several(
            document(
                "A column.",
                name=TEXT,
                type=TEXT,
                filled=COUNT,
                distinct=maybe(COUNT),
                samples=several(TEXT),
                looks_like=maybe(TEXT),
            )
        ),
        suggested=document(
            "As what it could be imported.",
            record_type=maybe(TEXT),
            source=maybe(TEXT),
            mapping=maybe(MAPPED),
            clear=TRUTH,
            saved_mapping=maybe(TEXT),
            missing=several(TEXT),
            evidence=several(TEXT),
            why=maybe(TEXT),
            candidates=several(
                document(
                    "A record type and source.",
                    record_type=TEXT,
                    source=TEXT,
                    saved_mapping=maybe(TEXT),
                    columns=COUNT,
                    own_columns=COUNT,
                    missing=several(TEXT),
                )
            ),
        ),
        warnings=several(ISSUE),
        errors=several(document("A fault of the file.", code=TEXT, message=TEXT)),
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
        choices=free("What was chosen so far, in the words of the steps that say it."),
        job=maybe(JOB),
    ),
)

RECEIVED = named(
    "Received",
    document("An upload that has arrived.", inspection=INSPECTION, **{"import": DRAFT}),
)

SHOWN_RECORD = document(
    "A record, or one to be; of a row that waits for a person also which record it may be.",
    {
        "line": maybe(COUNT),
        "values": maybe(VALUES),
        "option": TEXT,
        "candidates": several(
            document(
                "A record that the row may be.",
                record_id=NUMBER,
                name=maybe(TEXT),
                found_by=maybe(TEXT),
                values=maybe(VALUES),
                option=TEXT,
            )
        ),
    },
    record_id=maybe(INTEGER),
    name=maybe(TEXT),
    external_id=maybe(TEXT),
    reason=maybe(TEXT),
)

STATISTIC = document(
    "What the cells of one field say (CLN-4).",
    field=TEXT,
    column=TEXT,
    type=TEXT,
    rows=COUNT,
    filled=COUNT,
    minimum=maybe(TEXT),
    maximum=maybe(TEXT),
    sum=maybe(TEXT),
    misfits=maybe(COUNT),
    distinct=maybe(COUNT),
    frequent=maybe(several(document("A value.", value=TEXT, count=COUNT))),
    shortest=maybe(COUNT),
    longest=maybe(COUNT),
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
        file=document(
            "The file.",
            name=TEXT,
            sha256=TEXT,
            format=TEXT,
            encoding=maybe(TEXT),
            delimiter=maybe(TEXT),
            sheet=maybe(TEXT),
            rows=COUNT,
        ),
        mapping=MAPPED,
        column_decisions=several(DECISIONS),
        statistics=several(STATISTIC),
        counts=COUNTS,
        deduplication=document(
            "How the file meets what is stored, and which strategy fits (PLN-10).",
            strategy=TEXT,
            existing_records=COUNT,
            matching_records=COUNT,
            new_records=COUNT,
            deleted_if_replace=COUNT,
            recommendation=TEXT,
            reason=TEXT,
        ),
        guards=several(
            document(
                "What a guard says.", code=TEXT, blocked=TRUTH, message=TEXT, numbers=by_name(maybe(QUANTITY))
            )
        ),
        warnings=several(ISSUE),
        errors=several(
            document(
                "What is wrong with a cell or row (ERR-2).",
                row=maybe(COUNT),
                column=maybe(TEXT),
                value=maybe(TEXT),
                code=TEXT,
                message=TEXT,
            )
        ),
        history=document(
            "What applying adds to the field history (HIS-5).",
            changes=COUNT,
            changes_by_field=by_name(COUNT),
            new=COUNT,
            removed=COUNT,
            details=several(
                document(
                    "A change.",
                    record=maybe(INTEGER),
                    name=maybe(TEXT),
                    field=TEXT,
                    to=maybe(TEXT),
                    **{"from": maybe(TEXT)},
                )
            ),
        ),
        timings=by_name(QUANTITY),
        records=by_name(several(SHOWN_RECORD)),
    ),
)

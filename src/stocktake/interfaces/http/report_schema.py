"""The documents of reports and of single records, as the schema publishes them."""

from __future__ import annotations

from stocktake.interfaces.http.schema import (
    COUNT,
    INTEGER,
    KNOWN,
    MOMENT,
    NUMBER,
    QUANTITY,
    RECORD,
    ROW,
    TEXT,
    TRUTH,
    VALUE,
    by_name,
    document,
    maybe,
    named,
    one_of,
    several,
)

_STEP = dict.fromkeys(("begin", "entered", "moved_in", "moved_out", "left", "end"), COUNT)
_AMOUNTS = {"amounts": by_name(maybe(TEXT))}
_POINT = document("A point in time.", run_id=maybe(NUMBER), at=maybe(MOMENT))

WATERFALL = named(
    "Waterfall",
    document(
        "What entered, moved between stages and left (HIS-6); amounts are exact, as text.",
        record_type=TEXT,
        field=TEXT,
        amount=maybe(TEXT),
        by=maybe(one_of("run", "week", "month")),
        periods=several(
            document(
                "From one point to another.",
                label=TEXT,
                to=_POINT,
                stages=several(document("A stage.", _AMOUNTS, stage=maybe(TEXT), **_STEP)),
                total=maybe(document("All stages.", _AMOUNTS, **_STEP)),
                moves=several(
                    document(
                        "From stage to stage.",
                        {"amount": maybe(TEXT)},
                        to=maybe(TEXT),
                        count=COUNT,
                        **{"from": maybe(TEXT)},
                    )
                ),
                **{"from": _POINT},
            )
        ),
    ),
)

STAGES = named(
    "TimeInStage",
    document(
        "How often records came to each stage, and how many days they stayed (HIS-6).",
        record_type=TEXT,
        field=TEXT,
        stages=several(
            document(
                "A stage; null is blank.",
                stage=maybe(TEXT),
                visits=COUNT,
                ended=COUNT,
                median_days=maybe(QUANTITY),
                mean_days=maybe(QUANTITY),
                p90_days=maybe(QUANTITY),
                open=COUNT,
                open_median_days=maybe(QUANTITY),
            )
        ),
    ),
)

FRESHNESS = named(
    "Freshness",
    document(
        "How old a source's newest import is (FRE-3).",
        source=TEXT,
        last_sync_at=maybe(MOMENT),
        age=maybe(INTEGER),
        state=one_of("fresh", "stale", "unknown", "never"),
        expected_every=maybe(TEXT),
        last_imports=by_name(
            document(
                "The newest import of a record type.",
                imported_at=maybe(MOMENT),
                record_count=maybe(COUNT),
                filename=maybe(TEXT),
                run_id=NUMBER,
            )
        ),
    ),
)

WIRING = named(
    "WiringHealth",
    document(
        "Whether records, raw rows, links, runs and flows lead to one another (HEA-6).",
        metrics=by_name(COUNT),
        health_status=TEXT,
        tenant=document("Whose it is.", client_account_id=TEXT, engagement_id=TEXT),
        samples=maybe(
            by_name(
                several(
                    document("One of what fails.", id=maybe(INTEGER), name=maybe(TEXT), created=maybe(MOMENT))
                )
            )
        ),
    ),
)

HELD = named(
    "Held",
    document(
        "A retirement that waits for a person (PRE-16).",
        link=TEXT,
        source=TEXT,
        record_type=TEXT,
        external_id=maybe(TEXT),
        record_id=NUMBER,
        name=maybe(TEXT),
        held_run=NUMBER,
        missing_since=maybe(MOMENT),
        held_at=maybe(MOMENT),
        expires=maybe(MOMENT),
        state=TEXT,
        why=maybe(TEXT),
    ),
)

CLOSING = named(
    "Closing",
    document(
        "What closing a source did, or would do (PRE-23).",
        {"runs": several(NUMBER)},
        status=one_of("planned", "applied"),
        source=TEXT,
        record_types=several(
            document(
                "What it does to the records of one type.",
                record_type=TEXT,
                reviewed=COUNT,
                retire=COUNT,
                kept=COUNT,
                elsewhere=COUNT,
                handed_on=COUNT,
            )
        ),
    ),
)

ENTRY = named(
    "HistoryEntry",
    document(
        "A change of a tracked field (HIS-4).",
        run_id=maybe(NUMBER),
        changed_at=maybe(MOMENT),
        field=TEXT,
        to=maybe(VALUE),
        kind=TEXT,
        **{"from": maybe(VALUE)},
    ),
)

RUN_ENTRY = named(
    "RunHistoryEntry",
    document(
        "What a run added to the history of a record's field (HIS-5).",
        record_id=NUMBER,
        name=maybe(TEXT),
        field=TEXT,
        to=maybe(TEXT),
        kind=TEXT,
        **{"from": maybe(TEXT)},
    ),
)

_READ = maybe(ROW)

WHOLE_RECORD = named(
    "WholeRecord",
    {
        "allOf": [
            RECORD,
            document(
                "All that is known of a record.",
                record_type=TEXT,
                kept_alive_by=maybe(TEXT),
                extra=maybe(TEXT),
                retired_by=maybe(TEXT),
                retired_run=maybe(NUMBER),
                imported_at=maybe(MOMENT),
                updated_at=maybe(MOMENT),
                version=NUMBER,
                links=several(
                    document(
                        "A source that has it, or had it.",
                        source=TEXT,
                        external_id=maybe(TEXT),
                        is_present=TRUTH,
                        first_seen_at=maybe(MOMENT),
                        last_seen_at=maybe(MOMENT),
                        missing_since=maybe(MOMENT),
                        missed_snapshots=COUNT,
                        held=TRUTH,
                        hold_expired=TRUTH,
                        flapping=TRUTH,
                        renamed=TRUTH,
                        settled=maybe(by_name(VALUE)),
                        acknowledged=KNOWN,
                    )
                ),
                provenance=several(
                    document(
                        "Where the value of a field comes from (PRE-24).",
                        field=TEXT,
                        value=maybe(VALUE),
                        how=maybe(TEXT),
                        source=maybe(TEXT),
                        by=maybe(TEXT),
                        run_id=maybe(NUMBER),
                        at=maybe(MOMENT),
                        kept_by_hand=TRUTH,
                        differing=several(document("Who says otherwise.", source=TEXT, value=maybe(TEXT))),
                    )
                ),
                history=several(ENTRY),
                lineage=document(
                    "The raw row that led to it; with `lineage` every run that wrote it (LIN-2, LIN-8).",
                    {
                        "line": maybe(COUNT),
                        "mapping_hash": maybe(TEXT),
                        "runs": several(
                            document(
                                "A run that wrote or saw it.",
                                run_id=NUMBER,
                                kind=TEXT,
                                status=TEXT,
                                acts=several(TEXT),
                                source=maybe(TEXT),
                                filename=maybe(TEXT),
                                applied_at=maybe(MOMENT),
                                initiated_by=maybe(TEXT),
                                mapping_hash=maybe(TEXT),
                                raw_pruned_at=maybe(MOMENT),
                                rows=several(ROW),
                            )
                        ),
                    },
                    run_id=maybe(NUMBER),
                    filename=maybe(TEXT),
                    row=_READ,
                ),
            ),
        ]
    },
)

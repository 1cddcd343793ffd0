"""Statuses that a lifecycle gives and withholds (PRE-17, PRE-25 to PRE-27, TYP-6)."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from stocktake.model.options import ImportOptions
from stocktake.model.record_type import Choice, Field, FieldType, Lifecycle, RecordType
from stocktake.planning import row
from stocktake.planning.change import CHANGES
from stocktake.planning.lifecycle import says_retired, status_text

BY_OWNER = Choice(when="owner", then="ASSIGNED", otherwise="AVAILABLE")


def typed(
    on_reactivate: Choice | str | None = BY_OWNER, on_create: Choice | str | None = BY_OWNER
) -> RecordType:
    """A type with a status and an owner."""
    status = Field(
        name="status", type=FieldType.CHOICE, choices=("AVAILABLE", "ASSIGNED", "REPAIR", "RETIRED")
    )
    return RecordType(
        name="thing",
        title="Thing",
        plural="Things",
        fields=(Field(name="owner"), status),
        lifecycle=Lifecycle(
            field="status", retired="RETIRED", on_create=on_create, on_reactivate=on_reactivate
        ),
    )


@pytest.mark.parametrize(
    ("setting", "owner", "status"),
    [
        (None, "bob", None),
        ("ACTIVE", None, "ACTIVE"),
        (BY_OWNER, "bob", "ASSIGNED"),
        (BY_OWNER, None, "AVAILABLE"),
    ],
)
def test_a_status_may_depend_on_whether_a_field_is_filled(
    setting: Any, owner: str | None, status: str | None
):
    """PRE-17"""
    frame = pl.DataFrame({"owner": [owner]}, schema={"owner": pl.String})

    assert frame.select(status_text(setting, {"owner": pl.col("owner")}).alias("s"))["s"].to_list() == [
        status
    ]


def test_a_field_that_the_file_does_not_feed_is_not_filled():
    frame = pl.DataFrame({"x": [1]})

    assert frame.select(status_text(BY_OWNER, {}).alias("s"))["s"].to_list() == ["AVAILABLE"]


def test_a_row_may_state_the_retired_status_itself():
    frame = pl.DataFrame({"status": ["RETIRED", "ASSIGNED", None]}, schema={"status": pl.String})

    assert frame.select(says_retired(typed(), ["status"]).alias("s"))["s"].to_list() == [True, False, False]
    assert frame.select(says_retired(typed(), []).alias("s"))["s"].to_list() == [False]


def created(record_type: RecordType, **draft: str | None) -> tuple[str | None, bool]:
    """The status of a new record, and whether it is created retired."""
    frame = pl.DataFrame(
        {"_row": [0], "_line": [2], "_key": ["k"], "_key_raw": [None], "_keyless": [False], "_hash": [b"h"]}
    ).with_columns(
        pl.col("_row").cast(pl.UInt32), pl.col("_key_raw").cast(pl.String), _action=pl.lit("create")
    )
    drafts = frame.select(
        "_row",
        *(pl.lit(value, dtype=pl.String).alias(name) for name, value in draft.items()),
        extra=pl.lit(None, dtype=pl.String),
    )
    (new,) = row.creations(frame, drafts, record_type, tuple(draft)).to_dicts()
    return new["status"], new["_retires"]


@pytest.mark.parametrize(
    ("draft", "expected"),
    [
        ({"owner": "bob"}, ("ASSIGNED", False)),
        ({"owner": ""}, ("AVAILABLE", False)),
        ({"owner": None}, ("AVAILABLE", False)),
        ({"owner": "bob", "status": "REPAIR"}, ("REPAIR", False)),
        ({"owner": "bob", "status": None}, ("ASSIGNED", False)),
        ({"owner": "bob", "status": ""}, ("ASSIGNED", False)),
        ({"owner": "bob", "status": "RETIRED"}, ("RETIRED", True)),
    ],
)
def test_a_new_record_gets_the_status_its_type_declares_unless_the_row_states_one(
    draft: dict[str, str | None], expected: tuple[str, bool]
):
    """PRE-17, TYP-6"""
    assert created(typed(), **draft) == expected


def changes_of(*changes: tuple[str, str | None, str | None]) -> pl.DataFrame:
    """Field changes of row 0: field, before, after."""
    return pl.DataFrame([(0, 7, *each, True) for each in changes], schema=CHANGES, orient="row")


def returned(
    record_type: RecordType,
    *changes: tuple[str, str | None, str | None],
    owner: str | None,
    before: str | None,
) -> list[str | None]:
    """The statuses that the lifecycle gives a record that comes back; ``before``: its status before the retirement."""
    frame = pl.DataFrame(
        {"_row": [0], "_record_id": [7], "owner:now": [owner], "status:now": ["RETIRED"]},
        schema_overrides={"_row": pl.UInt32, "owner:now": pl.String},
    )
    statuses = pl.DataFrame({"_record_id": [7], "_status": [before]}, schema_overrides={"_status": pl.String})
    found = row.status_changes(frame, changes_of(*changes), record_type, statuses)
    assert set(found["before"]) <= {"RETIRED"}
    return found["after"].to_list()


@pytest.mark.parametrize(("owner", "status"), [("bob", "ASSIGNED"), (None, "AVAILABLE")])
def test_a_return_gives_the_declared_status(owner: str | None, status: str):
    """PRE-17, PRE-27: which wins over the status before retirement."""
    assert returned(typed(), owner=owner, before="REPAIR") == [status]


def test_an_owner_that_comes_or_goes_with_the_return_counts():
    """PLN-20, PRE-17"""
    assert returned(typed(), ("owner", None, "eve"), owner=None, before=None) == ["ASSIGNED"]
    assert returned(typed(), ("owner", "bob", None), owner="bob", before=None) == ["AVAILABLE"]


def test_without_a_declared_status_the_one_before_the_retirement_is_restored():
    """PRE-17, PRE-27"""
    assert returned(typed(None), owner="bob", before="REPAIR") == ["REPAIR"]
    assert returned(typed(None), owner="bob", before=None) == []


def test_a_status_that_the_row_itself_changes_is_left_to_it():
    """PRE-17"""
    assert returned(typed(), ("status", "RETIRED", "REPAIR"), owner="bob", before=None) == []


def beside(retired: bool, retired_by: str | None, options: ImportOptions, *, tracking: bool) -> pl.DataFrame:
    """Row 0 beside its record 7, and whether that stays retired."""
    return pl.DataFrame(
        {"_row": [0], "_record_id": [7], "_retired": [retired], "_retired_by": [retired_by]},
        schema={"_row": pl.UInt32, "_record_id": pl.Int64, "_retired": pl.Boolean, "_retired_by": pl.String},
    ).with_columns(_stays=row.stays_retired(options, tracking=tracking))


@pytest.mark.parametrize(
    ("retired", "retired_by", "tracking", "kept"),
    [
        (False, None, True, True),
        (False, None, False, True),
        (True, "source", True, True),
        (True, None, True, True),  # unknown counts as source
        (True, "operator", True, False),
        (True, "source", False, False),
    ],
)
def test_only_a_return_gives_a_retired_record_a_status(
    retired: bool, retired_by: str | None, tracking: bool, kept: bool
):
    """PRE-2, PRE-25, PRE-26"""
    changes = changes_of(("status", "RETIRED", "REPAIR"), ("owner", None, "eve"))
    rows = beside(retired, retired_by, ImportOptions(), tracking=tracking)

    left = row.without_status_of_retired(changes, rows, typed())

    assert left["field"].to_list() == (["status", "owner"] if kept else ["owner"])


def test_a_return_that_the_operator_refused_gives_no_status_either():
    """PRE-18"""
    changes = changes_of(("status", "RETIRED", "REPAIR"))
    rows = beside(True, "source", ImportOptions(no_reactivate=(7,)), tracking=True)

    assert row.without_status_of_retired(changes, rows, typed()).is_empty()


def test_a_volatile_value_does_not_stay_behind_alone_when_the_status_is_withheld():
    """TYP-10"""
    changes = changes_of(("status", "RETIRED", "REPAIR"), ("owner", None, "eve")).with_columns(
        counted=pl.col("field") == "status"
    )
    rows = beside(True, "operator", ImportOptions(), tracking=True)

    assert row.without_status_of_retired(changes, rows, typed()).is_empty()

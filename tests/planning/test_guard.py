"""Guards at their boundaries (PRE-11, PRE-12, PRE-15, PRE-33 to PRE-35) and the limit of rejected rows (ERR-1)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.options import ImportOptions, OnGuard
from stocktake.model.plan import Guard
from stocktake.model.source import Guards, Source
from stocktake.planning.guard import Sight, bears_rejects, holds, reject_limit, verdicts

SOURCE = Source(name="NINJAONE", record_types=("device",), tracks_presence=True)
HOLD = ImportOptions(on_guard=OnGuard.HOLD)


def seen(
    *,
    present: int,
    retiring: int,
    source: Source = SOURCE,
    options: ImportOptions | None = None,
    **more: object,
):
    """What the guards say of a snapshot that would retire ``retiring`` of ``present`` records."""
    told = {"rows": 1, "accepted": 1, "unreadable": 0, "missing": retiring, **more}
    sight = Sight(present=present, retiring=retiring, **told)  # type: ignore[arg-type]
    return verdicts(sight, source, options or ImportOptions())


def blocking(guards: tuple[Guard, ...]) -> list[str]:
    """The codes of those that block."""
    return [each.code for each in guards if each.blocked]


@pytest.mark.parametrize(
    ("present", "retiring", "blocked"),
    [
        (100, 0, False),
        # exactly 20 % is let through
        (10, 2, False),
        (10, 3, True),
        (100, 20, False),
        (100, 21, True),
        (15, 3, False),
        (2495, 499, False),
        # 500 records are, 501 are not
        (9_999, 500, False),
        (9_999, 501, True),
        (2_505, 501, True),
        # from ten thousand on the share alone decides
        (10_000, 501, False),
        (10_000, 2_000, False),
        (10_000, 2_001, True),
        (1_000_000, 200_000, False),
        (1_000_000, 200_001, True),
        # below ten the rule is more than half
        (9, 4, False),
        (9, 5, True),
        (8, 4, False),
        (2, 1, False),
        (3, 2, True),
        # all of them, at any size
        (1, 1, True),
        (9, 9, True),
        (10, 10, True),
        (10_000, 10_000, True),
    ],
)
def test_mass_retirement_is_blocked_beyond_its_limits(present: int, retiring: int, blocked: bool):
    """PRE-12, PRE-33"""
    assert ("mass-retire" in blocking(seen(present=present, retiring=retiring))) is blocked


@pytest.mark.parametrize(
    ("limits", "present", "retiring", "blocked"),
    [
        (Guards(retire_share=0.5), 10, 5, False),
        (Guards(retire_share=0.5), 10, 6, True),
        (Guards(retire_share=0.0), 10, 1, True),
        (Guards(retire_share=1.0), 10, 9, False),
        (Guards(retire_share=1.0), 10, 10, True),
        (Guards(retire_count=1), 100, 1, False),
        (Guards(retire_count=1), 100, 2, True),
        (Guards(retire_count=0), 100, 1, True),
    ],
)
def test_the_limits_are_the_sources_own(limits: Guards, present: int, retiring: int, blocked: bool):
    """PRE-12: and "all of them" cannot be configured away."""
    source = Source(name="LOOSE", record_types=("device",), guards=limits)

    assert ("mass-retire" in blocking(seen(present=present, retiring=retiring, source=source))) is blocked


def test_a_blocked_guard_says_what_how_much_the_limit_and_the_way_out():
    """PRE-12, PRE-15"""
    (guard,) = seen(present=1_000, retiring=250)

    assert (
        guard.message
        == "250 of the 1,000 records that NINJAONE has would be retired (25%; the limit is 20%)."
    )
    assert "--allow-retire 250" in guard.hint
    assert "--on-guard hold" in guard.hint
    assert guard.numbers == {
        "retire": 250,
        "present": 1_000,
        "share": 0.25,
        "limit_share": 0.2,
        "limit_count": 500,
    }


@pytest.mark.parametrize(("allowed", "blocked"), [(249, True), (250, False), (10_000, False), (0, True)])
def test_an_allowance_is_a_ceiling(allowed: int, blocked: bool):
    """PRE-15, PRE-33: never "up to the limit"."""
    (guard,) = seen(present=1_000, retiring=250, options=ImportOptions(allow_retire=allowed))

    assert guard.blocked is blocked


def test_hold_does_not_block():
    """PRE-15"""
    guards = seen(present=1_000, retiring=250, options=HOLD)

    assert [(each.code, each.blocked) for each in guards] == [("mass-retire", False)]
    assert holds(guards)


def test_nothing_is_held_unless_asked_for_nor_without_a_guard():
    """PRE-15"""
    assert not holds(seen(present=1_000, retiring=250))
    assert not holds(seen(present=1_000, retiring=1, options=HOLD))


def test_what_is_allowed_is_not_held():
    """PRE-15, PRE-33"""
    options = ImportOptions(on_guard=OnGuard.HOLD, allow_retire=250)

    assert not holds(seen(present=1_000, retiring=250, options=options))


@pytest.mark.parametrize("options", [ImportOptions(), ImportOptions(allow_retire=10_000), HOLD])
@pytest.mark.parametrize(("rows", "present"), [(0, 0), (0, 5), (3, 5)])
def test_an_empty_snapshot_is_refused_whatever_the_options(options: ImportOptions, rows: int, present: int):
    """PRE-11, PRE-33"""
    guards = seen(rows=rows, accepted=0, present=present, retiring=present, options=options)

    assert blocking(guards)[0] == "empty-snapshot"


def test_what_was_not_read_to_its_end_is_refused():
    """PRE-6, PRE-33"""
    for options in (ImportOptions(allow_retire=100), HOLD):
        assert blocking(seen(present=10, retiring=0, complete=False, options=options)) == [
            "incomplete-snapshot"
        ]


@pytest.mark.parametrize(
    ("unreadable", "retiring", "blocked"), [(0, 1, False), (1, 1, True), (1, 0, False), (3, 2, True)]
)
def test_an_unreadable_key_blocks_while_something_would_be_retired(
    unreadable: int, retiring: int, blocked: bool
):
    """PRE-5, PRE-34"""
    guards = seen(present=100, retiring=retiring, unreadable=unreadable)

    assert blocking(guards) == ["unreadable-key"] * blocked


def test_an_unreadable_key_obeys_hold_and_no_allowance():
    """PRE-33, PRE-34"""
    allowed = ImportOptions(allow_retire=100)

    assert blocking(seen(present=100, retiring=1, unreadable=1, options=allowed)) == ["unreadable-key"]
    assert blocking(seen(present=100, retiring=1, unreadable=1, options=HOLD)) == []


def test_every_guard_is_reported_in_the_order_of_checks():
    """PRE-35"""
    guards = seen(present=100, retiring=50, unreadable=1, complete=False)

    assert [each.code for each in guards] == ["incomplete-snapshot", "mass-retire", "unreadable-key"]


@pytest.mark.parametrize(
    ("text", "rows", "limit"),
    [
        ("5%", 0, 10),
        ("5%", 100, 10),
        ("5%", 200, 10),
        ("5%", 219, 10),
        ("5%", 220, 11),
        ("5%", 1_000, 50),
        ("0%", 1_000, 10),
        ("2.5%", 1_000, 25),
        ("100%", 1_000, 1_000),
        ("5 %", 1_000, 50),
        ("0", 1_000, 0),
        ("7", 1_000, 7),
    ],
)
def test_the_reject_limit_is_a_share_of_at_least_ten_rows_or_a_number(text: str, rows: int, limit: int):
    """ERR-1"""
    assert reject_limit(text, rows) == limit


@pytest.mark.parametrize("text", ["", "%", "many", "-1", "-5%", "1e3", "5%%", "1.2.3", "."])
def test_any_other_reject_limit_is_refused(text: str):
    """ERR-1"""
    with pytest.raises(InvalidInput) as refused:
        reject_limit(text, 100)

    assert refused.value.code == "bad-option"


def test_a_digit_that_is_no_number_is_refused_too():
    """ERR-1"""
    with pytest.raises(InvalidInput):
        reject_limit("²", 100)


def test_rows_are_left_out_by_themselves_while_they_are_few_and_readable():
    """ERR-5: more than the limit, or one whose key cannot be read, is for a person to decide."""
    few = {"rows": 300, "reject": 9, "conflict": 4, "ambiguous": 2}

    assert bears_rejects(few, "5%", unreadable=0)
    assert not bears_rejects(few, "5%", unreadable=1)
    assert not bears_rejects({**few, "reject": 10}, "5%", unreadable=0)

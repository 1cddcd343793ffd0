"""Which files need no second look (MED-D5, MED-D12)."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media.file_change import (
    FAR_AHEAD_NS,
    GRANULARITY_NS,
    StatPolicy,
    compared,
    is_being_written,
    is_racy,
)

STATS = ("size", "mtime_ns", "ctime_ns", "inode")
SCHEMA = {"raw": pl.Binary, **dict.fromkeys(STATS, pl.Int64)}
AT = 10**18

Facts = tuple[int, int, int, int]
FACTS = st.tuples(*[st.integers(0, 2)] * 4)
NAMES = st.sampled_from([b"a", b"b", b"c", b"\xff"])


def files(facts: dict[bytes, Facts]) -> pl.DataFrame:
    return pl.DataFrame([(raw, *each) for raw, each in facts.items()], schema=SCHEMA, orient="row")


def last(facts: dict[bytes, tuple[Facts, bool]]) -> pl.DataFrame:
    rows = [(raw, *each, racy, "remembered") for raw, (each, racy) in facts.items()]
    return pl.DataFrame(rows, schema={**SCHEMA, "is_racy": pl.Boolean, "title": pl.String}, orient="row")


def model(now: Facts, then: tuple[Facts, bool] | None, policy: StatPolicy) -> str:
    if then is None:
        return "new"
    left_out = {StatPolicy.FULL: "", StatPolicy.NO_INODE: "inode", StatPolicy.NO_CTIME: "ctime_ns"}[policy]
    facts = zip(STATS, now, then[0], strict=True)
    if any(one != other for name, one, other in facts if name != left_out):
        return "touched"
    return "again" if then[1] else "same"


@given(
    now=st.dictionaries(NAMES, FACTS),
    then=st.dictionaries(NAMES, st.tuples(FACTS, st.booleans())),
    policy=st.sampled_from(StatPolicy),
)
def test_a_file_is_the_same_where_nothing_differs(
    now: dict[bytes, Facts], then: dict[bytes, tuple[Facts, bool]], policy: StatPolicy
) -> None:
    """MED-D5: in either direction, by every policy, against a simple model."""
    found = compared(files(now), last(then), policy)
    assert found["raw"].to_list() == list(now)
    assert found["change"].to_list() == [model(facts, then.get(raw), policy) for raw, facts in now.items()]
    assert found["title"].to_list() == ["remembered" if raw in then else None for raw in now]
    assert found.select(SCHEMA.keys()).equals(files(now))


def told(expression: pl.Expr, mtime: int, ctime: int) -> bool:
    frame = pl.DataFrame({"mtime_ns": [mtime], "ctime_ns": [ctime]})
    return bool(frame.select(expression).item())


@pytest.mark.parametrize(
    ("mtime", "ctime", "racy"),
    [
        (AT - GRANULARITY_NS, AT - GRANULARITY_NS, False),
        (AT - GRANULARITY_NS + 1, 0, True),
        (0, AT - 1, True),
        (AT + 5, 0, True),
        (AT + FAR_AHEAD_NS + 1, 0, False),
    ],
)
def test_a_file_touched_about_when_the_walk_began_is_racy(mtime: int, ctime: int, racy: bool) -> None:
    """MED-D5."""
    assert told(is_racy(AT), mtime, ctime) is racy


@pytest.mark.parametrize(
    ("mtime", "ctime", "young"),
    [
        (AT - 10, 0, False),
        (AT - 9, 0, True),
        (0, AT, False),
        (AT + 100, 0, True),
        (AT + FAR_AHEAD_NS + 1, AT - 9, True),
        (AT + FAR_AHEAD_NS + 1, AT - 10, False),
    ],
)
def test_a_file_settles(mtime: int, ctime: int, young: bool) -> None:
    """MED-D12: a new ctime alone, as of a file that was moved here, is no writing."""
    assert told(is_being_written(AT, 10), mtime, ctime) is young

"""How often chance is tried: a moderate number of times with all other tests, many times under ``make soak``."""

from __future__ import annotations

import os

#: ``STOCKTAKE_SOAK``: so many times as often as usual.
SOAK = int(os.environ.get("STOCKTAKE_SOAK", "1"))


def times(number: int) -> int:
    """So many examples, rounds or mutants, and in a soak so many times more."""
    return number * SOAK

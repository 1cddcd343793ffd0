"""How long the tests that live on chance run."""

from __future__ import annotations

import os

SOAK = int(os.environ.get("STOCKTAKE_SOAK", "1"))


def examples(number: int) -> int:
    """So many examples, and with STOCKTAKE_SOAK so many times more."""
    return number * SOAK

"""Settings that stand in the environment unless they are handed in."""

from __future__ import annotations

import os

from stocktake.book.ground import ROLLBACK_DAYS
from stocktake.model.errors import InvalidInput

ROLLBACK_DAYS_VARIABLE = "STOCKTAKE_ROLLBACK_DAYS"


def rollback_days_of(told: int | None) -> int:
    """For how many days a run can be rolled back (ROL-3). Raises ``InvalidInput`` ``bad-setting``."""
    text = os.environ.get(ROLLBACK_DAYS_VARIABLE, "") if told is None else str(told)
    if not text.strip():
        return ROLLBACK_DAYS
    if not text.strip().isdecimal() or len(text.strip()) > 5:
        raise InvalidInput(
            "bad-setting",
            f'"{text}" is no number of days in which a run can be rolled back.',
            hint=f"Set {ROLLBACK_DAYS_VARIABLE} to a whole number such as 30; 0 allows no rollback.",
        )
    return int(text)

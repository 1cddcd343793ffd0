"""What a driver's error means to people: busy, unreachable, failed (APP-9, REL-15)."""

from __future__ import annotations

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from stocktake.model.errors import Busy, NotAllowed, Refusal, Unreadable
from stocktake.stores.owner import HINT


def cause(error: BaseException) -> str:
    """What went wrong, without the statement and the data it was about (APP-9, REL-15)."""
    told = (error.message if isinstance(error, Refusal) else str(error)).strip().splitlines()
    name = error.code if isinstance(error, Refusal) else type(error).__name__
    return f"{name}: {told[0]}" if told else name


def refusal(error: BaseException, url: URL) -> Exception | None:
    """What a driver's error means to people: busy, unreachable, failed; None for a fault of ours.

    Loading passes SQLAlchemy by, so the error may be the driver's own. Of a statement and its parameters nothing is shown.
    """
    if isinstance(error, PoolTimeout):
        return Busy(
            "busy",
            "More people ask the database than it has connections for. Nothing was written.",
            hint="Try again in a moment.",
        )
    origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
    cause = (str(origin).strip().splitlines() or [type(origin).__name__])[0]
    state = getattr(origin, "sqlstate", None)
    if state in ("55P03", "40P01", "40001") or "database is locked" in cause:
        return Busy(
            "busy",
            "Another run holds the database or this record type. Nothing was written.",
            hint="Try again when it has ended.",
        )
    if state == "42501" and "row-level security" not in cause:
        return NotAllowed(
            "database-rights",
            f"The database does not let this login do that: {cause}. Nothing was written.",
            hint=HINT,
        )
    shown = url.render_as_string(hide_password=True)
    operational = type(origin).__name__ == "OperationalError" or isinstance(error, OperationalError)
    if "unable to open" in cause or "not a database" in cause or (operational and "onnection" in cause):
        return Unreadable(
            "database-unreadable",
            f"{shown} cannot be opened: {cause}",
            hint="Check the URL, the directory, and that the server runs.",
        )
    if operational:
        return Unreadable(
            "database-failed",
            f"The database failed: {cause}. Nothing was written.",
            hint="Check its disk, its log and its server, then try again.",
        )
    return None

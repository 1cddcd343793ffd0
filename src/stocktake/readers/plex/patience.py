"""How often, and after which waits, a server is asked again. Sleep, chance and clock are handed in (no hidden input)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """``chance``: a number from 0 to below 1; ``clock``: seconds that only grow. All seconds but ``tries``."""

    sleep: Callable[[float], None]
    chance: Callable[[], float]
    clock: Callable[[], float]
    tries: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    reply_seconds: float = 300.0

    def wait_after(self, turn: int, asked_for: float | None) -> float:
        """Seconds to wait after the turn ``turn``, from 0: doubled each time, half of it by chance.

        What the server asked for counts instead, up to ``longest_wait``.
        """
        if asked_for is not None:
            return min(max(asked_for, 0.0), self.longest_wait)
        whole = min(self.first_wait * 2.0**turn, self.longest_wait)
        return whole / 2 + whole / 2 * self.chance()


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that a reply asks to be waited; a moment is measured by the server's own ``Date``."""
    said = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}", said):
        return float(said)
    try:
        until, now = parsedate_to_datetime(said), parsedate_to_datetime(headers.get("Date", ""))
        return (until - now).total_seconds()
    except (TypeError, ValueError):
        return None

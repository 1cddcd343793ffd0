"""Whoever is asked for a media file's name where our own grammar is not sure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Guesser(Protocol):
    """Reads names with more patience than the grammar."""

    def guess(self, path: str) -> Mapping[str, Any] | None:
        """What the path says, in guessit's words and JSON's types; nothing where it could not be told in time."""
        ...

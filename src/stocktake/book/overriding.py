"""Overrides: read from a file, or taken as they are handed in (PLN-8, INT-11)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from stocktake.catalog.overrides import ParsedOverrides, parse_overrides, rulings
from stocktake.model.errors import NotFound, Unreadable
from stocktake.model.options import Overrides


def chosen_overrides(given: str | Path | Mapping[str, Any] | None) -> ParsedOverrides:
    """The overrides of a file, or of a mapping with its keys; none where nothing is given.

    Raises ``NotFound`` ``file-not-found``, ``Unreadable`` ``overrides-unreadable``, ``InvalidInput`` ``bad-overrides``.
    """
    if given is None:
        return parse_overrides("{}", origin="")
    if isinstance(given, Mapping):
        return parse_overrides(json.dumps(given), origin="overrides")
    path = Path(given)
    if not path.is_file():
        raise NotFound(
            "file-not-found", f"There is no file {path}.", hint="Check the name given with --overrides."
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise Unreadable("overrides-unreadable", f"{path} cannot be read: {reason}.") from error
    return parse_overrides(text, origin=str(path))


def settled(
    overrides: Overrides, same: Mapping[str, int] | Iterable[tuple[str, int]], new: Iterable[str]
) -> Overrides:
    """The overrides, with what else was decided of rows in conflict (PRE-20)."""
    pairs = same.items() if isinstance(same, Mapping) else same
    return replace(overrides, rulings=(*overrides.rulings, *rulings(pairs, new)))

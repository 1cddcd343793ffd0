"""What may be chosen of a draft, as it is kept until it is previewed (MAP, PLN-8, INT-3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from stocktake.model.draft import DRY_RUN
from stocktake.model.errors import InvalidInput
from stocktake.model.options import OnError, OnGuard, ReadChoices

#: What says what a file is: the step before the preview.
CHOICES = frozenset(
    {
        "record_type",
        "source",
        "mapping",
        "columns",
        "reads",
        "accept_suggestions",
        "extra",
        "mends",
        "replaces_run",
    }
) | frozenset(ReadChoices.__annotations__)
#: What says how it is imported, beside what it is.
TERMS = frozenset(
    {
        "strategy",
        "duplicates",
        "on_conflict",
        "on_error",
        "reject_limit",
        "allow_retire",
        "accept_baseline",
        "on_guard",
        "rekey",
        "refresh",
        "as_of",
        "flow",
        "phase",
    }
)
#: What decides of single rows and records.
OVERRIDES = frozenset({"keep", "no_reactivate", "reactivate_only", "reactivate", "overrides", "same", "new"})

_WORDS = {"on_error": OnError, "on_guard": OnGuard}


def checked(given: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """What was given, as JSON can hold it. Raises ``InvalidInput`` ``bad-option``.

    Nothing of it may name a file: whoever chooses over a network has none here.
    """
    unknown = sorted(set(given) - allowed)
    if unknown:
        raise InvalidInput(
            "bad-option",
            f"{', '.join(unknown)} cannot be chosen here.",
            hint=f"Known: {', '.join(sorted(allowed))}.",
            details={"unknown": unknown},
        )
    for name, words in _WORDS.items():
        if given.get(name) is not None and given[name] not in list(words):
            raise InvalidInput(
                "bad-option",
                f'{name} "{given[name]}" is not known.',
                hint=f"Write {' or '.join(words)}.",
            )
    if given.get("overrides") is not None and not isinstance(given["overrides"], Mapping):
        raise InvalidInput(
            "bad-overrides", "The overrides of an upload are given as such, not as the name of a file."
        )
    return {name: _plain(value) for name, value in given.items()}


def as_strategy(is_full_snapshot: bool | None, strategy: str | None) -> dict[str, str]:
    """INT-3: true is a snapshot, false a merge. Raises ``InvalidInput`` ``bad-option`` where both are given and differ."""
    if is_full_snapshot is None:
        return {} if strategy is None else {"strategy": strategy}
    told = "snapshot" if is_full_snapshot else "merge"
    if strategy not in (None, told):
        raise InvalidInput(
            "bad-option",
            f"is_full_snapshot {str(is_full_snapshot).lower()} means {told}, and the strategy given is {strategy}.",
            hint="Give one of them.",
        )
    return {"strategy": told}


def as_asked(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Kept choices as ``Book.plan`` takes them: JSON knows no pairs."""
    told = {name: value for name, value in choices.items() if name != DRY_RUN}
    for name in ("columns", "reads"):
        if name in told:
            told[name] = [tuple(pair) for pair in told[name] or ()]
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value

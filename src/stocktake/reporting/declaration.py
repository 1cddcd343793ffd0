"""Sentences of the audit about declarations: what was declared, and what of it changed (SEC-8)."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

#: A value that is longer is not shown.
_SHORT = 40
#: What is done to something that was not there, where it is not declared.
_VERBS = {"save-mapping": "saved", "add-user": "added", "add-workspace": "made"}


def declaration(
    act: str, subject: str, before: str | None, after: str | None, *, by: str, told: str = ""
) -> pl.DataFrame:
    """The entry of a declaration: ``act, before, after, sentence``; empty where nothing changed.

    ``before`` and ``after`` are the declaration as JSON: None before it was there, or after it was removed. subject: what is
    declared, as in ``the source NINJAONE``; told: what a new one is like.
    """
    sentence = _sentence(act, subject, before, after, by=by, told=told)
    entry = {"act": [act], "before": [before], "after": [after], "sentence": [sentence]}
    columns = dict.fromkeys(entry, pl.String)
    return pl.DataFrame(entry if before != after else {}, schema=columns)


def _sentence(act: str, subject: str, before: str | None, after: str | None, *, by: str, told: str) -> str:
    verb = _VERBS.get(act, "declared")
    if after is None:
        return f"{by} removed {subject}."
    if before is None:
        return f"{by} {verb} {subject}{told}."
    return f"{by} changed {subject}: {'; '.join(_differences(json.loads(before), json.loads(after)))}."


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [_difference(name, before.get(name), after.get(name)) for name in names]


def _difference(name: str, before: Any, after: Any) -> str:
    if name in ("field", "fields") and isinstance(before, list) and isinstance(after, list):
        known = {each.get("name"): each for each in before}
        new = [str(each["name"]) for each in after if each.get("name") not in known]
        other = [str(each["name"]) for each in after if known.get(each["name"], each) != each]
        said = [f"new {'field' if len(new) == 1 else 'fields'} {', '.join(new)}"] * bool(new)
        said += [f"{', '.join(other)} declared otherwise"] * bool(other)
        return " and ".join(said) or "fields in another order"
    old, now = _shown(before), _shown(after)
    if max(len(old), len(now)) > _SHORT:
        return name
    if before is None:
        return f"{name} is now {now}"
    return f"{name} is no longer {old}" if after is None else f"{name} {old} → {now}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

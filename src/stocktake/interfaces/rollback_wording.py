"""A rollback in words, before it is done: what each number means, and what stands in its way (ROL-4, ROL-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stocktake.flows.undoing import RollbackPreview

#: What each of a rollback's numbers means.
MEANINGS = {
    "deleted": "records it created are deleted",
    "undeleted": "records it deleted come back",
    "restored": "records it updated get their earlier values back",
    "unretired": "records it retired come back",
    "reretired": "records it brought back are retired again",
    "links_restored": "links to the source as they were before",
    "links_deleted": "links to the source it made are deleted",
    "stubs": "records it made of nothing but a name are deleted",
    "relinked": "references it resolved wait again",
    "cascaded": "records of later imports that refer to those are deleted too",
    "edited": "values that people wrote by hand since are given up",
}
#: What may stand in its way.
BUCKETS = {
    "kept": "Kept: changed again later",
    "blocked": "Blocked: referred to by other records",
    "gone": "Gone: no longer there",
}

_TOUCHING = ("deleted", "undeleted", "restored", "unretired", "reretired", "cascaded")


def touched(seen: RollbackPreview) -> int:
    """How many records a rollback touches, with those of its chain: what is typed to confirm it (ROL-4)."""
    return sum(each.undo.counts[name] for each in (*seen.chain, seen) for name in _TOUCHING)


def why_words(each: dict[str, Any]) -> str:
    """Why a record stands in the way, and by which fields."""
    fields = f" ({', '.join(each['fields'])})" if each["fields"] else ""
    return f"{each['why']}{fields}"


def who_words(each: dict[str, Any]) -> str:
    """The record that refers to it, the person or the run that wrote it last."""
    told = each["referred_by"]
    run = f"run {each['by_run']}" if each["by_run"] is not None else ""
    if told:
        named = f"{told['record_type']} {told['record_id']}" + (f" {told['name']}" if told["name"] else "")
        return f"{named}, {run}"
    if each["by"]:
        return f"{each['by']} by hand, {run}"
    return ", ".join(part for part in (run, each["source"] or "") if part)

"""What stands in a node of a reply, read with tolerance: XML gives everything as text, and servers differ."""

from __future__ import annotations

from typing import Any

#: A container, an item, a medium or a part: its attributes, and its children as lists by name.
Node = dict[str, Any]

#: The largest number that JSON keeps exact; some hundred of them still add up within 64 bits.
_LARGEST = 2**53
#: What is read of an item; the rest (summaries, roles, pictures) is the larger part by far.
_KEPT = frozenset(
    {
        "ratingKey",
        "key",
        "guid",
        "type",
        "title",
        "grandparentTitle",
        "parentIndex",
        "index",
        "year",
        "deletedAt",
        "Media",
    }
    | {"librarySectionID"}
)


def nodes_of(node: Node, name: str) -> list[Node]:
    """The children ``name``; what is no node is left out."""
    children = node.get(name)
    return [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []


def text_of(node: Node, name: str) -> str | None:
    """A text or a number as text; None where there is none, or an empty one. Half a surrogate becomes ``?``."""
    value = node.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).encode("utf-8", "replace").decode() or None


def whole_of(node: Node, name: str) -> int | None:
    """A whole number from 0 up to 2⁵³, be it written as text; None else."""
    value = node.get(name)
    if isinstance(value, str) and len(value) <= 19 and value.isascii() and value.isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= _LARGEST else None


def flag_of(node: Node, name: str) -> bool | None:
    """Yes or no: ``true``, ``1``, ``"1"`` …; None where it says neither."""
    value = node.get(name)
    return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())


def is_deleted(node: Node) -> bool:
    """Whether the server put an item, a medium or a part into its trash, since it found no file of it."""
    return bool(whole_of(node, "deletedAt"))


def slim(entry: Node) -> Node:
    """An item with what is read of it alone, so that a library of many fits into memory."""
    return {name: value for name, value in entry.items() if name in _KEPT}

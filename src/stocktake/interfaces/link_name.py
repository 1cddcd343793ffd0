"""What a link of a record to a source is called in addresses: ``device:17:NINJAONE`` (INT-4)."""

from __future__ import annotations

from typing import NamedTuple

from stocktake.model.errors import NotFound


class LinkName(NamedTuple):
    """Which record, and which source has or misses it."""

    record_type: str
    record_id: int
    source: str

    def __str__(self) -> str:
        return f"{self.record_type}:{self.record_id}:{self.source}"


def link_named(text: str) -> LinkName:
    """The link that an address names. Raises ``NotFound`` ``unknown-link``.

    >>> link_named("device:17:NINJAONE")
    LinkName(record_type='device', record_id=17, source='NINJAONE')
    """
    kind, _, rest = text.partition(":")
    number, _, source = rest.partition(":")
    if not kind or not source or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        raise NotFound(
            "unknown-link",
            f'"{text[:80]}" names no link of a record to a source.',
            hint="A link is called TYPE:ID:SOURCE, such as device:17:NINJAONE; lists give it as `link`.",
        )
    return LinkName(kind, int(number), source)

"""The facts of the external id, in words (MAP-5)."""

from __future__ import annotations

from collections.abc import Iterator

from stocktake.model.key import KeyFacts, KeyTrouble
from stocktake.reporting.sentence import plural


def key_line(facts: KeyFacts) -> str:
    """``Key: "Serial Number", 22 distinct of 24 filled in 25 rows``."""
    columns = ", ".join(f'"{each}"' for each in facts.columns)
    if facts.is_sound:
        return f"Key {columns}: filled in all of {plural(facts.rows, 'row')}, each one different."
    return f"Key {columns}: {facts.distinct:,} distinct of {facts.filled:,} filled, in {plural(facts.rows, 'row')}."


def key_troubles(facts: KeyFacts) -> Iterator[str]:
    """What is odd about it, a sentence each."""
    blank, repeated, scientific = facts.blank, facts.repeated, facts.scientific
    if blank.count:
        yield f"{plural(blank.count, 'row has', 'rows have')} no key{_places(blank)}."
    if repeated.count:
        yield f"{plural(repeated.count, 'key stands', 'keys stand')} in several rows: {_examples(repeated)}."
    for trouble, what in ((facts.case_only, "case"), (facts.blank_only, "blanks")):
        if trouble.count:
            keys = plural(trouble.count, "key differs", "keys differ")
            yield f"{keys} from another only in {what}: {_examples(trouble)}."
    if scientific.count:
        yield (
            f"{plural(scientific.count, 'key looks', 'keys look')} like a rounded number: {_examples(scientific)}. "
            "Excel rounds long ids; export the column again as Text."
        )


def _examples(trouble: KeyTrouble) -> str:
    shown = ", ".join(f'"{each}"' for each in trouble.examples)
    return f"{shown}{', …' if trouble.count > len(trouble.examples) else ''}{_places(trouble)}"


def _places(trouble: KeyTrouble) -> str:
    if not trouble.lines:
        return ""
    noun = "line" if len(trouble.lines) == 1 else "lines"
    more = ", …" if trouble.count > len(trouble.lines) else ""
    return f" ({noun} {', '.join(map(str, trouble.lines))}{more})"

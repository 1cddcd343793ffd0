"""How a file's header differs from the mapping that was saved for its like (MAP-4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from stocktake.mapping.assignment import assigned
from stocktake.mapping.header import listed, plain_name
from stocktake.mapping.likeness import likeness, words_of
from stocktake.mapping.pasting import map_option
from stocktake.model.column_name import column_names
from stocktake.model.mapping import KEPT, Mapping, SavedMapping
from stocktake.model.problem import Warning
from stocktake.model.suggestion import Drift, Rename

#: Below this a new column is no renamed one.
RENAMED = 0.6

#: So many columns that are new, or gone, are held against each other.
_COMPARED = 200

#: Header that is gone, header that is new → how far the cells of the one are those of the other, None where nobody knows.
Overlap = Callable[[str, str], "float | None"]


def drift_of(
    header: Sequence[str], saved: SavedMapping | None, overlap: Overlap | None = None
) -> Drift | None:
    """Columns that the saved mapping names and the file lacks, those it does not name, and which of both are one.

    None where no mapping was saved, or one without columns: it says nothing about headers.
    """
    if saved is None or not saved.columns:
        return None
    named, names = {plain_name(column) for column, _ in saved.columns}, column_names(header)
    present = {plain_name(each) for each in names}
    new = tuple(
        name
        for name, label in zip(names, header, strict=True)
        if label.strip() and plain_name(label) not in named and plain_name(name) not in named
    )
    gone = tuple(column for column, _ in saved.columns if plain_name(column) not in present)
    return Drift(mapping=saved.name, gone=gone, new=new, renamed=tuple(_renamed(gone, new, overlap)))


def _renamed(gone: Sequence[str], new: Sequence[str], overlap: Overlap | None) -> Iterator[Rename]:
    import numpy as np

    before, after = gone[:_COMPARED], new[:_COMPARED]
    known = frozenset(word for each in (*before, *after) for word in words_of(each))
    pairs = {
        (row, column): _pair(one, other, known, overlap)
        for row, one in enumerate(before)
        for column, other in enumerate(after)
    }
    scores = np.zeros((len(before), len(after)))
    for place, each in pairs.items():
        scores[place] = each.confidence if each.confidence >= RENAMED else 0.0
    for place in assigned(scores):
        yield pairs[place]


def _pair(gone: str, new: str, known: frozenset[str], overlap: Overlap | None) -> Rename:
    """Both are the same by their names, their cells, or both; cells that have nothing in common speak against it."""
    name = likeness(words_of(new), words_of(gone), known.difference(words_of(new)))
    shared = overlap(gone, new) if overlap is not None else None
    why = "their names are alike" if name >= RENAMED else ""
    score = name
    if shared is not None:
        score = max(name + (1 - name) * shared * 0.9, 0.0) if shared >= 0.3 else name * 0.8
        if shared >= 0.3:
            held = f"{shared:.0%} of its values stood in the other one at the last import"
            why = f"{why}, and {held}" if why else held
    return Rename(gone=gone, new=new, confidence=round(min(score, 0.99), 2), why=why)


def drift_warnings(drift: Drift | None, saved: SavedMapping | None, mapping: Mapping) -> Iterator[Warning]:
    """What people are told of it."""
    if drift is None or saved is None:
        return
    which = f'The saved mapping "{drift.mapping}"' if drift.mapping else "The mapping"
    if drift.gone:
        yield Warning(
            code="mapping-drift",
            message=f"{which} names columns that the file lacks: {listed(drift.gone)}."
            + "".join(_told(each, saved, mapping) for each in drift.renamed),
            count=len(drift.gone),
        )
    if drift.new:
        feeding = {each.column for each in mapping.columns}
        fed = [each for each in drift.new if each in feeding]
        also = f" By their names they feed fields all the same: {listed(fed)}." if fed else ""
        yield Warning(
            code="mapping-drift",
            message=f"{which} does not name these columns of the file: {listed(drift.new)}.{also}",
            count=len(drift.new),
        )


def _told(rename: Rename, saved: SavedMapping, mapping: Mapping) -> str:
    """A rename in words, with what to say of it where its fields are not fed already."""
    told = f' "{rename.gone}" seems to be "{rename.new}" now ({rename.confidence:.0%}: {rename.why})'
    fields = next((names for column, names in saved.columns if column == rename.gone), ())
    open_fields = [name for name in fields if name != KEPT and mapping.of(name) is None]
    said = " ".join(map_option(rename.new, name) for name in open_fields)
    return f"{told}. If so: {said}" if said else f"{told}."

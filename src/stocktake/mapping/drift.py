"""How a file's header differs from the mapping that was saved for its like (MAP-4)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stocktake.mapping.header import listed, nearest, plain
from stocktake.model.mapping import Mapping, SavedMapping
from stocktake.model.problem import Warning


def drift(header: Sequence[str], saved: SavedMapping | None, mapping: Mapping) -> Iterator[Warning]:
    """Columns that the saved mapping names and the file lacks, and columns of the file that it does not name.

    A mapping without columns says nothing about headers.
    """
    if saved is None or not saved.columns:
        return
    named = {plain(column) for column, _ in saved.columns}
    present = {plain(each) for each in header}
    new = [each for each in header if plain(each) and plain(each) not in named]
    gone = [column for column, _ in saved.columns if plain(column) not in present]
    which = f'The saved mapping "{saved.name}"' if saved.name else "The mapping"
    if gone:
        renamed = "".join(nearest(column, new) for column in gone[:1])
        yield Warning(
            code="mapping-drift",
            message=f"{which} names columns that the file lacks: {listed(gone)}.{renamed}",
            count=len(gone),
        )
    if new:
        feeding = {each.column for each in mapping.columns}
        fed = [each for each in new if each in feeding]
        also = f" By their names they feed fields all the same: {listed(fed)}." if fed else ""
        yield Warning(
            code="mapping-drift",
            message=f"{which} does not name these columns of the file: {listed(new)}.{also}",
            count=len(new),
        )

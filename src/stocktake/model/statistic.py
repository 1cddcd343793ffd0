"""What the columns of a file say, in numbers: beside each preview, and from one import to the next (CLN-4)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """What the cells of one field say, as they are read.

    Of ``rows``, ``filled`` have a cell that is neither blank nor a word that clears. ``minimum`` and ``maximum`` of numbers,
    dates and moments, ``sum`` of numbers: canonical text, exact; null where there are none. The rest is null where it was
    not counted: ``misfits``, filled cells that the field's type does not read; ``distinct`` values, the most ``frequent``
    ones with how often each, and of texts how many characters the ``shortest`` and the ``longest`` have.
    """

    field: str
    column: str
    type: str
    rows: int
    filled: int
    minimum: str | None = None
    maximum: str | None = None
    sum: str | None = None
    misfits: int | None = None
    distinct: int | None = None
    frequent: tuple[tuple[str, int], ...] | None = None
    shortest: int | None = None
    longest: int | None = None

    @property
    def is_counted(self) -> bool:
        """Whether its values were counted too, which costs a walk over all cells."""
        return self.distinct is not None

    def with_values(self, counted: Values) -> Statistic:
        """The same with what the walk over its cells found."""
        return replace(
            self,
            misfits=counted.misfits,
            distinct=counted.distinct,
            frequent=counted.frequent,
            shortest=counted.shortest,
            longest=counted.longest,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """The values of a column, counted; see :class:`Statistic`."""

    misfits: int
    distinct: int
    frequent: tuple[tuple[str, int], ...]
    shortest: int | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the numbers of a field add up to, for the source's next import to be held against.

    numbers: how many there are. sum: canonical text, exact. order: the power of ten at which the middle one stands, 2 for
    523.10, -1 for 0.5; of those that are not zero, None where all are.
    """

    field: str
    numbers: int
    sum: str
    order: int | None

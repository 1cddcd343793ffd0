"""As what a file could be imported: record type and source, by its header, with the evidence (MAP-2). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stocktake.model.mapping import Mapping
from stocktake.reporting.sentence import plural

#: A source is taken for granted only if it names so many of the columns itself, and knows this share of them all.
_NAMED, _KNOWN = 2, 0.5
#: A candidate is worth naming if it knows so many columns at least, and this share of them or so many more.
_FEW, _SHARE, _MANY = 2, 0.25, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record type and a source that the file may be of, and how its ``columns`` (those with a header) meet them.

    ``ignored``: places of columns that the source leaves out on purpose. ``missing``: required fields that nothing feeds.
    ``saved``: the name of the saved mapping by which it was met; ``drifts``: whether the header differs from that.
    """

    record_type: str
    source: str
    mapping: Mapping
    columns: int = 0
    ignored: tuple[tuple[int, str], ...] = ()
    missing: tuple[str, ...] = ()
    saved: str | None = None
    drifts: bool = False

    @property
    def known(self) -> int:
        """How many columns mean something to the source."""
        fed = {place for each in self.mapping.columns for place in each.positions}
        return len(fed) + len(self.ignored) + len(self.mapping.kept)

    @property
    def named(self) -> int:
        """How many columns the source, or the saved mapping, names itself."""
        own = {each.position for each in self.mapping.columns if each.how in ("source", "saved")}
        return len(own) + len(self.ignored) + len(self.mapping.kept)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The headers that spoke for it, those that the source names itself first."""
        own = [each.column for each in self.mapping.columns if each.how in ("source", "saved")]
        own += [column for _, column in self.ignored]
        others = [header for each in self.mapping.columns for header in each.headers]
        return tuple(dict.fromkeys([*own, *others]))

    @property
    def label(self) -> str:
        """``device from TELUS``."""
        return f"{self.record_type} from {self.source}"

    @property
    def weight(self) -> tuple[bool, int, int, int]:
        """What counts: a saved mapping that fits, then columns known, then columns it names itself, then nothing missing."""
        return self.saved is not None and not self.drifts, self.known, self.named, -len(self.missing)

    @property
    def words(self) -> str:
        """How well it fits, in words."""
        told = f"{self.known} of {plural(self.columns, 'column')}"
        if self.saved:
            told = f"{told}, by the saved mapping {self.saved}"
        elif self.named:
            told = f"{told}, {self.named} of them its own"
        return f"{told}; nothing feeds {', '.join(self.missing)}" if self.missing else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """The candidates, the best first; only those that are worth naming."""

    candidates: tuple[Candidate, ...] = ()

    @property
    def best(self) -> Candidate | None:
        """The one that fits best, if any fits."""
        return self.candidates[0] if self.candidates else None

    @property
    def equals(self) -> tuple[Candidate, ...]:
        """The best and all that fit as well."""
        best = self.best
        return tuple(each for each in self.candidates if best and each.weight[:3] == best.weight[:3])

    @property
    def runner_up(self) -> Candidate | None:
        """The best of another record type or source."""
        best = self.best
        return next(
            (
                each
                for each in self.candidates[1:]
                if best and (each.record_type, each.source) != (best.record_type, best.source)
            ),
            None,
        )

    @property
    def clear(self) -> bool:
        """Whether the best may be taken without asking.

        It lacks nothing, no other knows as much, and it names columns itself or no other source delivers such records. A
        wrong source is worse than a question: what it lacks may be retired.
        """
        best, other = self.best, self.runner_up
        if best is None or best.missing or best.drifts or best.known < _KNOWN * best.columns:
            return False
        rivals = {each.source for each in self.candidates if each.record_type == best.record_type}
        if best.named < _NAMED and len(rivals) > 1:
            return False
        return other is None or best.weight[:3] > other.weight[:3]

    @property
    def why(self) -> str:
        """Why the runner-up lost, or why nothing is clear; nothing where there is no other."""
        best, other = self.best, self.runner_up
        if best is None or other is None:
            return ""
        if best.weight[:3] == other.weight[:3]:
            verb = "know" if len(self.equals) > 2 else "knows"
            return f"Only you can say which: {self._others(best)} {verb} as many columns."
        if best.weight[0] and not other.weight[0]:
            return f"Next is {other.label} ({other.words}): no saved mapping of it has this header."
        if other.known < best.known:
            lacking = [each for each in best.evidence if each not in other.evidence]
            return f"Next is {other.label} ({other.words}): it does not know {_listed(lacking)}."
        return f"Next is {other.label} ({other.words}): it knows as many, but names fewer of them itself."

    def _others(self, best: Candidate) -> str:
        """The equals of the best: their sources where they are of one type."""
        others = [each for each in self.equals if each is not best]
        alike = all(each.record_type == best.record_type for each in others)
        return _listed([each.source if alike else each.label for each in others])


def _listed(headers: Sequence[str]) -> str:
    more = f" and {len(headers) - 3} more" if len(headers) > 3 else ""
    return ", ".join(headers[:3]) + more


def ranked(candidates: Sequence[Candidate]) -> Recognition:
    """The candidates that are worth naming, in order; of equals the one that came first stands first.

    A few columns of many are no reason to suggest anything.
    """
    worth = [
        each
        for each in candidates
        if each.mapping.columns
        and each.known >= _FEW
        and (each.known >= _MANY or each.known >= _SHARE * each.columns)
    ]
    return Recognition(candidates=tuple(sorted(worth, key=lambda each: each.weight, reverse=True)))

"""The goals: ratios between steps of one pair, growth and memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from benchmarks.child import Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times as long ``step`` takes as ``against``."""

    step: str
    against: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal(Ratio):
    """``step`` takes at most ``limit`` times as long as ``against``; ``aim`` is what we would like."""

    sqlite: float
    postgres: float
    aim: float

    def limit(self, store: str) -> float:
        """The limit on that store."""
        return self.sqlite if store == "sqlite" else self.postgres


GOALS = (
    Goal(step="first", against="limit", sqlite=2.5, postgres=2.5, aim=1.5),
    Goal(step="unchanged", against="reading", sqlite=2.5, postgres=2.5, aim=1.5),
    Goal(step="cleaning", against="typing", sqlite=1.5, postgres=1.5, aim=1.2),
    Goal(step="identical", against="hash", sqlite=3.0, postgres=3.0, aim=2.0),
    Goal(step="delta", against="first", sqlite=0.55, postgres=1.0, aim=0.4),
    Goal(step="rollback_first", against="limit", sqlite=0.5, postgres=0.5, aim=0.3),
)
#: Nobody promised these; they put the goals in proportion.
FOR_INFORMATION = (Ratio(step="unchanged", against="parse"),)
PEAK_MB, PEAK_AIM_MB = 600, 400
GROWTH = 11.0
#: A list or one record of a million takes less of the database, and as an answer less in all, in milliseconds.
PAGE_DATABASE_MS, ANSWER_MS = 10.0, 300.0
#: What is ours and must therefore stay within the memory and grow with the rows.
OURS = (
    "first",
    "cleaning",
    "rollback_first",
    "identical",
    "unchanged",
    "delta",
    "rollback_delta",
    "health",
    "backfill",
)


def ratios(pairs: Iterable[Mapping[str, Measurement]], ratio: Ratio) -> list[float]:
    """The ratio in each pair that has both steps."""
    return [
        round(each[ratio.step].wall / each[ratio.against].wall, 3)
        for each in pairs
        if ratio.step in each and ratio.against in each
    ]


def cpu_ratios(pairs: Iterable[Mapping[str, Measurement]], ratio: Ratio) -> list[float]:
    """The same of user and system seconds, which a busy machine disturbs less; a server's own are not in them."""
    return [
        round(_cpu(each[ratio.step]) / _cpu(each[ratio.against]), 3)
        for each in pairs
        if ratio.step in each and ratio.against in each
    ]


def _cpu(found: Measurement) -> float:
    return max(found.user + found.system, 0.001)


def medians(pairs: list[Mapping[str, Measurement]]) -> dict[str, float]:
    """The median wall time of every step."""
    names = dict.fromkeys(name for each in pairs for name in each)
    return {name: round(median(each[name].wall for each in pairs if name in each), 3) for name in names}


def faster(matches: Iterable[Mapping[str, Measurement]], step: str, peer: str) -> list[float]:
    """How many times as fast as the peer we were, in each match that has both sides of ``step``."""
    return [
        round(each[f"{peer} {step}"].wall / each[f"ours {step}"].wall, 2)
        for each in matches
        if f"{peer} {step}" in each and f"ours {step}" in each
    ]


def growth(few: Mapping[str, float], many: Mapping[str, float]) -> dict[str, float]:
    """How many times as long each step took on the larger file, from the medians on both."""
    return {name: round(many[name] / max(few[name], 0.001), 2) for name in few if name in many}


def growth_limit(small: int, large: int) -> float:
    """How many times as long a step may take on ``large`` rows as on ``small``: a tenth more than in proportion."""
    return GROWTH * large / small / 10

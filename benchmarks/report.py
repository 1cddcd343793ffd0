"""The tables people read."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.child import Measurement
from benchmarks.goals import GOALS, GROWTH, OURS, PEAK_AIM_MB, PEAK_MB, Goal, cpu_ratios, medians, ratios

Pairs = list[Mapping[str, Measurement]]


def show(console: Console, found: Mapping[tuple[int, str], Pairs]) -> None:
    """Steps, goals and growth of every number of rows and store."""
    for (rows, store), pairs in found.items():
        console.print(_steps(f"{store}, {rows:,} rows, medians of {len(pairs)} pair(s)", pairs))
        console.print(_goals(f"{store}, {rows:,} rows: goals", store, pairs))
    sizes = sorted({rows for rows, _ in found})
    if len(sizes) > 1:
        for store in dict.fromkeys(store for _, store in found):
            console.print(_growth(store, sizes[0], sizes[-1], found))


def _steps(title: str, pairs: Pairs) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in (
        "step",
        "wall s",
        "user s",
        "sys s",
        "process s",
        "load",
        "peak MB",
        "phases: seconds (peak MB)",
    ):
        table.add_column(heading, justify="left" if heading in ("step",) or "phases" in heading else "right")
    for name, wall in medians(pairs).items():
        each = [pair[name] for pair in pairs if name in pair]
        numbers = [median(getattr(one, key) for one in each) for key in ("user", "system", "process")]
        last = each[-1]
        phases = [
            f"{phase} {value:.2f} ({last.phase_peaks_mb.get(phase, 0)})"
            for phase, value in last.phases.items()
        ]
        table.add_row(
            name,
            f"{wall:.2f}",
            *(f"{number:.2f}" for number in numbers),
            f"{max(one.load for one in each):.1f}",
            f"{max(one.peak_mb for one in each):,}",
            ", ".join(phases),
        )
    return table


def _goals(title: str, store: str, pairs: Pairs) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("goal", "median", "pairs", "of CPU", "limit", "aim", ""):
        table.add_column(heading)
    for goal in GOALS:
        each = ratios(pairs, goal)
        middle = median(each) if each else None
        table.add_row(
            f"{goal.step} / {goal.against}",
            f"{middle:.2f}" if middle is not None else "not measured",
            " ".join(f"{one:.2f}" for one in each),
            _cpu(store, goal, pairs),
            f"{goal.limit(store):g}",
            f"{goal.aim:g}",
            _verdict(middle, goal.limit(store), goal.aim),
        )
    peak = max((pair[name].peak_mb for pair in pairs for name in OURS if name in pair), default=0)
    table.add_row(
        "peak MB of our steps",
        f"{peak:,}",
        "",
        "",
        f"{PEAK_MB}",
        f"{PEAK_AIM_MB}",
        _verdict(peak, PEAK_MB, PEAK_AIM_MB),
    )
    return table


def _cpu(store: str, goal: Goal, pairs: Pairs) -> str:
    """The ratio of CPU seconds, where all of them are the processes' own."""
    each = cpu_ratios(pairs, goal)
    return f"{median(each):.2f}" if each and (store == "sqlite" or goal.against in ("parse", "hash")) else ""


def _growth(store: str, small: int, large: int, found: Mapping[tuple[int, str], Pairs]) -> Table:
    table = Table(title=f"{store}: growth from {small:,} to {large:,} rows", title_justify="left")
    for heading in ("step", "times", "limit", ""):
        table.add_column(heading)
    few, many = medians(found[small, store]), medians(found[large, store])
    for name in (each for each in OURS if each in few and each in many):
        grown = many[name] / few[name]
        limit = GROWTH * large / small / 10
        table.add_row(name, f"{grown:.1f}", f"{limit:g}", _verdict(grown, limit, limit))
    return table


def _verdict(value: float | None, limit: float, aim: float) -> str:
    if value is None:
        return ""
    return "aim met" if value <= aim else "goal met" if value <= limit else "FALLS SHORT"

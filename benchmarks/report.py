"""The tables people read."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.goals import (
    FOR_INFORMATION,
    GOALS,
    OURS,
    PEAK_AIM_MB,
    PEAK_MB,
    Ratio,
    cpu_ratios,
    faster,
    growth_limit,
    medians,
    ratios,
)
from benchmarks.names import AIM, LIMIT
from benchmarks.peers.peer import PEERS, Peer, version
from benchmarks.results import Found, Pairs


def show(console: Console, found: Found) -> None:
    """Steps, goals and growth of every number of rows and store, and what came of the matches."""
    for (rows, store), pairs in found.pairs.items():
        console.print(_steps(f"{store}, {rows:,} rows, medians of {len(pairs)} pair(s)", pairs))
        console.print(_goals(f"{store}, {rows:,} rows: goals", store, pairs))
    for store, (small, large, times) in found.grown().items():
        console.print(_growth(store, small, large, times))
    for (rows, store, name), matches in found.matches.items():
        peer = PEERS[name]
        title = f"{store}, {rows:,} rows, {len(matches)} pair(s): ours against {name} ({version(peer)})"
        console.print(_peer(title, peer, matches))


def names(took: Mapping[str, float]) -> Table:
    """CPU microseconds a name of media files, by its form."""
    table = Table(title="names of media files, CPU microseconds each", title_justify="left")
    for heading in ("form", "µs", "limit", "aim", ""):
        table.add_column(heading)
    for form, each in took.items():
        table.add_row(form, f"{each:.1f}", f"{LIMIT:g}", f"{AIM:g}", _verdict(each, LIMIT, AIM))
    return table


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
        each, limit = ratios(pairs, goal), goal.limit(store)
        verdict = _verdict(median(each) if each else None, limit, goal.aim)
        table.add_row(*_ratio(store, goal, pairs, each), f"{limit:g}", f"{goal.aim:g}", verdict)
    for ratio in FOR_INFORMATION:
        table.add_row(*_ratio(store, ratio, pairs, ratios(pairs, ratio)), "", "", "for information")
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


def _ratio(store: str, ratio: Ratio, pairs: Pairs, each: list[float]) -> tuple[str, str, str, str]:
    middle = f"{median(each):.2f}" if each else "not measured"
    shown = " ".join(f"{one:.2f}" for one in each)
    return f"{ratio.step} / {ratio.against}", middle, shown, _cpu(store, ratio, pairs)


def _cpu(store: str, ratio: Ratio, pairs: Pairs) -> str:
    """The ratio of CPU seconds, where all of them are the processes' own."""
    if store != "sqlite" and ratio.against not in ("parse", "reading", "typing", "hash"):
        return ""
    each = cpu_ratios(pairs, ratio)
    return f"{median(each):.2f}" if each else ""


def _growth(store: str, small: int, large: int, times: Mapping[str, float]) -> Table:
    table = Table(title=f"{store}: growth from {small:,} to {large:,} rows", title_justify="left")
    for heading in ("step", "times", "limit", ""):
        table.add_column(heading)
    limit = growth_limit(small, large)
    for name, grown in times.items():
        if name in OURS:
            table.add_row(name, f"{grown:.1f}", f"{limit:g}", _verdict(grown, limit, limit))
        else:
            table.add_row(name, f"{grown:.1f}", "", "for information")
    return table


def _peer(title: str, peer: Peer, matches: Pairs) -> Table:
    table = Table(title=title, title_justify="left")
    walls = medians(matches)
    for heading in (
        "step",
        "ours s",
        "theirs s",
        "times as fast",
        "pairs",
        "goal",
        "",
        "ours MB",
        "theirs MB",
    ):
        table.add_column(heading)
    for step, goal in peer.goals.items():
        names = (f"ours {step}", f"{peer.name} {step}")
        each = faster(matches, step, peer.name)
        middle = median(each) if each else None
        peaks = [max((one[name].peak_mb for one in matches if name in one), default=0) for name in names]
        table.add_row(
            step,
            *(f"{walls[name]:.2f}" if name in walls else "not measured" for name in names),
            f"{middle:.2f}" if middle is not None else "",
            " ".join(f"{one:.2f}" for one in each),
            f"{goal:g}",
            "" if middle is None else "goal met" if middle >= goal else "FALLS SHORT",
            *(f"{peak:,}" if peak else "" for peak in peaks),
        )
    return table


def _verdict(value: float | None, limit: float, aim: float) -> str:
    if value is None:
        return ""
    return "aim met" if value <= aim else "goal met" if value <= limit else "FALLS SHORT"

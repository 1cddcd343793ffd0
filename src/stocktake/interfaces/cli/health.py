"""``health wiring``: whether everything leads where it should (HEA)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.screen import Column, Screen, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.wiring_document import wiring_document
from stocktake.interfaces.wording import moment_text
from stocktake.model.wiring import METRICS

if TYPE_CHECKING:
    from stocktake.model.wiring import WiringHealth

app = App(name="health", help="Whether everything leads where it should: wiring.", help_format="plaintext")


@app.command
def wiring(
    *,
    detail: Annotated[
        bool, Parameter(show_default=False, help="Up to five samples of each metric that fails.")
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """Whether records, raw rows, links, runs and flows lead to one another; reads only.

    Ends with 0 whatever it finds: `health_status` under --json says healthy or unhealthy.

    Example: stocktake health wiring --detail
    """
    with session(options) as opened:
        health = opened.book.wiring_health(detail=detail)
        if opened.options.json:
            opened.screen.document(wiring_document(health))
        else:
            _show(opened.screen, health)
            if health.faults and not detail:
                opened.screen.line()
                opened.screen.line(f"{opened.command('health wiring --detail')} shows some of each.")


def _show(screen: Screen, health: WiringHealth) -> None:
    if health.is_healthy:
        screen.line(f"Workspace {health.workspace} is healthy.", style="bold green")
    else:
        screen.line(f"Workspace {health.workspace} is unhealthy.", style="bold red")
    screen.line()
    screen.table(
        [number("count"), mark("verdict"), Column("what")],
        [
            (
                health.counts[each.name],
                _verdict(health.counts[each.name], is_fault=each.is_fault),
                each.meaning,
            )
            for each in METRICS
        ],
        indent=2,
    )
    for name, samples in (health.samples or {}).items():
        screen.heading(_sentence(name))
        screen.table(
            [mark("what"), number("id"), Column("name"), mark("created")],
            [(each.kind, as_id(each.number), each.name, moment_text(each.created_at)) for each in samples],
            indent=2,
        )


def _verdict(count: int, *, is_fault: bool) -> str:
    """A word beside each count: a fault, in order, or a number to compare with."""
    if not is_fault:
        return "no fault"
    return "FAULT" if count else "in order"


def _sentence(name: str) -> str:
    meaning = next(each.meaning for each in METRICS if each.name == name)
    return f"{meaning[0].upper()}{meaning[1:]} (at most five)"

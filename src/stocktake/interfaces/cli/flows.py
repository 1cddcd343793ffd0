"""``flows`` and ``flow add``: discovery flows that imports belong to (LIN-10)."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, mark
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.declaration_document import flow_document
from stocktake.interfaces.wording import moment_text

app = App(name="flow", help="One discovery flow: add.", help_format="plaintext")


def flows(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The discovery flows that imports belong to, oldest first.

    Example: stocktake flows
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = opened.book.discovery_flows()
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([flow_document(each) for each in part], len(found)))
        elif not found:
            opened.screen.line(f"No discovery flows yet. Add one: {opened.command('flow add ID')}")
        else:
            opened.screen.table(
                [Column("flow"), Column("master flow"), Column("name"), mark("created")],
                [
                    (each["flow_id"], each["master_flow_id"], each["name"], moment_text(each["created_at"]))
                    for each in part
                ],
            )
            wanted.footer(opened.screen, len(part), len(found))


@app.command
def add(
    flow_id: Annotated[str, Parameter(metavar="ID", help="What the flow is called everywhere else.")],
    /,
    *,
    master: Annotated[str | None, Parameter(metavar="ID", help="The flow that it is a part of.")] = None,
    name: Annotated[
        str | None, Parameter(metavar="TEXT", help="Its name for people; default: its id.")
    ] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Make a discovery flow, or give it another master flow or name.

    Example: stocktake flow add FLOW-1 --master MASTER-1 --name "Data centre, November"
    """
    with session(options) as opened:
        made = opened.book.add_discovery_flow(flow_id, master=master, name=name)
        if opened.options.json:
            opened.screen.document(flow_document(made))
        else:
            of = f", part of {made['master_flow_id']}" if made["master_flow_id"] else ""
            opened.screen.line(f"Discovery flow {flow_id} ({made['name']}){of} is there.")

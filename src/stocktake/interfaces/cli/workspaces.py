"""``workspace add|list|set|members``: workspaces, their accounts, and who works in them (SEC-1, SEC-3)."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, mark
from stocktake.interfaces.cli.setting import DEFAULT_WORKSPACE, Desk, GlobalOptions, desk
from stocktake.interfaces.people_document import member_document, workspace_document
from stocktake.model.workspace import Workspace

app = App(name="workspace", help="Workspaces: add, list, set, members.", help_format="plaintext")

Name = Annotated[str, Parameter(metavar="NAME", help="The workspace, such as north-office.")]


@app.command
def add(
    name: Name,
    /,
    *,
    account: Annotated[
        str, Parameter(metavar="ACCOUNT", help="The customer that it belongs to; made where it is new.")
    ] = DEFAULT_WORKSPACE,
    no_rollback: Annotated[
        bool, Parameter(show_default=False, help="Its admins may not roll back runs; a platform admin may.")
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """Make a workspace: records, sources and runs apart from those of every other.

    Example: stocktake workspace add north-office --account acme
    """
    with desk(options) as opened:
        made = opened.people.add_workspace(name, account=account, allows_rollback=not no_rollback)
        if opened.options.json:
            opened.screen.document(workspace_document(made))
            return
        opened.screen.line(f"Workspace {made.name} of the account {made.account} is there.")
        opened.screen.line(
            f"Let somebody in: {opened.command(f'user add EMAIL --role operator --workspace {made.name}')}"
        )


@app.command(name="list")
def listed(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The workspaces that you may look in.

    Example: stocktake workspace list
    """
    wanted = chosen(page)
    with desk(options) as opened:
        found = opened.people.workspaces()
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([workspace_document(each) for each in part], len(found)))
            return
        opened.screen.table(
            [mark("workspace"), mark("account"), mark("its admins may roll back")],
            [(each.name, each.account, "yes" if each.allows_rollback else "no") for each in part],
        )
        wanted.footer(opened.screen, len(part), len(found))


@app.command(name="set")
def set_(
    name: Name,
    /,
    *,
    account: Annotated[
        str | None, Parameter(metavar="ACCOUNT", help="Give it to this account; made where it is new.")
    ] = None,
    rollback: Annotated[
        bool | None,
        Parameter(
            name="--allow-rollback",
            negative="--no-rollback",
            show_default=False,
            help="Whether its admins may roll back runs.",
        ),
    ] = None,
    options: GlobalOptions | None = None,
) -> None:
    """Change a workspace: its account, and whether its admins may roll back.

    Example: stocktake workspace set north-office --no-rollback
    """
    with desk(options) as opened:
        changed = opened.people.set_workspace(name, account=account, allows_rollback=rollback)
        if opened.options.json:
            opened.screen.document(workspace_document(changed))
        else:
            _tell(opened, changed)


def _tell(opened: Desk, workspace: Workspace) -> None:
    may = "may" if workspace.allows_rollback else "may not"
    opened.screen.line(
        f"Workspace {workspace.name} belongs to the account {workspace.account}; its admins {may} roll back runs."
    )


@app.command
def members(name: Name, /, *, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """Who has which role in a workspace, also by a role in all of its account.

    Example: stocktake workspace members north-office
    """
    wanted = chosen(page)
    with desk(options) as opened:
        found = opened.people.members(name)
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([member_document(each) for each in part], len(found)))
        elif not found:
            grant = opened.command(f"user grant EMAIL --role operator --workspace {name}")
            opened.screen.line(f"Nobody has a role in {name} but platform admins. Give one: {grant}")
        else:
            opened.screen.table(
                [Column("user"), Column("name"), mark("role"), mark("holds in")],
                [
                    (each.email, each.name, each.role.value, _where(each.workspace, each.account))
                    for each in part
                ],
            )
            wanted.footer(opened.screen, len(part), len(found))


def _where(workspace: str | None, account: str) -> str:
    return workspace or f"all of the account {account}"

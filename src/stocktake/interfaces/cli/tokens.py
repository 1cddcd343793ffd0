"""``token create|list|revoke``: what programs come with in a user's place (SEC-4)."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, desk
from stocktake.interfaces.cli.users import RoleName
from stocktake.interfaces.people_document import token_document
from stocktake.interfaces.wording import moment_text
from stocktake.model.person import ApiToken

app = App(name="token", help="API tokens: create, list, revoke.", help_format="plaintext")


@app.command
def create(
    *,
    user: Annotated[str, Parameter(metavar="EMAIL", help="Whose it is.")],
    name: Annotated[str, Parameter(metavar="NAME", help="What it is for, such as nightly-import.")],
    expires: Annotated[
        str, Parameter(metavar="D", help="How long it holds, such as 12h or 90d, or until which day.")
    ] = "90d",
    role: Annotated[
        RoleName | None, Parameter(help="It may do no more than this role, whatever its user may.")
    ] = None,
    all_workspaces: Annotated[
        bool,
        Parameter(show_default=False, help="It works wherever its user may, not in the --workspace alone."),
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """Make a token for the --workspace, in a user's name. Its text is shown this once and kept nowhere.

    A program sends it as `Authorization: Bearer …`; the command line takes it from STOCKTAKE_TOKEN.

    Example: stocktake token create --user ana@example.com --name nightly-import --expires 30d --role operator
    """
    with desk(options) as opened:
        workspace = None if all_workspaces else opened.options.workspace
        made, text = opened.people.create_token(
            name, email=user, expires=expires, workspace=workspace, role=role
        )
        if opened.options.json:
            opened.screen.document(token_document(made, text))
            return
        opened.screen.line(text)
        opened.screen.aside(
            f'Token {made.token_id} "{made.name}" of {made.email} holds until {moment_text(made.expires_at)}'
            f"{_bounds(made)}. Keep its text now: it is shown this once."
        )


def _bounds(token: ApiToken) -> str:
    bounds = [f"in {token.workspace}"] if token.workspace else []
    bounds += [f"as {token.role}"] if token.role else []
    return f", {' '.join(bounds)} only" if bounds else ""


@app.command(name="list")
def listed(
    *,
    user: Annotated[str | None, Parameter(metavar="EMAIL", help="Only those of this user.")] = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """The tokens, newest first, also those that hold no longer. Nobody can tell their text.

    Example: stocktake token list --user ana@example.com
    """
    wanted = chosen(page)
    with desk(options) as opened:
        found = opened.people.tokens(user)
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([token_document(each) for each in part], len(found)))
            return
        if not found:
            create = opened.command("token create --user EMAIL --name NAME")
            opened.screen.line(f"There are no tokens. Make one: {create}")
            return
        opened.screen.table(
            [
                number("token"),
                Column("user"),
                mark("name"),
                mark("workspace"),
                mark("role"),
                mark("holds until"),
                mark("last used"),
                mark("revoked"),
            ],
            [
                (
                    as_id(each.token_id),
                    each.email,
                    each.name,
                    each.workspace or "all",
                    each.role.value if each.role else "as its user",
                    moment_text(each.expires_at),
                    moment_text(each.last_used_at),
                    moment_text(each.revoked_at),
                )
                for each in part
            ],
        )
        wanted.footer(opened.screen, len(part), len(found))


@app.command
def revoke(
    token: Annotated[
        int, Parameter(metavar="TOKEN", help="Its number, as `stocktake token list` prints it.")
    ],
    /,
    *,
    options: GlobalOptions | None = None,
) -> None:
    """Let a token hold no longer, from this moment on.

    Example: stocktake token revoke 3
    """
    with desk(options) as opened:
        revoked = opened.people.revoke_token(token)
        if opened.options.json:
            opened.screen.document(token_document(revoked))
        else:
            opened.screen.line(f'Token {revoked.token_id} "{revoked.name}" of {revoked.email} is revoked.')

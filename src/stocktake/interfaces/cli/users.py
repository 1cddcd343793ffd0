"""``user add|list|show|set|grant|withdraw|remove|activity``: who may sign in, and as what (SEC-3, SEC-4)."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, Literal

from cyclopts import App, Parameter

from stocktake.interfaces.activity_document import activity_document
from stocktake.interfaces.cli.activity import ACTIVITY_COLUMNS, activity_row
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, mark
from stocktake.interfaces.cli.setting import Desk, GlobalOptions, desk
from stocktake.interfaces.people_document import member_document, user_document
from stocktake.interfaces.wording import moment_text
from stocktake.model.errors import InvalidInput
from stocktake.model.person import Member, User

app = App(
    name="user",
    help="Who may sign in, and as what: add, list, show, set, grant, withdraw, remove, activity.",
    help_format="plaintext",
)

Email = Annotated[str, Parameter(metavar="EMAIL", help="The user's address, such as ana@example.com.")]
RoleName = Literal["viewer", "operator", "admin"]
FromInput = Annotated[
    bool,
    Parameter(
        show_default=False,
        help="Read the password from standard input: its first line, or asked for where a person sits there.",
    ),
]
WholeAccount = Annotated[
    str | None,
    Parameter(metavar="ACCOUNT", help="In all workspaces of this account, instead of the --workspace."),
]


@app.command
def add(
    email: Email,
    /,
    *,
    role: Annotated[RoleName | None, Parameter(help="What they are in the --workspace.")] = None,
    account: WholeAccount = None,
    platform_admin: Annotated[
        bool, Parameter(show_default=False, help="They may do everything, in every workspace.")
    ] = False,
    name: Annotated[str | None, Parameter(metavar="NAME", help="What people call them.")] = None,
    password_stdin: FromInput = False,
    options: GlobalOptions | None = None,
) -> None:
    """Add a user. Without a password they sign in by an identity provider only, or by tokens.

    The first admin is made so: --platform-admin --password-stdin.

    Example: stocktake user add ana@example.com --role operator --workspace default --password-stdin
    """
    password = read_password() if password_stdin else None
    with desk(options) as opened:
        made = opened.people.add_user(
            email,
            password=password,
            name=name,
            role=role,
            workspace=opened.options.workspace if role and account is None else None,
            account=account,
            is_platform_admin=platform_admin,
        )
        if opened.options.json:
            opened.screen.document(user_document(made))
            return
        opened.screen.line(f"User {made.email} is there{_as(opened, role, account, made)}.")
        if not made.has_password:
            again = opened.command(f"user set {made.email} --password-stdin")
            opened.screen.line(f"They have no password. Give them one: {again}")


def _as(opened: Desk, role: str | None, account: str | None, made: User) -> str:
    parts = ["a platform admin"] if made.is_platform_admin else []
    if role:
        parts.append(f"{role} of {_words(opened, account)}")
    if not parts:
        return ", without a role yet"
    return f", {' and '.join(parts)}"


@app.command(name="list")
def listed(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The users, by address.

    Example: stocktake user list
    """
    wanted = chosen(page)
    with desk(options) as opened:
        found, total = opened.people.users(page=wanted.page, page_size=wanted.limit)
        if opened.options.json:
            opened.screen.document(wanted.document([user_document(each) for each in found], total))
        elif not total:
            first = opened.command("user add EMAIL --platform-admin --password-stdin")
            opened.screen.line(f"There are no users yet. Make the first admin: {first}")
        else:
            opened.screen.table(
                [Column("user"), Column("name"), mark("is"), mark("password"), mark("signed in")],
                [
                    (
                        each.email,
                        each.name,
                        _state(each),
                        "yes" if each.has_password else "no",
                        moment_text(each.signed_in_at),
                    )
                    for each in found
                ],
            )
            wanted.footer(opened.screen, len(found), total)


def _state(user: User) -> str:
    if not user.is_active:
        return "inactive"
    return "platform admin" if user.is_platform_admin else "active"


@app.command
def show(email: Email, /, *, options: GlobalOptions | None = None) -> None:
    """One user, and all their roles.

    Example: stocktake user show ana@example.com
    """
    with desk(options) as opened:
        user, roles = opened.people.user(email), opened.people.memberships(email)
        if opened.options.json:
            shown = {**user_document(user), "roles": [member_document(each) for each in roles]}
            opened.screen.document(shown)
            return
        named = f" ({user.name})" if user.name else ""
        opened.screen.line(f"{user.email}{named}: {_state(user)}", style="bold")
        for each in roles:
            opened.screen.line(f"  {each.role.value} of {_place(each)}")
        if not roles and not user.is_platform_admin:
            grant = opened.command(f"user grant {user.email} --role operator")
            opened.screen.line(f"  No role anywhere yet. Give one: {grant}")


def _place(member: Member) -> str:
    return member.workspace or f"all of the account {member.account}"


@app.command(name="set")
def set_(
    email: Email,
    /,
    *,
    name: Annotated[str | None, Parameter(metavar="NAME", help="What people call them.")] = None,
    platform_admin: Annotated[
        bool | None,
        Parameter(
            negative="--no-platform-admin",
            show_default=False,
            help="Whether they may do everything, in every workspace.",
        ),
    ] = None,
    active: Annotated[
        bool | None,
        Parameter(
            negative="--inactive",
            show_default=False,
            help="Whether they may come in; where not, their sessions and tokens hold no longer.",
        ),
    ] = None,
    password_stdin: FromInput = False,
    options: GlobalOptions | None = None,
) -> None:
    """Change a user. A new password, or --inactive, ends their sessions at once.

    Example: stocktake user set ana@example.com --inactive
    """
    password = read_password() if password_stdin else None
    with desk(options) as opened:
        changed = opened.people.set_user(
            email, password=password, name=name, is_platform_admin=platform_admin, is_active=active
        )
        if opened.options.json:
            opened.screen.document(user_document(changed))
            return
        ended = password is not None or active is False
        opened.screen.line(
            f"User {changed.email} is changed: {_state(changed)}{'; their sessions ended' if ended else ''}."
        )


@app.command
def grant(
    email: Email,
    /,
    *,
    role: Annotated[RoleName, Parameter(help="What they are there from now on.")],
    account: WholeAccount = None,
    options: GlobalOptions | None = None,
) -> None:
    """Give somebody a role in the --workspace, or in all of an --account.

    In a workspace of theirs admins may do so too; who is no user yet becomes one, without a password.

    Example: stocktake user grant ana@example.com --role admin --workspace default
    """
    with desk(options) as opened:
        if account is not None:
            opened.people.set_account_member(account, email, role)
        else:
            opened.people.set_member(opened.options.workspace, email, role)
        if opened.options.json:
            opened.screen.document({"email": email, "role": role, **_reach(opened, account)})
        else:
            opened.screen.line(f"{email} is {role} of {_words(opened, account)}.")


@app.command
def withdraw(email: Email, /, *, account: WholeAccount = None, options: GlobalOptions | None = None) -> None:
    """Take a role away, in the --workspace or in all of an --account. It holds from the next thing they ask for.

    Example: stocktake user withdraw ana@example.com --workspace default
    """
    with desk(options) as opened:
        if account is not None:
            opened.people.set_account_member(account, email, None)
        else:
            opened.people.set_member(opened.options.workspace, email, None)
        if opened.options.json:
            opened.screen.document({"email": email, "role": None, **_reach(opened, account)})
        else:
            opened.screen.line(f"{email} has no role of their own in {_words(opened, account)} any more.")


def _words(opened: Desk, account: str | None) -> str:
    return f"all of the account {account}" if account else opened.options.workspace


def _reach(opened: Desk, account: str | None) -> dict[str, str | None]:
    return {"account": account, "workspace": None if account else opened.options.workspace}


@app.command
def remove(email: Email, /, *, options: GlobalOptions | None = None) -> None:
    """Forget a user, with their roles, sessions and tokens. What they did stays in the audit, under their address.

    Example: stocktake user remove ana@example.com
    """
    with desk(options) as opened:
        removed = opened.people.remove_user(email)
        if opened.options.json:
            opened.screen.document(user_document(removed))
        else:
            opened.screen.line(f"User {removed.email} is removed, with roles, sessions and tokens.")


@app.command
def activity(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """What happened to users, workspaces and tokens, and who signed in or was refused, newest first.

    Roles in a workspace stand in its own log: `stocktake activity --act grant-role`.

    Example: stocktake user activity
    """
    wanted = chosen(page)
    with desk(options) as opened:
        found, total = opened.people.activity(page=wanted.page, page_size=wanted.limit)
        if opened.options.json:
            opened.screen.document(wanted.document([activity_document(each) for each in found], total))
        elif not total:
            opened.screen.line("Nothing has happened yet.")
        else:
            opened.screen.table(ACTIVITY_COLUMNS, [activity_row(each) for each in found])
            wanted.footer(opened.screen, len(found), total)


def read_password() -> str:
    """A password, never as an argument: those can be read by every process. Raises ``InvalidInput`` ``no-password``."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Once more: "):
            raise InvalidInput(
                "passwords-differ", "The two passwords differ. Nothing was written.", hint="Try again."
            )
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidInput(
            "no-password",
            "No password came on standard input. Nothing was written.",
            hint="Hand it in like `stocktake user add … --password-stdin < password.txt`.",
        )
    return password

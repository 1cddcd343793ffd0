"""``workspace``, ``user``, ``token``, and a command line that STOCKTAKE_TOKEN narrows (SEC-3, SEC-4, SEC-10)."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import pytest

from tests.interfaces.conftest import Command, Said

PASSWORD = "otter lamp nine violets"

Typed = Callable[..., Said]


@pytest.fixture
def typed(stocktake: Command, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """The command line with something on its standard input."""

    def run(words: str, text: str) -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return stocktake(words)

    return run


@pytest.fixture
def peopled(stocktake: Command, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A platform admin; a workspace north, in which ana is an operator."""
    monkeypatch.delenv("STOCKTAKE_TOKEN", raising=False)
    assert typed("user add root@example.com --platform-admin --password-stdin", f"{PASSWORD}\n").code == 0
    assert stocktake("workspace add north --account acme").code == 0
    assert stocktake("user add ana@example.com --role operator --workspace north").code == 0
    return stocktake


@pytest.fixture
def as_token(peopled: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Come with a token that is made by these words; its text."""

    def come(words: str) -> str:
        text: str = peopled(f"token create --json --name nightly {words}").document["token"]
        monkeypatch.setenv("STOCKTAKE_TOKEN", text)
        return text

    return come


def test_the_first_admin_is_made_by_a_command_and_never_has_a_default_password(stocktake, typed):
    """SEC-4."""
    assert stocktake("user list").code == 2
    said = typed("user add root@example.com --platform-admin --password-stdin", f"{PASSWORD}\r\nrest\n")
    assert (said.code, said.out) == (0, "User root@example.com is there, a platform admin.\n")
    (shown,) = stocktake("user list --json").document["items"]
    assert (shown["email"], shown["is_platform_admin"], shown["has_password"]) == (
        "root@example.com",
        True,
        True,
    )
    assert PASSWORD not in stocktake("user list --json").out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-password"),
        ("\n", "no-password"),
        ("otter 42\n", "password-too-short"),
        ("password1234\n", "password-too-common"),
    ],
)
def test_a_password_that_does_not_do_leaves_no_user(peopled, typed, text, code):
    """SEC-4, SEC-7: and is not told again."""
    said = typed("user add bo@example.com --password-stdin --json", text)
    assert (said.code, said.document["error"]["code"]) == (1, code)
    assert not text.strip() or text.strip() not in said.out + said.err
    assert peopled("user list --json").document["total"] == 2


def test_workspaces_are_made_listed_and_changed(peopled):
    """SEC-1, SEC-3."""
    found = peopled("workspace list --json").document
    assert [(each["name"], each["account"]) for each in found["items"]] == [
        ("default", "default"),
        ("north", "acme"),
    ]
    said = peopled("workspace set north --no-rollback")
    assert said.out == "Workspace north belongs to the account acme; its admins may not roll back runs.\n"
    assert peopled("workspace set north --allow-rollback --json").document["allows_rollback"] is True
    for words, code in (
        ("workspace add north", "workspace-exists"),
        ("workspace add north/south", "bad-name"),
        ("workspace set north", "nothing-to-change"),
    ):
        assert (peopled(f"{words} --json").code, peopled(f"{words} --json").document["error"]["code"]) == (
            1,
            code,
        )
    assert peopled("workspace set west --no-rollback").code == 2


def test_roles_are_given_shown_and_withdrawn(peopled):
    """SEC-3."""
    assert peopled("user grant ana@example.com --role admin").out == "ana@example.com is admin of default.\n"
    assert peopled("user grant ana@example.com --role viewer --account acme").code == 0
    shown = peopled("user show ana@example.com --json").document
    told = {(each["workspace"], each["account"], each["role"]) for each in shown["roles"]}
    assert told == {("default", "default", "admin"), (None, "acme", "viewer"), ("north", "acme", "operator")}
    said = peopled("workspace members north").out
    assert re.search(r"ana@example\.com +viewer +all of the account acme", said)
    assert peopled("user withdraw ana@example.com --account acme").code == 0
    assert (
        peopled("user withdraw ana@example.com --account acme --json").document["error"]["code"]
        == "unknown-member"
    )
    members = peopled("workspace members north --json").document["items"]
    assert [(each["email"], each["role"]) for each in members] == [("ana@example.com", "operator")]


def test_a_user_is_changed_and_removed(peopled, typed):
    """SEC-4."""
    assert "inactive; their sessions ended" in peopled("user set ana@example.com --inactive").out
    assert (
        peopled("token create --user ana@example.com --name x --json").document["error"]["code"]
        == "user-inactive"
    )
    assert typed("user set ana@example.com --active --password-stdin", PASSWORD).code == 0
    assert peopled("user set ana@example.com").code == 1
    assert peopled("user remove ana@example.com").code == 0
    assert peopled("user show ana@example.com").code == 2
    assert "cli:" in peopled("user activity").out
    acts = [each["act"] for each in peopled("user activity --json").document["items"]]
    assert acts[:2] == ["remove-user", "change-user"]


def test_a_token_is_told_once_on_standard_output_and_never_again(peopled):
    """SEC-4: so that a script can take it from there."""
    said = peopled("token create --user ana@example.com --name nightly --workspace north --expires 30d")
    assert re.fullmatch(r"stk_[\w-]{43}\n", said.out)
    assert "shown this once" in said.err
    listed = peopled("token list --json")
    (shown,) = listed.document["items"]
    assert (shown["user"], shown["workspace"], shown["role"]) == ("ana@example.com", "north", None)
    assert said.out.strip() not in listed.out + peopled("token list").out + peopled("user activity").out
    assert peopled("token revoke 1").out == 'Token 1 "nightly" of ana@example.com is revoked.\n'
    assert peopled("token revoke 9").code == 2


def test_a_token_narrows_the_command_line_to_its_rights(peopled, as_token, samples):
    """SEC-10."""
    as_token("--user ana@example.com --workspace north")
    done = peopled("import ninjaone-1.csv --type device --source NINJAONE --workspace north --yes --json")
    assert done.code == 0
    run = peopled("run show 1 --workspace north --json").document
    assert run["initiated_by"] == "ana@example.com (token nightly)"
    for words in (
        "source add S --type device --workspace north",
        "rollback 1 --yes --workspace north",
        "user list",
        "workspace add south",
        "token create --user ana@example.com --name again",
        "user grant ana@example.com --role admin --workspace north",
        "type add type.toml --workspace north",
        "import ninjaone-1.csv --type device --source NINJAONE --workspace north --yes --allow-retire 9",
    ):
        (samples / "type.toml").write_text('name = "crate"\n[[field]]\nname = "code"\n', encoding="utf-8")
        said = peopled(f"{words} --json")
        assert (said.code, said.document["error"]["code"]) == (7, "not-allowed"), words


def test_with_a_token_another_workspace_is_one_that_does_not_exist(peopled, as_token):
    """SEC-2, SEC-10: exit code 2, and the same words."""
    as_token("--user ana@example.com --workspace north")
    there, nowhere = peopled("runs --workspace default --json"), peopled("runs --workspace nowhere --json")
    assert there.code == nowhere.code == 2
    assert there.out.replace("default", "nowhere") == nowhere.out
    assert [each["name"] for each in peopled("workspace list --json").document["items"]] == ["north"]


def test_with_a_token_nobody_acts_by_another_name(peopled, as_token, samples):
    """SEC-8."""
    as_token("--user ana@example.com --workspace north")
    said = peopled(
        "import ninjaone-1.csv --type device --source NINJAONE --workspace north --yes --by bo --json"
    )
    assert (said.code, said.document["error"]["code"]) == (7, "not-yourself")


def test_a_token_that_does_not_hold_is_refused_by_every_command(peopled, as_token, monkeypatch):
    """SEC-10: exit code 7; it is not told which token it was."""
    text = as_token("--user ana@example.com --workspace north")
    assert peopled("runs --workspace north").code == 0
    for wrong in ("stk_" + "x" * 43, "x", text[:-1]):
        monkeypatch.setenv("STOCKTAKE_TOKEN", wrong)
        for words in ("runs --workspace north", "workspace list", "user list", "types"):
            said = peopled(f"{words} --json")
            assert (said.code, said.document["error"]["code"]) == (7, "token-not-valid")
            assert wrong == "x" or wrong not in said.out + said.err


def test_a_token_of_a_platform_admin_keeps_all_rights_where_it_is_bound_to_nothing(peopled, as_token):
    """SEC-10."""
    as_token("--user root@example.com --all-workspaces")
    assert peopled("workspace add south").code == 0
    assert "root@example.com (token nightly)" in peopled("user activity").out


def test_no_secret_is_in_the_log(peopled, typed):
    """SEC-7: at its most talkative."""
    said = typed("user set ana@example.com --password-stdin -vv --log-format json", PASSWORD)
    made = peopled(
        "token create --user ana@example.com --name x --workspace north -vv --log-format json --json"
    )
    text = json.loads(made.out)["token"]
    assert PASSWORD not in said.err + said.out
    assert text not in made.err


def test_the_runs_of_all_workspaces_are_listed_with_whose_they_are(peopled, folder):
    """ROL-12: for platform admins."""
    (folder / "devices.csv").write_text("Serial Number\nS1\n")
    for workspace in ("default", "north"):
        done = peopled(f"import devices.csv --type device --source NINJAONE --yes --workspace {workspace}")
        assert done.code == 0
    shown = peopled("runs --all-workspaces --json").document
    assert [(each["workspace"], each["run_id"]) for each in shown["items"]] == [("north", 1), ("default", 1)]
    assert "north" in peopled("runs --all-workspaces").out
    assert peopled("runs --all-workspaces --source NINJAONE").code == 1

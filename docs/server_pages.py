"""What the generated pages about the server are made from: its routes, and every setting; run by cog like ``pages``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from pages import SOURCE

from stocktake.book.serving import ServerSettings
from stocktake.model.options import Limits

#: Variable → default and meaning. A variable of the source that is not here fails the page, and so does one that is gone.
SETTINGS = {
    "STOCKTAKE_DB": ("sqlite:///stocktake.db", "The database: `sqlite:///FILE` or `postgresql://…`."),
    "STOCKTAKE_DB_OWNER": (
        "",
        "Under which URL tables of the PostgreSQL database are made, where the login of `STOCKTAKE_DB` owns none.",
    ),
    "STOCKTAKE_WORKSPACE": ("default", "The workspace that commands work in."),
    "STOCKTAKE_TOKEN": ("", "An API token; it narrows the command line to what the token may."),
    "STOCKTAKE_ROLLBACK_DAYS": ("30", "For so many days a run can be rolled back; 0 allows none."),
    "STOCKTAKE_MAX_FILE_BYTES": (None, "Bytes of a file that is read."),
    "STOCKTAKE_MAX_COLUMNS": (None, "Columns of a file."),
    "STOCKTAKE_MAX_ROWS": (None, "Rows of a file."),
    "STOCKTAKE_MAX_CELL_BYTES": (None, "Bytes of a cell."),
    "STOCKTAKE_MEDIA_ROOTS": ("anywhere", "Below which folders media may lie, parted as `PATH` is."),
    "STOCKTAKE_TEST_DB": ("", "Where a media ingest with `--test-db` rehearses."),
    "STOCKTAKE_UPLOADS": (
        "beside a SQLite file, else among temp files",
        "Where uploaded files lie until they are imported, cancelled, or a day old. All processes of a server share it.",
    ),
    "STOCKTAKE_MAX_UPLOAD_BYTES": (None, "Bytes of an uploaded file."),
    "STOCKTAKE_MAX_UPLOAD_SECONDS": (None, "Seconds within which an upload must have arrived."),
    "STOCKTAKE_MAX_REQUEST_BYTES": (None, "Bytes of a request that is no upload."),
    "STOCKTAKE_MAX_REQUEST_SECONDS": (None, "Seconds within which a request must have arrived."),
    "STOCKTAKE_MAX_ANSWER_SECONDS": (
        None,
        "Seconds within which an answer must have begun. Files and events are never cut once they have.",
    ),
    "STOCKTAKE_THREADS": (None, "So many requests are worked on at once, in each process."),
    "STOCKTAKE_HOST": ("127.0.0.1", "Where the server listens."),
    "STOCKTAKE_PORT": ("8000", "The server's port."),
    "STOCKTAKE_LOG_FORMAT": (
        "json; `console` for `stocktake serve`",
        "The server's log: `json` or `console`.",
    ),
    "STOCKTAKE_SECRET_KEY": (
        "",
        "The server's own key, at least 32 random characters; the secrets of webhooks are made from it.",
    ),
    "STOCKTAKE_WEBHOOK_HOSTS": (
        "",
        "Hosts, parted by commas, where webhooks may be though they are in one's own network or without TLS.",
    ),
    "STOCKTAKE_SESSION_IDLE_MINUTES": ("60", "Minutes after which an unused session ends."),
    "STOCKTAKE_SESSION_HOURS": ("12", "Hours that a session lasts at most."),
    "STOCKTAKE_OIDC_ISSUER": ("", "The identity provider that people may sign in by, as it calls itself."),
    "STOCKTAKE_OIDC_CLIENT_ID": ("", "As whom the provider knows this installation."),
    "STOCKTAKE_OIDC_CLIENT_SECRET": (
        "",
        "What it shows the provider; none for a public client, PKCE is always used.",
    ),
    "STOCKTAKE_OIDC_REDIRECT_URL": (
        "",
        "Where people come back: this installation's address and `/api/v1/session/oidc/callback`.",
    ),
    "STOCKTAKE_OIDC_NEW_USERS": (
        "no",
        "`yes`: whoever comes with a verified address becomes a user without a role; else admins add users.",
    ),
}
_VARIABLE = re.compile(r"STOCKTAKE_[A-Z][A-Z_]*[A-Z]")


def settings() -> str:
    """Every variable of the environment that Stocktake heeds, with its default."""
    known = _variables()
    if known != set(SETTINGS):
        raise ValueError(f"settings that are not told, or gone: {sorted(known ^ set(SETTINGS))}")
    defaults = _defaults()
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, (default, meaning) in SETTINGS.items():
        shown = f"{defaults[name]:,}" if default is None else default
        lines.append(f"| `{name}` | {shown or 'none'} | {meaning} |")
    return "\n".join(lines)


def _defaults() -> dict[str, int]:
    limits = {f"STOCKTAKE_MAX_{each.name.upper()}": each.default for each in fields(Limits)}
    server = {f"STOCKTAKE_{each.name.upper()}": each.default for each in fields(ServerSettings)}
    return limits | server


def _variables() -> set[str]:
    """Those that the source names, and those that are made of the names of limits."""
    found = {f"STOCKTAKE_MAX_{each.name.upper()}" for each in fields(Limits)}
    found |= {f"STOCKTAKE_{each.name.upper()}" for each in fields(ServerSettings)}
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {each for each in _VARIABLE.findall(node.value) if f"{each}_" not in node.value}
    return found


def http_api() -> str:
    """Every route: what it does and needs, what it takes, and what it answers."""
    schema = _schema()
    parts, tag = [], None
    for path, method, told in _routes(schema):
        if told["tags"][0] != tag:
            tag = told["tags"][0]
            parts += [f"## {tag.capitalize()}", ""]
        parts += [f"### {method.upper()} {path}", "", *_told(told, schema), ""]
    return "\n".join(parts)


def _schema() -> dict[str, Any]:
    """The schema that a server publishes; the database in memory is never asked."""
    from stocktake.book.installation import open_installation
    from stocktake.interfaces.http.application import create_app

    with open_installation("sqlite://") as installation:
        return dict(create_app(installation, ServerSettings()).openapi())


def _routes(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            yield path, method, told


def _told(told: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    words, needs = told["description"].rsplit("\n\n", 1)
    lines = [words.removesuffix("."), "", f"*{needs}*"]
    lines[0] += "."
    rows = [
        (each["name"], each["in"], each.get("description", ""), each.get("required", False))
        for each in told.get("parameters", ())
    ]
    rows += [(name, "body", text, needed) for name, text, needed in _body(told, schema)]
    if rows:
        lines += ["", "| name | in | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}`{' (needed)' if needed else ''} | {place} | {_cell(text)} |"
            for name, place, text, needed in rows
        ]
    good = [
        f"{status}: {each['description']}" for status, each in told["responses"].items() if status < "400"
    ]
    bad = ", ".join(status for status in sorted(told["responses"]) if status >= "400")
    return [*lines, "", f"{' '.join(good)} Refusals: {bad}."]


def _body(told: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    for form in told.get("requestBody", {}).get("content", {}).values():
        shape = form["schema"]
        if "$ref" in shape:
            shape = schema["components"]["schemas"][shape["$ref"].rsplit("/", 1)[1]]
        for name, each in shape.get("properties", {}).items():
            yield name, each.get("description", ""), name in shape.get("required", ())


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")

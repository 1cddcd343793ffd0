"""``serve``: the HTTP API (interfaces.md)."""

from __future__ import annotations

import os
import socket
import tempfile
from typing import Annotated, Any

from cyclopts import Parameter
from cyclopts.validators import Number

from stocktake.book.serving import server_settings
from stocktake.interfaces.cli.screen import Screen
from stocktake.interfaces.cli.setting import GlobalOptions, set_up_log
from stocktake.model.errors import InvalidInput

#: The application that each process makes for itself.
FACTORY = "stocktake.interfaces.http.application:app_from_environment"


def serve(
    *,
    host: Annotated[
        str,
        Parameter(
            env_var="STOCKTAKE_HOST",
            metavar="ADDRESS",
            help="Where to listen; another machine reaches it only at an address of this one's.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, Parameter(env_var="STOCKTAKE_PORT", validator=Number(gte=1, lte=65535), help="The port.")
    ] = 8000,
    processes: Annotated[
        int,
        Parameter(
            validator=Number(gte=1, lte=64), help="So many processes; more than one on PostgreSQL only."
        ),
    ] = 1,
    options: GlobalOptions | None = None,
) -> None:
    """Serve the HTTP API, for people who sign in and programs with tokens.

    Nobody comes in without: `stocktake user add EMAIL --platform-admin --password-stdin` makes the first admin.

    Example: stocktake serve --port 8000
    """
    told = options or GlobalOptions()
    set_up_log(told)
    _check_installed()
    from stocktake.book.installation import open_installation

    settings = server_settings(host=host)
    with open_installation(told.db) as installation:
        if processes > 1 and installation.store.name == "sqlite":
            raise InvalidInput(
                "one-process",
                "SQLite is one file and has one server: it cannot be served by several processes.",
                hint="Leave --processes out, or keep the records in PostgreSQL.",
            )
        _check_free(host, port)
        installation.set_up()
        _, users = installation.people(installation.owner).users(page_size=1)
    _tell(told, host, port, users=users, is_near=settings.is_loopback)
    os.environ |= {"STOCKTAKE_DB": told.db, "STOCKTAKE_HOST": host}
    os.environ.setdefault("STOCKTAKE_LOG_FORMAT", told.log_format or "console")
    with tempfile.TemporaryDirectory(prefix="stocktake-metrics-") as shared:
        if processes > 1:
            os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", shared)
        _run(host, port, processes)


def _run(host: str, port: int, processes: int) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from stocktake.interfaces.http.protocol import HastyProtocol

    told: dict[str, Any] = {
        "factory": True,
        "http": HastyProtocol,
        "host": host,
        "port": port,
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_graceful_shutdown": 30,
    }
    if processes == 1:
        uvicorn.run(FACTORY, **told)
        return
    config = uvicorn.Config(FACTORY, workers=processes, **told)
    listening = config.bind_socket()
    # One process has it from asyncio. Without it the end of each answer waits 40 ms for the client to confirm its beginning.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Multiprocess(config, sockets=[listening]).run()


def _check_installed() -> None:
    try:
        import fastapi  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise InvalidInput(
            "server-not-installed",
            f"The server needs packages that are not installed here ({error.name}).",
            hint='Install them with `pip install "stocktake[server]"`.',
        ) from error


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family):
            pass
    except OSError as error:
        raise InvalidInput(
            "cannot-listen",
            f"The server cannot listen at {host}, port {port}: {error.strerror or error}.",
            hint="Choose another with --port, or stop what listens there.",
        ) from error


def _tell(told: GlobalOptions, host: str, port: int, *, users: int, is_near: bool) -> None:
    screen = Screen()
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if told.json:
        screen.document({"status": "serving", "address": address, "users": users})
    elif not told.quiet:
        screen.line(f"Serving {address}/api/v1; {address}/api/v1/openapi.json tells what it knows.")
        if not users:
            add = f"`stocktake user add EMAIL --platform-admin --password-stdin{told.again}`"
            screen.line(f"Nobody can sign in yet. Make the first admin: {add}")
        if not is_near:
            screen.line(
                "Other machines reach it: put a proxy with TLS before it, else nobody can sign in by a browser."
            )
        screen.line("Ctrl-C stops it.", style="dim")
    screen.out.flush()

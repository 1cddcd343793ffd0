"""Settings that stand in the environment unless they are handed in."""

from __future__ import annotations

import os
import tempfile
from dataclasses import fields, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from stocktake.flows.eligibility import WINDOW
from stocktake.flows.signing_in import SessionTerms
from stocktake.model.errors import InvalidInput
from stocktake.model.options import Limits
from stocktake.readers.posting import Poster
from stocktake.readers.uploads import UploadDirectory

#: For so many days a run can be rolled back, where no setting says otherwise (ROL-3).
ROLLBACK_DAYS = WINDOW.days
ROLLBACK_DAYS_VARIABLE = "STOCKTAKE_ROLLBACK_DAYS"
UPLOADS_VARIABLE = "STOCKTAKE_UPLOADS"
UPLOAD_BYTES_VARIABLE = "STOCKTAKE_MAX_UPLOAD_BYTES"
SECRET_KEY_VARIABLE = "STOCKTAKE_SECRET_KEY"  # noqa: S105
#: So many bytes the server's key has at least.
SECRET_KEY_BYTES = 32
#: The most that an uploaded file may hold, where no setting says otherwise.
UPLOAD_BYTES = 2 * 1024**3


def rollback_days_of(told: int | None) -> int:
    """For how many days a run can be rolled back (ROL-3). Raises ``InvalidInput`` ``bad-setting``."""
    text = os.environ.get(ROLLBACK_DAYS_VARIABLE, "") if told is None else str(told)
    if not text.strip():
        return ROLLBACK_DAYS
    if not text.strip().isdecimal() or len(text.strip()) > 5:
        raise InvalidInput(
            "bad-setting",
            f'"{text}" is no number of days in which a run can be rolled back.',
            hint=f"Set {ROLLBACK_DAYS_VARIABLE} to a whole number such as 30; 0 allows no rollback.",
        )
    return int(text)


def limits_of(told: Limits | None) -> Limits:
    """What a file may hold at most (REA-6): as told, else by ``STOCKTAKE_MAX_FILE_BYTES`` and the like.

    Raises ``InvalidInput`` ``bad-setting``.
    """
    if told is not None:
        return told
    found = {}
    for each in fields(Limits):
        variable = f"STOCKTAKE_MAX_{each.name.upper()}"
        text = os.environ.get(variable, "").strip()
        if not text:
            continue
        if not text.isdecimal() or len(text) > 15 or int(text) == 0:
            raise InvalidInput(
                "bad-setting",
                f'"{text}" is no number of {each.name.replace("_", " ")} that a file may hold.',
                hint=f"Set {variable} to a whole number such as {each.default}, or leave it out.",
            )
        found[each.name] = int(text)
    return replace(Limits(), **found)


def session_terms() -> SessionTerms:
    """When sessions end (SEC-4): ``STOCKTAKE_SESSION_IDLE_MINUTES`` and ``STOCKTAKE_SESSION_HOURS``.

    Raises ``InvalidInput`` ``bad-setting``.
    """
    idle = _whole("STOCKTAKE_SESSION_IDLE_MINUTES", "minutes until an unused session ends", 60)
    longest = _whole("STOCKTAKE_SESSION_HOURS", "hours that a session lasts at most", 12)
    renewal = min(SessionTerms().renewal, timedelta(minutes=idle))
    return SessionTerms(idle=timedelta(minutes=idle), longest=timedelta(hours=longest), renewal=renewal)


def token_of_environment() -> str | None:
    """The token that narrows a command line, from ``STOCKTAKE_TOKEN`` (SEC-10); None without one."""
    return os.environ.get("STOCKTAKE_TOKEN", "").strip() or None


def secret_key() -> bytes:
    """The server's key, from which the secrets of webhooks are made (SEC-7): ``STOCKTAKE_SECRET_KEY``.

    Raises ``InvalidInput`` ``no-secret-key``, ``bad-setting``.
    """
    text = os.environ.get(SECRET_KEY_VARIABLE, "").strip()
    hint = (
        f"Set {SECRET_KEY_VARIABLE} to at least {SECRET_KEY_BYTES} random characters, such as `openssl rand -base64 32` "
        "prints, the same for the server and the command line, and keep it: with another one all secrets change."
    )
    if not text:
        raise InvalidInput(
            "no-secret-key",
            f"Webhooks are signed with secrets made from the server's key, and {SECRET_KEY_VARIABLE} is not set.",
            hint=hint,
        )
    if len(text.encode()) < SECRET_KEY_BYTES:
        raise InvalidInput(
            "bad-setting",
            f"{SECRET_KEY_VARIABLE} is too short: somebody could find it by trying.",
            hint=hint,
        )
    return text.encode()


def poster() -> Poster:
    """How webhooks are reached; ``STOCKTAKE_WEBHOOK_HOSTS``, parted by commas: hosts that may be in one's own network."""
    text = os.environ.get("STOCKTAKE_WEBHOOK_HOSTS", "")
    return Poster(hosts=frozenset(each.strip().casefold() for each in text.split(",") if each.strip()))


def owner_of_environment() -> str | None:
    """Under which URL tables are made, from ``STOCKTAKE_DB_OWNER`` (SEC-11); None: under the one that is worked with."""
    return os.environ.get("STOCKTAKE_DB_OWNER", "").strip() or None


def _whole(variable: str, what: str, default: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if not text.isdecimal() or len(text) > 6 or int(text) == 0:
        raise InvalidInput(
            "bad-setting",
            f'"{text}" is no number of {what}.',
            hint=f"Set {variable} to a whole number such as {default}, or leave it out.",
        )
    return int(text)


def media_roots() -> tuple[Path, ...]:
    """Below which folders media may lie (MED-B24): ``STOCKTAKE_MEDIA_ROOTS``, parted as ``PATH`` is; none: anywhere."""
    text = os.environ.get("STOCKTAKE_MEDIA_ROOTS", "")
    return tuple(Path(each) for each in text.split(os.pathsep) if each.strip())


def uploads_of(address: str, file: Path | None) -> UploadDirectory:
    """Where uploads for a database lie: below ``STOCKTAKE_UPLOADS``, else beside a SQLite ``file``, else among temp files.

    All processes that serve one database share it. At most ``STOCKTAKE_MAX_UPLOAD_BYTES`` a file, 2 GiB unless set.
    Raises ``InvalidInput`` ``bad-setting``.
    """
    text = os.environ.get(UPLOAD_BYTES_VARIABLE, "").strip()
    if text and (not text.isdecimal() or len(text) > 15 or int(text) == 0):
        raise InvalidInput(
            "bad-setting",
            f'"{text}" is no number of bytes that an uploaded file may have.',
            hint=f"Set {UPLOAD_BYTES_VARIABLE} to a whole number such as {UPLOAD_BYTES}, or leave it out.",
        )
    return UploadDirectory(_uploads_place(address, file), limit=int(text) if text else UPLOAD_BYTES)


def _uploads_place(address: str, file: Path | None) -> Path:
    """A directory for this database alone: what nobody knows of there is deleted after a day."""
    told = os.environ.get(UPLOADS_VARIABLE, "").strip()
    name = sha256(address.encode()).hexdigest()[:16]
    if told:
        return Path(told).absolute() / name
    if file is not None:
        return file.with_name(f"{file.name}-uploads")
    return Path(tempfile.gettempdir()) / f"stocktake-uploads-{os.geteuid()}-{name}"

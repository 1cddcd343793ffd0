"""The server's log: structured, one line per event, with the request's id, and no secret in it (SEC-7)."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

#: What a token looks like, wherever it turns up.
_SECRET = re.compile(r"\b(st[ks])_[A-Za-z0-9_.\-]+")
_SECRET_NAMES = ("authorization", "cookie", "password", "token", "csrf", "secret")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An event without secrets, by name and by look."""
    for name, value in event.items():
        if any(each in name.lower() for each in _SECRET_NAMES):
            event[name] = "…"
        elif isinstance(value, str):
            event[name] = _SECRET.sub(r"\1_…", value)
    return event


#: What is added to every event, and taken out of it.
_SHARED: tuple[Any, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.format_exc_info,
    redact,
)


def event_log(name: str) -> Any:
    """A log for events with names and values; the same whatever else the process does with its logs.

    Tracebacks are told without the values of variables, which may be secret.
    """
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def set_up_log(form: Literal["console", "json"] = "json", *, level: int = logging.INFO) -> None:
    """Send what the server, Stocktake and uvicorn log to standard error, in one form."""
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    for name in ("stocktake", "uvicorn"):
        log = logging.getLogger(name)
        log.handlers[:] = [handler]
        log.propagate = False
        log.setLevel(level)
    for each in ("uvicorn.error", "uvicorn.access"):
        logging.getLogger(each).handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False

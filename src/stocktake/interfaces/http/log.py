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


def set_up_log(form: Literal["console", "json"] = "json", *, level: int = logging.INFO) -> None:
    """Send what the server, Stocktake and uvicorn log to standard error, in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    for name in ("stocktake", "uvicorn"):
        log = logging.getLogger(name)
        log.handlers[:] = [handler]
        log.propagate = False
        log.setLevel(level)
    logging.getLogger("uvicorn.access").handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False

"""django-import-export's side: ``import_data`` of a resource, run in the peers' environment.

``django_machine`` says in which ways. No dry run, no web page, the same settings on SQLite as ours.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.declaration import SQLITE_SETTINGS
from benchmarks.timing import Peaks, tell


def prepare(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Make the table."""
    from django.db import connection

    from benchmarks.peers.django_machine import Machine

    with connection.schema_editor() as editor:
        editor.create_model(Machine)
    connection.close()
    return {}


def load(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Import the file; an error of any row ends it."""
    from django.db import connection
    from tablib import Dataset

    from benchmarks.peers.django_machine import WAYS

    peaks.phase("reading")
    with given.file.open(encoding="utf-8", newline="") as file:
        dataset = Dataset().load(file, format="csv")
    peaks.phase("importing")
    result = WAYS[given.way]().import_data(dataset, dry_run=False, raise_errors=True)
    peaks.phase("closing")
    connection.close()
    return {"counts": {name: count for name, count in result.totals.items() if count}}


STEPS = {each.__name__: each for each in (prepare, load)}


def database(url: str) -> dict[str, Any]:
    """Django's words for a database."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        options = {"init_command": SQLITE_SETTINGS, "transaction_mode": "IMMEDIATE"}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path[1:], "OPTIONS": options}
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or asked.get("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or asked.get("host", ""),
        "PORT": str(parts.port or asked.get("port", "")),
    }


def main() -> None:
    """Run the step that the arguments name and say what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("--way", choices=["fastest", "plain"], default="fastest")
    parser.add_argument("--db", required=True)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    import django
    from django.conf import settings

    settings.configure(
        DATABASES={"default": database(given.db)},
        INSTALLED_APPS=["import_export", "benchmarks.peers"],
        USE_TZ=True,
    )
    django.setup()
    import benchmarks.peers.django_machine  # noqa: F401

    tell(partial(STEPS[given.step], given))


if __name__ == "__main__":
    main()

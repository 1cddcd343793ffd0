"""dlt's side: a merge with the strategy ``upsert`` into PostgreSQL, run in the peers' environment.

``fastest``: Arrow record batches from pyarrow's CSV reader, handed to PostgreSQL as Parquet by ADBC (binary COPY), and
``skip_unchanged_rows``. Of the ways tried (rows of the csv module, the filesystem source with ``read_csv`` and
``read_csv_duckdb``; insert statements, CSV and Parquet), this one took the least time in every step.

``plain``: the filesystem source with ``read_csv``, and all defaults.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from benchmarks.timing import Peaks, tell

TABLE, KEY = "machine", "serial"
#: Arrow batches of about this many bytes of the file.
BLOCK = 16 * 1024 * 1024


def load(given: argparse.Namespace, peaks: Peaks) -> dict[str, Any]:
    """Extract, normalise and load the file: the three that ``pipeline.run`` does."""
    import dlt
    from dlt.destinations import postgres

    pipeline = dlt.pipeline(
        "bench",
        destination=postgres(credentials=credentials(given.db)),
        dataset_name="bench",
        pipelines_dir=str(given.folder / "pipelines"),
    )
    resource, file_format = WAYS[given.way](given.file)
    peaks.phase("extract")
    pipeline.extract(resource, loader_file_format=file_format)
    peaks.phase("normalise")
    normalised = pipeline.normalize()
    peaks.phase("load")
    pipeline.load(raise_on_failed_jobs=True)
    peaks.phase("closing")
    return {"counts": {"rows": normalised.row_counts[TABLE]}}


def fastest(file: Path) -> tuple[Any, str | None]:
    """Arrow batches with the types of our columns; empty cells are null."""
    import dlt
    import pyarrow as pa
    from pyarrow import csv

    @dlt.resource(
        name=TABLE,
        primary_key=KEY,
        write_disposition={"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True},
    )
    def machines() -> Iterator[Any]:
        types = {"price": pa.decimal128(12, 2)}
        with csv.open_csv(
            file,
            read_options=csv.ReadOptions(block_size=BLOCK),
            convert_options=csv.ConvertOptions(strings_can_be_null=True, column_types=types),
        ) as batches:
            yield from batches

    return machines, "parquet"


def plain(file: Path) -> tuple[Any, str | None]:
    """As dlt's documentation reads a CSV file."""
    from dlt.sources.filesystem import filesystem, read_csv

    where = filesystem(bucket_url=file.parent.as_uri(), file_glob=file.name)
    resource = (where | read_csv()).with_name(TABLE)
    resource.apply_hints(primary_key=KEY, write_disposition={"disposition": "merge", "strategy": "upsert"})
    return resource, None


WAYS = {each.__name__: each for each in (fastest, plain)}


def credentials(url: str) -> dict[str, Any]:
    """What dlt wants to know of a database: it takes no socket's folder from the URL's query, and asks for a password."""
    parts = urlsplit(url)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return {
        "drivername": "postgresql",
        "username": unquote(parts.username or asked.get("user", "")),
        "password": unquote(parts.password or "unused"),
        "host": quote(parts.hostname or asked.get("host", "localhost"), safe=""),
        "port": int(parts.port or asked.get("port", 5432)),
        "database": unquote(parts.path.lstrip("/")),
    }


def settle_down(folder: Path) -> None:
    """Nothing is told to anybody, and nothing is kept but in ``folder``; must come before dlt is imported."""
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DLT_DATA_DIR": str(folder / "data"),
        "DLT_PROJECT_DIR": str(folder),
    }


def main() -> None:
    """Run the step that the arguments name and say what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("step", choices=["load"])
    parser.add_argument("--way", choices=WAYS, default="fastest")
    parser.add_argument("--db", required=True)
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    settle_down(given.folder)
    import adbc_driver_postgresql  # noqa: F401
    import dlt.common.runtime.anon_tracker as tracker
    import dlt.destinations.impl.postgres.postgres
    import dlt.load.load
    import dlt.normalize.normalize
    import pyarrow.csv
    import pyarrow.parquet  # noqa: F401

    if given.way == "plain":
        import dlt.sources.filesystem  # noqa: F401
        import pandas  # noqa: F401

    # Even with its telemetry off, dlt would note an id for it in the user's home.
    tracker.get_anonymous_id = lambda: ""
    tell(partial(load, given))


if __name__ == "__main__":
    main()

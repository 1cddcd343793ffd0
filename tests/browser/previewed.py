"""Imports that are prepared over HTTP up to their preview, for pages to show."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from tests.browser.conftest import Site
from tests.interfaces.http.conftest import OWN, Journey


def file_of(rows: Sequence[Mapping[str, str]]) -> bytes:
    """A CSV file of these rows, whose columns are the rows' own keys."""
    columns = list(dict.fromkeys(["Serial Number", *(name for row in rows for name in row)]))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def devices(count: int, **values: str) -> list[dict[str, str]]:
    """So many devices, each with a serial number, a tag and a place."""
    return [
        {"Serial Number": f"SN-{n:04}", "Asset tag": f"LT-{n:04}", "Location": "Vancouver", **values}
        for n in range(1, count + 1)
    ]


def changed(rows: Sequence[Mapping[str, str]], serial: str, **values: str) -> list[dict[str, str]]:
    """The same rows with one of them changed."""
    return [{**row, **values} if row["Serial Number"] == serial else dict(row) for row in rows]


def chosen(journey: Journey, rows: Sequence[Mapping[str, str]], source: str = "NINJAONE") -> int:
    """Uploaded, and said what it is; the number of the import, which was not previewed yet."""
    number: int = journey.upload(file_of(rows))["import"]["import_id"]
    answer = journey.client.put(
        f"{OWN}/imports/{number}/mapping", json={"record_type": "device", "source": source}
    )
    assert answer.status_code == 200, answer.text
    return number


def previewed(
    site: Site,
    rows: Sequence[Mapping[str, str]],
    source: str = "NINJAONE",
    who: str = "operator",
    **terms: Any,
) -> tuple[int, Any]:
    """The number of an import that was previewed, and what the API says of the plan."""
    journey = site.journey(who)
    number = chosen(journey, rows, source)
    terms = {"on_error": "reject-rows", **terms}
    answer = journey.client.post(f"{OWN}/imports/{number}/preview?wait=60", json=terms)
    assert answer.status_code in (200, 409, 422), answer.text
    return number, answer.json()


def imported(site: Site, rows: Sequence[Mapping[str, str]], source: str = "NINJAONE", **terms: Any) -> Any:
    """All the way; the applied document."""
    return site.journey().imported(file_of(rows), source=source, **terms)

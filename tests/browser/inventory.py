"""The samples of the packs, imported: devices that come, go and return, with a telephone company beside."""

from __future__ import annotations

from typing import Any

from stocktake.catalog.packs import pack_samples
from tests.browser.conftest import Site


def sample(name: str, pack: str = "it_assets") -> bytes:
    """A sample file of a pack."""
    return pack_samples(pack)[name].read_bytes()


def first(site: Site, who: str = "operator") -> Any:
    """Run 1: 24 devices, all new."""
    return site.journey(who).imported(sample("ninjaone-1.csv"), name="ninjaone-1.csv", strategy="snapshot")


def three_snapshots(site: Site) -> None:
    """Runs 1 to 4: LT-0101 and DT-0207 go missing and return; Telus keeps LT-0101 meanwhile."""
    first(site)
    telus, ninja = sample("telus.csv"), sample("ninjaone-2.csv")
    site.journey().imported(telus, name="telus.csv", source="TELUS", strategy="snapshot")
    site.journey().imported(ninja, name="ninjaone-2.csv", strategy="snapshot")
    again = sample("ninjaone-1.csv") + ninja.split(b"\n", 1)[1]
    site.journey().imported(_distinct(again), name="ninjaone-3.csv", strategy="snapshot")


def _distinct(content: bytes) -> bytes:
    """The rows of both snapshots, each device once."""
    header, *rows = content.decode().splitlines()
    serial = header.split(",").index("Serial Number")
    return "\n".join([header, *{each.split(",")[serial]: each for each in rows}.values()]).encode()


def id_of(site: Site, tag: str) -> int:
    """The number of a device."""
    answer = site.journey("viewer").client.get(
        "/api/v1/workspaces/default/records/device", params={"where": f"asset_tag={tag}", "retired": True}
    )
    number: int = answer.json()["items"][0]["id"]
    return number

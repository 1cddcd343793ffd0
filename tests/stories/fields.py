"""Devices as the pack declares them, with further keys for some fields."""

from __future__ import annotations

from importlib import resources

from tests.stories.desk import Desk


def minding(desk: Desk, **keys: str) -> None:
    """Declare ``device`` anew: ``minding(desk, model='authority = ["NINJAONE"]')``."""
    place = resources.files("stocktake") / "catalog" / "packs" / "it_assets" / "device.toml"
    text = place.read_text(encoding="utf-8")
    for name, line in keys.items():
        head = f'[[field]]\nname = "{name}"\n'
        assert head in text, name
        text = text.replace(head, f"{head}{line}\n")
    desk.book.add_record_type(text)

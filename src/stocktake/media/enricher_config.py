"""What may be configured of an enricher: refused where a name or a value is none of its own."""

from __future__ import annotations

from collections.abc import Sequence

from stocktake.model.errors import InvalidInput
from stocktake.ports.enricher import Config, Setting


def settled(enricher_id: str, settings: Sequence[Setting], config: Config) -> dict[str, str]:
    """Setting → value, with the defaults of those that are not configured.

    Raises ``InvalidInput``: ``unknown-enricher-setting``, ``repeated-enricher-setting``, ``invalid-enricher-setting``.
    """
    known = {setting.name: setting for setting in settings}
    values = {setting.name: setting.default for setting in settings}
    seen: set[str] = set()
    for name, value in config:
        if name not in known:
            raise InvalidInput(
                "unknown-enricher-setting",
                f"The enricher {enricher_id} has no setting {name!r}.",
                hint=f"It has {', '.join(known)}." if known else "It has none at all; leave it out.",
                details={"enricher": enricher_id, "setting": name, "settings": list(known)},
            )
        if name in seen:
            raise InvalidInput(
                "repeated-enricher-setting",
                f"The setting {name} of the enricher {enricher_id} is given twice.",
                hint="Keep the one that is meant.",
                details={"enricher": enricher_id, "setting": name},
            )
        if not _fits(known[name], value):
            raise InvalidInput(
                "invalid-enricher-setting",
                f"The setting {name} of the enricher {enricher_id} cannot be {value!r}.",
                hint=f"It is {allowed(known[name])}.",
                details={"enricher": enricher_id, "setting": name, "value": value},
            )
        seen.add(name)
        values[name] = value
    return values


def allowed(setting: Setting) -> str:
    """What a setting may be, in words."""
    if setting.choices:
        return " or ".join(setting.choices)
    return f"a whole number from {setting.least:,} to {setting.most:,}"


def _fits(setting: Setting, value: str) -> bool:
    if setting.choices:
        return value in setting.choices
    return value.isascii() and value.isdecimal() and len(value) < 10 and _within(setting, int(value))


def _within(setting: Setting, number: int) -> bool:
    return setting.least <= number <= setting.most

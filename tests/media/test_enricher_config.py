"""What may be configured of an enricher."""

from __future__ import annotations

import pytest

from stocktake.media.enricher_config import settled
from stocktake.model.errors import InvalidInput
from stocktake.ports.enricher import Config, Setting

SETTINGS = (
    Setting(name="tool", meaning="", default="auto", choices=("auto", "ffprobe")),
    Setting(name="seconds", meaning="", default="60", least=1, most=3600),
)


def test_what_is_not_configured_has_its_default() -> None:
    assert settled("x", SETTINGS, ()) == {"tool": "auto", "seconds": "60"}
    assert settled("x", SETTINGS, (("seconds", "3600"),)) == {"tool": "auto", "seconds": "3600"}


@pytest.mark.parametrize(
    ("config", "code", "says"),
    [
        ((("colour", "red"),), "unknown-enricher-setting", "It has tool, seconds."),
        ((("tool", "hammer"),), "invalid-enricher-setting", "It is auto or ffprobe."),
        ((("tool", ""),), "invalid-enricher-setting", "It is auto or ffprobe."),
        ((("seconds", "0"),), "invalid-enricher-setting", "It is a whole number from 1 to 3,600."),
        ((("seconds", "3601"),), "invalid-enricher-setting", "It is a whole number from 1 to 3,600."),
        ((("seconds", "-5"),), "invalid-enricher-setting", "It is a whole number from 1 to 3,600."),
        ((("seconds", "٣"),), "invalid-enricher-setting", "It is a whole number from 1 to 3,600."),
        ((("seconds", "9" * 5000),), "invalid-enricher-setting", "It is a whole number from 1 to 3,600."),
        ((("seconds", "5"), ("seconds", "6")), "repeated-enricher-setting", "Keep the one that is meant."),
    ],
)
def test_refuses_what_it_does_not_know(config: Config, code: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        settled("technical", SETTINGS, config)
    assert refusal.value.code == code
    assert refusal.value.hint == says
    assert "technical" in refusal.value.message


def test_an_enricher_without_settings_says_so() -> None:
    with pytest.raises(InvalidInput) as refusal:
        settled("plain", (), (("seconds", "1"),))
    assert refusal.value.hint == "It has none at all; leave it out."

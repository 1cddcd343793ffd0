"""Which enrichers there are, and how one of somebody else's is added (MED-D9)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stocktake.media.enrichment import Combined
from stocktake.model.errors import InvalidInput
from stocktake.model.media import AttachedEnricher, Failure
from stocktake.ports.enricher import FIELDS, AssetToEnrich
from stocktake.readers.enriching.asset import enriched
from stocktake.readers.enriching.registry import ENRICHERS, enricher_class, enricher_ids, open_enrichers

LOUDNESS = """
from stocktake.media.enricher_config import settled
from stocktake.ports.enricher import Enrichment, Setting


class Loudness:
    enricher_id = "loudness"
    version = 7
    reads = "nothing"
    fields = ("tags",)
    settings = (Setting(name="scale", meaning="", default="lufs", choices=("lufs", "db")),)

    def __init__(self, config=()):
        self.scale = settled(self.enricher_id, self.settings, config)["scale"]

    def enrich(self, asset):
        return Enrichment(tags={"title": "Loud", "loudness": f"-14 {self.scale}"})

    def close(self):
        pass
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs a package with an enricher as pip leaves it: a module and what it says of its entry points."""

    def install(module: str = LOUDNESS, entry: str = "loudness = acme_loudness:Loudness") -> None:
        (tmp_path / "acme_loudness.py").write_text(module)
        told = tmp_path / "acme_loudness-1.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-loudness\nVersion: 1.0\n")
        (told / "entry_points.txt").write_text(f"[stocktake.enrichers]\n{entry}\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(__import__("sys").modules, "acme_loudness", raising=False)

    return install


def test_ours_are_known_by_their_ids() -> None:
    """MED-D9."""
    assert set(ENRICHERS) <= set(enricher_ids())
    for enricher_id, found in ENRICHERS.items():
        assert enricher_class(enricher_id) is found
        assert found.enricher_id == enricher_id
        assert set(found.fields) <= set(FIELDS)


def test_an_unknown_one_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidInput) as refusal:
        open_enrichers([AttachedEnricher(enricher_id="technial")])
    assert refusal.value.code == "unknown-enricher"
    assert "sidecar" in refusal.value.hint


def test_a_wrong_configuration_is_refused_when_it_is_opened() -> None:
    with pytest.raises(InvalidInput) as refusal:
        open_enrichers([AttachedEnricher(enricher_id="sidecar", config=(("colour", "red"),))])
    assert refusal.value.code == "unknown-enricher-setting"


def test_a_package_adds_an_enricher(installed: Callable[..., None]) -> None:
    """MED-D9: it is configured and asked as ours are, in its order."""
    installed()
    assert "loudness" in enricher_ids()
    attached = [
        AttachedEnricher(enricher_id="loudness", priority=20, config=(("scale", "db"),)),
        AttachedEnricher(enricher_id="loudness", priority=10),
    ]
    enrichers = open_enrichers(attached)
    assert [each.attached.priority for each in enrichers] == [10, 20]
    told = enriched(enrichers, AssetToEnrich(paths=(Path("/a"),)))
    assert isinstance(told, Combined)
    assert told.enrichment.tags == {"title": "Loud", "loudness": "-14 lufs"}
    assert told.said_by["tags.loudness"] == "loudness@7"


@pytest.mark.parametrize(
    ("module", "entry", "says"),
    [
        ("raise RuntimeError('no licence')", "loudness = acme_loudness:Loudness", "no licence"),
        (LOUDNESS, "loudness = acme_loudness:Silence", "Silence"),
        (LOUDNESS, "noise = acme_loudness:Loudness", "calls itself loudness"),
    ],
)
def test_a_package_that_does_not_load_harms_no_other(
    installed: Callable[..., None], module: str, entry: str, says: str
) -> None:
    installed(module, entry)
    name = entry.partition(" ")[0]
    with pytest.raises(InvalidInput) as refusal:
        enricher_class(name)
    assert refusal.value.code == "enricher-unloadable"
    assert says in refusal.value.message
    assert len(open_enrichers([AttachedEnricher(enricher_id="sidecar")])) == 1


def test_one_that_breaks_down_fails_its_asset_alone(installed: Callable[..., None]) -> None:
    """MED-D9: whatever somebody else's enricher raises."""
    installed(LOUDNESS.replace("return Enrichment(", "raise ZeroDivisionError('silence') # "))
    enrichers = open_enrichers([AttachedEnricher(enricher_id="loudness")])
    told = enriched(enrichers, AssetToEnrich(paths=(Path("/a.mp3"),)))
    assert isinstance(told, Failure)
    assert (told.code, told.where) == ("enricher-broken", "/a.mp3")
    assert "loudness@7 broke down over /a.mp3 (ZeroDivisionError: silence)" in told.sentence


def test_nobody_takes_the_place_of_ours(installed: Callable[..., None]) -> None:
    installed(entry="technical = acme_loudness:Loudness")
    assert enricher_class("technical") is ENRICHERS["technical"]


def test_a_collection_of_real_files_is_enriched_by_priority(media_files: Path, tmp_path: Path) -> None:
    """MED-D9: what the sidecar says goes before what the file says; one that fails ends the asking."""
    nfo = tmp_path / "movie.nfo"
    nfo.write_text("<movie><title>Die lange Sekunde</title></movie>")
    enrichers = open_enrichers(
        [
            AttachedEnricher(enricher_id="technical", priority=20),
            AttachedEnricher(enricher_id="sidecar", priority=10),
        ]
    )
    told = enriched(enrichers, AssetToEnrich(paths=(media_files / "movie.mp4",), sidecars=(nfo,)))
    failed = enriched(enrichers, AssetToEnrich(paths=(media_files / "text.mkv",)))
    for each in enrichers:
        each.enricher.close()
    assert isinstance(told, Combined)
    columns = told.columns()
    assert columns["tags"] == '{"title":"Die lange Sekunde","year":2019}'
    assert (columns["duration_ms"], columns["video_codec"]) == (1000, "h264")
    assert (told.said_by["tags.title"], told.said_by["tags.year"]) == ("sidecar@1", "technical@1")
    assert isinstance(failed, Failure)
    assert failed.code == "not-media"

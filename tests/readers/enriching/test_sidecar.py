"""What lies beside a file and tells of it (MED-D9, SEC-5)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Config, Enrichment
from stocktake.readers.enriching.sidecar import SidecarEnricher


@pytest.fixture(scope="module")
def sidecar() -> Iterator[SidecarEnricher]:
    """One as it is without configuration."""
    found = SidecarEnricher()
    yield found
    found.close()


def enrich(sidecar: SidecarEnricher, *paths: Path) -> Enrichment | Failure:
    return sidecar.enrich(AssetToEnrich(paths=(Path("/films/film.mkv"),), sidecars=paths))


def told(
    sidecar: SidecarEnricher, folder: Path, content: bytes | str, name: str = "film.nfo"
) -> Enrichment | Failure:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return enrich(sidecar, path)


def tags(answer: Enrichment | Failure) -> dict[str, object]:
    assert isinstance(answer, Enrichment), answer
    return dict(answer.tags)


def refused(answer: Enrichment | Failure) -> str:
    assert isinstance(answer, Failure), answer
    assert answer.code == "sidecar-invalid"
    assert answer.sentence.startswith(f"{answer.where} ")
    return answer.sentence


EPISODE = """
<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<episodedetails>
  <title>Pilot</title>
  <showtitle>Der Laden</showtitle>
  <season>1</season>
  <episode>2</episode>
  <aired>2007-09-24</aired>
  <plot>Salz &amp; Pfeffer,<![CDATA[ <em>viel</em>]]></plot>
  <runtime>22 min</runtime>
  <mpaa>TV-14</mpaa>
  <genre>Comedy / Drama</genre><genre>Comedy</genre>
  <director>A. Example</director>
  <actor><name>B. Example</name><role>Cook</role><thumb>x.jpg</thumb></actor>
  <actor><name>C. Example</name></actor>
  <uniqueid type="tvdb" default="true">332484</uniqueid>
  <uniqueid type="imdb">tt0775431</uniqueid>
  <fileinfo><streamdetails><video><title>not this</title></video></streamdetails></fileinfo>
</episodedetails>
<episodedetails><title>The next one</title></episodedetails>
https://thetvdb.com/?tab=episode&id=1
"""


def test_an_episode_is_told_by_its_first_element(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9: as Kodi writes several episodes of a file, and an address behind them."""
    assert tags(told(sidecar, tmp_path, EPISODE)) == {
        "title": "Pilot",
        "show": "Der Laden",
        "season": 1,
        "episode": 2,
        "released": "2007-09-24",
        "year": 2007,
        "plot": "Salz & Pfeffer, <em>viel</em>",
        "runtime_minutes": 22,
        "certification": "TV-14",
        "genres": ("Comedy", "Drama"),
        "directors": ("A. Example",),
        "actors": ("B. Example", "C. Example"),
        "tvdb": "332484",
        "imdb": "tt0775431",
    }


def test_a_movie_is_told(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9: its year goes before the day it was shown; an old id is one."""
    movie = (
        "<movie><title>Film</title><originaltitle>Le Film</originaltitle><year>1998</year>"
        "<premiered>1999-03-31</premiered><id>tt0133093</id><tmdbid>603</tmdbid><tagline>Free</tagline></movie>"
    )
    assert tags(told(sidecar, tmp_path, movie)) == {
        "title": "Film",
        "original_title": "Le Film",
        "year": 1998,
        "released": "1999-03-31",
        "imdb": "tt0133093",
        "tmdb": "603",
        "tagline": "Free",
    }


def test_a_show_tells_of_its_episodes_what_they_do_not(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9: its title and year are no episode's; what the asset's own sidecar says goes before."""
    show = tmp_path / "tvshow.nfo"
    show.write_text(
        "<tvshow><title>Shop</title><year>2001</year><plot>All</plot><genre>Other</genre></tvshow>"
    )
    episode = tmp_path / "film.nfo"
    episode.write_text("<episodedetails><title>Pilot</title><genre>Comedy</genre></episodedetails>")
    expected = {
        "title": "Pilot",
        "show": "Shop",
        "show_plot": "All",
        "show_year": 2001,
        "genres": ("Comedy",),
    }
    assert tags(enrich(sidecar, show, episode)) == expected
    assert tags(enrich(sidecar, episode, show, tmp_path / "film.jpg", tmp_path / "film.srt")) == expected


def test_songs_and_albums_are_told(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9."""
    video = "<musicvideo><title>Clip</title><artist>Ann</artist><album>Trains</album><track>3</track></musicvideo>"
    assert tags(told(sidecar, tmp_path, video)) == {
        "title": "Clip",
        "artist": "Ann",
        "album": "Trains",
        "track": 3,
    }
    album = "<album><title>Trains</title><artistdesc>Ann</artistdesc><year>1989</year></album>"
    assert tags(told(sidecar, tmp_path, album)) == {"album": "Trains", "album_artist": "Ann", "year": 1989}
    assert tags(told(sidecar, tmp_path, "<artist><name>Ann</name></artist>")) == {"artist": "Ann"}


def test_what_kodi_writes_for_nothing_is_nothing(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9: it fills every element."""
    movie = "<movie><title>T</title><year>0</year><season>-1</season><runtime>0</runtime><plot></plot><genre /></movie>"
    assert tags(told(sidecar, tmp_path, movie)) == {"title": "T"}


@pytest.mark.parametrize(
    ("content", "ids"),
    [
        ("https://www.imdb.com/title/tt0133093/\n", {"imdb": "tt0133093"}),
        ("\xdb\xdb\xb2 A RELEASE \xb2 imdb.com/title/tt0133093", {"imdb": "tt0133093"}),
        ("https://www.themoviedb.org/movie/603-the-matrix", {"tmdb": "603"}),
        ("http://thetvdb.com/?tab=series&id=80379&lid=7", {"tvdb": "80379"}),
        ("only words", {}),
        ("", {}),
    ],
)
def test_text_tells_the_ids_in_its_addresses(
    sidecar: SidecarEnricher, tmp_path: Path, content: str, ids: dict[str, str]
) -> None:
    """MED-D9: most .nfo files of releases are pictures made of letters."""
    assert tags(told(sidecar, tmp_path, content.encode("latin-1"))) == ids


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff<movie><title>Café</title></movie>".encode(),
        '<?xml version="1.0" encoding="UTF-16"?><movie><title>Café</title></movie>'.encode("utf-16"),
        '<?xml version="1.0" encoding="windows-1252"?><movie><title>Café</title></movie>'.encode("cp1252"),
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<movie><title>Café</title></movie>'.encode("latin-1"),
    ],
)
def test_every_encoding_that_is_claimed_is_read(
    sidecar: SidecarEnricher, tmp_path: Path, content: bytes
) -> None:
    """MED-D9."""
    assert tags(told(sidecar, tmp_path, content)) == {"title": "Café"}


def test_another_encoding_than_claimed_is_refused_with_its_line(
    sidecar: SidecarEnricher, tmp_path: Path
) -> None:
    """MED-D9: it is not guessed."""
    content = b"<?xml version='1.0' encoding='utf-8'?>\n<movie>\n<title>Caf\xe9</title></movie>"
    assert "line 3 is not in UTF-8" in refused(told(sidecar, tmp_path, content))


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "content",
    [
        f'<!DOCTYPE movie [<!ENTITY l0 "ha">{LAUGHS}]><movie><title>&l11;</title></movie>',
        '<!DOCTYPE movie [<!ENTITY x SYSTEM "file:///etc/passwd">]><movie><title>&x;</title></movie>',
        '<!DOCTYPE movie SYSTEM "http://example.org/x.dtd"><movie/>',
    ],
)
def test_no_entity_is_ever_unfolded(sidecar: SidecarEnricher, tmp_path: Path, content: str) -> None:
    """SEC-5: neither laughs by the billion nor files and addresses from elsewhere."""
    assert "declares a document type" in refused(told(sidecar, tmp_path, content))


@pytest.mark.parametrize(
    "content",
    [
        "<movie><title>half",
        "<movie><title></movie>",
        "<html><body/></html>",
        '<?xml version="1.0" encoding="klingon"?><movie/>',
        '<?xml version="1.0" encoding="shift_jis"?><movie/>',
        "<movie>&nbsp;</movie>",
        "<",
    ],
)
def test_broken_xml_is_refused(sidecar: SidecarEnricher, tmp_path: Path, content: str) -> None:
    """MED-D9."""
    refused(told(sidecar, tmp_path, content))


def test_a_sidecar_of_a_hundred_megabytes_is_not_read(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """SEC-5."""
    path = tmp_path / "film.nfo"
    with path.open("wb") as file:
        file.write(b"<movie><title>")
        file.truncate(100 * 1024**2)
    assert "more than 16 MiB" in refused(enrich(sidecar, path))


def test_a_deep_sidecar_and_a_long_one_are_read_within_bounds(
    sidecar: SidecarEnricher, tmp_path: Path
) -> None:
    """SEC-5: a hundred thousand elements within each other; a plot of five million letters."""
    deep = "<movie><title>T</title>" + "<a>" * 100_000 + "</a>" * 100_000 + "</movie>"
    assert tags(told(sidecar, tmp_path, deep)) == {"title": "T"}
    long = tags(told(sidecar, tmp_path, f"<movie><plot>{'x' * 5_000_000}</plot></movie>"))
    assert len(str(long["plot"])) == 10_000


def test_json_is_read_by_its_ending(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9."""
    assert tags(told(sidecar, tmp_path, '{"title": "Big"}', name="film.info.JSON")) == {"title": "Big"}
    assert "is no JSON" in refused(told(sidecar, tmp_path, "<movie/>", name="film.json"))


def test_a_pipe_in_place_of_a_sidecar_is_not_waited_for(sidecar: SidecarEnricher, tmp_path: Path) -> None:
    """MED-D9."""
    os.mkfifo(tmp_path / "film.nfo")
    started = time.monotonic()
    found = enrich(sidecar, tmp_path / "film.nfo")
    assert isinstance(found, Failure)
    assert found.code == "not-a-file"
    assert time.monotonic() - started < 30


def configured(config: Config, *paths: Path) -> Enrichment | Failure:
    enricher = SidecarEnricher(config)
    try:
        return enrich(enricher, *paths)
    finally:
        enricher.close()


def test_a_broken_sidecar_can_be_skipped(tmp_path: Path) -> None:
    """MED-D9: the others still count."""
    (tmp_path / "film.nfo").write_text("<movie")
    (tmp_path / "film.json").write_text('{"title": "Big"}')
    paths = (tmp_path / "film.nfo", tmp_path / "film.json")
    refused(configured((), *paths))
    assert tags(configured((("broken", "skip"),), *paths)) == {"title": "Big"}


def test_a_sidecar_can_be_demanded(tmp_path: Path) -> None:
    """MED-D9: a picture beside the film is none that tells."""
    assert configured(()) == Enrichment()
    found = configured((("missing", "refuse"),), tmp_path / "film.jpg")
    assert isinstance(found, Failure)
    assert (found.code, found.where) == ("sidecar-missing", "/films/film.mkv")

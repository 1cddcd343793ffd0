"""The picture of freshness says in words what its bars say (FRE-2)."""

from __future__ import annotations

from xml.etree import ElementTree

from stocktake.reporting.freshness_picture import Feed, freshness_picture

SPACE = "{http://www.w3.org/2000/svg}"
DAY = 86_400.0


def feed(label: str, age: float | None, expected: float | None, *, is_stale: bool = False) -> Feed:
    return Feed(label=label, age=age, expected=expected, is_stale=is_stale, words=f"words of {label}")


def drawn(*feeds: Feed) -> ElementTree.Element:
    return ElementTree.fromstring(freshness_picture(feeds))


def bars(picture: ElementTree.Element) -> list[tuple[str, int]]:
    """Class and length of each bar."""
    found = [each for each in picture.iter(f"{SPACE}rect") if each.get("y") is not None]
    return [(each.get("class", ""), int(each.get("width", "0"))) for each in found]


def test_a_bar_is_as_long_as_the_age_in_expected_ages():
    """FRE-2: a source that is read daily and one that is read weekly are measured alike."""
    picture = drawn(feed("daily", DAY, DAY), feed("weekly", 14 * DAY, 7 * DAY, is_stale=True))

    (one, daily), (two, weekly) = bars(picture)
    assert (one, two) == ("stock", "out")
    assert weekly == 2 * daily


def test_what_is_much_older_ends_in_an_arrow_within_the_picture():
    picture = drawn(feed("old", 400 * DAY, DAY, is_stale=True), feed("young", 2 * DAY, DAY, is_stale=True))

    assert len(list(picture.iter(f"{SPACE}polygon"))) == 1
    assert all(260 + length < float(picture.get("width", 0)) for _, length in bars(picture))


def test_where_nothing_is_expected_or_nothing_came_words_stand_alone():
    picture = drawn(feed("EXCEL", 3 * DAY, None), feed("JAMF", None, 7 * DAY))

    assert bars(picture) == []
    said = [each.text for each in picture.iter(f"{SPACE}text")]
    assert {"words of EXCEL", "words of JAMF"} <= set(said)


def test_its_description_says_all_of_it_whatever_a_source_is_called():
    picture = drawn(feed("<A & B>", DAY, DAY), feed("C", 9 * DAY, DAY, is_stale=True))

    told = picture.findtext(f"{SPACE}desc") or ""
    assert told.startswith("2 feeds, 1 of them older than expected.")
    assert "<A & B>: words of <A & B>." in told
    assert "style" not in {each.tag.removeprefix(SPACE) for each in picture.iter()}

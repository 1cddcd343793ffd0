"""The picture of freshness: how old each newest import is against how often it is expected (FRE-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stocktake.reporting.picture import PATTERNS, drawn, text_at

_WIDTH, _LABEL, _CHART, _LINE, _BAR = 980, 260, 420, 28, 14
_HEAD, _FOOT = 48, 12
#: So many times the expected age fit in the picture; what is older ends in an arrow.
_TIMES = 3
#: About the width of a letter.
_LETTER = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What one source delivers of one record type. ``age, expected`` in seconds, None where nobody knows or says.

    ``is_stale``: whether it is older than expected. ``words`` say all of it.
    """

    label: str
    age: float | None
    expected: float | None
    is_stale: bool
    words: str


def freshness_picture(feeds: Sequence[Feed]) -> str:
    """An SVG element of a page: a bar per feed, whose length is its age in expected ages; its words stand beside it."""
    height = _HEAD + len(feeds) * _LINE + _FOOT
    stale = sum(each.is_stale for each in feeds)
    told = f"{len(feeds)} feeds, {stale} of them older than expected." if feeds else "Nothing to show yet."
    told_each = [f"{each.label}: {each.words}." for each in feeds]
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="picture-title picture-description" {size}>',
        '<title id="picture-title">Age of the newest imports against how often they are expected</title>',
        f'<desc id="picture-description">{drawn(" ".join([told, *told_each]))}</desc>',
        f"<defs>{PATTERNS}</defs>",
    ]
    for times in range(_TIMES + 1):
        x = _LABEL + times * _CHART // _TIMES
        words = ("just now", "as expected")[times] if times < 2 else f"{times} times that"
        parts.append(text_at(x, 16, words, "small", anchor="middle"))
        kind = "axis" if times < 2 else "joint"
        parts.append(f'<line class="{kind}" x1="{x}" x2="{x}" y1="24" y2="{height - _FOOT}"/>')
    for place, each in enumerate(feeds):
        parts.append(_feed(each, _HEAD + place * _LINE - 14))
    return "\n".join([*parts, "</svg>"])


def _feed(feed: Feed, top: int) -> str:
    parts = [text_at(0, top + 12, _short(feed.label), "panel")]
    if feed.age is not None and feed.expected:
        times = feed.age / feed.expected
        length = max(2, round(min(times, _TIMES) * _CHART / _TIMES))
        kind = 'class="out" fill="url(#picture-out)"' if feed.is_stale else 'class="stock"'
        parts.append(
            f'<rect {kind} x="{_LABEL}" y="{top}" width="{length}" height="{_BAR}">'
            f"<title>{drawn(f'{feed.label}: {feed.words}')}</title></rect>"
        )
        if times > _TIMES:
            end, middle = _LABEL + _CHART, top + _BAR // 2
            points = f"{end},{top - 2} {end + 10},{middle} {end},{top + _BAR + 2}"
            parts.append(f'<polygon class="axis arrow" points="{points}"/>')
    parts.append(text_at(_LABEL + _CHART + 20, top + 12, feed.words, "small"))
    return "".join(parts)


def _short(words: str) -> str:
    most = (_LABEL - 10) // _LETTER
    return words if len(words) <= most else words[: most - 1] + "…"

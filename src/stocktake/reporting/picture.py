"""Pictures as SVG, drawn by ourselves: readable without colour, by a screen reader, and with any text in them.

A bar is told apart by its pattern and its sign, never by its colour alone; every number stands beside its bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.sax.saxutils import escape

_BAR, _GAP, _MARGIN = 22, 8, 24
_HEIGHT, _TOP, _BOTTOM, _LEFT = 120, 40, 62, 12
_HEAD, _FOOT, _ROW_LABEL = 64, 34, 20

#: What can be drawn of a text that XML cannot carry.
_UNDRAWABLE = dict.fromkeys(range(32), "�") | {127: "�", 0xFFFE: "�", 0xFFFF: "�"}
_UNDRAWABLE |= dict.fromkeys(range(55296, 57344), "�")

_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1a1a1a}"
    ".title{font-size:16px;font-weight:600}.panel{font-weight:600}.small{font-size:10px}"
    ".stock{fill:#4a5560;stroke:#1a1a1a}.in{fill:url(#in);stroke:#1a1a1a}.out{fill:url(#out);stroke:#1a1a1a}"
    ".axis{stroke:#1a1a1a}.paper{fill:#fff}"
)
_PATTERNS = (
    '<pattern id="in" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="6" height="6" fill="#d8efe0"/><line x1="0" y1="0" x2="0" y2="6" stroke="#1d6b3a" stroke-width="3"/>'
    '</pattern><pattern id="out" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect width="6" height="6" fill="#fbe3d6"/><circle cx="3" cy="3" r="1.4" fill="#9a3412"/></pattern>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar from ``low`` to ``high``; ``kind`` is ``stock``, ``in`` or ``out``, ``text`` the number beside it."""

    label: str
    low: Fraction
    high: Fraction
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars under a title, drawn side by side."""

    title: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels beside each other; ``label`` stands above them."""

    label: str
    panels: tuple[Panel, ...]


def picture(title: str, description: str, rows: Sequence[Row]) -> str:
    """An SVG document. All bars of a picture share one scale."""
    columns = max((len(each.panels) for each in rows), default=1)
    bars = max((len(panel.bars) for row in rows for panel in row.panels), default=1)
    panel_width = bars * (_BAR + _GAP) + _MARGIN
    row_height = _ROW_LABEL + _TOP + _HEIGHT + _BOTTOM
    width = max(420, 2 * _LEFT + columns * panel_width)
    height = _HEAD + len(rows) * row_height + _FOOT
    ends = [end for row in rows for panel in row.panels for bar in panel.bars for end in (bar.low, bar.high)]
    low, high = min([Fraction(0), *ends]), max([Fraction(0), *ends])
    scale = Fraction(_HEIGHT) / (high - low) if high > low else Fraction(1)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description" {size}>',
        f'<title id="title">{drawn(title)}</title><desc id="description">{drawn(description)}</desc>',
        f"<style>{_STYLE}</style><defs>{_PATTERNS}</defs>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        _text(_LEFT, 24, title, "title"),
        _text(_LEFT, 44, description),
    ]
    for place, row in enumerate(rows):
        top = _HEAD + place * row_height
        if row.label:
            parts.append(_text(_LEFT, top + 14, row.label, "panel"))
        for column, panel in enumerate(row.panels):
            zero = top + _ROW_LABEL + _TOP + _HEIGHT + low * scale
            parts.append(_panel(panel, _LEFT + column * panel_width, top + _ROW_LABEL, zero, scale))
    parts.append(_key(_LEFT, height - _FOOT + 10))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, left: int, top: int, zero: Fraction, scale: Fraction) -> str:
    right = left + len(panel.bars) * (_BAR + _GAP)
    parts = [
        _text(left, top + 16, _short(panel.title, 24), "panel"),
        f'<line class="axis" x1="{left}" x2="{right}" y1="{_at(zero)}" y2="{_at(zero)}"/>',
    ]
    for place, bar in enumerate(panel.bars):
        x = left + place * (_BAR + _GAP)
        high, low = zero - bar.high * scale, zero - bar.low * scale
        parts.append(
            f'<rect class="{bar.kind}" x="{x}" y="{_at(high)}" width="{_BAR}" height="{_at(max(low - high, Fraction(1)))}">'
            f"<title>{drawn(f'{panel.title}: {bar.label} {bar.text}')}</title></rect>"
        )
        parts.append(_text(x + _BAR // 2, int(high) - 4, bar.text, "small", anchor="middle"))
        foot = top + _TOP + _HEIGHT + 12
        parts.append(
            f'<text class="small" transform="translate({x + _BAR // 2 + 3} {foot}) rotate(60)">{drawn(bar.label)}</text>'
        )
    return "".join(parts)


def _key(left: int, top: int) -> str:
    parts = []
    for place, (kind, words) in enumerate(
        (("stock", "how many there are"), ("in", "+ came"), ("out", "− went"))
    ):
        x = left + place * 140
        parts.append(f'<rect class="{kind}" x="{x}" y="{top}" width="14" height="14"/>')
        parts.append(_text(x + 20, top + 11, words))
    return "".join(parts)


def _text(x: int, y: int, words: str, style: str = "", *, anchor: str = "start") -> str:
    return f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">{drawn(words)}</text>'


def _at(place: Fraction) -> str:
    return f"{float(place):.1f}"


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def drawn(words: str) -> str:
    """Text as it may stand in XML, whatever a file brought."""
    return escape(words.translate(_UNDRAWABLE), {'"': "&quot;"})

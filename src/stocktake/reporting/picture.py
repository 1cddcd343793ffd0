"""Pictures as SVG, drawn by ourselves: readable without colour, by a screen reader, and with any text in them.

A bar is told apart by its pattern and its sign, never by its colour alone; every number stands beside its bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.sax.saxutils import escape

_BAR, _GAP, _MARGIN = 46, 14, 28
_HEIGHT, _TOP, _BOTTOM, _LEFT = 130, 44, 40, 20
_HEAD, _FOOT, _ROW_LABEL = 88, 40, 24
#: So many panels stand beside each other; the next ones begin a new line, so that the whole keeps the shape of a page.
_ACROSS = 3
#: About the width of a letter of a panel's title.
_LETTER = 7

#: What can be drawn of a text that XML cannot carry.
_UNDRAWABLE = dict.fromkeys(range(32), "�") | {127: "�", 0xFFFE: "�", 0xFFFF: "�"}
_UNDRAWABLE |= dict.fromkeys(range(55296, 57344), "�")

_STYLE = (
    "text{font:12px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:#1a1a1a}"
    ".title{font-size:18px;font-weight:600}.sum{font-size:13px}.panel{font-weight:600}.small{font-size:10.5px}"
    ".stock{fill:#4a5560;stroke:#1a1a1a}.in,.out{stroke:#1a1a1a}"
    ".axis{stroke:#1a1a1a}.joint{stroke:#76808a;stroke-dasharray:2 2}.paper{fill:#fff}"
    ".plus{fill:#d8efe0}.plus-line{stroke:#1d6b3a}.minus{fill:#fbe3d6}.minus-dot{fill:#9a3412}"
    "@media (prefers-color-scheme:dark){text{fill:#eceff1}.paper{fill:#16191d}.axis{stroke:#eceff1}"
    ".stock{fill:#9aa7b3;stroke:#eceff1}.in,.out{stroke:#eceff1}.joint{stroke:#8a949e}"
    ".plus{fill:#123d22}.plus-line{stroke:#6fd694}.minus{fill:#4a2412}.minus-dot{fill:#ffb088}}"
)
#: What tells apart without colour what came and what went.
PATTERNS = (
    '<pattern id="picture-in" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="plus" width="6" height="6"/><line class="plus-line" x1="0" y1="0" x2="0" y2="6" stroke-width="3"/>'
    '</pattern><pattern id="picture-out" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="minus" width="6" height="6"/><circle class="minus-dot" cx="3" cy="3" r="1.4"/></pattern>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar from one level to another; ``kind`` is ``stock``, ``in`` or ``out``, ``text`` the number beside it.

    The next bar begins where this one ends.
    """

    label: str
    begin: Fraction
    end: Fraction
    kind: str
    text: str

    @property
    def low(self) -> Fraction:
        """The lower of the two levels."""
        return min(self.begin, self.end)

    @property
    def high(self) -> Fraction:
        """The higher of the two levels."""
        return max(self.begin, self.end)


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


def picture(
    title: str, description: str, sum_: str, rows: Sequence[Row], *, within_page: bool = False
) -> str:
    """An SVG document. All bars of a picture share one scale; ``sum_`` says the whole in one line.

    ``within_page``: as an element of a page, whose stylesheet has its colours.
    """
    across = min(_ACROSS, max([1, *(len(each.panels) for each in rows)]))
    bars = max((len(panel.bars) for row in rows for panel in row.panels), default=1)
    panel_width = bars * (_BAR + _GAP) + _MARGIN
    width = max(560, 2 * _LEFT + across * panel_width - _MARGIN)
    ends = [end for row in rows for panel in row.panels for bar in panel.bars for end in (bar.low, bar.high)]
    low, high = min([Fraction(0), *ends]), max([Fraction(0), *ends])
    scale = Fraction(_HEIGHT) / (high - low) if high > low else Fraction(1)
    parts, top = [], _HEAD
    for row in rows:
        if row.label:
            parts.append(text_at(_LEFT, top + 14, row.label, "panel"))
            top += _ROW_LABEL
        for place, panel in enumerate(row.panels):
            line, column = divmod(place, across)
            begin = top + line * (_TOP + _HEIGHT + _BOTTOM)
            zero = begin + _TOP + _HEIGHT + low * scale
            parts.append(_panel(panel, _LEFT + column * panel_width, begin, zero, scale))
        top += -(-len(row.panels) // across) * (_TOP + _HEIGHT + _BOTTOM)
    height = top + _FOOT
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    named = 'role="img" aria-labelledby="picture-title picture-description"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {named} {size}>',
        f'<title id="picture-title">{drawn(title)}</title>',
        f'<desc id="picture-description">{drawn(f"{description} {sum_}")}</desc>',
        "" if within_page else f"<style>{_STYLE}</style>",
        f"<defs>{PATTERNS}</defs>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        text_at(_LEFT, 32, title, "title"),
        text_at(_LEFT, 54, sum_, "sum"),
        text_at(_LEFT, 73, description, "small"),
    ]
    return "\n".join([*head, *parts, _key(_LEFT, height - _FOOT + 12), "</svg>"]) + "\n"


def _panel(panel: Panel, left: int, top: int, zero: Fraction, scale: Fraction) -> str:
    right = left + len(panel.bars) * (_BAR + _GAP) - _GAP
    parts = [text_at(left, top + 16, _short(panel.title, (right - left) // _LETTER), "panel")]
    for place, bar in enumerate(panel.bars):
        x = left + place * (_BAR + _GAP)
        high, low = zero - bar.high * scale, zero - bar.low * scale
        if place + 1 < len(panel.bars):
            level = _at(zero - bar.end * scale)
            parts.append(
                f'<line class="joint" x1="{x + _BAR}" x2="{x + _BAR + _GAP}" y1="{level}" y2="{level}"/>'
            )
        parts.append(
            f'<rect {_kind(bar.kind)} x="{x}" y="{_at(high)}" width="{_BAR}" height="{_at(max(low - high, Fraction(1)))}">'
            f"<title>{drawn(f'{panel.title}: {bar.label} {bar.text}')}</title></rect>"
        )
        parts.append(text_at(x + _BAR // 2, int(high) - 5, bar.text, "small", anchor="middle"))
        foot = top + _TOP + _HEIGHT + 16
        parts.append(text_at(x + _BAR // 2, foot, bar.label, "small", anchor="middle"))
    parts.append(f'<line class="axis" x1="{left}" x2="{right}" y1="{_at(zero)}" y2="{_at(zero)}"/>')
    return "".join(parts)


def _kind(kind: str) -> str:
    """How a bar is filled; what came and went by patterns, which are told apart without colour."""
    return f'class="{kind}"' + (f' fill="url(#picture-{kind})"' if kind != "stock" else "")


def _key(left: int, top: int) -> str:
    parts = []
    for place, (kind, words) in enumerate((("stock", "in the stage"), ("in", "+ came"), ("out", "− went"))):
        x = left + place * 120
        parts.append(f'<rect {_kind(kind)} x="{x}" y="{top}" width="14" height="14"/>')
        parts.append(text_at(x + 20, top + 11, words))
    return "".join(parts)


def text_at(x: int, y: int, words: str, style: str = "", *, anchor: str = "start") -> str:
    """Words at a place, as an element."""
    return f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">{drawn(words)}</text>'


def _at(place: Fraction) -> str:
    return f"{float(place):.1f}"


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def drawn(words: str) -> str:
    """Text as it may stand in XML, whatever a file brought."""
    return escape(words.translate(_UNDRAWABLE), {'"': "&quot;"})

"""The styles of an OpenDocument spreadsheet: which pad numbers, show days, hide a sheet (REA-2, REA-3)."""

from __future__ import annotations

from dataclasses import dataclass, field

from stocktake.readers.number_format import PLAIN, NumberFormat, Shows


@dataclass(slots=True)
class _Number:
    """One number style while it is read: its texts and how many digits it shows at least."""

    pieces: list[int | str] = field(default_factory=list)
    embedded: dict[int, str] = field(default_factory=dict)
    plain: bool = True


class Styles:
    """Takes the events of style definitions. ``hidden``: the styles of sheets that are not shown."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self._numbers: dict[str, NumberFormat] = {}
        self._cells: dict[str, tuple[str, str]] = {}
        self._number: tuple[str, _Number] | None = None
        self._style = self._day = ""
        self._position: int | None = None
        self._texting = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag outside of the sheets."""
        if tag == "style":
            self._style = attributes.get("style:name", "")
            if attributes.get("style:family") == "table-cell":
                data, parent = (
                    attributes.get(f"style:{key}", "") for key in ("data-style-name", "parent-style-name")
                )
                self._cells[self._style] = data, parent
        elif tag == "table-properties" and attributes.get("table:display") == "false":
            self.hidden.add(self._style)
        elif tag == "date-style":
            self._day = attributes.get("style:name", "")
            self._numbers[self._day] = NumberFormat(shows=Shows.DATE)
        elif tag in ("hours", "minutes", "seconds") and self._day:
            self._numbers[self._day] = NumberFormat(shows=Shows.DATE_TIME)
        elif tag == "number-style":
            self._number = attributes.get("style:name", ""), _Number()
        elif self._number is not None:
            self._inside(tag, attributes, self._number[1])

    def end(self, tag: str) -> None:
        """Its end."""
        if tag == "number-style" and self._number is not None:
            name, number = self._number
            self._numbers[name] = _format(number)
            self._number = None
        elif tag == "date-style":
            self._day = ""
        elif tag in ("text", "embedded-text"):
            self._texting, self._position = False, None

    def text(self, data: str) -> None:
        """Text within."""
        if self._number is None or not self._texting:
            return
        number = self._number[1]
        if self._position is None:
            number.pieces.append(data)
        else:
            number.embedded[self._position] = number.embedded.get(self._position, "") + data

    def looks(self) -> tuple[list[str], list[NumberFormat]]:
        """The names of all cell styles, and the format of each."""
        return list(self._cells), [self._of(name) for name in self._cells]

    def _of(self, name: str) -> NumberFormat:
        """The format of a style, else that of the style it is made from."""
        for _ in range(20):
            data, parent = self._cells.get(name, ("", ""))
            if data or not parent:
                return self._numbers.get(data, PLAIN)
            name = parent
        return PLAIN

    def _inside(self, tag: str, attributes: dict[str, str], number: _Number) -> None:
        if tag == "number":
            digits = attributes.get("number:min-integer-digits", "0")
            number.pieces.append(int(digits) if digits.isdecimal() and len(digits) < 3 else 0)
            decimals = attributes.get("number:decimal-places", "0")
            if decimals != "0" or attributes.get("number:grouping") == "true":
                number.plain = False
        elif tag == "embedded-text":
            position = attributes.get("number:position", "")
            self._position = int(position) if position.isdecimal() and len(position) < 3 else None
            self._texting = self._position is not None
        elif tag == "text":
            self._texting = True
        elif tag in ("fraction", "scientific-number"):
            number.plain = False


def _format(number: _Number) -> NumberFormat:
    """As of a code of zeros and text in .xlsx: plain where it pads nothing."""
    digits = sum(piece for piece in number.pieces if isinstance(piece, int))
    if not number.plain or digits < 2:
        return PLAIN
    pieces: list[int | str] = []
    for piece in number.pieces:
        pieces += [piece] if isinstance(piece, str) else _cut(piece, number.embedded)
    return NumberFormat(shows=Shows.PADDED, pieces=tuple(piece for piece in pieces if piece))


def _cut(digits: int, embedded: dict[int, str]) -> list[int | str]:
    """So many digits, and the texts between them by how many digits follow."""
    pieces: list[int | str] = []
    left = digits
    for position in sorted((place for place in embedded if 0 < place < digits), reverse=True):
        pieces += [left - position, embedded[position]]
        left = position
    return [*pieces, left]
